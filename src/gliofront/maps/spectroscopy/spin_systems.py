"""The protons of brain metabolites: chemical shifts, couplings, counts, each with its source.

Shifts in ppm from DSS at 37 C and pH 7, couplings in Hz. Exchanging amide and amine protons that
are coupled to nothing else (Cr, PCr, Gln, GSH) are left out: they lie beyond 6 ppm, broad, and
outside what is fitted. Couplings within a group of equivalent protons have no effect and are left
out as well, and so is that of the choline methyls to 14N (0.6 Hz, never seen in vivo).

Sources
-------
G2000 : Govindaraju, Young, Maudsley, NMR Biomed 2000;13:129-153, with the corrections of Govind,
    Young, Maudsley, NMR Biomed 2015;28:923-924.
N2013 : Near et al., Magn Reson Med 2013;70:1183-1191 (GABA).
B2002 : Bal, Gryff-Keller, Magn Reson Chem 2002;40:533-536 (2-hydroxyglutarate), as used at 3 T by
    Choi et al., Nat Med 2012;18:624-629.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

Site = tuple[float, int]
"""Chemical shift in ppm, and the number of equivalent protons there."""

Coupling = tuple[int, int, float]
"""Two sites by their numbers from 0, and J in Hz."""

NUCLEI: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {"31P": (-0.5, 0.5), "14N": (-1.0, 0.0, 1.0)}
)
"""Spin states of the other nuclei that couple to protons; no pulse here touches them."""


@dataclass(frozen=True)
class SpinSystem:
    """The protons of a molecule.

    Parameters
    ----------
    name : as LCModel has it where it has one.
    sites : shift and number of protons of each group.
    couplings : between protons of two sites.
    others : (nucleus, ((site, Hz), ...)) of each nucleus other than 1H.
    source : of the numbers; see the head of this file.
    """

    name: str
    sites: tuple[Site, ...]
    couplings: tuple[Coupling, ...] = ()
    others: tuple[tuple[str, tuple[tuple[int, float], ...]], ...] = field(default=())
    source: str = "G2000"

    @property
    def protons(self) -> int:
        """Number of protons of one molecule that are simulated.

        >>> SPIN_SYSTEMS["NAA"].protons, SPIN_SYSTEMS["PCh"].protons
        (7, 13)
        """
        return sum(count for _, count in self.sites)


def _single(*shifts: float) -> tuple[Site, ...]:
    return tuple((shift, 1) for shift in shifts)


def _j(text: str) -> tuple[Coupling, ...]:
    """Read couplings from text such as ``"0-1 7.234, 0-2 -14.5"``."""
    couplings = []
    for item in text.split(","):
        sites, hertz = item.split()
        one, other = sites.split("-")
        couplings.append((int(one), int(other), float(hertz)))
    return tuple(couplings)


_SYSTEMS = (
    SpinSystem(
        "2HG",
        _single(4.022, 1.825, 1.977, 2.221, 2.272),
        _j("0-1 7.6, 0-2 4.1, 1-2 -14, 1-3 5.3, 1-4 10.4, 2-3 10.6, 2-4 6, 3-4 -15"),
        source="B2002",
    ),
    SpinSystem("Ala", ((1.4667, 3), (3.7746, 1)), _j("0-1 7.234")),
    SpinSystem("Asp", _single(3.8914, 2.8011, 2.6533), _j("0-1 3.647, 0-2 9.107, 1-2 -17.426")),
    SpinSystem(
        "Cho",
        ((3.185, 9), *_single(4.054, 4.054, 3.501, 3.501)),
        _j("1-3 3.14, 1-4 6.979, 2-3 7.011, 2-4 3.168"),
        (("14N", ((1, 2.572), (2, 2.681))),),
    ),
    SpinSystem("Cr", ((3.027, 3), (3.913, 2))),
    SpinSystem(
        "GABA",
        _single(2.284, 2.284, 1.888, 1.888, 3.013, 3.013),
        _j(
            "0-1 -15.938, 0-2 7.678, 0-3 6.98, 1-2 6.98, 1-3 7.678, 2-3 -15, 2-4 8.51,"
            " 2-5 6.503, 3-4 6.503, 3-5 8.51, 4-5 -14.062"
        ),
        source="N2013",
    ),
    SpinSystem(
        "Gln",
        _single(3.753, 2.129, 2.109, 2.432, 2.454),
        _j(
            "0-1 5.847, 0-2 6.5, 1-2 -14.504, 1-3 9.165, 1-4 6.347, 2-3 6.324,"
            " 2-4 9.209, 3-4 -15.371"
        ),
    ),
    SpinSystem(
        "Glu",
        _single(3.7433, 2.0375, 2.12, 2.3378, 2.352),
        _j(
            "0-1 7.331, 0-2 4.651, 1-2 -14.849, 1-3 6.413, 1-4 8.406, 2-3 8.478,"
            " 2-4 6.875, 3-4 -15.915"
        ),
    ),
    SpinSystem("Gly", ((3.548, 2),)),
    SpinSystem(
        "GPC",
        (*_single(3.605, 3.672, 3.903, 3.871, 3.946, 4.312, 4.312, 3.659, 3.659), (3.212, 9)),
        _j(
            "0-1 -14.78, 0-2 5.77, 1-2 4.53, 2-3 5.77, 2-4 4.53, 3-4 -14.78,"
            " 5-6 -9.32, 5-7 3.1, 5-8 5.9, 6-7 5.9, 6-8 3.1, 7-8 -9.32"
        ),
        (
            ("31P", ((3, 6.03), (4, 6.03), (5, 6.03), (6, 6.03))),
            ("14N", ((5, 2.67), (6, 2.67))),
        ),
    ),
    SpinSystem(
        "GSH",
        (
            *((3.769, 2), *_single(4.5608, 2.9264, 2.9747)),
            *_single(3.769, 2.159, 2.146, 2.51, 2.56),
        ),
        _j(
            "1-2 7.09, 1-3 4.71, 2-3 -14.06, 4-5 6.34, 4-6 6.36, 5-6 -15.48, 5-7 6.7,"
            " 5-8 7.6, 6-7 7.6, 6-8 6.7, 7-8 -15.92"
        ),
    ),
    SpinSystem(
        "Ins",
        _single(3.5217, 4.0538, 3.5217, 3.6144, 3.269, 3.6144),
        _j("0-1 2.889, 1-2 3.006, 2-3 9.997, 3-4 9.485, 4-5 9.482, 0-5 9.998"),
    ),
    SpinSystem("Lac", ((1.3142, 3), (4.0974, 1)), _j("0-1 6.933")),
    SpinSystem(
        "NAA",
        ((2.008, 3), *_single(4.3817, 2.6727, 2.4863, 7.8205)),
        _j("1-2 3.861, 1-3 9.821, 2-3 -15.592, 1-4 6.4"),
    ),
    SpinSystem(
        "NAAG",
        (
            *((2.042, 3), *_single(4.607, 2.721, 2.519, 8.26)),
            *_single(4.128, 1.881, 2.049, 2.19, 2.18, 7.95),
        ),
        _j(
            "1-2 4.412, 1-3 9.515, 2-3 -15.91, 1-4 7.32, 5-6 8.42, 5-7 4.61,"
            " 6-7 -14.28, 6-8 11.11, 6-9 4.9, 7-8 6.09, 7-9 10.56, 8-9 -15.28,"
            " 5-10 7.46"
        ),
    ),
    SpinSystem(
        "PCh",
        (*_single(4.2805, 4.2805, 3.641, 3.641), (3.208, 9)),
        _j("0-1 -14.89, 0-2 2.284, 0-3 7.231, 1-2 7.326, 1-3 2.235, 2-3 -14.19"),
        (
            ("31P", ((0, 6.298), (1, 6.249))),
            ("14N", ((0, 2.68), (1, 2.772))),
        ),
    ),
    SpinSystem("PCr", ((3.029, 3), (3.93, 2))),
    SpinSystem(
        "PE",
        _single(3.9765, 3.9765, 3.216, 3.216),
        _j("0-1 -14.56, 0-2 3.182, 0-3 6.716, 1-2 7.204, 1-3 2.98, 2-3 -14.71"),
        (("31P", ((0, 7.288), (1, 7.088))), ("14N", ((0, 0.464), (1, 0.588)))),
    ),
    SpinSystem("sIns", ((3.34, 6),)),
    SpinSystem(
        "Tau",
        _single(3.4206, 3.4206, 3.2459, 3.2459),
        _j("0-1 -12.438, 0-2 6.742, 0-3 6.464, 1-2 6.403, 1-3 6.792, 2-3 -12.93"),
    ),
)

SPIN_SYSTEMS: Mapping[str, SpinSystem] = MappingProxyType(
    {system.name: system for system in _SYSTEMS}
)
"""Name to spin system."""
