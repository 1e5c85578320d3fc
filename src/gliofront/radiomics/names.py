"""Names of the texture features, in the order of the columns."""

from __future__ import annotations

from typing import Literal

Aggregation = Literal["merged", "averaged"]
Definitions = Literal["ibsi", "matlab"]

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
TEXTURE_NAMES = (
    *(f"glcm_{name}" for name in GLCM),
    *(f"glrlm_{name}" for name in GLRLM),
)
