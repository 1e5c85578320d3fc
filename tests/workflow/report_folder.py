"""An output folder of a few tiny patients, as a run leaves it, made without running anything."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gliofront.cohort.tables import table_text
from gliofront.image.grid import Grid
from gliofront.image.volume import LabelVolume, Volume
from gliofront.image.writing import write_bytes, write_json, write_text
from gliofront.learning.context import VoxelContext
from gliofront.learning.table import PatientVoxels
from gliofront.learning.table_files import write_table
from gliofront.regions.shells import distance_outside, shells
from gliofront.report.preview import Scene, draw_preview
from gliofront.workflow.derivatives import (
    Provenance,
    probability_path,
    save_dataset,
    save_prepared,
    save_volume,
    table_index,
)
from gliofront.workflow.prepared import Prepared
from gliofront.workflow.settings import StudySettings, settings_text
from gliofront.workflow.summary import grid_facts, preview_path, summary_path

SHAPE = (24, 28, 22)
GRID = Grid(np.diag([4.0, 4.0, 4.0, 1.0]), SHAPE)
PROVENANCE = Provenance({}, {}, "test")


def _ball(centre, radius):
    at = np.indices(SHAPE).astype(float)
    return sum((a - c) ** 2 for a, c in zip(at, centre, strict=True)) <= radius**2


def _prepared() -> Prepared:
    brain, tumour = _ball((12, 14, 11), 10), _ball((8, 14, 11), 2)
    distance = distance_outside(tumour, GRID)
    rings = shells(np.where(brain, distance, 0), GRID)
    noise = np.random.default_rng(0).normal(size=SHAPE) + 2 * tumour
    maps = {
        name: Volume(GRID, np.where(brain, noise, np.nan), name, unit)
        for name, unit in (("T1C", "NAWM z"), ("FLAIR", "NAWM z"), ("ADC", "mm2/s"))
    }
    masks = {
        "brain": brain,
        "enhancing": tumour,
        "NAWM": _ball((16, 14, 11), 2),
        "peritumoural": rings.data > 0,
        "progression": (rings.data > 0) & _ball((8, 18, 11), 2),
    }
    tissue = LabelVolume(GRID, brain.astype(np.uint8), {1: "white matter"})
    return Prepared(GRID, GRID, maps, masks, distance, rings, tissue)


def write_patient(out: Path, patient: str) -> None:
    """Write a patient with maps, masks, voxel table, map of progression and picture."""
    prepared = _prepared()
    save_prepared(out, patient, prepared, PROVENANCE)
    write_json(summary_path(out, patient), _summary(patient, prepared))
    table = _table(patient, prepared)
    write_table(table_index(out, patient), table)
    data = np.full(SHAPE, np.nan)
    data[tuple(table.voxel.T)] = np.exp(-table.distance_mm / 10)
    chance = Volume(GRID, data, "progression probability", "probability")
    told = Provenance({}, {}, "map", {"Model": "boosted", "Prediction": "held out in fold-1"})
    save_volume(probability_path(out, patient, "boosted", space="T1C"), chance, told)
    scene = Scene(
        prepared.maps["T1C"],
        prepared.masks["brain"],
        prepared.masks["enhancing"],
        prepared.shells,
        chance,
        None,
        patient,
    )
    write_bytes(preview_path(out, patient), draw_preview(scene))


def _summary(patient: str, prepared: Prepared) -> dict[str, object]:
    volumes = {n: np.count_nonzero(m) * GRID.voxel_ml for n, m in prepared.masks.items()}
    return {
        "Patient": f"sub-{patient}",
        "Maps": sorted(prepared.maps),
        "MissingMaps": ["rCBV"],
        "Sources": {"t1c.nii.gz": "0" * 64},
        "Tumour": {"Outline": "given labels"},
        "VolumesMl": volumes,
        "NativeGrid": grid_facts(GRID),
        "WorkingGrid": grid_facts(GRID),
    }


def _table(patient: str, prepared: Prepared) -> PatientVoxels:
    voxel = np.argwhere(prepared.masks["peritumoural"])
    at = tuple(voxel.T)
    return PatientVoxels(
        patient=patient,
        site="A",
        voxel_ml=GRID.voxel_ml,
        names=("T1C_firstorder_mean",),
        features=np.zeros((len(voxel), 1), np.float32),
        voxel=voxel,
        label=prepared.masks["progression"][at],
        shell=prepared.shells.data[at],
        distance_mm=prepared.distance_mm[at],
        doubt=np.zeros(len(voxel)),
        context=VoxelContext.unknown(len(voxel)),
    )


def write_folder(out: Path, patients: tuple[str, ...], failed: tuple[str, ...] = ()) -> None:
    """Write what a study of these patients leaves."""
    for patient in patients:
        write_patient(out, patient)
    save_dataset(out, settings_text(StudySettings()))
    people = [
        {"participant_id": f"sub-{name}", "site": "A", "partition": "train", "status": "complete"}
        for name in (*patients, *failed)
    ]
    write_text(out / "participants.tsv", table_text(people))
    write_text(out / "findings.tsv", table_text(_findings(patients, failed)))
    _write_group(out / "group", patients)


def _findings(patients, failed) -> list[dict[str, str]]:
    odd = ("warning", "outline-differs", "labels", "the outline differs", "look at it")
    bad = ("error", "refused", "t1c.nii.gz", "the file is <b>HTML</b>", "download it again")
    columns = ("patient", "level", "code", "subject", "problem", "mend")
    told = [(patients[0], odd), *((name, bad) for name in failed)]
    return [dict(zip(columns, (f"sub-{n}", *found), strict=True)) for n, found in told]


def _write_group(group: Path, patients: tuple[str, ...]) -> None:
    score = {"predictor": "model", "score": "auroc", "mean": 0.8, "low": 0.7, "high": 0.9}
    gain = {"predictor": "model", "margin_mm": 15, "informative": 2, "gain": 0.02}
    gain |= {"gain_low": 0.01, "gain_high": 0.03}
    rows = {
        "scores": [score | {"predictor": "distance"}, score],
        "coverage": [gain, gain | {"predictor": "distance"}],
        "leakage": [{"split": "voxel", "auroc": 0.99}],
        "calibration": [{"predictor": "model", "slope": 1.1}],
        "patients": [{"patient": name, "site": "A", "model_auroc": 0.8} for name in patients],
    }
    for name, table in rows.items():
        write_text(group / f"{name}.tsv", table_text(table))
    write_json(group / "skill.json", {"Headline": "Skill over distance: AUROC +0.050."})
    write_json(group / "canary.json", {"permuted": {"auroc": 0.5}})
    write_bytes(group / "figure.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>")
