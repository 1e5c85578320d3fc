"""Measured dual-echo curves of a leaky tumour: TR 1.5 s, TE 2 and 30 ms, flip 60 degrees."""

import numpy as np
import pytest
from perfusion_data import FOLDER, measured, needs_curves

from gliofront.maps.perfusion.bolus import find_bolus
from gliofront.maps.perfusion.cbv import integral
from gliofront.maps.perfusion.leakage import fit_leakage
from gliofront.maps.perfusion.recovery import signal_recovery
from gliofront.maps.perfusion.relaxivity import delta_r2star, dual_echo_delta_r2star
from gliofront.maps.perfusion.settings import PerfusionSettings

pytestmark = needs_curves
TR_S = 1.5


@pytest.fixture(scope="module")
def ratios():
    """Return the tumour's blood volume over white matter's, and K2, by echoes and model."""
    assert FOLDER.exists()
    curves = measured()
    bolus, _ = find_bolus(curves["NAWM_SIt"][1], TR_S, PerfusionSettings())
    both = np.stack([curves["tumor_SIt"], curves["NAWM_SIt"]])
    made = {
        1: delta_r2star(both[:, 1], bolus.baseline, 30.0),
        2: dual_echo_delta_r2star(both[:, 0], both[:, 1], bolus.baseline, (2.0, 30.0)),
    }
    found = {}
    for echoes, pair in made.items():
        for model in ("none", "boxerman-weisskoff", "leu"):
            fit = fit_leakage(pair, pair[1], bolus, PerfusionSettings(leakage=model))
            volume = integral(fit.corrected(pair), TR_S, bolus.window("first-pass"))
            found[echoes, model] = (volume[0] / volume[1], fit.k2[0])
    return found


def test_t1_leakage_hides_the_tumour_from_one_echo(ratios):
    assert ratios[1, "none"][0] < 0 < ratios[2, "none"][0]
    assert ratios[1, "boxerman-weisskoff"][1] > 0


@pytest.mark.parametrize("model", ["boxerman-weisskoff", "leu"])
def test_correction_moves_one_echo_towards_two(ratios, model):
    target = ratios[2, model][0]
    assert abs(ratios[1, model][0] - target) < abs(ratios[1, "none"][0] - target) - 0.3


@pytest.mark.parametrize("model", ["boxerman-weisskoff", "leu"])
def test_two_echoes_still_see_t2star_of_the_leaked_agent(ratios, model):
    assert ratios[2, model][1] < 0
    assert ratios[2, model][0] < ratios[2, "none"][0]


def test_the_tumour_overshoots_and_white_matter_recovers():
    curves = measured()
    bolus, _ = find_bolus(curves["NAWM_SIt"][1], TR_S, PerfusionSettings())
    tumour, white = signal_recovery(
        np.stack([curves["tumor_SIt"][1], curves["NAWM_SIt"][1]]), bolus, 15.0
    )
    assert white == pytest.approx(100, abs=10)
    assert tumour > 200
