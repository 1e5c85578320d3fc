from __future__ import annotations

import numpy as np
import pytest

from gliofront.alignment.displacement import Displacement, all_places
from gliofront.alignment.transforms import rigid_matrix
from gliofront.alignment.two_visits import TwoVisits, rigid_visits
from gliofront.image.grid import Grid
from gliofront.image.resample import resample_volume
from gliofront.image.volume import LabelVolume, Volume

GRID = Grid(np.diag([2.0, 2.0, 2.0, 1.0]), (30, 32, 28))
RIGID = rigid_matrix([2.0, -4.0, 8.0], [6.0, -3.0, 4.0], GRID.corners().mean(0))
THICK = Grid(
    np.array([[-1.0, 0, 0, 80.0], [0, 1.0, 0, -20.0], [0, 0, 4.0, -20.0], [0, 0, 0, 1.0]]),
    (100, 100, 25),
)


def squeezed() -> TwoVisits:
    """Draw tissue together by up to 4 mm about the middle, then turn the head."""
    places = all_places(GRID)
    out = places - GRID.corners().mean(0)
    away = np.linalg.norm(out, axis=-1, keepdims=True)
    pull = Displacement(GRID, -0.3 * out * np.exp(-((away / 14) ** 2)))
    return TwoVisits(RIGID, pull, pull.inverted())


def smooth(points: np.ndarray) -> np.ndarray:
    """Intensity of a head that is known everywhere."""
    return 100 + 40 * np.sin(points @ [0.1, 0.05, 0.0]) + 30 * np.cos(points @ [0.0, 0.08, 0.1])


def middle() -> np.ndarray:
    return all_places(GRID)[6:-6, 6:-6, 6:-6].reshape(-1, 3)


def test_there_and_back() -> None:
    visits = squeezed()
    assert np.abs(visits.to_follow_up(middle()) - middle()).max() > 4
    back = visits.to_preop(visits.to_follow_up(middle()))
    assert np.linalg.norm(back - middle(), axis=1).max() < 0.1


def test_an_image_lands_where_its_tissue_was() -> None:
    visits = squeezed()
    there = visits.to_preop(all_places(THICK))
    after = Volume(THICK, smooth(there), "T1C", "arbitrary")
    found = visits.volume_onto(after, GRID)
    true = smooth(all_places(GRID))
    inner = (slice(6, -6),) * 3
    assert np.isfinite(found.data[inner]).all()
    still = rigid_visits(RIGID, GRID).volume_onto(after, GRID)
    miss, before = (np.abs(v.data[inner] - true[inner]).mean() for v in (found, still))
    assert miss < 0.3 * before


def test_a_rigid_one_is_the_resampling_that_all_use() -> None:
    rng = np.random.default_rng(3)
    volume = Volume(THICK, rng.normal(size=THICK.shape), "T1C", "arbitrary")
    found = rigid_visits(RIGID, GRID).volume_onto(volume, GRID).data
    known = resample_volume(volume, GRID, pull=RIGID).data
    both = np.isfinite(found) & np.isfinite(known)
    assert both.mean() > 0.5
    # Onto 2 mm from 1 x 1 x 4 mm the one smooths in the plane and the other does not.
    plain = resample_volume(volume, Grid(np.diag([1.0, 1.0, 1.0, 1.0]), GRID.shape), pull=RIGID)
    same = rigid_visits(RIGID, plain.grid).volume_onto(volume, plain.grid)
    inner = np.isfinite(same.data) & np.isfinite(plain.data)
    np.testing.assert_allclose(same.data[inner], plain.data[inner], atol=1e-4)


def test_beyond_the_field_of_view_and_in_holes_nothing_is_known() -> None:
    data = np.ones(THICK.shape)
    data[40:60, 40:60, 10:15] = np.nan
    found = rigid_visits(RIGID, GRID).volume_onto(Volume(THICK, data, "T1C", ""), GRID).data
    assert np.isnan(found).any()
    np.testing.assert_allclose(found[np.isfinite(found)], 1.0, atol=1e-5)


def test_labels_and_masks_go_the_same_way() -> None:
    visits = squeezed()
    places = visits.to_preop(all_places(THICK))
    away = np.linalg.norm(places - GRID.corners().mean(0), axis=-1)
    data = np.select([away < 8, away < 14], [2, 1], 0)
    labels = LabelVolume(THICK, data.astype(np.uint8), {1: "oedema", 2: "enhancing"})
    onto = visits.labels_onto(labels, GRID)
    true = np.linalg.norm(all_places(GRID) - GRID.corners().mean(0), axis=-1)
    for name, mask in (("enhancing", true < 8), ("oedema", (true >= 8) & (true < 14))):
        both = np.count_nonzero(onto.mask(name) & mask)
        assert 2 * both / (np.count_nonzero(onto.mask(name)) + np.count_nonzero(mask)) > 0.85
    alone = visits.mask_onto(data == 2, THICK, GRID)
    assert np.count_nonzero(alone ^ onto.mask("enhancing")) < 0.2 * np.count_nonzero(alone)


@pytest.mark.parametrize("turn", [0.0, 25.0])
def test_another_image_of_the_visit_needs_one_resampling(turn: float) -> None:
    within = rigid_matrix([0.0, turn, 0.0], [1.0, 2.0, 3.0])
    visits = squeezed()
    joined = visits.for_image(within).to_follow_up(middle())
    apart = visits.to_follow_up(middle()) @ within[:3, :3].T + within[:3, 3]
    np.testing.assert_allclose(joined, apart, atol=1e-9)
