"""A rerun does what changed, and nothing else: told by the records and by the log."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from gliofront.cli.main import exit_code
from gliofront.cohort.layout import read_cohort
from gliofront.workflow.cluster import ClusterSettings, connected
from gliofront.workflow.derivatives import map_path, probability_path, table_index
from gliofront.workflow.job import GROUP, JobId
from gliofront.workflow.run import How
from gliofront.workflow.study import run_study
from gliofront.workflow.verification import FileState, verify
from small_study import last_run, outputs, records, redone, steps_of

COMPLETE = {FileState.COMPLETE}


@pytest.fixture(scope="module")
def joined():
    """Return the settings of a cluster that all tests join, which saves each its start."""
    with connected(ClusterSettings(workers=2)) as client:
        yield ClusterSettings(scheduler=client.scheduler.address)


@dataclass(frozen=True)
class Again:
    """A copy of the study, to be run again."""

    bids: Path
    out: Path
    settings: object
    cluster: ClusterSettings

    def run(self, *force, **changes):
        """Run it, and return the jobs that were done anew."""
        before = records(self.out)
        settings = self.settings.model_copy(update=changes)
        how = How(self.cluster, frozenset(force))
        run_study(read_cohort(self.bids), self.out, settings, how=how)
        found = redone(self.out, before)
        done = [event for event in last_run(self.out) if event["event"] == "done"]
        assert {JobId(event["step"], event["subject"]) for event in done} == found
        assert {file.state for file in verify(self.out)} == COMPLETE
        return found


@pytest.fixture
def again(studied, joined, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(studied.out, out)
    return Again(studied.bids, out, studied.settings, joined)


@pytest.fixture
def subjects(studied):
    return [f"sub-{patient.id}" for patient in studied.patients]


def changed(group, **values):
    return group.model_copy(update=values)


def test_a_rerun_does_nothing(again):
    before = outputs(again.out)
    assert again.run() == set()
    first, *events, last = last_run(again.out)
    assert (first["event"], last["event"]) == ("start", "end")
    assert {event["event"] for event in events} == {"current"}
    assert {(e["step"], e["subject"]) for e in events} == {
        (id.step, id.subject) for id in records(again.out)
    }
    assert outputs(again.out) == before


def test_files_that_are_touched_written_again_or_moved_are_the_same_files(again, tmp_path):
    moved = tmp_path / "elsewhere"
    shutil.copytree(again.bids, moved)
    touched, written, *_ = sorted(moved.glob("sub-*"))
    for path in touched.rglob("*.nii.gz"):
        os.utime(path, (0, 0))
    for path in written.rglob("*.nii.gz"):
        content = path.read_bytes()
        path.unlink()
        path.write_bytes(content)
    assert Again(moved, again.out, again.settings, again.cluster).run() == set()


def test_another_texture_setting_redoes_the_features_and_what_follows(again, subjects):
    cohort = {"fold", "scores", "model", "leakage", "external", "external-scores"}
    steps = {"features", *cohort, "map"}
    found = again.run(texture=changed(again.settings.texture, levels=12))
    assert steps_of(found) == steps
    assert {id for id in found if id.subject != GROUP} == {
        JobId(step, subject) for step in ("features", "map") for subject in subjects
    }
    assert {id.step for id in found if id.step.startswith("fold-")} == {"fold-1", "fold-2"}


def test_another_setting_of_the_scores_leaves_the_folds_alone(again, subjects):
    """The model tells its scores, so it changes, and with it the external patient's map."""
    found = again.run(evaluation=changed(again.settings.evaluation, resamples=300))
    group = {"scores", "model", "leakage", "external", "external-scores"}
    assert found == {JobId(step, GROUP) for step in group} | {JobId("map", subjects[-1])}


def test_a_forced_step_that_makes_the_same_is_followed_by_nothing(again, subjects):
    before = outputs(again.out)
    assert again.run("features") == {JobId("features", subject) for subject in subjects}
    assert outputs(again.out) == before


def test_each_fold_is_forced_by_the_name_of_the_step(again):
    assert again.run("fold") == {JobId("fold-1", GROUP), JobId("fold-2", GROUP)}


def flip_last_byte(path):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def test_lost_and_tampered_files_are_found_and_made_again(again, subjects, studied, capsys):
    before = outputs(again.out)
    first, second, third = (patient.id for patient in studied.patients[:3])
    lost = probability_path(again.out, first, "boosted", space="T1C")
    lost.unlink()
    tampered = map_path(again.out, second, "T1C")
    flip_last_byte(tampered)
    table = table_index(again.out, third)
    flip_last_byte(table)

    assert exit_code(["verify", str(again.out)]) == 3
    told = capsys.readouterr().out
    assert "1 absent" in told
    assert "2 wrong" in told
    for path in (lost, tampered, table):
        assert path.name in told
    assert exit_code(["status", str(again.out)]) == 0
    row = next(line for line in capsys.readouterr().out.splitlines() if subjects[0] in line)
    assert row.count("outdated") == 1

    assert again.run() == {
        JobId("map", subjects[0]),
        JobId("preparation", subjects[1]),
        JobId("features", subjects[2]),
    }
    assert outputs(again.out) == before


def test_status_and_verify_of_a_whole_study(again, subjects, capsys):
    assert exit_code(["status", str(again.out)]) == 0
    told = capsys.readouterr().out
    assert "5 of 5 patients have all steps done" in told
    assert all(subject in told for subject in subjects)
    assert "outdated" not in told
    assert "absent" not in told
    for step in ("alignment", "features", "fold-2", "external-scores"):
        assert step in told
    assert exit_code(["verify", str(again.out)]) == 0
    told = capsys.readouterr().out
    assert f"{len(verify(again.out))} complete" in told
    assert "wrong" not in told


def test_status_and_verify_of_a_study_that_stopped_in_the_middle(again, subjects, capsys):
    for path in (again.out / "records" / subjects[3]).iterdir():
        path.unlink()
    (again.out / "notes.txt").write_text("mine", encoding="utf-8")
    assert exit_code(["status", str(again.out)]) == 0
    told = capsys.readouterr().out
    # What comes after the features that are recorded no more is outdated too.
    assert f"{len(subjects) - 1} of {len(subjects)} patients" in told
    assert exit_code(["verify", str(again.out)]) == 0
    told = capsys.readouterr().out
    assert "unrecorded" in told
    assert "notes.txt" in told


def test_status_and_verify_refuse_a_folder_that_is_not_there(tmp_path, capsys):
    for command in ("status", "verify"):
        assert exit_code([command, str(tmp_path / "none")]) == 3
        assert "there is no such folder" in capsys.readouterr().err
