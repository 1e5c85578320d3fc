"""What each step of a demo took, by its records, written into docs/performance.md.

    gliofront demo DEMO
    python benchmarks/demo_steps.py DEMO [--write]

Medians over the patients, in brackets the highest peak of a worker's resident size; files are those
that the records name.
"""

from __future__ import annotations

import argparse
import statistics
from collections import defaultdict
from pathlib import Path

from gliofront.workflow.file_steps import step_of
from gliofront.workflow.records import Record, read_record, record_ids
from pages import processor, write_between


def records(out: Path) -> dict[str, list[tuple[Path, Record]]]:
    found: dict[str, list[tuple[Path, Record]]] = defaultdict(list)
    for id in record_ids(out):
        record = read_record(out, id)
        if record is not None:
            found[step_of(id.step)].append((out, record))
    return found


def table(demo: Path) -> str:
    found = records(demo) | records(demo / "study")
    total = sum(record.seconds for rows in found.values() for _, record in rows)
    lines = [
        f"Measured on {processor()}, two workers; all steps together {total:.0f} s of a worker.",
        "",
        "| step | times | seconds | peak MB | files MB |",
        "|---|---|---|---|---|",
    ]
    for step, rows in found.items():
        seconds = statistics.median(record.seconds for _, record in rows)
        peaks = [record.peak_mb for _, record in rows if record.peak_mb is not None]
        size = statistics.median(
            sum(path.stat().st_size for path in record.files(out)) / 1e6 for out, record in rows
        )
        lines.append(
            f"| {step} | {len(rows)} | {seconds:.1f} | {statistics.median(peaks):.0f} "
            f"({max(peaks):.0f}) | {size:.1f} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("demo", type=Path)
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    chosen = parser.parse_args()
    text = table(chosen.demo)
    print(text)
    if chosen.write:
        write_between("performance.md", "demo-steps", text)


if __name__ == "__main__":
    main()
