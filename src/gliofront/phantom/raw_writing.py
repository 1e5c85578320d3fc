"""Raw scans of a virtual patient as BIDS files, such as a converter makes of a scanner's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gliofront.cohort.bids import beside, session_folder, stem
from gliofront.image.grid import Grid
from gliofront.image.nifti_mrs import MrsFile
from gliofront.image.nifti_mrs_writing import write_nifti_mrs
from gliofront.image.series import Series
from gliofront.image.volume import Volume
from gliofront.image.writing import write_json, write_series, write_text, write_volume
from gliofront.phantom.diffusion_scan import RawDiffusionScan
from gliofront.phantom.perfusion_scan import RawPerfusionScan
from gliofront.phantom.spectroscopy_scan import RawSpectroscopyScan

FloatArray = NDArray[np.float64]

_AXES = "ijk"


def raw_path(root: Path, patient: str, session: str, folder: str, *parts: str) -> Path:
    """Return the path of a raw scan.

    >>> raw_path(Path("b"), "1", "preop", "dwi", "dir-AP", "dwi").name
    'sub-1_ses-preop_dir-AP_dwi.nii.gz'
    """
    name = f"{stem(patient, session, *parts)}.nii.gz"
    return session_folder(root, patient, session, folder) / name


def write_diffusion(root: Path, patient: str, session: str, scan: RawDiffusionScan) -> None:
    """Write a diffusion series with gradients and sidecar, and its reverse b0 if there is one."""
    paired = scan.reverse_b0 is not None
    path = raw_path(root, patient, session, "dwi", "dir-AP" if paired else "", "dwi")
    write_series(path, Series(scan.grid, scan.series, "DWI"))
    write_text(beside(path, ".bval"), _row(scan.b_values, "{:.0f}") + "\n")
    vectors = fsl_vectors(scan.directions, scan.grid)
    write_text(beside(path, ".bvec"), "".join(_row(row, "{:.6f}") + "\n" for row in vectors.T))
    axis = _AXES[scan.phase_axis]
    write_json(beside(path, ".json"), {"PhaseEncodingDirection": axis})
    if scan.reverse_b0 is not None:
        reverse = raw_path(root, patient, session, "fmap", "dir-PA", "epi")
        write_volume(reverse, Volume(scan.grid, scan.reverse_b0, "reverse b0", "arbitrary"))
        write_json(beside(reverse, ".json"), {"PhaseEncodingDirection": f"{axis}-"})


def fsl_vectors(directions: FloatArray, grid: Grid) -> FloatArray:
    """Return directions (N, 3) of the world as FSL's bvec has them.

    Along the voxel axes, the first of them reversed where the affine's determinant is positive.

    >>> fsl_vectors(np.array([[1.0, 0.0, 0.0]]), Grid(np.eye(4), (2, 2, 2))).tolist()
    [[-1.0, 0.0, 0.0]]
    """
    vectors = directions @ grid.direction
    return np.asarray(vectors * [-np.sign(np.linalg.det(grid.direction)), 1.0, 1.0])


def _row(values: FloatArray, form: str) -> str:
    # No negative zeros: the same vector, the same text.
    return " ".join(form.format(value + 0.0) for value in np.round(values, 6))


def write_perfusion(root: Path, patient: str, session: str, scan: RawPerfusionScan) -> None:
    """Write a bolus series with its sidecar."""
    path = raw_path(root, patient, session, "perf", "dsc")
    write_series(path, Series(scan.grid, scan.series, "DSC"))
    said = {
        "EchoTime": scan.te_ms / 1000,
        "RepetitionTime": scan.tr_s,
        "FlipAngle": scan.flip_degrees,
    }
    write_json(beside(path, ".json"), said)


def write_spectroscopy(root: Path, patient: str, session: str, scan: RawSpectroscopyScan) -> None:
    """Write a grid of spectra, and the same without water suppression, as NIfTI-MRS."""
    header = {
        "SpectrometerFrequency": [scan.field_mhz],
        "ResonantNucleus": ["1H"],
        "EchoTime": scan.te_ms / 1000,
        "RepetitionTime": scan.tr_s,
        "SequenceName": scan.sequence,
    }
    for suffix, fids in (("mrsi", scan.fids), ("mrsref", scan.water)):
        path = raw_path(root, patient, session, "mrs", suffix)
        write_nifti_mrs(path, MrsFile(scan.grid, fids[..., None], scan.dwell_s, header))
