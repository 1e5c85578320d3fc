import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
from report_folder import GRID, SHAPE, write_folder

from gliofront.cli.main import exit_code
from gliofront.cohort.tables import table_text
from gliofront.foundation.errors import InputRefused
from gliofront.learning.table_files import read_table
from gliofront.workflow.derivatives import map_path, table_index
from gliofront.workflow.lock import locked
from gliofront.workflow.pages.patient import patient_page
from gliofront.workflow.pages.plans import plans_of
from gliofront.workflow.pages.report import reported_patients, write_reports
from gliofront.workflow.pages.tables import flat, rows_of

LOST, FAILED = "p3", "p4"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Three patients of whom one lost a file, and one whom the run could not do."""
    out = tmp_path_factory.mktemp("report") / "out"
    write_folder(out, ("p1", "p2", LOST), (FAILED,))
    map_path(out, LOST, "FLAIR").write_bytes(b"<html>")
    (out / "sub-x<img src=a>").mkdir()
    return out, write_reports(out)


def page_of(out, patient):
    return (out / f"sub-{patient}" / "report.html").read_text(encoding="utf-8")


def view_of(html):
    return json.loads(re.search(r'id="view">([^<]*)<', html)[1])


def test_every_patient_gets_a_page_and_a_failed_one_stops_no_other(made):
    out, report = made
    done = [outcome.patient for outcome in report.outcomes if outcome.done]
    assert done == ["p1", "p2"]
    assert not (out / f"sub-{LOST}" / "report.html").exists()
    index = report.index.read_text(encoding="utf-8")
    assert 'href="../sub-p1/report.html"' in index
    assert "the file is &lt;b&gt;HTML&lt;/b&gt;" in index
    assert "download it again" in index
    assert "FLAIR" in index
    assert "sub-x&lt;img src=a&gt;" in index
    assert "is not a BIDS label" in index


def test_a_patient_s_page_shows_what_is_there(made):
    html = page_of(made[0], "p1")
    view = view_of(html)
    assert [image["name"] for image in view["underlays"]] == ["T1C", "FLAIR", "ADC"]
    names = [region["name"] for region in view["regions"]]
    assert names[0] == "enhancing tumour with necrosis"
    for name in ("shell to 5 mm", "15 mm margin in a straight line", "known progression"):
        assert name in names
    assert any(name.startswith("model's plan, as large as the 15 mm margin") for name in names)
    for sentence in ("held out in fold-1", "given labels", "the outline differs", "rCBV", "0" * 64):
        assert sentence in html


def test_the_page_of_the_cohort_shows_the_group_s_tables(made):
    index = made[1].index.read_text(encoding="utf-8")
    for sentence in (
        "Skill over distance: AUROC +0.050.",
        "Coverage gained over the 15 mm margin at equal volume: +2.0 points",
        "0.800 (0.700 to 0.900)",
        "0.99",
        "Calibration",
        "permuted.auroc",
        "outline-differs",
        "data:image/svg+xml",
        "data:image/png",
        "learning.trees",
        "1 site(s): A.",
    ):
        assert sentence in index
    assert index.index("<td>model</td>") < index.index("<td>distance</td>")


def test_the_same_folder_gives_the_same_bytes(made):
    out, report = made
    before = {path: path.read_bytes() for path in (out / "sub-p1" / "report.html", report.index)}
    write_reports(out)
    assert {path: path.read_bytes() for path in before} == before


def test_a_patient_without_a_map_and_a_folder_without_scores_will_do(tmp_path):
    out = tmp_path / "out"
    write_folder(out, ("p1",))
    for name in ("participants.tsv", "findings.tsv", "settings.toml"):
        (out / name).unlink()
    shutil.rmtree(out / "group")
    shutil.rmtree(out / "sub-p1" / "ses-preop" / "radiomics")
    next(
        out.glob("sub-p1/ses-preop/anat/*space-T1C_label-progression_desc-*probseg.nii.gz")
    ).unlink()
    report = write_reports(out)
    assert report.outcomes[0].done
    assert view_of(page_of(out, "p1"))["probability"] is None
    assert "was not judged" in report.index.read_text(encoding="utf-8")


def test_an_outside_patient_is_listed_with_its_scores(tmp_path):
    out = tmp_path / "out"
    write_folder(out, ("p1", "p2"))
    scored = [{"patient": "p2", "site": "Elsewhere", "fold": "external", "model_auroc": 0.7654321}]
    (out / "group" / "external_patients.tsv").write_text(table_text(scored))
    index = write_reports(out).index.read_text(encoding="utf-8")
    row = next(part for part in index.split("<tr>") if "sub-p2/report.html" in part)
    assert "<td>Elsewhere</td>" in row
    assert "<td>0.7654</td>" in row


def test_damaged_tables_and_pictures_are_told_and_stop_nothing(tmp_path):
    out = tmp_path / "out"
    write_folder(out, ("p1",))
    (out / "group" / "leakage.tsv").write_bytes(b"a\tb\n1\n")
    (out / "group" / "canary.json").write_bytes(b"{")
    (out / "sub-p1" / "preview.png").write_bytes(b"\x89PNG")
    index = write_reports(out).index.read_text(encoding="utf-8")
    assert "another number of cells" in index
    assert "canary.json cannot be read" in index


def test_a_fault_of_ours_in_one_patient_leaves_a_log_and_the_others(tmp_path, monkeypatch):
    out = tmp_path / "out"
    write_folder(out, ("p1", "p2"))
    whole = "gliofront.workflow.pages.report.patient_page"

    def broken(out, patient, model, findings):
        if patient == "p1":
            raise ZeroDivisionError("x")
        return patient_page(out, patient, model, findings)

    monkeypatch.setattr(whole, broken)
    report = write_reports(out)
    assert [outcome.done for outcome in report.outcomes] == [False, True]
    assert "ZeroDivisionError" in (out / "logs" / "sub-p1_fault.log").read_text(encoding="utf-8")


def test_coverage_and_plan_follow_the_table(made):
    table = read_table(table_index(made[0], "p1"))
    plans = plans_of(table, None, SHAPE)
    assert plans.model is None
    assert plans.coverage == ()
    inside = np.count_nonzero(table.distance_mm <= 15)
    assert np.count_nonzero(plans.margins[15.0]) == inside
    row = page_of(made[0], "p1")
    assert f"{inside * GRID.voxel_ml:.1f}" in row


def test_margins_follow_the_tissue_where_that_is_known(made):
    table = read_table(table_index(made[0], "p1"))
    behind = table.voxel[:, 0] > 8
    path = np.where(behind, np.inf, table.distance_mm)
    held_back = replace(table, context=replace(table.context, path_mm=path))
    plans = plans_of(held_back, None, SHAPE)
    assert plans.way == "along tissue"
    assert not plans.margins[20.0][9:].any()
    assert plans.margins[20.0][:9].any()


def test_exit_codes_and_words(made, tmp_path, capsys):
    assert exit_code(["report", str(made[0])]) == 4
    said = capsys.readouterr().out
    assert "2 of 5 patients shown" in said
    assert f"sub-{FAILED} failed" in said
    assert exit_code(["report", str(tmp_path / "absent")]) == 3
    with locked(made[0]):
        assert exit_code(["report", str(made[0])]) == 2


def test_a_folder_without_patients_is_refused(tmp_path):
    with pytest.raises(InputRefused, match="no patient"):
        reported_patients(tmp_path)


def test_generic_tables(tmp_path):
    assert rows_of(tmp_path / "absent.tsv") == ()
    assert flat({"a": [1, {"b": 2}], "c": None}) == {"a": "1, {'b': 2}", "c": None}
