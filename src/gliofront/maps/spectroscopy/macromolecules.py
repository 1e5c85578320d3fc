"""Broad signals of mobile macromolecules and lipids, as sums of Gaussian lines.

Positions, widths (the smallest that LCModel assumes; the fit broadens them) and amplitudes in
protons are the defaults of LCModel (Provencher, LCModel & LCMgui User's Manual, its list of
simulated basis spectra, parameter CHSIMU); they stem from metabolite-nulled human brain spectra.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from gliofront.foundation.errors import InputRefused
from gliofront.maps.spectroscopy.acquisition import Acquisition
from gliofront.maps.spectroscopy.basis import Basis

Gaussian = tuple[float, float, float]
"""Position in ppm, full width at half maximum in ppm, amplitude in protons."""

MACROMOLECULES: Mapping[str, tuple[Gaussian, ...]] = MappingProxyType(
    {
        "MM09": ((0.91, 0.14, 3.0),),
        "MM12": ((1.21, 0.15, 2.0),),
        "MM14": ((1.43, 0.17, 2.0),),
        "MM17": ((1.67, 0.15, 2.0),),
        "MM20": ((2.08, 0.15, 1.33), (2.25, 0.2, 0.33), (1.95, 0.15, 0.33), (3.0, 0.2, 0.4)),
    }
)
"""Name to lines."""

LIPIDS: Mapping[str, tuple[Gaussian, ...]] = MappingProxyType(
    {
        "Lip09": ((0.89, 0.14, 3.0),),
        "Lip13a": ((1.28, 0.15, 2.0),),
        "Lip13b": ((1.28, 0.089, 2.0),),
        "Lip20": ((2.04, 0.15, 1.33), (2.25, 0.15, 0.67), (2.8, 0.2, 0.87)),
    }
)
"""Name to lines."""

BROAD = (*MACROMOLECULES, *LIPIDS)
"""Every name of both."""


def macromolecules(acquisition: Acquisition, names: Sequence[str] = BROAD) -> Basis:
    """Return macromolecules and lipids as rows of a basis, in phase at time 0.

    Parameters
    ----------
    names : of `MACROMOLECULES` and `LIPIDS`. Macromolecules fade at echo times above about
        100 ms (short T2): leave them out there.

    Raises
    ------
    InputRefused
        If a name is not known here.

    >>> press = Acquisition(127.7, 5e-4, 1024, 30.0, "PRESS")
    >>> broad = macromolecules(press, ["MM09", "Lip13a"])
    >>> broad.kinds, broad.fids[:, 0].real.tolist()
    (('macromolecule', 'lipid'), [3.0, 2.0])
    """
    known = {**MACROMOLECULES, **LIPIDS}
    unknown = [name for name in names if name not in known]
    if unknown:
        problem = f"there is no broad signal {', '.join(unknown)}"
        raise InputRefused("basis set", problem, f"choose among {', '.join(known)}")
    fids = np.zeros((len(names), acquisition.points), dtype=np.complex128)
    for row, name in enumerate(names):
        for ppm, width_ppm, protons in known[name]:
            hertz = (ppm - acquisition.centre_ppm) * acquisition.field_mhz
            width = math.pi * width_ppm * acquisition.field_mhz * acquisition.time_s
            decay = np.exp(-(width**2) / (4 * math.log(2)))
            fids[row] += protons * decay * np.exp(2j * np.pi * hertz * acquisition.time_s)
    kinds = tuple("macromolecule" if name in MACROMOLECULES else "lipid" for name in names)
    return Basis(tuple(names), fids, acquisition, kinds)
