"""First-order features against a slow oracle, the IBSI phantom and their symmetries."""

from __future__ import annotations

import os
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from gliofront.foundation.errors import InputRefused
from gliofront.radiomics.firstorder import NAMES, firstorder

DATA = Path(
    os.environ.get("GLIOFRONT_TEST_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")
)


def oracle(values, inside, centre, low, high, levels, radius):
    """The definitions written out, one voxel at a time."""
    found = []
    for step in np.ndindex(*[2 * radius + 1] * 3):
        at = tuple(np.array(centre) + step - radius)
        if min(at) < 0 or any(a >= n for a, n in zip(at, values.shape, strict=True)):
            continue
        if inside[at] and np.isfinite(values[at]):
            found.append(float(values[at]))
    if len(found) < 2:
        return np.full(13, np.nan)
    x = np.array(found)
    width = (high - low) / levels
    grey = np.array([min(max(int(np.floor((v - low) / width)), 0), levels - 1) + 1 for v in x])
    share = np.unique(grey, return_counts=True)[1] / len(grey)
    flat = np.ptp(x) == 0
    return np.array(
        [
            x.mean(),
            x.std(),
            np.median(x),
            x.min(),
            x.max(),
            x.var(),
            0 if flat else stats.skew(x),
            0 if flat else stats.kurtosis(x, fisher=False),
            (x**2).sum(),
            -(share * np.log2(share)).sum(),
            (share**2).sum(),
            np.sqrt((x**2).mean()),
            grey.mean(),
        ]
    )


@st.composite
def scenes(draw):
    seed = draw(st.integers(0, 2**32 - 1))
    shape = draw(st.tuples(*[st.integers(1, 6)] * 3))
    rng = np.random.default_rng(seed)
    values = rng.normal(size=shape) * draw(st.sampled_from([1e-3, 1.0, 500.0]))
    values = np.round(values, draw(st.integers(0, 6))).astype(np.float32)
    values[rng.random(shape) < draw(st.sampled_from([0, 0.2, 0.9]))] = np.nan
    values[rng.random(shape) < 0.02] = np.inf
    inside = rng.random(shape) < draw(st.sampled_from([0.1, 0.6, 1.0]))
    return values, inside, draw(st.integers(1, 3)), draw(st.integers(2, 256))


@settings(max_examples=60, deadline=None)
@given(scenes())
def test_equals_the_definitions_written_out(scene):
    values, inside, radius, levels = scene
    centres = np.argwhere(np.ones(values.shape, bool))[::11]
    got = firstorder(values, inside, centres, low=-1, high=2, levels=levels, radius=radius)
    want = [oracle(values, inside, c, -1, 2, levels, radius) for c in centres]
    np.testing.assert_allclose(got, np.array(want), rtol=1e-5, atol=1e-6)


def test_nearly_flat_neighbourhood_keeps_its_moments():
    steps = np.arange(27).reshape(3, 3, 3) % 2
    values = (1000 + steps * 2.0**-13).astype(np.float32)
    row = firstorder(
        values, values > 0, np.array([[1, 1, 1]]), low=0, high=2000, levels=32, radius=1
    )[0]
    named = dict(zip(NAMES, row, strict=True))
    assert named["firstorder_variance"] == pytest.approx(steps.var() * 2.0**-26, rel=1e-5)
    assert named["firstorder_skewness"] == pytest.approx(stats.skew(steps.ravel()), rel=1e-4)
    assert named["firstorder_kurtosis"] == pytest.approx(
        stats.kurtosis(steps.ravel(), fisher=False), rel=1e-4
    )


@pytest.mark.parametrize("constant", [0.1, 0.0, -3.7, 1e-30])
def test_constant_neighbourhood_has_no_spread_at_all(constant):
    values = np.full((3, 3, 3), constant, dtype=np.float32)
    row = firstorder(
        values, np.ones((3, 3, 3), bool), np.array([[0, 1, 2]]), low=-1, high=1, levels=8, radius=2
    )[0]
    named = dict(zip(NAMES, row, strict=True))
    for name in ("standard_deviation", "variance", "skewness", "kurtosis", "entropy"):
        assert named[f"firstorder_{name}"] == 0
    assert named["firstorder_uniformity"] == 1
    assert named["firstorder_mean"] == np.float32(constant)


