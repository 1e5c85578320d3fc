import numpy as np
import pytest
from nifti_files import GRIDS, OBLIQUE, noise
from scipy import ndimage

from gliofront.foundation.errors import InputRefused
from gliofront.image.framing import crop_grid, working_grid
from gliofront.image.grid import Grid
from gliofront.image.orientation import canonical
from gliofront.image.resample import resample_labels, resample_volume
from gliofront.image.volume import LabelVolume, Volume


def places(grid: Grid) -> np.ndarray:
    return grid.to_world(np.moveaxis(np.indices(grid.shape), 0, -1))


def ramp(grid: Grid) -> Volume:
    return Volume(grid, places(grid) @ [1.0, -2.0, 0.5], "T1", "arbitrary")


def smooth(shape: tuple[int, ...]) -> np.ndarray:
    wide = ndimage.gaussian_filter(np.random.default_rng(1).normal(size=shape), 3)
    return wide / wide.std()


@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize("order", [0, 1, 3])
def test_own_and_turned_grids_lose_nothing(name, order):
    volume = Volume(GRIDS[name], noise(GRIDS[name].shape), "T1", "arbitrary")
    same = resample_volume(volume, volume.grid, order=order)
    np.testing.assert_allclose(same.data, volume.data, rtol=1e-5)
    turned = canonical(volume)
    np.testing.assert_allclose(
        resample_volume(volume, turned.grid, order=order).data, turned.data, rtol=1e-5
    )


def test_crop_is_exact():
    volume = Volume(GRIDS["oblique"], noise(GRIDS["oblique"].shape), "T1", "arbitrary")
    mask = np.zeros(volume.grid.shape, bool)
    mask[2:4, 3:5, 4:6] = True
    cropped = resample_volume(volume, crop_grid(volume.grid, mask, 0.0))
    np.testing.assert_array_equal(cropped.data, volume.data[2:4, 3:5, 4:6])


@pytest.mark.parametrize("name", GRIDS)
def test_a_linear_field_stays_linear_and_outside_is_fill(name):
    source = ramp(GRIDS[name])
    grid = Grid(np.diag([0.9, 0.9, 0.9, 1.0]) @ working_grid(GRIDS[name], 1.0).affine, (9, 9, 9))
    moved = resample_volume(source, grid)
    voxels = source.grid.to_voxel(places(grid))
    last = np.array(source.grid.shape) - 1
    within = ((voxels >= 1e-6) & (voxels <= last - 1e-6)).all(-1)
    beyond = ((voxels < -0.51) | (voxels > last + 0.51)).any(-1)
    np.testing.assert_allclose(moved.data[within], ramp(grid).data[within], atol=2e-3)
    assert np.isnan(moved.data[beyond]).all()
    assert not np.isnan(moved.data[((voxels > -0.49) & (voxels < last + 0.49)).all(-1)]).any()
    assert (resample_volume(source, grid, fill=-7).data[beyond] == -7).all()


def test_thick_slices_reach_to_their_outer_edge():
    thick = Volume(Grid(np.diag([1.0, 1.0, 6.0, 1.0]), (4, 4, 3)), noise((4, 4, 3)), "T1", "")
    fine = resample_volume(thick, working_grid(thick.grid, 1.0))
    assert fine.data.shape == (4, 4, 18)
    assert not np.isnan(fine.data).any()
    np.testing.assert_array_equal(fine.data[..., 0], thick.data[..., 0])
    np.testing.assert_array_equal(fine.data[..., 17], thick.data[..., 2])
    one = Volume(Grid(np.diag([1.0, 1.0, 6.0, 1.0]), (4, 4, 1)), noise((4, 4, 1)), "T1", "")
    spread = resample_volume(one, working_grid(one.grid, 1.0)).data
    np.testing.assert_array_equal(spread, np.repeat(one.data, 6, axis=2))


def test_pull_maps_target_world_to_source_world():
    source = ramp(Grid(np.eye(4), (30, 30, 30)))
    pull = np.eye(4)
    pull[:3, :3], pull[:3, 3] = OBLIQUE, [3.0, 2.0, -1.0]
    grid = Grid(np.array([[1, 0, 0, 10], [0, 1, 0, 10], [0, 0, 1, 10], [0, 0, 0, 1.0]]), (8, 8, 8))
    moved = resample_volume(source, grid, pull=pull)
    expected = (places(grid) @ OBLIQUE.T + pull[:3, 3]) @ [1.0, -2.0, 0.5]
    np.testing.assert_allclose(moved.data, expected, atol=1e-4)
    with pytest.raises(InputRefused, match="pull"):
        resample_volume(source, grid, pull=np.full((4, 4), np.nan))


@pytest.mark.parametrize("order", [1, 3])
def test_there_and_back(order):
    grid = Grid(np.eye(4), (40, 40, 40))
    volume = Volume(grid, smooth(grid.shape), "T1", "arbitrary")
    pull = np.eye(4)
    pull[:3, :3] = OBLIQUE
    pull[:3, 3] = 19.5 - OBLIQUE @ [19.5, 19.5, 19.5]
    there = resample_volume(volume, grid, pull=pull, order=order)
    back = resample_volume(there, grid, pull=np.linalg.inv(pull), order=order)
    inner = np.s_[12:28, 12:28, 12:28]
    error = np.abs(back.data[inner] - volume.data[inner]).max()
    assert error < (0.25 if order == 1 else 0.02)


