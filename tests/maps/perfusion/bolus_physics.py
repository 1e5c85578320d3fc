"""A bolus through vessels and leaky tissue, from plasma to signal, with known blood volume.

Physics, not the models under test: plasma concentration -> vascular and extravascular agent ->
R1 and R2* -> spoiled gradient echo. Values and where they come from:

- plasma: gamma-variate of shape 3 and scale 1.5 s (as in Wu et al. 2003, Magn Reson Med 50:164),
  6 mM at the peak, and a slow tail of about 1 mM (Parker et al. 2006, Magn Reson Med 56:993).
- vessels: exponential residue, mean transit time 3 to 6 s.
- leakage: Ktrans and ve of high-grade glioma, Tofts et al. 1999, J Magn Reson Imaging 10:223.
- r1 3.7 /mM/s, gadopentetate in plasma at 3 T (Rohrer et al. 2005, Invest Radiol 40:715).
- r2* of vessels 87 /mM/s of tissue at 3 T (Kjølby et al. 2006, Magn Reson Med 56:187).
- r2* of agent between cells 10 to 40 /mM/s: it grows with cell packing (Semmineh et al. 2014,
  PLoS ONE 9:e84764).
- T1 of brain 1.1 s, of tumour 1.5 s, of blood 1.6 s, T2* of 50 ms, at 3 T.
- water hardly crosses the capillary wall within a repetition (Donahue et al. 1997, J Magn Reson
  Imaging 7:102), so agent in vessels shortens the T1 of blood alone, agent between cells that of
  the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

R1 = 3.7
R2_VESSEL = 87.0
T1_BLOOD_S = 1.6
FINE_S = 0.1


def plasma(time_s: np.ndarray, arrival_s: float) -> np.ndarray:
    """Return plasma concentration, mM."""
    late = np.maximum(time_s - arrival_s, 0)
    first = 6.0 * (late / 4.5) ** 3 * np.exp(3 - late / 1.5)
    tail = 1.1 * (1 - np.exp(-((late / 8.0) ** 3))) * np.exp(-0.0024 * late)
    return first + tail


def _decayed(course: np.ndarray, rate: np.ndarray, step_s: float) -> np.ndarray:
    """Return the integral of course(u) exp(-rate (t - u)) du, (V, N)."""
    decay = np.exp(-rate * step_s)
    result = np.zeros((rate.size, course.size))
    for i in range(1, course.size):
        step = 0.5 * step_s * (course[i] + decay * course[i - 1])
        result[:, i] = decay * result[:, i - 1] + step
    return result


@dataclass(frozen=True)
class Tissue:
    """Voxels, each value (V,): blood volume as a share, MTT s, Ktrans 1/s, ve, r2* of agent
    between cells 1/mM/s, T1 s, delay is common."""

    blood: np.ndarray
    mtt_s: np.ndarray
    ktrans: np.ndarray
    ve: np.ndarray
    r2_between: np.ndarray
    t1_s: np.ndarray


def concentrations(
    tissue: Tissue, frames: int, tr_s: float, arrival_s: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return agent in vessels and between cells, mM of tissue, (V, N) each, at the frames."""
    time = np.arange(0, frames * tr_s, FINE_S)
    course = plasma(time, arrival_s)
    picks = np.round(np.arange(frames) * tr_s / FINE_S).astype(int)
    vessel = _decayed(course, 1 / tissue.mtt_s, FINE_S)[:, picks]
    between = _decayed(course, tissue.ktrans / tissue.ve, FINE_S)[:, picks]
    return (tissue.blood / tissue.mtt_s)[:, None] * vessel, tissue.ktrans[:, None] * between


def signal(
    tissue: Tissue,
    frames: int = 80,
    tr_s: float = 1.5,
    te_ms: float = 30.0,
    flip_deg: float = 60.0,
    arrival_s: float = 22.0,
) -> np.ndarray:
    """Return noiseless signal, (V, N), 1 for fully relaxed spins without decay."""
    vessel, between = concentrations(tissue, frames, tr_s, arrival_s)
    blood = tissue.blood[:, None]
    inside = _steady(1 / T1_BLOOD_S + R1 * vessel / blood, tr_s, flip_deg)
    outside = _steady(1 / tissue.t1_s[:, None] + R1 * between / (1 - blood), tr_s, flip_deg)
    rate2 = 1 / 0.05 + R2_VESSEL * vessel + tissue.r2_between[:, None] * between
    return (blood * inside + (1 - blood) * outside) * np.exp(-te_ms / 1000 * rate2)


def _steady(rate1: np.ndarray, tr_s: float, flip_deg: float) -> np.ndarray:
    """Return the transverse magnetisation of a spoiled gradient echo at an echo time of 0."""
    flip, relaxed = np.deg2rad(flip_deg), np.exp(-tr_s * rate1)
    return np.sin(flip) * (1 - relaxed) / (1 - np.cos(flip) * relaxed)


def tissues(count: int, rng: np.random.Generator, *, leaky: bool) -> Tissue:
    """Draw voxels of brain, or of enhancing tumour."""
    blood = rng.uniform(0.01, 0.08, count)
    mtt = rng.uniform(3.0, 6.0, count)
    if not leaky:
        return Tissue(
            blood, mtt, np.zeros(count), np.ones(count), np.zeros(count), np.full(count, 1.1)
        )
    ktrans = rng.uniform(0.03, 0.25, count) / 60
    ve, r2_between = rng.uniform(0.15, 0.5, count), rng.uniform(10.0, 40.0, count)
    return Tissue(blood, mtt, ktrans, ve, r2_between, np.full(count, 1.5))


def noisy(clean: np.ndarray, snr: float, rng: np.random.Generator) -> np.ndarray:
    """Return magnitudes with complex noise of the first frame's mean over the ratio."""
    sigma = clean[:, :1] / snr
    real, imaginary = rng.normal(size=(2, *clean.shape))
    return np.hypot(clean + sigma * real, sigma * imaginary)
