"""A run in a process of its own, to be interrupted or killed: ``engine_run.py OUT``."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

from toy_jobs import toy_job, write

from gliofront.image.writing import write_text
from gliofront.workflow.cluster import ClusterSettings, connected
from gliofront.workflow.engine import run_jobs
from gliofront.workflow.job import Made

INTERRUPTED = 130


def compiled(*, calls: Path, id: object, path: Path) -> Made:
    """Tell that it began, then stay in compiled code, which answers to nobody, for a minute."""
    write_text(path, "begun")
    ctypes.PyDLL(None).sleep(60)
    return Made((path,))


def main(out: Path) -> None:
    quick = toy_job(out, "quick", "sub-00", write, files={out / "quick.txt": "done"})
    slow = [toy_job(out, "slow", f"sub-{n:02}", compiled, path=out / f"slow-{n}") for n in (1, 2)]
    with connected(ClusterSettings(workers=2)) as client:
        run_jobs(client, out, [quick, *slow])


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
