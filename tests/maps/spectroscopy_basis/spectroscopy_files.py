"""What the tests of the basis and of spectroscopy files share."""

from __future__ import annotations

import os
from functools import reduce
from pathlib import Path

import numpy as np
import pytest
from scipy.linalg import expm

from gliofront.maps.spectroscopy.acquisition import Acquisition, spectrum

REAL = (
    Path(
        os.environ.get(
            "GLIOFRONT_TEST_DATA", Path(__file__).resolve().parents[3].parent / "shared" / "data"
        )
    )
    / "mrs_lcmodel"
)
needs_real = pytest.mark.skipif(
    not (REAL / "3t.basis").is_file(), reason="the LCModel example is not here"
)

PRESS_30 = Acquisition(127.7861, 5e-4, 1024, 30.0, "PRESS")


def damped(fids: np.ndarray, acquisition: Acquisition, width_hz: float) -> np.ndarray:
    return fids * np.exp(-np.pi * width_hz * acquisition.time_s)


def band(fid: np.ndarray, acquisition: Acquisition, low: float, high: float) -> np.ndarray:
    """The real spectrum between two chemical shifts."""
    inside = (acquisition.ppm > low) & (acquisition.ppm < high)
    return spectrum(fid)[..., inside].real


def whole_integral(fid: np.ndarray, acquisition: Acquisition) -> float:
    """The sum of the real spectrum over all of it is points times the first point."""
    return float(spectrum(fid).real.sum() / acquisition.points)


def _spin_matrices(twice: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ix, Iy, Iz of a spin of so many halves."""
    spin = twice / 2
    states = spin - np.arange(twice + 1)
    raised = np.sqrt(spin * (spin + 1) - states[1:] * (states[1:] + 1))
    up = np.diag(raised, 1).astype(complex)
    return (up + up.T) / 2, (up - up.T) / 2j, np.diag(states).astype(complex)


def brute_signal(
    hertz: list[float],
    couplings: list[tuple[int, int, float]],
    others: list[tuple[int, list[tuple[int, float]]]],
    intervals: list[float],
    time_s: np.ndarray,
) -> np.ndarray:
    """The signal by matrix exponentials of the whole system, pulses included, nothing selected.

    Only tensor products of spin matrices are used, none of the code under test. `others` are
    nuclei of so many half spins, coupled weakly, that the pulses do not touch.
    """
    twice = [1] * len(hertz) + [other[0] for other in others]
    single = [_spin_matrices(one) for one in twice]

    def full(spin: int, axis: int) -> np.ndarray:
        parts = [np.eye(n + 1, dtype=complex) for n in twice]
        parts[spin] = single[spin][axis]
        return reduce(np.kron, parts)

    operators = [[full(spin, axis) for axis in range(3)] for spin in range(len(twice))]
    protons = range(len(hertz))
    h = sum(hertz[k] * operators[k][2] for k in protons)
    for a, b, j in couplings:
        h = h + j * sum(operators[a][axis] @ operators[b][axis] for axis in range(3))
    for number, (_, coupled) in enumerate(others):
        z = operators[len(hertz) + number][2]
        for site, j in coupled:
            h = h + j * operators[site][2] @ z
    fx, fy, fz = (sum(operators[k][axis] for k in protons) for axis in range(3))
    pulses = [expm(-1j * np.pi / 2 * fy)] + [expm(-1j * np.pi * fx)] * (len(intervals) - 1)
    density = fz
    for pulse, interval in zip(pulses, intervals, strict=True):
        step = expm(-2j * np.pi * h * interval) @ pulse
        density = step @ density @ step.conj().T
    step = expm(-2j * np.pi * h * (time_s[1] - time_s[0]))
    scale = 2 * np.prod([n + 1 for n in twice]) / 4
    signal = []
    for _ in time_s:
        signal.append(np.trace(density @ (fx + 1j * fy)) / scale * 2)
        density = step @ density @ step.conj().T
    return np.array(signal)
