"""LCModel's files: the real ones, our own read back, and damaged ones."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spectroscopy_files import PRESS_30, REAL, damped, needs_real

from gliofront.foundation.errors import InputRefused
from gliofront.maps.spectroscopy.acquisition import Acquisition, spectrum
from gliofront.maps.spectroscopy.fortran_text import group_text, read_groups, read_numbers
from gliofront.maps.spectroscopy.lcmodel_results import read_coord, read_table
from gliofront.maps.spectroscopy.lcmodel_text import (
    read_basis,
    read_control,
    read_raw,
    write_basis,
    write_control,
    write_raw,
)
from gliofront.maps.spectroscopy.macromolecules import macromolecules
from gliofront.maps.spectroscopy.simulate_basis import simulate_basis


def noise(points: int = 64, seed: int = 5) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.normal(size=points) + 1j * random.normal(size=points)


@needs_real
def test_real_basis_is_read():
    basis = read_basis((REAL / "3t.basis").read_text(), "3t.basis", te_ms=30.0)
    assert len(basis) == 17
    assert basis.names[:3] == ("Ala", "Asp", "Cr")
    assert set(basis.kinds) == {"metabolite"}
    assert basis.acquisition == PRESS_30
    spectra = spectrum(basis.fids)
    for name, ppm in (("NAA", 2.008), ("sIns", 3.34), ("PCh", 3.208), ("Lac", 1.314)):
        peak = PRESS_30.ppm[np.argmax(np.abs(spectra[basis.names.index(name)]))]
        assert peak == pytest.approx(ppm, abs=0.035)


@needs_real
def test_real_spectrum_is_read_with_naa_at_2_ppm():
    raw = read_raw((REAL / "data.raw").read_text(), "data.raw")
    assert raw.fid.shape == (1024,)
    inside = (PRESS_30.ppm > 0.5) & (PRESS_30.ppm < 4.2)
    peak = PRESS_30.ppm[inside][np.argmax(np.abs(spectrum(raw.fid))[inside])]
    assert peak == pytest.approx(2.0, abs=0.03)


@needs_real
def test_real_control_is_read():
    control = read_control((REAL / "control.file").read_text(), "control.file")
    assert control["nunfil"] == 1024
    assert control["deltat"] == 5e-4
    assert control["filbas"] == "3t.basis"


def test_raw_round_trip():
    fid = noise()
    back = read_raw(write_raw(fid, "voxel 3's"), "own.raw")
    assert back.title == "voxel 3's"
    np.testing.assert_allclose(back.fid, fid, rtol=2e-6, atol=1e-6)


def test_raw_states_scale_field_echo_time_and_its_own_sign():
    text = (
        write_raw(noise())
        .replace("volume = 1", "volume = 8\n bruker = T")
        .replace("tramp = 1", "tramp = 2")
    )
    back = read_raw(" $SEQPAR echot=30. hzpppm=127.7 seq='PRESS' $END\n" + text, "own.raw")
    np.testing.assert_allclose(back.fid, np.conj(noise()) / 4, rtol=2e-6, atol=1e-6)
    assert (back.te_ms, back.field_mhz) == (30.0, 127.7)


def test_basis_round_trip():
    basis = simulate_basis(PRESS_30, ["NAA", "Cr", "2HG"])
    basis = basis.joined(macromolecules(PRESS_30, ["MM20", "Lip13a"]))
    back = read_basis(write_basis(basis, line_width_hz=2.0), "own.basis")
    assert (back.names, back.kinds, back.acquisition) == (
        basis.names,
        basis.kinds,
        basis.acquisition,
    )
    np.testing.assert_allclose(back.fids, damped(basis.fids, PRESS_30, 2.0), atol=2e-3)


def test_basis_of_semi_laser_round_trip():
    laser = Acquisition(123.2, 4e-4, 512, 40.0, "sLASER")
    back = read_basis(write_basis(simulate_basis(laser, ["Cr"])), "own.basis")
    assert back.acquisition == laser


def test_shift_and_concentration_of_a_row_are_applied():
    text = write_basis(simulate_basis(PRESS_30, ["Cr", "Gly"]))
    head, last = text.rsplit("ishift = 0", 1)
    moved = read_basis(f"{head}ishift = 4{last}", "own.basis")
    step = 1 / (2 * PRESS_30.points * PRESS_30.dwell_s * PRESS_30.field_mhz)
    peaks = [
        np.argmax(np.abs(np.fft.fftshift(np.fft.fft(fid, 16 * fid.size)))) / 16
        for fid in (moved.fids[1], read_basis(text, "own.basis").fids[1])
    ]
    # A positive shift is to the left, to the higher chemical shift.
    assert peaks[0] - peaks[1] == pytest.approx(2.0, abs=0.1)
    assert step == pytest.approx(0.00764, abs=1e-5)
    doubled = text.replace("conc = 1", "conc = 2", 1)
    one, two = (read_basis(one, "b").fids[:, 0] for one in (text, doubled))
    np.testing.assert_allclose(two[1] / two[0], 2 * one[1] / one[0], rtol=1e-3)


BASIS = write_basis(simulate_basis(replace(PRESS_30, points=32), ["Cr", "Gly"]))
RAW = write_raw(noise(32))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BASIS[: len(BASIS) // 2], "it holds"),
        (BASIS.replace("E", "*", 60), "among its numbers|not an even|it holds|no group"),
        (re.sub(r"echot = \d+", "echot = ,", BASIS), "does not state its echo time"),
        (re.sub(r"seq = '.*'", "seq = 'STEAM'", BASIS), "'STEAM'"),
        (re.sub(r"seq = '.*'", "", BASIS), "sequence"),
        (BASIS.replace("badelt = ", "badelt = -"), "encrypted"),
        (BASIS.replace("conc = 1", "conc = 0"), "not positive"),
        (BASIS.replace("ndatab = 64", "ndatab = 640000000"), "640000000 points"),
        (BASIS.replace("hzpppm", "hz"), "0.0 MHz"),
        (BASIS.replace("'Gly'", "'Cr'"), "names repeat"),
        ("", "no group"),
        ("a NIfTI file, perhaps", "no group"),
    ],
)
def test_damaged_basis_is_refused(text, said):
    with pytest.raises(InputRefused, match=said):
        read_basis(text, "own.basis")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (RAW.rsplit(maxsplit=1)[0], "63 numbers"),
        (RAW.replace("volume = 1", "volume = -1"), "not positive"),
        (RAW.replace("tramp", "seqacq = T\n tramp"), "SEQACQ"),
        (RAW.replace("$NMID", "$OTHER"), "no group"),
        (RAW + " *******", r"'\*\*\*\*\*\*\*' among its numbers"),
        (RAW + " NaN 1", "'NaN' among its numbers"),
        (RAW + " 1E999 1", "too large"),
        (RAW.split("$END")[0] + "$END\n", "it holds 0 numbers"),
    ],
)
def test_damaged_raw_is_refused(text, said):
    with pytest.raises(InputRefused, match=said):
        read_raw(text, "own.raw")


@given(st.text(max_size=300))
def test_no_text_breaks_the_readers(text):
    for read in (read_raw, read_basis, read_control, read_table, read_coord):
        with pytest.raises(InputRefused):
            read(text, "any")


@given(st.lists(st.floats(-1e30, 1e30), min_size=1))
def test_fixed_columns_that_touch_are_read(values):
    text = "".join(f"{value:13.5E}" for value in values)
    np.testing.assert_allclose(read_numbers(text, "any"), values, rtol=1e-5)


def test_namelists_in_both_spellings():
    text = " &seqpar ECHOT=30. SEQ='press' / $NMID ID = 'a $END b', X(2)=3*2., doecc=.TRUE. $end"
    first, second = read_groups(text)
    assert (first.name, first.values) == ("seqpar", {"echot": 30.0, "seq": "press"})
    assert second.values["id"] == "a $END b"
    assert second.values["doecc"] is True
    assert second.number("absent", 7.0) == 7.0


def test_control_round_trip():
    values = {"key": 210387309, "deltat": 5e-4, "title": "it's", "dows": True, "chomit(1)": "Gly"}
    assert read_control(write_control(values), "own") == values
    assert group_text("A", {}) == " $A\n $END"


TABLE = """ LCModel (Version 6.3-1N)
$$CONC  5 lines in following concentration table = NCONC+1
    Conc.  %SD /Cr+PCr  Metabolite
 1.91E-06   5%   1.058 NAA
 4.59E-08 265% 2.5E-02 Ala
    0.000 999%   0.000 -CrCH2
 1.81E-06   3%   1.000 Cr+PCr

