"""The promise of the conformal plan, on simulated patients."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gliofront.evaluation.conformal import controlled_share, controlled_volume_ml
from gliofront.evaluation.coverage import CoverageCurve, coverage_curve
from gliofront.foundation.errors import InputRefused


def patients(rng, n):
    """Regions, prevalences and skill differ from patient to patient."""
    found = []
    for _ in range(n):
        voxels = int(rng.integers(60, 200))
        truth = rng.random(voxels) < rng.uniform(0.05, 0.4)
        truth[0] = True
        score = rng.normal(size=voxels) + rng.uniform(0, 2.5) * truth
        found.append(coverage_curve(truth, score, np.zeros(voxels), 0.1))
    return found


def at_share(curve, share):
    return curve.at(share * curve.region_ml).value


@pytest.mark.parametrize("most_missed", [0.1, 0.3])
def test_new_patients_are_covered_as_promised(most_missed):
    rng = np.random.default_rng(0)
    by_volume, by_share = [], []
    for _ in range(100):
        known, new = patients(rng, 20), patients(rng, 15)
        volume, share = (f(known, most_missed) for f in (controlled_volume_ml, controlled_share))
        by_volume.append(np.mean([1 - c.at(volume).value for c in new]))
        by_share.append(np.mean([1 - at_share(c, share) for c in new]))
    for missed in (np.array(by_volume), np.array(by_share)):
        error = missed.std() / 10
        assert missed.mean() <= most_missed + 3 * error
        # Nor is more volume given away than the correction for n + 1 asks for.
        assert missed.mean() >= most_missed - 1 / 21 - 3 * error - 0.02


def test_is_the_smallest_of_all_plans():
    known = patients(np.random.default_rng(1), 12)
    volume = controlled_volume_ml(known, 0.25)

    def corrected(at):
        return (sum(1 - c.at(at).value for c in known) + 1) / 13

    assert corrected(volume) <= 0.25
    assert corrected(volume - 0.1) > 0.25


def test_too_small_a_cohort_gives_no_finite_plan():
    known = patients(np.random.default_rng(2), 9)
    for control in (controlled_volume_ml, controlled_share):
        assert control(known, 0.09) == math.inf
        assert math.isfinite(control(known, 0.1))
        assert control([], 0.5) == math.inf
        assert control(known, 1.0) == 0.0
    assert controlled_share(known, 0.1) <= 1.0


def test_patients_without_progression_do_not_help():
    known = patients(np.random.default_rng(3), 9)
    nothing = CoverageCurve(np.zeros(0, dtype=np.intp), 50, 0.1)
    assert controlled_volume_ml([*known, *[nothing] * 9], 0.09) == math.inf
    mixed = controlled_volume_ml([*known, nothing], 0.3)
    assert mixed == controlled_volume_ml(known, 0.3)


def test_targets_that_are_no_share_are_refused():
    for target in (-0.1, 1.1, math.nan):
        with pytest.raises(InputRefused, match="not between 0 and 1"):
            controlled_volume_ml([], target)
