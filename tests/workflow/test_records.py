import json
import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import toy_jobs
from toy_jobs import runs_of, toy_group, toy_job, toy_patient

from gliofront.foundation.errors import InputRefused
from gliofront.workflow import records
from gliofront.workflow.job import JobId
from gliofront.workflow.records import perform, read_record, record_ids, record_path

HERE = Path(__file__).parent


@pytest.fixture
def source(tmp_path) -> Path:
    path = tmp_path / "t1c.txt"
    path.write_text("abcdef", encoding="utf-8")
    return path


@pytest.fixture
def out(tmp_path) -> Path:
    return tmp_path / "out"


def do(out, jobs, **more):
    """Perform jobs in order and return the names of the steps that ran."""
    results = [perform(out, job, **more) for job in jobs]
    for result in results:
        assert result.done, result.trace or result.error
    return [result.id.step for result in results if result.ran]


def study(out, source, **settings):
    patient = toy_patient(out, source, **settings)
    return [*patient, toy_group(out, [patient])]


def in_process(code, *arguments, before=""):
    """Run code in another process, which can import the toy jobs."""
    head = (
        "import sys\nfrom pathlib import Path\nfrom toy_jobs import *\n"
        "from gliofront.workflow.records import perform\n"
    )
    return subprocess.run(
        [*before.split(), sys.executable, "-c", head + code, *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(HERE)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_all_runs_once_and_then_nothing(out, source):
    jobs = study(out, source)
    assert do(out, jobs) == ["copy", "join", "features", "train"]
    assert (out / "group" / "model.txt").read_text(encoding="utf-8") == "abc"
    assert do(out, jobs) == []
    assert [runs_of(out, job.id) for job in jobs] == [1, 1, 1, 1]


def test_a_touched_but_unchanged_input_redoes_nothing(out, source):
    jobs = study(out, source)
    do(out, jobs)
    source.touch()
    (out / "sub-01" / "copy.txt").touch()
    moved = source.with_name("moved.txt")
    source.rename(moved)
    assert do(out, study(out, moved)) == []


def test_a_changed_input_redoes_what_it_changes_and_no_more(out, source):
    jobs = study(out, source)
    do(out, jobs)
    source.write_text("abcXYZ", encoding="utf-8")
    # The features, made anew, come out the same: the model of them stays.
    assert do(out, jobs) == ["copy", "join", "features"]
    source.write_text("Xbcdef", encoding="utf-8")
    assert do(out, jobs) == ["copy", "join", "features", "train"]
    assert (out / "group" / "model.txt").read_text(encoding="utf-8") == "Xbc"


def test_a_changed_setting_redoes_the_step_that_uses_it_and_those_after(out, source):
    do(out, study(out, source))
    assert do(out, study(out, source, features=2)) == ["features", "train"]
    assert do(out, study(out, source, features=2)) == []
    # Both keep all of the text: the same file, so nothing after it.
    assert do(out, study(out, source, features=2, join=200)) == ["join"]


@pytest.mark.parametrize("damage", [Path.unlink, lambda p: p.write_text("other")])
@pytest.mark.parametrize("step", ["copy", "join", "features", "train"])
def test_a_missing_or_tampered_output_is_made_again_alone(out, source, step, damage):
    jobs = study(out, source)
    do(out, jobs)
    path = next(job.arguments["path"] for job in jobs if job.id.step == step)
    whole = path.read_bytes()
    damage(path)
    assert do(out, jobs) == [step]
    assert path.read_bytes() == whole


def test_another_version_redoes_all(out, source, monkeypatch):
    jobs = study(out, source)
    do(out, jobs)
    monkeypatch.setattr(records, "__version__", "99.0")
    assert do(out, jobs) == ["copy", "join", "features", "train"]
    assert read_record(out, jobs[0].id).version == "99.0"


def test_force_redoes_that_job_alone(out, source):
    jobs = study(out, source)
    do(out, jobs)
    assert do(out, jobs[1:2], force=True) == ["join"]
    assert do(out, jobs) == []


def test_a_record_tells_what_went_in_and_out(out, source):
    copy, join, *_ = jobs = study(out, source)
    results = {job.id: perform(out, job) for job in jobs}
    first, second = read_record(out, copy.id), read_record(out, join.id)
    assert list(first.inputs) == ["source T1C"]
    assert list(first.outputs) == ["sub-01/copy.txt"]
    # A copy: the same bytes, the same hash.
    assert first.inputs["source T1C"] == first.outputs["sub-01/copy.txt"]
    assert second.inputs == first.outputs
    assert second.settings == {"keep": 100}
    assert first.seconds == results[copy.id].seconds > 0
    assert results[join.id].files == (out / "sub-01" / "join.txt",)
    assert record_ids(out) == sorted((job.id for job in jobs), key=lambda i: (i.subject, i.step))


def test_findings_are_told_again_by_a_current_record(out):
    path = out / "a.txt"
    job = toy_job(out, "a", "sub-01", toy_jobs.write, files={path: "text"}, odd=True)
    first, again = perform(out, job), perform(out, job)
    assert (first.ran, again.ran) == (True, False)
    assert first.findings == again.findings == (toy_jobs.ODD,)
    assert first.files == again.files == (path,)


def test_what_is_made_no_more_is_deleted_unless_another_job_makes_it(out):
    kept, moved, gone = (out / f"{name}.txt" for name in ("kept", "moved", "gone"))
    before = dict.fromkeys([kept, moved, gone], "1")
    do(out, [toy_job(out, "old", "sub-01", toy_jobs.write, files=before)])
    do(out, [toy_job(out, "new", "sub-01", toy_jobs.write, files={moved: "2"})])
    after = toy_job(
        out, "old", "sub-01", toy_jobs.write, files={kept: "1"}, settings={"changed": True}
    )
    do(out, [after])
    assert sorted(path.name for path in out.glob("*.txt")) == ["kept.txt", "moved.txt"]


@pytest.mark.parametrize("fail", [toy_jobs.refuse, toy_jobs.fault])
def test_a_job_that_fails_leaves_neither_record_nor_its_old_files(out, source, fail):
    good = toy_patient(out, source)[0]
    do(out, [good])
    bad = toy_job(out, "copy", "sub-01", fail, settings={"changed": True})
    result = perform(out, bad)
    assert result.ran
    assert not result.done
    assert read_record(out, good.id) is None
    assert not (out / "sub-01" / "copy.txt").exists()


def test_a_refusal_keeps_its_words_and_a_fault_its_trace(out):
    refused = perform(out, toy_job(out, "a", "sub-01", toy_jobs.refuse))
    assert isinstance(refused.error, InputRefused)
    assert refused.trace == ""
    fault = perform(out, toy_job(out, "a", "sub-01", toy_jobs.fault))
    assert isinstance(fault.error, ValueError)
    assert "in fault" in fault.trace
    assert pickle.loads(pickle.dumps(refused)).error.mend == refused.error.mend


def test_an_error_that_cannot_travel_is_replaced_by_its_words(out):
    result = perform(out, toy_job(out, "a", "sub-01", toy_jobs.stubborn))
    travelled = pickle.loads(pickle.dumps(result))
    assert str(travelled.error) == "StubbornError: very stubborn"
    assert "in stubborn" in travelled.trace


def test_want_of_memory_passes_through_and_another_try_does_it(out):
    job = toy_job(out, "a", "sub-01", toy_jobs.short_of_memory, path=out / "a.txt", times=1)
    with pytest.raises(MemoryError):
        perform(out, job)
    assert read_record(out, job.id) is None
    assert do(out, [job]) == ["a"]


def test_a_job_before_its_time_is_a_fault(out, source):
    _, join, *_ = toy_patient(out, source)
    result = perform(out, join)
    assert "join of sub-01 comes after copy of sub-01, which has no record" in str(result.error)
    assert runs_of(out, join.id) == 0


def test_a_source_that_is_gone_is_named_and_what_was_made_stays(out, source):
    jobs = toy_patient(out, source)
    do(out, jobs)
    source.unlink()
    result = perform(out, jobs[0])
    assert isinstance(result.error, InputRefused)
    assert str(source) in str(result.error)
    assert "No such file" in str(result.error)
    assert read_record(out, jobs[0].id) is not None


@pytest.mark.parametrize("name", ["../a.txt", "sub-01/../../a.txt"])
def test_a_job_that_writes_elsewhere_is_a_fault(out, name):
    out.mkdir()
    (out / "sub-01").mkdir()
    result = perform(out, toy_job(out, "a", "sub-01", toy_jobs.write, files={out / name: "1"}))
    assert not result.done
    assert record_ids(out) == []


def test_a_job_that_did_not_write_what_it_names_is_a_fault(out):
    job = toy_job(out, "a", "sub-01", toy_jobs.die, files=(out / "a", out / "b"), times=0)
    assert perform(out, job).done
    (out / "b").unlink()
    lazy = toy_job(out, "b", "sub-01", toy_jobs.name_only, files=(out / "b",))
    assert isinstance(perform(out, lazy).error, FileNotFoundError)
    assert read_record(out, lazy.id) is None


@pytest.mark.parametrize(
    "change",
    [
        {"outputs": {"../t1c.txt": "0" * 64}},
        {"outputs": {"/etc/hostname": "0" * 64}},
        {"outputs": {"sub-01/copy.txt": "short"}},
        {"schema_version": 2},
        {"subject": "sub-02"},
        {"more": 1},
    ],
    ids=str,
)
def test_a_record_of_something_else_counts_for_nothing_and_deletes_nothing(out, source, change):
    job = toy_patient(out, source)[0]
    do(out, [job])
    path = record_path(out, job.id)
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | change))
    assert read_record(out, job.id) is None
    assert do(out, [job]) == ["copy"]
    assert source.exists()
    assert do(out, [job]) == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000])
