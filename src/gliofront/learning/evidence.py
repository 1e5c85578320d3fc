"""Evidence used: how much each map moved the log odds of progression of a voxel.

It says what a classifier looked at, not what causes progression, and it comes before the model's
recalibration. What each kind gives:

- boosted trees: SHAP values (Lundberg et al., Nat Mach Intell 2:56-67, 2020), exact: with the
  expected value they sum to the log odds;
- the network: gradient of the log odds times the input mapped to -1 to 1 (Shrikumar et al.,
  arXiv:1605.01713), a first-order guess that sums to nothing in particular; an undefined value has
  none, since the network was shown the training mean instead;
- logistic regression on ranks: coefficient times rank, exact;
- the mixture: the texture's SHAP values times its share; for the distance, its log odds times its
  share, beside the mean of the voxels asked; exact;
- the ensemble: the mean over its members, whose log odds it is the mean of;
- the U-Net: gradient of the sum of all voxels' log odds times the input of each, for what a voxel
  holds speaks for its neighbours too; so it needs all voxels of a patient and where they lie, and
  tells nothing, 0 throughout, where it is not told that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import singledispatch

import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.errors import InputRefused
from gliofront.learning.classifiers.classifier import VoxelClassifier, design
from gliofront.learning.classifiers.ensemble import EnsembleClassifier
from gliofront.learning.classifiers.mixture import MixtureClassifier
from gliofront.learning.classifiers.neural import NetworkClassifier
from gliofront.learning.classifiers.rank_logistic import RankLogisticClassifier, centred_ranks
from gliofront.learning.classifiers.trees import TreeClassifier
from gliofront.learning.classifiers.unet import UNetClassifier
from gliofront.learning.network import ScaledConjugateGradientClassifier
from gliofront.learning.recalibration import log_odds
from gliofront.learning.table import map_of

FloatArray = NDArray[np.float64]

DISTANCE = "distance"
# Rows at a time, for each has a contribution a column.
_ROWS = 2**13


@dataclass(frozen=True, eq=False)
class Evidence:
    """What moved the log odds of each voxel.

    Parameters
    ----------
    sources : (m,) the maps in the order of the columns, then ``"distance"``, whose evidence is 0
        where the classifier does not use it.
    values : (n, m) float32, log odds; above 0 it speaks for progression.
    expected : log odds before any evidence; NaN without a voxel, and for kinds whose evidence does
        not sum to the log odds.
    """

    sources: tuple[str, ...]
    values: NDArray[np.float32]
    expected: float


@dataclass(frozen=True, eq=False)
class _Voxels:
    """Voxels of one patient, with the source (p + 1,) of each column, the distance last."""

    features: NDArray[np.float32]
    distance_mm: NDArray[np.floating]
    source: NDArray[np.intp]
    voxel: NDArray[np.integer] | None
    threads: int

    def __len__(self) -> int:
        return len(self.features)

    @property
    def sources(self) -> int:
        """How many there are, m."""
        return int(self.source[-1]) + 1

    def no_evidence(self) -> FloatArray:
        """Return zeros (n, m)."""
        return np.zeros((len(self), self.sources))


Contributions = tuple[FloatArray, float]


def evidence_used(
    classifier: VoxelClassifier,
    features: NDArray[np.float32],
    distance_mm: NDArray[np.floating],
    names: Sequence[str],
    *,
    voxel: NDArray[np.integer] | None = None,
    threads: int = 1,
) -> Evidence:
    """Return the evidence that a classifier used for each voxel, summed over a map's columns.

    Parameters
    ----------
    classifier : fitted on these columns, of any kind in `KINDS`.
    features : (n, p) of one whole patient, columns as `names`; NaN where a map is undefined.
    distance_mm : (n,) to the enhancing tumour, finite.
    names : (p,) column names.
    voxel : (n, 3) indices in the working grid; without them the U-Net's evidence is 0.
    threads : of the trees; changes no bit.

    Raises
    ------
    InputRefused
        If the columns are not those of the names, or the kind of classifier is another one.
    """
    if features.shape != (len(distance_mm), len(names)):
        problem = f"features {features.shape} of {len(distance_mm)} voxels and {len(names)} names"
        raise InputRefused("evidence", problem, "give the columns that the model was trained on")
    maps = tuple(dict.fromkeys(map_of(name) for name in names))
    source = np.array([*(maps.index(map_of(name)) for name in names), len(maps)])
    voxels = _Voxels(features, distance_mm, source, voxel, threads)
    values, expected = _contributions(classifier, voxels)
    return Evidence((*maps, DISTANCE), values.astype(np.float32), expected)


@singledispatch
def _contributions(classifier: VoxelClassifier, voxels: _Voxels) -> Contributions:
    """Return evidence (n, m) and the log odds before it."""
    problem = f"{type(classifier).__name__} does not tell what it looked at"
    raise InputRefused("evidence", problem, "use one of the kinds of model that training offers")


@_contributions.register
def _of_trees(classifier: TreeClassifier, voxels: _Voxels) -> Contributions:
    found, expected = voxels.no_evidence(), math.nan
    for part in _parts(len(voxels)):
        seen = design(voxels.features[part], voxels.distance_mm[part], classifier.with_distance)
        shap = np.asarray(
            classifier.booster.predict(seen, pred_contrib=True, num_threads=voxels.threads)
        )
        found[part] = _summed(shap[:, :-1], voxels.source, voxels.sources)
        expected = float(shap[0, -1])
    return found, expected


@_contributions.register
def _of_network(classifier: NetworkClassifier, voxels: _Voxels) -> Contributions:
    found = voxels.no_evidence()
    source = voxels.source[classifier.network.mapping_.kept]
    for part in _parts(len(voxels)):
        seen = design(voxels.features[part], voxels.distance_mm[part], classifier.with_distance)
        columns = gradient_times_input(classifier.network, seen)
        found[part] = _summed(columns, source, voxels.sources)
    return found, math.nan


@_contributions.register
def _of_ranks(classifier: RankLogisticClassifier, voxels: _Voxels) -> Contributions:
    found = voxels.no_evidence()
    columns = [*voxels.features.T, voxels.distance_mm]
    # Without the distance there is one coefficient less than there are columns.
    for coefficient, values, source in zip(
        classifier.coefficients, columns, voxels.source, strict=False
    ):
        found[:, source] += coefficient * centred_ranks(values)
    return found, classifier.intercept


@_contributions.register
def _of_mixture(classifier: MixtureClassifier, voxels: _Voxels) -> Contributions:
    shift, of_distance, of_texture = (float(share) for share in classifier.stack)
    texture, expected = _contributions(classifier.texture, voxels)
    found = of_texture * texture
    said = log_odds(classifier.null.predict(voxels.distance_mm))
    usual = float(said.mean()) if said.size else 0.0
    found[:, voxels.source[-1]] += of_distance * (said - usual)
    return found, shift + of_distance * usual + of_texture * expected


@_contributions.register
def _of_ensemble(classifier: EnsembleClassifier, voxels: _Voxels) -> Contributions:
    members = [_contributions(member, voxels) for member in classifier.members.values()]
    values = np.mean([of_member for of_member, _ in members], axis=0)
    return np.asarray(values), float(np.mean([expected for _, expected in members]))


@_contributions.register
def _of_unet(classifier: UNetClassifier, voxels: _Voxels) -> Contributions:
    found = voxels.no_evidence()
    if voxels.voxel is not None:
        source = [*voxels.source[classifier.channels.columns], voxels.source[-1]]
        found[:, source] = classifier.gradient_times_input(
            voxels.features, voxels.distance_mm, voxel=voxels.voxel
        )
    return found, math.nan


def gradient_times_input(
    network: ScaledConjugateGradientClassifier, table: NDArray[np.float32]
) -> FloatArray:
    """Return the gradient of the log odds by each input times that input, (n, q).

    Parameters
    ----------
    network : fitted.
    table : (n, p); an undefined value contributes 0.
    """
    mapping = network.mapping_
    inputs = mapping.inputs(table, np.float64)
    found = _log_odds_gradient(network, inputs) * inputs
    found[np.isnan(table[:, mapping.kept])] = 0.0
    return found


def _log_odds_gradient(
    network: ScaledConjugateGradientClassifier, inputs: NDArray[np.floating]
) -> FloatArray:
    """Return the derivative of the second logit minus the first by each input, (n, q)."""
    *hidden, last = [np.asarray(weight, dtype=np.float64) for weight in network.coefs_]
    values: list[FloatArray] = []
    seen = np.asarray(inputs, dtype=np.float64)
    for weight, bias in zip(hidden, network.intercepts_[:-1], strict=True):
        seen = np.tanh(seen @ weight + bias)
        values.append(seen)
    slope = np.broadcast_to(last[:, 1] - last[:, 0], seen.shape)
    for weight, value in zip(reversed(hidden), reversed(values), strict=True):
        slope = (slope * (1 - value**2)) @ weight.T
    return np.asarray(slope)


def _parts(rows: int) -> list[slice]:
    return [slice(start, start + _ROWS) for start in range(0, rows, _ROWS)]


def _summed(columns: FloatArray, source: NDArray[np.intp], sources: int) -> FloatArray:
    """Return contributions (n, q) summed over the columns of each source, (n, m).

    Parameters
    ----------
    source : (q,) or longer, the source of each column.
    sources : m.
    """
    return np.asarray(columns @ np.eye(sources)[source[: columns.shape[1]]])
