"""A patient's visits after surgery, from the BIDS table of sessions, and what they amount to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gliofront.cohort.adjudication import Adjudication, Verdict, adjudicate
from gliofront.cohort.follow_up import FollowUpVisit
from gliofront.cohort.progression_rules import ProgressionRules
from gliofront.cohort.ratings import LUMIERE_RATING_COLUMN
from gliofront.cohort.tables import read_table
from gliofront.foundation.errors import InputRefused

DAYS = "days_since_surgery"
_NUMBERS = ("days_since_radiotherapy", "volume_ml", "product_mm2")
_RATINGS = ("rating", LUMIERE_RATING_COLUMN)
_YES_NO = {"": None, "0": False, "false": False, "no": False, "1": True, "true": True, "yes": True}
PROGRESSED = (Verdict.CONFIRMED, Verdict.PROBABLE)


@dataclass(frozen=True)
class FollowUpCourse:
    """What a patient's dated visits amount to.

    Parameters
    ----------
    table : the file that tells of them.
    verdict : on the visits, with its reason.
    session : BIDS label of the visit at which progression was first seen; empty if none was.
    """

    table: Path
    verdict: Adjudication
    session: str

    @property
    def progressed(self) -> bool:
        """Whether there is a first progression, confirmed or probable."""
        return self.verdict.verdict in PROGRESSED


def sessions_table(bids: Path, patient: str) -> Path:
    """Return the path of a patient's table of sessions.

    >>> sessions_table(Path("bids"), "01").name
    'sub-01_sessions.tsv'
    """
    return bids / f"sub-{patient}" / f"sub-{patient}_sessions.tsv"


def read_course(
    bids: Path, patient: str, rules: ProgressionRules | None = None
) -> FollowUpCourse | None:
    """Read a patient's visits and adjudicate them; None without a table that counts days.

    Rows of days before surgery, or without a day, are no visits after surgery.

    Parameters
    ----------
    bids : the cohort's folder, with ``sub-X/sub-X_sessions.tsv``: session_id, days_since_surgery
        and, where known, days_since_radiotherapy, volume_ml, product_mm2, new_enhancement (yes or
        no), and rating (or LUMIERE's column of it).

    Raises
    ------
    InputRefused
        If a cell is no number or no known word, or two sessions have one name.
    """
    path = sessions_table(bids, patient)
    if not path.exists():
        return None
    rows = read_table(path)
    if not rows or DAYS not in rows[0]:
        return None
    named = [(_session(row, path), _visit(row, path)) for row in rows]
    dated = [(name, visit) for name, visit in named if visit is not None]
    if len({name for name, _ in named}) != len(named):
        raise InputRefused(path, "a session stands twice", "keep one row a session")
    dated.sort(key=lambda one: one[1].days_since_surgery)
    verdict = adjudicate([visit for _, visit in dated], rules)
    session = ""
    if verdict.verdict in PROGRESSED and verdict.index is not None:
        session = dated[verdict.index][0]
    return FollowUpCourse(path, verdict, session)


def _session(row: Mapping[str, str], path: Path) -> str:
    name = row.get("session_id", "").removeprefix("ses-")
    if not name:
        raise InputRefused(path, "a row has no session_id", "name the session of each row")
    return name


def _visit(row: Mapping[str, str], path: Path) -> FollowUpVisit | None:
    day = _number(row, DAYS, path)
    if day is None or day < 0:
        return None
    rating = next((row[name] for name in _RATINGS if row.get(name)), "")
    numbers = {name: _number(row, name, path) for name in _NUMBERS}
    return FollowUpVisit(
        day, new_enhancement=_yes_no(row, "new_enhancement", path), rating=rating, **numbers
    )


def _number(row: Mapping[str, str], name: str, path: Path) -> float | None:
    text = row.get(name, "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        problem = f"{name} of session {row.get('session_id', '')!r} is {text!r}"
        raise InputRefused(path, problem, "give a number, or n/a where it is not known")
    return value


def _yes_no(row: Mapping[str, str], name: str, path: Path) -> bool | None:
    text = row.get(name, "").strip().lower()
    if text not in _YES_NO:
        problem = f"{name} of session {row.get('session_id', '')!r} is {text!r}"
        raise InputRefused(path, problem, "write yes, no, or n/a where it is not known")
    return _YES_NO[text]
