"""What a finished model is worth on patients that it never saw, from their voxel tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gliofront.evaluation.cross_validation import predict_patient
from gliofront.evaluation.null_ladder import untrained_ladder
from gliofront.evaluation.summary import Summary, summarise
from gliofront.foundation.errors import InputRefused
from gliofront.learning.storage import load_model
from gliofront.learning.table_files import release
from gliofront.workflow.group_files import save_summary, save_worth
from gliofront.workflow.settings import StudySettings
from gliofront.workflow.staging import refuse_existing, staged
from gliofront.workflow.train import voxel_tables

Told = Callable[[str], None]
FOLD = "evaluated"


@dataclass(frozen=True)
class Evaluated:
    """What a model is worth, and the tables that tell it."""

    summary: Summary
    files: tuple[Path, ...]


def evaluate_model(
    out: Path,
    model_folder: Path,
    target: Path,
    settings: StudySettings,
    told: Told = lambda patient: None,
) -> Evaluated:
    """Score a model in all patients of an output folder whose progression is known.

    Whether the model learned from one of them cannot be told from its folder, which names nobody;
    patients of its own training make it look better than it is.

    Parameters
    ----------
    out : of ``prepare`` and ``features``, with the maps that the model needs.
    target : folder for the tables, new or empty.
    settings : of the evaluation.
    told : told each patient as it is done.

    Raises
    ------
    InputRefused
        If no patient has voxels with known progression, or the model does not fit the tables.
    """
    tables = {n: t for n, t in voxel_tables(out).items() if (t.label >= 0).any()}
    if not tables:
        mend = "give masks of progression or scans at progression, and prepare the patients again"
        raise InputRefused(out, "no patient's progression is known", mend)
    refuse_existing(target.iterdir() if target.is_dir() else [target])
    model, ladder = load_model(model_folder), untrained_ladder()
    held = []
    for name, table in tables.items():
        held.append(predict_patient(model, ladder, table, FOLD))
        release(table)
        told(name)
    summary = summarise(held, settings.evaluation)
    with staged(target) as stage:
        written = [
            *save_summary(stage, "", summary),
            *save_worth(stage, "", held, settings.evaluation),
        ]
    return Evaluated(summary, tuple(target / path.name for path in written))
