"""Several files that belong together: all of them appear, or none."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gliofront.foundation.errors import InputRefused, UsageRefused


def refuse_existing(paths: Iterable[Path]) -> None:
    """Refuse to overwrite: name the first of the paths that is there."""
    for path in paths:
        if path.exists():
            mend = "name another output folder, or move the file away"
            raise UsageRefused(path, "the file exists, and is not overwritten", mend)


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """Give a hidden folder to write into; its files move into ``folder`` when the block ends well.

    After a failure or an interrupt nothing of it stays, nor the folder if it was made for this.

    Raises
    ------
    UsageRefused
        If a file of the same name has appeared in the meantime.
    InputRefused
        If the system refuses (no space, read-only, a file of that name).
    """
    made = not folder.exists()
    stage = folder / f".{secrets.token_hex(8)}.tmp"
    moved: list[Path] = []
    try:
        stage.mkdir(parents=True)
        yield stage
        files = sorted(stage.iterdir())
        refuse_existing(folder / path.name for path in files)
        for path in files:
            moved.append(folder / path.name)
            os.replace(path, moved[-1])  # noqa: PTH105 (the atomic call, by its name)
        stage.rmdir()
    except BaseException as error:
        _clear(stage, moved, folder if made else None)
        if isinstance(error, OSError):
            reason = error.strerror or type(error).__name__
            mend = "free space there or choose another output folder"
            raise InputRefused(folder, f"it cannot be written ({reason})", mend) from error
        raise


def _clear(stage: Path, moved: Iterable[Path], folder: Path | None) -> None:
    shutil.rmtree(stage, ignore_errors=True)
    for path in moved:
        path.unlink(missing_ok=True)
    if folder is not None:
        with contextlib.suppress(OSError):
            folder.rmdir()
