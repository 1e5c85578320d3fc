"""The pictures of docs/maps: a virtual patient's raw scans through `gliofront prepare`.

Usage: python benchmarks/map_pictures.py

The raw scans are the plain forward models of tests/raw_visit.py.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import nibabel as nib
import numpy as np

from gliofront.cli.main import exit_code
from gliofront.phantom.cohort import write_cohort

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from raw_visit import add_diffusion, add_perfusion, add_spectroscopy  # noqa: E402

PICTURES = {
    "dwi/*desc-maps_dwi.png": "maps-diffusion.png",
    "perf/*desc-maps_dsc.png": "maps-perfusion.png",
    "mrs/*desc-fit_mrs.png": "spectrum.png",
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        bids, out = Path(folder) / "bids", Path(folder) / "out"
        (patient,) = write_cohort(bids, patients=1, seed=1)
        labels = nib.load(next(bids.rglob("*seg-tumour_dseg.nii.gz")))
        middle = np.argwhere(np.asarray(labels.dataobj) > 0).mean(axis=0)
        add_diffusion(bids, patient, sigma=8.0)
        add_perfusion(bids, patient, sigma=6.0)
        add_spectroscopy(bids, patient, (labels.affine @ [*middle, 1])[:3], sigma=4.0)
        if exit_code(["prepare", str(bids), str(out), "--workers", "1", "--quiet"]):
            sys.exit("the patient could not be prepared")
        for pattern, name in PICTURES.items():
            (picture,) = out.glob(f"sub-{patient}/ses-preop/{pattern}")
            shutil.copyfile(picture, ROOT / "docs" / "pictures" / name)


if __name__ == "__main__":
    main()
