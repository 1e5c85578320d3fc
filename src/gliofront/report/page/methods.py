"""The methods in a paragraph, with citations; their BibTeX lies in ``references.bib``."""

from __future__ import annotations

from collections.abc import Collection

from gliofront import __version__
from gliofront.report.page.document import part

_OF_MAPS = (
    (
        {"p", "q"},
        "The diffusion tensor was parted into an isotropic (p) and an anisotropic (q) part "
        "(Pena et al., 2006).",
    ),
    (
        {"rCBV"},
        "rCBV is relative to contralateral normal-appearing white matter; where it was made from "
        "a bolus series, leakage was corrected (Boxerman et al., 2006).",
    ),
)


_MODEL = (
    "First-order and texture features of the neighbourhood of each such voxel (Zwanenburg et al., "
    "2020) were given to a model trained on patients whose first progression is known, in the "
    "manner of Yan et al. (2020)."
)


def patient_methods(maps: Collection[str], *, mapped: bool = True) -> str:
    """Return how a patient with these images was prepared and mapped, in a paragraph.

    Parameters
    ----------
    maps : names of the images.
    mapped : whether there is a map of progression.
    """
    used = [sentence for names, sentence in _OF_MAPS if names & set(maps)]
    return " ".join(
        [
            f"Images ({', '.join(maps)}) were processed with gliofront {__version__}: aligned "
            "rigidly to the contrast-enhanced T1 (T1C) and resampled to its grid, bias-corrected "
            "(N4; Tustison et al., 2010), and, where intensities are relative, put into units of "
            "contralateral normal-appearing white matter.",
            *used,
            "Peritumoural voxels lie in the brain outside the enhancing tumour and its necrosis, "
            "within the outermost shell, and not in cerebrospinal fluid.",
            *([_MODEL] if mapped else []),
        ]
    )


def cohort_methods(maps: Collection[str]) -> str:
    """Return how a model was trained and judged, in a paragraph."""
    return " ".join(
        [
            patient_methods(maps),
            "Where progression was found from a later scan, that scan was aligned to the "
            "pre-operative one in two stages, linear and then non-linear (Avants et al., 2008). "
            "No patient is on both sides of a split, and everything fitted was fitted in the "
            "training patients alone. Intervals are percentile intervals of a bootstrap over "
            "patients (Efron and Tibshirani, 1993). Skill is the model's score minus that of the "
            "distance to the enhancing tumour in the same patients. Coverage is the share of the "
            "progression inside a plan, compared with a margin of the same volume.",
        ]
    )


def bibtex() -> str:
    """Return the references as BibTeX."""
    return part("references.bib")