def test_a_damaged_record_counts_for_nothing(out, source, content):
    job = toy_patient(out, source)[0]
    do(out, [job])
    record_path(out, job.id).write_bytes(content)
    assert do(out, [job]) == ["copy"]


def test_settings_that_are_no_json_are_a_fault_before_anything_is_deleted(out, source):
    job = toy_patient(out, source)[0]
    do(out, [job])
    for bad in (float("nan"), object()):
        other = toy_job(out, "copy", "sub-01", toy_jobs.fault, settings={"a": bad})
        assert isinstance(perform(out, other).error, ValueError | TypeError)
    assert do(out, [job]) == []


def test_tuples_and_lists_are_the_same_setting(out):
    path = out / "a.txt"
    for edges, ran in (((5.0, 10.0), ["a"]), ([5.0, 10.0], []), ([5.0, 11.0], ["a"])):
        job = toy_job(
            out, "a", "sub-01", toy_jobs.write, files={path: "1"}, settings={"edges": edges}
        )
        assert do(out, [job]) == ran


def test_peak_memory_is_that_of_the_job_and_not_of_what_ran_before(out):
    def run(step, megabytes):
        path = out / f"{step}.json"
        job = toy_job(out, step, "sub-01", toy_jobs.hold, path=path, megabytes=megabytes)
        return perform(out, job).peak_mb

    large, small = run("large", 200), run("small", 1)
    if large is None:
        pytest.skip("this system keeps no count of the peak memory")
    assert 150 < large - small < 250


