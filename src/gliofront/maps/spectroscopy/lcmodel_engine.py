"""LCModel as an optional outside engine, run by the path of its executable.

It is a cross-check of the fit here, never a part of it. LCModel simulates its own macromolecules
and lipids, so only the metabolites of a basis are given to it.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from gliofront.foundation.errors import InputRefused
from gliofront.maps.spectroscopy.basis import Basis
from gliofront.maps.spectroscopy.fortran_text import Value
from gliofront.maps.spectroscopy.lcmodel_results import LcmodelTable, read_table
from gliofront.maps.spectroscopy.lcmodel_text import write_basis, write_control, write_raw
from gliofront.maps.spectroscopy.spectra import Spectra

# The key under which LCModel was given to the public; the older builds ask for it.
_PUBLIC_KEY = 210387309
_MOST_SHOWN = 300  # characters of what a failed run printed
_TAIL = "look at what it printed, and at the spectrum"


def run_lcmodel(
    executable: Path,
    spectra: Spectra,
    voxel: tuple[int, int, int],
    basis: Basis,
    *,
    settings: Mapping[str, Value] | None = None,
    use_water: bool = False,
    timeout_s: float = 120.0,
) -> LcmodelTable:
    """Fit one voxel with LCModel, in a folder that is gone afterwards.

    Parameters
    ----------
    executable : LCModel's own; it reads its control file from standard input.
    voxel : index on the grid of the spectra.
    basis : of the same field, echo time and sequence.
    settings : further values of the control file, such as ``{"ppmend": 0.5}``.
    use_water : whether eddy currents are corrected and concentrations scaled by the spectra's
        water reference.
    timeout_s : after which the run is ended.

    Raises
    ------
    InputRefused
        If there is no such executable, it cannot be started, takes too long, fails or answers
        with no table, or if water is asked for and there is none.
    """
    if not executable.is_file():
        raise InputRefused(executable, "there is no such executable", "give LCModel's path")
    if use_water and spectra.water is None:
        problem = "there is no water reference for LCModel to use"
        raise InputRefused("water reference", problem, "leave it out, or give the water scan")
    with tempfile.TemporaryDirectory(prefix="lcmodel-") as name:
        folder = Path(name)
        control = _written(folder, spectra, voxel, basis, use_water, dict(settings or {}))
        printed = _run(executable.resolve(), control, folder, timeout_s)
        table = folder / "out.table"
        if not table.is_file():
            problem = f"LCModel wrote no table; it printed: {printed or 'nothing'}"
            raise InputRefused(executable, problem, _TAIL)
        return read_table(table.read_text(encoding="ascii", errors="replace"), "LCModel's table")


def _written(
    folder: Path,
    spectra: Spectra,
    voxel: tuple[int, int, int],
    basis: Basis,
    use_water: bool,
    further: dict[str, Value],
) -> str:
    """Write LCModel's input files and return its control file."""
    acquisition = spectra.acquisition
    kinds = zip(basis.names, basis.kinds, strict=True)
    metabolites = basis.only(name for name, kind in kinds if kind == "metabolite")
    (folder / "own.basis").write_text(write_basis(metabolites), encoding="ascii")
    (folder / "own.raw").write_text(write_raw(spectra.fids[voxel]), encoding="ascii")
    values: dict[str, Value] = {
        "key": _PUBLIC_KEY,
        "nunfil": acquisition.points,
        "deltat": acquisition.dwell_s,
        "hzpppm": acquisition.field_mhz,
        "echot": acquisition.te_ms,
        "filbas": "own.basis",
        "filraw": "own.raw",
        "filps": "out.ps",
        "filtab": "out.table",
        "ltable": 7,
    }
    if use_water and spectra.water is not None:
        (folder / "water.h2o").write_text(write_raw(spectra.water[voxel]), encoding="ascii")
        values |= {"filh2o": "water.h2o", "dows": True, "doecc": True}
    return write_control(values | further)


def _run(executable: Path, control: str, folder: Path, timeout_s: float) -> str:
    """Run it and return the end of what it printed."""
    try:
        done = subprocess.run(
            [str(executable)],
            input=control.encode("ascii", errors="replace"),
            cwd=folder,
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        problem = f"LCModel did not end within {timeout_s:g} s"
        raise InputRefused(executable, problem, "allow more time, or check the spectrum") from error
    except OSError as error:
        problem = f"it cannot be started ({error.strerror})"
        raise InputRefused(executable, problem, "give an LCModel built for this machine") from error
    printed = (done.stdout + done.stderr).decode("utf-8", errors="replace")
    shown = " ".join(printed.split())[-_MOST_SHOWN:]
    if done.returncode != 0:
        problem = f"LCModel failed with status {done.returncode}; it printed: {shown or 'nothing'}"
        raise InputRefused(executable, problem, _TAIL)
    return shown
