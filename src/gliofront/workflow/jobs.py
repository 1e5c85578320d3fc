"""The jobs of a patient and of a cohort: each step with the files and settings at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gliofront.cohort.layout import read_participants
from gliofront.cohort.patient import Patient
from gliofront.cohort.raw_scans import MADE_FROM, SPECTROSCOPY
from gliofront.learning.splits import Partition
from gliofront.learning.storage import model_files
from gliofront.workflow import file_steps as steps
from gliofront.workflow.file_steps import FileStep
from gliofront.workflow.job import GROUP, Job, JobId
from gliofront.workflow.records import read_record, record_ids
from gliofront.workflow.settings import StudySettings


def subject_of(patient: Patient) -> str:
    """Return the subject of a patient's jobs.

    >>> from gliofront.cohort.patient import Timepoint
    >>> subject_of(Patient("01", Timepoint({})))
    'sub-01'
    """
    return f"sub-{patient.id}"


def _steps_from_raw(patient: Patient) -> set[str]:
    """Return the steps that make something of a patient's raw scans: not what is given already."""
    made = set(patient.preop.to_be_made)
    return {
        kind
        for kind in patient.preop.raw
        if kind == SPECTROSCOPY or made.intersection(MADE_FROM[kind])
    }


def _to_be_made(patient: Patient, kind: str) -> dict[str, list[str]]:
    """Return the maps that a raw scan gives: one that is given elsewhere is not made."""
    return {"maps": [name for name in MADE_FROM[kind] if name in patient.preop.to_be_made]}


def fold_id(name: str) -> JobId:
    """Return the job of a fold; folds are told apart by their names."""
    return JobId(f"{steps.FOLD.name}-{name.removeprefix('fold-')}", GROUP)


