"""Partitions hold patients, and no patient parts."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gliofront.foundation.errors import InputRefused
from gliofront.learning.splits import Partition, grouped_folds, leave_one_site_out


@st.composite
def cohorts(draw):
    n = draw(st.integers(2, 30))
    volumes = draw(st.lists(st.floats(0, 100), min_size=n, max_size=n))
    return {f"p{i:02d}": v for i, v in enumerate(volumes)}, draw(st.integers(2, n))


@settings(max_examples=100, deadline=None)
@given(cohorts(), st.integers(0, 1000), st.randoms())
def test_each_patient_is_tested_once_in_even_folds(cohort, seed, shuffler):
    volumes, folds = cohort
    parts = grouped_folds(volumes, folds, seed)
    assert sorted(p for part in parts for p in part.test) == sorted(volumes)
    sizes = [len(part.test) for part in parts]
    assert max(sizes) - min(sizes) <= 1
    for part in parts:
        assert sorted((*part.train, *part.test)) == sorted(volumes)
    items = list(volumes.items())
    shuffler.shuffle(items)
    assert grouped_folds(dict(items), folds, seed) == parts


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 12), st.integers(2, 12), st.integers(0, 1000))
def test_two_patients_with_progression_suffice_for_every_training_side(n, folds, seed):
    volumes = {f"p{i:02d}": float(i < 2) for i in range(n)}
    for part in grouped_folds(volumes, min(folds, n), seed):
        assert any(volumes[patient] > 0 for patient in part.train)


def test_folds_are_alike_in_volume():
    volumes = {f"p{i:02d}": float(v) for i, v in enumerate(np.geomspace(0.1, 100, 40))}
    top = sorted(volumes, key=volumes.__getitem__)[-5:]
    for seed in range(10):
        parts = grouped_folds(volumes, 5, seed)
        assert all(len(set(part.test) & set(top)) == 1 for part in parts)
    assert grouped_folds(volumes, 5, 0) != grouped_folds(volumes, 5, 1)


def test_no_patient_can_be_on_both_sides():
    with pytest.raises(InputRefused, match="patients on both sides: b"):
        Partition("x", ("a", "b"), ("b", "c"))
    with pytest.raises(InputRefused, match="names a patient twice"):
        Partition("x", ("a", "a"), ("b",))
    with pytest.raises(InputRefused, match="a side is empty"):
        Partition("x", ("a",), ())


def test_impossible_folds_are_refused():
    for folds in (1, 4):
        with pytest.raises(InputRefused, match=f"{folds} folds of 3 patients"):
            grouped_folds({"a": 1.0, "b": 0.0, "c": 2.0}, folds, 0)
    with pytest.raises(InputRefused, match="volume is not known"):
        grouped_folds({"a": 1.0, "b": float("nan")}, 2, 0)
    with pytest.raises(InputRefused, match="fewer than two sites"):
        leave_one_site_out({"a": "X", "b": "X"})


def test_a_site_of_any_name_names_a_plain_file():
    sites = {"a": "../../x", "b": "..-..-x", "c": "Ghent", "d": "x" * 300}
    names = [part.name for part in leave_one_site_out(sites)]
    assert len(set(names)) == 4
    assert "site-Ghent" in names
    assert all(re.fullmatch(r"site-[A-Za-z0-9-]{1,60}", name) for name in names)
