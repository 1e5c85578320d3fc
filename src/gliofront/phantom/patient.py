"""One virtual patient, from a seed and an index alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gliofront.image.grid import Grid
from gliofront.image.volume import LabelVolume, Volume
from gliofront.phantom.anatomy import Anatomy, make_anatomy
from gliofront.phantom.course import Course, follow
from gliofront.phantom.oedema import draw_oedema
from gliofront.phantom.rigid import random_motion
from gliofront.phantom.scanner import acquire
from gliofront.phantom.settings import MotionSettings, PhantomSettings
from gliofront.phantom.sites import SITES
from gliofront.phantom.tissue_maps import TissueMaps, make_maps
from gliofront.phantom.tumour import Tumour, grow_tumour

FloatArray = NDArray[np.float64]

TUMOUR_NAMES = {1: "necrosis", 2: "oedema", 4: "enhancing"}
SCANNED = ("T1C", "T1", "T2", "FLAIR", "ADC", "rCBV")
OEDEMA_SEEN = 0.35
"""Swelling above which oedema is drawn on FLAIR."""


@dataclass(frozen=True, eq=False)
class VirtualPatient:
    """A patient's scans and the truth behind them.

    Parameters
    ----------
    name : such as "virtual01".
    site, age, sex : as in participants.tsv.
    scans : sequence to skull-stripped scan, each on its own grid.
    brain, tumour, progression : labels on the T1C grid.
    density : tumour cells as a share of capacity, on the T1C grid.
    pulls : sequence to (4, 4), T1C world to that sequence's world, RAS+ mm.
    facts : numbers behind the patient, for the record.
    """

    name: str
    site: str
    age: int
    sex: str
    scans: dict[str, Volume]
    brain: LabelVolume
    tumour: LabelVolume
    progression: LabelVolume
    density: Volume
    pulls: dict[str, FloatArray]
    facts: dict[str, float | str | bool]

    @property
    def grid(self) -> Grid:
        """The grid of the T1C scan and of all labels."""
        return self.brain.grid


def patient_name(index: int) -> str:
    """Return the name of a patient, counted from 0.

    >>> patient_name(0), patient_name(120)
    ('virtual01', 'virtual121')
    """
    return f"virtual{index + 1:02d}"


def make_patient(seed: int, index: int, settings: PhantomSettings | None = None) -> VirtualPatient:
    """Make a patient that depends on the seed, the index and the settings, and on nothing else.

    Each step has its own generator, so a change in one leaves the draws of the others alone.

    Parameters
    ----------
    seed : of the cohort, at least 0.
    index : of the patient, from 0; even ones are scanned at site A, odd ones at site B.
    settings : defaults if not given.
    """
    chosen = settings or PhantomSettings()

    def stream(step: int) -> np.random.Generator:
        return np.random.default_rng([seed, index, step])

    site = SITES["AB"[index % 2]]
    anatomy = make_anatomy(stream(0), chosen.resolution_mm, chosen.anatomy)
    tumour = grow_tumour(stream(1), anatomy, chosen.tumour)
    maps = make_maps(stream(2), anatomy, tumour, draw_oedema(stream(3), anatomy, tumour.core))
    course = follow(stream(4), anatomy, tumour, chosen.course)
    pulls = _motions(stream(5), anatomy, chosen.motion)
    scans = {
        sequence: acquire(
            stream(100 + i), maps, anatomy.grid, anatomy.brain, sequence, site, pulls[sequence]
        )
        for i, sequence in enumerate(SCANNED)
    }
    person = stream(6)
    return VirtualPatient(
        name=patient_name(index),
        site=site.name,
        age=int(np.clip(np.rint(55 + 12 * person.standard_normal()), 20, 85)),
        sex="M" if person.random() < 24 / 37 else "F",
        scans=scans,
        brain=LabelVolume.from_mask(anatomy.grid, anatomy.brain, "brain"),
        tumour=_labels(anatomy, tumour, maps),
        progression=LabelVolume.from_mask(anatomy.grid, course.progression, "progression"),
        density=Volume(
            anatomy.grid, tumour.density.astype(np.float32), "cell density", "share of capacity"
        ),
        pulls=pulls,
        facts=_facts(tumour, course),
    )


def _motions(
    rng: np.random.Generator, anatomy: Anatomy, settings: MotionSettings
) -> dict[str, FloatArray]:
    centre = anatomy.grid.corners().mean(0)
    pulls = {
        s: random_motion(rng, centre, settings.shift_mm, settings.turn_degrees) for s in SCANNED
    }
    return pulls | {"T1C": np.eye(4)}


def _labels(anatomy: Anatomy, tumour: Tumour, maps: TissueMaps) -> LabelVolume:
    data = np.zeros(anatomy.grid.shape, dtype=np.uint8)
    data[maps.oedema > OEDEMA_SEEN] = 2
    data[tumour.core] = 4
    data[tumour.necrosis] = 1
    return LabelVolume(anatomy.grid, data, TUMOUR_NAMES)


def _facts(tumour: Tumour, course: Course) -> dict[str, float | str | bool]:
    kinetics = tumour.kinetics
    return {
        "side": tumour.side,
        "diffusivity_white_mm2_per_day": kinetics.diffusivity,
        "white_to_grey_ratio": kinetics.grey_ratio,
        "proliferation_per_day": kinetics.proliferation,
        "visible_density": kinetics.visible,
        "tumour_age_days": tumour.age_days,
        "complete_resection": course.complete,
        "distant_focus": course.distant,
        "days_to_progression": course.days,
    }
