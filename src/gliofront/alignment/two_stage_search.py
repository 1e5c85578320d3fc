"""Both visits on one working grid, and the searches of the two stages there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from gliofront.alignment.calming import calmed
from gliofront.alignment.deformable import register_deformable
from gliofront.alignment.displacement import Displacement
from gliofront.alignment.likeness import local_likeness
from gliofront.alignment.longitudinal_settings import LongitudinalSettings
from gliofront.alignment.transforms import Matrix, inverse
from gliofront.alignment.tumour_to_cavity import tumour_to_cavity
from gliofront.alignment.two_visits import ToFollowUp, TwoVisits, rigid_visits
from gliofront.image.grid import FloatArray, Grid
from gliofront.image.resample import crop_grid, resample_labels, resample_volume, working_grid
from gliofront.image.volume import BoolArray, LabelVolume, Volume

_AROUND_MM = 4.0


@dataclass(frozen=True, eq=False)
class Visit:
    """One visit of a patient; regions are on the grid of the T1C.

    Parameters
    ----------
    images : sequence to image, T1C among them, all in the T1C's world.
    brain, enhancing, cavity : (X, Y, Z) bool; enhancing with necrosis; before surgery no cavity.
    """

    images: Mapping[str, Volume]
    brain: BoolArray
    enhancing: BoolArray
    cavity: BoolArray

    @property
    def t1c(self) -> Volume:
        """The T1C."""
        return self.images["T1C"]

    @property
    def grid(self) -> Grid:
        """The grid of the T1C and of the regions."""
        return self.t1c.grid


@dataclass(frozen=True)
class Score:
    """What a candidate is judged by.

    Parameters
    ----------
    likeness : of the tissue about the tumour, mean squared local correlation, 0 to 1.
    overlap : Dice of the former tumour and what treatment left of it, 0 to 1; 0 where no cavity
        and no tumour left in place is known.
    """

    likeness: float
    overlap: float


@dataclass(frozen=True, eq=False)
class Found:
    """What a non-linear search found from a start, before it is calmed."""

    start: TwoVisits
    pull: Displacement


@dataclass(frozen=True, eq=False)
class TwoStageSearch:
    """Both visits on the working grid; regions before surgery are (X, Y, Z)."""

    before: Visit
    after: Visit
    settings: LongitudinalSettings
    grid: Grid
    brain: BoolArray
    tumour: BoolArray
    away_mm: FloatArray
    rigid: TwoVisits

    @classmethod
    def begun(
        cls, before: Visit, after: Visit, rigid: Matrix, settings: LongitudinalSettings
    ) -> TwoStageSearch:
        """Bring what was before surgery onto the working grid.

        Parameters
        ----------
        rigid : (4, 4), pre-operative world to the follow-up's, from which all starts.
        """
        whole = working_grid(before.grid, settings.working_mm)
        grid = crop_grid(whole, _onto(before.brain, before.grid, whole), 2 * _AROUND_MM)
        brain, tumour = (_onto(m, before.grid, grid) for m in (before.brain, before.enhancing))
        away = ndimage.distance_transform_edt(~tumour, sampling=grid.spacing)
        still = rigid_visits(rigid, grid)
        return cls(before, after, settings, grid, brain, tumour, away, still)

    def to_cavity(self) -> TwoVisits | None:
        """Return the first stage, or None where no cavity lies where the tumour was."""
        left = self._left(self.rigid)
        # A cavity elsewhere, or one that was outlined wrongly, would drag the brain along.
        if not left.any() or dice(left, self.tumour) < self.settings.least_overlap:
            return None
        move = tumour_to_cavity(self.tumour, left, self.grid, self.settings.reach_mm)
        return TwoVisits(self.rigid.rigid, move, move.inverted())

    def of_brain(self, start: TwoVisits) -> Found:
        """Search the rest of the movement from a start, by the tissue that both visits show."""
        pairs = [
            (self._sliced(name), start.volume_onto(image, self.grid))
            for name, image in self.after.images.items()
            if name in self.before.images
        ]
        pull, _ = register_deformable(
            pairs,
            fixed_mask=near(self.brain, self.grid, _AROUND_MM) & ~self._cut(self.tumour),
            moving_mask=self._matched_after(start),
            iterations=self.settings.iterations,
            radius=self.settings.radius,
        )
        return Found(start, pull)

    def believed(self, found: Found) -> TwoVisits:
        """Return the transform of what was found, calmed as the settings say, with its inverse."""
        local = (self.settings.local_near_mm, self.settings.local_far_mm)
        rest = self.calm(found, self.settings.smooth_mm, local)
        start = found.start
        push = start.push.then(rest.inverted())
        return TwoVisits(start.rigid, rest.then(start.pull), push)

    def calm(self, found: Found, smooth_mm: float, local_mm: tuple[float, float]) -> Displacement:
        """Return what is believed of a search's own movement, without its start."""
        trusted = self.brain & ~self._cut(self.tumour)
        return calmed(found.pull, trusted, self.away_mm, smooth_mm, local_mm)

    def scores(self, candidates: Mapping[str, TwoVisits]) -> dict[str, Score]:
        """Return the score of each candidate, over one region for all of them."""
        where = self.brain & ~self._cut(self.tumour) & (self.away_mm <= self.settings.judged_mm)
        for visits in candidates.values():
            where &= self._matched_after(visits)
        before, after = self._sliced("T1C"), self.after.images["T1C"]
        return {
            name: Score(
                local_likeness(before, visits.volume_onto(after, self.grid), where),
                dice(self._left(visits), self.tumour),
            )
            for name, visits in candidates.items()
        }

    def _sliced(self, name: str) -> Volume:
        """Return an image before surgery as the follow-up's voxels would have shown it.

        Thick slices on one side alone would look like movement.
        """
        image, other = self.before.images[name], self.after.images[name]
        there = resample_volume(image, other.grid, pull=inverse(self.rigid.rigid))
        return self.rigid.volume_onto(there, self.grid)

    def _left(self, visits: ToFollowUp) -> BoolArray:
        """Return what is left of the tumour: the cavity, and enhancement where it was."""
        enhancing = self._region(visits, self.after.enhancing)
        return self._region(visits, self.after.cavity) | (enhancing & self.tumour)

    def _matched_after(self, visits: ToFollowUp) -> BoolArray:
        """Return where the follow-up shows tissue that was there before, as moved so far."""
        brain = near(self._region(visits, self.after.brain), self.grid, _AROUND_MM)
        cavity, enhancing = (
            self._region(visits, mask) for mask in (self.after.cavity, self.after.enhancing)
        )
        return brain & ~self._cut(cavity) & ~self._cut(enhancing)

    def _region(self, visits: ToFollowUp, mask: BoolArray) -> BoolArray:
        return visits.mask_onto(mask, self.after.grid, self.grid)

    def _cut(self, mask: BoolArray) -> BoolArray:
        return near(mask, self.grid, self.settings.margin_mm)


def dice(one: BoolArray, other: BoolArray) -> float:
    """Return the Dice coefficient of two masks, 0 if both are empty."""
    size = int(np.count_nonzero(one) + np.count_nonzero(other))
    return 2 * int(np.count_nonzero(one & other)) / size if size else 0.0


def near(mask: BoolArray, grid: Grid, margin_mm: float) -> BoolArray:
    """Return a mask widened by a margin in mm."""
    if not mask.any():
        return mask
    away = ndimage.distance_transform_edt(~mask, sampling=grid.spacing)
    return np.asarray(away <= margin_mm)


def _onto(mask: BoolArray, source: Grid, grid: Grid) -> BoolArray:
    return resample_labels(LabelVolume.from_mask(source, mask, "it"), grid).mask("it")
