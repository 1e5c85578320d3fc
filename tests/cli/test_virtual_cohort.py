from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gliofront.cli.virtual_cohort import VirtualCohort, make_virtual_cohort
from gliofront.phantom.cohort import write_cohort
from gliofront.workflow.run import How

COHORT = VirtualCohort(3, seed=5, resolution_mm=5.0, raw=False)


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, how: How) -> Path:
    out = tmp_path_factory.mktemp("demo") / "out"
    told: list[str] = []
    assert make_virtual_cohort(out, COHORT, how, told.append) == out / "cohort"
    assert sorted(told) == ["sub-virtual01", "sub-virtual02", "sub-virtual03"]
    return out


def test_patients_made_side_by_side_are_those_made_in_a_row(made: Path, tmp_path: Path) -> None:
    write_cohort(tmp_path, patients=3, seed=5, resolution_mm=5.0, sites="ABC", external="C")
    assert contents(made / "cohort") == contents(tmp_path)


def test_a_lost_patient_alone_is_made_again(made: Path, how: How) -> None:
    before = contents(made / "cohort")
    kept = made / "cohort" / "participants.tsv"
    whole = kept.stat().st_mtime_ns, kept.stat().st_ino
    other = made / "cohort" / "sub-virtual01"
    stamps = {path: path.stat().st_mtime_ns for path in other.rglob("*.nii.gz")}
    shutil.rmtree(made / "cohort" / "sub-virtual02")
    make_virtual_cohort(made, COHORT, how, lambda name: None)
    assert contents(made / "cohort") == before
    assert stamps == {path: path.stat().st_mtime_ns for path in other.rglob("*.nii.gz")}
    assert whole == (kept.stat().st_mtime_ns, kept.stat().st_ino)


def test_patients_of_an_outside_site_are_never_learned_from(made: Path) -> None:
    header, *rows = (made / "cohort" / "participants.tsv").read_text().splitlines()
    assert header.split("\t")[:3] == ["participant_id", "site", "partition"]
    sides = [tuple(row.split("\t")[1:3]) for row in rows]
    assert sides == [("A", "train"), ("B", "train"), ("C", "external")]
