"""Evidence used: sums, silent maps, gradients against differences."""

from __future__ import annotations

import numpy as np
import pytest
from learning_cases import NAMES, SETTINGS, patient_voxels
from scipy.special import logit

from gliofront.foundation.errors import InputRefused
from gliofront.learning.classifiers.classifier import TrainingRows, design
from gliofront.learning.classifiers.kinds import KINDS, fit_classifier
from gliofront.learning.classifiers.neural import NetworkClassifier
from gliofront.learning.evidence import evidence_used, gradient_times_input
from gliofront.learning.network import ScaledConjugateGradientClassifier

QUICK = SETTINGS.model_copy(update={"trees": 20, "epochs": 60, "inner_folds": 2, "hidden": (6, 5)})
# The U-Net sees voxels side by side, and these lie anywhere: test_unet.py asks it the same.
ROW_WISE = [kind for kind, made in KINDS.items() if not made.dense]
EXACT = ("boosted", "logistic", "mixture")


def rows_of(tables, features=None):
    features = [t.features for t in tables] if features is None else features
    return TrainingRows(
        features=np.concatenate(features),
        distance_mm=np.concatenate([t.distance_mm for t in tables]),
        label=np.concatenate([t.label for t in tables]),
        weight=np.ones(sum(len(t.label) for t in tables)),
        patient=np.repeat(np.arange(len(tables)), [len(t.label) for t in tables]),
        voxel=np.concatenate([t.voxel for t in tables]),
        names=NAMES,
    )


@pytest.fixture(name="fitted", scope="module")
def one_of_each_kind():
    """rCBV's two columns, the last, are constant, so nothing can be learned of them."""
    tables = [patient_voxels(number, n=600) for number in range(5)]
    features = [silenced(t.features) for t in tables]
    rows = rows_of(tables, features)
    return {
        kind: fit_classifier(rows, QUICK.model_copy(update={"kind": kind})) for kind in ROW_WISE
    }


def silenced(features):
    changed = features.copy()
    changed[:, 4:] = 1.0
    return changed


def evidence(classifier, table):
    return evidence_used(classifier, silenced(table.features), table.distance_mm, NAMES)


@pytest.mark.parametrize("kind", EXACT)
def test_exact_kinds_sum_to_the_log_odds(fitted, kind):
    table = patient_voxels(30, n=500)
    found = evidence(fitted[kind], table)
    said = fitted[kind].predict(silenced(table.features), table.distance_mm, voxel=table.voxel)
    np.testing.assert_allclose(found.values.sum(axis=1) + found.expected, logit(said), atol=1e-4)


@pytest.mark.parametrize("kind", ROW_WISE)
def test_sources_and_a_map_without_influence(fitted, kind):
    table = patient_voxels(31, n=500)
    found = evidence(fitted[kind], table)
    assert found.sources == ("T1C", "ADC", "rCBV", "distance")
    assert found.values.shape == (500, 4)
    assert found.values.dtype == np.float32
    assert np.isfinite(found.values).all()
    spread = found.values.std(axis=0)
    assert spread[2] < 1e-6
    assert min(spread[0], spread[1]) > 0.1
    assert np.isnan(found.expected) == (kind in ("network", "ensemble"))


def test_evidence_points_to_progression(fitted):
    table = patient_voxels(32, n=1500)
    for kind in ROW_WISE:
        found = evidence(fitted[kind], table).values
        progressed = table.label == 1
        assert (found[progressed][:, :2].mean(0) > found[~progressed][:, :2].mean(0)).all(), kind


@pytest.mark.parametrize("kind", ["boosted", "network", "logistic"])
def test_a_distance_not_used_has_no_evidence(kind):
    tables = [patient_voxels(number, n=300) for number in range(3)]
    learning = QUICK.model_copy(update={"kind": kind, "trees": 5, "with_distance": False})
    classifier = fit_classifier(rows_of(tables), learning)
    table = patient_voxels(33, n=200)
    found = evidence_used(classifier, table.features, table.distance_mm, NAMES).values
    assert not found[:, 3].any()
    assert found[:, :3].any()


