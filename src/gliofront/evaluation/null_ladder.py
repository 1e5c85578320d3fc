"""The ladder of nulls that every model stands on, fitted on training patients alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gliofront.evaluation.nulls import (
    ProgressionAtlas,
    SingleMap,
    fit_atlas,
    fit_single_map,
    margin_null,
    mask_null,
)
from gliofront.evaluation.prediction import Prediction
from gliofront.foundation.errors import InputRefused
from gliofront.learning.sampling import sampled_rows
from gliofront.learning.settings import LearningSettings
from gliofront.learning.table import PatientVoxels, map_of
from gliofront.learning.threshold import threshold_of_share

FloatArray = NDArray[np.float64]
Rows = NDArray[np.intp]
Sampled = tuple[PatientVoxels, Rows, FloatArray]

MARGINS_MM = (15.0, 20.0)
OEDEMA, GROWTH, ATLAS = "oedema", "growth", "atlas"
# By this feature a map is taken as a predictor of its own: the mean of the neighbourhood.
_FEATURE = "firstorder_mean"
_SURE = 0.5


@dataclass(frozen=True, eq=False)
class NullLadder:
    """Nulls of a set of training patients.

    Parameters
    ----------
    maps : map to the feature column that stands for it, and its direction.
    atlas : of where progression was; None where no offsets are known.
    thresholds : null to the value at which as much is called as progressed in training.
    """

    maps: Mapping[str, tuple[str, SingleMap]]
    atlas: ProgressionAtlas | None
    thresholds: Mapping[str, float]

    def predict(self, table: PatientVoxels, rows: Rows) -> dict[str, Prediction]:
        """Return what each null says of a patient's rows (n,); those that know nothing are absent.

        Where a null is undefined in some voxels, they count as its least suspicious ones.
        """
        found: dict[str, Prediction] = {}
        for name, score in _scores(self.maps, self.atlas, table, rows).items():
            if name in self.thresholds and np.isfinite(score).any():
                filled = np.where(np.isfinite(score), score, np.nanmin(score))
                found[name] = Prediction(filled, self.thresholds[name])
        return found


def margin_name(margin_mm: float) -> str:
    """Return the name of a margin null.

    >>> margin_name(15.0)
    'margin_15mm'
    """
    return f"margin_{margin_mm:g}mm"


def map_name(name: str) -> str:
    """Return the name of the null that is a single map.

    >>> map_name("ADC")
    'map_ADC'
    """
    return f"map_{name}"


def map_columns(names: Sequence[str]) -> list[str]:
    """Return the feature columns by which maps are predictors of their own.

    >>> map_columns(["ADC_firstorder_mean", "ADC_firstorder_median", "FA_firstorder_mean"])
    ['ADC_firstorder_mean', 'FA_firstorder_mean']
    """
    return [name for name in names if name == f"{map_of(name)}_{_FEATURE}"]


def untrained_ladder() -> NullLadder:
    """Return the nulls that need no training patient: margins, oedema, growth.

    The growth model then calls nothing, for it would take patients to say from where on it should.
    """
    calls = {margin_name(mm): _SURE for mm in MARGINS_MM}
    return NullLadder({}, None, calls | {OEDEMA: _SURE, GROWTH: np.inf})


def fit_ladder(tables: Sequence[PatientVoxels], settings: LearningSettings) -> NullLadder:
    """Fit all nulls on the sampled voxels of training patients.

    Parameters
    ----------
    tables : of the training patients, in any order.
    settings : how voxels are sampled.
    """
    tables = sorted(tables, key=lambda table: table.patient)
    sampled = [
        (t, *sampled_rows(t, settings.voxels_per_patient, settings.seed, settings.most_doubt))
        for t in tables
    ]
    sampled = [(table, rows, weight) for table, rows, weight in sampled if rows.size]
    if not sampled:
        return NullLadder({}, None, {})
    maps, atlas = _single_maps(sampled), _atlas(sampled)
    return NullLadder(maps, atlas, _thresholds(maps, atlas, sampled))


def _single_maps(sampled: Sequence[Sampled]) -> dict[str, tuple[str, SingleMap]]:
    found: dict[str, tuple[str, SingleMap]] = {}
    for column in map_columns(sampled[0][0].names):
        values = [_column(table, column, rows) for table, rows, _ in sampled]
        truth = [table.label[rows] == 1 for table, rows, _ in sampled]
        try:
            found[map_of(column)] = (column, fit_single_map(values, truth))
        except InputRefused:
            continue  # defined in no training patient with both classes: no null of it
    return found


def _column(table: PatientVoxels, column: str, rows: Rows) -> FloatArray:
    return np.asarray(table.features[rows, table.names.index(column)], dtype=np.float64)


def _atlas(sampled: Sequence[Sampled]) -> ProgressionAtlas | None:
    known = [(t, r) for t, r, _ in sampled if np.isfinite(t.context.offset_mm[r]).all()]
    if not known:
        return None
    return fit_atlas(
        [np.asarray(t.context.offset_mm[r], dtype=np.float64) for t, r in known],
        [t.distance_mm[r] for t, r in known],
        [t.label[r] == 1 for t, r in known],
    )


def _scores(
    maps: Mapping[str, tuple[str, SingleMap]],
    atlas: ProgressionAtlas | None,
    table: PatientVoxels,
    rows: Rows,
) -> dict[str, FloatArray]:
    """Return every null's score, (n,); NaN where it knows nothing."""
    context, distance = table.context, table.distance_mm[rows]
    path = np.where(np.isnan(context.path_mm[rows]), distance, context.path_mm[rows])
    found = {margin_name(mm): margin_null(path, mm) for mm in MARGINS_MM}
    oedema = context.oedema[rows]
    found[OEDEMA] = np.where(oedema < 0, np.nan, mask_null(oedema == 1))
    found[GROWTH] = np.asarray(context.growth[rows], dtype=np.float64)
    if atlas is not None:
        offset = np.asarray(context.offset_mm[rows], dtype=np.float64)
        found[ATLAS] = atlas.predict(offset, distance)
    for name, (column, single) in maps.items():
        found[map_name(name)] = single.predict(_column(table, column, rows))
    return found


def _thresholds(
    maps: Mapping[str, tuple[str, SingleMap]],
    atlas: ProgressionAtlas | None,
    sampled: Sequence[Sampled],
) -> dict[str, float]:
    """Return where each null calls; a margin or a mask calls what lies in it."""
    said = [_scores(maps, atlas, table, rows) for table, rows, _ in sampled]
    calls = {margin_name(mm): _SURE for mm in MARGINS_MM} | {OEDEMA: _SURE}
    truth = np.concatenate([table.label[rows] == 1 for table, rows, _ in sampled])
    weights = np.concatenate([weight for _, _, weight in sampled])
    found = {}
    for name in said[0]:
        scores = np.concatenate([one[name] for one in said])
        defined = np.isfinite(scores)
        if name in calls:
            found[name] = calls[name]
        elif defined.any():
            weight = weights[defined]
            share = float(weight[truth[defined]].sum() / weight.sum())
            found[name] = threshold_of_share(scores[defined], weight, share)
    return found
