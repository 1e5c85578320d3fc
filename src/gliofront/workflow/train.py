"""Learn from prepared patients: folds, scores and the model, without their scans."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gliofront.evaluation.summary import Summary, summarise
from gliofront.foundation.errors import InputRefused
from gliofront.image.writing import write_text
from gliofront.learning.classifiers.kinds import refuse_what_is_not_installed
from gliofront.learning.table import PatientVoxels
from gliofront.learning.table_files import read_table
from gliofront.workflow.cohort_checks import check_training
from gliofront.workflow.cohort_files import EXTERNAL, read_folds
from gliofront.workflow.derivatives import table_index
from gliofront.workflow.job import GROUP
from gliofront.workflow.jobs import Jobs
from gliofront.workflow.predict import scanned_maps
from gliofront.workflow.prepared_features import prepared_patients
from gliofront.workflow.run import How, run_in
from gliofront.workflow.settings import (
    StudySettings,
    checked_settings,
    load_settings,
    settings_text,
)
from gliofront.workflow.study import labelled, learning_jobs, partitions_of

Told = Callable[[str], None]


@dataclass(frozen=True)
class Learned:
    """What was learned.

    Parameters
    ----------
    model : folder of the model.
    summary, external : scores of patients held out in turn, and of the external partition.
    """

    model: Path
    summary: Summary
    external: Summary | None


def tabled_patients(out: Path) -> list[str]:
    """Return the ids of the patients of an output folder who have a voxel table, sorted.

    Raises
    ------
    InputRefused
        If there is none.
    """
    patients = [p.id for p in prepared_patients(out) if table_index(out, p.id).exists()]
    if not patients:
        mend = "run gliofront features OUT first, or gliofront study"
        raise InputRefused(out, "no prepared patient has a voxel table", mend)
    return patients


def voxel_tables(out: Path) -> dict[str, PatientVoxels]:
    """Return the voxel tables of an output folder by patient, memory-mapped.

    Every byte of them is read once, to be verified.

    Raises
    ------
    InputRefused
        If there is none, or one is damaged.
    """
    return {patient: read_table(table_index(out, patient)) for patient in tabled_patients(out)}


def learning_settings(
    out: Path, given: Path | None, kind: str | None, name: str | None
) -> StudySettings:
    """Return the settings that made an output folder, with other ones of learning and evaluation.

    Parameters
    ----------
    given : file whose groups ``learning`` and ``evaluation``, and ``model_name``, are taken.
    kind : of the model; also its name, unless that is given.
    name : of the model's folder.

    Raises
    ------
    UsageRefused
        If a value is out of bounds, or there is no such kind.
    """
    made = load_settings(out / "settings.toml") if (out / "settings.toml").exists() else None
    tree = (made or StudySettings()).model_dump()
    if given is not None:
        other = load_settings(given).model_dump()
        tree |= {group: other[group] for group in ("learning", "evaluation", "model_name")}
    if kind is not None:
        tree["learning"] = tree["learning"] | {"kind": kind, "candidates": ()}
        tree["model_name"] = kind
    if name is not None:
        tree["model_name"] = name
    return checked_settings(tree, "options")


def train_prepared(
    out: Path, settings: StudySettings, told: Told = lambda step: None, how: How | None = None
) -> Learned:
    """Learn from the patients of an output folder, and judge what was learned.

    Parameters
    ----------
    out : of ``prepare`` and ``features``, or of ``study``.
    settings : of learning and evaluation; those of the steps before stay as they were.
    told : told the name of each step as it ends.
    how : where it runs, and what is done again; changes no byte.

    Raises
    ------
    InputRefused
        If fewer than two training patients have voxels with known progression.
    """
    out = out.absolute()
    refuse_what_is_not_installed(settings.learning)
    tables = voxel_tables(out)
    patients = [patient for patient in prepared_patients(out) if patient.id in tables]
    train = labelled(tables, patients, "train")
    check_training(len(train))
    partitions = partitions_of([tables[p.id] for p in train], settings)
    wanted = scanned_maps(next(iter(tables.values())).maps)
    asked = learning_jobs(Jobs(out, settings, wanted), patients, tables, partitions)
    with run_in(out, how or How()) as run:
        results = run.do(asked, lambda result: told(result.id.step))
        for result in results.values():
            if result.id.subject == GROUP and result.error is not None:
                raise result.error
        write_text(out / "settings.toml", settings_text(settings))
    held = read_folds(out, [part.name for part in partitions])
    external = labelled(tables, patients, EXTERNAL)
    return Learned(
        out / "models" / settings.model_name,
        summarise(held, settings.evaluation),
        summarise(read_folds(out, [EXTERNAL]), settings.evaluation) if external else None,
    )
