"""What published triples imply, against tables whose truth is known."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from sklearn import metrics

from gliofront.evaluation.claim import read_claim
from gliofront.evaluation.claim_intervals import bounds_of, corners, mixed, transposed, value_of
from gliofront.evaluation.claim_quantities import QUANTITIES
from gliofront.evaluation.claim_verdict import verdict
from gliofront.evaluation.claims import (
    audit_predictive_values,
    audit_sensitivity_specificity,
)
from gliofront.foundation.errors import InputRefused, UsageRefused

COUNTS = st.tuples(*[st.integers(0, 400) | st.integers(0, 3)] * 4)


def truth_of(tp: int, fp: int, fn: int, tn: int) -> dict[str, float]:
    """Every quantity of a table of counts that can be computed, by other formulas than ours."""
    n = tp + fp + fn + tn
    truth = {
        "true_positive_share": tp / n,
        "false_positive_share": fp / n,
        "false_negative_share": fn / n,
        "true_negative_share": tn / n,
        "predicted_positive_share": (tp + fp) / n,
        "prevalence": (tp + fn) / n,
        "accuracy": (tp + tn) / n,
        "all_negative_accuracy": 1 - (tp + fn) / n,
    }
    for name, part, whole in (
        ("sensitivity", tp, tp + fn),
        ("specificity", tn, tn + fp),
        ("ppv", tp, tp + fp),
        ("npv", tn, tn + fn),
    ):
        if whole:
            truth[name] = part / whole
    if truth.keys() >= {"sensitivity", "specificity"}:
        truth["balanced_accuracy"] = (truth["sensitivity"] + truth["specificity"]) / 2
    if "ppv" in truth and truth["prevalence"]:
        truth["lift"] = truth["ppv"] / truth["prevalence"]
    if truth.keys() >= {"sensitivity", "specificity", "ppv", "npv"}:
        cases, calls = np.repeat([1, 0, 1, 0], [tp, fp, fn, tn]), [1] * (tp + fp) + [0] * (fn + tn)
        truth["mcc"] = metrics.matthews_corrcoef(cases, calls)
    return truth


@settings(max_examples=25, deadline=None)
@given(COUNTS, st.integers(2, 4), st.booleans())
@example((1, 0, 0, 0), 2, False)
@example((0, 1, 0, 400), 2, False)
@example((1, 0, 400, 0), 3, True)
def test_intervals_hold_the_truth_behind_rounded_figures(counts, digits, predictive):
    assume(sum(counts))
    truth = truth_of(*counts)
    names = ("ppv", "npv") if predictive else ("sensitivity", "specificity")
    if not truth.keys() >= set(names):
        return
    audit = audit_predictive_values if predictive else audit_sensitivity_specificity
    found = audit(*(f"{truth[name]:.{digits}f}" for name in (*names, "accuracy")))
    for name, value in truth.items():
        derived = found.derived[name]
        assert derived.low <= value <= derived.high, name
    better = truth["all_negative_accuracy"] > truth["accuracy"] + 1e-12
    assert found.calling_nothing_is_better in (better, None)


@settings(max_examples=8, deadline=None)
@given(st.tuples(*[st.integers(1, 400)] * 4))
def test_many_digits_give_the_table_itself_and_both_directions_agree(counts):
    tp, fp, fn, tn = counts
    # The two rates must differ, or the accuracy says nothing about their shares.
    assume(abs(tp * (fn + tn) - tn * (tp + fp)) > 0.01 * (tp + fp) * (fn + tn))
    assume(abs(tp * (fp + tn) - tn * (tp + fn)) > 0.01 * (tp + fn) * (fp + tn))
    truth = truth_of(*counts)

    def printed(*names: str) -> list[str]:
        return [f"{truth[name]:.15f}" for name in names]

    one = audit_predictive_values(*printed("ppv", "npv", "accuracy"))
    other = audit_sensitivity_specificity(*printed("sensitivity", "specificity", "accuracy"))
    for found in (one.derived, other.derived):
        assert {name: d.value for name, d in found.items()} == pytest.approx(truth, abs=1e-8)
        assert max(d.high - d.low for d in found.values()) < 1e-6


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_bounds_are_reached_and_never_passed_by_tables_inside(seed, of_truth):
    rng = np.random.default_rng(seed)
    first, second, share = (Fraction(round(x, 6)) for x in rng.beta(0.5, 0.5, 3))
    accuracy = mixed(first, second, share)
    claims = (first, second, accuracy[0] + accuracy[3])
    digits = int(rng.integers(1, 4))
    ends = corners(*(read_claim("", f"{float(c):.{digits}f}").bounds for c in claims))
    if of_truth:
        ends = tuple(transposed(end) for end in ends)
    weights = np.concatenate([rng.dirichlet(np.full(len(ends), a), 60) for a in (0.05, 0.5)])
    inside = [
        tuple(Fraction(float(x)) for x in row) for row in weights @ np.array(ends, dtype=float)
    ]
    for name, quantity in QUANTITIES.items():
        low, high = bounds_of(quantity, ends)
        values = np.array([value_of(quantity, table) for table in inside])
        values = values[~np.isnan(values)]
        assert np.all(values >= low - 1e-12), name
        assert np.all(values <= high + 1e-12), name
        # The chance tables reach far into the interval, so it is no idle 0 to 1.
        if values.size > 100 and math.isfinite(high) and name != "mcc":
            assert np.ptp(values) > 0.5 * (high - low) - 1e-8, name


def test_the_external_figures_of_the_paper():
    found = audit_predictive_values("0.168", "0.785", "0.780")
    assert {name: round(d.value, 4) for name, d in found.derived.items()} == {
        "true_positive_share": 0.0014,
        "false_positive_share": 0.0067,
        "false_negative_share": 0.2133,
        "true_negative_share": 0.7786,
        "predicted_positive_share": 0.0081,
        "prevalence": 0.2146,
        "sensitivity": 0.0063,
        "specificity": 0.9914,
        "ppv": 0.168,
        "npv": 0.785,
        "accuracy": 0.78,
        "all_negative_accuracy": 0.7854,
        "balanced_accuracy": 0.4989,
        "lift": 0.7828,
        "mcc": -0.0103,
    }
    assert found.calling_nothing_is_better is True
    share = found.derived["predicted_positive_share"]
    assert share.low == pytest.approx(0.004 / 0.617, abs=1e-8)
    assert share.high == pytest.approx(0.006 / 0.617, abs=1e-8)


def test_the_internal_figures_of_the_paper():
    found = audit_sensitivity_specificity("0.80", "0.977", "0.926")
    assert round(found.derived["prevalence"].value, 3) == 0.288
    assert round(found.derived["ppv"].value, 3) == 0.934
    assert found.calling_nothing_is_better is False
    assert verdict(found) == (
        "Calling nothing at all would have scored 71.2 %, less than the 92.6 % claimed."
    )


def test_more_printed_digits_narrow_the_intervals():
    coarse = audit_predictive_values("0.168", "0.785", "0.78").derived
    fine = audit_predictive_values("0.168", "0.785", "0.780").derived
    for name in QUANTITIES:
        assert coarse[name].low <= fine[name].low <= fine[name].high <= coarse[name].high
    assert coarse["sensitivity"].low == 0


@pytest.mark.parametrize(
    ("audit", "figures", "said"),
    [
        (audit_predictive_values, ("0.168", "0.785", "0.95"), "share would be -26.7 %"),
        (audit_predictive_values, ("0.168", "0.785", "0.10"), "share would be 111.0 %"),
        (audit_predictive_values, ("0.80", "0.80", "0.90"), "share would be infinite"),
        (audit_sensitivity_specificity, ("0.80", "0.977", "0.60"), "prevalence would be 213.0 %"),
    ],
)
def test_an_inconsistent_triple_is_refused_with_what_lies_outside(audit, figures, said):
    with pytest.raises(InputRefused, match=said) as refused:
        audit(*figures)
    assert "outside 0 to 100 %, since an accuracy lies between" in refused.value.problem
    assert figures[2] in refused.value.subject
    assert "means over patients" in refused.value.mend


@pytest.mark.parametrize("text", ["16.8", "0.168 ", "-0.1", "nan", "1e-3", "", ".", "16.8%", "0,2"])
def test_what_is_no_share_is_refused_with_the_hint(text):
    with pytest.raises(
        UsageRefused, match=r"give a share with the digits printed, 0\.168 not 16\.8"
    ):
        read_claim("PPV", text)


def test_a_share_stands_for_what_rounds_to_it():
    assert read_claim("PPV", "0.780").bounds == (Fraction("0.7795"), Fraction("0.7805"))
    assert read_claim("PPV", ".8").bounds == (Fraction("0.75"), Fraction("0.85"))
    assert read_claim("PPV", "1.00").bounds == (Fraction("0.995"), 1)
    assert read_claim("PPV", "0").bounds == (0, Fraction("0.5"))


def test_a_perfect_classifier_keeps_its_prevalence_to_itself():
    found = audit_predictive_values("1.00", "1.00", "1.00").derived
    assert math.isnan(found["prevalence"].value)
    assert found["prevalence"].reason == (
        "PPV equals NPV, so the predicted-positive share is not determined"
    )
    assert (found["prevalence"].low, found["prevalence"].high) == (0, 1)
    assert (found["ppv"].value, found["ppv"].reason) == (1, "")
    assert found["mcc"].high == 1


def test_calling_everything():
    found = audit_sensitivity_specificity("1.000", "0.000", "0.215")
    assert found.derived["predicted_positive_share"].value == 1
    assert found.derived["lift"].value == pytest.approx(1)
    assert found.derived["npv"].reason == "every case is called positive"
    assert math.isnan(found.derived["npv"].value)
    assert found.derived["mcc"].reason == "all cases, or all calls, are of one kind"
    assert found.calling_nothing_is_better is True


def test_a_prevalence_as_small_as_one_likes_leaves_the_lift_unbounded():
    found = audit_predictive_values("0.50", "1.000", "1.000").derived
    assert found["lift"].low == pytest.approx(990)
    assert found["lift"].high == math.inf
    assert found["lift"].reason == "no case is positive, or none is called positive"


def test_only_one_table_fits_and_it_calls_nothing():
    # NPV up to 0.7845 and accuracy from 0.7845 touch, so the share of calls is 0.
    found = audit_predictive_values("0.200", "0.784", "0.785").derived
    assert (found["predicted_positive_share"].low, found["ppv"].reason) == (
        0,
        "no case is called positive",
    )
    assert math.isnan(found["ppv"].low)
    assert found["prevalence"].low == pytest.approx(0.2155, abs=1e-8)
    assert found["prevalence"].high == pytest.approx(0.2155, abs=1e-8)


def test_figures_that_only_rounding_reconciles_have_no_value_but_an_interval():
    found = audit_predictive_values("0.80", "0.90", "0.901")
    prevalence = found.derived["prevalence"]
    assert math.isnan(prevalence.value)
    assert "would be -1.0 %; only rounding allows a table" in prevalence.reason
    assert 0.09 < prevalence.low < prevalence.high < 0.13
    assert verdict(found) == (
        "Calling nothing at all would have scored less than the accuracy claimed, whatever the "
        "rounding: between 87.3 % and 90.2 %."
    )


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        (("0.50", "0.80", "0.75"), "The rounding leaves open whether"),
        (("0.2", "0.8", "0.8"), "scored as much as the 80.0 % claimed"),
        (("0.10", "0.8001", "0.80"), "scored 80.01 %, more than the 80.0 % claimed"),
    ],
)
def test_the_verdict_where_figures_are_close(figures, said):
    assert said in verdict(audit_predictive_values(*figures))
