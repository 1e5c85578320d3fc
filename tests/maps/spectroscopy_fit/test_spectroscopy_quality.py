from dataclasses import replace

import numpy as np
import pytest
from spectroscopy_singlets import PRESS, decayed, noise, singlets

from gliofront.maps.spectroscopy.concentrations import (
    RELAXATION,
    left_by_relaxation,
    millimolar,
    water_amplitude,
)
from gliofront.maps.spectroscopy.model import build_model
from gliofront.maps.spectroscopy.quality import REASONS, measure, refusal
from gliofront.maps.spectroscopy.settings import GateSettings, WaterSettings
from gliofront.maps.spectroscopy.spectrum_fit import fit_spectrum

MODEL = build_model(singlets())
GENERATOR = np.random.default_rng(0)


def width_of(fid):
    """Return the full width at half maximum of the tallest line, from the spectrum itself."""
    size = 2**17
    real = np.fft.fft(fid * np.exp(2j * np.pi * 300 * PRESS.time_s), n=size).real
    top = int(real.argmax())
    half = real[top] / 2
    right = top + int(np.argmax(real[top:] < half))
    left = top - int(np.argmax(real[top::-1] < half))
    return (right - left - 1) / (size * PRESS.dwell_s)


@pytest.mark.parametrize(("damping", "gauss"), [(5.0, 10.0), (15.0, 3.0), (3.0, 20.0)])
def test_line_width_is_that_of_the_line(damping, gauss):
    fit = fit_spectrum(decayed(damping, gauss) + noise(GENERATOR, 0.05), MODEL)
    time = PRESS.time_s
    expected = width_of(np.exp(-damping * time - (gauss * time) ** 2))
    quality = measure(fit, MODEL)
    assert quality.fwhm_hz == pytest.approx(expected, rel=0.03)
    assert quality.fwhm_ppm == pytest.approx(quality.fwhm_hz / 127.7)


def test_signal_to_noise_is_the_tallest_peak_over_the_noise():
    clean = decayed()
    fit = fit_spectrum(clean + noise(GENERATOR, 1.0), MODEL)
    tallest = MODEL.window.spectrum(clean).real.max()
    assert measure(fit, MODEL).snr == pytest.approx(tallest / np.sqrt(PRESS.points), rel=0.1)


def test_lipids_do_not_count_as_signal():
    fid = 100 * singlets().fids[3] * np.exp(-10 * PRESS.time_s) + noise(GENERATOR, 1.0)
    fit = fit_spectrum(fid, MODEL)
    quality = measure(fit, MODEL)
    assert refusal(fit, quality) == "low_snr"


@pytest.mark.parametrize(
    ("fid", "reason"),
    [
        (decayed() + noise(GENERATOR, 0.5), None),
        (decayed() + noise(GENERATOR, 40.0), "low_snr"),
        (decayed(damping=50.0, gauss=30.0) + noise(GENERATOR, 0.2), "broad_lines"),
        (
            decayed() * (1 + 0.9 * np.cos(2 * np.pi * 12.0 * PRESS.time_s))
            + noise(GENERATOR, 0.05),
            "misfit",
        ),
    ],
)
def test_each_gate_names_its_reason(fid, reason):
    fit = fit_spectrum(fid, MODEL)
    assert refusal(fit, measure(fit, MODEL)) == reason
    assert reason is None or reason in REASONS


def test_gates_are_settings():
    fit = fit_spectrum(decayed() + noise(GENERATOR, 0.5), MODEL)
    strict = GateSettings(most_fwhm_ppm=0.02)
    assert refusal(fit, measure(fit, MODEL), strict) == "broad_lines"


def test_the_amplitude_of_water_is_that_at_time_0():
    time = PRESS.time_s
    signals = np.stack([700 * np.exp(-25 * time - (12 * time) ** 2 + 1j), 0 * time])
    signals[0, 0] *= 0.4  # as a receiver's filter may
    seen = water_amplitude(signals, PRESS)
    assert seen[0] == pytest.approx(700.0, rel=1e-6)
    assert np.isnan(seen[1])


def test_concentrations_come_back():
    settings = WaterSettings()
    t1_s, t2_ms = RELAXATION["tCr"]
    amount_mm = 8.0
    gain = 0.037
    metabolite = gain * amount_mm * left_by_relaxation(PRESS, t1_s, t2_ms)
    left = left_by_relaxation(PRESS, settings.t1_s, settings.t2_ms)
    water = gain * 2 * settings.concentration_mm * left
    assert metabolite * millimolar("tCr", water, PRESS) == pytest.approx(amount_mm)


def test_an_unknown_repetition_time_counts_as_long():
    unknown = replace(PRESS, tr_s=float("nan"))
    assert left_by_relaxation(unknown, 1.3, 200.0) == pytest.approx(np.exp(-144.0 / 200.0))
