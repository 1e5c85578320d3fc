"""FSL's bval and bvec text to gradients in the world."""

from __future__ import annotations

import numpy as np
from scipy.linalg import polar

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import FloatArray, Grid
from gliofront.maps.diffusion.gradients import Gradients, check_tensor

_FROM_UNIT = 0.05  # of a direction's length: what rounding to two decimals does


def parse_gradients(
    bval_text: str,
    bvec_text: str,
    grid: Grid,
    n_images: int,
    subject: str,
    *,
    b0_threshold: float = 50.0,
) -> Gradients:
    """Read FSL's gradient table.

    The vectors lie along the voxel axes of the image as it is stored, x reversed where the
    affine's determinant is positive (FSL's convention); the affine's rotation turns them to the
    world, so an oblique image is right. A shear is left out (polar decomposition).

    Parameters
    ----------
    bval_text : N numbers, s/mm2, in any layout.
    bvec_text : 3 rows of N or N rows of 3 (with N = 3, FSL's own: 3 rows).
    grid : of the image in its file's own axes.
    n_images : number of images of the series.
    subject : what messages name.
    b0_threshold : largest b-value that counts as none; the direction is then left unread.

    Raises
    ------
    InputRefused
        If a count is wrong, a number is missing, negative or not finite, a direction is not a
        unit vector within 5 % (it is then set to length 1; lengths that scale b are refused),
        there is no b0, or the directions do not determine a tensor.

    >>> six = np.array([[1, 1, 0], [1, -1, 0], [1, 0, 1], [1, 0, -1], [0, 1, 1], [0, 1, -1]])
    >>> bvec = "0 0 0 " + " ".join(f"{x:.4f}" for x in (six / 2**0.5).ravel())
    >>> rows = np.array(bvec.split()).reshape(7, 3)
    >>> text = "\\n".join(" ".join(row) for row in rows)
    >>> grid = Grid(np.eye(4), (2, 2, 2))
    >>> read = parse_gradients("0" + " 1000" * 6, text, grid, 7, "dwi")
    >>> read.directions[1].round(3).tolist()
    [-0.707, 0.707, 0.0]
    """
    b_values = _numbers(bval_text, subject, "b-values").ravel()
    if len(b_values) != n_images:
        problem = f"{len(b_values)} b-values for {n_images} images"
        raise InputRefused(subject, problem, "give the bval file of this series")
    if not np.isfinite(b_values).all() or b_values.min(initial=0) < 0:
        raise InputRefused(subject, "a b-value is negative or not finite", "mend the bval file")
    vectors = _three_columns(_numbers(bvec_text, subject, "directions"), n_images, subject)
    weighted = b_values > b0_threshold
    directions = np.zeros((n_images, 3))
    directions[weighted] = _unit(vectors[weighted], np.flatnonzero(weighted), subject)
    gradients = Gradients(b_values, directions @ _to_world(grid).T)
    check_tensor(gradients, subject)
    return gradients


def _numbers(text: str, subject: str, what: str) -> FloatArray:
    """Return the numbers of a text as rows, (rows, columns)."""
    rows = [line.replace(",", " ").split() for line in text.splitlines() if line.strip()]
    if not rows or len({len(row) for row in rows}) != 1:
        problem = f"the {what} are empty or their rows differ in length"
        raise InputRefused(subject, problem, "convert the series from DICOM again")
    try:
        return np.array(rows, dtype=np.float64)
    except ValueError as error:
        problem = f"the {what} hold something that is not a number: {error}"
        raise InputRefused(subject, problem, "mend that file") from error


def _three_columns(vectors: FloatArray, n_images: int, subject: str) -> FloatArray:
    if vectors.shape == (3, n_images):
        return vectors.T
    if vectors.shape == (n_images, 3):
        return vectors
    problem = f"directions of shape {vectors.shape} for {n_images} images"
    raise InputRefused(subject, problem, "give the bvec file of this series")


def _unit(vectors: FloatArray, images: np.ndarray, subject: str) -> FloatArray:
    """Return weighted images' vectors at length 1; refuse what is no unit vector."""
    lengths = np.linalg.norm(vectors, axis=1)
    wrong = ~(np.abs(lengths - 1) <= _FROM_UNIT)  # a NaN is wrong too
    if wrong.any():
        first = int(np.argmax(wrong))
        problem = (
            f"{int(wrong.sum())} directions of weighted images are not unit vectors (the first: "
            f"image {int(images[first])}, counted from 0, of length {lengths[first]:.3g})"
        )
        mend = (
            "leave out trace images made by the scanner; where lengths scale b, write the b-value "
            "and the unit vector of each image"
        )
        raise InputRefused(subject, problem, mend)
    return np.asarray(vectors / lengths[:, None])


def _to_world(grid: Grid) -> FloatArray:
    """Return (3, 3) from FSL's vectors to world RAS+."""
    rotation, _ = polar(grid.direction)
    flip = -1.0 if np.linalg.det(grid.affine[:3, :3]) > 0 else 1.0
    return np.asarray(rotation @ np.diag([flip, 1.0, 1.0]))
