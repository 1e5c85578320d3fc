"""A raw slice of spectra about the tumour, with its water reference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid
from gliofront.maps.spectroscopy.acquisition import Acquisition
from gliofront.phantom.fields import smooth_field
from gliofront.phantom.raw_protocols import SpectroscopyProtocol
from gliofront.phantom.settings import RawSettings
from gliofront.phantom.sites import Site
from gliofront.phantom.spectroscopy_signal import (
    fill_boxes,
    left,
    line_shape,
    metabolite_signals,
    residual_water,
    water_amount,
)
from gliofront.phantom.tissue_maps import TissueMaps
from gliofront.phantom.tissue_metabolites import PARTS, RELAXATION, WHITE_METABOLITES

FloatArray = NDArray[np.float64]
Complex64Array = NDArray[np.complex64]
BoolArray = NDArray[np.bool_]

SHIFT_HZ = 4.0
SHIFT_SCALE_MM = 30.0
WIDTH_SPREAD = 0.2
"""Uneven field between boxes: assumed, order of a well shimmed slice."""
WATER_RATE_HZ = 3.0
"""What R2 adds to the width of water: assumed."""
_METHYL = 3.0


@dataclass(frozen=True, eq=False)
class RawSpectroscopyScan:
    """Spectra of a slice of boxes, coil-combined and averaged.

    Parameters
    ----------
    grid : where the boxes lie.
    fids, water : (X, Y, Z, points) with and without water suppression, in the convention of
        `gliofront.maps.spectroscopy.acquisition`.
    dwell_s, field_mhz, te_ms, tr_s, sequence : as in `Acquisition`.
    """

    grid: Grid
    fids: Complex64Array
    water: Complex64Array
    dwell_s: float
    field_mhz: float
    te_ms: float
    tr_s: float
    sequence: str

    @property
    def acquisition(self) -> Acquisition:
        """How the spectra were acquired."""
        points = int(self.fids.shape[-1])
        return Acquisition(
            self.field_mhz, self.dwell_s, points, self.te_ms, self.sequence, self.tr_s
        )


def acquire_spectroscopy(
    rng: np.random.Generator,
    maps: TissueMaps,
    t1c: Grid,
    brain: BoolArray,
    site: Site,
    pull: FloatArray,
    settings: RawSettings | None = None,
) -> RawSpectroscopyScan:
    """Take spectra of a slice about the tumour; the parameters are as in `acquire_diffusion`.

    Raises
    ------
    InputRefused
        If the site takes no spectra.
    """
    how, settings = site.spectroscopy, settings or RawSettings()
    if how is None:
        problem = "it takes no spectra"
        raise InputRefused(f"site {site.name}", problem, "ask site.spectroscopy first")
    experiment = Acquisition(
        how.field_mhz, how.dwell_s, how.points, how.te_ms, how.sequence, how.tr_s
    )
    grid = slice_grid(maps, t1c, brain, how, site.flipped, pull)
    boxes = fill_boxes(maps, t1c, brain, grid, pull)
    time = experiment.time_s
    shift = SHIFT_HZ * smooth_field(rng, grid.shape, grid.spacing, SHIFT_SCALE_MM)
    width = how.width_hz * np.exp(WIDTH_SPREAD * rng.standard_normal(grid.shape))
    field = line_shape(width, shift, time)
    water = water_amount(boxes, experiment)
    rest = how.water_left * water * np.exp(0.5 * rng.standard_normal(grid.shape))
    signal = metabolite_signals(boxes, experiment, how.scalp)
    suppressed = (signal + residual_water(rng, rest, experiment)) * field
    reference = (water[..., None] * np.exp(-np.pi * WATER_RATE_HZ * time)) * field
    phase = np.exp(1j * rng.uniform(-np.pi, np.pi))
    sd = settings.noise * _first_point(experiment) / how.snr
    fids, references = (_noisy(rng, phase * s, sd) for s in (suppressed, reference))
    return RawSpectroscopyScan(
        grid, fids, references, how.dwell_s, how.field_mhz, how.te_ms, how.tr_s, how.sequence
    )


def slice_grid(
    maps: TissueMaps,
    t1c: Grid,
    brain: BoolArray,
    how: SpectroscopyProtocol,
    flipped: bool,
    pull: FloatArray,
) -> Grid:
    """Return boxes about the middle of what leaks contrast agent, or of the brain without that."""
    weight = np.where(brain, maps.ktrans, 0.0)
    weight = weight if weight.any() else brain.astype(np.float64)
    axes = np.ogrid[tuple(slice(n) for n in t1c.shape)]
    middle = t1c.to_world([float((weight * a).sum() / weight.sum()) for a in axes])
    centre = pull[:3, :3] @ middle + pull[:3, 3]
    steps = np.array(how.boxes_mm) * np.array([-1.0 if flipped else 1.0, 1.0, 1.0])
    affine = np.diag([*steps, 1.0])
    affine[:3, 3] = centre - steps * (np.array(how.boxes) - 1) / 2
    return Grid(affine, how.boxes)


def _first_point(experiment: Acquisition) -> float:
    """Return the first point of NAA's methyl signal in white matter."""
    amount = WHITE_METABOLITES.amounts["tNAA"] * PARTS["tNAA"]["NAA"]
    return float(_METHYL * amount * left(experiment, *RELAXATION["tNAA"]))


def _noisy(rng: np.random.Generator, signal: NDArray[np.complex128], sd: float) -> Complex64Array:
    noise = rng.standard_normal((2, *signal.shape), dtype=np.float32)
    return np.asarray(signal + sd * (noise[0] + 1j * noise[1]), dtype=np.complex64)
