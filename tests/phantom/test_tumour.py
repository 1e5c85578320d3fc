from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from gliofront.phantom.anatomy import make_anatomy
from gliofront.phantom.oedema import draw_oedema, way_from
from gliofront.phantom.patient import VirtualPatient
from gliofront.phantom.settings import PhantomSettings, TumourSettings
from gliofront.phantom.tumour import draw_kinetics, draw_volume, grow_tumour

SETTINGS = PhantomSettings(resolution_mm=4.0)


def test_volumes_follow_the_published_mean_and_spread() -> None:
    rng = np.random.default_rng(0)
    volumes = np.array([draw_volume(rng, TumourSettings()) for _ in range(4000)])
    assert volumes.mean() == pytest.approx(44, abs=3)
    assert volumes.std() == pytest.approx(25, abs=4)


def test_kinetics_stay_in_their_ranges() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        drawn = draw_kinetics(rng, 2.0)
        assert 20 <= drawn.diffusivity * 365.25 <= 200
        assert 5 <= drawn.proliferation * 365.25 <= 30
        assert 5 <= drawn.grey_ratio <= 20
        assert drawn.front_mm >= 1.2


def test_a_tumour_lies_in_tissue_with_its_core_at_the_centre() -> None:
    anatomy = make_anatomy(np.random.default_rng(0), 4.0, SETTINGS.anatomy)
    tumour = grow_tumour(np.random.default_rng(1), anatomy, SETTINGS.tumour)
    assert not tumour.density[anatomy.fluid >= 0.5].any()
    assert not tumour.density[~anatomy.brain].any()
    assert not tumour.density[anatomy.falx].any()
    assert (tumour.necrosis <= tumour.core).all()
    assert 0.05 < tumour.necrosis.sum() / tumour.core.sum() < 0.55
    assert (tumour.density > 0.01).sum() > 1.5 * tumour.core.sum()


def test_a_tumour_reaches_further_in_white_than_in_grey_matter() -> None:
    shares = []
    for seed in range(4):
        anatomy = make_anatomy(np.random.default_rng(seed), 4.0, SETTINGS.anatomy)
        tumour = grow_tumour(np.random.default_rng(seed + 50), anatomy, SETTINGS.tumour)
        edge = (tumour.density > 0.02) & ~tumour.core
        shares.append(anatomy.white[edge].mean() - anatomy.white[anatomy.brain].mean())
    assert np.mean(shares) > 0


def test_core_volumes_are_the_papers(coarse: list[VirtualPatient]) -> None:
    volumes = [p.tumour.volume_ml("enhancing", "necrosis") for p in coarse]
    assert min(volumes) > 5
    assert max(volumes) < 150
    assert 25 < np.mean(volumes) < 65


def test_both_sides_occur_and_are_where_they_say(coarse: list[VirtualPatient]) -> None:
    sides = {p.facts["side"] for p in coarse}
    assert sides == {"left", "right"}
    for patient in coarse:
        core = np.argwhere(patient.tumour.mask("enhancing", "necrosis"))
        middle = patient.grid.to_world(np.argwhere(patient.brain.mask("brain"))).mean(0)[0]
        at = patient.grid.to_world(core).mean(0)[0]
        assert (at < middle) == (patient.facts["side"] == "left")


def test_oedema_is_no_function_of_the_density(coarse: list[VirtualPatient]) -> None:
    explained = []
    for patient in coarse:
        core = patient.tumour.mask("enhancing", "necrosis")
        distance = ndimage.distance_transform_edt(~core, sampling=patient.grid.spacing)
        near = patient.brain.mask("brain") & (distance > 5) & (distance < 25)
        oedema, density = patient.tumour.mask("oedema")[near], patient.density.data[near]
        explained.append(np.corrcoef(oedema, np.log10(density + 1e-4))[0, 1] ** 2)
    assert np.mean(explained) < 0.4
    assert np.std(explained) > 0.02


def test_oedema_reaches_beyond_the_cells_in_some(coarse: list[VirtualPatient]) -> None:
    beyond = [
        (p.tumour.mask("oedema") & (p.density.data < 0.01)).sum() * p.grid.voxel_ml for p in coarse
    ]
    assert max(beyond) > 10


def test_the_way_goes_round_an_obstacle() -> None:
    resistance = np.ones((9, 9, 1))
    resistance[4, :8] = np.inf
    start = np.zeros((9, 9, 1), dtype=bool)
    start[2, 0] = True
    way = way_from(start, resistance, np.full(3, 2.0), 100.0)
    assert way[2, 5, 0] == pytest.approx(10)
    assert np.isinf(way[4, 3, 0])
    assert way[6, 0, 0] > 2 * np.sqrt(2) * 8
    assert np.isinf(way_from(start, resistance, np.full(3, 2.0), 10.0)[6, 0, 0])


def test_oedema_stays_in_tissue_and_between_none_and_full() -> None:
    anatomy = make_anatomy(np.random.default_rng(0), 4.0, SETTINGS.anatomy)
    tumour = grow_tumour(np.random.default_rng(1), anatomy, SETTINGS.tumour)
    oedema = draw_oedema(np.random.default_rng(2), anatomy, tumour.core)
    assert oedema.min() >= 0
    assert oedema.max() <= 1
    assert oedema[tumour.core].mean() > 0.5
