"""What the page of a patient shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gliofront.foundation.errors import InputRefused
from gliofront.image.volume import BoolArray, Volume
from gliofront.report.page.html import Rows


class Pattern(StrEnum):
    """How a line is drawn; lines differ by more than their colour."""

    SOLID = "solid"
    DASHED = "dashed"
    DOTTED = "dotted"


@dataclass(frozen=True, eq=False)
class Region:
    """A region whose outline is drawn.

    Parameters
    ----------
    name : as it stands in the legend.
    mask : (X, Y, Z).
    colour : ``#rrggbb``.
    pattern, width : of the line; the width in pixels of the picture.
    """

    name: str
    mask: BoolArray
    colour: str
    pattern: Pattern = Pattern.SOLID
    width: float = 2.0


@dataclass(frozen=True, eq=False)
class PatientPage:
    """A patient to look at, everything on one grid whose axes are nearest to R, A, S.

    Parameters
    ----------
    title : one line.
    brain : (X, Y, Z).
    underlays : images to choose from, the first is shown first; NaN is undefined.
    probability : of progression, NaN outside its region; None if there is no map.
    regions : outlined; the crosshair starts in the first.
    origin : where the map comes from, such as a model that never saw the patient.
    volumes_ml : region to volume.
    coverage : a row a margin.
    findings : a row each.
    missing : maps that were not there.
    novelty : how far the patient lies from the training cohort; None if not known.
    sources : file to SHA-256.
    model_card : parts of the path from the page to the card; empty if there is none.
    methods : sentences.

    Raises
    ------
    InputRefused
        If there is no image, one lies on another grid, or the grid's axes run otherwise.
    """

    title: str
    brain: BoolArray
    underlays: tuple[Volume, ...]
    probability: Volume | None = None
    regions: tuple[Region, ...] = ()
    origin: str = ""
    volumes_ml: Mapping[str, float] = field(default_factory=dict)
    coverage: Rows = ()
    findings: Rows = ()
    missing: tuple[str, ...] = ()
    novelty: str | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    model_card: tuple[str, ...] = ()
    methods: str = ""

    def __post_init__(self) -> None:
        """Check that everything lies on one grid."""
        if not self.underlays:
            raise InputRefused(self.title, "there is no image to show", "prepare the patient")
        grid = self.underlays[0].grid
        if grid.axis_codes != "RAS":
            problem = f"the grid's axes run to {grid.axis_codes}, not to RAS"
            raise InputRefused(self.title, problem, "reorient the images")
        volumes = [v for v in (*self.underlays, self.probability) if v is not None]
        masks = [self.brain, *(region.mask for region in self.regions)]
        same = all(v.grid.matches(grid) for v in volumes)
        if not same or any(mask.shape != grid.shape for mask in masks):
            raise InputRefused(self.title, "images and masks lie on other grids", "resample them")
