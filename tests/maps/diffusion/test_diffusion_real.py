from __future__ import annotations

import os
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from gliofront.image.grid import Grid
from gliofront.image.series import Series
from gliofront.maps.diffusion.brain import mask_from_b0
from gliofront.maps.diffusion.distortion import correct_distortion
from gliofront.maps.diffusion.estimate import fit_maps
from gliofront.maps.diffusion.gradient_files import parse_gradients
from gliofront.maps.diffusion.gradients import Gradients
from gliofront.maps.diffusion.maps import FittedMaps
from gliofront.maps.diffusion.motion import correct_motion, mean_b0

REAL = Path(
    os.environ.get("GLIOFRONT_TEST_DATA", Path(__file__).resolve().parents[4] / "shared/data")
)
FOLDER = REAL / "dwi_uih"
PAIR = ("dti_tra_dir16_AP_9_134431", "dti_tra_dir16_PA_6_134431")

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no real series at {FOLDER}")


def read(name: str) -> tuple[Series, Gradients]:
    image = nib.load(FOLDER / f"{name}.nii.gz")
    grid = Grid(image.affine, image.shape[:3])
    series = Series(grid, image.get_fdata(dtype=np.float32), "DWI")
    texts = ((FOLDER / f"{name}.{end}").read_text(encoding="utf-8") for end in ("bval", "bvec"))
    return series, parse_gradients(*texts, grid, len(series), name)


@pytest.fixture(scope="module", params=PAIR)
def raw(request) -> tuple[Series, FittedMaps, np.ndarray]:
    series, gradients = read(request.param)
    mask = mask_from_b0(mean_b0(series, gradients))
    return series, fit_maps(series, gradients, mask), mask


def test_medians_in_the_brain_are_those_known(raw):
    _, maps, mask = raw
    assert np.nanmedian(maps.fa.data[mask]) == pytest.approx(0.17, abs=0.01)
    assert np.nanmedian(maps.adc.data[mask]) == pytest.approx(0.86e-3, abs=0.02e-3)
    assert maps.quality["not_physical_percent"] < 1
    assert maps.quality["residual_percent"] < 2


def test_the_corpus_callosum_is_red_and_the_corticospinal_tract_blue(raw):
    series, maps, mask = raw
    points = series.grid.to_world(np.moveaxis(np.indices(mask.shape), 0, -1))
    x, y, z = np.moveaxis(np.abs(points - np.median(points[mask], axis=0)), -1, 0)
    certain = mask & (maps.fa.data > 0.5)
    callosum = certain & (x < 5) & (maps.fa.data > 0.6) & (z < 20) & (y < 40)
    tract = certain & (x > 18) & (x < 32) & (y < 20) & (z < 20)
    for place, colour in ((callosum, 0), (tract, 2)):
        assert place.sum() > 20
        share = maps.colour[place] / maps.fa.data[place][:, None]
        assert np.median(share, axis=0).argmax() == colour
        assert np.mean(share.argmax(axis=1) == colour) > 0.6


@pytest.mark.slow
def test_the_pair_agrees_better_after_correction():
    moved = [correct_motion(*read(name)) for name in PAIR]
    straight = [
        correct_distortion(one.series, one.b0, axis=1, reverse_b0=other.b0)
        for one, other in (moved, moved[::-1])
    ]
    mask = np.logical_and(*(mask_from_b0(image.b0) for image in straight))
    before, after = (
        [fit_maps(s.series, m.gradients, mask) for s, m in zip(stage, moved, strict=True)]
        for stage in (moved, straight)
    )
    for name in ("fa", "adc"):
        assert agreement(after, name) > agreement(before, name) + 0.04
        assert agreement(after, name) > 0.94
    quality = straight[0].quality
    assert quality["distortion_pair_correlation_before"] < 0.85
    assert quality["distortion_pair_correlation_after"] > 0.98
    for fitted in after:
        assert np.nanmedian(fitted.fa.data[mask]) == pytest.approx(0.17, abs=0.01)


def agreement(pair: list[FittedMaps], name: str) -> float:
    values = np.stack([getattr(maps, name).data.ravel() for maps in pair])
    return float(np.corrcoef(values[:, np.isfinite(values).all(axis=0)])[0, 1])
