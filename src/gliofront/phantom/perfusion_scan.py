"""A raw perfusion series: a bolus through the tissue, seen by a site's scanner."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid
from gliofront.image.resample import resample_volume
from gliofront.image.volume import Volume
from gliofront.phantom.fields import lognormal_field
from gliofront.phantom.perfusion_signal import Perfused, bolus_signal, white_signal
from gliofront.phantom.sampling import WHITE_STORED, noisy_numbers, raw_grid
from gliofront.phantom.scanner import receive_field
from gliofront.phantom.settings import RawSettings
from gliofront.phantom.sites import Site
from gliofront.phantom.tissue_maps import TissueMaps
from gliofront.phantom.tissue_signals import BLOOD_WITH_AGENT, WHITE_CBV

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
BoolArray = NDArray[np.bool_]

ARRIVAL_S = (16.0, 24.0)
MTT_S = 4.5
MTT_SPREAD = 0.15
MTT_SCALE_MM = 15.0
"""Mean transit time, log-normal in space: assumed, order of healthy tissue."""
_LEAST_SHARE = 0.02


@dataclass(frozen=True, eq=False)
class RawPerfusionScan:
    """A bolus series as a scanner gives it.

    Parameters
    ----------
    series : (X, Y, Z, N) in whole numbers.
    grid : where its voxels lie.
    te_ms, tr_s, flip_degrees : echo time, time between frames, flip angle.
    arrival_s : when the agent reached the large arteries, from the first frame.
    """

    series: Float32Array
    grid: Grid
    te_ms: float
    tr_s: float
    flip_degrees: float
    arrival_s: float


def acquire_perfusion(
    rng: np.random.Generator,
    maps: TissueMaps,
    t1c: Grid,
    brain: BoolArray,
    site: Site,
    pull: FloatArray,
    settings: RawSettings | None = None,
) -> RawPerfusionScan:
    """Take a bolus series; the parameters are as in `acquire_diffusion`.

    The tissue is averaged over the series' voxels first, then perfused.

    Raises
    ------
    InputRefused
        If the site takes no perfusion series.
    """
    how, settings = site.perfusion, settings or RawSettings()
    if how is None:
        problem = "it takes no perfusion series"
        raise InputRefused(f"site {site.name}", problem, "ask site.perfusion first")
    grid = raw_grid(t1c, how.voxels_mm, site.flipped)
    arrival_s = float(rng.uniform(*ARRIVAL_S))
    receive = receive_field(rng, grid, site.bias)
    mtt_s = MTT_S * lognormal_field(rng, grid.shape, grid.spacing, MTT_SCALE_MM, MTT_SPREAD)
    tissue, share, inside = averaged(maps, t1c, brain, grid, pull, mtt_s)
    signal = np.zeros((*grid.shape, how.frames), dtype=np.float32)
    clean = bolus_signal(tissue, how, arrival_s)
    signal[inside] = clean * (share * receive[inside])[:, None]
    white = white_signal(how)
    sigma = settings.noise * white / how.snr
    series = noisy_numbers(rng, signal, WHITE_STORED / white, sigma)
    return RawPerfusionScan(series, grid, how.te_ms, how.tr_s, how.flip_degrees, arrival_s)


def averaged(
    maps: TissueMaps,
    t1c: Grid,
    brain: BoolArray,
    grid: Grid,
    pull: FloatArray,
    mtt_s: FloatArray,
) -> tuple[Perfused, FloatArray, BoolArray]:
    """Average tissue over the voxels of a series.

    Parameters
    ----------
    mtt_s : mean transit time on the series' grid, (X, Y, Z).

    Returns
    -------
    tissue : of the voxels that hold some brain, (V,) each.
    share : of those voxels that is brain, (V,).
    inside : which they are, (X, Y, Z).
    """
    back = np.asarray(np.linalg.inv(pull), dtype=np.float64)

    def on_grid(values: FloatArray) -> FloatArray:
        volume = Volume(t1c, np.where(brain, values, 0).astype(np.float32), "tissue", "any")
        return resample_volume(volume, grid, pull=back, fill=0.0).data.astype(np.float64)

    head = on_grid(np.ones(t1c.shape))
    inside = head > _LEAST_SHARE
    share = np.minimum(head[inside], 1.0)
    fluid = maps.fluid * (1 - maps.vessels)
    solid_share = np.maximum(on_grid(1 - fluid)[inside], 1e-6)

    def in_voxel(values: FloatArray) -> FloatArray:
        return np.asarray(on_grid(values)[inside] / share)

    def in_solid(values: FloatArray) -> FloatArray:
        return np.asarray(on_grid((1 - fluid) * values)[inside] / solid_share)

    arterial = WHITE_CBV * BLOOD_WITH_AGENT.rcbv * maps.arteries
    tissue = Perfused(
        r1=in_solid(maps.r1),
        r2=in_solid(maps.r2),
        water=in_solid(maps.water),
        fluid=in_voxel(fluid),
        cbv=in_voxel(np.maximum(maps.cbv - arterial, 0)),
        artery=in_voxel(arterial),
        mtt_s=mtt_s[inside],
        ktrans=in_voxel(maps.ktrans),
        ve=np.maximum(in_solid(maps.ve), 0.05),
    )
    return tissue, share, inside
