"""A compact 3-D residual U-Net as a classifier of voxels; needs the extra ``deep``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from gliofront.foundation.errors import InputRefused
from gliofront.learning.classifiers.classifier import (
    Tensors,
    TrainingRows,
    inner,
    outer,
    refuse_tensors,
)
from gliofront.learning.fit_watch import UNWATCHED, FitWatch
from gliofront.learning.settings import LearningSettings
from gliofront.learning.unet.architecture import Shapes, Weights, initial_weights, weight_shapes
from gliofront.learning.unet.channels import Channels
from gliofront.learning.unet.extra import require_torch
from gliofront.learning.unet.patches import PatchSource

_NETWORK = "network"
_CHANNELS = {"columns": (np.int64, 1), "centre": (np.float32, 1), "scale": (np.float32, 1)}
_MEND = "fetch the model folder again or train the model again"


@dataclass(frozen=True, eq=False)
class UNetClassifier:
    """A U-Net on the rows of a patient, put back where they lie.

    After Ronneberger et al. (MICCAI 2015), Çiçek et al. (MICCAI 2016), He et al. (ECCV 2016) and
    Isensee et al. (Nat Methods 18:203, 2021). It is shown, of each map, the local mean; whether the
    map is there; the distance, if wanted; and where rows are. It cannot see what has no row: inside
    the tumour, outside the region, and, while it learns, where the label is unknown.

    Parameters
    ----------
    channels : what it is shown.
    weights : float32, by name.
    """

    channels: Channels
    weights: Weights

    dense: ClassVar[bool] = True

    @classmethod
    def fit(
        cls, rows: TrainingRows, settings: LearningSettings, watch: FitWatch = UNWATCHED
    ) -> Self:
        """Fit; same rows and settings, same weights on one machine without a GPU.

        Parameters
        ----------
        rows : all usable ones of each patient, not a sample, and none spoilt: maps are dropped here
            by whole patches.

        Raises
        ------
        InputRefused
            If torch is not installed, or the weights do not stay finite.
        """
        require_torch("training of the U-Net")
        from gliofront.learning.unet.on_torch.fitting import fitted_weights

        channels = Channels.of(rows.features, rows.distance_mm, rows.names, settings.with_distance)
        rng = np.random.default_rng([settings.seed, *b"unet"])
        prevalence = float(rows.weight @ rows.label / rows.weight.sum())
        shapes = weight_shapes(channels.count, settings.unet_width)
        first = initial_weights(shapes, prevalence, rng)
        source = PatchSource(
            rows, channels, most=settings.unet_patch, map_dropout=settings.map_dropout, rng=rng
        )
        return cls(channels, fitted_weights(first, source, settings.unet_steps, watch))

    @classmethod
    def from_tensors(
        cls, tensors: Tensors, columns: int, settings: LearningSettings, subject: object
    ) -> Self:
        """Read it back; anything else is refused, and so is a machine without torch."""
        require_torch(subject)
        network = inner(_NETWORK, tensors)
        own = {n: t for n, t in tensors.items() if not n.startswith(f"{_NETWORK}.")}
        refuse_tensors(subject, own, _CHANNELS)
        channels = Channels(own["columns"], own["centre"], own["scale"])
        _refuse_channels(subject, channels, columns, settings.with_distance)
        shapes = weight_shapes(channels.count, settings.unet_width)
        _refuse_weights(subject, network, shapes)
        return cls(channels, network)

    def tensors(self) -> Tensors:
        """Return the weights and what the channels are made with."""
        own = {name: getattr(self.channels, name) for name in _CHANNELS}
        return own | outer(_NETWORK, self.weights)

    def predict(
        self,
        features: NDArray[np.float32],
        distance_mm: NDArray[np.floating],
        *,
        voxel: NDArray[np.integer],
        threads: int = 1,
    ) -> NDArray[np.float64]:
        """Return the probability of each row, (n,); the rows are one whole patient.

        One thread works, whatever `threads` says, for others might change a bit.
        """
        from gliofront.learning.unet.on_torch.passes import predicted_log_odds

        inputs = self.channels.inputs(features, distance_mm)
        return np.asarray(expit(predicted_log_odds(self.weights, inputs, voxel)))

    def gradient_times_input(
        self,
        features: NDArray[np.float32],
        distance_mm: NDArray[np.floating],
        *,
        voxel: NDArray[np.integer],
    ) -> NDArray[np.float64]:
        """Return the gradient of all rows' log odds together times the input, (n, m + 1).

        By map in the order of the channels, the distance last; parameters as of `predict`.
        """
        from gliofront.learning.unet.on_torch.passes import input_gradients

        inputs = self.channels.inputs(features, distance_mm)
        return self.channels.by_source(input_gradients(self.weights, inputs, voxel) * inputs)


def _refuse_channels(
    subject: object, channels: Channels, columns: int, with_distance: bool
) -> None:
    """Raise `InputRefused` unless the channels can be made of so many columns."""
    found, width = channels.columns, channels.maps + with_distance
    sound = (
        0 < channels.maps == np.unique(found).size
        and ((found >= 0) & (found < columns)).all()
        and channels.centre.shape == channels.scale.shape == (width,)
        and np.isfinite(channels.centre).all()
        and np.isfinite(channels.scale).all()
        and (channels.scale > 0).all()
    )
    if not sound:
        problem = "the channels of the U-Net do not belong to the columns"
        raise InputRefused(subject, problem, _MEND)


def _refuse_weights(subject: object, found: Tensors, shapes: Shapes) -> None:
    """Raise `InputRefused` unless the weights have these names and shapes, float32 and finite."""
    wrong = set(found) ^ set(shapes)
    for name in set(found) & set(shapes):
        tensor = found[name]
        fits = tensor.dtype == np.float32 and tensor.shape == shapes[name]
        if not fits or not np.isfinite(tensor).all():
            wrong.add(name)
    if wrong:
        named = ", ".join(sorted(wrong)[:3])
        problem = f"{len(wrong)} weights of the U-Net are not what they should be, such as {named}"
        raise InputRefused(subject, problem, _MEND)
