"""LCModel's .RAW, .BASIS and .CONTROL files, as text in and text out.

LCModel's signals turn the other way (a positive frequency is a lower chemical shift) and its
spectra follow the plain order of the discrete Fourier transform, scaled by 1/sqrt(points). Both
are converted here (Provencher, LCModel & LCMgui User's Manual; its Fortran source, 6.3-1).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.errors import InputRefused
from gliofront.maps.spectroscopy.acquisition import Acquisition
from gliofront.maps.spectroscopy.basis import Basis
from gliofront.maps.spectroscopy.basis_scale import in_protons
from gliofront.maps.spectroscopy.fortran_text import (
    Group,
    Value,
    complex_text,
    group_text,
    read_complex,
    read_groups,
)

Complex128Array = NDArray[np.complex128]

_DAMAGED = "the file is damaged or of another kind: export it again"
_ZERO_FILLED = 1e-3  # of what comes before, to be nothing but the rounding of zeros
# LCModel keeps five characters of the name.
_SEQUENCES = {"press": "PRESS", "slase": "sLASER", "semi-": "sLASER", "semil": "sLASER"}


@dataclass(frozen=True, eq=False)
class RawSignal:
    """A signal in the time domain.

    Parameters
    ----------
    fid : (points,) complex128, in the convention of `acquisition`, scaled by TRAMP / VOLUME.
    title : its ID.
    field_mhz, te_ms : as stated in the file, NaN where not.
    """

    fid: Complex128Array
    title: str = ""
    field_mhz: float = math.nan
    te_ms: float = math.nan


def read_raw(text: str, subject: str) -> RawSignal:
    """Read a .RAW file (one voxel).

    Raises
    ------
    InputRefused
        If it has no NMID group, its numbers are damaged, or it was acquired sequentially.
    """
    groups = {group.name: group for group in read_groups(text)}
    if "nmid" not in groups:
        raise InputRefused(subject, "there is no group $NMID", _DAMAGED)
    nmid, seqpar = groups["nmid"], groups.get("seqpar", Group("seqpar", {}, 0, 0))
    if nmid.values.get("seqacq") is True:
        problem = "its real and imaginary points were acquired in turns (SEQACQ)"
        raise InputRefused(subject, problem, "export it with both parts at each point")
    fid = read_complex(text[nmid.end :], 0, subject) * _scale(nmid, subject)
    if nmid.values.get("bruker") is not True:
        fid = np.conj(fid)
    return RawSignal(
        fid,
        nmid.text("id"),
        seqpar.number("hzpppm", math.nan),
        seqpar.number("echot", math.nan),
    )


def write_raw(fid: NDArray[np.complexfloating], title: str = "") -> str:
    """Return the text of a .RAW file that holds a signal (points,) of our convention."""
    head = group_text("NMID", {"id": title, "fmtdat": "(2E15.6)", "volume": 1.0, "tramp": 1.0})
    return f"{head}\n{complex_text(np.conj(fid))}\n"


def read_basis(
    text: str, subject: str, *, te_ms: float | None = None, sequence: str | None = None
) -> Basis:
    """Read a .BASIS file.

    Parameters
    ----------
    te_ms, sequence : of the basis, where the file does not state them; the file's own count.

    Returns
    -------
    The basis at the file's own dwell time, without the zeros that fill its second half, scaled
    to protons by its creatine, NAA or choline (see `in_protons`). Rows named MM... are
    macromolecules, Lip... lipids.

    Raises
    ------
    InputRefused
        If a group or a number is missing or damaged, the file is encrypted, the echo time or the
        sequence is not known, or the sequence is one that cannot be used here.
    """
    groups = read_groups(text)
    acquisition = _basis_acquisition(groups, subject, te_ms, sequence)
    blocks = [group for group in groups if group.name == "basis"]
    if not blocks:
        raise InputRefused(subject, "there is no group $BASIS", _DAMAGED)
    starts = [group.start for group in groups] + [len(text)]
    rows = []
    for block in blocks:
        after = text[block.end : min(start for start in starts if start >= block.end)]
        spectrum = read_complex(after, acquisition.points, f"{subject}, {block.text('metabo')}")
        shifted = np.roll(spectrum, -int(block.number("ishift", 0)))
        rows.append(np.conj(np.fft.ifft(shifted, norm="ortho")) * _scale(block, subject))
    names = tuple(block.text("metabo") for block in blocks)
    fids, points = _without_filling(np.array(rows))
    used = Acquisition(
        acquisition.field_mhz, acquisition.dwell_s, points, acquisition.te_ms, acquisition.sequence
    )
    return in_protons(Basis(names, fids, used, tuple(_kind(name) for name in names)))


def _basis_acquisition(
    groups: list[Group], subject: str, te_ms: float | None, sequence: str | None
) -> Acquisition:
    named = {group.name: group for group in groups}
    if "basis1" not in named or "seqpar" not in named:
        raise InputRefused(subject, "there is no group $SEQPAR or $BASIS1", _DAMAGED)
    seqpar, basis1 = named["seqpar"], named["basis1"]
    stated_te = seqpar.number("echot", math.nan if te_ms is None else te_ms)
    stated_sequence = seqpar.text("seq") or sequence or ""
    if math.isnan(stated_te) or not stated_sequence:
        problem = "it does not state its echo time (ECHOT) or its sequence (SEQ)"
        raise InputRefused(subject, problem, "state them, or write them into $SEQPAR")
    if basis1.number("badelt", 0.0) < 0:
        raise InputRefused(subject, "it is encrypted", "export it without encryption")
    return Acquisition(
        seqpar.number("hzpppm", 0.0),
        basis1.number("badelt", 0.0),
        int(basis1.number("ndatab", 0.0)),
        stated_te,
        _SEQUENCES.get(stated_sequence.lower()[:5], stated_sequence),
    )


def _scale(group: Group, subject: str) -> float:
    tramp, volume = group.number("tramp", 1.0), group.number("volume", 1.0)
    conc = group.number("conc", 1.0)
    if min(tramp, volume, conc) <= 0:
        problem = f"TRAMP {tramp:g}, VOLUME {volume:g} or CONC {conc:g} is not positive"
        raise InputRefused(subject, problem, "mend these values in the file")
    return tramp / (volume * conc)


def _without_filling(fids: Complex128Array) -> tuple[Complex128Array, int]:
    """Cut the second half where it is but zeros (MakeBasis fills so), and return the points."""
    points = fids.shape[1]
    half = points // 2
    before, after = np.abs(fids[:, half // 2 : half]), np.abs(fids[:, half:])
    if points % 2 or after.max() > _ZERO_FILLED * before.max():
        return fids, points
    return fids[:, :half], half


def _kind(name: str) -> str:
    if name.startswith("MM"):
        return "macromolecule"
    return "lipid" if name.startswith("Lip") else "metabolite"


def write_basis(basis: Basis, title: str = "gliofront", line_width_hz: float = 2.0) -> str:
    """Return the text of a .BASIS file that LCModel reads.

    Parameters
    ----------
    line_width_hz : Lorentzian width given to the undamped signals: LCModel takes lines of a
        natural width and broadens them further.
    """
    acquisition = basis.acquisition
    damped = basis.fids * np.exp(-math.pi * line_width_hz * acquisition.time_s)
    spectra = np.fft.fft(np.conj(damped), n=2 * acquisition.points, axis=1, norm="ortho")
    head: dict[str, Value] = {
        "fwhmba": line_width_hz / acquisition.field_mhz,
        "hzpppm": acquisition.field_mhz,
        "echot": acquisition.te_ms,
        "seq": acquisition.sequence[:5],
    }
    first: dict[str, Value] = {
        "idbasi": title,
        "fmtbas": "(2E15.6)",
        "badelt": acquisition.dwell_s,
        "ndatab": 2 * acquisition.points,
    }
    parts = [group_text("SEQPAR", head), group_text("BASIS1", first)]
    for name, spectrum in zip(basis.names, spectra, strict=True):
        row: dict[str, Value] = {"id": name, "metabo": name, "conc": 1.0, "tramp": 1.0}
        row |= {"volume": 1.0, "ishift": 0}
        # LCModel's own reader of these files wants the group $NMUSED before each.
        parts += [group_text("NMUSED", {"fileraw": name}), group_text("BASIS", row)]
        parts.append(complex_text(spectrum))
    return "\n".join(parts) + "\n"


def read_control(text: str, subject: str) -> Mapping[str, Value]:
    """Return the values of a .CONTROL file, names in lower case.

    Raises
    ------
    InputRefused
        If it has no LCMODL group.
    """
    for group in read_groups(text):
        if group.name == "lcmodl":
            return group.values
    raise InputRefused(subject, "there is no group $LCMODL", _DAMAGED)


def write_control(values: Mapping[str, Value]) -> str:
    """Return the text of a .CONTROL file."""
    return group_text("LCMODL", values) + "\n"
