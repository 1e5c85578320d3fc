import numpy as np
import pytest
from region_heads import dice, head, turn

from gliofront.foundation.errors import InputRefused
from gliofront.regions.enhancing import outline_enhancing
from gliofront.regions.midplane import Plane

MIDDLE = Plane(np.zeros(3), np.array([1.0, 0.0, 0.0]))


def outline(made, *, t1=True, flair=True, **options):
    options.setdefault("plane", MIDDLE)
    return outline_enhancing(
        made.t1c,
        made.brain,
        t1=made.t1 if t1 else None,
        flair=made.flair if flair else None,
        **options,
    )


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("t1", [True, False])
def test_ring_tumour_outlined(side, t1):
    made = head(side=side)
    found = outline(made, t1=t1)
    assert found.grade == "good"
    assert dice(found.enhancing, made.tumour) > 0.9
    assert dice(found.necrosis, made.necrosis) > 0.7
    assert not (found.necrosis & ~found.enhancing).any()


def test_flipped_head_gives_flipped_outline():
    right, left = (outline(head(side=side, noise=0.5)) for side in (1, -1))
    assert dice(right.enhancing[::-1], left.enhancing) > 0.99
    assert right.grade == left.grade


def test_thick_slices():
    made = head(spacing=(1.5, 1.5, 4.0))
    found = outline(made)
    assert dice(found.enhancing, made.tumour) > 0.85
    assert found.grade == "good"


def test_oblique_head():
    made = head(rotation=turn(9, 4))
    found = outline(made, plane=Plane(np.zeros(3), made.normal))
    assert dice(found.enhancing, made.tumour) > 0.88


def test_free_of_unit():
    made = head()
    scaled = made.t1c.with_data(made.t1c.data * 31.0)
    again = outline_enhancing(scaled, made.brain, t1=made.t1, flair=made.flair, plane=MIDDLE)
    assert dice(again.enhancing, outline(made).enhancing) > 0.999


def test_no_tumour_with_vessels_is_never_good():
    for seed in range(2):
        made = head(tumour=False, seed=seed)
        for flair in (True, False):
            assert outline(made, flair=flair).grade == "refused"


def test_no_tumour_without_vessels_finds_nothing():
    found = outline(head(tumour=False, vessels=False))
    assert found.grade == "refused"
    assert found.signs is None
    assert not found.enhancing.any()


def test_without_flair_or_midplane_it_is_less_sure():
    made = head()
    sure = outline(made)
    blind = outline(made, flair=False, plane=None)
    assert dice(blind.enhancing, made.tumour) > 0.85
    assert blind.confidence < sure.confidence
    assert any("could not be judged" in reason for reason in blind.reasons)


def test_seed_point_chooses_the_body():
    made = head()
    found = outline(made, flair=False, seed_point=made.tumour_centre)
    assert dice(found.enhancing, made.tumour) > 0.85


def test_seed_point_far_from_any_body_is_refused():
    found = outline(head(), seed_point=(-35.0, -12.0, 18.0))
    assert found.grade == "refused"
    assert not found.enhancing.any()


def test_seed_point_outside_the_brain():
    with pytest.raises(InputRefused, match="outside the brain"):
        outline(head(), seed_point=(500.0, 0.0, 0.0))


def test_same_outline_twice():
    first, second = (outline(head()) for _ in range(2))
    assert np.array_equal(first.enhancing, second.enhancing)
    assert first.confidence == second.confidence
