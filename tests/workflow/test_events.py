import json
from datetime import UTC, datetime

import pytest

from gliofront.foundation.errors import InputRefused
from gliofront.workflow.events import EventLog
from gliofront.workflow.job import JobId, JobResult

ID = JobId("alignment", "sub-01")


def lines(out):
    text = (out / "logs" / "events.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_every_event_is_a_line(tmp_path):
    log = EventLog(tmp_path)
    log.start()
    log.result(JobResult(ID, True, (), (), seconds=1.5, peak_mb=700.0))
    log.result(JobResult(ID, False, (), ()))
    log.retried(ID)
    log.result(JobResult(ID, True, (), (), InputRefused("a.nii", "it is\nempty", "copy it")))
    log.result(JobResult(ID, True, (), (), ValueError("a bug")))
    log.end("interrupted")
    found = lines(tmp_path)
    events = ["start", "done", "current", "retried", "failed", "failed", "end"]
    assert [line["event"] for line in found] == events
    start, done, current, retried, refused, fault, end = found
    times = [datetime.fromisoformat(line["time"]) for line in found]
    assert all(time.tzinfo == UTC for time in times)
    assert times == sorted(times)
    who = {"step": "alignment", "subject": "sub-01"}
    assert who | {"seconds": 1.5, "peak_mb": 700.0} == {
        k: done[k] for k in done.keys() - {"time", "event"}
    }
    assert set(current) == set(retried) == {"time", "event", "step", "subject"}
    assert refused["problem"] == "it is\nempty"
    assert fault["problem"] == "ValueError: a bug"
    assert set(start) == {"time", "event"}
    assert end["problem"] == "interrupted"


def test_a_line_is_there_as_soon_as_it_happens_and_earlier_runs_stay(tmp_path):
    EventLog(tmp_path).start()
    assert [line["event"] for line in lines(tmp_path)] == ["start"]
    log = EventLog(tmp_path)
    log.end()
    assert [line["event"] for line in lines(tmp_path)] == ["start", "end"]


def test_a_line_cut_off_by_a_kill_spoils_no_other(tmp_path):
    log = EventLog(tmp_path)
    log.start()
    with log.path.open("a", encoding="utf-8") as file:
        file.write('{"time": "2026')
    EventLog(tmp_path).end()
    whole = log.path.read_text(encoding="utf-8").splitlines()
    assert len(whole) == 3
    assert json.loads(whole[2])["event"] == "end"


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "logs").write_text("a file")
    with pytest.raises(InputRefused, match="log cannot be written"):
        EventLog(tmp_path)


def test_a_log_that_is_lost_later_stops_nothing(tmp_path):
    log = EventLog(tmp_path)
    log.path.unlink()
    log.path.mkdir()
    log.result(JobResult(ID, True, (), ()))
