"""The texture features written out from their formulas: slow, plain, and independent of the kernel.

Grey levels run from 1 to `ng`; 0 is outside and counts in nothing. Definitions: Image Biomarker
Standardisation Initiative (Zwanenburg et al., Radiology 2020; 295:328), sections 3.6 and 3.7,
distance 1, 13 directions, symmetric; `matlab` those of two MATLAB toolboxes.
"""

from __future__ import annotations

from itertools import product

import numpy as np

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
NAMES = GLCM + GLRLM

# One of each pair of opposite steps: the first step that is not 0 goes forward.
DIRECTIONS = [step for step in product((-1, 0, 1), repeat=3) if step > (0, 0, 0)]
MIN_VOXELS = 2
FLAT = 1e-12


def level_at(cube, place):
    """Return the level at a place of the cube, 0 beyond its faces."""
    if min(place) < 0 or any(a >= n for a, n in zip(place, cube.shape, strict=True)):
        return 0
    return int(cube[place])


def moved(place, step, times=1):
    """Return the place `times` steps further."""
    return tuple(a + times * s for a, s in zip(place, step, strict=True))


def glcm_matrices(cube, ng):
    """Return the symmetric counts of level pairs of each direction, (13, ng, ng)."""
    counts = np.zeros((13, ng, ng), dtype=np.int64)
    for direction, step in enumerate(DIRECTIONS):
        for place in np.ndindex(cube.shape):
            first, second = int(cube[place]), level_at(cube, moved(place, step))
            if first and second:
                counts[direction, first - 1, second - 1] += 1
                counts[direction, second - 1, first - 1] += 1
    return counts


def glrlm_matrices(cube, ng):
    """Return the number of runs of each level and length of each direction, (13, ng, longest)."""
    counts = np.zeros((13, ng, max(cube.shape)), dtype=np.int64)
    for direction, step in enumerate(DIRECTIONS):
        for place in np.ndindex(cube.shape):
            level = int(cube[place])
            if not level or level_at(cube, moved(place, step, -1)) == level:
                continue  # outside, or not the start of a run
            length = 1
            while level_at(cube, moved(place, step, length)) == level:
                length += 1
            counts[direction, level - 1, length - 1] += 1
    return counts


def entropy(p, logarithm):
    """Return -sum p log p with 0 log 0 = 0."""
    some = p[p > 0]
    return -(some * logarithm(some)).sum()


def glcm_features(counts, *, matlab=False):
    """Return the 22 features of one matrix of counts, NaN without any pair."""
    if not counts.any():
        return np.full(len(GLCM), np.nan)
    log = np.log if matlab else np.log2
    ng = len(counts)
    p = counts / counts.sum()
    i, j = np.meshgrid(np.arange(1, ng + 1), np.arange(1, ng + 1), indexing="ij")
    apart = abs(i - j)
    p_sum = np.bincount((i + j).ravel(), weights=p.ravel())[2:]
    p_difference = np.bincount(apart.ravel(), weights=p.ravel())
    k_sum, k_difference = np.arange(2, 2 * ng + 1), np.arange(ng)
    px, py = p.sum(1), p.sum(0)
    mu_x, mu_y = (i * p).sum(), (j * p).sum()
    sigmas = np.sqrt(((i - mu_x) ** 2 * p).sum() * ((j - mu_y) ** 2 * p).sum())
    flat = np.count_nonzero(px) == 1
    covariance = ((i - mu_x) * (j - mu_y) * p).sum()
    product_moment = (i * j * p).sum() - mu_x * mu_y
    sum_average = (k_sum * p_sum).sum()
    dissimilarity = (apart * p).sum()
    sum_entropy = entropy(p_sum, log)
    around_level = p.mean() if matlab else mu_x
    around_sum = sum_entropy if matlab else sum_average
    around_difference = 0.0 if matlab else dissimilarity
    first, second = information_correlations(p, px, py, log)
    return np.array(
        [
            (i * j * p).sum(),
            ((i - j) ** 2 * p).sum(),
            1.0 if flat else covariance / sigmas,
            1.0 if flat else product_moment / sigmas,
            ((i + j - mu_x - mu_y) ** 4 * p).sum(),
            ((i + j - mu_x - mu_y) ** 3 * p).sum(),
            dissimilarity,
            (p**2).sum(),
            entropy(p, log),
            (p / (1 + apart)).sum(),
            (p / (1 + apart**2)).sum(),
            p.max(),
            ((i - around_level) ** 2 * p).sum(),
            sum_average,
            ((k_sum - around_sum) ** 2 * p_sum).sum(),
            sum_entropy,
            ((k_difference - around_difference) ** 2 * p_difference).sum(),
            entropy(p_difference, log),
            first,
            second,
            (p / (1 + apart / ng)).sum(),
            (p / (1 + apart**2 / ng**2)).sum(),
        ]
    )


