"""The follow-up scan onto the brain before surgery, in two stages, and which way of it won.

First the tumour onto its cavity, kept local; then the brain, non-linearly, without tumour, cavity
and new enhancement. Both are tried alone and together, beside the rigid alignment. The one that
scores best is taken: tissue about the tumour is alike, and the cavity lies where the tumour was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gliofront.alignment.displacement import all_places
from gliofront.alignment.longitudinal_settings import LongitudinalSettings
from gliofront.alignment.rigid import RigidAlignment, register_rigid
from gliofront.alignment.settings import AlignmentSettings
from gliofront.alignment.two_stage_search import Found, Score, TwoStageSearch, Visit
from gliofront.alignment.two_visits import ToFollowUp, TwoVisits
from gliofront.alignment.variants import draw_variants
from gliofront.foundation.errors import InputRefused

RIGID = "rigid"
LOCAL = "tumour to cavity"
BRAIN = "brain"
BOTH = "tumour to cavity, then brain"


@dataclass(frozen=True, eq=False)
class LongitudinalAlignment:
    """How the follow-up lies on the brain before surgery.

    Parameters
    ----------
    visits : the transform that was taken.
    chosen : its name, one of the keys of scores.
    scores : candidate to what it was judged by; see `Score`.
    variants : the same, repeated from other starts and beliefs; how far they part tells how far
        the transform can be trusted.
    rigid : the rigid alignment that all start from.
    smallest_jacobian : least local change of volume in the brain; 0 or less is a fold.
    folded : voxels of the brain that fold.
    inverse_mm : largest distance in the brain by which there and back misses.
    """

    visits: TwoVisits
    chosen: str
    scores: Mapping[str, Score]
    variants: tuple[ToFollowUp, ...]
    rigid: RigidAlignment
    smallest_jacobian: float
    folded: int
    inverse_mm: float


def align_visits(
    before: Visit,
    after: Visit,
    settings: LongitudinalSettings | None = None,
    rigid_settings: AlignmentSettings | None = None,
    *,
    rigid: RigidAlignment | None = None,
) -> LongitudinalAlignment:
    """Align a follow-up visit to the visit before surgery.

    Parameters
    ----------
    before : with the enhancing tumour; images that both visits have take part.
    after : with what is known of cavity and enhancement, each possibly empty.
    rigid : the rigid alignment of the two T1C, if it is known.

    Raises
    ------
    InputRefused
        If the tumour before surgery or a brain is empty.
    """
    settings = settings or LongitudinalSettings()
    if not before.enhancing.any():
        raise InputRefused("tumour before surgery", "the region is empty", "give its mask")
    images = before.images["T1C"], after.images["T1C"]
    rigid = rigid or register_rigid(*images, fixed_mask=before.brain, settings=rigid_settings)
    search = TwoStageSearch.begun(before, after, rigid.pull, settings)
    found = _searched(search)
    candidates = _candidates(search, found)
    scores = search.scores(candidates)
    chosen = _best(scores, settings)
    visits = candidates[chosen]
    jacobian = visits.pull.jacobian()[search.brain]
    return LongitudinalAlignment(
        visits,
        chosen,
        scores,
        draw_variants(search, visits, list(found.values())),
        rigid,
        float(jacobian.min()),
        int(np.count_nonzero(jacobian <= 0)),
        _inverse_miss(visits, search),
    )


def _searched(search: TwoStageSearch) -> dict[str, Found]:
    """Search the brain's movement from the rigid alignment, and from the cavity if there is one."""
    found = {BRAIN: search.of_brain(search.rigid)}
    local = search.to_cavity()
    return found if local is None else found | {BOTH: search.of_brain(local)}


def _candidates(search: TwoStageSearch, found: Mapping[str, Found]) -> dict[str, TwoVisits]:
    candidates = {RIGID: search.rigid}
    if BOTH in found:
        candidates[LOCAL] = found[BOTH].start
    return candidates | {name: search.believed(one) for name, one in found.items()}


def _best(scores: Mapping[str, Score], settings: LongitudinalSettings) -> str:
    """Return the best candidate; the rigid one without a clear gain, or where none can be told."""
    total = {n: s.likeness + settings.overlap_weight * s.overlap for n, s in scores.items()}
    if not np.isfinite(total[RIGID]):
        return RIGID
    best = max(total, key=lambda name: np.nan_to_num(total[name], nan=-np.inf))
    return best if total[best] >= total[RIGID] + settings.least_gain else RIGID


def _inverse_miss(visits: TwoVisits, search: TwoStageSearch) -> float:
    places = all_places(search.grid)[search.brain]
    back = visits.to_preop(visits.to_follow_up(places))
    return float(np.linalg.norm(back - places, axis=1).max())


def chosen_text(chosen: str) -> str:
    """Say which alignment was taken.

    >>> chosen_text("brain")
    'aligned by: brain'
    """
    if chosen == RIGID:
        return "the rigid alignment was kept: no movement fits clearly better"
    return f"aligned by: {chosen}"
