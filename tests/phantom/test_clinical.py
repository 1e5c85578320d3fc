from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gliofront.phantom.anatomy import make_anatomy
from gliofront.phantom.clinical import TumourFacts, draw_person, tumour_facts
from gliofront.phantom.course import Course
from gliofront.phantom.course_plan import Plan, draw_plan
from gliofront.phantom.settings import CourseSettings, PhantomSettings
from gliofront.phantom.tumour import grow_tumour

FACTS = TumourFacts("near eloquent", 3.81, 44.04)
COLUMNS = [
    "age", "sex", "location", "midline_shift_mm", "volume_ml", "resection",
    "pfs_days", "os_days", "mgmt", "idh",
]  # fmt: skip


def as_planned(plan: Plan) -> Course:
    """Return a course without any images, which the table does not look at."""
    nothing = np.zeros((1, 1, 1), dtype=bool)
    return Course(
        kind=plan.kind,
        progression=nothing,
        residual=nothing,
        cavity=nothing,
        complete=plan.complete,
        distant=plan.kind == "distant",
        days=plan.days,
        scan_days=plan.scan_days,
        cells=np.zeros((1, 1, 1)),
        enhancing=nothing,
        pseudo=nothing,
        person=plan.person,
    )


def table(count: int, settings: CourseSettings, seed: int = 0) -> dict[str, np.ndarray]:
    rows = []
    for index in range(count):
        plan = draw_plan(np.random.default_rng([seed, index, 4]), settings)
        person = draw_person(np.random.default_rng([seed, index, 6]), FACTS, as_planned(plan))
        rows.append(person | {"kind": plan.kind})
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


@pytest.fixture(scope="module")
def cohort() -> dict[str, np.ndarray]:
    return table(2000, CourseSettings())


def medians(values: np.ndarray, first: np.ndarray) -> tuple[float, float]:
    return float(np.median(values[first])), float(np.median(values[~first]))


def test_columns_and_values(cohort: dict[str, np.ndarray]) -> None:
    assert [name for name in cohort if name != "kind"] == COLUMNS
    assert set(cohort["sex"]) == {"M", "F"}
    assert set(cohort["resection"]) == {"GTR", "STR"}
    assert set(cohort["mgmt"]) == {"methylated", "unmethylated", "n/a"}
    assert set(cohort["idh"]) == {"mutated", "wild type"}
    assert set(cohort["midline_shift_mm"]) == {3.8}
    assert set(cohort["volume_ml"]) == {44.0}


def test_marginals_are_those_of_table_one(cohort: dict[str, np.ndarray]) -> None:
    known = cohort["mgmt"] != "n/a"
    pfs = cohort["pfs_days"][cohort["kind"] != "none"].astype(float)
    assert abs(cohort["age"].mean() - 55) < 1
    assert abs(cohort["age"].std() - 12) < 1
    assert abs((cohort["sex"] == "M").mean() - 24 / 37) < 0.035
    assert abs((cohort["resection"] == "GTR").mean() - 29 / 37) < 0.03
    assert abs(known.mean() - 26 / 37) < 0.035
    assert abs((cohort["mgmt"][known] == "methylated").mean() - 10 / 26) < 0.045
    assert abs((cohort["idh"] == "mutated").mean() - 3 / 37) < 0.02
    assert abs(np.median(pfs) - 262) < 30
    assert abs(np.median(cohort["os_days"]) - 523) < 55


def test_survival_falls_with_age(cohort: dict[str, np.ndarray]) -> None:
    ranks = [np.argsort(np.argsort(cohort[c])) for c in ("age", "os_days")]
    assert -0.6 < np.corrcoef(*ranks)[0, 1] < -0.15


def test_survival_is_shorter_after_partial_resection(cohort: dict[str, np.ndarray]) -> None:
    whole, part = medians(cohort["os_days"], cohort["resection"] == "GTR")
    assert 1.15 < whole / part < 1.9


def test_survival_is_shorter_without_methylation(cohort: dict[str, np.ndarray]) -> None:
    known = cohort["mgmt"] != "n/a"
    with_it, without = medians(cohort["os_days"][known], cohort["mgmt"][known] == "methylated")
    assert 1.2 < with_it / without < 2.2


def test_mutated_patients_are_few_young_and_live_longer(cohort: dict[str, np.ndarray]) -> None:
    mutated = cohort["idh"] == "mutated"
    young = cohort["age"] < 45
    assert mutated[young].mean() > 3 * mutated[cohort["age"] >= 65].mean()
    assert cohort["age"][~mutated].mean() - cohort["age"][mutated].mean() > 6
    longer, shorter = medians(cohort["os_days"], mutated)
    assert longer > 1.5 * shorter


def test_progression_comes_before_death_and_is_unknown_without(
    cohort: dict[str, np.ndarray],
) -> None:
    none = cohort["kind"] == "none"
    assert np.array_equal(cohort["pfs_days"] == "n/a", none)
    pfs = cohort["pfs_days"][~none].astype(float)
    assert (pfs < cohort["os_days"][~none]).all()


def test_pseudo_progression_lives_longer(cohort: dict[str, np.ndarray]) -> None:
    longer, shorter = medians(cohort["os_days"], cohort["kind"] == "pseudo-progression")
    assert longer > 1.2 * shorter


def test_same_seed_same_table() -> None:
    one, same, other = (table(20, CourseSettings(), seed) for seed in (1, 1, 2))
    assert all(np.array_equal(one[c], same[c]) for c in one)
    assert not np.array_equal(one["os_days"], other["os_days"])


def test_a_tumour_by_the_hand_area_is_eloquent_and_a_frontal_pole_is_not() -> None:
    settings = PhantomSettings(resolution_mm=4.0)
    anatomy = make_anatomy(np.random.default_rng(0), 4.0, settings.anatomy)
    tumour = grow_tumour(np.random.default_rng(1), anatomy, settings.tumour)
    found = {}
    for name, place in {
        "hand": (36, -22, 52),
        "between": (40, -2, 44),
        "pole": (26, 56, 8),
    }.items():
        core = np.linalg.norm(anatomy.template - np.array(place), axis=-1) < 10
        found[name] = tumour_facts(anatomy, replace(tumour, core=core), 3.0)
    assert found["hand"].location == "eloquent"
    assert found["between"].location == "near eloquent"
    assert found["pole"].location == "non eloquent"
    assert 2.5 < found["hand"].volume_ml < 6
    assert found["hand"].midline_shift_mm == 3.0
