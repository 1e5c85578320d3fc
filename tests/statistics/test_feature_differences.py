import numpy as np
import pytest

from gliofront.statistics.feature_differences import (
    PatientFeatures,
    class_means,
    feature_differences,
)
from gliofront.statistics.mixed_model import ONE_SITE
from gliofront.statistics.pairs import TOO_FEW_PAIRS
from gliofront.statistics.two_groups import compare_numbers


def cohort(rng, patients, features, *, shift=0.0, sites="A", spread=3.0):
    """Draw patients who differ by ``spread``, their classes by ``shift`` and a noise of 1."""
    level = rng.normal(0, spread, (patients, features))
    inside, outside = (
        level + shift + rng.normal(size=level.shape),
        level + rng.normal(size=level.shape),
    )
    names = [f"T1C_f{n}" for n in range(features)]
    return [
        PatientFeatures(
            f"p{n}",
            sites[n % len(sites)],
            dict(zip(names, inside[n].tolist(), strict=True)),
            dict(zip(names, outside[n].tolist(), strict=True)),
        )
        for n in range(patients)
    ]


def test_without_difference_one_in_twenty_is_positive_and_the_rate_is_kept():
    rng = np.random.default_rng(1)
    raw, false_rates = [], []
    for _ in range(100):
        found = feature_differences(cohort(rng, 12, 20))
        raw += [f.comparison.p < 0.05 for f in found]
        # Every call is false here, so the rate of false ones is 1 where there is any.
        false_rates.append(any(f.q < 0.05 for f in found))
    assert np.mean(raw) == pytest.approx(0.05, abs=0.015)
    assert np.mean(false_rates) <= 0.05


def test_true_differences_are_found_and_false_ones_are_few():
    rng = np.random.default_rng(2)
    found = feature_differences(cohort(rng, 15, 20, shift=np.repeat([2.0, 0.0], 10)))
    called = np.array([f.q < 0.05 for f in found])
    assert called[:10].all()
    assert called[10:].sum() <= 1


def test_pairing_is_by_patient():
    """Patients differ ten times as much as classes: unpaired, nothing is seen."""
    people = cohort(np.random.default_rng(3), 14, 1, shift=1.0, spread=10.0)
    (found,) = feature_differences(people)
    unpaired = compare_numbers(
        [p.progression["T1C_f0"] for p in people], [p.elsewhere["T1C_f0"] for p in people]
    )
    assert found.comparison.p < 0.05
    assert unpaired.p > 0.3


def test_voxels_do_not_count_as_patients():
    """Two patients with a thousand voxels each are two patients: no difference can be shown."""
    rng = np.random.default_rng(4)
    people, inside, outside = [], [], []
    for n in range(2):
        label = np.repeat([1, 0], 500)
        values = (rng.normal(n, 1, 1000) + 0.5 * label)[:, None]
        means = [{"f": float(class_means(values, label, wanted)[0])} for wanted in (1, 0)]
        people.append(PatientFeatures(f"p{n}", "A", *means))
        inside += values[label == 1].ravel().tolist()
        outside += values[label == 0].ravel().tolist()
    (found,) = feature_differences(people)
    assert compare_numbers(inside, outside).p < 1e-6
    assert found.comparison.n == (2, 2)
    assert found.comparison.p >= 0.5


def test_means_of_a_class_leave_out_nan_and_are_the_same_in_blocks():
    rng = np.random.default_rng(5)
    features = rng.normal(size=(40_000, 3)).astype(np.float32)
    features[::7, 1] = np.nan
    label = rng.integers(-1, 2, 40_000)
    for wanted in (1, 0):
        expected = np.nanmean(features[label == wanted].astype(np.float64), axis=0)
        np.testing.assert_allclose(class_means(features, label, wanted), expected)
    assert np.isnan(class_means(features, label, 5)).all()


def test_missing_features_and_single_patients_say_why():
    one = PatientFeatures("p1", "A", {"ADC_f": 1.0, "FA_f": np.nan}, {"ADC_f": 2.0, "FA_f": 1.0})
    two = PatientFeatures("p2", "A", {"T1C_f": 3.0}, {"T1C_f": 1.0})
    found = {f.feature: f for f in feature_differences([one, two])}
    assert list(found) == ["ADC_f", "FA_f", "T1C_f"]
    assert {f.comparison.reason for f in found.values()} == {TOO_FEW_PAIRS}
    assert found["FA_f"].comparison.n == (0, 0)
    assert found["ADC_f"].mixed.reason == ONE_SITE
    assert feature_differences([]) == []


def test_two_sites_give_a_mixed_model_with_its_own_rate():
    people = cohort(np.random.default_rng(6), 8, 4, shift=2.0, sites="AB")
    for found in feature_differences(people):
        assert found.mixed.low < found.mixed.value < found.mixed.high
        assert found.mixed_q >= found.mixed.p
