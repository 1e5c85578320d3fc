"""What engine and records cost of a run with one worker, written into docs/performance.md.

    gliofront demo demo --workers 1
    python benchmarks/engine_overhead.py demo/study [--write]

The time of the last run in the folder's log, less the seconds that its steps took by their records,
is that of the engine. Hashing, which a record's seconds include, is measured by hashing all files
that the records name once more: each is hashed when made, and again by the steps that read it.
"""

from __future__ import annotations

import argparse
import json
from datetime import datetime
from pathlib import Path
from time import perf_counter

from gliofront.workflow.intake import sha256_of
from gliofront.workflow.records import read_record, record_ids
from pages import processor, write_between


def last_run(out: Path) -> list[dict[str, object]]:
    """Return the events of the last run, from its start to its end."""
    text = (out / "logs" / "events.jsonl").read_text(encoding="utf-8")
    events = [json.loads(line) for line in text.splitlines()]
    start = max(place for place, event in enumerate(events) if event["event"] == "start")
    return events[start:]


def wall_seconds(events: list[dict[str, object]]) -> float:
    first, last = (datetime.fromisoformat(str(events[place]["time"])) for place in (0, -1))
    return (last - first).total_seconds()


def hashing_seconds(out: Path) -> tuple[float, float]:
    """Return how long it takes to hash every recorded file once, and their MB."""
    records = [read_record(out, id) for id in record_ids(out)]
    paths = {path for record in records if record for path in record.files(out)}
    start = perf_counter()
    for path in paths:
        sha256_of(path)
    return perf_counter() - start, sum(path.stat().st_size for path in paths) / 1e6


def report(out: Path) -> str:
    events = last_run(out)
    done = [event for event in events if event["event"] == "done"]
    wall, steps = wall_seconds(events), sum(float(str(event["seconds"])) for event in done)
    hashing, size = hashing_seconds(out)
    engine = wall - steps
    return (
        f"Measured on {processor()}: {len(done)} steps with one worker took {wall:.0f} s, the "
        f"steps themselves {steps:.0f} s of it. Starting workers, handing out and closing: "
        f"{engine:.1f} s ({engine / wall:.1%}). Hashing all {size:.0f} MB of outputs once: "
        f"{hashing:.1f} s ({hashing / wall:.1%})."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    arguments = parser.parse_args()
    text = report(arguments.out)
    print(text)
    if arguments.write:
        write_between("performance.md", "engine", text)


if __name__ == "__main__":
    main()
