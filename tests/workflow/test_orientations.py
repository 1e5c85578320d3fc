"""The map lies at the same millimetres however the scanner stored the voxels.

The scans are anisotropic and oblique; each is stored in all 48 orders and directions of its axes.
Tolerance: the working grids agree to 0.01 mm, the probabilities to 0.001 in mean, and fewer than
one voxel in a hundred differs by more than 0.02. They are not equal to the bit, because a header
holds float32 and the search for a pose amplifies the last digit.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations, product

import nibabel as nib
import numpy as np
import pytest
from nibabel.orientations import apply_orientation, inv_ornt_aff

from gliofront.alignment.transforms import rigid_matrix
from gliofront.image.grid import Grid
from gliofront.image.reading import read_labels, read_mask, read_volume
from gliofront.image.resample import resample_labels, resample_volume
from gliofront.image.volume import LabelVolume, Volume
from gliofront.image.writing import write_labels, write_volume
from gliofront.learning.storage import load_model
from gliofront.workflow.patient import prepare_patient
from gliofront.workflow.predict import settings_for
from gliofront.workflow.probability import probability_map

ORIENTATIONS = [
    np.column_stack([axes, signs])
    for axes in permutations(range(3))
    for signs in product((1, -1), repeat=3)
]


def oblique_grid(reference: Grid) -> Grid:
    """Return a grid of 3 x 3 x 4 mm, turned by up to 14 degrees, over the reference's box."""
    centre = reference.to_world((np.array(reference.shape) - 1) / 2)
    turned = rigid_matrix((9.0, -6.0, 14.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    shape = (62, 74, 46)
    affine = turned @ np.diag([3.0, 3.0, 4.0, 1.0])
    affine[:3, 3] = centre - affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    return Grid(affine, shape)


def reoriented(volume, orientation):
    """Return the same volume with its axes reordered and flipped in memory."""
    data = apply_orientation(volume.data, orientation)
    affine = volume.grid.affine @ inv_ornt_aff(orientation, volume.grid.shape)
    return replace(volume, grid=Grid(affine, data.shape), data=data)


@pytest.fixture(scope="module")
def scans(studied):
    """T1C, FLAIR, brain and labels of a patient on an oblique anisotropic grid."""
    patient = studied.patients[0]
    images = patient.preop.images
    t1c = read_volume(images["T1C"], "T1C")[0]
    grid = oblique_grid(t1c.grid)
    labels = read_labels(patient.preop.labels, patient.preop.scheme)[0]
    brain = read_mask(patient.preop.masks["brain"], "brain")[0]
    return {
        "T1C": resample_volume(t1c, grid, fill=0.0),
        "FLAIR": resample_volume(read_volume(images["FLAIR"], "FLAIR")[0], grid, fill=0.0),
        "brain": resample_labels(brain, grid),
        "labels": resample_labels(labels, grid),
    }


def predicted(studied, scans, folder, orientation) -> Volume:
    """Store the scans in an orientation, read them as a user's, and return the map."""
    folder.mkdir()
    paths = {}
    for name, scan in scans.items():
        paths[name] = folder / f"{name}.nii.gz"
        stored = reoriented(scan, orientation)
        write = write_labels if isinstance(scan, LabelVolume) else write_volume
        write(paths[name], stored)
        np.testing.assert_allclose(nib.load(paths[name]).affine, stored.grid.affine, atol=1e-4)
    patient = studied.patients[0]
    preop = replace(
        patient.preop,
        images={name: paths[name] for name in ("T1C", "FLAIR")},
        masks={"brain": paths["brain"]},
        labels=paths["labels"],
    )
    model = load_model(studied.result.model)
    settings = settings_for(model, studied.settings)
    state = prepare_patient(replace(patient, preop=preop), model.maps, settings)
    table = state["table"]
    values = model.predict(
        table.features, table.distance_mm, table.names, voxel=table.voxel, missing=state["missing"]
    )
    return probability_map(state["prepared"].grid, table.voxel, values)


@pytest.fixture(scope="module")
def reference(studied, scans, tmp_path_factory) -> Volume:
    return predicted(studied, scans, tmp_path_factory.mktemp("ras") / "a", ORIENTATIONS[0])


def check_same_map(found: Volume, reference: Volume) -> None:
    assert found.grid.matches(reference.grid, tolerance_mm=0.01)
    known = np.isfinite(reference.data)
    assert np.mean(known != np.isfinite(found.data)) < 1e-4
    both = known & np.isfinite(found.data)
    apart = np.abs(found.data[both] - reference.data[both])
    assert apart.mean() < 1e-3
    assert np.mean(apart > 0.02) < 0.01


def test_there_are_48_orientations():
    assert len({o.tobytes() for o in ORIENTATIONS}) == 48


@pytest.mark.parametrize("number", [7, 25, 46])
def test_the_map_is_the_same_in_some_orientations(studied, scans, reference, tmp_path, number):
    found = predicted(studied, scans, tmp_path / "a", ORIENTATIONS[number])
    check_same_map(found, reference)


def test_a_flipped_tumour_would_be_noticed(reference):
    flipped = reference.with_data(reference.data[::-1])
    with pytest.raises(AssertionError):
        check_same_map(flipped, reference)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(48))
def test_the_map_is_the_same_in_all_orientations(studied, scans, reference, tmp_path, number):
    found = predicted(studied, scans, tmp_path / "a", ORIENTATIONS[number])
    check_same_map(found, reference)
