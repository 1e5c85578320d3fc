from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gliofront.cohort.tables import table_text
from gliofront.foundation.errors import UsageRefused
from gliofront.foundation.findings import Level
from gliofront.image.writing import write_json, write_text
from gliofront.workflow import figures
from gliofront.workflow.figures import draw_figures
from gliofront.workflow.lock import locked
from gliofront.workflow.pages.tables import figures_of, other_tables
from gliofront.workflow.verification import verify

ROWS = {
    "scores": [
        {"predictor": name, "score": score, "mean": 0.7, "low": 0.6, "high": 0.8, "patients": 4}
        for name in ("model", "distance")
        for score in ("auroc", "ppv", "accuracy")
    ],
    "modalities": [{"map": "ADC", "score": "auroc", "mean": 0.1, "patients": 4}],
}
NAMES = ("ladder", "modalities")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder with two tables, and nothing else."""
    for name, rows in ROWS.items():
        write_text(tmp_path / "group" / f"{name}.tsv", table_text(rows))
    return tmp_path


def codes(drawn):
    return {(f.level, f.code, f.subject) for f in drawn.findings}


def test_what_is_there_is_drawn_and_what_is_not_is_noted(out):
    drawn = draw_figures(out)
    named = [f"group/figures/{n}{end}" for n in NAMES for end in (".svg", ".png")]
    made = [*named, "group/table2.tsv", "group/figures/table2.md"]
    assert [path.relative_to(out).as_posix() for path in drawn.files] == made
    assert all(path.stat().st_size for path in drawn.files)
    assert (Level.NOTE, "no-table", "group/leakage.tsv") in codes(drawn)
    assert {level for level, _, _ in codes(drawn)} == {Level.NOTE}
    assert not any("external" in subject for _, _, subject in codes(drawn))


def test_the_same_tables_give_the_same_bytes(out):
    before = {path: path.read_bytes() for path in draw_figures(out).files}
    assert {path: path.read_bytes() for path in draw_figures(out).files} == before


def test_external_patients_have_figures_of_their_own(out):
    write_text(out / "group" / "external_scores.tsv", table_text(ROWS["scores"]))
    drawn = draw_figures(out)
    assert out / "group" / "figures" / "external_ladder.svg" in drawn.files
    assert (Level.NOTE, "no-table", "group/external_patients.tsv") in codes(drawn)
    table = (out / "group" / "table2.tsv").read_text(encoding="utf-8")
    assert "external\tmodel\t4\tn/a\tn/a\t70.0 (60.0 to 80.0)" in table
    captions = [figure.caption for figure in figures_of(out / "group")]
    assert captions == ["Ladder", "Modalities", "External ladder"]
    (out / "group" / "external_scores.tsv").unlink()
    draw_figures(out)
    assert not (out / "group" / "figures" / "external_ladder.svg").exists()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("modalities.tsv", b"a\tb\n1\n"),
        ("modalities.tsv", b'a\tb\n"1'),
        ("modalities.tsv", b"\xff\xfe"),
        ("leakage.json", b"{"),
        ("leakage.json", b"[1]"),
    ],
)
def test_a_damaged_table_is_named_and_stops_nothing(out, name, data):
    draw_figures(out)
    leakage = [{"split": "patient", "score": "auroc", "mean": 0.6, "patients": 4}]
    write_text(out / "group" / "leakage.tsv", table_text(leakage))
    (out / "group" / name).write_bytes(data)
    drawn = draw_figures(out)
    assert (Level.WARNING, "damaged-table", f"group/{name}") in codes(drawn)
    drawn_names = {path.stem for path in drawn.files}
    assert {"ladder", "leakage"} <= drawn_names
    # What an earlier run drew from the table would no longer be true.
    whole = name != "modalities.tsv"
    assert (out / "group" / "figures" / "modalities.png").exists() is whole


def test_a_fault_of_ours_in_one_figure_leaves_the_others(out, monkeypatch):
    def broken(*tables):
        raise ZeroDivisionError("x")

    (kind,) = [kind for kind in figures._OF_SCORES if kind.name == "ladder"]
    monkeypatch.setattr(figures, "_OF_SCORES", (type(kind)("ladder", kind.files, broken),))
    write_text(out / "group" / "leakage.tsv", "split\tscore\n")
    drawn = draw_figures(out)
    assert (Level.WARNING, "fault", "group/figures/ladder") in codes(drawn)
    assert "leakage" in {path.stem for path in drawn.files}


def test_cells_of_any_kind_are_drawn_or_left_out(out):
    odd = [{"map": "$\\x$", "score": "auroc", "mean": "nonsense", "low": "inf", "patients": "-"}]
    write_text(out / "group" / "modalities.tsv", table_text(odd))
    write_json(out / "group" / "leakage.json", {"OptimismGap": 3, "Verdict": None})
    write_text(out / "group" / "leakage.tsv", "split\tscore\tmean\npatient\tauroc\tn/a\n")
    assert {level for level, _, _ in codes(draw_figures(out))} == {Level.NOTE}


def test_the_page_shows_each_figure_once_and_the_table(out):
    draw_figures(out)
    shown = figures_of(out / "group")
    assert [figure.caption for figure in shown] == ["Ladder", "Modalities"]
    assert all(figure.data.startswith(b"<?xml") for figure in shown)
    assert "Table2" in [table.name for table in other_tables(out / "group")]


def test_a_figure_that_is_png_alone_is_shown(out):
    draw_figures(out)
    (out / "group" / "figures" / "ladder.svg").unlink()
    assert figures_of(out / "group")[0].data.startswith(b"\x89PNG")


def test_figures_need_no_record(out):
    draw_figures(out)
    assert {found.path.name for found in verify(out)} == {"scores.tsv", "modalities.tsv"}


def test_a_folder_in_which_a_run_works_is_refused(out):
    with locked(out), pytest.raises(UsageRefused):
        draw_figures(out)


def test_pyplot_is_not_touched(out):
    draw_figures(out)
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or not pyplot.get_fignums()


def test_table_one_is_laid_out_as_the_paper_s_and_no_cell_breaks_it(out):
    rows = [
        {"variable": "Sex", "level": None, "train": None, "external": None, "p": 0.00012}
        | {"test": "Fisher's exact"},
        {"variable": "Sex", "level": "M|<b>", "train": "24 (65%)", "external": "14 (70%)"},
    ]
    write_text(out / "group" / "table1.tsv", table_text(rows))
    assert out / "group" / "figures" / "table1.md" in draw_figures(out).files
    lines = (out / "group" / "figures" / "table1.md").read_text(encoding="utf-8").splitlines()
    assert lines[4:6] == [
        "| Sex |  |  | \\< 0.001 | Fisher's exact |",
        "| – M\\|\\<b\\> | 24 (65%) | 14 (70%) |  |  |",
    ]
