"""Spectroscopy signals written as NIfTI-MRS."""

from __future__ import annotations

import gzip
from pathlib import Path

import nibabel as nib
import numpy as np

from gliofront.image.mrs_extension import extension_bytes, field_mhz
from gliofront.image.nifti_mrs import MrsFile
from gliofront.image.writing import whole_file


def write_nifti_mrs(path: str | Path, mrs: MrsFile) -> None:
    """Write signals as NIfTI-MRS (NIfTI-2, complex64), atomically, same bytes for the same input.

    Parameters
    ----------
    mrs : its header must hold SpectrometerFrequency and ResonantNucleus; dim_5 is written as
        DIM_DYN where there are repeats.

    Raises
    ------
    InputRefused
        If the header lacks these, or the system refuses to write.
    """
    path = Path(path)
    field_mhz(mrs.header, str(path))
    repeats = mrs.fids.shape[4]
    tags = {"dim_5": "DIM_DYN"} if repeats > 1 else {}
    extension = extension_bytes({**mrs.header, **tags})
    header = nib.Nifti2Header(endianness="<")
    header.set_data_dtype(np.complex64)
    header.set_data_shape(mrs.fids.shape if repeats > 1 else mrs.fids.shape[:4])
    header.set_qform(mrs.grid.affine, 1)
    header.set_sform(mrs.grid.affine, 1)
    header.set_xyzt_units("mm", "sec")
    header["pixdim"][4:] = [mrs.dwell_s, *(1.0 if repeats > 1 else 0.0,), 0, 0]
    header["intent_name"] = b"mrs_v0_9"
    start = len(header.binaryblock) + 4 + len(extension)
    header["vox_offset"], header["scl_slope"], header["scl_inter"] = start, 1, 0
    whole = header.binaryblock + b"\1\0\0\0" + extension
    whole += np.conj(mrs.fids).astype("<c8").tobytes(order="F")
    with whole_file(path) as file:
        packed = path.name.endswith(".gz")
        file.write(gzip.compress(whole, 4, mtime=0) if packed else whole)
