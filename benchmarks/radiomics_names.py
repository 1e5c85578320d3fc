"""What PyRadiomics and flash-radiomics call the features of gliofront that they define alike.

DifferenceAverage is the dissimilarity, ClusterTendency the sum variance, and both correlations
are one. The mean grey level neither has.
"""

from __future__ import annotations

from gliofront.radiomics.names import feature_names

KINDS = ("firstorder", "glcm", "glrlm")
THEIRS = {
    "firstorder_mean": "Mean",
    "firstorder_standard_deviation": "StandardDeviation",
    "firstorder_median": "Median",
    "firstorder_minimum": "Minimum",
    "firstorder_maximum": "Maximum",
    "firstorder_variance": "Variance",
    "firstorder_skewness": "Skewness",
    "firstorder_kurtosis": "Kurtosis",
    "firstorder_energy": "Energy",
    "firstorder_entropy": "Entropy",
    "firstorder_uniformity": "Uniformity",
    "firstorder_root_mean_square": "RootMeanSquared",
    "glcm_autocorrelation": "Autocorrelation",
    "glcm_contrast": "Contrast",
    "glcm_correlation_m": "Correlation",
    "glcm_correlation_p": "Correlation",
    "glcm_cluster_prominence": "ClusterProminence",
    "glcm_cluster_shade": "ClusterShade",
    "glcm_dissimilarity": "DifferenceAverage",
    "glcm_energy": "JointEnergy",
    "glcm_entropy": "JointEntropy",
    "glcm_homogeneity_m": "Id",
    "glcm_homogeneity_p": "Idm",
    "glcm_maximum_probability": "MaximumProbability",
    "glcm_sum_of_squares": "SumSquares",
    "glcm_sum_average": "SumAverage",
    "glcm_sum_variance": "ClusterTendency",
    "glcm_sum_entropy": "SumEntropy",
    "glcm_difference_variance": "DifferenceVariance",
    "glcm_difference_entropy": "DifferenceEntropy",
    "glcm_information_correlation_1": "Imc1",
    "glcm_information_correlation_2": "Imc2",
    "glcm_inverse_difference_normalised": "Idn",
    "glcm_inverse_difference_moment_normalised": "Idmn",
    "glrlm_short_run_emphasis": "ShortRunEmphasis",
    "glrlm_long_run_emphasis": "LongRunEmphasis",
    "glrlm_grey_level_non_uniformity": "GrayLevelNonUniformity",
    "glrlm_run_length_non_uniformity": "RunLengthNonUniformity",
    "glrlm_run_percentage": "RunPercentage",
    "glrlm_low_grey_level_run_emphasis": "LowGrayLevelRunEmphasis",
    "glrlm_high_grey_level_run_emphasis": "HighGrayLevelRunEmphasis",
}


def their_name(feature: str) -> tuple[str, str | None]:
    """Return the class of one of our features and its name at the peers, None where they lack it.

    >>> their_name("glcm_energy"), their_name("firstorder_mean_grey_level")
    (('glcm', 'JointEnergy'), ('firstorder', None))
    """
    return feature.split("_", 1)[0], THEIRS.get(feature)


def wanted(kinds: tuple[str, ...] = KINDS) -> dict[str, list[str]]:
    """Return the names to ask a peer for, a class; each once."""
    names: dict[str, list[str]] = {kind: [] for kind in kinds}
    for kind, name in map(their_name, feature_names()):
        if kind in kinds and name and name not in names[kind]:
            names[kind].append(name)
    return names
