"""Boosted trees (LightGBM), repeatable, with their text reduced to what prediction needs.

Ke et al., "LightGBM: a highly efficient gradient boosting decision tree", NeurIPS 2017.
"""

from __future__ import annotations

import math

import lightgbm
import numpy as np
from lightgbm.callback import CallbackEnv
from numpy.typing import NDArray

from gliofront.learning.fit_watch import UNWATCHED, Clock, FitWatch
from gliofront.learning.settings import LearningSettings

_END = "end of trees\n"


def fit_booster(
    design: NDArray[np.float32],
    label: NDArray[np.integer],
    weight: NDArray[np.float64],
    settings: LearningSettings,
    watch: FitWatch = UNWATCHED,
) -> str:
    """Fit a binary classifier and return its text.

    Parameters
    ----------
    design : (n, p) float32; NaN is a missing value with its own branch.
    label : (n,) 0 or 1, both present.
    weight : (n,) positive; only ratios matter.

    Same data and settings give the same text.
    """
    data = lightgbm.Dataset(
        design,
        label=label,
        weight=weight / weight.mean(),
        params={"verbosity": -1, "num_threads": settings.threads, "max_bin": 255},
        free_raw_data=True,
    )
    clock = Clock(watch, "boosted", settings.trees)

    def told(now: CallbackEnv) -> None:
        losses = now.evaluation_result_list
        clock.tell(now.iteration + 1, losses[0][2] if losses else math.nan)

    # To be told the loss costs a pass over the rows a tree, which a fit unwatched does not pay.
    watched = watch is not UNWATCHED
    booster = lightgbm.train(
        _parameters(settings),
        data,
        num_boost_round=settings.trees,
        valid_sets=[data] if watched else None,
        callbacks=[told] if watched else None,
    )
    text: str = booster.model_to_string()
    # What follows the trees (parameters, importances) is not needed to predict, and would make
    # the text depend on the number of threads.
    return text[: text.index(_END) + len(_END)]


def _parameters(settings: LearningSettings) -> dict[str, object]:
    return {
        "objective": "binary",
        "metric": "binary_logloss",
        "learning_rate": settings.learning_rate,
        "num_leaves": settings.leaves,
        "min_data_in_leaf": settings.min_voxels_in_leaf,
        "lambda_l2": settings.l2,
        "feature_fraction": settings.feature_share,
        "bagging_fraction": settings.voxel_share,
        "bagging_freq": 1 if settings.voxel_share < 1 else 0,
        "seed": settings.seed,
        "num_threads": settings.threads,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }


def load_booster(text: str) -> lightgbm.Booster:
    """Return the booster of a text that `fit_booster` made or `check_booster_text` passed."""
    return lightgbm.Booster(model_str=text)


def predict_booster(
    booster: lightgbm.Booster, design: NDArray[np.float32], *, threads: int = 1
) -> NDArray[np.float64]:
    """Return the probability of each row, (n,) float64; rows do not affect each other."""
    if not len(design):
        return np.empty(0)
    found = booster.predict(np.ascontiguousarray(design), num_threads=threads)
    return np.asarray(found, dtype=np.float64)
