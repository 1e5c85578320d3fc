"""How sure an alignment is: the same once more from other starts and with other beliefs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gliofront.alignment.transforms import Matrix, rigid_matrix
from gliofront.alignment.two_stage_search import Found, TwoStageSearch
from gliofront.alignment.two_visits import ToFollowUp
from gliofront.image.grid import FloatArray

_SHIFT_MM, _TURN_DEGREES = 0.7, 0.4
"""How far a rigid alignment of two scans of one brain errs, about (docs/validation.md)."""
_SMOOTHING = (0.5, 1.6)
_LOCALITY = (0.6, 1.6)
_START_ALONE = 0.25


def draw_variants(
    search: TwoStageSearch, chosen: ToFollowUp, found: Sequence[Found]
) -> tuple[ToFollowUp, ...]:
    """Return as many repeats of an alignment as the settings ask for; the chosen one is the first.

    A repeat takes one of the searches or their starts, smooths it more or less, lets it reach less
    or further, and errs in its pose: what could have been decided otherwise. The searches, which
    take the time, are not made again.
    """
    rng = np.random.default_rng(search.settings.seed)
    repeats = range(1, search.settings.repeats)
    centre = np.asarray(search.grid.to_world(np.argwhere(search.brain).mean(0)))
    return (chosen, *(_variant(rng, search, found, centre) for _ in repeats))


def _variant(
    rng: np.random.Generator, search: TwoStageSearch, found: Sequence[Found], centre: FloatArray
) -> ToFollowUp:
    one = found[int(rng.integers(len(found)))]
    smooth = search.settings.smooth_mm * float(rng.uniform(*_SMOOTHING))
    reach = float(rng.uniform(*_LOCALITY))
    local = (reach * search.settings.local_near_mm, reach * search.settings.local_far_mm)
    pull = one.start.pull
    if rng.random() >= _START_ALONE:
        pull = search.calm(one, smooth, local).then(pull)
    visits = ToFollowUp(one.start.rigid, pull)
    return visits.for_image(_jitter(rng, visits.to_follow_up(centre)))


def _jitter(rng: np.random.Generator, centre: FloatArray) -> Matrix:
    turn = _TURN_DEGREES * rng.standard_normal(3)
    return rigid_matrix(turn, _SHIFT_MM * rng.standard_normal(3), centre)