DIE = """
out = Path(sys.argv[1])
files = (out / "sub-01" / "first.txt", out / "sub-01" / "second.txt")
perform(out, toy_job(out, "a", "sub-01", die, files=files, times=int(sys.argv[2]),
                     settings={"round": int(sys.argv[3])}))
"""


def test_a_job_killed_between_two_files_leaves_no_record_and_no_wrong_file(out):
    id, folder = JobId("a", "sub-01"), out / "sub-01"
    killed = in_process(DIE, out, 1, 1)
    assert killed.returncode == -signal.SIGKILL
    assert read_record(out, id) is None
    assert [path.name for path in folder.iterdir()] == ["first.txt"]
    assert (folder / "first.txt").read_text(encoding="utf-8") == "first.txt"
    assert in_process(DIE, out, 1, 1).returncode == 0
    assert sorted(path.name for path in folder.iterdir()) == ["first.txt", "second.txt"]
    assert runs_of(out, id) == 2
    assert in_process(DIE, out, 1, 1).returncode == 0
    assert runs_of(out, id) == 2


def test_a_job_killed_as_it_is_redone_leaves_no_old_file_beside_a_new_one(out):
    id, folder = JobId("a", "sub-01"), out / "sub-01"
    assert in_process(DIE, out, 0, 1).returncode == 0
    assert in_process(DIE, out, 9, 2).returncode == -signal.SIGKILL
    assert read_record(out, id) is None
    assert [path.name for path in folder.iterdir()] == ["first.txt"]


KILLED_ANYWHERE = """
import os, signal, threading
out = Path(sys.argv[1])
# Not a signal handler: the death comes from outside Python, between any two instructions.
signal.setitimer(signal.ITIMER_REAL, float(sys.argv[2]))
files = tuple(out / "sub-01" / f"{i}.txt" for i in range(4))
perform(out, toy_job(out, "a", "sub-01", fill, files=files, megabytes=2), force=True)
"""


