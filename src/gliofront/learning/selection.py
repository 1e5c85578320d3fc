"""Which settings of learning: those that are worth most in training patients held out in turn."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from gliofront.learning.model import CandidateScore
from gliofront.learning.settings import LearningSettings


@dataclass(frozen=True)
class Choice:
    """What was chosen.

    Parameters
    ----------
    settings : of the candidate; those given where there was nothing to choose among.
    told : what each candidate was worth, the best first; none where there was nothing to choose.
    """

    settings: LearningSettings
    told: tuple[CandidateScore, ...] = ()


def choose(settings: LearningSettings, score: Callable[[LearningSettings], float]) -> Choice:
    """Return the candidate of the highest score; of equals, and if none is defined, the first.

    Parameters
    ----------
    settings : with candidates, or none.
    score : from a candidate's settings to its score in held-out patients; NaN is undefined.

    >>> among = LearningSettings(candidates=({"leaves": 7}, {"leaves": 31, "kind": "mixture"}))
    >>> found = choose(among, lambda candidate: 0.6 + candidate.leaves / 1000)
    >>> found.settings.kind, [one.candidate for one in found.told]
    ('mixture', ['kind mixture, leaves 31', 'leaves 7'])
    """
    if not settings.candidates:
        return Choice(settings)
    candidates = [settings.candidate(number) for number in range(len(settings.candidates))]
    scores = [score(candidate) for candidate in candidates]
    order = sorted(range(len(scores)), key=lambda n: _last_if_undefined(scores[n]))
    told = tuple(
        CandidateScore(candidate=_in_words(settings, number), auroc=_known(scores[number]))
        for number in order
    )
    return Choice(candidates[order[0]], told)


def _last_if_undefined(score: float) -> float:
    return math.inf if math.isnan(score) else -score


def _known(score: float) -> float | None:
    return None if math.isnan(score) else score


def _in_words(settings: LearningSettings, number: int) -> str:
    own = sorted(settings.candidates[number].items())
    return ", ".join(f"{name} {value}" for name, value in own) or "the settings as they are"
