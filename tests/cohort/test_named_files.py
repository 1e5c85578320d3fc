from pathlib import Path

import pytest

from gliofront.cohort.named_files import patient_from_pairs
from gliofront.foundation.errors import EXIT_USAGE, UsageRefused


def test_pairs_make_a_patient():
    pairs = ["T1C=a b.nii.gz", "flair=f.nii", "LABELS=l.nii.gz", "brain=m.nii.gz"]
    patient = patient_from_pairs(pairs, patient_id="x1", scheme="brats2013")
    assert patient.preop.images == {"T1C": Path("a b.nii.gz"), "FLAIR": Path("f.nii")}
    assert patient.preop.masks == {"brain": Path("m.nii.gz")}
    assert patient.preop.scheme[4] == "enhancing"


@pytest.mark.parametrize("pair", ["t1c.nii.gz", "T9=a", "T1C=", "=a"])
def test_what_is_no_pair_is_wrong_usage(pair):
    with pytest.raises(UsageRefused, match="no NAME=FILE") as error:
        patient_from_pairs([pair], patient_id="x", scheme="brats")
    assert error.value.exit_code == EXIT_USAGE


def test_a_name_given_twice_is_wrong_usage():
    with pytest.raises(UsageRefused, match="twice"):
        patient_from_pairs(["T1C=a", "t1c=b"], patient_id="x", scheme="brats")


def test_raw_scans_by_name():
    pairs = [
        "T1C=a.nii",
        "DWI=d.nii.gz",
        "reverse-b0=r.nii",
        "DSC=p.nii",
        "MRS=m.nii",
        "mrs-water=w.nii",
    ]
    raw = patient_from_pairs(pairs, patient_id="x", scheme="brats").preop.raw
    assert raw["diffusion"].files["DWI bval"] == Path("d.bval")
    assert raw["diffusion"].files["reverse b0"] == Path("r.nii")
    assert raw["spectroscopy"].files == {"MRS": Path("m.nii"), "MRS water": Path("w.nii")}
    assert raw["perfusion"].name == "DSC"


def test_a_reference_without_its_scan_is_wrong_usage():
    with pytest.raises(UsageRefused, match="of no use without MRS"):
        patient_from_pairs(["T1C=a.nii", "MRS-water=w.nii"], patient_id="x", scheme="brats")
