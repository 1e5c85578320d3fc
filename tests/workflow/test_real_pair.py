"""A real pair with landmarks of experts, where GLIOFRONT_BRATSREG_PAIR names its folder."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from gliofront.alignment.longitudinal import RIGID, align_visits
from gliofront.alignment.longitudinal_settings import PRESETS
from gliofront.alignment.transforms import inverse
from gliofront.alignment.two_stage_search import Visit
from gliofront.image.orientation import canonical
from gliofront.image.reading import read_volume
from gliofront.image.resample import resample_volume
from gliofront.image.volume import BoolArray, Volume
from gliofront.maps.bias import correct_bias
from gliofront.maps.brain import stripped_mask
from gliofront.regions.enhancing import outline_enhancing
from gliofront.regions.midplane import find_midplane
from gliofront.regions.treated import outline_treated

pytestmark = pytest.mark.slow
VARIABLE = "GLIOFRONT_BRATSREG_PAIR"


def visit(folder: Path, when: str) -> tuple[dict[str, Volume], BoolArray]:
    images = {}
    for name, end in (("T1C", "t1ce"), ("T1", "t1"), ("FLAIR", "flair")):
        path = next(folder.glob(f"*_{when}_*_{end}.nii.gz"))
        images[name] = canonical(read_volume(path, name)[0])
    brain = stripped_mask(images["T1C"])
    assert brain is not None
    return {name: correct_bias(image, brain)[0] for name, image in images.items()}, brain


def landmarks(folder: Path, when: str) -> np.ndarray:
    """Return the points in RAS+ mm; the files hold ITK's LPS."""
    path = next(folder.glob(f"*_{when}_*_landmarks.csv"))
    return np.loadtxt(path, delimiter=",", skiprows=1)[:, 1:] * [-1.0, -1.0, 1.0]


def test_experts_find_their_landmarks_again() -> None:
    if VARIABLE not in os.environ:
        pytest.skip(f"{VARIABLE} names no folder of a BraTS-Reg case (evaluation only)")
    folder = Path(os.environ[VARIABLE])
    (images, brain), (later, brain_later) = visit(folder, "00"), visit(folder, "01")
    t1c, plane = images["T1C"], find_midplane(images["T1C"], brain)
    tumour = outline_enhancing(
        t1c, brain, t1=images["T1"], flair=images["FLAIR"], plane=plane
    ).enhancing
    # Both scans of a case lie on one grid, roughly aligned.
    was = resample_volume(t1c, later["T1C"].grid, pull=inverse(np.eye(4)))
    after = outline_treated(later["T1C"], brain_later, tumour, t1=later["T1"], before=was)
    found = align_visits(
        Visit({"T1C": t1c}, brain, tumour, np.zeros_like(tumour)),
        Visit({"T1C": later["T1C"]}, brain_later, after.enhancing, after.cavity),
        PRESETS["fast"],
    )
    before, given = landmarks(folder, "00"), landmarks(folder, "01")
    error = np.linalg.norm(found.visits.to_follow_up(before) - given, axis=1)
    assert found.chosen != RIGID
    assert found.folded == 0
    assert error.mean() < np.linalg.norm(before - given, axis=1).mean()
    assert error.max() < 4.0
