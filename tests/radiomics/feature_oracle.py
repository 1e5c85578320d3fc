"""The 42 features written out from their formulas: slow, plain, and independent of the kernel.

Definitions: Image Biomarker Standardisation Initiative (Zwanenburg et al., Radiology 2020;
295:328), sections 3.3, 3.4, 3.6 and 3.7: distance 1, 13 directions, symmetric; `matlab` those of
two MATLAB toolboxes. Kurtosis is not in excess; skewness and kurtosis of a constant cube are 0.
"""

from __future__ import annotations

import numpy as np
from cube_oracle import cube_at, glcm_matrices, glrlm_matrices, levels_of, values_at

MIN_VOXELS = 2
FLAT = 1e-12


def entropy(p, logarithm):
    """Return -sum p log p with 0 log 0 = 0."""
    some = p[p > 0]
    return -(some * logarithm(some)).sum()


def firstorder_features(x, grey):
    """Return the 13 features of the values of a cube and of their levels; sums in float64."""
    share = np.unique(grey, return_counts=True)[1] / len(grey)
    constant = x.min() == x.max()
    away = x - x.mean()
    variance = (away**2).mean()
    return {
        "mean": x.mean(),
        "standard_deviation": 0.0 if constant else np.sqrt(variance),
        "median": np.median(x),
        "minimum": x.min(),
        "maximum": x.max(),
        "variance": 0.0 if constant else variance,
        "skewness": 0.0 if constant else (away**3).mean() / variance**1.5,
        "kurtosis": 0.0 if constant else (away**4).mean() / variance**2,
        "energy": (x**2).sum(),
        "entropy": entropy(share, np.log2),
        "uniformity": (share**2).sum(),
        "root_mean_square": np.sqrt((x**2).mean()),
        "mean_grey_level": grey.mean(),
    }


def glcm_features(counts, *, matlab=False):
    """Return the 22 features of one matrix of counts that has a pair."""
    log = np.log if matlab else np.log2
    ng = len(counts)
    # Cells without a pair add nothing to any sum.
    i, j = (level + 1 for level in np.nonzero(counts))
    p = counts[i - 1, j - 1] / counts.sum()
    px, py = counts.sum(1) / counts.sum(), counts.sum(0) / counts.sum()
    p_sum = np.bincount(i + j, weights=p)
    p_difference = np.bincount(abs(i - j), weights=p)
    k_sum, k_difference = np.arange(len(p_sum)), np.arange(len(p_difference))
    mu_x, mu_y = (i * p).sum(), (j * p).sum()
    sigmas = np.sqrt(((i - mu_x) ** 2 * p).sum() * ((j - mu_y) ** 2 * p).sum())
    flat = np.count_nonzero(px) == 1
    covariance = ((i - mu_x) * (j - mu_y) * p).sum()
    sum_average = (k_sum * p_sum).sum()
    dissimilarity = (abs(i - j) * p).sum()
    sum_entropy = entropy(p_sum, log)
    around_level = 1 / ng**2 if matlab else mu_x  # the toolboxes: the mean of all entries of p
    around_sum = sum_entropy if matlab else sum_average
    around_difference = 0.0 if matlab else dissimilarity
    first, second = information_correlations(p, px[i - 1] * py[j - 1], px, py, log)
    return {
        "autocorrelation": (i * j * p).sum(),
        "contrast": ((i - j) ** 2 * p).sum(),
        "correlation_m": 1.0 if flat else covariance / sigmas,
        "correlation_p": 1.0 if flat else ((i * j * p).sum() - mu_x * mu_y) / sigmas,
        "cluster_prominence": ((i + j - mu_x - mu_y) ** 4 * p).sum(),
        "cluster_shade": ((i + j - mu_x - mu_y) ** 3 * p).sum(),
        "dissimilarity": dissimilarity,
        "energy": (p**2).sum(),
        "entropy": entropy(p, log),
        "homogeneity_m": (p / (1 + abs(i - j))).sum(),
        "homogeneity_p": (p / (1 + (i - j) ** 2)).sum(),
        "maximum_probability": p.max(),
        "sum_of_squares": ((i - around_level) ** 2 * p).sum(),
        "sum_average": sum_average,
        "sum_variance": ((k_sum - around_sum) ** 2 * p_sum).sum(),
        "sum_entropy": sum_entropy,
        "difference_variance": ((k_difference - around_difference) ** 2 * p_difference).sum(),
        "difference_entropy": entropy(p_difference, log),
        "information_correlation_1": first,
        "information_correlation_2": second,
        "inverse_difference_normalised": (p / (1 + abs(i - j) / ng)).sum(),
        "inverse_difference_moment_normalised": (p / (1 + (i - j) ** 2 / ng**2)).sum(),
    }