@dataclass(frozen=True)
class Jobs:
    """Makes the jobs of one output folder.

    Parameters
    ----------
    out : output folder.
    settings : of every step.
    wanted : maps whose features are computed, in the order of the columns.
    """

    out: Path
    settings: StudySettings
    wanted: tuple[str, ...]

    def prepared(self, patient: Patient) -> list[Job]:
        """Return the jobs from a patient's scans to maps and masks, on the T1C and beside it."""
        scheme = {str(value): name for value, name in sorted(patient.preop.scheme.items())}
        own = {"labels": scheme, "tumour_point": patient.tumour_point}
        wanted = {"wanted": list(self.wanted)}
        raw = [step for step in steps.RAW_STEPS if step.name in _steps_from_raw(patient)]
        spectra = [steps.REGION_SPECTRA] if SPECTROSCOPY in patient.preop.raw else []
        after = [steps.FOLLOW_UP] if self._follows_up(patient) else []
        return [
            *(self._of(step, patient, _to_be_made(patient, step.name)) for step in raw),
            self._of(steps.ALIGNMENT, patient, own),
            self._of(steps.PREPARATION, patient, own | wanted, wanted=self.wanted),
            *(self._of(step, patient, {}) for step in (*spectra, steps.QUALITY, *after)),
        ]

    def _follows_up(self, patient: Patient) -> bool:
        """Whether progression is found from a scan: a mask that is given goes before it.

        A patient whose own files are not at hand was followed up if that is recorded.
        """
        if not patient.preop.images:
            recorded = JobId(steps.FOLLOW_UP.name, subject_of(patient))
            return read_record(self.out, recorded) is not None
        return patient.follow_up is not None and "progression" not in patient.preop.masks

    def featured(self, patient: Patient) -> Job:
        """Return the job from the maps and masks of a patient to the voxel table."""
        own = {"wanted": list(self.wanted), "site": patient.site, "group": patient.group}
        # The visit's files are no input: a table can be made anew where they are not at hand.
        return self._of(steps.FEATURES, patient, own, wanted=self.wanted)

    def map_held_out(self, patient: Patient, fold: str) -> Job:
        """Return the job that draws a patient's map by the fold that held the patient out."""
        own = {"fold": fold}
        return self._of(steps.HELD_OUT_MAP, patient, own, other=[fold_id(fold)], fold=fold)

    def map_by_own_model(self, patient: Patient) -> Job:
        """Return the job that draws a patient's map by the model of this folder."""
        folder = self.out / "models" / self.settings.model_name
        made = JobId(steps.MODEL.name, GROUP)
        arguments = {"model": folder, "origin": "final model"}
        return self._of(steps.MAP, patient, {}, other=[made], **arguments)

    def map_by_given_model(self, patient: Patient, model: Path) -> Job:
        """Return the job that draws the map of a new patient by a model from elsewhere."""
        job = self._of(steps.MAP, patient, {}, model=model, origin="new patient")
        return replace(job, sources={path.name: path for path in model_files(model)})

    def fold(self, partition: Partition, people: Mapping[str, Patient]) -> Job:
        """Return the job that judges the test patients of a fold.

        Parameters
        ----------
        people : patients by the group that the partition names.
        """
        sides = {
            "train": [people[group].id for group in partition.train],
            "test": [people[group].id for group in partition.test],
        }
        tables = [subject_of(people[group]) for group in (*partition.train, *partition.test)]
        return self._of_group(
            steps.FOLD,
            sides,
            [JobId(steps.FEATURES.name, subject) for subject in tables],
            id=fold_id(partition.name),
            fold=partition.name,
            **sides,
        )

    def scores(self, folds: Sequence[str]) -> Job:
        """Return the job that scores the patients of all folds."""
        after = [fold_id(fold) for fold in folds]
        own = {"folds": list(folds)}
        return self._of_group(steps.SCORES, own, after, folds=tuple(folds), prefix="")

    def model(self, patients: Sequence[Patient], folds: Sequence[str]) -> Job:
        """Return the job that fits the final model."""
        after = [JobId(steps.FEATURES.name, subject_of(patient)) for patient in patients]
        own = {"patients": [patient.id for patient in patients], "wanted": list(self.wanted)}
        return self._of_group(
            steps.MODEL,
            own,
            [*after, *(fold_id(fold) for fold in folds)],
            patients=tuple(patient.id for patient in patients),
            folds=tuple(folds),
            wanted=self.wanted,
        )

    def leakage(self, patients: Sequence[Patient]) -> Job:
        """Return the job of the leakage laboratory."""
        ids = [patient.id for patient in patients]
        after = [JobId(steps.FEATURES.name, subject_of(patient)) for patient in patients]
        folder = None
        if self.settings.learning.candidates:
            # It has to fit what was chosen.
            after.append(JobId(steps.MODEL.name, GROUP))
            folder = self.out / "models" / self.settings.model_name
        return self._of_group(
            steps.LEAKAGE, {"patients": ids}, after, patients=tuple(ids), model=folder
        )

    def external(self, patients: Sequence[Patient], train: Sequence[Patient]) -> list[Job]:
        """Return the jobs that judge the external partition by the final model."""
        everyone = [*patients, *train]
        after = [JobId(steps.FEATURES.name, subject_of(patient)) for patient in everyone]
        ids = tuple(patient.id for patient in patients)
        taught = tuple(patient.id for patient in train)
        made = JobId(steps.MODEL.name, GROUP)
        judged = self._of_group(
            steps.EXTERNAL,
            {"patients": list(ids), "train": list(taught)},
            [*after, made],
            patients=ids,
            train=taught,
        )
        return [
            judged,
            self._of_group(
                steps.EXTERNAL_SCORES, {}, [judged.id], folds=("external",), prefix="external_"
            ),
        ]

    def _of(
        self,
        step: FileStep,
        patient: Patient,
        own: Mapping[str, Any],
        *,
        other: Sequence[JobId] = (),
        **arguments: Any,
    ) -> Job:
        subject, used = subject_of(patient), step.used(self.settings)
        own_steps = {each.name for each in steps.PATIENT_STEPS}
        absent = {each.name for each in steps.RAW_STEPS} - _steps_from_raw(patient)
        if not self._follows_up(patient):
            absent.add(steps.FOLLOW_UP.name)
        own_after = (name for name in step.after if name in own_steps - absent)
        after = tuple(JobId(name, subject) for name in own_after)
        known = {"out": self.out, "patient": patient, "settings": self.settings, "used": used}
        return Job(
            JobId(step.name, subject),
            step.run,
            known | arguments,
            used | dict(own),
            dict(step.reads(patient)),
            (*after, *other),
        )

    def _of_group(
        self,
        step: FileStep,
        own: Mapping[str, Any],
        after: Sequence[JobId],
        *,
        id: JobId | None = None,
        **arguments: Any,
    ) -> Job:
        return Job(
            id or JobId(step.name, GROUP),
            step.run,
            {"out": self.out, "settings": self.settings} | arguments,
            step.used(self.settings) | dict(own),
            {},
            tuple(after),
        )


def known_jobs(out: Path) -> list[JobId]:
    """Return the jobs of an output folder in order: recorded, or planned of its participants."""
    recorded = record_ids(out)
    subjects = {f"sub-{name}" for name in read_participants(out)}
    subjects |= {id.subject for id in recorded if id.subject != GROUP}
    of_patients = {id.step for id in recorded if id.subject != GROUP} | {steps.ALIGNMENT.name}
    jobs = [JobId(step, subject) for subject in sorted(subjects) for step in of_patients]
    jobs += [id for id in recorded if id.subject == GROUP]
    return sorted(jobs, key=lambda id: (id.subject, steps.step_order(id.step)))
