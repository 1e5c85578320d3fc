"""Two visits on each other: regions on the pre-operative scan, volumes, points, findings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from gliofront.alignment.longitudinal import LongitudinalAlignment
from gliofront.alignment.two_visits import TwoVisits
from gliofront.foundation.findings import Finding
from gliofront.image.grid import Grid
from gliofront.image.resample import resample_labels
from gliofront.image.volume import BoolArray, LabelVolume
from gliofront.regions.progression import progression_target
from gliofront.workflow.align.carried import CarriedPoints
from gliofront.workflow.align.regions import PairRegions
from gliofront.workflow.align.visit import ReadyVisit


@dataclass(frozen=True, eq=False)
class PairResult:
    """All that came of two visits.

    Parameters
    ----------
    before, after : the visits.
    regions : each on the grid of its visit.
    found : the alignment.
    points : where points were given.
    findings : all of them.
    """

    before: ReadyVisit
    after: ReadyVisit
    regions: PairRegions
    found: LongitudinalAlignment
    points: CarriedPoints | None
    findings: tuple[Finding, ...]

    @property
    def native(self) -> Grid:
        """The grid of the pre-operative T1C file."""
        return self.before.read.native

    def before_onto(self, mask: BoolArray, grid: Grid) -> BoolArray:
        """Return a region of the visit before surgery on another grid of its world."""
        labels = LabelVolume.from_mask(self.before.grid, mask, "it")
        return resample_labels(labels, grid).mask("it")

    def after_onto(self, mask: BoolArray, grid: Grid, visits: TwoVisits | None = None) -> BoolArray:
        """Return a region of the follow-up on a grid of the pre-operative world.

        Parameters
        ----------
        visits : the transform, if not the one that was chosen.
        """
        how = visits or self.found.visits
        return how.mask_onto(mask, self.after.grid, grid)

    def progression_on(self, grid: Grid) -> BoolArray:
        """Return what enhances at follow-up and did not before, in the brain."""
        return progression_target(
            self.after_onto(self.regions.lesion.mask, grid),
            self.before_onto(self.regions.tumour.mask, grid),
            self.before_onto(self.before.brain, grid),
        )

    @cached_property
    def progression(self) -> LabelVolume:
        """The progression, on the grid of the pre-operative file."""
        return LabelVolume.from_mask(self.native, self.progression_on(self.native), "progression")

    @cached_property
    def cavity(self) -> LabelVolume:
        """The cavity, on the grid of the pre-operative file."""
        mask = self.after_onto(self.regions.cavity.mask, self.native)
        return LabelVolume.from_mask(self.native, mask, "cavity")

    def lesions(self) -> dict[str, LabelVolume]:
        """Return the lesions as used, "pre" and "post", each on the grid of its own file."""
        regions = self.regions
        pairs = {"pre": (self.before, regions.tumour), "post": (self.after, regions.lesion)}
        return {
            when: resample_labels(
                LabelVolume.from_mask(visit.grid, region.mask, "lesion"), visit.read.native
            )
            for when, (visit, region) in pairs.items()
        }

    def volumes_ml(self) -> dict[str, float]:
        """Return the volume of each region, mL, in the scan that it was drawn on."""
        regions, voxel = self.regions, self.after.grid.voxel_ml
        return {
            "LesionBefore": float(regions.tumour.mask.sum()) * self.before.grid.voxel_ml,
            "LesionAtFollowUp": float(regions.lesion.mask.sum()) * voxel,
            "CavityAtFollowUp": float(regions.cavity.mask.sum()) * voxel,
            "CavityInPreop": self.cavity.volume_ml("cavity"),
            "Progression": self.progression.volume_ml("progression"),
        }