def information_correlations(p, at_cells, px, py, log):
    """Return both information correlations; 0 where only one level is present.

    `at_cells`: what p would be at its cells if the levels of a pair were independent.
    """
    hx, hy, hxy = entropy(px, log), entropy(py, log), entropy(p, log)
    if hx < FLAT:
        return 0.0, 0.0
    hxy1 = -(p * log(at_cells)).sum()
    hxy2 = entropy(np.outer(px, py), log)
    # Symmetric: HX = HY, so the standard's HX and the toolboxes' max(HX, HY) are the same.
    return (hxy - hxy1) / max(hx, hy), np.sqrt(1 - np.exp(-2 * max(0.0, hxy2 - hxy)))


def glrlm_features(counts, voxels, *, matlab=False):
    """Return the 7 features of one matrix of runs; `voxels` counts a voxel once a direction."""
    ng, longest = counts.shape
    levels, lengths = np.arange(1, ng + 1)[:, None], np.arange(1, longest + 1)[None, :]
    runs = counts.sum()
    short, long = (counts / lengths**2).sum() / runs, (counts * lengths**2).sum() / runs
    low, high = (counts / levels**2).sum() / runs, (counts * levels**2).sum() / runs
    of_level, of_length = (counts.sum(1) ** 2).sum() / runs, (counts.sum(0) ** 2).sum() / runs
    if matlab:  # the roles of level and length are swapped
        short, low, long, high = low, short, high, long
        of_level, of_length = of_length, of_level
    return {
        "short_run_emphasis": short,
        "long_run_emphasis": long,
        "grey_level_non_uniformity": of_level,
        "run_length_non_uniformity": of_length,
        "run_percentage": runs / (ng * longest) if matlab else runs / voxels,
        "low_grey_level_run_emphasis": low,
        "high_grey_level_run_emphasis": high,
    }


def mean_of(found):
    """Return the mean of each feature over directions; NaN where no direction has any."""
    if not found:
        names = glcm_features(np.eye(2, dtype=int))
        return dict.fromkeys(names, np.nan)
    return {name: np.mean([one[name] for one in found]) for name in found[0]}


def texture_features(cube, settings):
    """Return the GLCM and the GLRLM features of a cube of levels, 0 outside.

    `averaged`: the features of each direction, averaged over those that have a pair (GLCM), over
    all (GLRLM).
    """
    matlab = settings.definitions == "matlab"
    voxels = np.count_nonzero(cube)
    pairs, runs = glcm_matrices(cube, settings.levels), glrlm_matrices(cube, settings.levels)
    if settings.aggregation == "merged":
        pairs, runs, voxels = pairs.sum(0)[None], runs.sum(0)[None], 13 * voxels
    by_pairs = [glcm_features(one, matlab=matlab) for one in pairs if one.any()]
    by_runs = [glrlm_features(one, voxels, matlab=matlab) for one in runs]
    return mean_of(by_pairs), mean_of(by_runs)


def features_of_levels(values, levels, centre, settings):
    """Return the features by name of the cube around a centre of an image of known levels."""
    cube = cube_at(levels, centre, settings.radius)
    x = values_at(values, levels, centre, settings.radius)
    undefined = len(x) < MIN_VOXELS
    grey = cube[cube > 0]
    if undefined:  # any cube has the names
        x, grey, cube = np.ones(2), np.ones(2), np.ones((2, 2, 2), dtype=int)
    families = (firstorder_features(x, grey), *texture_features(cube, settings))
    found = {
        f"{family}_{name}": float(value)
        for family, features in zip(("firstorder", "glcm", "glrlm"), families, strict=True)
        for name, value in features.items()
    }
    return dict.fromkeys(found, np.nan) if undefined else found


def oracle(values, inside, centre, settings):
    """Return the 42 features by name of the cube around a centre, as `extract` defines them."""
    return features_of_levels(values, levels_of(values, inside, settings), centre, settings)
