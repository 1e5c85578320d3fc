"""LCModel run as an outside engine: by a stand-in that fails in every way, and in earnest."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from spectroscopy_files import PRESS_30, REAL, damped, needs_real

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid
from gliofront.maps.spectroscopy.lcmodel_engine import run_lcmodel
from gliofront.maps.spectroscopy.lcmodel_text import read_basis, read_raw
from gliofront.maps.spectroscopy.macromolecules import macromolecules
from gliofront.maps.spectroscopy.simulate_basis import simulate_basis
from gliofront.maps.spectroscopy.spectra import Spectra

ONE_VOXEL = Grid(np.diag([20.0, 20.0, 20.0, 1.0]), (1, 1, 1))
LCMODEL = os.environ.get("GLIOFRONT_LCMODEL", "")

ANSWERS = """#!/bin/sh
cat > control
grep -q "nunfil = 1024" control || exit 3
grep -q "filbas = 'own.basis'" control || exit 4
test $(grep -c METABO own.basis) = 0 || exit 5
test $(grep -c "metabo = " own.basis) = 2 || exit 6
test $(wc -l < own.raw) -ge 1024 || exit 7
printf ' 1.50E+00   5%%   1.058 NAA\\n 1.00E+00   3%%   1.000 Cr\\n' > out.table
grep "ppmend" control > /dev/null && printf ' 9.00E+00   3%%   1.000 Ins\\n' >> out.table
grep -q "filh2o = 'water.h2o'" control && test -f water.h2o && echo ' 2. 1% 1.0 Glu' >> out.table
exit 0
"""


def stand_in(folder: Path, script: str) -> Path:
    path = folder / "lcmodel"
    path.write_text(script)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def spectra(water: bool = False) -> Spectra:
    basis = simulate_basis(PRESS_30, ["NAA", "Cr"])
    fid = damped(basis.fids.sum(axis=0), PRESS_30, 5.0)[None, None, None]
    return Spectra(ONE_VOXEL, fid, PRESS_30, 100 * fid if water else None)


BASIS = simulate_basis(PRESS_30, ["NAA", "Cr"]).joined(macromolecules(PRESS_30, ["MM09"]))


def test_files_are_written_and_the_table_read(tmp_path):
    before = set(Path(tmp_path).iterdir())
    table = run_lcmodel(stand_in(tmp_path, ANSWERS), spectra(), (0, 0, 0), BASIS)
    assert table.concentrations == {"NAA": 1.5, "Cr": 1.0}
    assert set(tmp_path.iterdir()) - before == {tmp_path / "lcmodel"}


def test_settings_and_water_reach_it(tmp_path):
    table = run_lcmodel(
        stand_in(tmp_path, ANSWERS),
        spectra(water=True),
        (0, 0, 0),
        BASIS,
        settings={"ppmend": 0.5},
        use_water=True,
    )
    assert set(table.concentrations) == {"NAA", "Cr", "Ins", "Glu"}


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("#!/bin/sh\necho bad basis >&2\nexit 9\n", "status 9; it printed: bad basis"),
        ("#!/bin/sh\ncat > /dev/null\necho done\n", "no table; it printed: done"),
        ("#!/bin/sh\necho FATAL > out.table\n", "no concentrations"),
        ("#!/bin/sh\nexec sleep 30\n", "did not end within 1 s"),
        ("#!/nowhere/at/all\n", "cannot be started"),
    ],
)
def test_failures_say_what_happened(tmp_path, script, said):
    with pytest.raises(InputRefused, match=said):
        run_lcmodel(stand_in(tmp_path, script), spectra(), (0, 0, 0), BASIS, timeout_s=1.0)


def test_what_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputRefused, match="no such executable"):
        run_lcmodel(tmp_path / "lcmodel", spectra(), (0, 0, 0), BASIS)
    path = stand_in(tmp_path, ANSWERS)
    with pytest.raises(InputRefused, match="no water reference"):
        run_lcmodel(path, spectra(), (0, 0, 0), BASIS, use_water=True)


@needs_real
@pytest.mark.skipif(not LCMODEL, reason="GLIOFRONT_LCMODEL names no LCModel")
def test_lcmodel_itself_answers_as_it_did(tmp_path):
    """Its own answer to its example, with the basis read, and with one simulated here."""
    raw = read_raw((REAL / "data.raw").read_text(), "data.raw")
    one = Spectra(ONE_VOXEL, raw.fid[None, None, None], PRESS_30)
    theirs = read_basis((REAL / "3t.basis").read_text(), "3t.basis", te_ms=30.0)
    names = [name for name in theirs.names if name != "Glc"]
    own = simulate_basis(PRESS_30, names, te1_ms=10.0)
    # That basis has lines of 0.5 Hz for these three and of 2 Hz for the others.
    sharp = [name in ("Ins", "NAA", "NAAG") for name in names]
    narrow = damped(own.fids, PRESS_30, -1.5)
    own = replace(own, fids=np.where(np.array(sharp)[:, None], narrow, own.fids))
    table = run_lcmodel(Path(LCMODEL), one, (0, 0, 0), own)
    expected = {"NAA+NAAG": 1.306, "GPC+PCh": 0.250, "Ins": 0.911, "Glu+Gln": 1.510}
    for name, ratio in expected.items():
        assert table.ratio(name, "Cr+PCr") == pytest.approx(ratio, rel=0.05)
