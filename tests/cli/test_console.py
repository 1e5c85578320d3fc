import pytest

from gliofront.cli.console import show_findings, track
from gliofront.foundation.findings import Finding, Level


def test_in_a_log_every_case_is_a_counted_line(capsys):
    with track({"patients": 2, "steps": 4}, quiet=False) as (patient, step):
        step("alignment done")
        patient("virtual01")
        patient("virtual02")
    said = capsys.readouterr().out.splitlines()
    assert said == [
        "steps 1/4: alignment done",
        "patients 1/2: virtual01",
        "patients 2/2: virtual02",
    ]


def test_quiet_says_nothing(capsys):
    with track({"patients": 1}, quiet=True) as (patient,):
        patient("virtual01")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("notes", "lines"), [(False, 2), (True, 2)])
def test_notes_are_counted_or_shown_and_markup_in_names_is_harmless(capsys, notes, lines):
    findings = [
        Finding(Level.WARNING, "w", "[red]x[/nothing]", "odd"),
        Finding(Level.NOTE, "n", "t1c.nii.gz", "fine"),
    ]
    show_findings({"sub-1": findings}, notes=notes)
    said = capsys.readouterr().out.splitlines()
    assert len(said) == lines
    assert "[red]x[/nothing]: odd" in said[0]
    assert ("fine" in said[1]) == notes


def test_how_far_a_case_is_does_not_count_it_and_fills_no_log(capsys, monkeypatch):
    with track({"learn": 2}, quiet=False) as (learn,):
        learn.show("fold-1, network 1/1000")
        monkeypatch.setattr(learn, "_said_at", -1e9)
        learn.show("fold-1, network [2]/1000")
        learn("fold-1")
    assert capsys.readouterr().out.splitlines() == [
        "learn 0/2: fold-1, network [2]/1000",
        "learn 1/2: fold-1",
    ]
