"""From tissue state to relaxation, diffusion and blood volume, voxel by voxel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gliofront.phantom.anatomy import Anatomy
from gliofront.phantom.fields import lognormal_field
from gliofront.phantom.tissue_signals import (
    BLOOD_WITH_AGENT,
    FLUID,
    GREY,
    INFILTRATION,
    NECROSIS,
    OEDEMA,
    SOLID_TUMOUR,
    VARIATION,
    WHITE,
    TissueSignal,
)
from gliofront.phantom.tumour import Tumour

FloatArray = NDArray[np.float64]

EDGE = 0.04
"""Width, in density, over which the blood-brain barrier gives way at the tumour's edge."""
PERIVENTRICULAR_MM = 5.0


@dataclass(frozen=True, eq=False)
class TissueMaps:
    """Properties of the tissue, (X, Y, Z) each; units as in `TissueSignal`.

    Parameters
    ----------
    r1, r2 : relaxation rates without agent, 1/s, of the solid part of the voxel.
    water : proton density of the solid part.
    uptake : rise of r1 after contrast agent, 1/s.
    fluid, vessels : shares of the voxel that are fluid and vessel.
    adc : mm2/s, of the whole voxel.
    rcbv : ratio, of the whole voxel.
    oedema : swelling seen on FLAIR, 0 to 1.
    """

    r1: FloatArray
    r2: FloatArray
    water: FloatArray
    uptake: FloatArray
    fluid: FloatArray
    vessels: FloatArray
    adc: FloatArray
    rcbv: FloatArray
    oedema: FloatArray


def make_maps(
    rng: np.random.Generator, anatomy: Anatomy, tumour: Tumour, vasogenic: FloatArray
) -> TissueMaps:
    """Mix the published values of the table by the state of each voxel.

    Parameters
    ----------
    rng : the generator, for variation within the tissue.
    anatomy, tumour : the patient.
    vasogenic : oedema that is independent of the cells, 0 to 1, (X, Y, Z).
    """
    shape, spacing = anatomy.grid.shape, anatomy.grid.spacing
    texture, cells, blood, leak = (
        lognormal_field(rng, shape, spacing, VARIATION.scale_mm, sigma)
        for sigma in (
            VARIATION.tissue,
            VARIATION.cellularity,
            VARIATION.vascularity,
            VARIATION.uptake,
        )
    )
    dead, solid = _tumour_shares(tumour)
    wet = _wetness(anatomy, tumour.density, vasogenic)
    shares = _shares(anatomy, wet, solid, dead)
    healthy = 1 - solid - dead
    infiltrated = healthy * tumour.density
    fluid, vessels = anatomy.fluid * healthy, anatomy.vessels * healthy
    adc = _mix(shares, "adc")
    adc = adc + INFILTRATION.adc_pull * infiltrated * (SOLID_TUMOUR.adc - adc)
    adc = adc * texture * cells ** (solid + infiltrated)
    rcbv = _mix(shares, "rcbv") * (healthy + (1 - healthy) * blood)
    rcbv = rcbv + INFILTRATION.rcbv * infiltrated * blood
    uptake = _mix(shares, "uptake") * (1 + solid * (leak - 1))
    return TissueMaps(
        r1=_rate(shares, "t1_ms") / texture,
        r2=_rate(shares, "t2_ms") / texture,
        water=_mix(shares, "water"),
        uptake=uptake + INFILTRATION.uptake * infiltrated,
        fluid=fluid,
        vessels=vessels,
        adc=_with_fluid(adc, fluid, vessels, "adc"),
        rcbv=_with_fluid(rcbv, fluid, vessels, "rcbv"),
        oedema=wet * (anatomy.fluid < 0.5) * anatomy.brain,
    )


def _wetness(anatomy: Anatomy, density: FloatArray, vasogenic: FloatArray) -> FloatArray:
    """Swelling from vasogenic oedema, from cells and from age together, 0 to 1."""
    brought = INFILTRATION.water_pull * np.clip(density / INFILTRATION.water_full, 0, 1)
    return np.asarray(1 - (1 - vasogenic) * (1 - brought) * (1 - _periventricular(anatomy)))


def _mix(shares: list[tuple[TissueSignal, FloatArray]], name: str) -> FloatArray:
    return np.asarray(sum(share * getattr(kind, name) for kind, share in shares))


def _tumour_shares(tumour: Tumour) -> tuple[FloatArray, FloatArray]:
    """Shares that are necrosis and enhancing tumour, with soft edges."""
    dead = ndimage.gaussian_filter(tumour.necrosis.astype(np.float64), 0.5)
    above = (tumour.density - tumour.kinetics.visible) / EDGE
    broken = 1 / (1 + np.exp(-np.clip(above, -30, 30)))
    return dead, np.clip(broken, 0, 1) * (1 - dead)


def _periventricular(anatomy: Anatomy) -> FloatArray:
    """Faint caps of age in the white matter about the ventricles, 0 to 1."""
    deep = ndimage.distance_transform_edt(anatomy.brain, sampling=anatomy.grid.spacing) > 18
    ventricles = (anatomy.fluid > 0.5) & deep
    if not ventricles.any():
        return np.zeros(anatomy.grid.shape)
    away = ndimage.distance_transform_edt(~ventricles, sampling=anatomy.grid.spacing)
    return np.asarray(0.3 * np.exp(-away / PERIVENTRICULAR_MM) * anatomy.white)


def _shares(
    anatomy: Anatomy, wet: FloatArray, solid: FloatArray, dead: FloatArray
) -> list[tuple[TissueSignal, FloatArray]]:
    """Shares of the solid part of each voxel; they sum to 1 in the brain."""
    tissue = anatomy.white + anatomy.grey
    white = np.divide(anatomy.white, tissue, out=np.zeros_like(tissue), where=tissue > 0)
    healthy = 1 - solid - dead
    return [
        (WHITE, white * (1 - wet) * healthy),
        (GREY, (1 - white) * (1 - wet) * healthy),
        (OEDEMA, wet * healthy),
        (SOLID_TUMOUR, solid),
        (NECROSIS, dead),
    ]


def _rate(shares: list[tuple[TissueSignal, FloatArray]], name: str) -> FloatArray:
    """Mix relaxation rates, 1/s: exchange is fast within the solid part."""
    return np.asarray(sum(share * 1000.0 / getattr(kind, name) for kind, share in shares))


def _with_fluid(
    tissue: FloatArray, fluid: FloatArray, vessels: FloatArray, name: str
) -> FloatArray:
    """Fill the voxel's share of fluid, and of vessel within it."""
    mixed = (1 - fluid) * tissue + fluid * getattr(FLUID, name)
    return np.asarray((1 - vessels) * mixed + vessels * getattr(BLOOD_WITH_AGENT, name))
