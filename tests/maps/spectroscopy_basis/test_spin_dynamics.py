"""The spin dynamics against matrix exponentials of the whole system and against analysis."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spectroscopy_files import brute_signal

from gliofront.foundation.errors import InputRefused
from gliofront.maps.spectroscopy.acquisition import Acquisition
from gliofront.maps.spectroscopy.density_matrix import echo_lines, hamiltonian, raising
from gliofront.maps.spectroscopy.pulse_sequences import (
    coupled_groups,
    intervals_s,
    molecule_lines,
)
from gliofront.maps.spectroscopy.spin_systems import NUCLEI, SPIN_SYSTEMS, SpinSystem

FEW = np.arange(40) * 5e-4


def brute(system: SpinSystem, acquisition: Acquisition, te1_ms: float | None) -> np.ndarray:
    """Every site as so many spins, all of the molecule at once."""
    spins = [site for site, (_, count) in enumerate(system.sites) for _ in range(count)]
    hertz = [(system.sites[s][0] - acquisition.centre_ppm) * acquisition.field_mhz for s in spins]
    pairs = {(one, other): j for one, other, j in system.couplings}
    couplings = [
        (a, b, pairs[spins[a], spins[b]])
        for a in range(len(spins))
        for b in range(len(spins))
        if (spins[a], spins[b]) in pairs
    ]
    others = [
        (
            len(NUCLEI[nucleus]) - 1,
            [(k, dict(coupled)[s]) for k, s in enumerate(spins) if s in dict(coupled)],
        )
        for nucleus, coupled in system.others
    ]
    timing = list(intervals_s(acquisition, te1_ms))
    return brute_signal(hertz, couplings, others, timing, FEW)


def part(name: str, sites: list[int]) -> SpinSystem:
    """Some sites of a molecule as one of its own."""
    whole = SPIN_SYSTEMS[name]
    number = {site: k for k, site in enumerate(sites)}
    return SpinSystem(
        name,
        tuple(whole.sites[site] for site in sites),
        tuple((number[a], number[b], j) for a, b, j in whole.couplings if {a, b} <= set(sites)),
        tuple(
            (nucleus, tuple((number[s], j) for s, j in coupled if s in number))
            for nucleus, coupled in whole.others
        ),
    )


@pytest.mark.parametrize("sequence", ["PRESS", "sLASER"])
@pytest.mark.parametrize(
    ("name", "sites"),
    [
        ("NAA", [1, 2, 3, 4]),
        ("NAA", [0]),
        ("Lac", [0, 1]),
        ("Ala", [0, 1]),
        ("Glu", [0, 1, 2, 3, 4]),
        ("Gln", [0, 1, 2, 3, 4]),
        ("2HG", [0, 1, 2, 3, 4]),
        ("Ins", [0, 1, 2, 3, 4, 5]),
        ("GABA", [0, 1, 2, 3, 4, 5]),
        ("PCh", [0, 1, 2, 3]),
    ],
)
def test_agrees_with_matrix_exponentials_of_the_whole(name, sites, sequence):
    acquisition = Acquisition(127.7861, 5e-4, 1024, 68.0, sequence)
    te1_ms = 17.0 if sequence == "PRESS" else None
    system = part(name, sites)
    ours = molecule_lines(system, acquisition, te1_ms).signal(FEW)
    np.testing.assert_allclose(ours, brute(system, acquisition, te1_ms), atol=1e-9)


def test_groups_apart_are_the_whole_molecule():
    """NAA in one piece of 7 spins, as against its two groups apart."""
    acquisition = Acquisition(63.6, 5e-4, 1024, 30.0, "PRESS")
    ours = molecule_lines(SPIN_SYSTEMS["NAA"], acquisition).signal(FEW)
    np.testing.assert_allclose(ours, brute(SPIN_SYSTEMS["NAA"], acquisition, None), atol=1e-9)


@given(te_ms=st.floats(5, 300), j=st.floats(1, 15))
def test_a_weak_doublet_is_modulated_by_the_cosine(te_ms, j):
    te = te_ms / 1000
    lines = echo_lines([-4e5, 6e5], [(0, 1, j)], (te / 4, te / 2, te / 4))
    time = np.linspace(0, 0.2, 50)
    expected = (np.exp(-2j * np.pi * 4e5 * time) + np.exp(2j * np.pi * 6e5 * time)) * np.cos(
        np.pi * j * (te + time)
    )
    np.testing.assert_allclose(lines.signal(time), expected, atol=2e-4)


@given(
    hertz=st.lists(st.floats(-400, 400), min_size=1, max_size=4),
    te_ms=st.floats(0, 200),
    j=st.floats(-20, 20),
)
def test_nothing_is_lost_without_coupling_and_nothing_gained_with_it(hertz, te_ms, j):
    couplings = [(k, k + 1, j) for k in range(len(hertz) - 1)]
    timing = (te_ms / 4e3, te_ms / 2e3, te_ms / 4e3)
    free = echo_lines(hertz, [], timing)
    assert free.signal(np.zeros(1))[0] == pytest.approx(len(hertz), abs=1e-6)
    coupled = echo_lines(hertz, couplings, timing)
    assert abs(coupled.signal(np.zeros(1))[0]) <= len(hertz) + 1e-6


def test_an_odd_number_of_refocusing_pulses_is_detected_too():
    lines = echo_lines([120.0], [], (0.01, 0.01))
    time = np.array([0.0, 0.002])
    np.testing.assert_allclose(lines.signal(time), np.exp(2j * np.pi * 120 * time), atol=1e-12)


def test_hamiltonian_of_two_equal_spins_has_triplet_and_singlet():
    levels = np.linalg.eigvalsh(hamiltonian([0.0, 0.0], [(0, 1, 8.0)]))
    np.testing.assert_allclose(levels, [-6, 2, 2, 2])
    assert raising(2).sum() == 4


def test_groups_of_a_molecule():
    assert coupled_groups(SPIN_SYSTEMS["GSH"]) == [[0], [1, 2, 3], [4, 5, 6, 7, 8]]
    assert coupled_groups(SPIN_SYSTEMS["GPC"]) == [[0, 1, 2, 3, 4], [5, 6, 7, 8], [9]]


@pytest.mark.parametrize("system", SPIN_SYSTEMS.values(), ids=lambda system: system.name)
def test_spin_systems_are_sound(system):
    sites = range(len(system.sites))
    assert all(0.5 < ppm < 9 and count >= 1 for ppm, count in system.sites)
    assert all(a in sites and b in sites and a != b for a, b, _ in system.couplings)
    pairs = [frozenset((a, b)) for a, b, _ in system.couplings]
    assert len(set(pairs)) == len(pairs)
    assert all(-18 < j < 13 for *_, j in system.couplings)
    assert all(site in sites for _, coupled in system.others for site, _ in coupled)


def test_timing_of_sequences():
    press = Acquisition(127.7, 5e-4, 1024, 144.0, "PRESS")
    assert sum(intervals_s(press)) == pytest.approx(0.144)
    assert intervals_s(press, 20.0) == pytest.approx((0.010, 0.072, 0.062))
    laser = Acquisition(127.7, 5e-4, 1024, 40.0, "sLASER")
    assert intervals_s(laser) == pytest.approx((0.005, 0.010, 0.010, 0.010, 0.005))
    with pytest.raises(InputRefused, match="first echo time of 150"):
        intervals_s(press, 150.0)
    with pytest.raises(InputRefused, match="leave TE1 out"):
        intervals_s(laser, 10.0)
