"""A run whose output lies on a disk of its own: ``mounted_run.py read-only|full DISK ARGUMENT...``.

To be started in a mount namespace of its own. The last line that it writes tells, as JSON, the
exit codes of the runs, what they said, and what lay in the output after each.
"""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from pathlib import Path

from gliofront.cli.main import exit_code
from gliofront.workflow.intake import sha256_of
from gliofront.workflow.lock import LOCK, is_leftover
from gliofront.workflow.verification import FileState, verify

CANNOT_MOUNT = 77
TOO_SMALL, ENOUGH = "1m", "100m"


def mount(*arguments: object) -> None:
    if subprocess.run(["mount", *map(str, arguments)], check=False).returncode:
        sys.exit(CANNOT_MOUNT)


def told(arguments: list[str], out: Path) -> dict[str, object]:
    """Run, and tell how it ended."""
    with (
        contextlib.redirect_stderr(io.StringIO()) as said,
        contextlib.redirect_stdout(said),
    ):
        code = exit_code(arguments)
    found = verify(out) if out.is_dir() else []
    odd = [p for p in out.rglob("*") if is_leftover(p) or p.name in (LOCK, ".work")]
    return {
        "codes": code,
        "said": said.getvalue(),
        "states": sorted({str(file.state) for file in found}),
        "leftovers": sorted(map(str, odd)),
        "bytes": {
            str(file.path): sha256_of(file.path)
            for file in found
            if file.state is not FileState.ABSENT
        },
    }


def main(kind: str, disk: Path, arguments: list[str]) -> None:
    out = Path(arguments[2])
    if kind == "read-only":
        mount("--bind", disk, disk)
        mount("-o", "remount,bind,ro", disk)
        runs = [told(arguments, out)]
    else:
        mount("-t", "tmpfs", "-o", f"size={TOO_SMALL}", "tmpfs", disk)
        runs = [told(arguments, out)]
        mount("-o", f"remount,size={ENOUGH}", disk)
        runs.append(told(arguments, out))
    merged = {
        name: [run[name] for run in runs] for name in ("codes", "states", "leftovers", "bytes")
    }
    said = "".join(str(run["said"]) for run in runs)
    sys.stdout.write(f"{json.dumps(merged | {'said': said})}\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
