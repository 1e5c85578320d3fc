"""When the refocusing pulses of a sequence come, and what a spin system sends out after them.

All pulses are ideal: instantaneous, of the exact angle, for every proton alike. So the chemical
shift displacement of real PRESS (which mostly weakens coupled spins) is not simulated; semi-LASER
comes near to ideal by its construction.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.errors import InputRefused
from gliofront.maps.spectroscopy.acquisition import Acquisition
from gliofront.maps.spectroscopy.density_matrix import Lines, echo_lines
from gliofront.maps.spectroscopy.spin_systems import NUCLEI, SpinSystem

USUAL_TE1_MS = 12.0
"""First echo time of PRESS where none is stated: product sequences keep it near the shortest."""


def intervals_s(acquisition: Acquisition, te1_ms: float | None = None) -> tuple[float, ...]:
    """Return the times from excitation through each refocusing pulse to the first point, s.

    PRESS: TE1/2, TE/2, TE2/2, where TE1 + TE2 = TE. semi-LASER: the two pairs of adiabatic
    pulses stand as four ideal ones at TE/8, 3 TE/8, 5 TE/8, 7 TE/8 (evenly spaced; Oz, Tkac,
    Magn Reson Med 2011;65:901-910, use nearly that at the shortest TE).

    Parameters
    ----------
    te1_ms : first echo time of PRESS; by default 12 ms, or half of TE where that is shorter.

    Raises
    ------
    InputRefused
        If TE1 is not between 0 and TE, or is stated for semi-LASER.

    >>> press = Acquisition(127.7, 5e-4, 1024, 30.0, "PRESS")
    >>> [round(1000 * interval, 3) for interval in intervals_s(press)]
    [6.0, 15.0, 9.0]
    """
    te = acquisition.te_ms / 1000
    if acquisition.sequence == "sLASER":
        if te1_ms is not None:
            raise InputRefused("sLASER", "it has no first echo time", "leave TE1 out")
        return (te / 8, te / 4, te / 4, te / 4, te / 8)
    first = min(USUAL_TE1_MS / 1000, te / 2) if te1_ms is None else te1_ms / 1000
    if not 0 <= first <= te:
        problem = f"a first echo time of {te1_ms} ms in an echo time of {acquisition.te_ms} ms"
        raise InputRefused("PRESS", problem, "state TE1 between 0 and TE")
    return (first / 2, te / 2, (te - first) / 2)


def molecule_lines(
    system: SpinSystem, acquisition: Acquisition, te1_ms: float | None = None
) -> Lines:
    """Return the lines of a molecule at the top of its echo.

    Groups of protons that are not coupled to each other are simulated apart, once for each
    combination of spin states of the other nuclei that they couple to; those states never change
    here, so each only shifts the protons.
    """
    timing = intervals_s(acquisition, te1_ms)
    parts = [_part_lines(system, part, acquisition, timing) for part in coupled_groups(system)]
    return Lines(
        np.concatenate([part.hertz for part in parts]),
        np.concatenate([part.amplitudes for part in parts]),
    )


def coupled_groups(system: SpinSystem) -> list[list[int]]:
    """Return the sites of each group whose protons couple among themselves.

    >>> from gliofront.maps.spectroscopy.spin_systems import SPIN_SYSTEMS
    >>> coupled_groups(SPIN_SYSTEMS["NAA"])
    [[0], [1, 2, 3, 4]]
    """
    group = list(range(len(system.sites)))
    for one, other, _ in system.couplings:
        old, new = max(group[one], group[other]), min(group[one], group[other])
        group = [new if which == old else which for which in group]
    return [
        [site for site, own in enumerate(group) if own == which] for which in dict.fromkeys(group)
    ]


def _part_lines(
    system: SpinSystem, part: list[int], acquisition: Acquisition, timing: Sequence[float]
) -> Lines:
    """Return the lines of some sites, summed over the states of the other nuclei."""
    # Equivalent protons that are coupled to no other are one spin, counted so many times.
    counts = [system.sites[site][1] if len(part) > 1 else 1 for site in part]
    spins = [site for site, count in zip(part, counts, strict=True) for _ in range(count)]
    copies = system.sites[part[0]][1] if len(part) == 1 else 1
    couplings = [
        (one, other, hertz)
        for first, second, hertz in system.couplings
        for one, site in enumerate(spins)
        for other, partner in enumerate(spins)
        if (site, partner) == (first, second)
    ]
    field, centre = acquisition.field_mhz, acquisition.centre_ppm
    offsets = np.array([(system.sites[site][0] - centre) * field for site in spins])
    shifts = _other_nuclei_shifts(system, spins)
    lines = [echo_lines(list(offsets + shift), couplings, timing) for shift in shifts]
    return Lines(
        np.concatenate([line.hertz for line in lines]),
        np.concatenate([line.amplitudes * (copies / len(shifts)) for line in lines]),
    )


def _other_nuclei_shifts(system: SpinSystem, spins: list[int]) -> list[NDArray[np.float64]]:
    """Return, for each state of the other nuclei, by how many Hz it shifts each proton."""
    coupled = []
    for nucleus, couplings in system.others:
        hertz = np.array([dict(couplings).get(site, 0.0) for site in spins])
        if hertz.any():
            coupled.append([state * hertz for state in NUCLEI[nucleus]])
    return [sum(shifts, np.zeros(len(spins))) for shifts in product(*coupled)]
