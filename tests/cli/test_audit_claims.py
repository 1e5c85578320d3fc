"""The command that audits published scores: what it prints, and how it ends."""

from __future__ import annotations

import json

import pytest

from gliofront import RESEARCH_ONLY
from gliofront.cli.main import exit_code

EXTERNAL = ["--ppv", "0.168", "--npv", "0.785", "--accuracy", "0.780"]


def test_the_table_the_verdict_and_the_use(capsys):
    assert exit_code(["audit-claims", *EXTERNAL]) == 0
    said = capsys.readouterr().out
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in said.splitlines()]
    assert ["sensitivity", "0.63 %", "0.50 % to 0.77 %", ""] in cells
    assert ["PPV", "16.80 %", "16.75 % to 16.85 %", "claimed"] in cells
    assert ["lift (PPV / prevalence)", "0.783", "0.778 to 0.787", ""] in cells
    assert said.splitlines()[-2:] == [
        "Calling nothing at all would have scored 78.5 %, more than the 78.0 % claimed.",
        RESEARCH_ONLY,
    ]


def test_sensitivity_and_specificity_do_as_well(capsys):
    rates = ["--sensitivity", "0.80", "--specificity", "0.977", "--accuracy", "0.926"]
    assert exit_code(["audit-claims", *rates]) == 0
    said = capsys.readouterr().out
    assert "28.81 %" in said
    assert "93.37 %" in said
    assert "scored 71.2 %, less than the 92.6 % claimed" in said


def test_json_says_the_same(capsys):
    assert exit_code(["audit-claims", *EXTERNAL, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["claimed"]["accuracy"] == {"value": 0.78, "decimals": 3}
    assert round(found["derived"]["prevalence"]["value"], 3) == 0.215
    assert found["calling_nothing_is_better"] is True
    assert "more than the 78.0 % claimed" in found["verdict"]
    assert found["use"] == RESEARCH_ONLY


def test_undefined_is_null_in_json_and_said_once_in_the_table(capsys):
    perfect = ["--ppv", "1.00", "--npv", "1.00", "--accuracy", "1.00"]
    assert exit_code(["audit-claims", *perfect, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["derived"]
    assert found["prevalence"]["value"] is None
    assert "PPV equals NPV" in found["prevalence"]["reason"]
    assert (found["lift"]["high"], found["npv"]["value"]) == (None, 1.0)
    assert exit_code(["audit-claims", *perfect]) == 0
    said = capsys.readouterr().out
    assert said.count("PPV equals NPV") == 1
    assert "n/a" in said


@pytest.mark.parametrize(
    "options",
    [
        [],
        EXTERNAL[:4],
        [*EXTERNAL, "--sensitivity", "0.5"],
        ["--ppv", "0.168", "--specificity", "0.785", "--accuracy", "0.780"],
    ],
)
def test_another_combination_is_wrong_usage(options, capsys):
    assert exit_code(["audit-claims", *options]) == 2
    said = capsys.readouterr().err
    assert "make no triple of scores" in said
    assert "To mend: give --accuracy with --ppv and --npv" in said


def test_per_cent_is_wrong_usage_with_a_hint(capsys):
    assert exit_code(["audit-claims", "--ppv", "16.8", *EXTERNAL[2:]]) == 2
    assert "0.168 not 16.8" in capsys.readouterr().err


def test_an_inconsistent_triple_is_refused(capsys):
    assert exit_code(["audit-claims", *EXTERNAL[:4], "--accuracy", "0.95"]) == 3
    said = capsys.readouterr()
    assert "PPV 0.168, NPV 0.785, accuracy 0.95: no table has these scores" in said.err
    assert "-26.7 %" in said.err
    assert said.out == ""
