"""From the voxels of training patients to a model: sample, fit, choose thresholds inside."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from gliofront.foundation.errors import InputRefused
from gliofront.learning.classifiers.classifier import TrainingRows, VoxelClassifier
from gliofront.learning.classifiers.kinds import KINDS, fit_classifier
from gliofront.learning.distance import DistanceNull, fit_distance_null
from gliofront.learning.fit_watch import UNWATCHED, FitWatch
from gliofront.learning.model import Model, Recalibration, TrainingSummary
from gliofront.learning.recalibration import (
    LogisticRecalibration,
    fit_isotonic,
    fit_logistic,
    fit_venn_abers,
)
from gliofront.learning.sampling import Sample, drop_maps, patient_generator, sample_patient
from gliofront.learning.selection import choose
from gliofront.learning.settings import LearningSettings
from gliofront.learning.splits import grouped_folds
from gliofront.learning.table import REFERENCE_MAP, PatientVoxels, columns_of, map_of
from gliofront.learning.table_files import release
from gliofront.learning.threshold import threshold_of_share

# Fewer voxels without a map than this share might escape the classifier's sight.
_ENOUGH_WITHOUT = 0.01
# A classifier that misleads in patients held out is nearly silenced; its order is never reversed.
_LEAST_SLOPE = 0.05


@dataclass(frozen=True, eq=False)
class _Fit:
    classifier: VoxelClassifier
    null: DistanceNull
    absent_ok: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Inner:
    """What was said of all sampled voxels, in order of the samples, and by which classifiers.

    Parameters
    ----------
    model, null : (n,) of classifier and distance null.
    classifiers : each taught without a part of the patients; none where nobody could be held out.
    """

    model: NDArray[np.float64]
    null: NDArray[np.float64]
    classifiers: tuple[VoxelClassifier, ...] = ()


def fit_model(
    tables: Sequence[PatientVoxels],
    settings: LearningSettings,
    *,
    preparation: Mapping[str, Any] | None = None,
    sequences: Sequence[str] | None = None,
    watch: FitWatch = UNWATCHED,
) -> Model:
    """Fit classifier and distance null on patients; what follows from them is by inner folds.

    Recalibration and thresholds come from training patients held out in turn.

    The result does not depend on the order of the patients.

    Parameters
    ----------
    tables : voxels of the training patients, same columns.
    settings : of the learning.
    preparation : settings of all steps before, kept in the model as they are.
    sequences : image kinds that a patient should have; the maps of the columns if not given.
    watch : told how far each fit is; changes no bit.

    Raises
    ------
    InputRefused
        If columns differ, a patient comes twice, T1C is not among the maps, or no voxel of one
        class is labelled.
    """
    tables = sorted(tables, key=lambda table: table.patient)
    names = _common_names(tables)
    drawn = [_drawn(table, settings) for table in tables]
    samples = [sample for sample in drawn if sample.label.size]
    _check_classes(samples)
    choice = choose(
        settings,
        lambda candidate: _within_patients(_inner(samples, names, candidate, watch), samples),
    )
    settings = choice.settings
    fitted = _fit(samples, names, settings, watch.of("all patients"))
    prevalence = float(np.mean([sample.prevalence for sample in samples]))
    inner = _inner(samples, names, settings, watch) or _Inner(
        *_predictions(samples, fitted, settings)
    )
    model_p, null_p = inner.model, inner.null
    weight = np.concatenate([sample.weight for sample in samples])
    label = np.concatenate([sample.label for sample in samples])
    mended = _recalibration(model_p, label, weight, settings)
    if mended is not None:
        model_p = mended.predict(model_p)
    maps = tuple(dict.fromkeys(map_of(name) for name in names))
    return Model(
        classifier=fitted.classifier,
        inner=inner.classifiers,
        recalibration=mended,
        distance_null=fitted.null,
        names=names,
        absent_ok=fitted.absent_ok,
        threshold=threshold_of_share(model_p, weight, prevalence),
        distance_threshold=threshold_of_share(null_p, weight, prevalence),
        prevalence=prevalence,
        settings=settings,
        preparation=dict(preparation or {}),
        sequences=tuple(sequences if sequences is not None else maps),
        training=TrainingSummary(
            patients=len(samples),
            with_progression=sum(bool(sample.label.any()) for sample in samples),
            voxels=len(weight),
            sites=tuple(sorted({table.site for table in tables})),
            candidates=choice.told,
        ),
    )


def _drawn(table: PatientVoxels, settings: LearningSettings) -> Sample:
    """Return a sample; all usable voxels where the kind, or that of a candidate, needs them."""
    kinds = {settings.kind, *(one.get("kind", settings.kind) for one in settings.candidates)}
    whole = any(KINDS[kind].dense for kind in kinds)
    most = max(1, len(table.label)) if whole else settings.voxels_per_patient
    sample = sample_patient(table, most, settings.seed, settings.most_doubt)
    release(table)
    return sample


def _common_names(tables: Sequence[PatientVoxels]) -> tuple[str, ...]:
    if not tables:
        raise InputRefused("training", "there is no patient", "give patients with progression")
    patients = [table.patient for table in tables]
    if len(set(patients)) != len(patients):
        raise InputRefused("training", "a patient comes twice", "give each patient once")
    names = tables[0].names
    other = [table.patient for table in tables if table.names != names]
    if other:
        problem = f"patients have other feature columns: {', '.join(other[:5])}"
        raise InputRefused("training", problem, "compute all features with the same settings")
    if not columns_of(names, REFERENCE_MAP).size:
        raise InputRefused("training", f"no column of {REFERENCE_MAP}", "add it to the maps")
    return names


def _check_classes(samples: Sequence[Sample]) -> None:
    labels = {int(value) for sample in samples for value in np.unique(sample.label)}
    if labels == {0, 1}:
        return
    problem = "the labelled voxels do not hold both progression and none"
    raise InputRefused("training", problem, "add patients whose progression lies in the region")


def _recalibration(
    probability: NDArray[np.float64],
    label: NDArray[np.int8],
    weight: NDArray[np.float64],
    settings: LearningSettings,
) -> Recalibration | None:
    if settings.recalibration == "none":
        return None
    if settings.recalibration == "isotonic":
        return fit_isotonic(probability, label, weight)
    if settings.recalibration == "venn-abers":
        return fit_venn_abers(probability, label, weight)
    try:
        line = fit_logistic(probability, label, weight)
    except InputRefused:
        # All alike, or parted without a fault: there is no line to be learned.
        return LogisticRecalibration(1.0, 0.0)
    if line.slope >= _LEAST_SLOPE:
        return line
    return fit_logistic(probability, label, weight, slope=_LEAST_SLOPE)


def _fit(
    samples: Sequence[Sample],
    names: tuple[str, ...],
    settings: LearningSettings,
    watch: FitWatch,
) -> _Fit:
    rows = _rows(samples, [_spoilt(sample, names, settings) for sample in samples], names)
    return _Fit(
        classifier=fit_classifier(rows, settings, watch),
        null=fit_distance_null(rows.distance_mm, rows.label, rows.weight),
        absent_ok=_learned_absences(rows.features, names, settings),
    )


def _rows(
    samples: Sequence[Sample], features: Sequence[NDArray[np.float32]], names: tuple[str, ...]
) -> TrainingRows:
    return TrainingRows(
        features=np.concatenate(features),
        distance_mm=np.concatenate([sample.distance_mm for sample in samples]),
        label=np.concatenate([sample.label for sample in samples]),
        weight=np.concatenate([sample.weight for sample in samples]),
        patient=np.repeat(np.arange(len(samples)), [len(sample.label) for sample in samples]),
        voxel=np.concatenate([sample.voxel for sample in samples]),
        names=names,
    )


def _spoilt(
    sample: Sample, names: tuple[str, ...], settings: LearningSettings
) -> NDArray[np.float32]:
    if KINDS[settings.kind].dense:
        return sample.features  # It drops maps itself, by whole patches.
    rng = patient_generator(settings.seed, sample.patient, "dropout")
    return drop_maps(sample.features, names, settings.map_dropout, rng)


def _learned_absences(
    rows: NDArray[np.float32], names: tuple[str, ...], settings: LearningSettings
) -> tuple[str, ...]:
    """Return the maps that enough training voxels lack for the classifier to know a way past."""
    maps = dict.fromkeys(map_of(name) for name in names)
    if KINDS[settings.kind].dense and settings.map_dropout:
        return tuple(m for m in maps if m != REFERENCE_MAP)
    absent = {m: np.isnan(rows[:, columns_of(names, m)]).all(axis=1).mean() for m in maps}
    return tuple(m for m in maps if m != REFERENCE_MAP and absent[m] >= _ENOUGH_WITHOUT)


def _inner(
    samples: Sequence[Sample],
    names: tuple[str, ...],
    settings: LearningSettings,
    watch: FitWatch,
) -> _Inner | None:
    """Return predictions for all sampled voxels by patients held out in turn.

    None with progression in fewer than two patients, since no inner fold can learn then.
    """
    volumes = {s.patient: s.prevalence for s in samples}
    if sum(volume > 0 for volume in volumes.values()) < 2:
        return None
    classifiers: list[VoxelClassifier] = []
    by_patient: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
    for part in grouped_folds(volumes, min(settings.inner_folds, len(samples)), settings.seed):
        taught = [s for s in samples if s.patient in part.train]
        inner = _fit(taught, names, settings, watch.of(f"inner {part.name}"))
        classifiers.append(inner.classifier)
        for sample in (s for s in samples if s.patient in part.test):
            by_patient[sample.patient] = _predictions([sample], inner, settings)
    found = [by_patient[sample.patient] for sample in samples]
    model, null = (np.concatenate([pair[place] for pair in found]) for place in (0, 1))
    return _Inner(model, null, tuple(classifiers))


def _within_patients(inner: _Inner | None, samples: Sequence[Sample]) -> float:
    """Return the mean over patients of the AUROC within each; NaN if none has both classes."""
    if inner is None:
        return math.nan
    ends = np.cumsum([sample.label.size for sample in samples])[:-1]
    said = zip(samples, np.split(inner.model, ends), strict=True)
    found = [
        roc_auc_score(sample.label, chance, sample_weight=sample.weight)
        for sample, chance in said
        if 0 < np.count_nonzero(sample.label) < sample.label.size
    ]
    return float(np.mean(found)) if found else math.nan


def _predictions(
    samples: Sequence[Sample], fitted: _Fit, settings: LearningSettings
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what classifier and null say of samples, patient by patient."""
    said = [
        fitted.classifier.predict(
            one.features, one.distance_mm, voxel=one.voxel, threads=settings.threads
        )
        for one in samples
    ]
    distance = np.concatenate([sample.distance_mm for sample in samples])
    return np.concatenate(said), fitted.null.predict(distance)
