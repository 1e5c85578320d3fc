"""Texture features of the IBSI digital phantom against the published reference values."""

from __future__ import annotations

import os
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from texture_heads import by_kernel
from texture_oracle import NAMES, texture_of

DATA = Path(
    os.environ.get("GLIOFRONT_TEST_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")
)
PHANTOM = DATA / "ibsi1"
LEVELS = 6

TAGS = {
    "autocorrelation": "cm_auto_corr",
    "contrast": "cm_contrast",
    "correlation_m": "cm_corr",
    "correlation_p": "cm_corr",
    "cluster_prominence": "cm_clust_prom",
    "cluster_shade": "cm_clust_shade",
    "dissimilarity": "cm_dissimilarity",
    "energy": "cm_energy",
    "entropy": "cm_joint_entr",
    "homogeneity_m": "cm_inv_diff",
    "homogeneity_p": "cm_inv_diff_mom",
    "maximum_probability": "cm_joint_max",
    "sum_of_squares": "cm_joint_var",
    "sum_average": "cm_sum_avg",
    "sum_variance": "cm_sum_var",
    "sum_entropy": "cm_sum_entr",
    "difference_variance": "cm_diff_var",
    "difference_entropy": "cm_diff_entr",
    "information_correlation_1": "cm_info_corr1",
    "information_correlation_2": "cm_info_corr2",
    "inverse_difference_normalised": "cm_inv_diff_norm",
    "inverse_difference_moment_normalised": "cm_inv_diff_mom_norm",
    "short_run_emphasis": "rlm_sre",
    "long_run_emphasis": "rlm_lre",
    "grey_level_non_uniformity": "rlm_glnu",
    "run_length_non_uniformity": "rlm_rlnu",
    "run_percentage": "rlm_r_perc",
    "low_grey_level_run_emphasis": "rlm_lgre",
    "high_grey_level_run_emphasis": "rlm_hgre",
}


@pytest.fixture(scope="module")
def cube():
    """Return the whole phantom in the smallest cube that holds it, 0 outside its mask."""
    if not PHANTOM.is_dir():
        pytest.skip(f"no IBSI phantom in {PHANTOM}")
    image = np.asarray(nib.load(PHANTOM / "phantom.nii.gz").dataobj)
    mask = np.asarray(nib.load(PHANTOM / "mask.nii.gz").dataobj) > 0
    side = max(image.shape) | 1
    padding = [((side - n) // 2, (side - n + 1) // 2) for n in image.shape]
    return np.pad(np.where(mask, image, 0).astype(np.uint8), padding)


@pytest.fixture(scope="module")
def reference():
    """Return the published value of each tag, as it is written (its digits are its precision)."""
    if not PHANTOM.is_dir():
        pytest.skip(f"no IBSI phantom in {PHANTOM}")
    rows = (PHANTOM / "reference_values.csv").read_text(encoding="utf-8").splitlines()[1:]
    fields = [row.split(";") for row in rows if row]
    return {tag.strip(): value.strip() for value, _, tag in fields}


def to_three_digits(value):
    """Round as the reference is written: three significant digits."""
    return float(f"{value:.3g}")


def oracle(cube, merged):
    return texture_of(cube, LEVELS, merged=merged)


def kernel(cube, merged):
    radius = len(cube) // 2
    centre = np.array([[radius] * 3])
    return by_kernel(cube, centre, radius=radius, ng=LEVELS, merged=merged, matlab=False)[0]


def test_the_phantom_is_the_published_one(cube):
    assert cube.shape == (5, 5, 5)
    assert np.count_nonzero(cube) == 74
    assert np.unique(cube).tolist() == [0, 1, 3, 4, 6]


@pytest.mark.parametrize("merged", [False, True], ids=["averaged", "merged"])
@pytest.mark.parametrize("way", [oracle, kernel])
def test_every_feature_equals_its_reference(cube, reference, way, merged):
    found = dict(zip(NAMES, way(cube, merged), strict=True))
    suffix = "_3D_comb" if merged else "_3D_avg"
    wrong = {
        name: (float(found[name]), reference[tag + suffix])
        for name, tag in TAGS.items()
        if to_three_digits(found[name]) != float(reference[tag + suffix])
    }
    assert list(TAGS) == list(NAMES)
    assert not wrong
