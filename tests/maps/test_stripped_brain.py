"""Stripped images are told from heads."""

from __future__ import annotations

import numpy as np
import pytest
from map_heads import REAL, head, real, template

from gliofront.image.grid import Grid
from gliofront.image.volume import Volume
from gliofront.maps.brain import stripped_mask

IMAGE, BRAIN = template()


def dice(a: np.ndarray, b: np.ndarray) -> float:
    return 2 * np.count_nonzero(a & b) / (a.sum() + b.sum())


@pytest.mark.parametrize("background", [0.0, -4.7551, np.nan])
def test_stripped_brain_is_found_before_any_constant(background):
    image = IMAGE.with_data(np.where(BRAIN, IMAGE.data / 20 - 3, background))
    mask = stripped_mask(image)
    assert mask is not None
    assert dice(mask, BRAIN) > 0.99


def test_hole_of_background_inside_the_brain_is_filled():
    hole = np.linalg.norm(np.indices(BRAIN.shape).T - np.array([50, 60, 50]), axis=-1).T < 6
    image = IMAGE.with_data(np.where(BRAIN & ~hole, IMAGE.data, 0))
    mask = stripped_mask(image)
    assert mask is not None
    assert mask[hole & BRAIN].all()


def test_small_stray_pieces_are_dropped_and_a_crop_is_still_a_brain():
    data = IMAGE.data.copy()
    data[2:4, 2:4, 2:4] = 50
    mask = stripped_mask(IMAGE.with_data(data))
    assert mask is not None
    assert not mask[:5, :5, :5].any()
    found = np.argwhere(BRAIN)
    low, high = found.min(0), found.max(0) + 1
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    crop = Volume(Grid(IMAGE.grid.affine, IMAGE.data[box].shape), IMAGE.data[box], "T1", "a")
    cropped = stripped_mask(crop)
    assert cropped is not None
    assert dice(cropped, BRAIN[box]) > 0.99


def test_heads_and_others_are_not_stripped():
    assert stripped_mask(head()) is None
    noise = np.random.default_rng(0).normal(0, 2, IMAGE.grid.shape)
    assert stripped_mask(IMAGE.with_data(IMAGE.data + np.abs(noise))) is None
    assert stripped_mask(IMAGE.with_data(np.zeros(IMAGE.grid.shape))) is None
    assert stripped_mask(IMAGE.with_data(np.full(IMAGE.grid.shape, np.nan))) is None
    small = Volume(Grid(np.diag([1.0, 1, 1, 1]), IMAGE.grid.shape), IMAGE.data, "T1", "a")
    assert stripped_mask(small) is None
    two = np.concatenate([IMAGE.data[::2, ::2, ::2]] * 2)
    pair = Volume(Grid(np.diag([3.0, 3, 3, 1]), two.shape), two, "T1", "a")
    assert stripped_mask(pair) is None


@pytest.mark.skipif(not REAL.is_dir(), reason=f"no test data at {REAL}")
def test_real_images():
    for name in ("t1", "t1c", "t2", "flair"):
        assert stripped_mask(real(f"glioma_tcga/native/{name}.nii.gz", name)) is None
    image = real("glioma_tcga/reference/t2_sri24_brain.nii.gz", "T2")
    mask = stripped_mask(image)
    assert mask is not None
    assert dice(mask, image.data != 0) > 0.97
    for patient in ("0001", "0005"):
        folder = f"glioma_labelled/brats_2013_pat{patient}_1"
        truth = real(f"{folder}/brainmask.nii.gz", "brain").data > 0.5
        for name in ("T1c", "Flair"):
            mask = stripped_mask(real(f"{folder}/{name}_subtrMeanDivStd.nii.gz", name))
            assert mask is not None
            assert dice(mask, truth) > 0.97
