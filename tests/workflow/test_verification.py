import pytest
import toy_jobs
from toy_jobs import toy_group, toy_job, toy_patient

from gliofront.foundation.errors import InputRefused
from gliofront.workflow import verification
from gliofront.workflow.job import JobId
from gliofront.workflow.records import perform, record_path
from gliofront.workflow.verification import FileState, JobState, status, verify


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "t1c.txt"
    path.write_text("abcdef", encoding="utf-8")
    return path


@pytest.fixture
def out(tmp_path, source):
    """Two patients and the cohort, all done."""
    out = tmp_path / "out"
    for job in cohort(out, source):
        assert perform(out, job).done
    return out


def cohort(out, source, **settings):
    patients = [toy_patient(out, source, f"sub-0{i}", **settings) for i in (2, 1)]
    return [*patients[0], *patients[1], toy_group(out, patients)]


def states(out):
    """Return the files that are not complete."""
    return {
        path.relative_to(out).as_posix(): str(state)
        for path, state in verify(out)
        if state is not FileState.COMPLETE
    }


def test_all_is_complete_and_sorted(out):
    found = verify(out)
    assert len(found) == 7
    assert {state for _, state in found} == {FileState.COMPLETE}
    assert found == sorted(found)
    assert found[0].path == out / "group" / "model.txt"


def test_what_is_odd_is_named(out):
    (out / "sub-01" / "copy.txt").write_text("abcdeg", encoding="utf-8")
    (out / "sub-01" / "join.txt").unlink()
    (out / "sub-01" / "notes.txt").write_text("mine", encoding="utf-8")
    record_path(out, JobId("train", "group")).write_text("{", encoding="utf-8")
    assert states(out) == {
        "sub-01/copy.txt": "wrong",
        "sub-01/join.txt": "absent",
        "sub-01/notes.txt": "unrecorded",
        "records/group/train.json": "wrong",
        "group/model.txt": "unrecorded",
    }


def test_a_folder_under_the_name_of_a_file_is_wrong_and_a_folder_gone_is_absent(out):
    path = out / "sub-01" / "copy.txt"
    path.unlink()
    path.mkdir()
    (out / "group" / "model.txt").unlink()
    (out / "group").rmdir()
    (out / "group").write_text("a file in its place")
    assert states(out) == {
        "sub-01/copy.txt": "wrong",
        "group/model.txt": "absent",
        "group": "unrecorded",
    }


def test_what_no_job_makes_is_passed_over_at_the_top_alone(out):
    for name in ("settings.toml", ".lock", "dataset_description.json", ".0123456789abcdef.tmp"):
        (out / name).write_text("", encoding="utf-8")
    (out / "logs").mkdir()
    (out / "logs" / "events.jsonl").write_text("", encoding="utf-8")
    assert states(out) == {}
    (out / "sub-01" / "settings.toml").write_text("", encoding="utf-8")
    assert states(out) == {"sub-01/settings.toml": "unrecorded"}


def test_verifying_changes_nothing(out):
    def seen():
        return {path: path.stat().st_mtime_ns for path in [out, *out.rglob("*")]}

    before = seen()
    verify(out)
    status(out)
    assert seen() == before


def test_a_file_of_two_records_is_complete_if_it_is_that_of_either(out):
    shared = out / "sub-01" / "shared.txt"
    for step, text in (("old", "1"), ("new", "2")):
        job = toy_job(out, step, "sub-01", toy_jobs.write, files={shared: text})
        assert perform(out, job).done
    assert states(out) == {}


@pytest.mark.parametrize("look", [verify, status])
def test_no_folder_is_refused(tmp_path, look):
    with pytest.raises(InputRefused, match="no such folder"):
        look(tmp_path / "nowhere")


def test_a_folder_of_nothing(tmp_path):
    assert verify(tmp_path) == []
    assert status(tmp_path) == []


def table(out, *arguments):
    return {
        row.subject: {step: str(job.state) for step, job in row.steps.items()}
        for row in status(out, *arguments)
    }


def test_status_is_a_row_a_patient_and_one_of_the_cohort_last(out, source):
    ids = [job.id for job in cohort(out, source)]
    rows = status(out, ids)
    assert [row.subject for row in rows] == ["sub-02", "sub-01", "group"]
    assert [list(row.steps) for row in rows] == [["copy", "join", "features"]] * 2 + [["train"]]
    assert all(job.state is JobState.DONE for row in rows for job in row.steps.values())
    assert all(job.seconds > 0 for row in rows for job in row.steps.values())


def test_without_a_list_the_records_tell_the_rows(out):
    assert list(table(out)) == ["sub-01", "sub-02", "group"]


def test_what_has_no_record_is_absent_and_took_no_time(out, source):
    ids = [JobId("copy", "sub-03"), *(job.id for job in cohort(out, source))]
    row = status(out, ids)[0]
    assert row.subject == "sub-03"
    assert {step: job.seconds for step, job in row.steps.items()} == dict.fromkeys(row.steps)
    assert set(table(out, ids)["sub-03"].values()) == {"absent"}


def test_what_follows_a_job_that_was_done_otherwise_is_outdated(out, source):
    copy, join, *_ = [j for j in cohort(out, source, join=2) if j.id.subject == "sub-01"]
    assert perform(out, copy).done
    assert perform(out, join).done
    # "ab" twice: other than before.
    assert table(out) == {
        "sub-01": {"copy": "done", "features": "outdated", "join": "done"},
        "sub-02": {"copy": "done", "features": "done", "join": "done"},
        "group": {"train": "done"},
    }


def test_what_follows_a_job_that_failed_is_outdated(out):
    bad = toy_job(out, "features", "sub-01", toy_jobs.refuse)
    assert not perform(out, bad).done
    found = table(out)
    assert found["sub-01"]["features"] == "absent"
    assert found["group"]["train"] == "outdated"


def test_a_lost_file_or_another_version_is_outdated(out, monkeypatch):
    (out / "sub-01" / "join.txt").unlink()
    assert table(out)["sub-01"] == {"copy": "done", "features": "done", "join": "outdated"}
    monkeypatch.setattr(verification, "__version__", "99.0")
    assert set(table(out)["sub-02"].values()) == {"outdated"}
