"""Texture features of the neighbourhood of each voxel: 22 of the GLCM, 7 of the GLRLM.

Definitions: Image Biomarker Standardisation Initiative (Zwanenburg et al., Radiology 2020;
295:328), sections 3.6 and 3.7; 13 directions, distance 1, symmetric. `matlab`: the formulas of
two widely shared MATLAB toolboxes where they differ. The work is done in compiled code.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.errors import InputRefused
from gliofront.radiomics import _texture
from gliofront.radiomics.names import Aggregation, Definitions

MAX_RADIUS = 4
MAX_LEVELS = 256


def texture(
    levels: NDArray[np.uint8] | NDArray[np.uint16],
    centres: NDArray[np.integer],
    *,
    radius: int,
    ng: int,
    aggregation: Aggregation = "merged",
    definitions: Definitions = "ibsi",
    threads: int = 1,
) -> NDArray[np.float32]:
    """Return the features `TEXTURE_NAMES` of the cube around each centre, (n, 29).

    Parameters
    ----------
    levels : (X, Y, Z) uint8 or uint16 grey levels 1 to `ng`; 0 is outside and counts in nothing.
    centres : (n, 3) voxel indices.
    radius : half width of the cube, 1 to 4 voxels.
    ng : number of grey levels, 2 to 256.
    aggregation : one matrix from all directions, or the mean of the features of each.
    threads : at work at once; they change no bit of the result.

    A cube with fewer than 2 voxels inside gives NaN in every feature; one without two voxels next
    to each other, NaN in those of the GLCM. A direction without pairs leaves the average of the
    GLCM. With a single grey level the correlation is 1, the information correlations are 0.

    Raises
    ------
    InputRefused
        If types or shapes are wrong, a setting is out of range, a level is above `ng`, a centre
        lies outside, or the variable GLIOFRONT_SIMD names an instruction set that the processor
        lacks.

    >>> from gliofront.radiomics.names import TEXTURE_NAMES
    >>> line = np.array([[[1, 1, 2]]], dtype=np.uint8)
    >>> row = texture(line, np.array([[0, 0, 1]]), radius=1, ng=2)[0]
    >>> dict(zip(TEXTURE_NAMES, row.tolist()))["glcm_contrast"]
    0.5
    """
    centres = np.asarray(centres)
    _check_settings(radius, ng, threads, aggregation, definitions)
    _check_levels(levels, ng)
    _check_centres(centres, levels.shape)
    try:
        _texture.chosen_build()
    except ValueError as error:
        raise InputRefused("texture", str(error), "change or unset it") from error
    return _texture.texture(
        np.ascontiguousarray(levels),  # type: ignore[arg-type] # its type is checked above
        np.ascontiguousarray(centres, dtype=np.int32),
        radius,
        ng,
        aggregation == "merged",
        definitions == "matlab",
        threads,
    )


def _check_settings(radius: int, ng: int, threads: int, aggregation: str, definitions: str) -> None:
    if not 1 <= radius <= MAX_RADIUS:
        raise InputRefused("texture", f"radius {radius}", f"give 1 to {MAX_RADIUS} voxels")
    if not 2 <= ng <= MAX_LEVELS:
        raise InputRefused("texture", f"{ng} grey levels", f"give 2 to {MAX_LEVELS}")
    if threads < 1:
        raise InputRefused("texture", f"{threads} threads", "give at least 1")
    if aggregation not in ("merged", "averaged"):
        raise InputRefused("texture", f"aggregation {aggregation!r}", "use merged or averaged")
    if definitions not in ("ibsi", "matlab"):
        raise InputRefused("texture", f"definitions {definitions!r}", "use ibsi or matlab")


def _check_levels(levels: NDArray[np.uint8] | NDArray[np.uint16], ng: int) -> None:
    if levels.ndim != 3:
        problem = f"grey levels of shape {levels.shape}"
        raise InputRefused("texture", problem, "give three axes")
    if levels.dtype not in (np.uint8, np.uint16):
        problem = f"grey levels of type {levels.dtype}"
        raise InputRefused("texture", problem, "give uint8 or uint16")
    highest = int(levels.max(initial=0))
    if highest > ng:
        problem = f"a grey level {highest} with {ng} levels"
        raise InputRefused("texture", problem, "give levels 1 to their number, 0 outside")


def _check_centres(centres: NDArray[np.integer], shape: tuple[int, ...]) -> None:
    if centres.ndim != 2 or centres.shape[1] != 3:
        problem = f"centres of shape {centres.shape}"
        raise InputRefused("texture", problem, "give (n, 3) voxel indices")
    if not np.issubdtype(centres.dtype, np.integer):
        problem = f"centres of type {centres.dtype}"
        raise InputRefused("texture", problem, "give whole numbers")
    beyond = ((centres < 0) | (centres >= np.array(shape))).any(axis=1)
    if beyond.any():
        first = tuple(centres[beyond][0].tolist())
        problem = f"centre {first} lies outside the image of shape {shape}"
        raise InputRefused("texture", problem, "give voxel indices")
