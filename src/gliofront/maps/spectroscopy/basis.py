"""The basis set: the signal of each metabolite, macromolecule and lipid at unit concentration."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.errors import InputRefused
from gliofront.maps.spectroscopy.acquisition import Acquisition

Complex128Array = NDArray[np.complex128]

KINDS = ("metabolite", "macromolecule", "lipid")
"""What a row of a basis can be."""

_FIELDS_AGREE = 1e-3  # relative; 0.5 Hz at the far end of a 3 T spectrum
_ECHOES_AGREE_MS = 0.5
_SAME_S = 1e-9
# Everything that is not noise lies in this range of ppm.
_BAND_PPM = (-1.5, 8.5)
_PERIOD = 1.3  # of the Fourier series, in lengths of the signal
_LEAST_SINGULAR = 1e-9


@dataclass(frozen=True, eq=False)
class Basis:
    """Signals at unit concentration.

    Parameters
    ----------
    names : of each row, without repeats.
    fids : (rows, points), kept as read-only complex128. A singlet of one proton has amplitude 1
        at time 0 (the first point acquired, at the echo) and does not decay.
    acquisition : of all rows.
    kinds : of each row: ``"metabolite"``, ``"macromolecule"`` or ``"lipid"``.

    Raises
    ------
    InputRefused
        If names repeat, a kind is unknown, or the shapes disagree.
    """

    names: tuple[str, ...]
    fids: Complex128Array
    acquisition: Acquisition
    kinds: tuple[str, ...]

    def __post_init__(self) -> None:
        """Check and freeze."""
        fids = np.asarray(self.fids, dtype=np.complex128).view()
        sound = {
            "its names repeat": len(set(self.names)) == len(self.names),
            "it has other kinds than names": len(self.kinds) == len(self.names),
            f"a kind is none of {', '.join(KINDS)}": set(self.kinds) <= set(KINDS),
            f"its signals have the shape {fids.shape}": fids.shape
            == (len(self.names), self.acquisition.points),
        }
        wrong = [what for what, holds in sound.items() if not holds]
        if wrong:
            raise InputRefused("basis set", "; ".join(wrong), "mend or simulate the basis set")
        fids.flags.writeable = False
        object.__setattr__(self, "fids", fids)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.names)

    def only(self, names: Iterable[str]) -> Basis:
        """Return the rows of these names, in their order.

        Raises
        ------
        InputRefused
            If one is not in the basis.
        """
        wanted = tuple(names)
        absent = [name for name in wanted if name not in self.names]
        if absent:
            mend = f"choose among {', '.join(self.names)}"
            raise InputRefused("basis set", f"it has no {', '.join(absent)}", mend)
        rows = [self.names.index(name) for name in wanted]
        kinds = tuple(self.kinds[row] for row in rows)
        return replace(self, names=wanted, fids=self.fids[rows], kinds=kinds)

    def joined(self, other: Basis) -> Basis:
        """Return the rows of both; the other must be of the same acquisition."""
        if other.acquisition != self.acquisition:
            problem = "two basis sets of different acquisitions cannot be joined"
            raise InputRefused("basis set", problem, "resample one to the other")
        return Basis(
            names=self.names + other.names,
            fids=np.concatenate([self.fids, other.fids]),
            acquisition=self.acquisition,
            kinds=self.kinds + other.kinds,
        )

    def resampled(self, acquisition: Acquisition) -> Basis:
        """Return the basis at another dwell time, number of points or centre frequency.

        A Fourier series of a longer period, limited to -1.5 to 8.5 ppm, is fitted to each signal
        (Fourier extension: no ringing at the ends) and evaluated at the new times; after the end
        of the old signal the new one is 0. A simulated basis is better simulated afresh.

        Raises
        ------
        InputRefused
            If field (0.1 %), echo time (0.5 ms) or sequence differ: that is another basis.
        """
        self._check_same_experiment(acquisition)
        old = self.acquisition
        inside = acquisition.time_s[acquisition.time_s <= old.time_s[-1] + _SAME_S]
        same_dwell = abs(acquisition.dwell_s - old.dwell_s) * inside.size <= _SAME_S
        kept = self.fids[:, : inside.size] if same_dwell else self._at(inside)
        shift_hz = (old.centre_ppm - acquisition.centre_ppm) * old.field_mhz
        fids = np.zeros((len(self), acquisition.points), dtype=np.complex128)
        fids[:, : inside.size] = kept * np.exp(2j * np.pi * shift_hz * inside)
        return replace(self, fids=fids, acquisition=acquisition)

    def _at(self, times_s: NDArray[np.float64]) -> Complex128Array:
        """Return the signals at other times within their length (rows, times)."""
        old = self.acquisition
        period = _PERIOD * old.points * old.dwell_s
        low, high = ((ppm - old.centre_ppm) * old.field_mhz for ppm in _BAND_PPM)
        half = 0.5 / old.dwell_s
        first, last = np.ceil(max(low, -half) * period), np.floor(min(high, half) * period)
        hertz = np.arange(first, last + 1) / period
        waves = np.exp(2j * np.pi * np.outer(old.time_s, hertz))
        weights = np.linalg.lstsq(waves, self.fids.T, rcond=_LEAST_SINGULAR)[0]
        at_times = np.exp(2j * np.pi * np.outer(times_s, hertz)) @ weights
        return np.asarray(at_times.T, dtype=np.complex128)

    def _check_same_experiment(self, other: Acquisition) -> None:
        own = self.acquisition
        wrong = []
        if abs(other.field_mhz / own.field_mhz - 1) > _FIELDS_AGREE:
            wrong.append(f"field ({own.field_mhz:g} and {other.field_mhz:g} MHz)")
        if abs(other.te_ms - own.te_ms) > _ECHOES_AGREE_MS:
            wrong.append(f"echo time ({own.te_ms:g} and {other.te_ms:g} ms)")
        if other.sequence != own.sequence:
            wrong.append(f"sequence ({own.sequence} and {other.sequence})")
        if wrong:
            problem = f"basis set and data differ in {', '.join(wrong)}"
            raise InputRefused("basis set", problem, "simulate or give one for these data")
