"""Compare the oracle of the texture features with PyRadiomics, voxel by voxel.

Needs NumPy, SimpleITK and pyradiomics-bhklab==3.1.4 (the 3.1.0 on the package index does not
install). It requires NumPy without a version, so a separate environment keeps it from moving
the one the package is tested with:

    python3.11 -m venv pyradiomics-env
    pyradiomics-env/bin/pip install pyradiomics-bhklab==3.1.4
    pyradiomics-env/bin/python benchmarks/pyradiomics_agreement.py

Averaged directions, definitions of the standard, levels set by the images (bin width 1, lowest
level 1), kernel cut by the mask. A relative difference above 1e-4 (and an absolute one above
1e-6) disagrees.

Where the definitions part:

- Runs, where in some direction no two voxels inside share a line (masks with holes): PyRadiomics
  leaves that direction out of the average, the standard keeps its runs of length 1. The second
  table leaves it out too, and agrees.
- The two normalised inverse differences divide by the number of levels; PyRadiomics takes the
  highest level found inside the mask for it. The images here reach their highest level; the last
  table shows what becomes of them where twice as many levels are set.
"""

from __future__ import annotations

import logging
import sys
import warnings
from pathlib import Path

import numpy as np
import SimpleITK

from radiomics import glcm, glrlm

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "radiomics"))
from texture_oracle import (
    DIRECTIONS,
    GLCM,
    GLRLM,
    MIN_VOXELS,
    NAMES,
    cube_at,
    glrlm_features,
    glrlm_matrices,
    texture_at,
)

RELATIVE, ABSOLUTE = 1e-4, 1e-6
RADII = (1, 2)
LEVELS = 32

# Our name to that of PyRadiomics, where equal: DifferenceAverage is the dissimilarity, and the
# cluster tendency the sum variance.
THEIRS = {
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
    "short_run_emphasis": "ShortRunEmphasis",
    "long_run_emphasis": "LongRunEmphasis",
    "grey_level_non_uniformity": "GrayLevelNonUniformity",
    "run_length_non_uniformity": "RunLengthNonUniformity",
    "run_percentage": "RunPercentage",
    "low_grey_level_run_emphasis": "LowGrayLevelRunEmphasis",
    "high_grey_level_run_emphasis": "HighGrayLevelRunEmphasis",
}


