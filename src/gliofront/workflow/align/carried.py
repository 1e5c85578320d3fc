"""Points carried from before surgery to the follow-up, and by how much that errs."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gliofront.alignment.two_visits import TwoVisits, rigid_visits
from gliofront.foundation.findings import Finding, Level
from gliofront.image.grid import FloatArray
from gliofront.workflow.align.points import AXES, PointPairs, in_convention
from gliofront.workflow.align.request import Convention

STAGES = ("before", "rigid", "aligned")


@dataclass(frozen=True, eq=False)
class CarriedPoints:
    """Points before surgery, where they are expected at follow-up, and by how much that errs.

    Parameters
    ----------
    pairs : as given.
    expected : (n, 3), follow-up world, RAS+ mm.
    errors_mm : for each of `STAGES` (n,), distance at follow-up from the given place: of the same
        millimetre, of the rigid alignment, of the whole alignment; empty where none is given.
    """

    pairs: PointPairs
    expected: FloatArray
    errors_mm: Mapping[str, FloatArray]


def carry(pairs: PointPairs, visits: TwoVisits) -> CarriedPoints:
    """Return where points before surgery are expected at follow-up, and each stage's errors."""
    start = pairs.before.places
    expected = visits.to_follow_up(start)
    if pairs.after is None:
        return CarriedPoints(pairs, expected, {})
    end = pairs.after.places
    turned = rigid_visits(visits.rigid, visits.pull.grid).to_follow_up(start)
    errors = {
        stage: np.asarray(np.linalg.norm(places - end, axis=1))
        for stage, places in zip(STAGES, (start, turned, expected), strict=True)
    }
    return CarriedPoints(pairs, expected, errors)


def apart_finding(carried: CarriedPoints, most_mm: float, subject: str) -> Finding | None:
    """Warn where points lie farther apart than tissue moves, as with other axes or another order.

    Parameters
    ----------
    most_mm : largest median error of the rigid alignment that is believed.
    subject : the table of the follow-up.
    """
    if not carried.errors_mm or (apart := np.median(carried.errors_mm["rigid"])) <= most_mm:
        return None
    return Finding(
        Level.WARNING,
        "points-apart",
        subject,
        f"after the rigid alignment its points are {apart:.0f} mm from where they are expected "
        "(median), which is farther than tissue moves",
        "check --points-convention, the unit (mm), and that both tables name the same points",
    )


def point_facts(carried: CarriedPoints, convention: Convention) -> dict[str, object]:
    """Return the number of points, their axes, and the mean and median error of each stage, mm."""
    errors = {
        stage: {"Mean": float(values.mean()), "Median": float(np.median(values))}
        for stage, values in carried.errors_mm.items()
    }
    return {"Count": len(carried.expected), "Convention": convention, "ErrorsMm": errors}


def point_rows(carried: CarriedPoints, convention: Convention) -> list[dict[str, str]]:
    """Return a row a point: place before, expected and given at follow-up, errors, all in mm."""
    pairs = carried.pairs
    blocks = {"": pairs.before.places, "expected_": carried.expected}
    if pairs.after is not None:
        blocks["given_"] = pairs.after.places
    written = {prefix: in_convention(places, convention) for prefix, places in blocks.items()}
    return [
        {"landmark": name}
        | {
            f"{prefix}{axis}": _number(places[row, n])
            for prefix, places in written.items()
            for n, axis in enumerate(AXES)
        }
        | {f"error_{s}_mm": _number(values[row]) for s, values in carried.errors_mm.items()}
        for row, name in enumerate(pairs.before.names)
    ]


def _number(value: float) -> str:
    """Return a number of micrometres at best, without a negative zero.

    >>> _number(-0.00001), _number(12.34567)
    ('0.000', '12.346')
    """
    return f"{round(float(value), 3) + 0.0:.3f}"


def csv_text(rows: Sequence[Mapping[str, str]]) -> str:
    r"""Return rows as comma-separated text; the keys of the first row are its columns.

    >>> csv_text([{"a": "1", "b": "2"}])
    'a,b\n1,2\n'
    """
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
