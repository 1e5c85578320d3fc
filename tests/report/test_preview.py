import io

import numpy as np
import pytest
from matplotlib.image import imread

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid
from gliofront.image.volume import LabelVolume, Volume
from gliofront.report.preview import PLANES, Scene, draw_preview

SHAPE = (40, 50, 30)


def grid() -> Grid:
    return Grid(np.diag([2.0, 2.0, 2.0, 1.0]), SHAPE)


def ball(centre, radius):
    at = np.indices(SHAPE).astype(float)
    return sum((a - c) ** 2 for a, c in zip(at, centre, strict=True)) <= radius**2


def scene(probability=None, **changes) -> Scene:
    rng = np.random.default_rng(1)
    brain = ball((20, 25, 15), 13)
    enhancing = ball((14, 25, 15), 3)
    rings = (ball((14, 25, 15), 6) & ~enhancing).astype(np.uint8)
    shown = {
        "t1c": Volume(grid(), rng.normal(size=SHAPE) + brain, "T1C", "NAWM z"),
        "brain": brain,
        "enhancing": enhancing,
        "shells": LabelVolume(grid(), rings, {1: "0-5 mm"}),
        "probability": probability,
        "progression": None,
        "title": "sub-1",
    }
    return Scene(**(shown | changes))


@pytest.mark.parametrize(
    ("plane", "voxel", "row_high", "column_high"),
    [
        # A small index i is the patient's left here (RAS), so it stands on the viewer's right.
        ("axial", (3, 45, 15), True, True),
        ("axial", (36, 4, 15), False, False),
        ("coronal", (3, 25, 27), True, True),
        ("sagittal", (20, 45, 27), True, False),
    ],
)
def test_a_voxel_stands_where_the_letters_say(plane, voxel, row_high, column_high):
    data = np.zeros(SHAPE)
    data[voxel] = 1
    chosen = next(p for p in PLANES if p.name == plane)
    flat = chosen.slice(data, voxel[chosen.cut])
    row, column = np.argwhere(flat == 1)[0]
    assert (row > flat.shape[0] / 2) == row_high
    assert (column > flat.shape[1] / 2) == column_high


def test_the_same_scene_gives_the_same_picture_and_another_another():
    values = np.where(scene().shells.data > 0, 0.5, np.nan)
    values[14, 30, 15] = 0.9
    shown = scene(Volume(grid(), values, "progression probability", "probability"))
    first = draw_preview(shown)
    assert first == draw_preview(shown)
    assert first != draw_preview(scene())


def test_the_map_is_drawn_on_the_side_where_it_lies():
    def hot(centre):
        values = np.where(ball(centre, 4), 1.0, np.nan)
        picture = imread(
            io.BytesIO(
                draw_preview(
                    scene(Volume(grid(), values, "progression probability", "probability"))
                )
            )
        )
        axial = picture[150:480, : picture.shape[1] // 3]
        reddish = axial[..., 0] - axial[..., 2]
        return np.average(np.arange(axial.shape[1]), weights=np.clip(reddish, 0.15, None).sum(0))

    left_of_patient, right_of_patient = hot((12, 25, 15)), hot((28, 25, 15))
    assert left_of_patient > right_of_patient


def test_without_a_brain_nothing_is_drawn():
    with pytest.raises(InputRefused, match="empty"):
        draw_preview(scene(brain=np.zeros(SHAPE, bool)))
