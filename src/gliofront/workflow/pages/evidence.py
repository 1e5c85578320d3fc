"""What a run can say to reporting checklists: one sentence a kind of evidence, if it is known."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from gliofront import __version__
from gliofront.report.page.html import Rows
from gliofront.workflow.settings import StudySettings

_SPLITS = {
    "patients": "Patient-grouped folds ({folds}); no patient is on both sides of a split.",
    "sites": "Each site left out in turn; no patient is on both sides of a split.",
}


def evidence_of(
    settings: StudySettings | None,
    group: Path,
    participants: Sequence[Mapping[str, str]],
    maps: Collection[str],
    failed: Sequence[str],
) -> dict[str, str]:
    """Return the evidence by kind, as the checklists name it; unknown kinds are left out.

    Parameters
    ----------
    settings : of the run; None if they are not known.
    group : folder of the cohort's tables.
    participants : rows of participants.tsv.
    maps : images that were used in at least one patient.
    failed : patients that could not be done.
    """
    return {
        "checklists": "These tables.",
        "software": f"gliofront {__version__}; settings, seeds and hashes stand under Run.",
        **_of_people(participants, failed),
        **_of_tables(group),
        **({} if settings is None else _of_settings(settings, maps)),
    }


def _of_people(participants: Rows, failed: Sequence[str]) -> dict[str, str]:
    found = {"failures": f"Failed: {', '.join(failed)}." if failed else "No patient failed."}
    if not participants:
        return found
    sites = sorted({str(row.get("site") or "not named") for row in participants})
    external = sum(row.get("partition") == "external" for row in participants)
    found["participants"] = (
        f"{len(participants)} patients, {len(failed)} failed; table Patients has the volume of "
        "progression of each."
    )
    found["sites"] = f"{len(sites)} site(s): {', '.join(sites)}."
    if external:
        found["external"] = f"{external} patients of the external partition, judged apart."
    return found


def _of_tables(group: Path) -> dict[str, str]:
    """Return what can be read in tables that are there."""
    told = {
        "performance": ("scores.tsv", "Means over patients with intervals: Model and nulls."),
        "nulls": ("scores.tsv", "Every score stands beside nulls: distance, margins, single maps."),
        "calibration": ("calibration.tsv", "Slope, intercept and errors: table Calibration."),
        "leakage": ("leakage*.tsv", "The same model under other splits: Leakage laboratory."),
    }
    return {kind: text for kind, (name, text) in told.items() if any(group.glob(name))}


def _of_settings(settings: StudySettings, maps: Collection[str]) -> dict[str, str]:
    texture, split = settings.texture, settings.evaluation
    used = ", ".join(maps) or "none"
    return {
        "split": _SPLITS[split.split].format(folds=split.folds),
        "preparation": (
            "Aligned to T1C, bias-corrected, in units of normal-appearing white matter, on a grid "
            f"of {settings.grid.spacing_mm:g} mm; each patient's summary.json has quality figures."
        ),
        "predictors": (
            f"IBSI first-order and texture features of {used}, radius {texture.radius} voxels, "
            f"{texture.levels} grey levels."
        ),
        "missing": "A map that a patient lacks is undefined for the model, told and counted.",
        "outcome": "Enhancement at first progression outside the enhancement before surgery.",
        "model": f"Model {settings.model_name}; its card lies in the folder models.",
        "threshold": "Probability a voxel; the threshold was chosen in training patients.",
    }
