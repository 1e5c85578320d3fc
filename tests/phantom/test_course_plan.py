from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from gliofront.phantom.course_plan import Plan, draw_plan
from gliofront.phantom.settings import CourseSettings

DEFAULT = CourseSettings()


def plans(settings: CourseSettings, count: int, seed: int = 3) -> list[Plan]:
    return [draw_plan(np.random.default_rng([seed, i]), settings) for i in range(count)]


@pytest.fixture(scope="module")
def many() -> list[Plan]:
    return plans(DEFAULT, 4000)


@pytest.mark.parametrize(
    "settings",
    [DEFAULT, CourseSettings(pseudo_progression=0.3, distant=0.25, none=0.2)],
    ids=["default", "other"],
)
def test_shares_of_two_hundred_are_near_the_settings(settings: CourseSettings) -> None:
    drawn = plans(settings, 200)
    wanted = {
        "pseudo-progression": settings.pseudo_progression,
        "distant": settings.distant,
        "none": settings.none,
    }
    for kind, share in wanted.items():
        found = np.mean([p.kind == kind for p in drawn])
        # Three standard errors, and those who outlive the follow-up.
        assert abs(found - share) < 3 * np.sqrt(share * (1 - share) / 200) + 0.01, kind
    complete = np.mean([p.complete for p in drawn])
    assert abs(complete - settings.complete_resection) < 0.09


def test_time_to_progression_has_the_median_of_the_paper(many: list[Plan]) -> None:
    days = [p.days for p in many if p.kind != "none"]
    assert 235 < np.median(days) < 290
    assert min(days) >= 60
    assert max(days) <= DEFAULT.longest_days


def test_pseudo_progression_goes_with_methylation(many: list[Plan]) -> None:
    pseudo = np.array([p.kind == "pseudo-progression" for p in many])
    methylated = np.array([p.person.methylated for p in many])
    assert 2.5 < pseudo[methylated].mean() / pseudo[~methylated].mean() < 6


def test_pseudo_progression_is_seen_within_twelve_weeks_of_radiotherapy(many: list[Plan]) -> None:
    for plan in many:
        if plan.kind == "pseudo-progression":
            assert 75 < plan.scan_days <= 75 + 84
            assert plan.days >= 1.5 * plan.scan_days
        else:
            assert plan.scan_days == plan.days


def test_called_volume_is_that_of_the_paper_on_average(many: list[Plan]) -> None:
    assert 18 < np.mean([p.called_ml for p in many]) < 22


def test_same_seed_same_plan() -> None:
    assert plans(DEFAULT, 5) == plans(DEFAULT, 5)
    assert plans(DEFAULT, 5) != plans(DEFAULT, 5, seed=4)


def test_shares_that_exceed_one_are_refused() -> None:
    with pytest.raises(ValidationError, match="exceed 1"):
        CourseSettings(pseudo_progression=0.5, distant=0.4, none=0.2)
