"""How far an own outline can be trusted, judged from evidence alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Grade = Literal["good", "doubtful", "refused"]
GOOD, DOUBTFUL = 0.6, 0.3


@dataclass(frozen=True)
class Signs:
    """What the outline shows of itself; NaN where there was nothing to judge by.

    Parameters
    ----------
    volume_ml : of the outline with necrosis.
    contrast : median strength of the enhancing part over white matter, z.
    in_lesion : share of its surroundings with abnormal FLAIR, 0-1.
    asymmetric : share of its enhancing part that beats the mirrored side, 0-1.
    compactness : 0-1, a ball is 1.
    at_edge : share within 4 mm of the brain's edge, 0-1.
    gap : 1 minus runner-up's over best score, 0-1.
    captured : share of the one-sided enhancement near abnormal FLAIR that lies in the outline
        or within 2 mm of it, 0-1.
    stability : Dice of the outlines at thresholds 15 % lower and higher, 0-1.
    """

    volume_ml: float
    contrast: float
    in_lesion: float
    asymmetric: float
    compactness: float
    at_edge: float
    gap: float
    captured: float
    stability: float


@dataclass(frozen=True)
class _Rule:
    """A sign, the value at which it says nothing for the outline, and at which all."""

    sign: str
    nothing: float
    all: float
    missing: float
    complaint: str


# Missing evidence is not good evidence: without FLAIR two signs are missing, and no outline is
# better than doubtful.
_RULES = (
    _Rule("in_lesion", 0.05, 0.5, 0.65, "hardly any abnormal FLAIR lies about it"),
    _Rule("asymmetric", 0.15, 0.6, 0.65, "the other side enhances alike"),
    _Rule("contrast", 1.5, 3.0, 0.0, "it enhances weakly"),
    _Rule("compactness", 0.15, 0.4, 0.0, "it is thin or branched, like vessels or dura"),
    _Rule("at_edge", 0.9, 0.4, 0.0, "it lies along the brain's edge"),
    _Rule("gap", -0.2, 0.4, 0.0, "another body fits almost as well"),
    _Rule("captured", 0.5, 0.9, 0.65, "much enhancement about it is left out"),
    _Rule("stability", 0.45, 0.8, 0.0, "its volume depends on the threshold"),
    _Rule("volume_ml", 0.3, 2.0, 0.0, "it is very small"),
)
_FLOOR = 0.25  # one bad sign costs three quarters of the confidence, not all of it


def judge(signs: Signs) -> tuple[float, Grade, tuple[str, ...]]:
    """Return confidence 0-1, grade and reasons.

    Each sign is mapped linearly to 0 (nothing) to 1 (all); the confidence is the product of
    0.25 + 0.75 of each. Above 0.6 is good, below 0.3 refused.

    >>> best = Signs(20.0, 5.0, 0.8, 0.9, 0.7, 0.1, 0.9, 0.9, 0.95)
    >>> judge(best)
    (1.0, 'good', ())
    """
    confidence, reasons = 1.0, []
    for rule in _RULES:
        value = float(getattr(signs, rule.sign))
        support = rule.missing if np.isnan(value) else _ramp(value, rule.nothing, rule.all)
        confidence *= _FLOOR + (1 - _FLOOR) * support
        if np.isnan(value):
            reasons.append(f"it could not be judged whether {rule.complaint}")
        elif support < 0.5:
            reasons.append(f"{rule.complaint} ({rule.sign.replace('_', ' ')} {value:.2g})")
    return round(confidence, 4), grade(confidence), tuple(reasons)


def grade(confidence: float) -> Grade:
    """Return the grade of a confidence."""
    if confidence >= GOOD:
        return "good"
    return "doubtful" if confidence >= DOUBTFUL else "refused"


def _ramp(value: float, nothing: float, all_: float) -> float:
    return float(np.clip((value - nothing) / (all_ - nothing), 0.0, 1.0))
