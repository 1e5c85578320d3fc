"""Exact spin dynamics of small groups of coupled protons, by the density matrix.

States of n protons are numbered so that bit k of the number is 0 where proton k is up; state
2^n - 1 - s is then state s with every proton turned over. Frequencies are in Hz throughout and a
signal at +f turns as exp(+2 pi i f t). Strong coupling is kept in full (Ernst, Bodenhausen,
Wokaun, Principles of Nuclear Magnetic Resonance in One and Two Dimensions, 1987, chapter 2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Complex128Array = NDArray[np.complex128]

_NEGLIGIBLE = 1e-9  # of a proton


@dataclass(frozen=True, eq=False)
class Lines:
    """What a spin system sends out: undamped lines.

    Parameters
    ----------
    hertz : (lines,) frequencies.
    amplitudes : (lines,) complex; those of n protons sum to n at time 0 of a simple excitation.
    """

    hertz: FloatArray
    amplitudes: Complex128Array

    def signal(self, time_s: FloatArray) -> Complex128Array:
        """Return the signal at the times (points,)."""
        waves = np.exp(2j * np.pi * np.outer(time_s, self.hertz))
        return np.asarray(waves @ self.amplitudes, dtype=np.complex128)

    def within(self, most_hertz: float) -> Lines:
        """Return the lines of frequencies no further from 0 than this."""
        kept = np.abs(self.hertz) <= most_hertz
        return Lines(self.hertz[kept], self.amplitudes[kept])


def up_or_down(spins: int) -> FloatArray:
    """Return Iz of each proton in each state (spins, 2^spins): 1/2 or -1/2.

    >>> up_or_down(2).tolist()
    [[0.5, -0.5, 0.5, -0.5], [0.5, 0.5, -0.5, -0.5]]
    """
    bits = np.arange(2**spins) >> np.arange(spins)[:, None] & 1
    return np.asarray(0.5 - bits, dtype=np.float64)


def hamiltonian(hertz: Sequence[float], couplings: Sequence[tuple[int, int, float]]) -> FloatArray:
    """Return the free Hamiltonian in Hz (2^n, 2^n), real and symmetric.

    Parameters
    ----------
    hertz : offset of each of n protons.
    couplings : two protons and their J in Hz; the whole scalar product is taken.
    """
    iz = up_or_down(len(hertz))
    energies = np.asarray(hertz) @ iz
    states = np.arange(iz.shape[1])
    flip_flops = np.zeros((states.size, states.size))
    for one, other, j in couplings:
        energies += j * iz[one] * iz[other]
        differ = states[iz[one] != iz[other]]
        flip_flops[differ, differ ^ (1 << one) ^ (1 << other)] += j / 2
    return np.asarray(flip_flops + np.diag(energies))


def raising(spins: int) -> FloatArray:
    """Return the raising operator of all protons together (2^spins, 2^spins)."""
    iz = up_or_down(spins)
    states = np.arange(2**spins)
    total = np.zeros((states.size, states.size))
    for spin in range(spins):
        down = states[iz[spin] < 0]
        total[down ^ (1 << spin), down] += 1
    return total


def echo_lines(
    hertz: Sequence[float],
    couplings: Sequence[tuple[int, int, float]],
    intervals_s: Sequence[float],
) -> Lines:
    """Return the lines after a 90 degree pulse and ideal refocusing pulses.

    Parameters
    ----------
    hertz, couplings : as in `hamiltonian`.
    intervals_s : time from the excitation to the first refocusing pulse, between refocusing
        pulses, and from the last one to the first point.

    The 90 degree pulse makes coherences of order +1 and -1 alone, and an ideal 180 degree pulse
    turns each into the other, whatever the coupling. So the one pathway that ends detected is
    followed, which is what phase cycling or crushers leave.
    """
    levels, basis = np.linalg.eigh(hamiltonian(hertz, couplings))
    seen = raising(len(hertz))
    observed = basis.T @ seen @ basis
    refocusing = basis[::-1].T @ basis
    gaps = levels[:, None] - levels[None, :]
    even_pulses = len(intervals_s) % 2 == 1
    density: Complex128Array = (observed.T if even_pulses else observed).astype(np.complex128)
    for count, interval in enumerate(intervals_s):
        if count:
            density = refocusing @ density @ refocusing
        density = density * np.exp(-2j * np.pi * gaps * interval)
    amplitudes = (density * observed.T) / 2 ** (len(hertz) - 1)
    kept = np.abs(amplitudes) > _NEGLIGIBLE
    return Lines(-gaps[kept], amplitudes[kept])
