"""``gliofront verify``: is every file of an output folder what was recorded."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer


def verify(
    out: Annotated[Path, typer.Argument(help="Output folder of a run.")],
) -> int:
    """Compute the hash of every file again: complete, absent, wrong, or without a record.

    Exit code 3 if a file is absent or wrong.
    """
    from gliofront.cli.console import show_end
    from gliofront.foundation.errors import EXIT_DONE, EXIT_REFUSED
    from gliofront.workflow.verification import FileState
    from gliofront.workflow.verification import verify as verify_files

    found = verify_files(out)
    odd = [file for file in found if file.state is not FileState.COMPLETE]
    counts = Counter(file.state for file in found)
    # Plain lines: a name stays whole, to be found and copied.
    lines = [f"{file.state}: {file.path.relative_to(out)}" for file in odd]
    lines += [f"{counts[state]} {state}" for state in FileState if counts[state]]
    bad = counts[FileState.ABSENT] + counts[FileState.WRONG]
    if bad:
        lines.append("To mend: run the same command again; it makes anew what is not whole.")
    show_end(lines or ["nothing is recorded here"])
    return EXIT_REFUSED if bad else EXIT_DONE
