"""How PyRadiomics calls the features, and how the tests call PyRadiomics, voxel by voxel."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK

# Asked for by one of its modules: this folder of tests has the name of the package.
pytest.importorskip(
    "radiomics.glcm", reason="PyRadiomics is not installed: pip install pyradiomics-bhklab==3.1.4"
)
import radiomics
from radiomics import firstorder, glcm, glrlm

radiomics.setVerbosity(60)

# A width of bins that floats hold exactly, at the scale of diffusivities (mm2/s).
WIDTH = 2.0**-13

# Our name to that of PyRadiomics, where the definition is the same: DifferenceAverage is the
# dissimilarity, the cluster tendency the sum variance. It has no mean grey level.
FIRSTORDER = {
    "mean": "Mean",
    "standard_deviation": "StandardDeviation",
    "median": "Median",
    "minimum": "Minimum",
    "maximum": "Maximum",
    "variance": "Variance",
    "skewness": "Skewness",
    "kurtosis": "Kurtosis",  # not in excess, as ours
    "energy": "Energy",
    "entropy": "Entropy",
    "uniformity": "Uniformity",
    "root_mean_square": "RootMeanSquared",
}
GLCM = {
    "autocorrelation": "Autocorrelation",
    "contrast": "Contrast",
    "correlation_m": "Correlation",
    "correlation_p": "Correlation",
    "cluster_prominence": "ClusterProminence",
    "cluster_shade": "ClusterShade",
    "dissimilarity": "DifferenceAverage",
    "energy": "JointEnergy",
    "entropy": "JointEntropy",
    "homogeneity_m": "Id",
    "homogeneity_p": "Idm",
    "maximum_probability": "MaximumProbability",
    "sum_of_squares": "SumSquares",
    "sum_average": "SumAverage",
    "sum_variance": "ClusterTendency",
    "sum_entropy": "SumEntropy",
    "difference_variance": "DifferenceVariance",
    "difference_entropy": "DifferenceEntropy",
    "information_correlation_1": "Imc1",
    "information_correlation_2": "Imc2",
    "inverse_difference_normalised": "Idn",
    "inverse_difference_moment_normalised": "Idmn",
}
GLRLM = {
    "short_run_emphasis": "ShortRunEmphasis",
    "long_run_emphasis": "LongRunEmphasis",
    "grey_level_non_uniformity": "GrayLevelNonUniformity",
    "run_length_non_uniformity": "RunLengthNonUniformity",
    "run_percentage": "RunPercentage",
    "low_grey_level_run_emphasis": "LowGrayLevelRunEmphasis",
    "high_grey_level_run_emphasis": "HighGrayLevelRunEmphasis",
}
FAMILIES = {
    "firstorder": (firstorder.RadiomicsFirstOrder, FIRSTORDER),
    "glcm": (glcm.RadiomicsGLCM, GLCM),
    "glrlm": (glrlm.RadiomicsGLRLM, GLRLM),
}
NAMES = [f"{family}_{name}" for family, (_, names) in FAMILIES.items() for name in names]


def by_pyradiomics(scene):
    """Return its features at the centres, in the order of `NAMES`."""
    image = SimpleITK.GetImageFromArray(scene.values.astype(np.float64))
    mask = SimpleITK.GetImageFromArray(scene.inside.astype(np.uint8))
    how = {"voxelBased": True, "kernelRadius": scene.settings.radius, "maskedKernel": True}
    columns = []
    for kind, names in FAMILIES.values():
        case = kind(image, mask, **how, binWidth=WIDTH, initValue=np.nan)
        for name in set(names.values()):
            case.enableFeatureByName(name)
        maps = case.execute()
        found = {name: SimpleITK.GetArrayFromImage(one)[scene.inside] for name, one in maps.items()}
        columns += [found[name] for name in names.values()]
    return np.stack(columns, axis=1)