def test_the_ensemble_is_the_mean_of_its_members(fitted):
    table = patient_voxels(38, n=200)
    members = [evidence(one, table).values for one in fitted["ensemble"].members.values()]
    found = evidence(fitted["ensemble"], table).values
    np.testing.assert_allclose(found, np.mean(members, axis=0), atol=1e-6)


def test_gradient_is_that_of_differences(fitted):
    network = fitted["network"].network
    table = patient_voxels(34, n=40)
    seen = design(silenced(table.features), table.distance_mm, with_distance=True)
    found = gradient_times_input(network, seen)
    inputs = network.mapping_.inputs(seen, np.float64)
    step = 1e-5
    for place in range(inputs.shape[1]):
        shifted = [inputs.copy(), inputs.copy()]
        shifted[0][:, place] -= step
        shifted[1][:, place] += step
        low, high = (forward(network, x) for x in shifted)
        slope = (high - low) / (2 * step)
        np.testing.assert_allclose(found[:, place], slope * inputs[:, place], atol=1e-7)


def forward(network, values):
    """Return the log odds in float64."""
    *hidden, (weight, bias) = zip(network.coefs_, network.intercepts_, strict=True)
    for of_layer, shift in hidden:
        values = np.tanh(values @ of_layer.astype(np.float64) + shift)
    logits = values @ weight.astype(np.float64) + bias
    return logits[:, 1] - logits[:, 0]


def test_forward_above_is_the_network(fitted):
    network = fitted["network"].network
    table = patient_voxels(35, n=50)
    seen = design(silenced(table.features), table.distance_mm, with_distance=True)
    odds = forward(network, network.mapping_.inputs(seen, np.float64))
    np.testing.assert_allclose(odds, logit(network.predict_proba(seen)[:, 1]), atol=1e-3)


def test_an_undefined_map_has_no_evidence_in_the_network():
    tables = [patient_voxels(number, n=400) for number in range(3)]
    classifier = fit_classifier(rows_of(tables), QUICK.model_copy(update={"kind": "network"}))
    table = patient_voxels(36, n=100)
    features = table.features.copy()
    features[:50, 2:4] = np.nan
    found = evidence_used(classifier, features, table.distance_mm, NAMES).values
    assert not found[:50, 1].any()
    assert found[50:, 1].any()


def test_a_linear_network_is_explained_exactly():
    rng = np.random.default_rng(3)
    table = rng.normal(size=(300, 3)).astype(np.float32)
    network = ScaledConjugateGradientClassifier((4,), max_epochs=5, seed=1)
    network.fit(table, table[:, 0] > 0)
    tensors = network.to_tensors()
    # Units so small that tanh is a straight line.
    tensors["weight_0"] = tensors["weight_0"] * np.float32(1e-3)
    tensors["bias_0"] = tensors["bias_0"] * np.float32(0)
    tensors["bias_1"] = tensors["bias_1"] * np.float32(0)
    linear = NetworkClassifier(ScaledConjugateGradientClassifier.from_tensors(tensors), False)
    found = evidence_used(linear, table, np.ones(300), ("T1C_a_b", "ADC_a_b", "ADC_a_c"))
    said = logit(linear.predict(table, np.ones(300), voxel=np.zeros((300, 3), int)))
    np.testing.assert_allclose(found.values.sum(axis=1), said, rtol=1e-3)


def test_no_voxel_has_no_evidence(fitted):
    for classifier in fitted.values():
        found = evidence_used(classifier, np.zeros((0, 6), np.float32), np.zeros(0), NAMES)
        assert found.values.shape == (0, 4)


def test_refusals(fitted):
    table = patient_voxels(37, n=20)
    with pytest.raises(InputRefused, match="features"):
        evidence_used(fitted["boosted"], table.features, table.distance_mm, NAMES[1:])

    class Oracle:
        """A classifier of no known kind."""

    with pytest.raises(InputRefused, match="Oracle does not tell what it looked at"):
        evidence_used(Oracle(), table.features, table.distance_mm, NAMES)
