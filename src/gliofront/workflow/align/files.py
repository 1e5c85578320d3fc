"""The files that are written of two visits."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from gliofront.alignment.displacement import Displacement
from gliofront.image.series import Series
from gliofront.image.writing import (
    write_bytes,
    write_json,
    write_labels,
    write_series,
    write_text,
    write_volume,
)
from gliofront.report.flicker import draw_flicker
from gliofront.workflow.align.carried import csv_text, point_facts, point_rows
from gliofront.workflow.align.picture import flicker_of
from gliofront.workflow.align.request import POINTS, AlignRequest
from gliofront.workflow.align.result import PairResult
from gliofront.workflow.derivatives import Provenance
from gliofront.workflow.intake import sha256_of
from gliofront.workflow.visit_checks import covered_share

_FIELD = (
    "Three values a voxel: a movement in mm along R, A, S of the place at its centre, in the "
    "pre-operative world. Between voxels they are linear, beyond the grid the nearest holds. "
)
_PULL = "A place x before surgery lies at RigidRasMm (x + pull(x)) in the follow-up scan's world."
_PUSH = "A place y of the follow-up scan was at z + push(z) before surgery, z = RigidRasMm^-1 y."


def save_pair(folder: Path, result: PairResult, request: AlignRequest) -> None:
    """Write everything that is known of two visits into a folder."""
    provenance = _provenance(result, request)
    _save_images(folder, result)
    _save_fields(folder, result, provenance)
    if result.points is not None:
        write_text(folder / POINTS, csv_text(point_rows(result.points, request.convention)))
    write_bytes(folder / "flicker.png", draw_flicker(flicker_of(result)))
    write_json(folder / "alignment.json", provenance.sidecar(**_facts(result, request)))


def _provenance(result: PairResult, request: AlignRequest) -> Provenance:
    sources = {f"{what} {path.name}": sha256_of(path) for what, path in request.sources.items()}
    findings = [asdict(finding) for finding in result.findings]
    settings = request.settings.model_dump(mode="json")
    return Provenance(sources, settings, "align", {"Findings": findings})


def _save_images(folder: Path, result: PairResult) -> None:
    follow_up = result.found.visits.volume_onto(result.after.read.t1c, result.native)
    write_volume(folder / "followup_in_preop.nii.gz", follow_up)
    write_labels(folder / "progression.nii.gz", result.progression)
    write_labels(folder / "cavity_in_preop.nii.gz", result.cavity)
    for when, lesion in result.lesions().items():
        write_labels(folder / f"lesion_{when}.nii.gz", lesion)


def _save_fields(folder: Path, result: PairResult, provenance: Provenance) -> None:
    visits = result.found.visits
    rigid = visits.rigid.tolist()
    for name, move, meaning in (("pull", visits.pull, _PULL), ("push", visits.push, _PUSH)):
        write_series(folder / f"{name}.nii.gz", _series(move))
        facts = {"Meaning": _FIELD + meaning, "Units": "mm", "RigidRasMm": rigid}
        write_json(folder / f"{name}.json", provenance.sidecar(**facts))


def _series(move: Displacement) -> Series:
    return Series(move.grid, move.data, "displacement", "mm")


def _facts(result: PairResult, request: AlignRequest) -> dict[str, Any]:
    found, rigid = result.found, result.found.rigid
    facts: dict[str, Any] = {
        "Chosen": found.chosen,
        "Scores": {
            name: {"Likeness": score.likeness, "Overlap": score.overlap}
            for name, score in found.scores.items()
        },
        "Rigid": {
            "PullRasMm": rigid.pull.tolist(),
            "Quality": rigid.quality,
            "NormalisedMutualInformation": rigid.nmi,
            "Start": rigid.start,
        },
        "SmallestJacobian": found.smallest_jacobian,
        "FoldedVoxels": found.folded,
        "InverseErrorMm": found.inverse_mm,
        "CoveredShare": covered_share(result.before, result.after, rigid.pull),
        "VolumesMl": {name: round(volume, 3) for name, volume in result.volumes_ml().items()},
        "Origins": {
            "LesionBefore": result.regions.tumour.origin,
            "LesionAtFollowUp": result.regions.lesion.origin,
            "CavityAtFollowUp": result.regions.cavity.origin,
        },
    }
    if result.points is not None:
        facts["Points"] = point_facts(result.points, request.convention)
    return facts
