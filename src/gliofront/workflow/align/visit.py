"""One visit made ready: its images on the grid of its T1C, without shading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gliofront.alignment.two_stage_search import Visit
from gliofront.cohort.sequences import REFERENCE
from gliofront.foundation.findings import Finding
from gliofront.image.grid import Grid
from gliofront.image.volume import BoolArray, Volume
from gliofront.workflow.align.reading import ReadVisit
from gliofront.workflow.align.settings import PairSettings
from gliofront.workflow.visit_images import images_on_t1c


@dataclass(frozen=True, eq=False)
class ReadyVisit:
    """A visit on one grid.

    Parameters
    ----------
    read : what was read.
    images : sequence to bias-corrected image on that grid.
    findings : what was seen on the way.
    """

    read: ReadVisit
    images: Mapping[str, Volume]
    findings: tuple[Finding, ...]

    @property
    def brain(self) -> BoolArray:
        """The brain on the grid of the T1C, (X, Y, Z)."""
        return self.read.brain

    @property
    def t1c(self) -> Volume:
        """The bias-corrected T1C."""
        return self.images[REFERENCE]

    @property
    def grid(self) -> Grid:
        """The grid of the T1C, axes nearest to R, A, S."""
        return self.t1c.grid

    def visit(self, enhancing: BoolArray, cavity: BoolArray | None = None) -> Visit:
        """Return the visit as the alignment takes it; without a cavity there is none."""
        empty = np.zeros(self.grid.shape, dtype=bool)
        return Visit(self.images, self.brain, enhancing, empty if cavity is None else cavity)


def make_ready(read: ReadVisit, settings: PairSettings) -> ReadyVisit:
    """Put the visit's images onto its T1C, each interpolated once, and correct their shading."""
    subjects = {name: str(path) for name, path in read.files.images.items()}
    images, findings = images_on_t1c(
        read.scans, read.brain, settings.rigid, settings.bias, subjects
    )
    return ReadyVisit(read, images, tuple(findings))
