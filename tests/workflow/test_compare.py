import json
import shutil

import numpy as np
import pytest
from compare_folder import (
    FLUID,
    GRID,
    LOWER_IN_PROGRESSION,
    PROGRESSION,
    SEEN_HALF,
    write_cohort,
    write_participants,
    write_spectroscopy,
)

from gliofront import RESEARCH_ONLY
from gliofront.cli.main import exit_code
from gliofront.cohort.bids import mask_path
from gliofront.cohort.tables import read_table
from gliofront.image.volume import LabelVolume
from gliofront.image.writing import write_labels
from gliofront.workflow.compare import cohort
from gliofront.workflow.compare.cohort import compare_patients
from gliofront.workflow.compare.dictionary import COLUMNS
from gliofront.workflow.compare.patient import NO_VOXEL, UNKNOWN_PROGRESSION
from gliofront.workflow.derivatives import map_path, table_index
from gliofront.workflow.lock import locked
from gliofront.workflow.prepared_features import prepared_patients


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Seven patients as a folder, and their clinical table beside it."""
    folder = tmp_path_factory.mktemp("compare")
    return folder / "out", write_cohort(folder / "out")


@pytest.fixture
def out(written, tmp_path):
    """Return a copy, to be changed."""
    shutil.copytree(written[0], tmp_path / "out", ignore=shutil.ignore_patterns("group"))
    return tmp_path / "out"


@pytest.fixture(scope="module")
def compared(written):
    """The comparison of all patients."""
    root, clinical = written
    return compare_patients(root, prepared_patients(root), clinical)


def rows_of(root, table, **wanted):
    rows = read_table(root / "group" / f"{table}.tsv")
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def test_each_table_has_a_dictionary_of_its_columns(written, compared):
    assert list(compared.tables) == list(COLUMNS)
    for path in compared.files[::2]:
        header = path.read_text(encoding="utf-8").splitlines()[0].split("\t")
        said = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        assert set(said) == {*header, "GeneratedBy", "ResearchUse"}
        assert all(said[column]["Description"] for column in header)
        assert said["ResearchUse"] == RESEARCH_ONLY
        keys = {key for row in compared.tables[path.stem] for key in row}
        assert keys <= set(header)


def test_a_row_a_patient_map_and_region(written, compared):
    rows = rows_of(written[0], "regions")
    regions = ["progression", *(f"non-progression {a}-{a + 5} mm" for a in (0, 5, 10, 15))]
    assert list(dict.fromkeys(r["region"] for r in rows)) == [*regions, "enhancing", "NAWM"]
    assert len(rows) == 7 * (1 + 6 * 2)
    (row,) = rows_of(written[0], "regions", patient="p4", map="ADC", region="progression")
    assert float(row["volume_ml"]) == pytest.approx((PROGRESSION & ~FLUID).sum() * GRID.voxel_ml)
    assert (row["site"], row["partition"], row["unit"]) == ("A", "train", "mm2/s")


def test_what_a_later_scan_did_not_see_is_in_no_region(written, compared):
    (row,) = rows_of(written[0], "regions", patient="p2", map="T1C", region="progression")
    seen = PROGRESSION & ~FLUID & SEEN_HALF
    assert float(row["volume_ml"]) == pytest.approx(seen.sum() * GRID.voxel_ml)


def test_a_patient_without_known_progression_has_tumour_and_white_matter_alone(written, compared):
    rows = rows_of(written[0], "regions", patient="p3", map="ADC")
    assert {r["region"] for r in rows if r["mean"]} == {"enhancing", "NAWM"}
    assert {r["reason"] for r in rows if not r["mean"]} == {UNKNOWN_PROGRESSION}
    codes = {o.patient: [f.code for f in o.findings] for o in compared.outcomes}
    assert codes["p3"] == ["no-progression-label"]
    assert codes["p7"] == ["no-participant-row"]


def test_pairs_count_the_patients_that_have_both(written, compared):
    (adc,) = rows_of(
        written[0], "region_tests", map="ADC", first="progression", second="non-progression 0-5 mm"
    )
    (other,) = rows_of(written[0], "region_tests", map="ADC", first="enhancing", second="NAWM")
    assert (adc["patients"], other["patients"]) == ("5", "6")
    shift = float(adc["first_mean"]) - float(adc["second_mean"])
    assert shift == pytest.approx(-LOWER_IN_PROGRESSION, rel=0.2)
    assert float(adc["p"]) < 0.01
    assert float(adc["q"]) >= float(adc["p"])


def test_features_are_paired_by_patient_and_adjusted_for_site(written, compared):
    (adc,) = rows_of(written[0], "feature_tests", feature="ADC_firstorder_mean")
    assert adc["patients"] == "4"
    assert float(adc["mixed_difference"]) == pytest.approx(-LOWER_IN_PROGRESSION, rel=0.2)
    assert float(adc["mixed_p"]) < 0.01


def test_sites_and_volumes_are_those_of_the_study(written, compared):
    found = {(r["variable"], r["level"]): r for r in rows_of(written[0], "table1")}
    assert (found["Patients", ""]["train"], found["Patients", ""]["external"]) == ("5", "2")
    assert ("Site", "Z") not in found
    assert found["Site", "A"]["train"] == "3 (60%)"
    assert found["Age", ""]["known_external"] == "1"
    assert found["Enhancing tumour with necrosis, measured", ""]["train"].startswith("0.5 ± 0.0")
    assert found["Progression, measured", ""]["known_train"] == "4"
    survival = rows_of(written[0], "survival", group="all")
    assert [(r["outcome"], r["patients"], r["median_days"]) for r in survival] == [
        ("os_days", "6", "300")
    ]


def test_the_same_folder_gives_the_same_bytes(written, compared, out):
    compare_patients(out, prepared_patients(out), written[1])
    for path in compared.files:
        assert (out / "group" / path.name).read_bytes() == path.read_bytes()


def test_spectroscopy_is_compared_where_there_is_one(out):
    for number in (3, 4, 5):
        write_spectroscopy(out, f"p{number}", float(number))
    compare_patients(out, prepared_patients(out))
    (row,) = rows_of(out, "regions", patient="p4", map="Cho/NAA", region="progression")
    assert (row["mean"], row["unit"]) == ("4", "ratio")
    (unknown,) = rows_of(out, "regions", patient="p3", map="Cho/NAA", region="progression")
    assert unknown["reason"] == UNKNOWN_PROGRESSION
    (tests,) = rows_of(out, "region_tests", map="Cho/NAA", first="progression", second="enhancing")
    assert tests["patients"] == "2"


def test_one_patient_has_rows_and_no_test(out):
    for number in range(2, 8):
        shutil.rmtree(out / f"sub-p{number}")
    assert exit_code(["compare", str(out), "--quiet"]) == 0
    assert len(rows_of(out, "regions")) == 7
    tests = rows_of(out, "region_tests") + rows_of(out, "feature_tests")
    assert tests
    assert {row["p"] for row in tests} == {""}
    assert all(row["reason"] for row in tests)


def test_an_empty_progression_is_known_and_has_no_voxel(out):
    nothing = LabelVolume.from_mask(GRID, np.zeros(GRID.shape, bool), "progression")
    write_labels(mask_path(out, "p4", "preop", "progression", space="T1C"), nothing)
    compare_patients(out, prepared_patients(out))
    (row,) = rows_of(out, "regions", patient="p4", map="ADC", region="progression")
    assert (row["mean"], row["reason"]) == ("", NO_VOXEL)
    (shell,) = rows_of(out, "regions", patient="p4", map="ADC", region="non-progression 0-5 mm")
    assert shell["mean"]


def test_without_voxel_tables_the_rest_is_there(out, capsys):
    for number in range(1, 8):
        table_index(out, f"p{number}").unlink()
    assert exit_code(["compare", str(out), "--quiet"]) == 0
    assert "gliofront features makes one" in capsys.readouterr().out
    assert rows_of(out, "feature_tests") == []
    header = (out / "group" / "feature_tests.tsv").read_text(encoding="utf-8")
    assert header == "\t".join(COLUMNS["feature_tests"]) + "\n"


def test_the_command_tells_what_it_found(out, written, capsys):
    assert exit_code(["compare", str(out), "--participants", str(written[1])]) == 0
    said = capsys.readouterr().out
    assert "7 of 7 patients compared" in said
    assert "pairs of regions: 42 tested" in said
    assert str(out / "group" / "survival.tsv") in said
    assert RESEARCH_ONLY in said
    assert not (out / ".lock").exists()


def test_a_damaged_patient_among_several_is_4_and_named(out, capsys):
    path = map_path(out, "p4", "ADC")
    path.write_bytes(path.read_bytes()[:-40])
    assert exit_code(["compare", str(out), "--quiet"]) == 4
    said = capsys.readouterr().out
    assert "6 of 7 patients compared" in said
    assert path.name in said
    assert rows_of(out, "regions", patient="p4") == []
    assert rows_of(out, "regions", patient="p5")


def test_a_fault_of_ours_in_a_patient_leaves_a_log_and_the_others(out, monkeypatch, capsys):
    real = cohort.compared_patient

    def failing(root, patient):
        if patient.id == "p5":
            raise ZeroDivisionError("hidden")
        return real(root, patient)

    monkeypatch.setattr(cohort, "compared_patient", failing)
    assert exit_code(["compare", str(out), "--quiet"]) == 4
    assert "ZeroDivisionError" in capsys.readouterr().out
    assert "hidden" in (out / "logs" / "sub-p5_fault.log").read_text(encoding="utf-8")


def test_what_cannot_be_compared_is_3_and_nothing_is_written(out, tmp_path, capsys):
    assert exit_code(["compare", str(tmp_path / "absent")]) == 3
    assert exit_code(["compare", str(out), "--participants", str(tmp_path / "absent.tsv")]) == 3
    table = tmp_path / "people.tsv"
    for rows, told in (
        ("participant_id\tage\nsub-p1\told\n", "age is 'old'"),
        ("participant_id\nsub-p1\nsub-p1\n", "stands twice"),
        ("name\np1\n", "no participant_id"),
    ):
        table.write_text(rows, encoding="utf-8")
        assert exit_code(["compare", str(out), "--participants", str(table), "--quiet"]) == 3
        assert told in capsys.readouterr().err
    for path in out.glob("sub-*/summary.json"):
        path.write_text("{}", encoding="utf-8")
    assert exit_code(["compare", str(out), "--quiet"]) == 3
    assert not (out / "group").exists()


def test_wrong_usage_is_2(out, capsys):
    assert exit_code(["compare"]) == 2
    with locked(out):
        assert exit_code(["compare", str(out), "--quiet"]) == 2
    assert not (out / "group").exists()


def test_hostile_cells_are_text(out, tmp_path, capsys):
    table = tmp_path / "people.tsv"
    hostile = "[red]=1+1</td>"
    people = {f"p{n}": {"sex": hostile if n < 4 else "f", "note": "x\ty"} for n in range(1, 8)}
    write_participants(table, {**people, "[bold]../../x": {"sex": "f", "note": ""}})
    assert exit_code(["compare", str(out), "--participants", str(table), "--quiet"]) == 0
    (row,) = rows_of(out, "table1", variable="Sex", level=hostile)
    assert row["train"] == "3 (60%)"
    assert "../../x" not in (out / "group" / "regions.tsv").read_text(encoding="utf-8")