def images(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return levels of each kind of image, 0 outside; PyRadiomics calls the lowest level 1."""
    shape = (7, 6, 6)
    mask = rng.random(shape) < 0.6
    noise = rng.integers(1, LEVELS + 1, shape)
    noise[0, 0, 0], noise[-1, -1, -1] = 1, LEVELS
    nearly = np.ones(shape, dtype=int)
    nearly[3, 3, 3] = 2
    small = np.zeros(shape, dtype=int)
    small[1:3, 1:4, 2:4] = noise[1:3, 1:4, 2:4]
    small[1, 1, 2], small[2, 2, 2] = 1, LEVELS
    masked = np.where(mask, noise, 0)
    masked[0, 0, 0], masked[-1, -1, -1] = 1, LEVELS
    ramp = np.indices(shape).sum(0) + rng.integers(0, 3, shape)
    few = np.where(mask & (rng.random(shape) < 0.25), noise, 0)
    few[0, 0, 0], few[-1, -1, -1] = 1, LEVELS
    return {
        "random": noise,
        "smooth": ramp - ramp.min() + 1,
        "two levels": rng.choice([1, LEVELS], shape),
        "flat": np.ones(shape, dtype=int),
        "nearly flat": nearly,
        "masked": masked,
        "sparse mask": few,
        "border": small,
    }


def by_pyradiomics(levels: np.ndarray, radius: int) -> np.ndarray:
    """Return PyRadiomics' features in our order at each voxel inside, (n, 29)."""
    image = SimpleITK.GetImageFromArray(levels.astype(np.float64))
    mask = SimpleITK.GetImageFromArray((levels > 0).astype(np.uint8))
    inside = levels > 0
    found = {}
    for kind in (glcm.RadiomicsGLCM, glrlm.RadiomicsGLRLM):
        how = {"voxelBased": True, "kernelRadius": radius, "maskedKernel": True}
        case = kind(image, mask, **how, binWidth=1, initValue=np.nan)
        for name in THEIRS.values():
            if name in case.featureNames:
                case.enableFeatureByName(name)
        found |= {
            name: SimpleITK.GetArrayFromImage(m)[inside] for name, m in case.execute().items()
        }
    return np.stack([found[THEIRS[name]] for name in NAMES], axis=1)


def lines_of_one_leave(levels: np.ndarray, centre: np.ndarray, radius: int, ng: int) -> np.ndarray:
    """Return the averaged run features of only the directions PyRadiomics keeps, (7,).

    It drops a direction in which every line holds a single voxel (a flat region in 3-D); the
    standard does not.
    """
    cube = cube_at(levels, centre, radius)
    inside = np.argwhere(cube)
    if len(inside) < MIN_VOXELS:
        return np.full(len(GLRLM), np.nan)
    runs = glrlm_matrices(cube, ng)
    kept = [r for r, step in zip(runs, DIRECTIONS, strict=True) if shares_a_line(inside, step)]
    if not kept:
        return np.full(len(GLRLM), np.nan)
    return np.mean([glrlm_features(one, len(inside)) for one in kept], 0)


def shares_a_line(places: np.ndarray, step: tuple[int, int, int]) -> bool:
    """Return whether two of the places lie on one line of a direction, adjacent or not."""
    axis = int(np.argmax(np.abs(step)))
    starts = places - np.outer(places[:, axis] * step[axis], step)
    return len(np.unique(starts, axis=0)) < len(places)


def normalised_by_twice(levels: np.ndarray, centres: np.ndarray, radius: int) -> np.ndarray:
    """Return the features where twice as many levels are set as the image reaches, (n, 29)."""
    ng = 2 * int(levels.max())
    return np.array([texture_at(levels, c, radius, ng, merged=False) for c in centres])


def worst(ours: np.ndarray, theirs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the worst relative difference and the number defined on one side, a feature."""
    apart = np.abs(ours - theirs)
    relative = apart / np.maximum(np.abs(ours), ABSOLUTE / RELATIVE)
    one_side = (np.isfinite(ours) != np.isfinite(theirs)).sum(0)
    return np.where(np.isfinite(apart), relative, 0.0).max(0), one_side


def show(title: str, names: tuple[str, ...], rows: list[np.ndarray], cases: list[str]) -> None:
    """Print the worst difference of each feature (a row) in each case (a column)."""
    print(title + "".join(f"{case:>15}" for case in cases))
    for name, row in zip(names, np.array(rows).T, strict=True):
        verdict = "agrees" if row.max() < RELATIVE else "DIFFERS"
        print(f"{name:<38}" + "".join(f"{value:15.0e}" for value in row) + f"  {verdict}")


def main() -> None:
    """Print the worst difference of each feature over each image."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore", RuntimeWarning)
    rows, lone, kept, twice, cases = [], [], [], [], []
    for name, levels in images(np.random.default_rng(0)).items():
        for radius in RADII:
            ng, centres = int(levels.max()), np.argwhere(levels)
            ours = np.array([texture_at(levels, c, radius, ng, merged=False) for c in centres])
            theirs = by_pyradiomics(levels, radius)
            fewer = np.array([lines_of_one_leave(levels, c, radius, ng) for c in centres])
            found, one_side = worst(ours, theirs)
            rows.append(found)
            lone.append(one_side)
            kept.append(worst(fewer, theirs[:, len(GLCM) :])[0])
            twice.append(worst(normalised_by_twice(levels, centres, radius), theirs)[0])
            cases.append(f"{name} {radius}")
            defined = int(np.isfinite(theirs[:, 0]).sum())
            print(f"{cases[-1]:<15} {len(centres)} voxels, {defined} defined, {ng} levels")
    print(f"NumPy {np.__version__}; worst difference, relative to at least {ABSOLUTE / RELATIVE}")
    show(f"{'All directions':<38}", NAMES, rows, cases)
    show("Directions in which voxels share lines", GLRLM, kept, cases)
    show(f"{'Twice as many levels set as reached':<38}", NAMES, twice, cases)
    print("Voxels at which a feature is defined on one side only (GLCM, GLRLM at most):")
    for case, counts in zip(cases, lone, strict=True):
        print(f"{case:<15} {counts[: len(GLCM)].max()}, {counts[len(GLCM) :].max()}")


if __name__ == "__main__":
    main()
