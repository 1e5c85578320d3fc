from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gliofront.cohort.adjudication import Verdict, adjudicate
from gliofront.cohort.follow_up import FollowUpVisit
from gliofront.cohort.progression_rules import ProgressionRules
from gliofront.foundation.errors import InputRefused

CONFIRMED, PROBABLE, PSEUDO = Verdict.CONFIRMED, Verdict.PROBABLE, Verdict.PSEUDO
NONE, NOT_ASSESSABLE = Verdict.NO_PROGRESSION, Verdict.NOT_ASSESSABLE
RULES = ProgressionRules()
TWICE = ProgressionRules(confirming_visits=2)
RADIOTHERAPY_ENDS = 75.0


def visit(day, volume=None, product=None, new=None, rating="", known=True):
    since = day - RADIOTHERAPY_ENDS if known else None
    return FollowUpVisit(day, since, volume, product, new, rating)


def volumes(*pairs, known=True):
    return [visit(day, volume, known=known) for day, volume in pairs]


def products(*pairs):
    return [visit(day, product=product) for day, product in pairs]


def rated(*pairs, known=True):
    return [visit(day, rating=rating, known=known) for day, rating in pairs]


# name: visits, verdict, index of the growth. Day 100 is early, day 200 late.
BY_SIZE = {
    "volume, late, upheld": (volumes((60, 5), (200, 7.1), (260, 8)), CONFIRMED, 1),
    "volume, late, alone": (volumes((60, 5), (200, 7.1)), PROBABLE, 1),
    "volume, late, gone": (volumes((60, 5), (200, 7.1), (260, 5)), PROBABLE, 1),
    "volume, early, upheld": (volumes((60, 5), (100, 7.1), (160, 8)), CONFIRMED, 1),
    "volume, early, alone": (volumes((60, 5), (100, 7.1)), NOT_ASSESSABLE, 1),
    "volume, early, gone": (volumes((60, 5), (100, 7.1), (160, 5)), PSEUDO, 1),
    "less, yet above the nadir by 40 %": (volumes((60, 5), (200, 12), (260, 7.1)), CONFIRMED, 1),
    "less than before, below 40 %": (volumes((60, 5), (100, 12), (160, 6.9)), PSEUDO, 1),
    "product, late, upheld": (products((60, 400), (200, 500), (260, 600)), CONFIRMED, 1),
    "product, early, gone": (products((60, 400), (100, 500), (160, 499)), PSEUDO, 1),
    "against the smallest, not the first": (volumes((60, 9), (120, 5), (200, 8)), PROBABLE, 2),
    "a nadir of nothing": (volumes((60, 0), (200, 1.0)), PROBABLE, 1),
    "growth too small in mL": (volumes((60, 0.5), (200, 1.4)), NONE, None),
    "growth too small in share": (volumes((60, 50), (200, 69)), NONE, None),
    "product below what is measurable": (products((60, 20), (200, 99)), NONE, None),
    "product becomes measurable": (products((60, 20), (200, 100)), PROBABLE, 1),
    "nothing enhances": (volumes((60, 0), (200, 0)), NONE, None),
    "later visits are compared with before the growth": (
        [visit(60, 5, 400), visit(100, 9, 200), visit(160, 5, 300)],
        PSEUDO,
        1,
    ),
    "both, one gone, one still there": (
        [visit(60, 5, 400), visit(100, 9, 600), visit(160, 9, 400)],
        CONFIRMED,
        1,
    ),
}
BY_NEW = {
    "new, upheld": ([visit(60, 5), visit(200, 5, new=True), visit(260, 5, new=True)], CONFIRMED, 1),
    "new, early, gone": (
        [visit(60, 5), visit(100, 5, new=True), visit(160, 5, new=False)],
        PSEUDO,
        1,
    ),
    "new, early, not looked for again": (
        [visit(60, 5), visit(100, 5, new=True), visit(160, 5)],
        NOT_ASSESSABLE,
        1,
    ),
    "new, then grown": ([visit(60, 5), visit(100, 5, new=True), visit(160, 9)], CONFIRMED, 1),
    "nothing new, but no size": ([visit(60, 5), visit(200, new=False)], NOT_ASSESSABLE, None),
}
IN_TIME = {
    "the last day of 12 weeks": (
        volumes((60, 5), (RADIOTHERAPY_ENDS + 83.9, 9)),
        NOT_ASSESSABLE,
        1,
    ),
    "12 weeks over": (volumes((60, 5), (RADIOTHERAPY_ENDS + 84, 9)), PROBABLE, 1),
    "before radiotherapy ended": (volumes((10, 5), (60, 9), (130, 5)), PSEUDO, 1),
    "unknown, upheld": (volumes((60, 5), (200, 9), (260, 9), known=False), CONFIRMED, 1),
    "unknown, alone": (volumes((60, 5), (200, 9), known=False), NOT_ASSESSABLE, 1),
    "unknown, gone": (volumes((60, 5), (200, 9), (260, 5), known=False), NOT_ASSESSABLE, 1),
    "unknown, gone, then again": (
        volumes((60, 5), (200, 9), (260, 5), (320, 9), (380, 9), known=False),
        NOT_ASSESSABLE,
        1,
    ),
    "unknown, yet soon after surgery": (
        volumes((10, 5), (80, 9), (140, 5), known=False),
        PSEUDO,
        1,
    ),
    "a scan of the same week confirms nothing": (
        volumes((60, 5), (100, 9), (105, 9)),
        NOT_ASSESSABLE,
        1,
    ),
    "four weeks later confirms": (volumes((60, 5), (100, 9), (128, 9)), CONFIRMED, 1),
    "pseudo-progression, then progression": (
        volumes((60, 5), (100, 9), (160, 5), (400, 9), (460, 12)),
        CONFIRMED,
        3,
    ),
    "pseudo-progression, then stable": (
        volumes((60, 5), (100, 9), (160, 5), (400, 5)),
        PSEUDO,
        1,
    ),
    "pseudo-progression twice": (
        volumes((60, 5), (90, 9), (110, 5), (130, 9), (150, 5)),
        PSEUDO,
        1,
    ),
}
NOT_LOOKED = {
    "no visit": ([], NOT_ASSESSABLE, None),
    "the baseline alone": (volumes((60, 5)), NOT_ASSESSABLE, None),
    "nothing measured": ([visit(60), visit(200), visit(260)], NOT_ASSESSABLE, None),
    "different measures": ([visit(60, 5), visit(200, product=900)], NOT_ASSESSABLE, None),
    "stable, then not looked at": ([visit(60, 5), visit(200, 5), visit(260)], NONE, None),
    "grown, then not looked at": ([visit(60, 5), visit(100, 9), visit(160)], NOT_ASSESSABLE, 1),
    "grown in both, then only one measured": (
        [visit(60, 5, 400), visit(100, 9, 600), visit(160, 5)],
        NOT_ASSESSABLE,
        1,
    ),
    "grown in volume, then only the product": (
        [visit(60, 5, 400), visit(100, 9, 400), visit(160, product=400)],
        NOT_ASSESSABLE,
        1,
    ),
}
BY_RATING = {
    "PD, upheld": (rated((60, "Post-Op"), (200, "PD"), (260, "PD")), CONFIRMED, 1),
    "PD, alone": (rated((60, "Post-Op"), (200, "PD")), PROBABLE, 1),
    "PD, early, then SD": (rated((60, "Post-Op"), (100, "PD"), (160, "SD")), PSEUDO, 1),
    "PD, early, then SD, then PD": (
        rated((100, "PD"), (160, "SD"), (400, "PD"), (460, "PD")),
        CONFIRMED,
        2,
    ),
    "SD": (rated((60, "Post-Op"), (200, "SD")), NONE, None),
    "CR and PR": (rated((200, "CR"), (260, "PR")), NONE, None),
    "operations alone": (rated((0, "Pre-Op"), (2, "Post-Op")), NOT_ASSESSABLE, None),
    "not rated": (rated((200, "None"), (260, "")), NOT_ASSESSABLE, None),
    "PD against a shrinking volume": (
        [visit(60, 9), visit(200, 5, rating="PD")],
        PROBABLE,
        1,
    ),
    "SD against a growing volume": ([visit(60, 5), visit(200, 9, rating="SD")], NONE, None),
    "PD by what was not measured, then a small volume": (
        [visit(60, 5), visit(100, 5, rating="PD"), visit(160, 5)],
        NOT_ASSESSABLE,
        1,
    ),
    "PD with growth, then a small volume": (
        [visit(60, 5), visit(100, 9, rating="PD"), visit(160, 5)],
        PSEUDO,
        1,
    ),
    "an operation after growth refutes nothing": (
        [visit(60, 5), visit(100, 9), visit(110, 1, rating="Post-Op"), visit(170, 1)],
        NOT_ASSESSABLE,
        1,
    ),
    "growth after an operation upholds nothing": (
        [visit(60, 5), visit(200, 9), visit(210, 1, rating="Post-Op"), visit(400, 30)],
        PROBABLE,
        1,
    ),
    "PD at an operation upholds": (
        [visit(60, 5), visit(200, 9), visit(260, 1, rating="Post-Op/PD")],
        CONFIRMED,
        1,
    ),
    "PD first called at an operation": (
        rated((60, "SD"), (200, "Post-Op/PD"), (260, "PD")),
        PROBABLE,
        1,
    ),
    "just after an operation nothing is judged": (
        [visit(60, 5), visit(200, 9, new=True, rating="Post-Op")],
        NOT_ASSESSABLE,
        None,
    ),
    "an operation begins the nadir afresh": (
        [visit(60, 2), visit(200, 5, rating="Post-Op"), visit(260, 6)],
        NONE,
        None,
    ),
}
TABLE = BY_SIZE | BY_NEW | IN_TIME | NOT_LOOKED | BY_RATING


