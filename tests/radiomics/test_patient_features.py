"""The table of all maps of a patient: columns, maps that are missing, blocks, a table on disk."""

from __future__ import annotations

import numpy as np
import pytest

from gliofront.foundation.errors import InputRefused
from gliofront.radiomics.extract import extract
from gliofront.radiomics.names import feature_names
from gliofront.radiomics.patient_features import column_names, fill_features
from gliofront.radiomics.settings import TextureSettings

SETTINGS = TextureSettings(radius=1, levels=8)
WANTED = ["ADC", "rCBV", "q", "T1C"]
WIDTH = len(feature_names())


@pytest.fixture(name="patient")
def one_patient():
    """Return maps, the brain and centres; the rCBV is None and q is not there at all."""
    rng = np.random.default_rng(0)
    t1c, adc = rng.normal(size=(2, 6, 6, 6)).astype(np.float32)
    adc[0, 0, 0] = np.nan
    inside = rng.random((6, 6, 6)) < 0.9
    maps = {"T1C": t1c, "ADC": adc * 1e-3, "rCBV": None, "FA": t1c}
    return maps, inside, np.argwhere(inside)[::3]


def filled(patient, **options):
    """Return a table that was full of something else before."""
    maps, inside, centres = patient
    table = np.full((len(centres), WIDTH * len(WANTED)), -5.0, dtype=np.float32)
    fill_features(table, maps, inside, centres, SETTINGS, WANTED, **options)
    return table


def test_the_names_of_the_columns():
    names = column_names(WANTED, SETTINGS)
    assert len(names) == len(set(names)) == 4 * WIDTH
    assert names[0] == "ADC_firstorder_mean"
    assert names[WIDTH - 1] == "ADC_glrlm_high_grey_level_run_emphasis"
    assert names[WIDTH] == "rCBV_firstorder_mean"
    assert names[3 * WIDTH + 12] == "T1C_firstorder_mean_grey_level"
    assert column_names([], SETTINGS) == ()


def test_columns_follow_the_wanted_maps_and_a_missing_one_is_nan(patient):
    maps, inside, centres = patient
    table = filled(patient)
    assert np.isnan(table[:, WIDTH : 3 * WIDTH]).all()
    for place, name in ((0, "ADC"), (3, "T1C")):
        own = table[:, place * WIDTH : (place + 1) * WIDTH]
        wanted = extract(maps[name], inside, centres, SETTINGS.of_map(name))
        assert own.tobytes() == wanted.tobytes()
    ranged = SETTINGS.model_copy(update={"range": (0.0, 3e-3)})
    wanted = extract(maps["ADC"], inside, centres, ranged)
    assert table[:, :WIDTH].tobytes() == wanted.tobytes()


@pytest.mark.parametrize("block", [1, 7, 10**6])
@pytest.mark.parametrize("threads", [1, 2])
def test_blocks_and_threads_change_no_bit(patient, block, threads):
    assert filled(patient, block=block, threads=threads).tobytes() == filled(patient).tobytes()


def test_other_maps_change_no_bit(patient):
    maps, inside, centres = patient
    table = np.zeros((len(centres), WIDTH), dtype=np.float32)
    fill_features(table, {"T1C": maps["T1C"]}, inside, centres, SETTINGS, ["T1C"])
    assert table.tobytes() == filled(patient)[:, 3 * WIDTH :].tobytes()


def test_a_table_on_disk_gets_the_same_bytes(patient, tmp_path):
    maps, inside, centres = patient
    path = tmp_path / "table.npy"
    shape = (len(centres), WIDTH * len(WANTED))
    table = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
    fill_features(table, maps, inside, centres, SETTINGS, WANTED, block=10)
    table.flush()
    del table
    assert np.load(path).tobytes() == filled(patient).tobytes()


def test_every_row_of_every_map_is_told_once(patient):
    told = []
    filled(patient, block=10, told=told.append)
    rows = len(patient[2])
    assert sum(told) == rows * len(WANTED)
    assert told.count(rows) == 2  # each missing map at once
    assert set(told) == {rows, 10, rows % 10} - {0}


def test_an_unknown_map_is_refused_before_anything_is_written(patient):
    maps, inside, centres = patient
    table = np.full((len(centres), WIDTH * 2), -5.0, dtype=np.float32)
    with pytest.raises(InputRefused, match="CEST: no grey-level range"):
        fill_features(table, maps, inside, centres, SETTINGS, ["T1C", "CEST"])
    assert (table == -5.0).all()


def test_a_map_on_another_grid_is_refused(patient):
    maps, inside, centres = patient
    table = np.zeros((len(centres), WIDTH), dtype=np.float32)
    with pytest.raises(InputRefused, match=r"\(6, 6, 5\).*\(6, 6, 6\)"):
        fill_features(table, {"T1C": maps["T1C"][..., :5]}, inside, centres, SETTINGS, ["T1C"])


def test_without_centres_nothing_is_written(patient):
    maps, inside, _ = patient
    table = np.zeros((0, WIDTH), dtype=np.float32)
    fill_features(table, maps, inside, np.zeros((0, 3), int), SETTINGS, ["T1C"])
    assert table.shape == (0, WIDTH)
