"""A study: prepare a cohort, learn, judge in patients held out, draw every patient's map."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gliofront.cohort.patient import Patient
from gliofront.cohort.sequences import SEQUENCES
from gliofront.evaluation.summary import Summary, summarise
from gliofront.learning.classifiers.kinds import refuse_what_is_not_installed
from gliofront.learning.splits import Partition, grouped_folds, leave_one_site_out
from gliofront.learning.table import PatientVoxels
from gliofront.learning.table_files import read_table
from gliofront.workflow import file_steps as steps
from gliofront.workflow.cohort_checks import check_cohort, check_training
from gliofront.workflow.cohort_files import EXTERNAL, read_folds
from gliofront.workflow.derivatives import save_dataset, table_index
from gliofront.workflow.group_files import save_findings, save_participants
from gliofront.workflow.job import GROUP, Job, JobId, JobResult
from gliofront.workflow.jobs import Jobs, fold_id, subject_of
from gliofront.workflow.outcome import Outcome, outcomes_of, save_faults
from gliofront.workflow.run import How, Results, run_in
from gliofront.workflow.settings import StudySettings, settings_text

Told = Callable[[str], None]
# Of the cohort, beside the folds.
_ALWAYS = (steps.SCORES, steps.MODEL)


def _silent(now: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Listeners:
    """Who is told the name of each case as it is finished, in the three parts of a study."""

    prepared: Told = _silent
    judged: Told = _silent
    drawn: Told = _silent

    def tell(self, result: JobResult) -> None:
        """Pass a result on to the part of the study that it ends."""
        step, subject = result.id.step, result.id.subject
        if step == steps.FEATURES.name:
            self.prepared(subject)
        elif step.startswith(steps.FOLD.name):
            self.judged(step)
        elif step == steps.MAP.name:
            self.drawn(subject)


@dataclass(frozen=True)
class StudyResult:
    """What a study made.

    Parameters
    ----------
    outcomes : one a patient.
    summary : scores of the patients held out in turn.
    external : scores of the patients of the external partition, by the final model; or None.
    model : folder of the final model.
    """

    outcomes: Sequence[Outcome]
    summary: Summary
    external: Summary | None
    model: Path


def wanted_maps(patients: Sequence[Patient]) -> tuple[str, ...]:
    """Return the sequences that at least one patient of the training partition has."""
    there = {name for p in patients if p.partition == "train" for name in p.preop.maps}
    return tuple(name for name in SEQUENCES if name in there)


def fold_count(patients: Sequence[Patient], settings: StudySettings) -> int:
    """Return how many folds a study of these patients has, if all can be prepared."""
    train = [p for p in patients if p.partition == "train"]
    if settings.evaluation.split == "sites":
        return len({p.site for p in train})
    return min(settings.evaluation.folds, len(train))


def learning_steps(patients: Sequence[Patient], settings: StudySettings) -> int:
    """Return how many steps it takes to learn from patients, if the progression of all is known."""
    external = any(patient.partition == EXTERNAL for patient in patients)
    always = len(_ALWAYS) + settings.evaluation.laboratory
    return fold_count(patients, settings) + always + 2 * external


def partitions_of(
    tables: Sequence[PatientVoxels], settings: StudySettings
) -> tuple[Partition, ...]:
    """Return the folds: patient-grouped, or each site left out in turn."""
    if settings.evaluation.split == "sites":
        return leave_one_site_out({t.patient: t.site for t in tables})
    volumes = {t.patient: t.progression_ml for t in tables}
    folds = min(settings.evaluation.folds, len(tables))
    return grouped_folds(volumes, folds, settings.evaluation.seed)


def labelled(
    tables: Mapping[str, PatientVoxels], patients: Sequence[Patient], partition: str
) -> list[Patient]:
    """Return the patients of a partition some of whose voxels have a known label."""
    there = [p for p in patients if p.id in tables and p.partition == partition]
    return [p for p in there if (tables[p.id].label >= 0).any()]


def _cohort_jobs(
    jobs: Jobs,
    patients: Sequence[Patient],
    tables: Mapping[str, PatientVoxels],
    partitions: Sequence[Partition],
) -> list[Job]:
    """Return the jobs of the cohort, and the map of each patient.

    A map is by the model that never saw the patient, where there is one.
    """
    asked = learning_jobs(jobs, patients, tables, partitions)
    fold_of = {group: part.name for part in partitions for group in part.test}
    for patient in patients:
        if patient.id not in tables:
            continue
        fold = fold_of.get(patient.group)
        asked.append(
            jobs.map_by_own_model(patient) if fold is None else jobs.map_held_out(patient, fold)
        )
    return asked


def learning_jobs(
    jobs: Jobs,
    patients: Sequence[Patient],
    tables: Mapping[str, PatientVoxels],
    partitions: Sequence[Partition],
) -> list[Job]:
    """Return the jobs of the cohort: folds, scores, the model, and the external partition."""
    train = labelled(tables, patients, "train")
    external = labelled(tables, patients, EXTERNAL)
    people = {patient.group: patient for patient in train}
    folds = [part.name for part in partitions]
    asked = [jobs.fold(part, people) for part in partitions]
    asked += [jobs.scores(folds), jobs.model(train, folds)]
    if jobs.settings.evaluation.laboratory:
        asked.append(jobs.leakage(train))
    if external:
        asked += jobs.external(external, train)
    return asked


def _planned(patients: Sequence[Patient], settings: StudySettings) -> list[JobId]:
    """Return what follows the patients' tables, if all can be prepared."""
    folds = range(1, fold_count(patients, settings) + 1)
    laboratory = (steps.LEAKAGE,) if settings.evaluation.laboratory else ()
    whole = (*_ALWAYS, *laboratory)
    cohort = [*(fold_id(str(n)) for n in folds), *(JobId(s.name, GROUP) for s in whole)]
    return [*cohort, *(JobId(steps.MAP.name, subject_of(p)) for p in patients)]


