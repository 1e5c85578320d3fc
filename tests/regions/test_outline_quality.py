from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gliofront.regions.outline_quality import Signs, judge

BEST = Signs(20.0, 5.0, 0.8, 0.9, 0.7, 0.1, 0.9, 0.9, 0.95)


def test_best_is_good():
    assert judge(BEST) == (1.0, "good", ())


@pytest.mark.parametrize(
    ("sign", "bad"),
    [
        ("in_lesion", 0.0),
        ("asymmetric", 0.0),
        ("contrast", 1.0),
        ("compactness", 0.1),
        ("at_edge", 1.0),
        ("stability", 0.2),
        ("captured", 0.1),
        ("volume_ml", 0.2),
    ],
)
def test_one_bad_sign_refuses_and_is_named(sign, bad):
    confidence, grade, reasons = judge(replace(BEST, **{sign: bad}))
    assert grade == "refused"
    assert confidence == 0.25
    assert len(reasons) == 1
    assert sign.replace("_", " ") in reasons[0]


def test_missing_evidence_is_said_and_costs():
    confidence, grade, reasons = judge(replace(BEST, in_lesion=float("nan")))
    assert confidence < 1
    assert grade == "good"
    assert "could not be judged" in reasons[0]


def test_without_flair_no_outline_is_good():
    blind = replace(BEST, in_lesion=float("nan"), captured=float("nan"))
    assert judge(blind)[1] == "doubtful"


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_support_never_lowers_confidence(a, b):
    low, high = sorted([a, b])
    first = judge(replace(BEST, stability=low))[0]
    assert first <= judge(replace(BEST, stability=high))[0]
