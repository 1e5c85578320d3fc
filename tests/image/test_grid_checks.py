"""F11 and overlap: images and masks that are not on the grid they should be on."""

import numpy as np
import pytest
from nifti_files import GRIDS, OBLIQUE

from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Level, refuse_errors
from gliofront.image.checks import same_grid_findings, world_overlap
from gliofront.image.grid import Grid


def shifted(grid: Grid, by: tuple[float, float, float]) -> Grid:
    affine = grid.affine.copy()
    affine[:3, 3] += by
    return Grid(affine, grid.shape)


def test_f11_other_grids_are_all_named_at_once_in_mm():
    reference = GRIDS["LPS"]
    others = {
        "same.nii.gz": shifted(reference, (0.005, 0, 0)),
        "moved.nii.gz": shifted(reference, (0, 3.0, 0)),
        "cropped.nii.gz": Grid(reference.affine, (6, 7, 5)),
        "turned.nii.gz": GRIDS["oblique"],
    }
    findings = same_grid_findings(reference, others)
    assert [f.subject for f in findings] == ["moved.nii.gz", "cropped.nii.gz", "turned.nii.gz"]
    assert {f.level for f in findings} == {Level.ERROR}
    for finding in findings:
        assert reference.describe() in finding.problem
        assert others[finding.subject].describe() in finding.problem
    assert "3.00 mm apart" in findings[0].problem
    with pytest.raises(InputRefused, match="To mend: resample it") as caught:
        refuse_errors(findings)
    assert caught.value.exit_code == 3
    assert same_grid_findings(reference, {}) == []


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
def test_overlap_of_a_shifted_box(share):
    box = Grid(np.diag([2.0, 1.0, 4.0, 1.0]), (10, 20, 5))
    moved = shifted(box, (0, 20.0 * (1 - share) + (1e-3 if share == 0 else 0), 0))
    assert world_overlap(box, moved) == pytest.approx(share, abs=1e-9)
    assert world_overlap(moved, box) == pytest.approx(share, abs=1e-9)


def test_overlap_is_of_the_smaller_one_and_knows_turned_boxes():
    large = Grid(np.eye(4), (60, 60, 60))
    small = np.eye(4)
    small[:3, :3] = OBLIQUE
    small[:3, 3] = 25
    assert world_overlap(large, Grid(small, (10, 10, 10))) == 1.0
    headless = Grid(np.eye(4) + np.array([[0, 0, 0, 100.0]] * 3 + [[0] * 4]), (60, 60, 60))
    assert world_overlap(large, headless) == 0.0
