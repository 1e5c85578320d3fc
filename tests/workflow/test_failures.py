"""What fails is named and the rest goes on; what cannot be written leaves nothing half done."""

import json
import resource
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from gliofront.cli.main import exit_code
from gliofront.cohort.tables import read_table
from gliofront.foundation.errors import UsageRefused
from gliofront.workflow import run as runs
from gliofront.workflow.lock import LOCK, is_leftover
from gliofront.workflow.run import How, run_in
from gliofront.workflow.verification import FileState, verify
from small_study import last_run, outputs

FLAIR = "ses-preop/anat/{}_ses-preop_FLAIR.nii.gz"
LINUX = Path("/proc/self")


def told_by(capsys):
    captured = capsys.readouterr()
    return captured.out + captured.err


def states(out):
    return {file.state for file in verify(out)}


def leftovers(out):
    return [path for path in out.rglob("*") if is_leftover(path) or path.name in (LOCK, ".work")]


# One poisoned patient among six


@pytest.fixture(scope="module")
def poisoned(small, tmp_path_factory):
    """Return a copy of the cohort in which an image of the fourth patient is cut off, and whose."""
    study = small.copy(tmp_path_factory.mktemp("poisoned") / "bids", small.patients)
    patient = study.patients[3]
    image = study.bids / patient / FLAIR.format(patient)
    image.write_bytes(image.read_bytes()[:20_000])
    return study, patient


@pytest.fixture(scope="module")
def failed(poisoned, tmp_path_factory):
    """Run the study of the poisoned cohort as a user does."""
    out = tmp_path_factory.mktemp("failed") / "out"
    command = poisoned[0].command(out, "--workers", "2", "--quiet")
    return out, subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def test_one_poisoned_patient_among_six_is_named_and_five_complete(poisoned, failed):
    (study, patient), (out, ended) = poisoned, failed
    assert ended.returncode == 4, ended.stderr
    assert "5 of 6 patients complete" in ended.stdout
    assert FLAIR.format(patient).rpartition("/")[2] in ended.stdout.replace("\n", "")
    status = {row["participant_id"]: row["status"] for row in read_table(out / "participants.tsv")}
    assert status == {p: "failed" if p == patient else "complete" for p in study.patients}
    errors = [row for row in read_table(out / "findings.tsv") if row["level"] == "error"]
    assert [row["patient"] for row in errors] == [patient]
    assert "FLAIR" in errors[0]["subject"]
    assert errors[0]["mend"]
    assert states(out) == {FileState.COMPLETE}
    assert leftovers(out) == []


def test_status_tells_of_the_poisoned_patient(poisoned, failed, capsys):
    assert exit_code(["status", str(failed[0])]) == 0
    told = told_by(capsys)
    assert "5 of 6 patients have all steps done" in told
    assert poisoned[1] in told


def test_the_scores_are_those_of_the_five(poisoned, failed, small, tmp_path):
    """A study of five, in a folder of its own, that has their steps but no step of a cohort."""
    others = [patient for patient in small.patients if patient != poisoned[1]]
    assert [f"sub-{r['patient']}" for r in read_table(failed[0] / "group/patients.tsv")] == others
    five, out = small.copy(tmp_path / "bids", others), tmp_path / "out"
    shutil.copytree(failed[0], out)
    for folder in ("group", "models", "records/group"):
        shutil.rmtree(out / folder)
    assert exit_code(five.arguments(out, "--workers", "2", "--quiet")) == 0
    done = {event["step"] for event in last_run(out) if event["event"] == "done"}
    assert done == {"fold-1", "fold-2", "scores", "model", "leakage"}
    expected, found = outputs(out), outputs(failed[0])
    differ = {name for name in expected if expected[name] != found.get(name)}
    # The page of the cohort names who failed, too.
    assert differ == {"participants.tsv", "findings.tsv", "report/index.html"}


def test_a_mended_patient_is_all_that_a_rerun_prepares(poisoned, failed, small, tmp_path):
    patient, out = poisoned[1], tmp_path / "out"
    shutil.copytree(failed[0], out)
    assert exit_code(small.arguments(out, "--workers", "2", "--quiet")) == 0
    done = {(e["step"], e["subject"]) for e in last_run(out) if e["event"] == "done"}
    own = {(step, subject) for step, subject in done if subject != "group" and step != "map"}
    assert own == {(step, patient) for step in ("alignment", "preparation", "quality", "features")}
    assert {step for step, subject in done if subject == "group"} == {
        "fold-1",
        "fold-2",
        "scores",
        "model",
        "leakage",
    }
    # The folds are drawn anew, so every patient has another model that never saw it.
    assert {subject for step, subject in done if step == "map"} == set(small.patients)
    assert {row["status"] for row in read_table(out / "participants.tsv")} == {"complete"}
    assert "error" not in {row["level"] for row in read_table(out / "findings.tsv")}
    assert states(out) == {FileState.COMPLETE}


