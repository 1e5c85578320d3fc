"""Basis sets chosen from, joined, brought to other sampling and to the scale of protons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from spectroscopy_files import PRESS_30, damped

from gliofront.foundation.errors import InputRefused
from gliofront.maps.spectroscopy.acquisition import Acquisition, signal, spectrum
from gliofront.maps.spectroscopy.basis import Basis
from gliofront.maps.spectroscopy.basis_scale import in_protons, singlet_amplitude
from gliofront.maps.spectroscopy.macromolecules import macromolecules
from gliofront.maps.spectroscopy.simulate_basis import simulate_basis


def damped_basis(acquisition: Acquisition, width_hz: float = 2.0) -> Basis:
    basis = simulate_basis(acquisition, ["NAA", "Cr", "Ins", "Glu"])
    return replace(basis, fids=damped(basis.fids, acquisition, width_hz))


def test_spectrum_is_ascending_in_ppm_and_undone():
    random = np.random.default_rng(3)
    fids = random.normal(size=(2, 3, 64)) + 1j * random.normal(size=(2, 3, 64))
    np.testing.assert_allclose(signal(spectrum(fids)), fids, atol=1e-12)
    assert np.all(np.diff(PRESS_30.ppm) > 0)
    high = np.exp(2j * np.pi * 100 * PRESS_30.time_s)
    assert PRESS_30.ppm[np.argmax(np.abs(spectrum(high)))] > 4.65


def test_only_keeps_order_and_kinds():
    both = simulate_basis(PRESS_30, ["NAA", "Cr"]).joined(macromolecules(PRESS_30, ["MM09"]))
    few = both.only(["MM09", "NAA"])
    assert (few.names, few.kinds) == (("MM09", "NAA"), ("macromolecule", "metabolite"))
    np.testing.assert_array_equal(few.fids[1], both.fids[0])
    with pytest.raises(InputRefused, match="it has no Ethanol"):
        both.only(["Ethanol"])


def test_joining_another_acquisition_is_refused():
    other = macromolecules(replace(PRESS_30, te_ms=144.0), ["MM09"])
    with pytest.raises(InputRefused, match="different acquisitions"):
        simulate_basis(PRESS_30, ["Cr"]).joined(other)


@pytest.mark.parametrize(
    "other",
    [
        replace(PRESS_30, dwell_s=2.5e-4, points=2048),
        replace(PRESS_30, dwell_s=8e-4, points=512),
        replace(PRESS_30, dwell_s=1 / 1700.0, points=800, centre_ppm=3.0),
        replace(PRESS_30, points=512),
    ],
    ids=["finer", "coarser", "odd, other centre", "cut"],
)
def test_resampled_basis_is_the_one_simulated_there(other):
    wide = replace(other, centre_ppm=4.65)
    resampled = damped_basis(PRESS_30).resampled(other)
    shift = np.exp(2j * np.pi * (4.65 - other.centre_ppm) * other.field_mhz * other.time_s)
    expected = damped_basis(wide).fids * shift
    known = other.time_s <= PRESS_30.time_s[-1]
    assert np.abs(resampled.fids - expected)[:, known].max() < 2e-3 * np.abs(expected).max()
    assert resampled.acquisition == other


def test_resampling_beyond_the_end_gives_zeros():
    longer = replace(PRESS_30, points=2048)
    basis = damped_basis(PRESS_30).resampled(longer)
    assert not basis.fids[:, 1024:].any()
    np.testing.assert_array_equal(basis.fids[:, :1024], damped_basis(PRESS_30).fids)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"field_mhz": 63.6}, "field"),
        ({"te_ms": 144.0}, "echo time"),
        ({"sequence": "sLASER"}, "sequence"),
    ],
)
def test_another_experiment_is_refused(change, said):
    with pytest.raises(InputRefused, match=said):
        damped_basis(PRESS_30).resampled(replace(PRESS_30, **change))


@pytest.mark.parametrize("width_hz", [0.5, 2.0, 5.0])
@pytest.mark.parametrize("scale", [1e-5, 1.0, 40.0])
def test_a_foreign_scale_is_brought_to_protons(width_hz, scale):
    basis = damped_basis(PRESS_30, width_hz)
    back = in_protons(replace(basis, fids=basis.fids * scale))
    np.testing.assert_allclose(back.fids, basis.fids, rtol=0, atol=0.02 * np.abs(basis.fids).max())


def test_singlet_amplitude_ignores_an_offset_and_a_small_shift():
    fid = 7 * np.exp(2j * np.pi * (3.02 - 4.65) * 127.7861 * PRESS_30.time_s)
    fid = damped(fid, PRESS_30, 3.0)
    fid[0] += 5
    assert singlet_amplitude(fid, PRESS_30, 3.027) == pytest.approx(7, rel=0.02)


def test_a_basis_without_singlets_keeps_its_scale():
    basis = simulate_basis(PRESS_30, ["Lac"])
    assert in_protons(basis) is basis


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"names": ("NAA", "NAA", "Ins", "Glu")}, "names repeat"),
        ({"kinds": ("metabolite",)}, "other kinds than names"),
        ({"kinds": ("metabolite",) * 3 + ("water",)}, "a kind is none of"),
        ({"fids": np.zeros((4, 7))}, "shape"),
    ],
)
def test_unsound_basis_is_refused(change, said):
    with pytest.raises(InputRefused, match=said):
        replace(damped_basis(PRESS_30), **change)


def test_signals_are_frozen():
    with pytest.raises(ValueError, match="read-only"):
        simulate_basis(PRESS_30, ["Cr"]).fids[0, 0] = 3