@pytest.mark.parametrize("order", [0, 1, 3])
def test_undefined_voxels_have_no_weight(order):
    grid = Grid(np.eye(4), (12, 12, 12))
    data = np.full(grid.shape, 5.0, np.float32)
    data[6:8, 6:8, 6:8] = np.nan
    fine = resample_volume(Volume(grid, data, "T1", ""), working_grid(grid, 0.5), order=order)
    hole = np.isnan(fine.data)
    assert hole.sum() == pytest.approx(8 * 8, rel=0.35)
    np.testing.assert_allclose(fine.data[~hole], 5.0, rtol=1e-5)
    voxels = grid.to_voxel(places(fine.grid))[hole]
    assert voxels.min() > 5.4
    assert voxels.max() < 7.6


def test_nothing_defined_stays_undefined():
    grid = Grid(np.eye(4), (4, 4, 4))
    void = Volume(grid, np.full(grid.shape, np.nan), "T1", "")
    assert np.isnan(resample_volume(void, working_grid(grid, 2.0)).data).all()


@pytest.mark.parametrize("hole", [False, True])
def test_coarser_grids_are_smoothed_first(hole):
    grid = Grid(np.eye(4), (64, 64, 64))
    noisy = noise(grid.shape)
    if hole:
        noisy[:8] = np.nan
    coarse = resample_volume(Volume(grid, noisy, "T1", ""), working_grid(grid, 4.0))
    assert np.nanstd(coarse.data) < 0.15 * 20
    assert np.nanmean(coarse.data) == pytest.approx(100, abs=1)
    assert np.isnan(coarse.data).sum() == (2 * 16 * 16 if hole else 0)


def test_smoothing_goes_along_the_coarser_axis_alone():
    grid = Grid(np.eye(4), (24, 24, 24))
    stripes = np.broadcast_to(np.where(np.arange(24) % 2, 1.0, -1.0)[:, None, None], grid.shape)
    volume = Volume(grid, stripes, "T1", "")
    coarse = Grid(np.diag([1.0, 1.0, 4.0, 1.0]), (24, 24, 6))
    np.testing.assert_allclose(resample_volume(volume, coarse).data, stripes[..., :6], atol=1e-5)


def test_smoothing_follows_axes_that_are_stored_in_another_order():
    grid = Grid(np.eye(4), (24, 24, 24))
    stripes = np.broadcast_to(np.where(np.arange(24) % 2, 1.0, -1.0)[None, :, None], grid.shape)
    permuted = np.array([[0, 0, 1.0, 0], [1, 0, 0, 0], [0, 4, 0, 0], [0, 0, 0, 1]])
    coarse = resample_volume(Volume(grid, stripes, "T1", ""), Grid(permuted, (24, 6, 24)))
    np.testing.assert_allclose(coarse.data, stripes.transpose(1, 2, 0)[:, :6], atol=1e-5)


def ball_labels(grid: Grid) -> LabelVolume:
    middle = grid.to_world((np.array(grid.shape) - 1) / 2)
    far = np.linalg.norm(places(grid) - middle, axis=-1)
    data = np.where(far < 5, 4, np.where(far < 9, 2, 0))
    return LabelVolume(grid, data, {2: "oedema", 4: "core"})


@pytest.mark.parametrize("method", ["linear", "nearest"])
def test_labels_keep_their_volume_and_names(method):
    labels = ball_labels(Grid(np.diag([1.0, 1.0, 1.5, 1.0]), (24, 24, 18)))
    pull = np.eye(4)
    middle = labels.grid.to_world((np.array(labels.grid.shape) - 1) / 2)
    pull[:3, :3], pull[:3, 3] = OBLIQUE, middle - OBLIQUE @ middle
    grid = working_grid(labels.grid, 0.8)
    moved = resample_labels(labels, grid, pull=pull, method=method)
    assert dict(moved.names) == dict(labels.names)
    for name in ("oedema", "core"):
        assert moved.volume_ml(name) == pytest.approx(labels.volume_ml(name), rel=0.05)
    truth = ball_labels(grid)
    overlap = (moved.data == truth.data)[truth.data > 0].mean()
    assert overlap > 0.88
    assert (resample_labels(labels, labels.grid, method=method).data == labels.data).all()


def test_touching_labels_leave_no_gap():
    grid = Grid(np.eye(4), (12, 12, 12))
    data = (np.indices(grid.shape).sum(0) % 3) + 1
    labels = LabelVolume(grid, data, {1: "a", 2: "b", 3: "c"})
    shift = np.eye(4)
    shift[:3, 3] = 0.5
    moved = resample_labels(labels, Grid(shift, (11, 11, 11)))
    assert (moved.data > 0).all()


def test_labels_outside_are_background():
    labels = LabelVolume.from_mask(Grid(np.eye(4), (4, 4, 4)), np.ones((4, 4, 4)), "brain")
    far = Grid(np.eye(4), (9, 4, 4))
    for method in ("linear", "nearest"):
        moved = resample_labels(labels, far, method=method)
        assert moved.data[:4].all()
        assert not moved.data[4:].any()


def test_large_label_values_survive():
    data = np.zeros((6, 6, 6), np.uint16)
    data[1:5, 1:5, 1:5] = 60000
    labels = LabelVolume(Grid(np.eye(4), (6, 6, 6)), data, {60000: "vessel"})
    for method in ("linear", "nearest"):
        moved = resample_labels(labels, working_grid(labels.grid, 0.5), method=method)
        assert set(np.unique(moved.data)) == {0, 60000}
