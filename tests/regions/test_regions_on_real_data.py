"""The regions on labelled gliomas; what is asserted is consistency, not a lucky overlap."""

import os
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from region_heads import dice

from gliofront.image.grid import Grid
from gliofront.image.volume import Volume
from gliofront.maps.intensity import in_nawm_units
from gliofront.regions.enhancing import outline_enhancing
from gliofront.regions.labels_check import enhancing_brightens
from gliofront.regions.midplane import find_midplane
from gliofront.regions.nawm import contralateral_nawm
from gliofront.regions.oedema import find_oedema
from gliofront.regions.tissue import classify_tissue

DATA = Path(
    os.environ.get(
        "GLIOFRONT_TEST_DATA", Path(__file__).resolve().parents[2].parent / "shared" / "data"
    )
)
PATIENTS = ["brats_2013_pat0001_1", "brats_2013_pat0005_1"]


def read(path):
    image = nib.as_closest_canonical(nib.load(path))
    return np.squeeze(np.asanyarray(image.dataobj)), image.affine


@pytest.fixture(scope="module", params=PATIENTS)
def patient(request):
    folder = DATA / "glioma_labelled" / request.param
    if not folder.is_dir():
        pytest.skip(f"no labelled glioma at {folder}")
    t1c, affine = read(folder / "T1c_subtrMeanDivStd.nii.gz")
    grid = Grid(affine, t1c.shape)
    flair = read(folder / "Flair_subtrMeanDivStd.nii.gz")[0]
    return (
        Volume(grid, t1c, "T1C", "arbitrary"),
        Volume(grid, flair, "FLAIR", "arbitrary"),
        read(folder / "brainmask.nii.gz")[0] > 0,
        read(folder / "OTMultiClass.nii.gz")[0],
    )


@pytest.mark.slow
def test_regions_of_a_patient(patient):
    t1c, flair, brain, labels = patient
    core = np.isin(labels, (1, 4))
    oedema = labels == 2
    plane = find_midplane(t1c, brain)
    assert plane.normal[0] > 0.97
    middle = t1c.grid.to_world(np.argwhere(brain).mean(axis=0))
    assert abs(plane.signed_mm(middle)) < 4

    tissue = classify_tissue(t1c, brain, flair=flair, lesion=labels > 0, tumour=core)
    assert np.mean(tissue.mask("csf")[oedema]) < 0.05
    assert 0.03 < np.mean(tissue.mask("csf")[brain]) < 0.3

    white = contralateral_nawm(tissue, brain, core, plane, abnormal=oedema, flair=flair)
    signed = plane.signed_over(t1c.grid)
    tumour_side = np.sign(np.median(signed[core]))
    assert (np.sign(signed[white.mask]) == -tumour_side).all()
    assert not (white.mask & (labels > 0)).any()

    found = find_oedema(in_nawm_units(flair, white.mask), brain, core, plane=plane)
    assert dice(found, oedema) > 0.5

    outline = outline_enhancing(t1c, brain, flair=flair, plane=plane)
    overlap = dice(outline.enhancing, core)
    assert outline.grade != "good" or overlap > 0.7
    assert outline.grade == "refused" or overlap > 0.3


def test_labels_of_a_patient(patient):
    t1c, _, brain, labels = patient
    core = np.isin(labels, (1, 4))
    assert enhancing_brightens(t1c, labels == 4, core, brain) is None
    assert enhancing_brightens(t1c, labels == 1, core, brain) is not None