$$MISC  6 lines in following misc. output table
  FWHM = 0.084 ppm    S/N =  22
  Data shift = -0.008 ppm
$$DIAG  1 lines in following diagnostic table:
  1 info PHASTA  2
$$INPU 1 lines in following table of input changes:
"""


def test_table_is_read():
    table = read_table(TABLE, "out.table")
    assert list(table.concentrations) == ["NAA", "Ala", "-CrCH2", "Cr+PCr"]
    assert table.sd_percent["Ala"] == 265
    assert (table.fwhm_ppm, table.snr, table.shift_ppm) == (0.084, 22, -0.008)
    assert table.ratio("NAA", "Cr+PCr") == pytest.approx(1.055, abs=1e-3)
    assert np.isnan(table.ratio("NAA", "-CrCH2"))
    assert table.diagnostics == ("1 info PHASTA  2",)


def coord(points: int = 23) -> tuple[str, np.ndarray]:
    values = np.linspace(1, 2, points)
    ten = [values[k : k + 10] for k in range(0, points, 10)]
    block = "\n".join("".join(f"{value:13.5E}" for value in row) for row in ten)
    titles = (
        f"{points} points on ppm-axis = NY",
        "NY phased data points follow",
        "NY points of the fit to the data follow",
        "NY background values follow",
        "NAA              Conc. = 1.91E+00",
    )
    text = TABLE + "".join(f" {title}\n{block}\n" for title in titles)
    return text + "  0 lines in following diagnostic table:\n", values


def test_coordinates_are_read_in_ascending_ppm():
    text, values = coord()
    curves = read_coord(text, "out.coord")
    for curve in (curves.ppm, curves.data, curves.fit, curves.baseline, curves.metabolites["NAA"]):
        np.testing.assert_allclose(curve, values[::-1], rtol=1e-5)


def test_cut_coordinates_are_refused():
    text, _ = coord()
    with pytest.raises(InputRefused, match="baseline are missing"):
        read_coord(text[: text.index("NY background")], "out.coord")
    with pytest.raises(InputRefused, match=r"among its numbers|not 23"):
        read_coord(text[: text.index("NY background") + 100], "out.coord")
    with pytest.raises(InputRefused, match="no concentrations"):
        read_table("FATAL ERROR", "out.table")
