"""Concentrations in mmol/L, with the tissue's own water as the reference.

c = amplitude / (water amplitude / 2) x water concentration x what relaxation left of the water /
what it left of the metabolite (Near et al., NMR Biomed 34:e4257, 2021). A tumour holds more water,
of longer T1 and T2, than is assumed here: compare between patients with care. Ratios of
metabolites do not depend on it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gliofront.maps.spectroscopy.acquisition import Acquisition
from gliofront.maps.spectroscopy.settings import WaterSettings

FloatArray = NDArray[np.float64]

RELAXATION: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"tNAA": (1.35, 295.0), "tCr": (1.24, 156.0), "tCho": (1.08, 187.0), "Glx": (1.23, 180.0)}
)
"""T1 in s and T2 in ms in white matter at 3 T (Mlynarik et al., NMR Biomed 14:325, 2001; Glx is
set to about the others')."""

_FIRST_S = 0.02
_PROTONS = 2.0


def left_by_relaxation(acquisition: Acquisition, t1_s: float, t2_ms: float) -> float:
    """Return the share of a signal that is left, 0-1; an unknown repetition time counts as long.

    >>> press = Acquisition(127.7, 5e-4, 1024, 30.0, "PRESS", tr_s=2.0)
    >>> round(left_by_relaxation(press, 1.35, 295.0), 3)
    0.698
    """
    saturation = 0.0 if math.isnan(acquisition.tr_s) else math.exp(-acquisition.tr_s / t1_s)
    return (1 - saturation) * math.exp(-acquisition.te_ms / t2_ms)


def water_amplitude(water: NDArray[np.complexfloating], acquisition: Acquisition) -> FloatArray:
    """Return the amplitude (...) at time 0 of water signals (..., points); NaN where there is none.

    The logarithm of the size over the first 20 ms, continued to time 0 by a parabola: the first
    points of some scanners are spoilt by their filters, so the very first is not used.
    """
    size = np.abs(water)
    count = min(max(int(_FIRST_S / acquisition.dwell_s), 6), size.shape[-1] - 1)
    time = acquisition.time_s[1 : count + 1]
    first = size[..., 1 : count + 1]
    sound = (first > 0).all(-1) & np.isfinite(first).all(-1)
    logs = np.log(np.where(sound[..., None], first, 1.0))
    to_start = np.linalg.pinv(np.vander(time / time[-1], 3))[-1]
    return np.asarray(np.where(sound, np.exp(logs @ to_start), np.nan))


def millimolar(
    name: str, water: ArrayLike, acquisition: Acquisition, settings: WaterSettings | None = None
) -> FloatArray:
    """Return what an amplitude is to be multiplied by to be mmol/L, shaped as the water's (...).

    Parameters
    ----------
    name : in `RELAXATION`; others count as tCr.
    water : amplitudes at time 0, from `water_amplitude`.
    """
    settings = settings or WaterSettings()
    t1_s, t2_ms = RELAXATION.get(name, RELAXATION["tCr"])
    of_water = left_by_relaxation(acquisition, settings.t1_s, settings.t2_ms)
    left = of_water / left_by_relaxation(acquisition, t1_s, t2_ms)
    return np.asarray(_PROTONS * settings.concentration_mm * left / np.asarray(water, np.float64))
