"""The values of a file: scaled, checked, and cast only where nothing is lost."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Finding, Level
from gliofront.image.nifti_header import NiftiHeader
from gliofront.image.volume import BoolArray, Float32Array

MAX_UNDEFINED = 0.001
"""Largest share of NaN and infinite voxels among those that are not background."""

WHOLE_TOLERANCE = 1e-3
"""A stored label may be this far from a whole number (0.99999997 is common, through scaling)."""

_MOST_LABEL = 2**16 - 1


def scaled(raw: NDArray[Any], header: NiftiHeader) -> NDArray[Any]:
    """Return the values that the stored numbers stand for; untouched where nothing scales them."""
    if not header.is_scaled or (header.slope == 1 and header.intercept == 0):
        return raw
    return np.asarray(raw.astype(np.float64) * header.slope + header.intercept)


def defined(
    values: NDArray[Any],
    subject: str,
    max_undefined: float = MAX_UNDEFINED,
    *,
    allow_constant: bool = False,
) -> tuple[Float32Array, list[Finding]]:
    """Return float32 values with NaN for whatever is not finite, and a finding that counts it.

    Parameters
    ----------
    values : (X, Y, Z) real numbers.
    subject : the file.
    max_undefined : largest share that is accepted, 0 to 1.
    allow_constant : whether one value everywhere, or none, is an answer.

    The brain is not known here, so the share is of the voxels that are not background: of the
    finite ones that are not 0 together with those that are not finite. NaN that reaches a corner
    of the image through touching voxels is background too (some tools write it so) and is
    counted apart.

    Raises
    ------
    InputRefused
        If the share is larger, no value is finite, or all finite values are the same.
    """
    with np.errstate(over="ignore"):
        data = np.array(values, dtype=np.float32)
    finite = np.isfinite(data)
    if not finite.all():
        findings = _undefined_findings(data, finite, subject, max_undefined)
        data[~finite] = np.nan
    else:
        findings = []
    if not allow_constant:
        _refuse_constant(data[finite] if findings else data, subject)
    return data, findings


def _undefined_findings(
    data: Float32Array, finite: BoolArray, subject: str, max_undefined: float
) -> list[Finding]:
    background = _undefined_background(np.isnan(data))
    bad = int(np.count_nonzero(~finite & ~background))
    share = bad / max(bad + int(np.count_nonzero(data[finite])), 1)
    findings = []
    if background.any():
        problem = f"{np.count_nonzero(background)} voxels of background are NaN"
        findings.append(Finding(Level.NOTE, "undefined-background", subject, problem))
    if not bad:
        return findings
    problem = f"{bad} voxels ({100 * share:.2g} % of those not background) are NaN or infinite"
    if share > max_undefined:
        mend = f"mend the image where it was made; up to {100 * max_undefined:g} % is accepted"
        raise InputRefused(subject, problem, mend)
    return [*findings, Finding(Level.WARNING, "undefined-voxels", subject, problem, "look there")]


def _undefined_background(undefined: BoolArray) -> BoolArray:
    """Return the NaN voxels that touch a NaN corner of the image, through NaN, (X, Y, Z) bool."""
    corners = undefined[:: max(undefined.shape[0] - 1, 1)]
    corners = corners[:, :: max(undefined.shape[1] - 1, 1), :: max(undefined.shape[2] - 1, 1)]
    if not corners.any():
        return np.zeros_like(undefined)
    parts, _ = ndimage.label(undefined)
    at_corners = parts[:: max(parts.shape[0] - 1, 1)]
    at_corners = at_corners[:, :: max(parts.shape[1] - 1, 1), :: max(parts.shape[2] - 1, 1)]
    return np.asarray(np.isin(parts, np.unique(at_corners[at_corners > 0])))


def _refuse_constant(finite_values: Float32Array, subject: str) -> None:
    if finite_values.size == 0:
        raise InputRefused(subject, "no voxel has a finite value", "give another image")
    low, high = float(finite_values.min()), float(finite_values.max())
    if low == high:
        problem = f"the image is constant: every voxel is {low:g}"
        raise InputRefused(subject, problem, "export the scan again, or leave it out")


def whole_numbers(values: NDArray[Any], subject: str, what: str) -> NDArray[np.uint16]:
    """Return labels as uint16, refusing every value that would change by it.

    Parameters
    ----------
    values : (X, Y, Z) real numbers.
    subject : the file.
    what : what they should be, such as ``"labels"``, for the message.

    Raises
    ------
    InputRefused
        If a value is not finite, farther than 1e-3 from a whole number, negative, or above 65535.
    """
    if values.dtype.kind == "f":
        values = _rounded(values, subject, what)
    low, high = values.min(), values.max()
    if low < 0 or high > _MOST_LABEL:
        problem = f"values from {low} to {high} are no {what}, which lie in 0 to {_MOST_LABEL}"
        raise InputRefused(subject, problem, f"give {what} that were not scaled or wrapped around")
    return values.astype(np.uint16)


def _rounded(values: NDArray[Any], subject: str, what: str) -> NDArray[Any]:
    mend = f"give {what} in whole numbers, resampled by nearest neighbour if at all"
    if not np.isfinite(values).all():
        count = int(np.count_nonzero(~np.isfinite(values)))
        raise InputRefused(
            subject, f"{count} voxels are NaN or infinite, which are no {what}", mend
        )
    whole = np.rint(values)
    off = np.abs(values - whole) > WHOLE_TOLERANCE
    if off.any():
        some = ", ".join(f"{value:.4g}" for value in values[off].ravel()[:3])
        count = int(np.count_nonzero(off))
        raise InputRefused(subject, f"{count} voxels are no {what}, such as {some}", mend)
    return np.asarray(whole)


def present(labels: NDArray[np.uint16]) -> list[int]:
    """Return the values that occur, ascending, 0 left out."""
    counts = np.bincount(labels.ravel(order="K"))
    return [int(value) for value in np.flatnonzero(counts) if value]
