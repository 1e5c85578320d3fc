"""Images and masks for the tests of voxel-wise features, written by nibabel and not by us."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
from scipy.ndimage import gaussian_filter

from gliofront.alignment.transforms import rigid_matrix
from gliofront.radiomics.settings import TextureSettings
from gliofront.workflow.feature_request import FeatureRequest

SETTINGS = TextureSettings(radius=1, levels=16, range=(-3.0, 3.0))


def turned(*signs: float) -> np.ndarray:
    """Return an oblique affine of 1.2 x 0.9 x 2.5 mm whose axes run with these signs."""
    affine = rigid_matrix((9.0, -6.0, 14.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    affine = affine @ np.diag([1.2 * signs[0], 0.9 * signs[1], 2.5 * signs[2], 1.0])
    affine[:3, 3] = (-11.0, 23.0, 7.5)
    return affine


AFFINES = {
    "ras": np.diag([1.0, 1.0, 1.0, 1.0]),
    "lps": np.diag([-1.0, -1.0, 2.0, 1.0]),
    "oblique": turned(1, 1, 1),
    "oblique flipped": turned(-1, 1, -1),
    "axes exchanged": turned(1, -1, 1)[:, [2, 0, 1, 3]],
}


def write_pair(folder: Path, affine: np.ndarray, *, shape=(14, 11, 9)) -> tuple[Path, Path]:
    """Write a smooth random image and a mask with a ragged edge; return their paths."""
    rng = np.random.default_rng(7)
    values = rng.normal(size=shape).astype(np.float32)
    mask = gaussian_filter(rng.normal(size=shape), 1.5) > 0
    paths = folder / "scan.nii.gz", folder / "mask.nii.gz"
    for path, data in zip(paths, (values, mask.astype(np.uint8)), strict=True):
        nib.save(nib.Nifti1Image(data, affine), path)
    return paths


def request_for(folder: Path, name: str = "oblique flipped", **changes) -> FeatureRequest:
    """Write an image and its mask, and return a request that writes into ``folder/out``."""
    image, mask = write_pair(folder, AFFINES[name])
    asked = {"image": image, "mask": mask, "out": folder / "out", "settings": SETTINGS}
    return FeatureRequest(**asked | changes)