def _refuse_failed(results: Results) -> None:
    """Raise the error of the first step of the cohort that failed: without it there is no study."""
    for result in results.values():
        if result.id.subject == GROUP and result.error is not None:
            raise result.error


def run_study(
    patients: Sequence[Patient],
    out: Path,
    settings: StudySettings,
    listeners: Listeners | None = None,
    how: How | None = None,
) -> StudyResult:
    """Run the whole study and write it to a folder; what is there already is not done again.

    Parameters
    ----------
    patients : training patients need a progression mask; others are mapped by the final model.
    out : output folder.
    settings : of every step.
    listeners : told as cases are finished.
    how : where it runs, and what is done again; changes no byte.

    Raises
    ------
    InputRefused
        If a person stands twice in the cohort, or fewer than two training patients with known
        progression are in it or could be prepared.
    """
    listeners = listeners or Listeners()
    check_cohort(patients)
    refuse_what_is_not_installed(settings.learning)
    out = out.absolute()
    jobs = Jobs(out, settings, wanted_maps(patients))
    with run_in(out, how or How()) as run:
        save_participants(out, [], patients)
        asked = [job for p in patients for job in (*jobs.prepared(p), jobs.featured(p))]
        later = _planned(patients, settings)
        results = run.do_patients(patients, asked, listeners.tell, later=later)
        save_dataset(out, settings_text(settings))
        done = {o.patient for o in outcomes_of(patients, results) if o.done}
        tables = {name: read_table(table_index(out, name)) for name in sorted(done)}
        train = labelled(tables, patients, "train")
        check_training(len(train))
        partitions = partitions_of([tables[p.id] for p in train], settings)
        asked = _cohort_jobs(jobs, patients, tables, partitions)
        results |= run.do(asked, listeners.tell)
        outcomes = outcomes_of(patients, results)
        save_faults(out, outcomes)
        save_participants(out, outcomes, patients)
        save_findings(out, outcomes)
        _refuse_failed(results)
    held = read_folds(out, [part.name for part in partitions])
    external = labelled(tables, patients, EXTERNAL)
    return StudyResult(
        outcomes,
        summarise(held, settings.evaluation),
        summarise(read_folds(out, [EXTERNAL]), settings.evaluation) if external else None,
        out / "models" / settings.model_name,
    )
