"""One virtual patient, from a seed and an index alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from gliofront.cohort.raw_scans import DIFFUSION, MADE_FROM, PERFUSION, SPECTROSCOPY
from gliofront.image.grid import Grid
from gliofront.image.volume import LabelVolume, Volume
from gliofront.phantom.anatomy import Anatomy, make_anatomy
from gliofront.phantom.clinical import draw_person, tumour_facts
from gliofront.phantom.course import Course, follow
from gliofront.phantom.fibres import lay_fibres
from gliofront.phantom.follow_up import FollowUp, scan_follow_up
from gliofront.phantom.mass_effect import Displacement, midline_shift, push_aside
from gliofront.phantom.oedema import draw_oedema
from gliofront.phantom.raw_scans import (
    RawDiffusionScan,
    RawPerfusionScan,
    RawSpectroscopyScan,
    acquire_diffusion,
    acquire_perfusion,
    acquire_spectroscopy,
)
from gliofront.phantom.rigid import random_motion
from gliofront.phantom.scanner import acquire
from gliofront.phantom.settings import MotionSettings, PhantomSettings
from gliofront.phantom.sites import SITES, Site
from gliofront.phantom.tissue_maps import TissueMaps, make_maps
from gliofront.phantom.true_maps import true_maps
from gliofront.phantom.tumour import Tumour, grow_tumour

FloatArray = NDArray[np.float64]
RawScan = RawDiffusionScan | RawPerfusionScan | RawSpectroscopyScan

TUMOUR_NAMES = {1: "necrosis", 2: "oedema", 4: "enhancing"}
SCANNED = ("T1C", "T1", "T2", "FLAIR", "ADC", "rCBV")
OEDEMA_SEEN = 0.35
"""Swelling above which oedema is drawn on FLAIR."""
RAW: Mapping[str, Callable[..., RawScan]] = {
    DIFFUSION: acquire_diffusion,
    PERFUSION: acquire_perfusion,
    SPECTROSCOPY: acquire_spectroscopy,
}


@dataclass(frozen=True, eq=False)
class VirtualPatient:
    """A patient's scans and the truth behind them.

    Parameters
    ----------
    name : such as "virtual01".
    site : of the scans before surgery.
    person : columns of participants.tsv.
    scans : sequence to skull-stripped scan, each on its own grid.
    raw : kind of raw scan to the scan, in place of the maps that are made from it.
    brain, tumour, progression : labels on the T1C grid.
    follow_up : the scan at which progression is called, on another scanner, where scans are raw.
    density : tumour cells as a share of capacity, on the T1C grid.
    truth : map to what it would show without noise, motion and slices, on the T1C grid.
    mass : where the tumour pushed the tissue.
    pulls : sequence, or kind of raw scan, to (4, 4), T1C world to that scan's world, RAS+ mm.
    facts : numbers behind the patient, for the record.
    """

    name: str
    site: str
    person: Mapping[str, str | int | float]
    scans: dict[str, Volume]
    brain: LabelVolume
    tumour: LabelVolume
    progression: LabelVolume
    follow_up: FollowUp | None
    density: Volume
    truth: Mapping[str, Volume]
    mass: Displacement
    pulls: dict[str, FloatArray]
    facts: dict[str, float | str | bool]
    raw: Mapping[str, RawScan] = field(default_factory=dict)

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


def make_patient(
    seed: int,
    index: int,
    settings: PhantomSettings | None = None,
    *,
    sites: str = "AB",
    raw: bool = False,
) -> VirtualPatient:
    """Make a patient that depends on the arguments, and on nothing else.

    Each step has its own generator, so a change in one leaves the draws of the others alone.

    Parameters
    ----------
    seed : of the cohort, at least 0.
    index : of the patient, from 0.
    settings : defaults if not given.
    sites : patients are scanned there in turn.
    raw : whether diffusion, perfusion and spectroscopy come as the scanner gives them, where the
        site takes them, and not as maps; and the patient is scanned again after treatment.
    """
    # Sums by several threads are made in an order that the machine decides.
    with threadpool_limits(limits=1):
        return _made(seed, index, settings or PhantomSettings(), sites, raw)


def _made(seed: int, index: int, chosen: PhantomSettings, sites: str, raw: bool) -> VirtualPatient:
    def stream(step: int) -> np.random.Generator:
        return np.random.default_rng([seed, index, step])

    site = SITES[sites[index % len(sites)]]
    healthy = make_anatomy(stream(0), chosen.resolution_mm, chosen.anatomy)
    fibres = lay_fibres(healthy)
    grown = grow_tumour(stream(1), healthy, chosen.tumour, fibres, chosen.mass_effect)
    anatomy, tumour, fibres, mass = push_aside(
        stream(7), healthy, grown, fibres, chosen.mass_effect
    )
    vasogenic = draw_oedema(stream(3), anatomy, tumour.core)
    maps = make_maps(stream(2), anatomy, tumour, vasogenic, fibres)
    course = follow(stream(4), anatomy, tumour, chosen.course)
    after = None
    if raw:
        after = scan_follow_up(stream(8), anatomy, tumour, course, vasogenic, mass, chosen.course)
    pulls = _motions(stream(5), anatomy, chosen.motion)
    taken = _raw_kinds(site) if raw else ()
    made = {name for kind in taken for name in MADE_FROM[kind]}
    shift = midline_shift(healthy, mass)
    return VirtualPatient(
        name=patient_name(index),
        site=site.name,
        person=draw_person(stream(6), tumour_facts(anatomy, tumour, shift), course),
        scans={
            sequence: acquire(
                stream(100 + i), maps, anatomy.grid, anatomy.brain, sequence, site, pulls[sequence]
            )
            for i, sequence in enumerate(SCANNED)
            if sequence not in made
        },
        brain=LabelVolume.from_mask(anatomy.grid, anatomy.brain, "brain"),
        tumour=_labels(anatomy, tumour, maps),
        progression=LabelVolume.from_mask(anatomy.grid, course.progression, "progression"),
        follow_up=after,
        density=Volume(
            anatomy.grid, tumour.density.astype(np.float32), "cell density", "share of capacity"
        ),
        truth=true_maps(anatomy.grid, anatomy.brain, maps),
        mass=mass,
        pulls=pulls,
        facts={
            **_facts(tumour, course),
            "displaced_share": grown.displaced,
            "midline_shift_mm": shift,
        },
        raw={
            kind: RAW[kind](
                stream(200 + i), maps, anatomy.grid, anatomy.brain, site, pulls[kind], chosen.raw
            )
            for i, kind in enumerate(RAW)
            if kind in taken
        },
    )


def _raw_kinds(site: Site) -> tuple[str, ...]:
    """Return the raw scans that a site takes."""
    return tuple(kind for kind in RAW if getattr(site, kind) is not None)


def _motions(
    rng: np.random.Generator, anatomy: Anatomy, settings: MotionSettings
) -> dict[str, FloatArray]:
    centre = anatomy.grid.corners().mean(0)
    pulls = {
        s: random_motion(rng, centre, settings.shift_mm, settings.turn_degrees)
        for s in (*SCANNED, *RAW)
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
        "anisotropy": kinetics.anisotropy,
        "white_to_grey_ratio": kinetics.grey_ratio,
        "proliferation_per_day": kinetics.proliferation,
        "visible_density": kinetics.visible,
        "tumour_age_days": tumour.age_days,
        "complete_resection": course.complete,
        "course": course.kind,
        "distant_focus": course.distant,
        "days_to_progression": course.days,
        "days_to_follow_up": course.scan_days,
    }