def test_ibsi_digital_phantom():
    folder = DATA / "ibsi1"
    if not folder.exists():
        pytest.skip(f"IBSI-1 digital phantom not found at {folder}")
    values = nib.load(folder / "phantom.nii.gz").get_fdata()
    inside = nib.load(folder / "mask.nii.gz").get_fdata() > 0
    lines = (folder / "reference_values.csv").read_text().splitlines()[1:]
    reference = {tag: value for value, _, tag in (line.split(";") for line in lines) if value}
    row = firstorder(values, inside, np.array([[2, 2, 2]]), low=0.5, high=6.5, levels=6, radius=4)[
        0
    ]
    got = {name.removeprefix("firstorder_"): v for name, v in zip(NAMES, row, strict=True)}
    tags = {
        "mean": "stat_mean",
        "variance": "stat_var",
        "skewness": "stat_skew",
        "median": "stat_median",
        "minimum": "stat_min",
        "maximum": "stat_max",
        "energy": "stat_energy",
        "root_mean_square": "stat_rms",
        "entropy": "ih_entropy",
        "uniformity": "ih_uniformity",
        "mean_grey_level": "ih_mean",
    }
    for name, tag in tags.items():
        assert f"{got[name]:.3g}" == f"{float(reference[tag]):.3g}", name
    assert f"{got['kurtosis'] - 3:.3g}" == f"{float(reference['stat_kurt']):.3g}"


@pytest.fixture(name="scene")
def one_scene():
    rng = np.random.default_rng(4)
    values = rng.gamma(2.0, size=(9, 8, 7)).astype(np.float32)
    inside = rng.random(values.shape) < 0.8
    return values, inside, np.argwhere(inside)


OPTIONS = {"low": 0.0, "high": 6.0, "levels": 16, "radius": 2}


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_flips_change_no_bit(scene, axis):
    values, inside, centres = scene
    plain = firstorder(values, inside, centres, **OPTIONS)
    mirrored = centres.copy()
    mirrored[:, axis] = values.shape[axis] - 1 - centres[:, axis]
    flipped = firstorder(np.flip(values, axis), np.flip(inside, axis), mirrored, **OPTIONS)
    np.testing.assert_array_equal(plain, flipped)


def test_quarter_turns_change_no_bit(scene):
    values, inside, centres = scene
    plain = firstorder(values, inside, centres, **OPTIONS)
    turned = np.stack([values.shape[1] - 1 - centres[:, 1], centres[:, 0], centres[:, 2]], 1)
    other = firstorder(np.rot90(values), np.rot90(inside), turned, **OPTIONS)
    np.testing.assert_array_equal(plain, other)


@pytest.mark.parametrize("block", [1, 7, 100, 10**6])
def test_block_size_changes_no_bit(scene, block):
    values, inside, centres = scene
    plain = firstorder(values, inside, centres, **OPTIONS)
    np.testing.assert_array_equal(
        plain, firstorder(values, inside, centres, block=block, **OPTIONS)
    )


def test_voxels_outside_count_in_nothing(scene):
    values, inside, centres = scene
    spoilt = np.where(inside, values, 1e9).astype(np.float32)
    np.testing.assert_array_equal(
        firstorder(values, inside, centres, **OPTIONS),
        firstorder(spoilt, inside, centres, **OPTIONS),
    )


def test_lonely_voxel_is_undefined_and_two_are_not():
    values = np.ones((5, 1, 1), dtype=np.float32)
    inside = np.zeros((5, 1, 1), bool)
    inside[[0, 3, 4]] = True
    options = {"low": 0, "high": 2, "levels": 4, "radius": 1}
    rows = firstorder(values, inside, np.array([[0, 0, 0], [4, 0, 0]]), **options)
    assert np.isnan(rows[0]).all()
    assert np.isfinite(rows[1]).all()


def test_no_centres_give_no_rows():
    values = np.ones((3, 3, 3), dtype=np.float32)
    assert firstorder(values, values > 0, np.empty((0, 3), int), **OPTIONS).shape == (0, 13)


def test_refuses_centres_outside_and_other_grids():
    values = np.ones((3, 3, 3), dtype=np.float32)
    with pytest.raises(InputRefused, match="a centre lies outside the image"):
        firstorder(values, values > 0, np.array([[0, 0, 3]]), **OPTIONS)
    with pytest.raises(InputRefused, match="give both on the same grid"):
        firstorder(values, np.ones((2, 3, 3), bool), np.array([[0, 0, 0]]), **OPTIONS)
