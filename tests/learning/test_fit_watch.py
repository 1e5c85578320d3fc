"""Whoever waits for a fit is told how far it is, and an interrupted one goes on."""

from __future__ import annotations

import math

import numpy as np
import pytest
from learning_cases import SETTINGS, patient_voxels, six_patients

from gliofront.learning import boosted
from gliofront.learning.classifiers import neural
from gliofront.learning.fit_watch import UNWATCHED, FitProgress, FitWatch
from gliofront.learning.network_checkpoint import read_state, write_state
from gliofront.learning.training import fit_model

QUICK = SETTINGS.model_copy(
    update={"trees": 5, "epochs": 12, "inner_folds": 2, "voxels_per_patient": 300}
)


def of_kind(kind):
    return QUICK.model_copy(update={"kind": kind})


def said(model):
    table = patient_voxels(30, n=400)
    return model.predict(table.features, table.distance_mm, table.names, voxel=table.voxel)


@pytest.mark.parametrize(("kind", "most"), [("boosted", 5), ("network", 12), ("mixture", 5)])
def test_each_fit_is_told_with_its_loss_and_changes_no_bit(kind, most):
    told: list[FitProgress] = []
    watched = fit_model(six_patients(), of_kind(kind), watch=FitWatch(told.append))
    np.testing.assert_array_equal(
        said(watched), said(fit_model(six_patients(), of_kind(kind), watch=UNWATCHED))
    )
    assert {one.part for one in told} == {"all patients", "inner fold-1", "inner fold-2"}
    last = [one for one in told if one.part == "all patients"]
    assert {one.most for one in last} == {most}
    assert all(math.isfinite(one.loss) for one in last)
    assert all(one.seconds_left >= 0 for one in last if one.done > 1)
    assert last[-1].loss < last[0].loss


def test_a_fit_that_nobody_watches_pays_for_no_loss(monkeypatch):
    asked = []
    whole = boosted.lightgbm.train

    def train(*args, **kwargs):
        asked.append((kwargs["valid_sets"], kwargs["callbacks"]))
        return whole(*args, **kwargs)

    monkeypatch.setattr(boosted.lightgbm, "train", train)
    fit_model(six_patients(), of_kind("boosted"))
    assert set(asked) == {(None, None)}


class Interrupted(Exception):
    pass


def interrupt_at(epoch):
    def told(progress):
        if progress.done == epoch:
            raise Interrupted

    return told


def test_an_interrupted_network_goes_on_to_the_same_bits(tmp_path, monkeypatch):
    monkeypatch.setattr(neural, "_KEEP_SECONDS", 0.0)
    whole = fit_model(six_patients(), of_kind("network"))
    watch = FitWatch(interrupt_at(9), tmp_path)
    with pytest.raises(Interrupted):
        fit_model(six_patients(), of_kind("network"), watch=watch)
    assert list(tmp_path.glob("network-*.safetensors"))
    told: list[FitProgress] = []
    again = fit_model(six_patients(), of_kind("network"), watch=FitWatch(told.append, tmp_path))
    # The epochs before the interruption are not done again.
    assert told[0].done == 9
    np.testing.assert_array_equal(said(again), said(whole))


def test_a_damaged_state_or_one_of_other_rows_is_as_good_as_none(tmp_path, monkeypatch):
    monkeypatch.setattr(neural, "_KEEP_SECONDS", 0.0)
    watch = FitWatch(folder=tmp_path)
    whole = fit_model(six_patients(), of_kind("network"), watch=watch)
    first, *others = sorted(tmp_path.glob("network-*.safetensors"))
    state = read_state(others[0])
    assert state is not None
    write_state(first, state)
    data = bytearray(others[0].read_bytes())
    data[-5] ^= 1
    others[0].write_bytes(data)
    assert read_state(others[0]) is None
    others[0].write_bytes(b"no state")
    assert read_state(others[0]) is None
    again = fit_model(six_patients(), of_kind("network"), watch=watch)
    np.testing.assert_array_equal(said(again), said(whole))


def test_a_state_comes_back_to_the_bit(tmp_path, monkeypatch):
    monkeypatch.setattr(neural, "_KEEP_SECONDS", 0.0)
    fit_model(six_patients(), of_kind("network"), watch=FitWatch(folder=tmp_path))
    path = next(tmp_path.glob("network-*.safetensors"))
    state = read_state(path)
    assert state is not None
    write_state(tmp_path / "copy.safetensors", state)
    assert (tmp_path / "copy.safetensors").read_bytes() == path.read_bytes()
