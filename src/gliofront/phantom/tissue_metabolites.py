"""Metabolites of each tissue and how they relax: the spectroscopic half of the table of values.

Concentrations are those of living tissue, mmol/L; nothing was chosen by looking at the score of
any model. See `gliofront.phantom.tissue_signals` for the other half.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

METABOLITES = ("tNAA", "tCr", "tCho", "Ins", "Glu", "Gln", "Lac", "minor", "Lip", "MM")
"""What a voxel holds: sums of NAA and NAAG, of creatine and phosphocreatine, of phosphocholine and
glycerophosphocholine; minor, Lip and MM are amounts of the patterns below."""


@dataclass(frozen=True)
class TissueMetabolites:
    """Contents of a pure tissue.

    Parameters
    ----------
    amounts : of each of `METABOLITES`, mmol/L; of minor, Lip and MM, multiples of their pattern.
    source : where they come from.
    """

    amounts: Mapping[str, float]
    source: str


def _row(source: str, *amounts: float) -> TissueMetabolites:
    named = dict(zip(METABOLITES, amounts, strict=True))
    return TissueMetabolites(MappingProxyType(named), source)


WHITE_METABOLITES = _row(
    "NAA 8 to 9, creatine 5 to 6 mmol/L: Michaelis et al., NMR Biomed 5:193-199, 1992; NAA even "
    "throughout the brain, NAAG higher in white matter, creatine, inositol, glutamate and "
    "glutamine lower than in grey: Pouwels and Frahm, Magn Reson Med 39:53-60, 1998. Others: "
    "order of.",
    *(9.5, 5.5, 1.7, 4.0, 6.0, 2.0, 0.6, 1.0, 0.0, 1.0),
)
GREY_METABOLITES = _row(
    "As white matter, after Michaelis et al. 1992 and Pouwels and Frahm 1998; figures rounded, "
    "order of.",
    *(9.0, 7.0, 1.3, 5.0, 9.0, 3.0, 0.6, 1.0, 0.0, 1.0),
)
OEDEMA_METABOLITES = _row(
    "White matter thinned by a fifth with water: assumed.",
    *(7.5, 4.5, 1.4, 3.3, 4.8, 1.8, 1.5, 0.8, 0.0, 0.8),
)
TUMOUR_METABOLITES = _row(
    "Choline above white matter and highly variable in glioblastomas, lipids and lactate growing "
    "with grade: Howe et al., Magn Reson Med 49:223-232, 2003. Lactate 7.0 +- 4.7 mmol/L in high "
    "grades: Madan et al., Magn Reson Med 73:2094-2099, 2015. Creatine falls with malignancy, NAA "
    "is that of remaining brain: Kinoshita and Yokota, NMR Biomed 10:2-12, 1997. NAA over choline "
    "falls steadily from 1.56 opposite a glioma to 1.00 at its border and 0.47 within (signals, "
    "AJNR 2006, PMC7977530; glioblastomas lie lower). Figures: order of, assumed.",
    *(1.8, 4.0, 3.2, 4.0, 3.0, 3.5, 7.0, 1.0, 0.5, 1.0),
)
NECROSIS_METABOLITES = _row(
    "Choline and creatine are diluted as lipids and lactate grow: Howe et al. 2003. Figures: "
    "assumed.",
    *(0.3, 0.6, 0.6, 0.5, 0.5, 0.8, 10.0, 0.3, 2.0, 0.8),
)
FLUID_METABOLITES = _row(
    "Lactate and glutamine of cerebrospinal fluid, order of; nothing else: assumed.",
    *(0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 1.5, 0.0, 0.0, 0.0),
)


@dataclass(frozen=True)
class MetaboliteVariation:
    """Spread between patients (log-normal sigma); all assumed.

    Parameters
    ----------
    healthy : of each metabolite in tissue that is no tumour.
    tumour : of each metabolite in tumour, wide for choline as Howe et al. 2003 found.
    lipids : of lipids in tumour and necrosis.
    """

    healthy: float = 0.06
    tumour: float = 0.25
    lipids: float = 0.6


METABOLITE_VARIATION = MetaboliteVariation()

PARTS: Mapping[str, Mapping[str, float]] = MappingProxyType({
    "tNAA": {"NAA": 0.85, "NAAG": 0.15},
    "tCr": {"Cr": 0.6, "PCr": 0.4},
    "tCho": {"GPC": 0.6, "PCh": 0.4},
    "minor": {
        "GSH": 1.5, "Asp": 1.5, "GABA": 1.2, "Tau": 1.2, "Gly": 0.6, "Ala": 0.4, "sIns": 0.3,
    },
    "Lip": {"Lip09": 9.0, "Lip13a": 30.0, "Lip13b": 10.0, "Lip20": 5.0},
    "MM": {"MM09": 8.0, "MM12": 2.4, "MM14": 6.0, "MM17": 4.0, "MM20": 13.0},
})  # fmt: skip
"""What the signals of a basis are to a sum, per unit of it; assumed, order of measured spectra."""

RELAXATION: Mapping[str, tuple[float, float]] = MappingProxyType({
    "tNAA": (1.35, 295.0), "tCr": (1.24, 156.0), "tCho": (1.08, 187.0), "Lac": (1.2, 240.0),
    "Lip": (0.4, 80.0), "MM": (0.3, 40.0),
})  # fmt: skip
"""T1 in s and T2 in ms at 3 T: Mlynarik et al., NMR Biomed 14:325-331, 2001; T2 of lactate in
gliomas: Madan et al. 2015; T1 of lactate, lipids and macromolecules: assumed."""

OTHER_RELAXATION = (1.2, 180.0)
"""Of what is not named above: assumed, about the others'."""
