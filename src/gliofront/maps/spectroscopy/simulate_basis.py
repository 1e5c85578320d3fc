"""A basis set simulated for the acquisition at hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gliofront.foundation.errors import InputRefused
from gliofront.maps.spectroscopy.acquisition import Acquisition
from gliofront.maps.spectroscopy.basis import Basis
from gliofront.maps.spectroscopy.pulse_sequences import molecule_lines
from gliofront.maps.spectroscopy.spin_systems import SPIN_SYSTEMS

DEFAULT_METABOLITES = (
    *("2HG", "Ala", "Asp", "Cr", "GABA", "Gln", "Glu", "Gly", "GPC", "GSH", "Ins", "Lac"),
    *("NAA", "NAAG", "PCh", "PCr", "sIns", "Tau"),
)
"""What a glioma and its surroundings are fitted with at 3 T."""


def simulate_basis(
    acquisition: Acquisition,
    metabolites: Sequence[str] = DEFAULT_METABOLITES,
    te1_ms: float | None = None,
) -> Basis:
    """Simulate metabolites: exact spin dynamics, ideal pulses, no relaxation.

    Parameters
    ----------
    metabolites : names in `SPIN_SYSTEMS`.
    te1_ms : first echo time of PRESS; see `gliofront.maps.spectroscopy.pulse_sequences`.

    Returns
    -------
    A basis of undamped signals, a proton of amplitude 1 at time 0; the lines get their width in
    the fit. Lines beyond half the band width would fold and are left out.

    Raises
    ------
    InputRefused
        If a metabolite is not known here.

    >>> press = Acquisition(127.7, 5e-4, 1024, 30.0, "PRESS")
    >>> basis = simulate_basis(press, ["Cr", "Gly"])
    >>> basis.names, basis.fids[:, 0].real.round(6).tolist()
    (('Cr', 'Gly'), [5.0, 2.0])
    """
    unknown = [name for name in metabolites if name not in SPIN_SYSTEMS]
    if unknown:
        mend = f"choose among {', '.join(SPIN_SYSTEMS)}"
        raise InputRefused("basis set", f"{', '.join(unknown)} cannot be simulated", mend)
    fids = np.zeros((len(metabolites), acquisition.points), dtype=np.complex128)
    for row, name in enumerate(metabolites):
        lines = molecule_lines(SPIN_SYSTEMS[name], acquisition, te1_ms)
        fids[row] = lines.within(0.5 / acquisition.dwell_s).signal(acquisition.time_s)
    return Basis(tuple(metabolites), fids, acquisition, ("metabolite",) * len(metabolites))
