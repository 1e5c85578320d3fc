import os
import signal
import subprocess
import sys

import pytest

from gliofront.foundation.errors import EXIT_USAGE, InputRefused, UsageRefused
from gliofront.workflow import lock
from gliofront.workflow.lock import LOCK, locked, sweep

HOLD = """
import sys, time
from pathlib import Path
from gliofront.workflow.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""

COUNT = """
import sys, time
from pathlib import Path
from gliofront.foundation.errors import UsageRefused
from gliofront.workflow.lock import locked
out, counter, rounds = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
while rounds:
    try:
        with locked(out):
            seen = int(counter.read_text())
            time.sleep(0.001)
            counter.write_text(str(seen + 1))
            rounds -= 1
    except UsageRefused:
        time.sleep(0.0005)
"""


@pytest.fixture
def out(tmp_path):
    return tmp_path / "new" / "out"


@pytest.fixture
def holder(out):
    """Start another process that holds the lock."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(out)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_the_folder_is_made_and_the_lock_goes_at_the_end(out):
    with locked(out):
        text = (out / LOCK).read_text(encoding="utf-8")
        assert text.startswith(f"process {os.getpid()} on ")
    assert list(out.iterdir()) == []


def test_the_lock_goes_after_an_error_too(out):
    with pytest.raises(ValueError, match="inside"), locked(out):
        raise ValueError("inside")
    with locked(out):
        pass


def test_a_second_run_is_refused_and_told_who_holds_it(out, holder):
    with pytest.raises(UsageRefused) as refusal, locked(out):
        pytest.fail("two runs at once")
    assert f"another run (process {holder.pid} on " in str(refusal.value)
    assert refusal.value.exit_code == EXIT_USAGE
    assert (out / LOCK).exists()


def test_within_a_process_too(out):
    with locked(out):
        with pytest.raises(UsageRefused, match=f"process {os.getpid()} "), locked(out):
            pytest.fail("two runs at once")
        assert (out / LOCK).exists()


@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_lock_of_a_dead_process_is_free_at_once(out, holder, death):
    holder.send_signal(death)
    holder.wait(timeout=10)
    with locked(out):
        assert f"process {os.getpid()} " in (out / LOCK).read_text(encoding="utf-8")


def test_a_run_whose_folder_is_deleted_ends_quietly(out):
    with locked(out):
        (out / LOCK).unlink()
        out.rmdir()
    assert not out.exists()


def test_many_who_take_turns_never_hold_it_together(out, tmp_path):
    counter = tmp_path / "counter"
    counter.write_text("0")
    command = [sys.executable, "-c", COUNT, str(out), str(counter), "60"]
    others = [subprocess.Popen(command) for _ in range(3)]
    assert [other.wait(timeout=60) for other in others] == [0, 0, 0]
    assert counter.read_text() == "180"


def test_a_file_removed_between_opening_and_locking_is_not_believed_in(out, monkeypatch):
    """The last holder ends just then; its lock is free, but the next run opens a new file."""
    take, ended = lock._lock, []

    def taken_late(path, handle):
        if not ended:
            ended.append(path)
            path.unlink()
        take(path, handle)

    monkeypatch.setattr(lock, "_lock", taken_late)
    with locked(out):
        assert ended
        with pytest.raises(UsageRefused, match=f"process {os.getpid()} "), locked(out):
            pytest.fail("two runs at once")


def test_a_file_where_the_folder_should_be_is_refused(tmp_path):
    path = tmp_path / "file"
    path.write_text("")
    for out in (path, path / "below"):
        with pytest.raises(InputRefused, match="cannot be locked"), locked(out):
            pytest.fail("locked")


@pytest.mark.parametrize("there", ["folder", "link"])
def test_what_is_no_lock_is_left_alone(out, tmp_path, there):
    out.mkdir(parents=True)
    target = tmp_path / "target"
    target.write_text("precious")
    (out / LOCK).mkdir() if there == "folder" else (out / LOCK).symlink_to(target)
    with pytest.raises(InputRefused, match="cannot be locked"), locked(out):
        pytest.fail("locked")
    assert target.read_text() == "precious"
    assert (out / LOCK).exists()


def test_a_folder_without_the_right_to_write_is_refused(out):
    out.mkdir(parents=True)
    out.chmod(0o500)
    if os.access(out, os.W_OK):
        pytest.skip("this user may write anywhere (root); the next test mounts instead")
    with pytest.raises(InputRefused, match="Permission denied"), locked(out):
        pytest.fail("locked")


LOCK_READ_ONLY = """
import subprocess, sys
from pathlib import Path
from gliofront.foundation.errors import InputRefused
from gliofront.workflow.lock import locked
out = Path(sys.argv[1])
for options in (["--bind", out, out], ["-o", "remount,bind,ro", out]):
    if subprocess.run(["mount", *options]).returncode:
        sys.exit(77)
try:
    with locked(out):
        print("locked")
except InputRefused as error:
    print(error)
"""


def test_a_read_only_file_system_is_refused(out):
    out.mkdir(parents=True)
    command = ["unshare", "--mount", "--map-root-user", sys.executable, "-c", LOCK_READ_ONLY, out]
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except FileNotFoundError:
        pytest.skip("there is no unshare here")
    if told.returncode == 77 or told.stderr.startswith("unshare:"):
        pytest.skip("mounting is not allowed here")
    assert "cannot be locked (Read-only file system)" in told.stdout, told.stderr


def test_leftovers_are_swept_and_nothing_else(out):
    deep = out / "sub-01" / "ses-preop"
    stage = deep / ".0123456789abcdef.tmp"
    stage.mkdir(parents=True)
    (stage / "whole.txt").write_text("1")
    leftover = out / ".fedcba9876543210.tmp"
    leftover.write_text("half")
    kept = [
        out / name
        for name in (".0123.tmp", "0123456789abcdef.tmp", ".0123456789abcdef.tmp.txt", "a.txt")
    ]
    for path in kept:
        path.write_text("kept")
    link = out / ".00000000deadbeef.tmp"
    link.symlink_to(deep)
    assert sweep(out) == sorted([leftover, stage])
    assert sorted(out.iterdir()) == sorted([*kept, link, out / "sub-01"])
    assert list(deep.iterdir()) == []


def test_a_sweep_does_not_leave_the_folder_by_a_link(out, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    precious = outside / ".0123456789abcdef.tmp"
    precious.write_text("another's")
    out.mkdir(parents=True)
    (out / "sub-01").symlink_to(outside)
    assert sweep(out) == []
    assert precious.exists()


def test_a_sweep_of_nothing_is_nothing(out):
    assert sweep(out) == []


KILLED_WRITING = """
import os, signal, sys
from pathlib import Path
from gliofront.image.writing import whole_file
from gliofront.workflow.staging import staged
out = Path(sys.argv[1])
with staged(out) as stage, whole_file(stage / "a.txt") as file, whole_file(out / "b.txt") as other:
    file.write(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_writer_leaves_is_swept(out):
    """The names are those that the writers truly use."""
    killed = subprocess.run([sys.executable, "-c", KILLED_WRITING, out], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert len(list(out.iterdir())) == 2
    assert len(sweep(out)) == 2
    assert list(out.iterdir()) == []