@pytest.mark.slow
def test_killed_at_any_moment_the_record_never_stands_beside_other_files(out):
    """The timer's signal ends the process at once (SIGALRM without a handler)."""
    id, deaths = JobId("a", "sub-01"), 0
    for attempt in range(30):
        killed = in_process(KILLED_ANYWHERE, out, 0.002 + 0.004 * attempt)
        deaths += killed.returncode == -signal.SIGALRM
        record = read_record(out, id)
        for name, sha256 in (record.outputs if record else {}).items():
            path = out / name
            assert not path.exists() or records.sha256_of(path) == sha256
        for path in out.glob("sub-01/[0-9].txt"):
            assert path.stat().st_size == 2 << 20
    assert deaths > 5


FULL = """
import resource, signal
out, limit = Path(sys.argv[1]), int(sys.argv[2])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
files = (out / "sub-01" / "a.txt", out / "sub-01" / "b.txt")
result = perform(out, toy_job(out, "a", "sub-01", fill, files=files, megabytes=1))
print(type(result.error).__name__, result.error)
"""


def test_a_file_that_grows_too_large_leaves_nothing(out):
    told = in_process(FULL, out, 1 << 19)
    assert told.stdout.startswith("InputRefused"), told.stderr
    assert "File too large" in told.stdout
    assert [p for p in out.rglob("*") if p.is_file()] == []


NO_ROOM_FOR_THE_RECORD = """
import resource, signal
out = Path(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))
result = perform(out, toy_job(out, "a", "sub-01", write, files={out / "a.txt": "1"}))
print(type(result.error).__name__, result.error)
"""


def test_a_record_that_cannot_be_written_is_not_there(out):
    told = in_process(NO_ROOM_FOR_THE_RECORD, out)
    assert told.stdout.startswith("InputRefused"), told.stderr
    assert [path.name for path in out.rglob("*") if path.is_file()] == ["a.txt"]


def test_where_no_record_can_ever_be_nothing_is_run(out):
    job = toy_job(out, "a", "sub-01", toy_jobs.write, files={out / "a.txt": "1"})
    out.mkdir()
    (out / "records").write_text("a file in the way", encoding="utf-8")
    assert isinstance(perform(out, job).error, InputRefused)
    assert runs_of(out, job.id) == 0


TMPFS = """
import os, subprocess
out = Path(sys.argv[1])
if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2560k", "tmpfs", out]).returncode:
    sys.exit(77)
files = tuple(out / "sub-01" / f"{i}.txt" for i in range(4))
result = perform(out, toy_job(out, "a", "sub-01", fill, files=files, megabytes=1))
print(type(result.error).__name__, result.error)
for path in sorted(out.rglob("*")):
    if path.is_file():
        print(path.relative_to(out), path.stat().st_size)
"""

READ_ONLY = """
import subprocess
out = Path(sys.argv[1])
for options in (["--bind", out, out], ["-o", "remount,bind,ro", out]):
    if subprocess.run(["mount", *options]).returncode:
        sys.exit(77)
job = toy_job(out, "a", "sub-01", write, files={out / "a.txt": "1"})
for force in (False, True):
    result = perform(out, job, force=force)
    print(type(result.error).__name__, result.ran, result.error)
"""


def in_own_mounts(code, out):
    """Run code in a process with mounts of its own, which end with it; skip where not allowed."""
    out.mkdir(exist_ok=True)
    try:
        told = in_process(code, out, before="unshare --mount --map-root-user")
    except FileNotFoundError:
        pytest.skip("there is no unshare here")
    if told.returncode == 77 or told.stderr.startswith("unshare:"):
        pytest.skip("mounting is not allowed here")
    assert told.returncode == 0, told.stderr
    return told.stdout.splitlines()


def test_a_full_disk_is_told_and_holds_whole_files_alone(out):
    problem, *files = in_own_mounts(TMPFS, out)
    assert problem.startswith("InputRefused")
    assert "No space left on device" in problem
    size = str(1 << 20)
    assert files == [f"sub-01/0.txt {size}", f"sub-01/1.txt {size}"]


def test_a_read_only_folder_serves_what_is_current_and_refuses_the_rest(out):
    do(out, [toy_job(out, "a", "sub-01", toy_jobs.write, files={out / "a.txt": "1"})])
    current, forced = in_own_mounts(READ_ONLY, out)
    assert current == "NoneType False None"
    assert forced.startswith("InputRefused True")
    assert "Read-only file system" in forced
    assert (out / "a.txt").read_text(encoding="utf-8") == "1"


def test_a_job_that_outlived_its_run_leaves_no_record(out, source):
    job, *_ = toy_patient(out, source)
    result = perform(out, job, wanted=lambda: False)
    assert "outlived its run" in str(result.error)
    assert read_record(out, job.id) is None
    assert do(out, [job]) == [job.id.step]