def information_correlations(p, px, py, log):
    """Return both information correlations; 0 where only one level is present."""
    hx, hy, hxy = entropy(px, log), entropy(py, log), entropy(p, log)
    if hx < FLAT:
        return 0.0, 0.0
    independent = np.outer(px, py)
    present = independent > 0
    hxy1 = -(p[present] * log(independent[present])).sum()
    hxy2 = entropy(independent, log)
    # Symmetric: HX = HY, so the standard's HX and the toolboxes' max(HX, HY) are the same.
    return (hxy - hxy1) / max(hx, hy), np.sqrt(1 - np.exp(-2 * max(0.0, hxy2 - hxy)))


def glrlm_features(counts, voxels, *, matlab=False):
    """Return the 7 features of one matrix of runs; `voxels` counts a voxel once a direction."""
    ng, longest = counts.shape
    levels, lengths = np.arange(1, ng + 1)[:, None], np.arange(1, longest + 1)[None, :]
    runs = counts.sum()
    short = (counts / lengths**2).sum() / runs
    long = (counts * lengths**2).sum() / runs
    level_non_uniformity = (counts.sum(1) ** 2).sum() / runs
    length_non_uniformity = (counts.sum(0) ** 2).sum() / runs
    low = (counts / levels**2).sum() / runs
    high = (counts * levels**2).sum() / runs
    if matlab:  # the roles of level and length are swapped
        short, low = low, short
        long, high = high, long
        level_non_uniformity, length_non_uniformity = length_non_uniformity, level_non_uniformity
    share = runs / (ng * longest) if matlab else runs / voxels
    return np.array([short, long, level_non_uniformity, length_non_uniformity, share, low, high])


def texture_of(cube, ng, *, merged=True, matlab=False):
    """Return the features `NAMES` of a cube of levels (k, k, k) with 0 outside, (29,) float64.

    `merged`: one matrix from all directions; else the features of each direction, averaged over
    the directions that have any pair. Fewer than 2 voxels inside: NaN in every feature; no two of
    them adjacent: NaN in those of the GLCM.
    """
    voxels = np.count_nonzero(cube)
    if voxels < MIN_VOXELS:
        return np.full(len(NAMES), np.nan)
    pairs, runs = glcm_matrices(cube, ng), glrlm_matrices(cube, ng)
    if merged:
        together = glcm_features(pairs.sum(0), matlab=matlab)
        return np.append(together, glrlm_features(runs.sum(0), 13 * voxels, matlab=matlab))
    by_pairs = [glcm_features(one, matlab=matlab) for one in pairs if one.any()]
    by_runs = [glrlm_features(one, voxels, matlab=matlab) for one in runs]
    mean = np.mean(by_pairs, 0) if by_pairs else np.full(len(GLCM), np.nan)
    return np.append(mean, np.mean(by_runs, 0))


def cube_at(levels, centre, radius):
    """Return the cube of levels around a centre, 0 beyond the faces of the volume."""
    side = range(-radius, radius + 1)
    cube = [level_at(levels, moved(tuple(centre), step)) for step in product(side, repeat=3)]
    return np.array(cube).reshape(len(side), len(side), len(side))


def texture_at(levels, centre, radius, ng, *, merged=True, matlab=False):
    """Return the features `NAMES` of the cube around one centre of a volume of levels, (29,)."""
    return texture_of(cube_at(levels, centre, radius), ng, merged=merged, matlab=matlab)
