"""Names of the features, in the order of the columns."""

from __future__ import annotations

from typing import Literal

Aggregation = Literal["merged", "averaged"]
Definitions = Literal["ibsi", "matlab"]

FIRSTORDER = (
    "mean",
    "standard_deviation",
    "median",
    "minimum",
    "maximum",
    "variance",
    "skewness",
    "kurtosis",
    "energy",
    "entropy",
    "uniformity",
    "root_mean_square",
    "mean_grey_level",
)
GLCM = (
    "autocorrelation",
    "contrast",
    "correlation_m",
    "correlation_p",
    "cluster_prominence",
    "cluster_shade",
    "dissimilarity",
    "energy",
    "entropy",
    "homogeneity_m",
    "homogeneity_p",
    "maximum_probability",
    "sum_of_squares",
    "sum_average",
    "sum_variance",
    "sum_entropy",
    "difference_variance",
    "difference_entropy",
    "information_correlation_1",
    "information_correlation_2",
    "inverse_difference_normalised",
    "inverse_difference_moment_normalised",
)
GLRLM = (
    "short_run_emphasis",
    "long_run_emphasis",
    "grey_level_non_uniformity",
    "run_length_non_uniformity",
    "run_percentage",
    "low_grey_level_run_emphasis",
    "high_grey_level_run_emphasis",
)
FEATURES = (
    *(f"firstorder_{name}" for name in FIRSTORDER),
    *(f"glcm_{name}" for name in GLCM),
    *(f"glrlm_{name}" for name in GLRLM),
)


def feature_names(definitions: Definitions = "ibsi") -> tuple[str, ...]:
    """Return the names of the 42 features of a voxel, in the order of the columns.

    The MATLAB toolboxes call other formulas by the same names, so both definitions have the
    same; which was used stands in the settings beside every result.

    >>> feature_names()[0], feature_names("matlab")[-1], len(feature_names())
    ('firstorder_mean', 'glrlm_high_grey_level_run_emphasis', 42)
    """
    return {"ibsi": FEATURES, "matlab": FEATURES}[definitions]
