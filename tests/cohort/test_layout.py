from pathlib import Path

import pytest

from gliofront.cohort.bids import mask_path, scan_path, tumour_labels_path
from gliofront.cohort.layout import read_cohort, read_timepoint
from gliofront.foundation.errors import EXIT_REFUSED, InputRefused


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    return path


def make_patient(root: Path, name: str, *sequences: str) -> None:
    for sequence in sequences:
        touch(scan_path(root, name, "preop", sequence))


def test_every_sequence_is_found_under_its_own_name(tmp_path):
    names = ("T1C", "T1", "T2", "FLAIR", "ADC", "FA", "p", "q", "rCBV")
    make_patient(tmp_path, "01", *names)
    visit = read_timepoint(tmp_path, "01", "preop")
    assert {n: visit.images[n] for n in names} == {
        n: scan_path(tmp_path, "01", "preop", n) for n in names
    }


def test_contrast_tells_t1c_from_t1(tmp_path):
    make_patient(tmp_path, "01", "T1")
    assert set(read_timepoint(tmp_path, "01", "preop").images) == {"T1"}


def test_masks_are_no_images(tmp_path):
    make_patient(tmp_path, "01", "T1C")
    for label in ("brain", "enhancing", "progression"):
        touch(mask_path(tmp_path, "01", "preop", label))
    visit = read_timepoint(tmp_path, "01", "preop")
    assert set(visit.images) == {"T1C"}
    assert set(visit.masks) == {"brain", "enhancing", "progression"}


def test_ready_made_maps_fill_gaps_and_raw_comes_first(tmp_path):
    make_patient(tmp_path, "01", "T1C")
    derived = tmp_path / "derivatives" / "maps"
    make_patient(derived, "01", "T1C", "ADC")
    visit = read_timepoint(tmp_path, "01", "preop")
    assert visit.images["T1C"] == scan_path(tmp_path, "01", "preop", "T1C")
    assert visit.images["ADC"] == scan_path(derived, "01", "preop", "ADC")


def test_two_files_for_one_sequence_are_refused(tmp_path):
    make_patient(tmp_path, "01", "T1C")
    first = scan_path(tmp_path, "01", "preop", "T1C")
    touch(first.with_name("sub-01_ses-preop_run-2_ce-gadolinium_T1w.nii.gz"))
    with pytest.raises(InputRefused, match="2 files for T1C"):
        read_timepoint(tmp_path, "01", "preop")


def test_a_table_beside_the_labels_names_them(tmp_path):
    make_patient(tmp_path, "01", "T1C")
    labels = touch(tumour_labels_path(tmp_path, "01", "preop"))
    table = labels.with_name("sub-01_ses-preop_seg-tumour_dseg.tsv")
    table.write_text("index\tname\n1\tnecrosis\n7\tET\n", encoding="utf-8")
    visit = read_timepoint(tmp_path, "01", "preop")
    assert visit.scheme == {1: "necrosis", 7: "enhancing"}


def test_without_a_table_the_stated_scheme_holds(tmp_path):
    make_patient(tmp_path, "01", "T1C")
    touch(tumour_labels_path(tmp_path, "01", "preop"))
    assert read_timepoint(tmp_path, "01", "preop", scheme="brats2023").scheme[3] == "enhancing"


def test_site_and_partition_come_from_participants(tmp_path):
    make_patient(tmp_path, "02", "T1C")
    make_patient(tmp_path, "01", "T1C")
    (tmp_path / "participants.tsv").write_text(
        "participant_id\tsite\tpartition\nsub-01\tA\texternal\nsub-02\tn/a\ttrain\n",
        encoding="utf-8",
    )
    patients = read_cohort(tmp_path)
    assert [(p.id, p.site, p.partition) for p in patients] == [
        ("01", "A", "external"),
        ("02", "unknown", "train"),
    ]


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("participant_id\tpartition\nsub-01\ttest\n", "partition 'test'"),
        ("participant_id\tsite\nsub-01\tA\nsub-01\tB\n", "stands twice"),
        ("participant_id\tsite\nsub-01\tA\tx\n", "another number of cells"),
    ],
)
def test_a_wrong_participants_table_is_refused(tmp_path, table, problem):
    make_patient(tmp_path, "01", "T1C")
    (tmp_path / "participants.tsv").write_text(table, encoding="utf-8")
    with pytest.raises(InputRefused, match=problem) as error:
        read_cohort(tmp_path)
    assert error.value.exit_code == EXIT_REFUSED
    assert "participants.tsv" in str(error.value)


def test_a_folder_without_patients_is_refused(tmp_path):
    with pytest.raises(InputRefused, match="no patient"):
        read_cohort(tmp_path)
    with pytest.raises(InputRefused, match="does not exist"):
        read_cohort(tmp_path / "absent")


def test_a_name_that_is_no_bids_label_is_refused_with_a_better_one(tmp_path):
    (tmp_path / "sub-UPENN-GBM-00001_11").mkdir()
    with pytest.raises(InputRefused, match="UPENNGBM00001'"):
        read_cohort(tmp_path)
