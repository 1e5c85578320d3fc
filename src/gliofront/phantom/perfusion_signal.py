"""A bolus of contrast agent through vessels and leaky tissue, and the signal that it leaves.

Arterial input -> agent in vessels and between cells -> R1 and R2* -> spoiled gradient echo.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gliofront.phantom.raw_protocols import PerfusionProtocol
from gliofront.phantom.tissue_signals import BLOOD_WITH_AGENT, FLUID, WHITE

FloatArray = NDArray[np.float64]

PEAK_MM = 6.0
"""Agent in arterial plasma at the peak, mmol/L; order of measured inputs (Parker et al., Magn
Reson Med 56:993-1000, 2006), of which the slow tail of about 1 mmol/L too."""
R1_PER_MM_S = 3.7
"""Of gadopentetate in plasma at 3 T, Rohrer et al., Invest Radiol 40:715-724, 2005."""
R2_VESSEL_PER_MM_S = 87.0
"""R2* by agent in vessels, by tissue concentration, at 3 T: Kjolby et al., Magn Reson Med
56:187-197, 2006."""
R2_BETWEEN_PER_MM_S = 20.0
"""R2* by agent between cells: 10 to 40, growing with cell packing, Semmineh et al., PLoS ONE
9:e84764, 2014; one middle value for all is assumed."""
R2_FIELD_PER_S = 7.5
"""R2* less R2 of tissue at 3 T: assumed, T2* of about 50 ms in white matter."""
DELAY_S = 1.2
"""Of tissue after the large arteries: assumed."""
FINE_S = 0.25


@dataclass(frozen=True, eq=False)
class Perfused:
    """Voxels of a perfusion series, each value (V,).

    Parameters
    ----------
    r1, r2 : of the solid part, 1/s. water : its proton density.
    fluid : share of the voxel.
    cbv : blood in vessels other than large arteries, share of the voxel.
    artery : blood in large arteries, share of the voxel.
    mtt_s : mean transit time.
    ktrans, ve : leakage, 1/s, and the share that it fills.
    """

    r1: FloatArray
    r2: FloatArray
    water: FloatArray
    fluid: FloatArray
    cbv: FloatArray
    artery: FloatArray
    mtt_s: FloatArray
    ktrans: FloatArray
    ve: FloatArray


def arterial_input(time_s: FloatArray, arrival_s: float) -> FloatArray:
    """Return agent in plasma, mmol/L: a gamma-variate, a second pass and a slow tail, (N,).

    Shape 3 and scale 1.5 s as in Wu et al., Magn Reson Med 50:164-174, 2003. The second pass, a
    sixth as high, twice as wide and 14 s later, is assumed.

    >>> curve = arterial_input(np.arange(0, 60, 0.5), 10.0)
    >>> float(curve[:20].max()), 10 + 0.5 * int(curve[20:].argmax())
    (0.0, 14.5)
    """

    def wave(after: float, scale: float, height: float) -> FloatArray:
        late = np.maximum(time_s - arrival_s - after, 0) / scale
        return np.asarray(height * (late / 3) ** 3 * np.exp(3 - late))

    late = np.maximum(time_s - arrival_s, 0)
    tail = 0.17 * PEAK_MM * (1 - np.exp(-((late / 9.0) ** 3))) * np.exp(-0.0024 * late)
    return np.asarray(wave(0.0, 1.5, PEAK_MM) + wave(14.0, 3.0, PEAK_MM / 6) + tail)


def agent(
    tissue: Perfused, frames: int, tr_s: float, arrival_s: float
) -> tuple[FloatArray, FloatArray]:
    """Return agent in vessels and between cells, mmol/L of tissue, (V, N) each.

    Vessels empty exponentially with the mean transit time; agent between cells follows Tofts
    (J Magn Reson Imaging 7:91-101, 1997). Both come after the large arteries.
    """
    time = np.arange(0, frames * tr_s + FINE_S, FINE_S, dtype=np.float64)
    input_early, input_late = (arterial_input(time, arrival_s + d) for d in (0.0, DELAY_S))
    picks = np.round(np.arange(frames) * tr_s / FINE_S).astype(int)
    flowing = _washed(input_late, 1 / tissue.mtt_s, picks) / tissue.mtt_s[:, None]
    vessel = tissue.cbv[:, None] * flowing + tissue.artery[:, None] * input_early[picks]
    between = np.zeros_like(vessel)
    leaky = tissue.ktrans > 0
    rate = tissue.ktrans[leaky] / tissue.ve[leaky]
    between[leaky] = tissue.ktrans[leaky, None] * _washed(input_late, rate, picks)
    return vessel, between


def _washed(course: FloatArray, rate: FloatArray, picks: NDArray[np.intp]) -> FloatArray:
    """Return the integral of course(u) exp(-rate (t - u)) du at some times, (V, N)."""
    decay = np.exp(-rate * FINE_S)
    now, result = np.zeros(rate.size), np.zeros((rate.size, picks.size))
    wanted = dict(zip(picks.tolist(), range(picks.size), strict=True))
    for i in range(1, int(picks[-1]) + 1):
        now = decay * now + 0.5 * FINE_S * (course[i] + decay * course[i - 1])
        if i in wanted:
            result[:, wanted[i]] = now
    return result


def bolus_signal(tissue: Perfused, how: PerfusionProtocol, arrival_s: float) -> FloatArray:
    """Return the signal without noise, (V, N), 1 for relaxed water without decay.

    Water of blood, of solid tissue and of fluid relaxes apart along the field, for within a
    repetition little of it crosses the vessels' walls (Donahue et al., J Magn Reson Imaging
    7:102-110, 1997). R2* by the agent holds for the whole voxel.
    """
    vessel, between = agent(tissue, how.frames, how.tr_s, arrival_s)
    blood = (tissue.cbv + tissue.artery)[:, None]
    fluid = tissue.fluid[:, None]
    solid = np.maximum(1 - blood - fluid, 0)
    inside = vessel / np.maximum(blood, 1e-6)
    outside = between / np.maximum(1 - blood - fluid, 0.05)
    echo = how.te_ms / 1000
    parts = (
        (blood * BLOOD_WITH_AGENT.water, 1000 / BLOOD_WITH_AGENT.t1_ms + R1_PER_MM_S * inside,
         1000 / BLOOD_WITH_AGENT.t2_ms),
        (solid * tissue.water[:, None], tissue.r1[:, None] + R1_PER_MM_S * outside,
         tissue.r2[:, None] + R2_FIELD_PER_S),
        (fluid * FLUID.water, np.full((1, 1), 1000 / FLUID.t1_ms), 1000 / FLUID.t2_ms),
    )  # fmt: skip
    total = sum(amount * steady(r1, how) * np.exp(-echo * r2) for amount, r1, r2 in parts)
    rate = R2_VESSEL_PER_MM_S * vessel + R2_BETWEEN_PER_MM_S * between
    return np.asarray(total * np.exp(-echo * rate))


def steady(r1: FloatArray, how: PerfusionProtocol) -> FloatArray:
    """Return the signal of a spoiled gradient echo at an echo time of 0, shaped as r1 (1/s).

    Ernst and Anderson, Rev Sci Instrum 37:93-102, 1966.
    """
    flip, left = np.deg2rad(how.flip_degrees), np.exp(-how.tr_s * np.asarray(r1))
    return np.asarray(np.sin(flip) * (1 - left) / (1 - np.cos(flip) * left))


def white_signal(how: PerfusionProtocol) -> float:
    """Return the signal of white matter before the bolus, in the unit of `bolus_signal`."""
    r2 = 1000 / WHITE.t2_ms + R2_FIELD_PER_S
    relaxed = steady(np.array(1000 / WHITE.t1_ms), how)
    return float(WHITE.water * relaxed * np.exp(-how.te_ms / 1000 * r2))
