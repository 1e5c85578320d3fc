"""BIDS names: where each file of a patient lies, in a cohort and in an output folder."""

from __future__ import annotations

from pathlib import Path

from gliofront.cohort.sequences import SEQUENCES


def beside(path: Path, end: str) -> Path:
    """Return the path of a file that belongs to an image: the same name with another end.

    >>> beside(Path("sub-1_dwi.nii.gz"), ".bval").name
    'sub-1_dwi.bval'
    """
    return path.with_name(path.name.removesuffix(".gz").removesuffix(".nii") + end)


def stem(patient: str, session: str, *entities: str) -> str:
    """Join patient, session and entities as BIDS does; empty entities are left out.

    >>> stem("001", "preop", "space-T1C", "", "T1w")
    'sub-001_ses-preop_space-T1C_T1w'
    """
    parts = [f"sub-{patient}", f"ses-{session}", *entities]
    return "_".join(p for p in parts if p)


def session_folder(root: Path, patient: str, session: str, folder: str) -> Path:
    """Return ``root/sub-X/ses-S/folder``."""
    return root / f"sub-{patient}" / f"ses-{session}" / folder


def scan_path(root: Path, patient: str, session: str, sequence: str) -> Path:
    """Return the path of a scan, or of a map that is already made, in a cohort folder.

    >>> scan_path(Path("bids"), "001", "preop", "T1C").as_posix()
    'bids/sub-001/ses-preop/anat/sub-001_ses-preop_ce-gadolinium_T1w.nii.gz'
    """
    kind = SEQUENCES[sequence]
    name = stem(patient, session, kind.entities, kind.suffix) + ".nii.gz"
    return session_folder(root, patient, session, kind.folder) / name


def mask_path(root: Path, patient: str, session: str, label: str, *, space: str = "") -> Path:
    """Return the path of a mask of one label, such as brain, enhancing or progression.

    >>> mask_path(Path("b"), "1", "preop", "brain").name
    'sub-1_ses-preop_label-brain_mask.nii.gz'
    """
    entity = f"space-{space}" if space else ""
    name = stem(patient, session, entity, f"label-{label}", "mask") + ".nii.gz"
    return session_folder(root, patient, session, "anat") / name


def tumour_labels_path(root: Path, patient: str, session: str) -> Path:
    """Return the path of the tumour's labels; a ``.tsv`` beside it (index, name) names them."""
    name = stem(patient, session, "seg-tumour", "dseg") + ".nii.gz"
    return session_folder(root, patient, session, "anat") / name
