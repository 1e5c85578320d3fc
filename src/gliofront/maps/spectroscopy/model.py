"""The model of a spectrum: how shift, line shape and phase turn a basis into what is fitted.

The real part of the spectrum, zero-filled to twice its length, in a range of ppm: it holds all
that the signal holds, in real numbers of (all but) independent noise (Provencher, Magn Reson Med
30:672, 1993). Phases are taken off the data, so that the baseline stays one real curve.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gliofront.maps.spectroscopy.baseline import Baseline, spline_space
from gliofront.maps.spectroscopy.basis import Basis
from gliofront.maps.spectroscopy.parameters import FIRST, Parameters
from gliofront.maps.spectroscopy.settings import FitSettings
from gliofront.maps.spectroscopy.window import Window

FloatArray = NDArray[np.float64]
Complex = NDArray[np.complex128]

# Rows that cannot be told apart in vivo, or are too small alone, move and broaden together.
_TOGETHER = (
    ("NAA", "NAAG"),
    ("Cr", "PCr"),
    ("GPC", "PCh", "Cho"),
    ("Glu", "Gln"),
    ("Ins",),
    ("Lac",),
)
_PIVOT_PPM = 3.0  # where a first-order phase does nothing: amid the singlets


@dataclass(frozen=True, eq=False)
class Model:
    """A basis, ready to be fitted to many spectra of one acquisition.

    Parameters
    ----------
    basis : the rows that are fitted.
    window : the range of ppm.
    groups : (rows,) the group in which each row moves and broadens.
    spreads : (groups, 2) expected spread of damping (1/s) and shift (Hz) of each group.
    first_order_sd : expected spread of the first-order phase, rad/ppm.
    baseline : of the range of ppm.
    """

    basis: Basis
    window: Window
    groups: NDArray[np.intp]
    spreads: FloatArray
    first_order_sd: float
    baseline: Baseline

    def phased(self, data: Complex, parameters: Parameters) -> Complex:
        """Return a spectrum (n,) without the phases; its real part is what is fitted."""
        angle = parameters.phase[0] + parameters.phase[1] * (self.window.ppm - _PIVOT_PPM)
        return np.asarray(data * np.exp(-1j * angle))

    def signals(self, parameters: Parameters) -> Complex:
        """Return the signals (rows, points) of the basis, shifted and decaying."""
        time = self.window.acquisition.time_s
        rate = parameters.damping[0] + parameters.damping[1:]
        hertz = parameters.shift_hz + parameters.shifts_hz
        common = np.exp(-parameters.gauss * time**2)
        decay = np.exp(np.outer(2j * np.pi * hertz - rate, time)) * common
        return np.asarray(self.basis.fids * decay[self.groups])

    def jacobian(
        self, phased: Complex, signals: Complex, amounts: FloatArray, parameters: Parameters
    ) -> FloatArray:
        """Return the derivatives (n, parameters) of data minus model.

        Parameters
        ----------
        phased : (n,) from `phased`, or the model's own spectrum where noise must not enter.
        signals : (rows, points) from `signals`.
        amounts : (rows,) amplitudes.
        """
        time = self.window.acquisition.time_s
        count = self.spreads.shape[0]
        members = np.zeros((count, amounts.size))
        members[self.groups, np.arange(amounts.size)] = amounts
        summed = members @ signals
        late = self.window.spectrum(np.vstack([summed * time, summed.sum(0) * time**2]))
        each = late[:-1]
        towards = 2 * np.pi * each.imag
        offset = self.window.ppm - _PIVOT_PPM
        rows = [
            phased.imag,
            phased.imag * offset,
            towards.sum(0),
            late[-1].real,
            each.real.sum(0),
            *each.real,
            *towards,
        ]
        return np.asarray(rows).T

    @property
    def at_least(self) -> FloatArray:
        """Return the least value of each parameter, (parameters,)."""
        least = np.full(FIRST + 1 + 2 * len(self.spreads), -np.inf)
        least[FIRST - 1 : FIRST + 1] = 0.0
        return least

    @property
    def precisions(self) -> FloatArray:
        """Inverse expected spread of each parameter about 0, (parameters,); 0 where it is free."""
        free = np.zeros(FIRST + 1)
        free[1] = 1 / self.first_order_sd
        return np.concatenate([free, 1 / self.spreads[:, 0], 1 / self.spreads[:, 1]])


def build_model(basis: Basis, settings: FitSettings | None = None) -> Model:
    """Return the model of a basis.

    Macromolecules are left out from `macromolecules_below_te_ms` on: they have decayed.
    """
    settings = settings or FitSettings()
    acquisition = basis.acquisition
    with_macromolecules = acquisition.te_ms < settings.macromolecules_below_te_ms
    kept = [
        name
        for name, kind in zip(basis.names, basis.kinds, strict=True)
        if kind != "macromolecule" or with_macromolecules
    ]
    basis = basis.only(kept)
    keys = [_group_key(*pair) for pair in zip(basis.names, basis.kinds, strict=True)]
    order = list(dict.fromkeys(keys))
    hertz = acquisition.field_mhz
    sharp = (np.pi * settings.damping_sd_hz, settings.shift_sd_ppm * hertz)
    broad = (np.pi * settings.broad_damping_sd_hz, settings.broad_shift_sd_ppm * hertz)
    window = Window.of(acquisition, settings.low_ppm, settings.high_ppm)
    splines = spline_space(window.ppm, settings.baseline_functions_per_ppm)
    return Model(
        basis=basis,
        window=window,
        groups=np.array([order.index(key) for key in keys]),
        spreads=np.array([sharp if key.startswith("sharp") else broad for key in order]),
        first_order_sd=float(np.radians(settings.first_order_sd_degrees)),
        baseline=splines.stiffened(settings.baseline_dimensions_per_ppm),
    )


def _group_key(name: str, kind: str) -> str:
    if kind != "metabolite":
        return kind
    together = (group[0] for group in _TOGETHER if name in group)
    return "sharp " + next(together, "others")
