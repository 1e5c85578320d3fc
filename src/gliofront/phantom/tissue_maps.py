"""From tissue state to relaxation, diffusion and blood volume, voxel by voxel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gliofront.phantom.anatomy import Anatomy
from gliofront.phantom.arteries import artery_density
from gliofront.phantom.diffusion_signal import axial_tensor
from gliofront.phantom.fibres import Fibres
from gliofront.phantom.fields import lognormal_field
from gliofront.phantom.metabolite_maps import Float32Array, metabolite_maps
from gliofront.phantom.tissue_shares import tissue_shares, tumour_shares, wetness
from gliofront.phantom.tissue_signals import (
    BLOOD_WITH_AGENT,
    FLUID,
    INFILTRATION,
    SOLID_TUMOUR,
    VARIATION,
    WHITE_CBV,
    TissueSignal,
)
from gliofront.phantom.tumour import Tumour

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TissueMaps:
    """Properties of the tissue, (X, Y, Z) each; units as in `TissueSignal`.

    Parameters
    ----------
    r1, r2 : relaxation rates without agent, 1/s, of the solid part of the voxel.
    water : proton density of the solid part.
    uptake : rise of r1 after contrast agent, 1/s.
    fluid, vessels : shares of the voxel that are fluid and vessel.
    arteries : share of the voxel that is large artery; it shows in blood volume alone.
    adc : mm2/s, of the whole voxel.
    tensor : (X, Y, Z, 6) xx, yy, zz, xy, xz, yz, mm2/s, world RAS+; its mean diffusivity is adc.
    rcbv : ratio, of the whole voxel.
    cbv : blood, share of the voxel.
    ktrans : leakage of contrast agent, 1/s. ve : share of the tissue that it fills.
    metabolites : name in `METABOLITES` to mmol/L of the whole voxel.
    oedema : swelling seen on FLAIR, 0 to 1.
    """

    r1: FloatArray
    r2: FloatArray
    water: FloatArray
    uptake: FloatArray
    fluid: FloatArray
    vessels: FloatArray
    arteries: FloatArray
    adc: FloatArray
    tensor: FloatArray
    rcbv: FloatArray
    cbv: FloatArray
    ktrans: FloatArray
    ve: FloatArray
    metabolites: Mapping[str, Float32Array]
    oedema: FloatArray


def make_maps(
    rng: np.random.Generator,
    anatomy: Anatomy,
    tumour: Tumour,
    vasogenic: FloatArray,
    fibres: Fibres | None = None,
) -> TissueMaps:
    """Mix the published values of the table by the state of each voxel.

    Parameters
    ----------
    rng : the generator, for variation within the tissue.
    anatomy, tumour : the patient.
    vasogenic : oedema that is independent of the cells, 0 to 1, (X, Y, Z).
    fibres : of the healthy tissue; None: diffusion is the same in every direction.
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
    dead, solid = tumour_shares(tumour)
    wet = wetness(anatomy, tumour.density, vasogenic)
    shares = tissue_shares(anatomy, wet, solid, dead)
    healthy = 1 - solid - dead
    infiltrated = healthy * tumour.density
    fluid, vessels = anatomy.fluid * healthy, anatomy.vessels * healthy
    arteries = artery_density(anatomy.template, anatomy.brain, float(spacing[0])) * healthy
    adc = _mix(shares, "adc")
    adc = adc + INFILTRATION.adc_pull * infiltrated * (SOLID_TUMOUR.adc - adc)
    adc = adc * texture * cells ** (solid + infiltrated)
    order = _mix(shares, "order") * (1 - INFILTRATION.disorder * infiltrated)
    rcbv = _mix(shares, "rcbv") * (healthy + (1 - healthy) * blood)
    rcbv = rcbv + INFILTRATION.rcbv * infiltrated * blood
    rcbv = _with_fluid(rcbv, fluid, vessels, "rcbv")
    rcbv = rcbv + arteries * (BLOOD_WITH_AGENT.rcbv - rcbv)
    uptake = _mix(shares, "uptake") * (1 + solid * (leak - 1))
    leaky = _mix(shares, "ktrans_per_min") * (1 + solid * (leak - 1)) + _faint_leak(infiltrated)
    whole = _with_fluid(adc, fluid, vessels, "adc")
    return TissueMaps(
        r1=_rate(shares, "t1_ms") / texture,
        r2=_rate(shares, "t2_ms") / texture,
        water=_mix(shares, "water"),
        uptake=uptake + INFILTRATION.uptake * infiltrated,
        fluid=fluid,
        vessels=vessels,
        arteries=arteries,
        adc=whole,
        tensor=_tensor(whole, adc * (1 - fluid) * (1 - vessels), order, _mix(shares, "fa"), fibres),
        rcbv=rcbv,
        cbv=WHITE_CBV * rcbv * anatomy.brain,
        ktrans=leaky / 60 * (1 - fluid) * anatomy.brain,
        ve=_mix(shares, "ve"),
        metabolites=metabolite_maps(
            rng,
            shares,
            tumour.density,
            (1 - fluid) * (1 - vessels) * anatomy.brain,
            fluid * (1 - vessels) * anatomy.brain,
        ),
        oedema=wet * (anatomy.fluid < 0.5) * anatomy.brain,
    )


def _faint_leak(infiltrated: FloatArray) -> FloatArray:
    """Leakage about the tumour, 1/min: less than in it by as much as uptake on T1C is."""
    part = INFILTRATION.uptake / SOLID_TUMOUR.uptake
    return np.asarray(SOLID_TUMOUR.ktrans_per_min * part * infiltrated)


def _tensor(
    whole: FloatArray,
    tissue: FloatArray,
    order: FloatArray,
    own: FloatArray,
    fibres: Fibres | None,
) -> FloatArray:
    """Return the voxel's tensors, (X, Y, Z, 6): what tissue adds to the mean has a direction."""
    if fibres is None:
        return np.stack([whole] * 3 + [np.zeros_like(whole)] * 3, axis=-1)
    fa = np.clip(fibres.fa * order + own, 0, 1)
    tensor = axial_tensor(tissue, fa, fibres.direction)
    tensor[..., :3] += (whole - tissue)[..., None]
    return tensor


def _mix(shares: list[tuple[TissueSignal, FloatArray]], name: str) -> FloatArray:
    return np.asarray(sum(share * getattr(kind, name) for kind, share in shares))


def _rate(shares: list[tuple[TissueSignal, FloatArray]], name: str) -> FloatArray:
    """Mix relaxation rates, 1/s: exchange is fast within the solid part."""
    return np.asarray(sum(share * 1000.0 / getattr(kind, name) for kind, share in shares))


def _with_fluid(
    tissue: FloatArray, fluid: FloatArray, vessels: FloatArray, name: str
) -> FloatArray:
    """Fill the voxel's share of fluid, and of vessel within it."""
    mixed = (1 - fluid) * tissue + fluid * getattr(FLUID, name)
    return np.asarray((1 - vessels) * mixed + vessels * getattr(BLOOD_WITH_AGENT, name))
