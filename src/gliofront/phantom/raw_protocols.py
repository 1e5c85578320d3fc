"""How a site takes the series that maps are made from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DiffusionProtocol:
    """A single-shot echo-planar diffusion series: one image without weighting, twelve with.

    Parameters
    ----------
    tr_ms, te_ms : repetition and echo time.
    voxels_mm : voxel size, never finer than that of the T1C scan.
    b_value : weighting, s/mm2.
    snr : signal of white matter without weighting over the noise's standard deviation.
    distortion_mm : greatest displacement by susceptibility in an average head.
    reverse : whether an image of opposite phase encoding is taken too.
    """

    tr_ms: float
    te_ms: float
    voxels_mm: tuple[float, float, float]
    b_value: float
    snr: float
    distortion_mm: float
    reverse: bool


@dataclass(frozen=True)
class PerfusionProtocol:
    """A gradient-echo series of a bolus.

    Parameters
    ----------
    tr_s : time between frames.
    te_ms, flip_degrees : echo time and flip angle.
    frames : how many.
    voxels_mm : voxel size, never finer than that of the T1C scan.
    snr : signal of white matter before the bolus over the noise's standard deviation.
    """

    tr_s: float
    te_ms: float
    flip_degrees: float
    frames: int
    voxels_mm: tuple[float, float, float]
    snr: float


@dataclass(frozen=True)
class SpectroscopyProtocol:
    """A slice of 1H spectra about the tumour.

    Parameters
    ----------
    sequence : ``"PRESS"`` or ``"sLASER"``.
    te_ms, tr_s : echo and repetition time.
    field_mhz : frequency of 1H.
    dwell_s, points : sampling of a signal.
    boxes : number of boxes along each axis; boxes_mm their size.
    snr : NAA's first point in white matter over the noise's standard deviation of one part.
    width_hz : line width by the field, before T2.
    scalp : lipids of the scalp that are left, in patterns of `PARTS`, in a box full of scalp.
    water_left : share of the water that suppression leaves.
    """

    sequence: str
    te_ms: float
    tr_s: float
    field_mhz: float
    dwell_s: float
    points: int
    boxes: tuple[int, int, int]
    boxes_mm: tuple[float, float, float]
    snr: float
    width_hz: float
    scalp: float
    water_left: float