@pytest.mark.parametrize("name", TABLE)
def test_verdicts(name):
    visits, verdict, index = TABLE[name]
    found = adjudicate(visits, RULES)
    assert (found.verdict, found.index) == (verdict, index), found.reason
    assert found.day == (None if index is None else visits[index].days_since_surgery)
    assert found.reason.endswith(".")
    assert found.reason.count(". ") == 0


@pytest.mark.parametrize(
    ("later", "verdict"),
    [
        (((260, 9), (320, 9)), CONFIRMED),
        (((260, 9),), PROBABLE),
        (((260, 9), (320, 5)), PROBABLE),
        (((260, 9), (320, 5), (380, 9)), PROBABLE),
        ((), PROBABLE),
    ],
)
def test_two_later_visits_may_be_needed(later, verdict):
    assert adjudicate(volumes((60, 5), (200, 9), *later), TWICE).verdict is verdict


def test_one_of_two_is_probable_even_early_and_gone_is_pseudo():
    assert adjudicate(volumes((60, 5), (100, 9), (130, 9)), TWICE).verdict is PROBABLE
    assert adjudicate(volumes((60, 5), (100, 9), (130, 9), (160, 5)), TWICE).verdict is PSEUDO


@pytest.mark.parametrize(
    ("rules", "verdict"),
    [
        ({"volume_growth": 0.9}, NONE),
        ({"least_growth_ml": 5}, NONE),
        ({"early_days": 200}, NOT_ASSESSABLE),
        ({}, PROBABLE),
    ],
)
def test_the_rules_are_obeyed(rules, verdict):
    assert adjudicate(volumes((60, 5), (200, 9)), ProgressionRules(**rules)).verdict is verdict


