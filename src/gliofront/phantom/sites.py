"""Three hospitals whose scanners differ in contrast, grid, noise, scaling and what they take."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from gliofront.phantom.raw_protocols import (
    DiffusionProtocol,
    PerfusionProtocol,
    SpectroscopyProtocol,
)
from gliofront.phantom.tissue_maps import TissueMaps
from gliofront.phantom.tissue_signals import BLOOD_WITH_AGENT, FLUID

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Protocol:
    """How one sequence is taken.

    Parameters
    ----------
    tr_ms, te_ms : repetition and echo time.
    ti_ms : inversion time; 0 for none.
    voxels : voxel size in units of the cohort's resolution, R, A, S.
    snr : signal of white matter over the noise's standard deviation.
    gain : scanner units for a signal of 1.
    """

    tr_ms: float
    te_ms: float
    ti_ms: float
    voxels: tuple[float, float, float]
    snr: float
    gain: float


@dataclass(frozen=True)
class Site:
    """A scanner.

    Parameters
    ----------
    name : "A", "B" or "C".
    protocols : sequence to protocol, T1 to FLAIR.
    map_voxels : voxel size of ADC and rCBV in units of the resolution.
    dwi_snr : signal without diffusion weighting over noise, all averages together.
    rcbv_noise : standard deviation of rCBV in white matter, ratio.
    bias : standard deviation of the log of the receive field.
    flipped : whether files are stored with x growing to the left.
    adc_per_mm2_s : number that stands in ADC files for 1 mm2/s: 1e6 where the unit is 1e-6 mm2/s.
    diffusion, perfusion, spectroscopy : the raw series; None where the site takes none.
    """

    name: str
    protocols: MappingProxyType[str, Protocol]
    map_voxels: tuple[float, float, float]
    dwi_snr: float
    rcbv_noise: float
    bias: float
    flipped: bool
    adc_per_mm2_s: float = 1.0
    diffusion: DiffusionProtocol | None = None
    perfusion: PerfusionProtocol | None = None
    spectroscopy: SpectroscopyProtocol | None = None


# Noise of T1 is of the order of 1.0 to 1.7 % of white matter, measured in two scans of BraTS 2013
# (resampled, which smooths); the rest: assumed. An inversion time of 1100 ms at A keeps necrosis
# from being nulled, as its T1 is at 900 ms.
SITES: dict[str, Site] = {
    "A": Site(
        name="A",
        protocols=MappingProxyType({
            "T1": Protocol(2300, 3, 1100, (1, 1, 1), 60, 3000),
            "T1C": Protocol(2300, 3, 1100, (1, 1, 1), 60, 3000),
            "T2": Protocol(5000, 100, 0, (1, 1, 2), 35, 1500),
            "FLAIR": Protocol(9000, 120, 2500, (1, 1, 2), 25, 1800),
        }),
        map_voxels=(1, 1, 2),
        dwi_snr=60,
        rcbv_noise=0.30,
        bias=0.10,
        flipped=False,
        diffusion=DiffusionProtocol(8000, 90, (2.0, 2.0, 2.0), 1000, 30, 5.0, reverse=True),
        perfusion=PerfusionProtocol(1.5, 30, 60, 70, (2.5, 2.5, 5.0), 70),
        spectroscopy=SpectroscopyProtocol(
            "PRESS", 30, 2.0, 123.25, 5e-4, 1024, (14, 14, 1), (10, 10, 15), 6, 5.0, 6.0, 1e-3
        ),
    ),
    "B": Site(
        name="B",
        protocols=MappingProxyType({
            "T1": Protocol(600, 10, 0, (1, 1, 1.5), 50, 700),
            "T1C": Protocol(600, 10, 0, (1, 1, 1), 50, 700),
            "T2": Protocol(4000, 85, 0, (1, 1, 2.5), 30, 400),
            "FLAIR": Protocol(8000, 95, 2400, (1, 1, 2), 20, 350),
        }),
        map_voxels=(1.25, 1.25, 2),
        dwi_snr=45,
        rcbv_noise=0.40,
        bias=0.18,
        flipped=True,
        diffusion=DiffusionProtocol(9500, 84, (2.5, 2.5, 2.5), 1000, 25, 7.0, reverse=False),
        perfusion=PerfusionProtocol(1.8, 40, 75, 60, (3.0, 3.0, 5.0), 50),
        spectroscopy=SpectroscopyProtocol(
            "PRESS", 144, 1.5, 127.77, 5e-4, 1024, (12, 12, 1), (10, 10, 15), 5, 7.0, 8.0, 2e-3
        ),
    ),
    "C": Site(
        name="C",
        protocols=MappingProxyType({
            "T1": Protocol(550, 14, 0, (1, 1, 2), 45, 400),
            "T1C": Protocol(550, 14, 0, (1, 1, 1), 45, 400),
            "T2": Protocol(3500, 95, 0, (1, 1, 2.5), 28, 600),
            "FLAIR": Protocol(8800, 110, 2250, (1, 1, 2.5), 18, 900),
        }),
        map_voxels=(1.25, 1.25, 2.5),
        dwi_snr=40,
        rcbv_noise=0.45,
        bias=0.15,
        flipped=False,
        adc_per_mm2_s=1e6,
        perfusion=PerfusionProtocol(1.6, 35, 90, 60, (3.0, 3.0, 6.0), 45),
    ),
}  # fmt: skip


def spin_signal(
    water: FloatArray | float, r1: FloatArray | float, r2: FloatArray | float, how: Protocol
) -> FloatArray:
    """Signal of a spin echo, after an inversion where there is one, magnitude.

    S = water |1 - 2 exp(-TI r1) + exp(-TR r1)| exp(-TE r2); without inversion
    water (1 - exp(-TR r1)) exp(-TE r2). Bernstein, King and Zhou, Handbook of MRI Pulse
    Sequences, 2004, chapter 14.

    Parameters
    ----------
    water : proton density.
    r1, r2 : relaxation rates, 1/s.
    how : the protocol.

    >>> flair = SITES["A"].protocols["FLAIR"]
    >>> bool(spin_signal(1.0, 1 / 4.3, 1 / 2.0, flair) < 0.05)  # fluid is dark on FLAIR
    True
    """
    left = np.exp(-how.tr_ms / 1000 * np.asarray(r1))
    along = 1 - left
    if how.ti_ms:
        along = np.abs(1 - 2 * np.exp(-how.ti_ms / 1000 * np.asarray(r1)) + left)
    return np.asarray(water * along * np.exp(-how.te_ms / 1000 * np.asarray(r2)))


def weighted_image(maps: TissueMaps, how: Protocol, agent: bool) -> FloatArray:
    """Signal of every voxel, (X, Y, Z), solid, fluid and vessel parts added."""
    r1 = maps.r1 + maps.uptake if agent else maps.r1
    solid = spin_signal(maps.water, r1, maps.r2, how)
    fluid = spin_signal(FLUID.water, 1000 / FLUID.t1_ms, 1000 / FLUID.t2_ms, how)
    blood_r1 = 1000 / BLOOD_WITH_AGENT.t1_ms + (BLOOD_WITH_AGENT.uptake if agent else 0)
    blood = spin_signal(BLOOD_WITH_AGENT.water, blood_r1, 1000 / BLOOD_WITH_AGENT.t2_ms, how)
    mixed = (1 - maps.fluid) * solid + maps.fluid * fluid
    return np.asarray((1 - maps.vessels) * mixed + maps.vessels * blood)
