"""A glioblastoma at the time of the scan: cells, enhancing region, necrosis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gliofront.growth.anisotropy import ratio_along
from gliofront.growth.fisher_kpp import Grain, Tissue, grow
from gliofront.phantom.anatomy import Anatomy
from gliofront.phantom.fibres import Fibres
from gliofront.phantom.fields import lognormal_field, smooth_field
from gliofront.phantom.settings import MassEffectSettings, TumourSettings

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

DAYS_A_YEAR = 365.25
FLUID_LIMIT = 0.5
LONGEST_GROWTH_DAYS = 4000.0
SEED_RADIUS_MM = 3.0


@dataclass(frozen=True)
class Kinetics:
    """How fast a tumour grows.

    Parameters
    ----------
    diffusivity : in white matter, mm2/day.
    grey_ratio : diffusivity in white over that in grey matter.
    proliferation : 1/day.
    visible : share of the carrying capacity above which tissue enhances, 0 to 1.
    anisotropy : how much the cells exaggerate the direction that water shows, 1 or more; water's
        own anisotropy at 1.
    """

    diffusivity: float
    grey_ratio: float
    proliferation: float
    visible: float
    anisotropy: float = 1.0

    @property
    def front_mm(self) -> float:
        """Length sqrt(D / rho) that sets how gradually the tumour's edge fades, mm."""
        return float(np.sqrt(self.diffusivity / self.proliferation))


@dataclass(frozen=True, eq=False)
class Tumour:
    """A tumour at scan time; arrays are (X, Y, Z).

    Parameters
    ----------
    kinetics, tissue : what it grew by and in.
    density : share of the carrying capacity, 0 to 1; 0 in fluid.
    core : enhancing region with necrosis.
    necrosis : its dead centre.
    side : "left" or "right".
    age_days : time since the seed.
    displaced : share of the core's volume at the scan that is yet to be made by pushing tissue
        aside, 0 once that is done.
    """

    kinetics: Kinetics
    tissue: Tissue
    density: FloatArray
    core: BoolArray
    necrosis: BoolArray
    side: str
    age_days: float
    displaced: float = 0.0


def draw_kinetics(rng: np.random.Generator, voxel_mm: float) -> Kinetics:
    """Draw growth rates of an untreated glioblastoma.

    D is log-uniform over 20-200 mm2/year in white matter and rho over 5-30 a year, within the
    ranges given for glioblastoma by Harpold, Alvord and Swanson (J Neuropathol Exp Neurol
    66:1-9, 2007) and Rockne et al. (Phys Med Biol 55:3271-3285, 2010). White over grey 5-20:
    Swanson, Alvord and Murray (Cell Prolif 33:317-329, 2000) use 5; Jbabdi et al. (Magn Reson
    Med 54:616-624, 2005) and Konukoglu et al. (IEEE Trans Med Imaging 29:77-95, 2010) more.
    Enhancement begins at 0.6-0.8 of the capacity (Swanson, Rostomily and Alvord, Br J Cancer
    98:113-119, 2008 put it at 0.8). The anisotropy factor is uniform over 2-10: assumed, around
    the values that Jbabdi et al. try. Fronts thinner than 0.6 voxels cannot be computed: such
    draws are repeated.
    """
    while True:
        kinetics = Kinetics(
            diffusivity=float(np.exp(rng.uniform(np.log(20), np.log(200)))) / DAYS_A_YEAR,
            grey_ratio=float(np.exp(rng.uniform(np.log(5), np.log(20)))),
            proliferation=float(np.exp(rng.uniform(np.log(5), np.log(30)))) / DAYS_A_YEAR,
            visible=float(rng.uniform(0.6, 0.8)),
            anisotropy=float(rng.uniform(2, 10)),
        )
        if kinetics.front_mm >= 0.6 * voxel_mm:
            return kinetics


def draw_volume(rng: np.random.Generator, settings: TumourSettings) -> float:
    """Draw the enhancing region's volume in mL: log-normal of the stated mean and SD, bounded."""
    spread = np.log1p((settings.volume_sd_ml / settings.volume_mean_ml) ** 2)
    centre = np.log(settings.volume_mean_ml) - spread / 2
    while True:
        volume = float(np.exp(centre + np.sqrt(spread) * rng.standard_normal()))
        if settings.volume_low_ml <= volume <= settings.volume_high_ml:
            return volume


