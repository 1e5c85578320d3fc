import io
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.image import imread

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid
from gliofront.image.volume import Volume
from gliofront.report.flicker import Flicker, checkered, draw_flicker, greyed

SHAPE = (40, 50, 30)
GRID = Grid(np.diag([2.0, 2.0, 2.0, 1.0]), SHAPE)


def ball(centre, radius):
    at = np.indices(SHAPE).astype(float)
    return sum((a - c) ** 2 for a, c in zip(at, centre, strict=True)) <= radius**2


def scene(**changes) -> Flicker:
    brain = ball((20, 25, 15), 13)
    tumour, cavity = ball((14, 25, 15), 4), ball((14, 25, 15), 2)
    noise = np.random.default_rng(1).normal(scale=0.1, size=SHAPE)
    before = Volume(GRID, noise + brain + 2 * tumour, "T1C", "x")
    after = Volume(GRID, noise + brain - cavity, "T1C", "x")
    shown = {
        "before": before,
        "rigid": after,
        "aligned": after,
        "brain": brain,
        "tumour": tumour,
        "cavity": cavity,
        "progression": ball((14, 31, 15), 2),
        "cavity_rigid": cavity,
        "title": "post.nii.gz onto pre.nii.gz",
    }
    return Flicker(**(shown | changes))


def pixels(shown):
    return imread(io.BytesIO(draw_flicker(shown)))[..., :3]


def where(picture, colour, tolerance=0.03):
    """Return rows and columns of pixels of a colour, #rrggbb."""
    wanted = np.array([int(colour[n : n + 2], 16) for n in (1, 3, 5)]) / 255
    return np.argwhere(np.abs(picture - wanted).max(axis=2) < tolerance)


def test_the_same_scene_gives_the_same_bytes_and_another_another():
    first = draw_flicker(scene())
    assert first == draw_flicker(scene())
    assert first != draw_flicker(scene(progression=ball((14, 18, 15), 2)))


@pytest.mark.parametrize(("x", "on_the_right"), [(12, True), (28, False)])
def test_the_patient_s_left_is_on_the_right_of_axial_planes(x, on_the_right):
    """A small index is the left here (RAS)."""
    body = ball((x, 25, 15), 4)
    empty = np.zeros(SHAPE, bool)
    picture = pixels(scene(tumour=body, cavity=empty, cavity_rigid=empty, progression=empty))
    first = picture[100:350, 35:330]
    columns = where(first, "#00e5ff", 0.15)[:, 1]
    assert len(columns) > 20
    assert (columns.mean() > first.shape[1] / 2) == on_the_right


def test_brain_out_of_view_strikes_the_eye_and_air_does_not():
    shown = scene()
    cut = np.where(np.arange(SHAPE[2]) > 15, shown.aligned.data, np.nan)
    assert not len(where(pixels(shown), "#3b5570"))
    hidden = where(pixels(replace(shown, aligned=shown.aligned.with_data(cut))), "#3b5570")
    assert len(hidden) > 1000
    assert hidden[:, 1].min() > 600
    air = np.where(shown.brain, shown.aligned.data, np.nan)
    assert not len(where(pixels(replace(shown, aligned=shown.aligned.with_data(air))), "#3b5570"))


def test_squares_come_in_turn_and_measure_what_is_asked():
    one, other = np.ones(SHAPE, np.float32), np.zeros(SHAPE, np.float32)
    board = checkered(one, other, GRID, square_mm=10.0)
    assert board[:5, :5, :5].all()
    assert not board[5:10, :5, :5].any()
    assert board[5:10, 5:10, :5].all()
    assert not board[:5, :5, 5:10].any()


def test_healthy_tissue_is_grey_whatever_the_scanner_and_enhancement_is_bright():
    shown = scene()
    healthy = shown.brain & ~shown.tumour
    grey = greyed(shown.before, healthy)
    assert grey[shown.tumour].mean() > 0.95
    assert grey[healthy].max() < 1
    scaled = shown.before.with_data(3000 * shown.before.data + 7)
    np.testing.assert_allclose(greyed(scaled, healthy), grey, atol=1e-3)


def test_without_tumour_or_brain_in_view_nothing_is_drawn():
    with pytest.raises(InputRefused, match="no tumour"):
        draw_flicker(scene(tumour=np.zeros(SHAPE, bool)))
    nothing = Volume(GRID, np.full(SHAPE, np.nan), "T1C", "x")
    with pytest.raises(InputRefused, match="in view"):
        draw_flicker(scene(rigid=nothing))
