"""How far a fit is, for whoever waits, and where it may keep what it would need to go on."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True)
class FitProgress:
    """How far a fit is.

    Parameters
    ----------
    kind : of the classifier.
    part : which fit of several it is; empty if there is one.
    done, most : epochs, trees or steps; the network may end before the most.
    loss : of the rows that teach, nats a row; NaN where it is not told.
    seconds_left : at most; NaN where it is not told.
    """

    kind: str
    done: int
    most: int
    loss: float = math.nan
    seconds_left: float = math.nan
    part: str = ""

    def __str__(self) -> str:
        """Return it in words.

        >>> print(FitProgress("network", 40, 1000, loss=0.4823, seconds_left=870.0))
        network 40/1000, loss 0.4823, at most 15 min left
        """
        part = f"{self.part}: " if self.part else ""
        words = [f"{part}{self.kind} {self.done}/{self.most}"]
        if not math.isnan(self.loss):
            words.append(f"loss {self.loss:.4f}")
        if not math.isnan(self.seconds_left):
            words.append(f"at most {_duration(self.seconds_left)} left")
        return ", ".join(words)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{math.ceil(seconds / 60)} min"


def _nobody(progress: FitProgress) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class FitWatch:
    """Who is told, and where an interrupted fit is kept. Neither changes a bit of the result.

    Parameters
    ----------
    told : after each epoch, tree or step.
    folder : for the state of a long fit; None keeps none.
    """

    told: Callable[[FitProgress], None] = _nobody
    folder: Path | None = None

    def of(self, part: str) -> FitWatch:
        """Return one that is told of a fit of several, by this name."""
        if self is UNWATCHED:
            return self
        return replace(self, told=lambda progress: self.told(replace(progress, part=part)))


UNWATCHED = FitWatch()


class Clock:
    """Tells a watcher how far a fit of so many equal parts is."""

    def __init__(self, watch: FitWatch, kind: str, most: int) -> None:
        """Begin at no part."""
        self._watch, self._kind, self._most = watch, kind, most
        self._first: tuple[int, float] | None = None

    def tell(self, done: int, loss: float = math.nan) -> None:
        """Tell that so many parts are done; the time left is by the mean of those but the first.

        The first takes longer, for what the fit sets up, and tells of no time left.
        """
        now = time.perf_counter()
        left = math.nan
        if self._first is None:
            self._first = (done, now)
        elif done > self._first[0]:
            left = (now - self._first[1]) / (done - self._first[0]) * (self._most - done)
        self._watch.told(FitProgress(self._kind, done, self._most, loss, left))
