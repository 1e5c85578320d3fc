from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from region_heads import T1_LEVELS, dice, head
from scipy import ndimage

from gliofront.foundation.errors import InputRefused
from gliofront.image.volume import Volume
from gliofront.regions.treated import outline_treated


@dataclass(frozen=True)
class Treated:
    t1: Volume
    t1c: Volume
    brain: np.ndarray
    tumour: np.ndarray
    cavity: np.ndarray
    recurrence: np.ndarray


def treated(side: int = 1, *, recurrence_mm: float = 7.0, vessels: bool = True) -> Treated:
    """Operate on a head: fluid where the tumour was, a new body on the wall, T1 and T1C of it."""
    one = head(side=side, vessels=vessels, noise=2.0)
    places = one.grid.to_world(np.argwhere(np.ones(one.grid.shape))).reshape(*one.grid.shape, 3)
    away = np.linalg.norm(places - one.tumour_centre, axis=-1)
    cavity = one.brain & (away <= 13)
    body = np.linalg.norm(places - one.tumour_centre - [0.0, 19.0, 0.0], axis=-1)
    recurrence = one.brain & (body <= recurrence_mm) & ~cavity & (recurrence_mm > 0)
    rng = np.random.default_rng(4)

    def operated(image: Volume, level: float) -> Volume:
        data = image.data.copy()
        data[away <= 16] = 74.0
        data[cavity] = T1_LEVELS["csf"]
        data[recurrence] = level
        soft = ndimage.gaussian_filter(data, 0.4) + rng.normal(0, 1, data.shape)
        return image.with_data(np.where(one.brain, soft, 0))

    return Treated(
        operated(one.t1, 85.0), operated(one.t1c, 190.0), one.brain, one.tumour, cavity, recurrence
    )


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("with_t1", [True, False])
def test_cavity_and_new_enhancement_are_found(side: int, with_t1: bool) -> None:
    case = treated(side)
    found = outline_treated(case.t1c, case.brain, case.tumour, t1=case.t1 if with_t1 else None)
    assert dice(found.cavity, case.cavity) > 0.85
    near = ndimage.binary_dilation(case.recurrence, iterations=3)
    assert dice(found.enhancing & near, case.recurrence) > 0.75
    assert not (found.cavity & found.enhancing).any()


def test_a_head_without_recurrence_shows_far_less() -> None:
    with_one, without = treated(vessels=False), treated(recurrence_mm=0.0, vessels=False)
    found = [
        outline_treated(c.t1c, c.brain, c.tumour, t1=c.t1).enhancing.sum()
        for c in (with_one, without)
    ]
    assert found[1] < 0.1 * found[0]


def test_ventricles_and_sulci_are_no_cavity() -> None:
    one = head(noise=2.0)
    elsewhere = np.roll(one.tumour, -12, axis=2)
    found = outline_treated(one.t1c, one.brain, elsewhere)
    assert not (found.cavity & one.csf).any()


def test_bright_tissue_that_took_up_nothing_is_not_enhancing() -> None:
    case = treated(vessels=False)
    bled = case.t1.with_data(np.where(case.recurrence, 190.0, case.t1.data))
    found = outline_treated(case.t1c, case.brain, case.tumour, t1=bled)
    assert (found.enhancing & case.recurrence).sum() < 0.1 * case.recurrence.sum()


def test_vessels_and_dura_that_enhanced_before_are_no_recurrence() -> None:
    case = treated()
    before = head(noise=2.0)
    plain = outline_treated(case.t1c, case.brain, case.tumour)
    known = outline_treated(case.t1c, case.brain, case.tumour, before=before.t1c)
    apart = ~ndimage.binary_dilation(case.recurrence, iterations=3)
    assert (known.enhancing & apart).sum() < 0.1 * (plain.enhancing & apart).sum()
    assert dice(known.enhancing, case.recurrence) > 0.75
    assert dice(known.cavity, case.cavity) > 0.85


def test_an_empty_brain_is_refused() -> None:
    case = treated()
    with pytest.raises(InputRefused):
        outline_treated(case.t1c, np.zeros_like(case.brain), case.tumour)
