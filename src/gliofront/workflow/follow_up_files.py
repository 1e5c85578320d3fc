"""The scan at progression from files to files: label, soft label, transform, quality."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gliofront.alignment.longitudinal import chosen_text
from gliofront.cohort.bids import mask_path, session_folder, stem
from gliofront.cohort.patient import Patient
from gliofront.cohort.sequences import REFERENCE
from gliofront.foundation.findings import Level
from gliofront.image.series import Series
from gliofront.image.volume import LabelVolume, Volume
from gliofront.image.writing import write_bytes, write_json, write_series
from gliofront.report.flicker import Flicker, draw_flicker
from gliofront.workflow.derivatives import (
    SESSION,
    Provenance,
    save_labels,
    save_volume,
    with_sidecars,
)
from gliofront.workflow.follow_up import Progressed, find_progression
from gliofront.workflow.intake import read_visit
from gliofront.workflow.job import Made
from gliofront.workflow.prepared import Prepared
from gliofront.workflow.prepared_files import load_prepared
from gliofront.workflow.settings import StudySettings

LABEL = "progression"
SEEN = ("space-T1C", "label-seen", "mask.nii.gz")
FOLLOW_UP_SESSION = "progression"


def soft_label_path(root: Path, patient: str) -> Path:
    """Return the path of the soft label of progression.

    >>> soft_label_path(Path("out"), "1").name
    'sub-1_ses-preop_space-T1C_label-progression_desc-soft_probseg.nii.gz'
    """
    name = stem(patient, SESSION, "space-T1C", f"label-{LABEL}", "desc-soft", "probseg")
    return session_folder(root, patient, SESSION, "anat") / f"{name}.nii.gz"


def follow_up_path(root: Path, patient: str, *parts: str) -> Path:
    """Return the path of a file of the visit at progression.

    >>> follow_up_path(Path("out"), "1", *SEEN).name
    'sub-1_ses-progression_space-T1C_label-seen_mask.nii.gz'
    """
    folder = session_folder(root, patient, FOLLOW_UP_SESSION, "anat")
    return folder / f"{stem(patient, FOLLOW_UP_SESSION, *parts)}"


def flicker_path(root: Path, patient: str) -> Path:
    """Return the path of the picture of the two visits on each other."""
    return root / f"sub-{patient}" / "follow-up.png"


def follow_up_files(
    *, out: Path, patient: Patient, settings: StudySettings, used: Mapping[str, Any]
) -> Made:
    """Write where the tumour came back, how sure that is, and how the two scans lie."""
    if patient.follow_up is None:
        raise RuntimeError(f"sub-{patient.id} has no scan at progression")
    intake, findings = read_visit(settings, patient.follow_up, needs_tumour=False)
    prepared = load_prepared(out, patient.id)
    told = find_progression(settings, prepared, intake)
    provenance = Provenance(intake.sources, used, "follow-up")
    written = [
        *_save_labels(out, patient.id, told, provenance),
        *_save_transform(out, patient.id, told, provenance),
    ]
    write_bytes(flicker_path(out, patient.id), draw_flicker(_scene(prepared, told)))
    written.append(flicker_path(out, patient.id))
    return Made(with_sidecars(written), (*findings, *told.findings))


def _save_labels(root: Path, patient: str, told: Progressed, provenance: Provenance) -> list[Path]:
    grid = told.t1c.grid
    hard = LabelVolume.from_mask(grid, told.progression, LABEL)
    cavity = LabelVolume.from_mask(grid, told.cavity, "cavity")
    seen = LabelVolume.from_mask(grid, told.seen, "seen")
    # Beyond the view of the scan nothing is known, which is not the same as no progression.
    share = np.where(told.brain & ~told.seen, np.nan, told.share).astype(np.float32)
    soft = Volume(grid, share, "progression", "share of repeats")
    return [
        save_labels(mask_path(root, patient, SESSION, LABEL, space="T1C"), hard, provenance),
        save_volume(soft_label_path(root, patient), soft, provenance),
        save_labels(
            follow_up_path(root, patient, "space-T1C", "seg-progression", "dseg.nii.gz"),
            told.parts,
            provenance,
        ),
        save_labels(
            follow_up_path(root, patient, "space-T1C", "label-cavity", "mask.nii.gz"),
            cavity,
            provenance,
        ),
        save_labels(follow_up_path(root, patient, *SEEN), seen, provenance),
        save_volume(
            follow_up_path(root, patient, "ce-gadolinium", "space-T1C", "T1w.nii.gz"),
            told.t1c,
            provenance,
        ),
    ]


def _save_transform(
    root: Path, patient: str, told: Progressed, provenance: Provenance
) -> list[Path]:
    visits, found = told.found.visits, told.found
    written = []
    for name, move in (("from-T1C_to-progression", visits.pull), ("inverse", visits.push)):
        path = follow_up_path(root, patient, f"{name}", "mode-points", "xfm.nii.gz")
        write_series(path, Series(move.grid, move.data, "displacement", "mm"))
        written.append(path)
    quality = {
        "RigidRasMm": visits.rigid.tolist(),
        "Meaning": "a place x before surgery lies at rigid(x + displacement(x)); the way back is "
        "x = z + inverse(z) with z = rigid^-1(y); RAS+ mm",
        "Chosen": found.chosen,
        "Scores": {
            name: {"Likeness": score.likeness, "Overlap": score.overlap}
            for name, score in found.scores.items()
        },
        "Repeats": len(found.variants),
        "SmallestJacobian": found.smallest_jacobian,
        "FoldedVoxels": found.folded,
        "InverseErrorMm": found.inverse_mm,
        "RigidQuality": found.rigid.quality,
        "VolumesMl": {
            "progression": float(np.count_nonzero(told.progression)) * told.t1c.grid.voxel_ml,
            "soft": float(told.share.sum()) * told.t1c.grid.voxel_ml,
        },
    }
    path = follow_up_path(root, patient, "desc-alignment", "quality.json")
    write_json(path, provenance.sidecar(**quality))
    return [*written, path]


def _scene(prepared: Prepared, told: Progressed) -> Flicker:
    """Return what the picture of the two visits shows."""
    volumes = {
        "tumour before": prepared.masks["enhancing"],
        "cavity": told.cavity,
        "progression": told.progression,
    }
    ml = prepared.grid.voxel_ml
    warned = [f.code.replace("-", " ") for f in told.findings if f.level is not Level.NOTE]
    return Flicker(
        before=prepared.maps[REFERENCE],
        rigid=told.rigid_t1c,
        aligned=told.t1c,
        brain=told.brain,
        tumour=prepared.masks["enhancing"],
        cavity=told.cavity,
        progression=told.progression,
        cavity_rigid=told.rigid_cavity,
        title="scan at progression onto the scan before surgery",
        notes=(
            chosen_text(told.found.chosen),
            *(f"{name} {np.count_nonzero(mask) * ml:.1f} mL" for name, mask in volumes.items()),
        ),
        warnings=tuple(f"warning: {what}" for what in dict.fromkeys(warned)),
    )
