"""What a finished model is worth on patients that it never saw, from their voxel tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gliofront.evaluation.cross_validation import predict_patient
from gliofront.evaluation.ladder_file import ladder_of
from gliofront.evaluation.null_ladder import NullLadder, untrained_ladder
from gliofront.evaluation.summary import Summary, summarise
from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Finding, Level
from gliofront.learning.model import Model
from gliofront.learning.storage import NULLS, load_model, read_nulls
from gliofront.learning.table_files import release
from gliofront.workflow.group_files import save_summary, save_worth
from gliofront.workflow.settings import StudySettings
from gliofront.workflow.staging import refuse_existing, staged
from gliofront.workflow.train import voxel_tables

Told = Callable[[str], None]
FOLD = "evaluated"


@dataclass(frozen=True)
class Evaluated:
    """What a model is worth, the tables that tell it, and what was seen on the way."""

    summary: Summary
    files: tuple[Path, ...]
    findings: tuple[Finding, ...]


def evaluate_model(
    out: Path,
    model_folder: Path,
    target: Path,
    settings: StudySettings,
    told: Told = lambda patient: None,
) -> Evaluated:
    """Score a model in all patients of an output folder whose progression is known.

    Beside it stand its nulls, as its training patients taught them; a model folder that lacks those
    is judged beside the untrained ones, and a finding says so.
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
        If no patient has voxels with known progression, the model does not fit the tables, or a
        file of its folder cannot be trusted.
    """
    tables = {n: t for n, t in voxel_tables(out).items() if (t.label >= 0).any()}
    if not tables:
        mend = "give masks of progression or scans at progression, and prepare the patients again"
        raise InputRefused(out, "no patient's progression is known", mend)
    refuse_existing(target.iterdir() if target.is_dir() else [target])
    model = load_model(model_folder)
    ladder, findings = _ladder(model_folder, model)
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
    files = tuple(target / path.name for path in written)
    return Evaluated(summary, files, (*findings, *summary.findings))


def _ladder(folder: Path, model: Model) -> tuple[NullLadder, tuple[Finding, ...]]:
    data = read_nulls(folder)
    if data is not None:
        return ladder_of(data, model.names, folder / NULLS), ()
    problem = (
        "the file is absent, so atlas and single maps are not scored, and growth calls nothing"
    )
    mend = "take the whole model folder, or train the model again"
    subject = str(folder / NULLS)
    return untrained_ladder(), (Finding(Level.WARNING, "nulls-untrained", subject, problem, mend),)
