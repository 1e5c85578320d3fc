import os

import numpy as np
import pytest
from nifti_files import GRIDS, noise

from gliofront.image.ants_arrays import data_from_ants, to_ants
from gliofront.image.grid import Grid
from gliofront.image.volume import LabelVolume, Volume


@pytest.mark.parametrize("name", GRIDS)
def test_values_and_places_are_the_same_in_ants(name):
    ants = pytest.importorskip("ants")
    grid = GRIDS[name]
    volume = Volume(grid, noise(grid.shape), "T1C", "arbitrary")
    image = to_ants(volume)
    back = data_from_ants(image)
    assert back.dtype == np.float32
    np.testing.assert_array_equal(back, volume.data)
    for voxel in [(0, 0, 0), (1, 2, 3), (5, 0, 1), tuple(n - 1 for n in grid.shape)]:
        lps = ants.transform_index_to_physical_point(image, voxel)
        point = np.asarray(lps, dtype=float) * [-1, -1, 1]
        voxel_of_ants = grid.to_voxel(point)
        difference = np.abs(voxel_of_ants - voxel).max()
        assert difference < 1e-4, voxel_of_ants - voxel


def test_undefined_voxels_become_the_lowest_value():
    data = noise((5, 5, 5))
    data[2, 2, 2] = np.nan
    image = data_from_ants(to_ants(Volume(Grid(np.eye(4), (5, 5, 5)), data, "T1", "")))
    assert image[2, 2, 2] == np.nanmin(data)


def test_labels_become_floats():
    grid = GRIDS["oblique"]
    labels = LabelVolume.from_mask(grid, noise(grid.shape) > 100, "brain")
    np.testing.assert_array_equal(data_from_ants(to_ants(labels)), labels.data)


def test_repeatable_settings_are_in_the_environment():
    assert os.environ["ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"]
    assert os.environ["ANTS_RANDOM_SEED"]
