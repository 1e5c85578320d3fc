"""The target: where the tumour enhances at progression and did not before surgery."""

from __future__ import annotations

from gliofront.image.volume import BoolArray


def progression_target(at_progression: BoolArray, before: BoolArray, brain: BoolArray) -> BoolArray:
    """Return enhancing at progression minus enhancing before surgery, in the brain.

    Parameters
    ----------
    at_progression : (X, Y, Z) bool, enhancing region at progression on the pre-operative grid.
    before : pre-operative enhancing region with necrosis; counting it would flatter every plan.
    brain : brain mask before surgery.
    """
    return at_progression & ~before & brain
