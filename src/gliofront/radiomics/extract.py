"""The 42 features of the neighbourhood of each voxel of an image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.errors import InputRefused
from gliofront.radiomics import _features
from gliofront.radiomics.builds import chosen_build
from gliofront.radiomics.grey_image import SUBJECT, GreyImage, grey_image
from gliofront.radiomics.settings import TextureSettings


def extract(
    values: NDArray[np.number],
    inside: NDArray[np.bool_],
    centres: NDArray[np.integer],
    settings: TextureSettings,
    *,
    threads: int = 1,
) -> NDArray[np.float32]:
    """Return the features `feature_names` of the cube around each centre, (n, 42).

    Parameters
    ----------
    values : (X, Y, Z) image, taken as float32; NaN and infinite values count as outside.
    inside : (X, Y, Z) bool, what the cubes are cut by; a voxel outside counts in nothing.
    centres : (n, 3) voxel indices.
    settings : radius, levels, binning, range, aggregation and definitions.
    threads : at work at once; they change no bit of the result.

    A cube with fewer than 2 voxels inside gives NaN in every feature; one without two voxels next
    to each other, NaN in those of the GLCM. In a constant cube skewness, kurtosis and the
    information correlations are 0, the correlation is 1.

    Raises
    ------
    InputRefused
        If types or shapes are wrong, a centre lies outside the image, the range is missing, or
        the variable GLIOFRONT_SIMD names an instruction set that the processor lacks.

    >>> from gliofront.radiomics.names import feature_names
    >>> image = np.array([[[1.0, 1.0, 2.0]]])
    >>> settings = TextureSettings(radius=1, levels=2, binning="none")
    >>> row = extract(image, image > 0, np.array([[0, 0, 1]]), settings)[0]
    >>> dict(zip(feature_names(), row.tolist()))["glcm_contrast"]
    0.5
    """
    return features_at(grey_image(values, inside, settings), centres, settings, threads=threads)


def features_at(
    image: GreyImage, centres: NDArray[np.integer], settings: TextureSettings, *, threads: int = 1
) -> NDArray[np.float32]:
    """Return the features of the cube around each centre of an image made ready, (n, 42).

    Parameters and errors are those of `extract`; the settings must be those of the image.
    """
    centres = np.asarray(centres)
    _check_centres(centres, image.levels.shape)
    if threads < 1:
        raise InputRefused(SUBJECT, f"{threads} threads", "give at least 1")
    chosen_build()
    return _features.features(
        image.values,
        image.levels,
        np.ascontiguousarray(centres, dtype=np.int32),
        settings.radius,
        settings.levels,
        settings.aggregation == "merged",
        settings.definitions == "matlab",
        threads,
    )


def _check_centres(centres: NDArray[np.integer], shape: tuple[int, ...]) -> None:
    if centres.ndim != 2 or centres.shape[1] != 3:
        problem = f"centres of shape {centres.shape}"
        raise InputRefused(SUBJECT, problem, "give (n, 3) voxel indices")
    if not np.issubdtype(centres.dtype, np.integer):
        problem = f"centres of type {centres.dtype}"
        raise InputRefused(SUBJECT, problem, "give whole numbers")
    beyond = ((centres < 0) | (centres >= np.array(shape))).any(axis=1)
    if beyond.any():
        first = tuple(centres[beyond][0].tolist())
        problem = f"centre {first} lies outside the image of shape {shape}"
        raise InputRefused(SUBJECT, problem, "give voxel indices")