def test_without_floors_nothing_is_still_no_growth():
    bare = ProgressionRules(least_growth_ml=0, measurable_mm2=0)
    assert adjudicate([visit(60, 0, 0), visit(200, 0, 0)], bare).verdict is NONE
    assert adjudicate([visit(60, 0, 0), visit(200, 0.01, 0)], bare).verdict is PROBABLE


def test_rules_out_of_bounds_are_refused():
    with pytest.raises(ValidationError):
        ProgressionRules(confirming_visits=0)
    with pytest.raises(ValidationError):
        ProgressionRules(volume_growth=0)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("volume, late, upheld", "on day 200 (enhancing volume 7.1 mL, nadir 5) is upheld by 1"),
        ("volume, early, gone", "is gone on day 160; radiotherapy had not ended 84 days before"),
        ("product, late, upheld", "product of diameters 500 mm2, nadir 400"),
        ("new, upheld", "(new enhancement)"),
        ("unknown, upheld", "the end of radiotherapy is unknown, so it needed confirmation"),
        ("unknown, yet soon after surgery", "of unknown date cannot have ended 84 days before"),
        ("pseudo-progression, then progression", "growth on day 100 before it was pseudo-"),
        ("PD, alone", "rated PD, which outweighs measurements"),
        ("PD, early, then SD", "is gone on day 160 (rated SD)"),
        ("SD against a growing volume", "1 by a rating, which outweighs measurements"),
        ("stable, then not looked at", "Of 3 visits 1 could be judged, to day 200: no progression"),
        ("nothing measured", "No visit was rated or could be compared with an earlier one"),
    ],
)
def test_the_reason_says_what_it_rests_on(name, words):
    assert words in adjudicate(TABLE[name][0], RULES).reason


