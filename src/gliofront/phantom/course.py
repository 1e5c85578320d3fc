"""After the scan: surgery, radiochemotherapy and regrowth up to the first progression."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gliofront.growth.fisher_kpp import Tissue, grow
from gliofront.phantom.anatomy import Anatomy
from gliofront.phantom.course_plan import Kind, Plan, draw_plan
from gliofront.phantom.prognosis import Person
from gliofront.phantom.pseudo_progression import draw_pseudo_progression
from gliofront.phantom.radiotherapy import survival
from gliofront.phantom.regrowth import distant_focus, large_foci, treated_tissue
from gliofront.phantom.settings import CourseSettings
from gliofront.phantom.surgery import resect
from gliofront.phantom.tumour import Tumour

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

SMALLEST_FOCUS_ML = 0.2
TEMPO = (0.4, 2.5)
"""How much slower or faster than drawn all that treated cells do may be."""
LOCAL_CONTROL = 1e-6
"""Share of local cells left where a distant focus grows first: assumed."""
DORMANT = 0.9
"""Highest density, as a share of the visible one, where nothing progresses."""


@dataclass(frozen=True, eq=False)
class Course:
    """What became of the patient; arrays are (X, Y, Z) on the pre-operative grid.

    Parameters
    ----------
    kind : "progression" near the cavity, "distant" beyond the shells, "pseudo-progression" (the
        follow-up scan shows enhancement that is no tumour; true progression comes later) or
        "none" (no progression before follow-up ends).
    progression : newly enhancing tumour at first true progression, outside the former core.
    residual : part of the core that surgery left.
    cavity : part of the core that it took.
    complete : whether it left none.
    distant : whether a focus was sown away from the cavity.
    days : from surgery to true progression, or to the end of follow-up.
    scan_days : from surgery to the follow-up scan; less than days if kind is pseudo-progression.
    cells : density at the follow-up scan, share of capacity.
    enhancing : enhancing at the follow-up scan, tumour or not, in and outside the former core.
    pseudo : of that, what is no tumour.
    person : the patient's age, sex and markers.
    """

    kind: Kind
    progression: BoolArray
    residual: BoolArray
    cavity: BoolArray
    complete: bool
    distant: bool
    days: float
    scan_days: float
    cells: FloatArray
    enhancing: BoolArray
    pseudo: BoolArray
    person: Person


def follow(
    rng: np.random.Generator, anatomy: Anatomy, tumour: Tumour, settings: CourseSettings
) -> Course:
    """Resect, treat and let the residual cells grow until progression is called.

    Progression is called at a drawn volume outside the former core and on a drawn day. Growth
    gives the order of events: migration and division of treated cells are slowed or sped alike
    (by 0.4 to 2.5, assumed) so that the volume is reached on that day, or as near to it as
    these bounds allow.
    """
    plan = draw_plan(rng, settings)
    residual = resect(rng, anatomy, tumour, plan.complete)
    cavity = tumour.core & ~residual
    tissue = treated_tissue(rng, tumour.tissue, cavity)
    alive = survival(rng, anatomy, tumour.core) * (tissue.diffusivity > 0)
    survivors = tumour.density * alive
    if plan.kind == "distant":
        focus = distant_focus(rng, anatomy, tumour, plan.called_ml) * (tissue.diffusivity > 0)
        survivors = np.maximum(LOCAL_CONTROL * survivors, focus)
    base = _Base(anatomy, tumour, residual, cavity, tissue, survivors)
    if plan.kind == "none":
        return _without_progression(base, plan)
    density, days = _until_called(base, plan, settings)
    course = _progressed(base, plan, density, float(np.clip(plan.days, *_reachable(days))))
    if plan.kind != "pseudo-progression":
        return course
    return _seen_too_early(rng, base, plan, course, days)


@dataclass(frozen=True, eq=False)
class _Base:
    """What treatment left to grow; arrays are (X, Y, Z)."""

    anatomy: Anatomy
    tumour: Tumour
    residual: BoolArray
    cavity: BoolArray
    tissue: Tissue
    survivors: FloatArray

    @property
    def outside(self) -> BoolArray:
        return np.asarray(~self.tumour.core & self.anatomy.brain)

    @property
    def visible(self) -> float:
        return self.tumour.kinetics.visible


def _reachable(days: float) -> tuple[float, float]:
    return days * TEMPO[0], days * TEMPO[1]


def _until_called(base: _Base, plan: Plan, settings: CourseSettings) -> tuple[FloatArray, float]:
    """Grow to the volume at which progression is called; days at the drawn tempo."""
    voxels = plan.called_ml / base.anatomy.grid.voxel_ml
    outside = base.outside

    def enough(density: FloatArray) -> bool:
        return int(np.count_nonzero((density > base.visible) & outside)) >= voxels

    return grow(base.survivors, base.tissue, settings.longest_days / TEMPO[0], enough)


def _progressed(base: _Base, plan: Plan, density: FloatArray, days: float) -> Course:
    """Return the course of a patient who is scanned when the tumour is back."""
    seen = density > base.visible
    progression = large_foci(seen & base.outside, SMALLEST_FOCUS_ML / base.anatomy.grid.voxel_ml)
    return Course(
        kind=plan.kind if progression.any() else "none",
        progression=progression,
        residual=base.residual,
        cavity=base.cavity,
        complete=not base.residual.any(),
        distant=plan.kind == "distant",
        days=days,
        scan_days=days,
        cells=density,
        enhancing=progression | (seen & base.tumour.core),
        pseudo=np.zeros_like(progression),
        person=plan.person,
    )


def _without_progression(base: _Base, plan: Plan) -> Course:
    """Return the course of a patient whose cells stay below what is seen."""
    dormant = np.minimum(base.survivors, DORMANT * base.visible)
    return _progressed(base, plan, dormant, plan.days)


def _seen_too_early(
    rng: np.random.Generator, base: _Base, plan: Plan, course: Course, days: float
) -> Course:
    """Take the scan soon after radiotherapy, when tissue enhances that is no tumour.

    Should the tumour show by then, the scan is taken on the day before it does.
    """
    tempo = days / course.days
    longest = min(plan.scan_days, course.days / 2) * tempo

    def shows(density: FloatArray) -> bool:
        return bool((density > base.visible).any())

    cells, passed = grow(base.survivors, base.tissue, longest, shows)
    pseudo = draw_pseudo_progression(rng, base.anatomy, base.tumour.core)
    return replace(
        course,
        scan_days=passed / tempo,
        cells=np.minimum(cells, base.visible),
        enhancing=pseudo,
        pseudo=pseudo,
    )
