"""The steps of a patient and of a cohort, from files to files: what follows what, and why again.

Read the two lists to see what happens. A step is done again only if a file that it reads, a setting
that it uses, or gliofront itself has changed. What happens inside the steps of a patient stands in
`gliofront.workflow.patient`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gliofront.cohort.patient import Patient
from gliofront.cohort.raw_scans import DIFFUSION, PERFUSION, SPECTROSCOPY
from gliofront.workflow import (
    cohort_files,
    diffusion_files,
    follow_up_files,
    patient_files,
    perfusion_files,
    quality_files,
    spectroscopy_files,
)
from gliofront.workflow.anatomy_on_raw import anatomy_files
from gliofront.workflow.job import Made
from gliofront.workflow.settings import StudySettings


def _nothing(patient: Patient) -> Mapping[str, Path]:
    return {}


def _images(patient: Patient) -> Mapping[str, Path]:
    return patient.preop.image_files


def _raw_and_anatomy(kind: str) -> Callable[[Patient], Mapping[str, Path]]:
    def files(patient: Patient) -> Mapping[str, Path]:
        return {**patient.preop.raw[kind].files, **anatomy_files(patient.preop)}

    return files


def _raw(kind: str) -> Callable[[Patient], Mapping[str, Path]]:
    def files(patient: Patient) -> Mapping[str, Path]:
        return patient.preop.raw[kind].files

    return files


def _follow_up(patient: Patient) -> Mapping[str, Path]:
    return patient.follow_up.image_files if patient.follow_up else {}


def _course(patient: Patient) -> Mapping[str, Path]:
    return {"sessions": patient.course.table} if patient.course else {}


@dataclass(frozen=True)
class FileStep:
    """A step from files to files.

    Parameters
    ----------
    name : what the user sees, and ``--force`` takes.
    run : the function that reads, computes and writes.
    uses : groups of the settings that it depends on.
    after : steps whose files it reads, if the patient has them; those of the patient come first.
    reads : which of the user's own files it reads.
    """

    name: str
    run: Callable[..., Made]
    uses: tuple[str, ...]
    after: tuple[str, ...] = ()
    reads: Callable[[Patient], Mapping[str, Path]] = _nothing

    def used(self, settings: StudySettings) -> dict[str, Any]:
        """Return the part of the settings that the step uses, as plain JSON."""
        return settings.model_dump(mode="json", include=set(self.uses))


DIFFUSION_MAPS = FileStep(
    DIFFUSION,
    diffusion_files.diffusion_files,
    uses=("intake", "alignment", "diffusion"),
    reads=_raw_and_anatomy(DIFFUSION),
)
PERFUSION_MAPS = FileStep(
    PERFUSION,
    perfusion_files.perfusion_files,
    uses=("intake", "perfusion"),
    reads=_raw(PERFUSION),
)
SPECTROSCOPY_MAPS = FileStep(
    SPECTROSCOPY,
    spectroscopy_files.spectroscopy_files,
    uses=("spectroscopy",),
    reads=_raw(SPECTROSCOPY),
)
ALIGNMENT = FileStep(
    "alignment",
    patient_files.align_files,
    uses=("intake", "grid", "alignment"),
    after=(DIFFUSION, PERFUSION),
    reads=_images,
)
PREPARATION = FileStep(
    "preparation",
    patient_files.prepare_files,
    uses=("intake", "grid", "alignment", "bias", "regions"),
    after=(DIFFUSION, PERFUSION, "alignment"),
    reads=_images,
)
REGION_SPECTRA = FileStep(
    "region-spectra",
    spectroscopy_files.region_files,
    uses=(),
    after=(SPECTROSCOPY, "preparation"),
)
QUALITY = FileStep(
    "quality",
    quality_files.quality_files,
    uses=(),
    after=(DIFFUSION, PERFUSION, SPECTROSCOPY, "alignment", "preparation"),
    reads=_course,
)
FOLLOW_UP = FileStep(
    "follow-up",
    follow_up_files.follow_up_files,
    uses=("intake", "alignment", "bias", "treated", "longitudinal", "visit_checks"),
    after=("preparation",),
    reads=_follow_up,
)
FEATURES = FileStep(
    "features",
    patient_files.feature_files,
    uses=("texture", "growth"),
    after=("preparation", "follow-up"),
)
FOLD = FileStep(
    "fold",
    cohort_files.judge_fold,
    uses=("learning",),
    after=("features",),
)
SCORES = FileStep(
    "scores",
    cohort_files.score,
    uses=("evaluation",),
    after=("fold",),
)
MODEL = FileStep(
    "model",
    cohort_files.train,
    uses=tuple(StudySettings.model_fields),
    after=("features", "fold"),
)
LEAKAGE = FileStep(
    "leakage",
    cohort_files.laboratory,
    uses=("learning", "evaluation", "leakage"),
    after=("features",),
)
EXTERNAL = FileStep(
    "external",
    cohort_files.judge_external,
    uses=("model_name", "learning"),
    after=("features", "model"),
)
EXTERNAL_SCORES = FileStep(
    "external-scores",
    cohort_files.score,
    uses=("evaluation",),
    after=("external",),
)
HELD_OUT_MAP = FileStep(
    "map",
    patient_files.draw_held_out,
    uses=("model_name",),
    after=("preparation", "follow-up", "features", "fold"),
)
MAP = FileStep(
    "map",
    patient_files.draw_by_model,
    uses=("model_name",),
    after=("preparation", "follow-up", "features", "model"),
)

RAW_STEPS = (DIFFUSION_MAPS, PERFUSION_MAPS, SPECTROSCOPY_MAPS)
PATIENT_STEPS = (
    *RAW_STEPS,
    ALIGNMENT,
    PREPARATION,
    REGION_SPECTRA,
    QUALITY,
    FOLLOW_UP,
    FEATURES,
    HELD_OUT_MAP,
    MAP,
)
COHORT_STEPS = (FOLD, SCORES, MODEL, LEAKAGE, EXTERNAL, EXTERNAL_SCORES)
STEP_NAMES = tuple(dict.fromkeys(step.name for step in (*PATIENT_STEPS, *COHORT_STEPS)))


def step_of(name: str) -> str:
    """Return the step of a job's name: each fold, such as ``fold-2``, is a job of one step.

    >>> step_of("fold-2"), step_of("external-scores")
    ('fold', 'external-scores')
    """
    return FOLD.name if name.startswith(f"{FOLD.name}-") else name


def step_order(name: str) -> int:
    """Return the place of a job's step among all.

    >>> step_order("alignment") < step_order("fold-2") < step_order("scores")
    True
    """
    step = step_of(name)
    return STEP_NAMES.index(step) if step in STEP_NAMES else len(STEP_NAMES)