def test_a_partly_upheld_growth_says_how_many_are_missing():
    reason = adjudicate(volumes((60, 5), (200, 9), (260, 9)), TWICE).reason
    assert "upheld by only 1 of the 2 later visits that it takes" in reason


def test_visits_in_disorder_are_refused():
    with pytest.raises(InputRefused, match=r"day 60 comes after day 200.*sort them by day"):
        adjudicate(volumes((200, 5), (60, 9)), RULES)
    assert adjudicate(volumes((60, 5), (60, 5)), RULES).verdict is NONE


@pytest.mark.parametrize(
    "wrong",
    [
        {"days_since_surgery": -1.0},
        {"days_since_surgery": float("nan")},
        {"days_since_radiotherapy": float("nan")},
        {"days_since_radiotherapy": 101.0},
        {"volume_ml": -0.1},
        {"volume_ml": float("nan")},
        {"product_mm2": float("inf")},
        {"rating": "PD?"},
    ],
)
def test_a_visit_that_cannot_be_is_refused(wrong):
    with pytest.raises(InputRefused):
        FollowUpVisit(**({"days_since_surgery": 100.0} | wrong))


sizes = st.one_of(st.none(), st.sampled_from([0.0, 1.0, 2.0, 4.0, 5.0, 7.0, 9.0, 20.0]))
some_visit = st.builds(
    lambda volume, product, new, rating, known: visit(
        RADIOTHERAPY_ENDS, volume, product and 100 * product, new, rating, known
    ),
    volume=sizes,
    product=sizes,
    new=st.sampled_from([None, None, False, True]),
    rating=st.sampled_from(["", "", "", "SD", "PD", "PR", "Post-Op", "Pre-Op", "Post-Op/PD"]),
    known=st.booleans(),
)


def _apart(visits, gaps):
    """Put visits so many days apart, from the end of radiotherapy on."""
    day, placed = RADIOTHERAPY_ENDS, []
    for one, gap in zip(visits, gaps, strict=False):
        day += gap
        known = one.days_since_radiotherapy is not None
        since = day - RADIOTHERAPY_ENDS if known else None
        placed.append(replace(one, days_since_surgery=day, days_since_radiotherapy=since))
    return placed


courses = st.builds(
    _apart,
    st.lists(some_visit, max_size=7),
    st.lists(st.sampled_from([7.0, 30.0, 60.0]), min_size=7, max_size=7),
)


@given(courses, st.integers(0, 7))
def test_a_visit_that_was_not_looked_at_changes_nothing(visits, place):
    place = min(place, len(visits))
    day = visits[place - 1].days_since_surgery if place else 0.0
    more = [*visits[:place], FollowUpVisit(day), *visits[place:]]
    before, after = adjudicate(visits, RULES), adjudicate(more, RULES)
    assert (after.verdict, after.day) == (before.verdict, before.day)


@given(courses)
def test_no_progression_needs_a_visit_that_was_looked_at_and_none_that_progressed(visits):
    found = adjudicate(visits, RULES)
    assert (found.index is None) == (found.day is None)
    assert (found.index is None) <= (found.verdict in (NONE, NOT_ASSESSABLE))
    if found.verdict is NONE:
        ratings = {one.rating for one in visits}
        assert not ratings & {"PD", "Post-Op/PD"}
        blind = [replace(one, volume_ml=None, product_mm2=None, rating="") for one in visits]
        assert adjudicate(blind, RULES).verdict is not NONE


@given(courses, st.sampled_from([2.0, 4.0, 64.0]))
def test_the_unit_of_volume_does_not_matter_without_a_floor(visits, scale):
    rules = ProgressionRules(least_growth_ml=0)
    scaled = [
        replace(one, volume_ml=None if one.volume_ml is None else one.volume_ml * scale)
        for one in visits
    ]
    before, after = adjudicate(visits, rules), adjudicate(scaled, rules)
    assert (after.verdict, after.index) == (before.verdict, before.index)


@given(st.lists(st.floats(0, 100), max_size=7))
def test_below_the_floor_volumes_never_progress(sizes):
    tiny = volumes(*((60 + 40 * n, size / 101) for n, size in enumerate(sizes)))
    assert adjudicate(tiny, RULES).verdict is (NONE if len(sizes) > 1 else NOT_ASSESSABLE)


@given(courses)
def test_more_confirming_visits_never_confirm_more(visits):
    once, twice = adjudicate(visits, RULES), adjudicate(visits, TWICE)
    assert once.verdict is CONFIRMED or twice.verdict is not CONFIRMED
