import pytest

from gliofront.cohort.identity import canonical_id, checked_id
from gliofront.foundation.errors import InputRefused

VISITS = [
    ("UPENN-GBM-00001_11", "UPENN-GBM-00001_21"),
    ("BraTS-GLI-00005-100", "BraTS-GLI-00005-101"),
    ("BraTSReg_001_00_0000", "BraTSReg_001_01_0106"),
    ("RHUH-0001_0", "RHUH-0001_2"),
    ("UCSF-PDGM-0004", "UCSF-PDGM-0004_FU016d"),
    ("PatientID_0003_Timepoint_1", "PatientID_0003_Timepoint_2"),
    ("Patient-001_week-000-1", "Patient-001_week-044"),
]


@pytest.mark.parametrize(("one", "other"), VISITS)
def test_visits_of_a_patient_have_one_id(one, other):
    assert canonical_id(one) == canonical_id(other)


def test_different_patients_keep_different_ids():
    names = {canonical_id(name) for pair in VISITS for name in pair}
    assert len(names) == len(VISITS)
    assert canonical_id("BraTS-GLI-00005-100") != canonical_id("BraTS-GLI-00105-100")


@pytest.mark.parametrize("name", ["", "a/b", "..", "<b>", "=1+1", "a" * 65, "é"])
def test_hostile_names_are_refused(name):
    with pytest.raises(InputRefused):
        checked_id(name, "here")
