"""The classifiers by the name that settings and model files give them."""

from __future__ import annotations

from collections.abc import Mapping

from gliofront.learning.classifiers.classifier import (
    ClassifierKind,
    Tensors,
    TrainingRows,
    VoxelClassifier,
)
from gliofront.learning.classifiers.ensemble import MEMBERS, EnsembleClassifier
from gliofront.learning.classifiers.unet import UNetClassifier
from gliofront.learning.fit_watch import UNWATCHED, FitWatch
from gliofront.learning.settings import LearningSettings
from gliofront.learning.unet.extra import require_torch

KINDS: Mapping[str, ClassifierKind] = {
    **MEMBERS,
    "ensemble": EnsembleClassifier,
    "unet": UNetClassifier,
}


def refuse_what_is_not_installed(settings: LearningSettings) -> None:
    """Raise `InputRefused` if a kind that the settings name needs an extra that is not there."""
    kinds = {settings.kind, *(one.get("kind") for one in settings.candidates)}
    if "unet" in kinds:
        require_torch("learning.kind")


def fit_classifier(
    rows: TrainingRows, settings: LearningSettings, watch: FitWatch = UNWATCHED
) -> VoxelClassifier:
    """Fit the kind of classifier that the settings name, telling whoever watches.

    Raises
    ------
    InputRefused
        If the rows are too few for it, or it needs an extra that is not installed.
    """
    return KINDS[settings.kind].fit(rows, settings, watch)


def read_classifier(
    tensors: Tensors, columns: int, settings: LearningSettings, subject: object
) -> VoxelClassifier:
    """Read a classifier of a model file.

    Parameters
    ----------
    columns : number of feature columns of the model.
    settings : with which it was fitted.
    subject : what a refusal names.

    Raises
    ------
    InputRefused
        If the tensors are not those of such a classifier, or it needs an extra that is not
        installed.
    """
    return KINDS[settings.kind].from_tensors(tensors, columns, settings, subject)
