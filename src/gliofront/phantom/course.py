"""After the scan: surgery, radiochemotherapy and regrowth up to the first progression."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gliofront.phantom.anatomy import Anatomy
from gliofront.phantom.fields import lognormal_field, smooth_field
from gliofront.phantom.growth import Tissue, grow
from gliofront.phantom.settings import CourseSettings
from gliofront.phantom.tumour import Tumour, ball

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

DOSE_GY = 60.0
EFFECTIVE_DOSE_GY = 72.0
MARGIN_MM = 20.0
PENUMBRA_MM = 3.0
SMALLEST_FOCUS_ML = 0.2


@dataclass(frozen=True, eq=False)
class Course:
    """What became of the patient; arrays are (X, Y, Z) on the pre-operative grid.

    Parameters
    ----------
    progression : newly enhancing at first progression, outside the pre-operative core.
    residual : part of the core that surgery left.
    complete : whether surgery left none.
    distant : whether a further focus was sown away from the cavity.
    days : from surgery to progression, or to the end of follow-up.
    """

    progression: BoolArray
    residual: BoolArray
    complete: bool
    distant: bool
    days: float


def follow(
    rng: np.random.Generator, anatomy: Anatomy, tumour: Tumour, settings: CourseSettings
) -> Course:
    """Resect, treat and let the residual cells grow until progression is called.

    Progression is called at a drawn volume outside the former core: log-normal of mean 20 and
    SD 15 mL, since the paper's 2 589 473 peritumoural voxels of 37 patients at the prevalence
    that its internal figures imply (28.8 %) come to 20 mL a patient.
    """
    residual = resect(rng, anatomy, tumour, settings.complete_resection)
    cavity = tumour.core & ~residual
    survivors = tumour.density * survival(rng, anatomy, tumour.core) * ~cavity
    distant = bool(rng.random() < settings.distant)
    if distant:
        survivors = np.maximum(survivors, _distant_focus(rng, anatomy, tumour))
    tissue = _treated(rng, tumour.tissue, cavity)
    survivors *= tissue.diffusivity > 0
    outside = ~tumour.core & anatomy.brain
    voxels = _called_at_ml(rng) / anatomy.grid.voxel_ml

    def enough(density: FloatArray) -> bool:
        return int(np.count_nonzero((density > tumour.kinetics.visible) & outside)) >= voxels

    density, days = grow(survivors, tissue, settings.longest_days, enough)
    seen = (density > tumour.kinetics.visible) & outside
    progression = _foci(seen, SMALLEST_FOCUS_ML / anatomy.grid.voxel_ml)
    return Course(progression, residual, not residual.any(), distant, days)


def resect(
    rng: np.random.Generator, anatomy: Anatomy, tumour: Tumour, complete: float
) -> BoolArray:
    """Return what surgery leaves of the core: nothing, or 3-25 % on one side of it, (X, Y, Z)."""
    if rng.random() < complete:
        return np.zeros_like(tumour.core)
    share = rng.uniform(0.03, 0.25)
    slope = rng.standard_normal(3)
    away = anatomy.template @ (slope / np.linalg.norm(slope))
    rough = away + 4 * smooth_field(rng, tumour.core.shape, anatomy.grid.spacing, 10.0)
    return np.asarray(tumour.core & (rough > np.quantile(rough[tumour.core], 1 - share)))


def survival(rng: np.random.Generator, anatomy: Anatomy, core: BoolArray) -> FloatArray:
    """Share of cells that outlive radiochemotherapy, (X, Y, Z), 0 to 1.

    exp(-alpha BED) with 60 Gy in 30 fractions and alpha / beta 10 Gy, so BED 72 Gy (Rockne et
    al., Phys Med Biol 55:3271-3285, 2010; alpha 0.03 /Gy on average, log-normal between
    patients), over the core and a margin of 20 mm (Niyazi et al., Radiother Oncol 118:35-42,
    2016). How sensitive the cells are varies from place to place (log-normal, sigma 0.5 over
    10 mm: assumed); this is what no image shows.
    """
    distance = ndimage.distance_transform_edt(~core, sampling=anatomy.grid.spacing)
    dose = EFFECTIVE_DOSE_GY / (1 + np.exp((distance - MARGIN_MM) / PENUMBRA_MM))
    alpha = 0.03 * np.exp(0.3 * rng.standard_normal())
    local = lognormal_field(rng, core.shape, anatomy.grid.spacing, 10.0, 0.5)
    return np.asarray(np.exp(-alpha * local * dose))


def _treated(rng: np.random.Generator, before: Tissue, cavity: BoolArray) -> Tissue:
    """Return what the survivors meet: no tissue in the cavity, slower division elsewhere.

    Chemotherapy leaves 0.2 to 0.6 of the net proliferation: assumed, so that progression comes
    after months (medians of 262 and 181 days in Yan et al. 2020, Table 1).
    """
    slowed = float(rng.uniform(0.2, 0.6))
    return Tissue(
        np.where(cavity, 0, before.diffusivity),
        np.where(cavity, 0, before.proliferation * slowed),
        before.spacing,
    )


def _distant_focus(rng: np.random.Generator, anatomy: Anatomy, tumour: Tumour) -> FloatArray:
    """Sow a small focus in white matter 25-50 mm from the core, (X, Y, Z)."""
    distance = ndimage.distance_transform_edt(~tumour.core, sampling=anatomy.grid.spacing)
    allowed = np.flatnonzero(anatomy.seeds & (distance > 25) & (distance < 50))
    if not allowed.size:
        return np.zeros(anatomy.grid.shape)
    centre = np.array(np.unravel_index(rng.choice(allowed), anatomy.grid.shape))
    return 0.1 * ball(anatomy.grid.shape, anatomy.grid.spacing, centre, 3.0)


def _called_at_ml(rng: np.random.Generator) -> float:
    spread = np.log1p((15 / 20) ** 2)
    drawn = float(np.exp(np.log(20) - spread / 2 + np.sqrt(spread) * rng.standard_normal()))
    return float(np.clip(drawn, 2, 60))


def _foci(seen: BoolArray, fewest: float) -> BoolArray:
    """Drop specks that nobody would call progression."""
    labels, _ = ndimage.label(seen, np.ones((3, 3, 3)))
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return np.asarray((sizes >= fewest)[labels])