def living_tissue(
    anatomy: Anatomy, kinetics: Kinetics, varied: FloatArray, fibres: Fibres | None = None
) -> Tissue:
    """Turn anatomy into diffusivity and proliferation, both 0 in fluid and across the falx.

    varied (X, Y, Z) multiplies proliferation: tumours are no balls even in even white matter.
    Cells move alike in all directions unless fibres are given.
    """
    solid = anatomy.brain & (anatomy.fluid < FLUID_LIMIT) & ~anatomy.falx
    mixed = anatomy.white + anatomy.grey / kinetics.grey_ratio
    diffusivity = np.where(solid, kinetics.diffusivity * mixed, 0)
    proliferation = np.where(solid, kinetics.proliferation * varied, 0)
    grain = None
    if fibres is not None:
        grain = Grain(fibres.direction, ratio_along(fibres.fa, kinetics.anisotropy))
    return Tissue(diffusivity, proliferation, anatomy.grid.spacing, grain)


def grow_tumour(
    rng: np.random.Generator,
    anatomy: Anatomy,
    settings: TumourSettings,
    fibres: Fibres | None = None,
    mass_effect: MassEffectSettings | None = None,
) -> Tumour:
    """Grow a tumour from one seed in white matter, left or right, to a drawn volume.

    With a mass effect it stops short of that volume by the share, drawn here, that `push_aside`
    adds by displacing tissue.

    Parameters
    ----------
    rng : the generator.
    anatomy : the healthy head.
    settings : the volume at the scan.
    fibres : along which cells move; none make movement the same in all directions.
    mass_effect : none leaves the tumour at its full volume.
    """
    spacing, shape = anatomy.grid.spacing, anatomy.grid.shape
    kinetics = draw_kinetics(rng, float(spacing[0]))
    wanted_ml = draw_volume(rng, settings)
    side = "left" if rng.random() < 0.5 else "right"
    displaced = 0.0
    if mass_effect is not None:
        displaced = float(rng.uniform(mass_effect.displaced_low, mass_effect.displaced_high))
    varied = lognormal_field(rng, shape, spacing, 9.0, 0.35)
    tissue = living_tissue(anatomy, kinetics, varied, fibres)
    seed = _seed(rng, anatomy, side) * (tissue.diffusivity > 0)
    voxels = wanted_ml * (1 - displaced) / anatomy.grid.voxel_ml

    def enough(density: FloatArray) -> bool:
        return int(np.count_nonzero(density > kinetics.visible)) >= voxels

    density, days = grow(seed, tissue, LONGEST_GROWTH_DAYS, enough)
    core = enclosed(density > kinetics.visible)
    necrosis = _necrosis(rng, density, core, spacing)
    return Tumour(kinetics, tissue, density, core, necrosis, side, days, displaced)


def _seed(rng: np.random.Generator, anatomy: Anatomy, side: str) -> FloatArray:
    """Place a small ball of cells in white matter of one side, (X, Y, Z)."""
    x = anatomy.template[..., 0]
    allowed = np.flatnonzero(anatomy.seeds & ((x < 0) if side == "left" else (x > 0)))
    centre = np.array(np.unravel_index(rng.choice(allowed), anatomy.grid.shape))
    return ball(anatomy.grid.shape, anatomy.grid.spacing, centre, SEED_RADIUS_MM)


def ball(
    shape: tuple[int, int, int], spacing: FloatArray, centre: NDArray[np.intp], radius_mm: float
) -> FloatArray:
    """Return a Gaussian ball of height 0.9 about a voxel, (X, Y, Z)."""
    axes = np.ogrid[tuple(slice(n) for n in shape)]
    squares = [((a - c) * h) ** 2 for a, c, h in zip(axes, centre, spacing, strict=True)]
    distance = squares[0] + squares[1] + squares[2]
    return np.asarray(
        0.9 * np.exp(-distance / (2 * (radius_mm / 2) ** 2)) * (distance < 4 * radius_mm**2)
    )


def enclosed(visible: BoolArray) -> BoolArray:
    """Fill holes of the visible tumour: what it encloses is called core as well."""
    return np.asarray(ndimage.binary_fill_holes(visible))


def _necrosis(
    rng: np.random.Generator, density: FloatArray, core: BoolArray, spacing: FloatArray
) -> BoolArray:
    """Choose the deepest, randomly shifted part of the core; 15-50 % of it dies.

    The share is an assumption that spans what labelled glioblastomas show; so is how ragged the
    inner wall is, with nodules and dead islands of some millimetres.
    """
    share = rng.uniform(0.15, 0.5)
    depth = ndimage.distance_transform_edt(core, sampling=spacing)
    inner: BoolArray = np.asarray(core & (depth > spacing.max()))
    rough = depth + 2.5 * smooth_field(rng, core.shape, spacing, 7.0)
    rough += 2.5 * smooth_field(rng, core.shape, spacing, 3.0)
    if not inner.any():
        return inner
    wanted = min(share * np.count_nonzero(core) / np.count_nonzero(inner), 1.0)
    return np.asarray(inner & (rough >= float(np.quantile(rough[inner], 1 - wanted))))