# Two runs on one output at once


def wait_for(path, process, seconds=60.0):
    end = time.monotonic() + seconds
    while not path.exists():
        assert process.poll() is None, "the run ended early"
        assert time.monotonic() < end, f"no {path.name} after {seconds} s"
        time.sleep(0.05)


def test_the_second_of_two_runs_on_one_output_is_refused(small, tmp_path, capsys):
    out = tmp_path / "out"
    command = small.command(out, "--workers", "1", "--quiet")
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as first:
        try:
            wait_for(out / "logs" / "events.jsonl", first)
            before = sorted(out.rglob("*"))
            assert exit_code(small.arguments(out, "--workers", "1", "--quiet")) == 2
            told = told_by(capsys)
            assert f"another run (process {first.pid} on " in told
            assert "To mend: wait until it ends" in told
            assert set(before) <= set(out.rglob("*"))
            assert first.poll() is None
        finally:
            first.send_signal(signal.SIGKILL)


def test_a_run_that_is_refused_the_lock_deletes_nothing_of_the_one_that_holds_it(
    tmp_path, monkeypatch
):
    """Both found an empty folder; the other was faster by a moment and has begun to write."""
    out, locked = tmp_path / "out", runs.locked

    @contextmanager
    def locked_too_late(path):
        with locked(path):
            (path / "logs").mkdir()
            with locked(path):
                yield

    monkeypatch.setattr(runs, "locked", locked_too_late)
    with pytest.raises(UsageRefused, match="another run"), run_in(out, How()):
        pytest.fail("two runs at once")
    assert (out / "logs").is_dir()


# Where nothing can be written


@pytest.mark.parametrize("place", ["below a file", "below /proc"])
def test_an_output_that_cannot_be_made_is_refused(small, tmp_path, capsys, place):
    if place == "below /proc" and not LINUX.exists():
        pytest.skip("there is no /proc here")
    file = tmp_path / "file"
    file.write_text("mine", encoding="utf-8")
    out = Path("/proc/gliofront") if place == "below /proc" else file / "out"
    assert exit_code(small.arguments(out, "--workers", "1", "--quiet")) == 3
    told = told_by(capsys)
    assert f"Refused. {out}: the folder cannot be locked" in told
    assert "choose another output folder" in told
    assert file.read_text(encoding="utf-8") == "mine"


MOUNTED = Path(__file__).with_name("mounted_run.py")
CANNOT_MOUNT = 77


def mounted(*arguments):
    """Run the script in a mount namespace of its own, and return what it tells."""
    command = ["unshare", "--mount", "--map-root-user", sys.executable, MOUNTED, *arguments]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    except FileNotFoundError:
        pytest.skip("there is no unshare here")
    if ended.returncode == CANNOT_MOUNT or ended.stderr.startswith("unshare:"):
        pytest.skip("mounting is not allowed here")
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


def test_an_output_on_a_read_only_disk_is_refused_and_stays_as_it_is(small, failed, tmp_path):
    for name in ("new", "old"):
        disk = tmp_path / name
        disk.mkdir()
        if name == "old":
            shutil.copytree(failed[0], disk / "out")
        before = outputs(disk)
        told = mounted("read-only", disk, *small.arguments(disk / "out", "--quiet"))
        assert told["codes"] == [3]
        assert "Read-only file system" in told["said"]
        assert outputs(disk) == before


@pytest.mark.slow
def test_a_full_disk_is_told_and_once_there_is_space_the_run_goes_on(small, tmp_path):
    # Both of them progress, as a study of two must.
    two = small.copy(tmp_path / "bids", small.patients[3:5])
    disk = tmp_path / "disk"
    disk.mkdir()
    told = mounted("full", disk, *two.arguments(disk / "out", "--workers", "2", "--quiet"))
    refused, done = told["codes"]
    assert refused == 3
    assert done == 0
    assert "No space left on device" in told["said"]
    assert "free space there or choose another output folder" in told["said"]
    assert set(told["states"][0]) <= {"complete", "unrecorded"}
    assert told["states"][1] == ["complete"]
    assert told["leftovers"] == [[], []]
    # A step that failed has left no record, and what it wrote before is whole.
    first, whole = told["bytes"]
    assert first
    assert {path for path in first if first[path] != whole.get(path)} == set()


def test_a_disk_that_takes_no_more_than_small_files_is_told(small, tmp_path):
    """The same without mounting: the system refuses to let a file grow beyond a limit."""
    two, out = small.copy(tmp_path / "bids", small.patients[:2]), tmp_path / "out"

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    ended = subprocess.run(
        two.command(out, "--workers", "2", "--quiet"),
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ended.returncode == 3
    assert "the file cannot be written (File too large)" in ended.stderr
    assert states(out) <= {FileState.COMPLETE, FileState.UNRECORDED}
    assert leftovers(out) == []
