"""The scanner: motion, own grids, receive field, noise and the cut of the skull."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gliofront.cohort.sequences import SEQUENCES
from gliofront.image.grid import Grid
from gliofront.image.resample import resample_volume
from gliofront.image.volume import Volume
from gliofront.phantom.fields import smooth_field
from gliofront.phantom.sites import Site, spin_signal, weighted_image
from gliofront.phantom.tissue_maps import TissueMaps
from gliofront.phantom.tissue_signals import WHITE

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

BIAS_SCALE_MM = 90.0
B_VALUE = 1000.0
"""Diffusion weighting, s/mm2."""
DIRECTIONS = 13
"""Of Yan et al. 2020; the first is without weighting."""
RCBV_BLUR = 1.5
"""Perfusion is measured this many voxels wide, so its noise is smooth too."""


def sequence_grid(t1c: Grid, voxels: tuple[float, float, float], flipped: bool) -> Grid:
    """Return a grid over the same head with other voxels, x to the left if flipped.

    Parameters
    ----------
    t1c : grid of the contrast-enhanced T1 scan, axes RAS.
    voxels : voxel size as a multiple of t1c's.
    flipped : store x from right to left (LAS), as much software does.
    """
    spacing = t1c.spacing * np.array(voxels)
    counts = np.ceil(np.array(t1c.shape) * t1c.spacing / spacing).astype(int)
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = t1c.origin - t1c.spacing / 2 + spacing / 2
    if flipped:
        affine[0, 3] += (counts[0] - 1) * spacing[0]
        affine[0, 0] *= -1
    return Grid(affine, (int(counts[0]), int(counts[1]), int(counts[2])))


def acquire(
    rng: np.random.Generator,
    maps: TissueMaps,
    t1c: Grid,
    brain: BoolArray,
    sequence: str,
    site: Site,
    pull: FloatArray,
) -> Volume:
    """Take one sequence of a head that has moved since the T1C scan.

    Parameters
    ----------
    rng : the generator.
    maps, brain : the tissue and the inside of the skull on t1c's grid, (X, Y, Z).
    t1c : that grid.
    sequence : name such as "FLAIR".
    site : the scanner.
    pull : (4, 4), T1C world to this sequence's world, RAS+ mm; rigid.

    Returns
    -------
    The skull-stripped scan on its own grid, 0 outside the brain; ADC in the site's unit.
    """
    weighted = site.protocols.get(sequence)
    ideal = _ideal(maps, sequence, site)
    grid = t1c
    if sequence != "T1C":
        voxels = weighted.voxels if weighted else site.map_voxels
        grid = sequence_grid(t1c, voxels, site.flipped)
    back = np.asarray(np.linalg.inv(pull), dtype=np.float64)
    head = _moved(t1c, brain.astype(np.float64), grid, back)
    inside = head > 0.5
    seen = _moved(t1c, np.where(brain, ideal, 0.0), grid, back)
    # Divide by the brain's share, so that the cut at the skull leaves no dark rim.
    seen = np.divide(seen, head, out=np.zeros_like(seen), where=inside)
    scan = _noisy(rng, seen, inside, grid, sequence, site)
    unit = SEQUENCES[sequence].unit
    if sequence == "ADC" and site.adc_per_mm2_s != 1:
        scan, unit = scan * site.adc_per_mm2_s, f"{1 / site.adc_per_mm2_s:.0e} mm2/s"
    return Volume(grid, np.where(inside, scan, 0).astype(np.float32), sequence, unit)


def _ideal(maps: TissueMaps, sequence: str, site: Site) -> FloatArray:
    if sequence == "ADC":
        return maps.adc
    if sequence == "rCBV":
        return maps.rcbv
    return weighted_image(maps, site.protocols[sequence], agent=sequence == "T1C")


def _moved(t1c: Grid, values: FloatArray, grid: Grid, back: FloatArray) -> FloatArray:
    volume = Volume(t1c, values.astype(np.float32), "signal", "arbitrary")
    return resample_volume(volume, grid, pull=back, fill=0.0).data.astype(np.float64)


def _noisy(
    rng: np.random.Generator,
    seen: FloatArray,
    inside: BoolArray,
    grid: Grid,
    sequence: str,
    site: Site,
) -> FloatArray:
    if sequence == "ADC":
        return noisy_adc(rng, seen, site.dwi_snr)
    if sequence == "rCBV":
        scale = RCBV_BLUR * float(grid.spacing.mean())
        rough = smooth_field(rng, grid.shape, grid.spacing, scale)
        # Noise of a ratio of areas grows with the blood volume itself.
        spread = site.rcbv_noise * np.sqrt(0.5 + 0.5 * seen)
        return np.asarray(np.maximum(seen + spread * rough, 0))
    how = site.protocols[sequence]
    white = spin_signal(WHITE.water, 1000 / WHITE.t1_ms, 1000 / WHITE.t2_ms, how)
    field = receive_field(rng, grid, site.bias)
    day = float(np.exp(0.1 * rng.standard_normal()))
    return np.asarray(how.gain * day * rician(rng, seen * field, float(white) / how.snr))


def receive_field(rng: np.random.Generator, grid: Grid, log_sd: float) -> FloatArray:
    """Draw how strongly the coils hear each place, (X, Y, Z), about 1."""
    return np.asarray(np.exp(log_sd * smooth_field(rng, grid.shape, grid.spacing, BIAS_SCALE_MM)))


def rician(rng: np.random.Generator, signal: FloatArray, sigma: float) -> FloatArray:
    """Magnitude of a signal with Gaussian noise in both channels.

    Gudbjartsson and Patz, Magn Reson Med 34:910-914, 1995.
    """
    real = signal + sigma * rng.standard_normal(signal.shape)
    return np.asarray(np.hypot(real, sigma * rng.standard_normal(signal.shape)))


def noisy_adc(rng: np.random.Generator, adc: FloatArray, snr: float) -> FloatArray:
    """Return ADC (mm2/s) as estimated from one unweighted and twelve weighted images."""
    sigma = 1 / snr
    plain = rician(rng, np.ones_like(adc), sigma)
    weighted = rician(rng, np.exp(-B_VALUE * adc), sigma / np.sqrt(DIRECTIONS - 1))
    return np.asarray(np.maximum(np.log(plain / weighted) / B_VALUE, 0))
