"""What the page of a cohort shows; every part may be missing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from gliofront.report.page.html import Rows


@dataclass(frozen=True)
class Gain:
    """Coverage of the model's plan minus that of a margin of the same volume, over patients.

    Parameters
    ----------
    margin_mm : of the margin.
    mean, low, high : share of the progression, -1 to 1, with its 95 % interval; NaN if undefined.
    patients : in whom it is defined.
    """

    margin_mm: float
    mean: float
    low: float
    high: float
    patients: int

    def sentence(self) -> str:
        """Say in words whether the plan covers more.

        >>> Gain(15, 0.023, 0.004, 0.041, 20).sentence()
        'Coverage gained over the 15 mm margin at equal volume: +2.3 points (95 % interval +0.4 to \
+4.1, 20 patients).'
        """
        over = f"over the {self.margin_mm:g} mm margin at equal volume"
        if math.isnan(self.low) or math.isnan(self.high):
            return (
                f"Whether coverage is gained {over} cannot be told: "
                f"it is defined in {self.patients} patient(s), two are needed."
            )
        found = "Coverage gained" if self.low > 0 else "No coverage gained"
        found = "Coverage lost" if self.high < 0 else found
        mean, low, high = (f"{100 * v:+.1f}" for v in (self.mean, self.low, self.high))
        return (
            f"{found} {over}: {mean} points "
            f"(95 % interval {low} to {high}, {self.patients} patients)."
        )


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure: PNG or SVG, and what it shows."""

    data: bytes
    caption: str


@dataclass(frozen=True)
class NamedTable:
    """A table and its heading."""

    name: str
    rows: Rows


@dataclass(frozen=True, eq=False)
class ListedPatient:
    """A patient in the table of patients.

    Parameters
    ----------
    id : as shown.
    page : parts of the path from this page to the patient's; empty if there is none.
    thumbnail : PNG; None if there is none.
    flags : what was odd, one short phrase each.
    facts : further columns.
    """

    id: str
    page: tuple[str, ...] = ()
    thumbnail: bytes | None = None
    flags: tuple[str, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class FailedPatient:
    """A patient that could not be done, why, and how to mend it."""

    id: str
    reason: str
    mend: str = ""


@dataclass(frozen=True, eq=False)
class CohortPage:
    """A study to look at.

    Parameters
    ----------
    title : one line.
    headline : whether the model has skill over distance, in words; empty if it was not judged.
    gains : coverage against margins of the same volume.
    ladder : the model and the nulls it stands on, a row a predictor and score.
    leakage : the same model under other splits.
    figures, tables : whatever else there is.
    patients, failed : all of the cohort.
    evidence : what the program can say to items of the reporting checklists, by kind of evidence.
    methods : sentences.
    manifest : how the run was made.
    """

    title: str
    headline: str = ""
    gains: tuple[Gain, ...] = ()
    ladder: Rows = ()
    leakage: Rows = ()
    figures: tuple[Picture, ...] = ()
    tables: tuple[NamedTable, ...] = ()
    patients: tuple[ListedPatient, ...] = ()
    failed: tuple[FailedPatient, ...] = ()
    evidence: Mapping[str, str] = field(default_factory=dict)
    methods: str = ""
    manifest: Mapping[str, object] = field(default_factory=dict)
