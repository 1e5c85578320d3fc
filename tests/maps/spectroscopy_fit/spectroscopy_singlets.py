"""A basis of three singlets and one lipid, small enough to reason about."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gliofront.maps.spectroscopy.acquisition import Acquisition
from gliofront.maps.spectroscopy.basis import Basis

PRESS = Acquisition(127.7, 5e-4, 1024, 144.0, "PRESS", tr_s=2.0)
AMOUNTS = np.array([10.0, 8.0, 3.0, 5.0])


def line(ppm: float) -> NDArray[np.complex128]:
    return np.exp(2j * np.pi * (ppm - PRESS.centre_ppm) * PRESS.field_mhz * PRESS.time_s)


def singlets() -> Basis:
    broad = np.exp(-((np.pi * 19 / 2 / np.sqrt(np.log(2)) * PRESS.time_s) ** 2))
    rows = [3 * line(2.01), 3 * line(3.03) + 2 * line(3.91), 9 * line(3.2), 2 * line(1.28) * broad]
    kinds = ("metabolite", "metabolite", "metabolite", "lipid")
    return Basis(("NAA", "Cr", "PCh", "Lip13a"), np.array(rows), PRESS, kinds)


def decayed(
    damping: float = 5.0, gauss: float = 10.0, shift_hz: float = 0.0, phase: float = 0.0
) -> NDArray[np.complex128]:
    """Return the sum of the singlets, decaying as the model has it."""
    time = PRESS.time_s
    decay = np.exp(-damping * time - (gauss * time) ** 2 + 2j * np.pi * shift_hz * time)
    return np.asarray((AMOUNTS @ singlets().fids) * decay * np.exp(1j * phase))


def noise(generator: np.random.Generator, sd: float) -> NDArray[np.complex128]:
    parts = generator.standard_normal((2, PRESS.points)) * sd
    return np.asarray(parts[0] + 1j * parts[1])
