"""Where a patient's tumour came back, as far as it is known: from a mask, or from a later scan."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gliofront.cohort.bids import mask_path
from gliofront.image.reading import read_volume
from gliofront.image.volume import BoolArray, Float32Array
from gliofront.workflow.derivatives import SESSION
from gliofront.workflow.follow_up_files import (
    LABEL,
    SEEN,
    follow_up_path,
    soft_label_path,
)
from gliofront.workflow.prepared import Prepared
from gliofront.workflow.prepared_files import load_mask


@dataclass(frozen=True, eq=False)
class ProgressionLabel:
    """Where the tumour came back, on the working grid.

    Parameters
    ----------
    progression : (X, Y, Z).
    known : (X, Y, Z), where anything is known; beyond the view of a later scan nothing is.
    doubt : (X, Y, Z), share of the repeats of the alignment that contradict `progression`, 0 to 1.
    """

    progression: BoolArray
    known: BoolArray
    doubt: Float32Array


def given_label(prepared: Prepared) -> ProgressionLabel | None:
    """Return what a mask of progression tells; None without one."""
    progression = prepared.masks.get(LABEL)
    if progression is None:
        return None
    everywhere = np.ones_like(progression)
    return ProgressionLabel(progression, everywhere, np.zeros(progression.shape, np.float32))


def told_label(root: Path, patient: str) -> ProgressionLabel | None:
    """Return what the scan at progression told; None if there is none.

    Raises
    ------
    InputRefused
        If a file of it is damaged.
    """
    if not soft_label_path(root, patient).exists():
        return None
    progression = load_mask(mask_path(root, patient, SESSION, LABEL, space="T1C"), LABEL)
    seen = load_mask(follow_up_path(root, patient, *SEEN), "seen")
    share = read_volume(soft_label_path(root, patient), "soft label", max_undefined=1.0)[0].data
    hard = progression.mask(LABEL)
    doubt = np.where(hard, 1 - share, share).astype(np.float32)
    return ProgressionLabel(hard, seen.mask("seen"), np.clip(np.nan_to_num(doubt), 0, 1))


def known_label(root: Path, patient: str, prepared: Prepared) -> ProgressionLabel | None:
    """Return what is known of a prepared patient's progression: a mask goes before a later scan."""
    return given_label(prepared) or told_label(root, patient)
