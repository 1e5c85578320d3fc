"""Simulated spectra with known truth, made otherwise than they are fitted.

Each metabolite has its own T2 and a small shift of its own; the field in a voxel is skewed, so
that lines are neither Lorentzian nor Gaussian; macromolecules are broader than the fit's; broad
signals that no basis knows lie beneath; water and lipids leak in.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gliofront.maps.spectroscopy.acquisition import Acquisition
from gliofront.maps.spectroscopy.basis import Basis
from gliofront.maps.spectroscopy.macromolecules import macromolecules
from gliofront.maps.spectroscopy.simulate_basis import simulate_basis

FIELD_MHZ = 127.786142

# Concentrations in mmol/L of white matter near a tumour.
BRAIN = {
    **{"NAA": 9.0, "NAAG": 1.5, "Cr": 4.5, "PCr": 3.0, "GPC": 1.2, "PCh": 0.6, "Glu": 8.0},
    **{"Gln": 2.5, "Ins": 5.0, "Lac": 0.8, "GSH": 1.5, "Asp": 1.5, "GABA": 1.2, "Tau": 1.2},
    **{"sIns": 0.3, "Gly": 0.5, "Ala": 0.4, "2HG": 0.0},
}
BROAD = {
    **{"MM09": 8.0, "MM12": 2.4, "MM14": 6.0, "MM17": 4.0, "MM20": 13.0},
    **{"Lip09": 0.0, "Lip13a": 0.0, "Lip13b": 0.0, "Lip20": 0.0},
}
TUMOUR_LIPIDS = {"Lip13a": 30.0, "Lip13b": 10.0, "Lip09": 9.0, "Lip20": 5.0}
_SHORT_T2 = {"Cr": 160.0, "PCr": 160.0, "NAA": 280.0, "NAAG": 220.0, "GPC": 200.0, "PCh": 200.0}


@dataclass(frozen=True)
class Scene:
    """What a simulated voxel holds.

    Parameters
    ----------
    cho_naa : (GPC + PCh) / (NAA + NAAG); None leaves what `BRAIN` says.
    width_hz : about the full width at half maximum.
    sd : of the noise of each of the signal's two parts.
    skew, own_shift_ppm, bumps, wider : how far the truth departs from the fit's model.
    """

    cho_naa: float | None = None
    width_hz: float = 6.0
    shift_hz: float = 0.0
    phase: float = 0.3
    sd: float = 0.0
    lipids: float = 0.0
    water: float = 0.0
    skew: float = 0.4
    own_shift_ppm: float = 0.002
    bumps: float = 1.0
    wider: float = 1.15
    brain: dict[str, float] = field(default_factory=lambda: dict(BRAIN))


def acquisition(te_ms: float, points: int = 1024) -> Acquisition:
    return Acquisition(FIELD_MHZ, 5e-4, points, te_ms, "PRESS", tr_s=2.0)


def full_basis(press: Acquisition) -> Basis:
    return simulate_basis(press).joined(macromolecules(press))


def amounts_of(scene: Scene, press: Acquisition) -> dict[str, float]:
    """Return the true concentrations; a high ratio takes NAA down and choline up."""
    amounts = dict(scene.brain)
    if scene.cho_naa is not None:
        total = sum(amounts[name] for name in ("NAA", "NAAG", "GPC", "PCh"))
        naa = total / (1 + scene.cho_naa) * 0.5 + 0.5
        amounts |= {"NAA": naa * 6 / 7, "NAAG": naa / 7}
        amounts |= {"GPC": naa * scene.cho_naa / 2, "PCh": naa * scene.cho_naa / 2}
    fade = np.exp(-(press.te_ms - 30.0) / 40.0)
    amounts |= {name: value * fade for name, value in BROAD.items() if name.startswith("MM")}
    lipid_fade = np.exp(-(press.te_ms - 30.0) / 80.0)
    lipids = {name: scene.lipids * value * lipid_fade for name, value in TUMOUR_LIPIDS.items()}
    return amounts | lipids


def signal(
    scene: Scene, basis: Basis, generator: np.random.Generator
) -> tuple[NDArray[np.complex128], dict[str, float]]:
    """Return a signal (points,) and the concentrations in it."""
    press, time = basis.acquisition, basis.acquisition.time_s
    amounts = {n: a for n, a in amounts_of(scene, press).items() if n in basis.names}
    total = np.zeros(press.points, dtype=np.complex128)
    for name, fid, kind in zip(basis.names, basis.fids, basis.kinds, strict=True):
        sharp = kind == "metabolite"
        shift = generator.normal() * scene.own_shift_ppm * press.field_mhz if sharp else 0.0
        own = np.exp(2j * np.pi * shift * time - time / (_SHORT_T2.get(name, 180.0) / 1000))
        widened = np.abs(fid) ** (scene.wider**2 - 1) if not sharp else 1.0
        widened = widened / widened[0] if not sharp else 1.0
        total += amounts.get(name, 0.0) * fid * own * widened
    total += scene.bumps * _bumps(press, generator)
    total *= _field_of_voxel(time, scene) * np.exp(2j * np.pi * scene.shift_hz * time)
    drift = np.exp(2j * np.pi * 2.0 * time - 12.0 * time)
    total += scene.water * drift
    noise = generator.standard_normal((2, press.points)) * scene.sd
    return total * np.exp(1j * scene.phase) + noise[0] + 1j * noise[1], amounts


def _bumps(press: Acquisition, generator: np.random.Generator) -> NDArray[np.complex128]:
    """Broad signals that no basis knows; they fade as macromolecules do."""
    time = press.time_s
    total = np.zeros(press.points, dtype=np.complex128)
    for ppm in (0.8, 1.6, 2.3, 2.9, 3.7, 4.3):
        hertz = (ppm + 0.15 * generator.normal() - press.centre_ppm) * press.field_mhz
        width = generator.uniform(60.0, 110.0)
        decay = np.exp(-((np.pi * width * time) ** 2) / (4 * np.log(2)))
        total += generator.uniform(2.0, 10.0) * decay * np.exp(2j * np.pi * hertz * time)
    return total * np.exp(-(press.te_ms - 30.0) / 40.0)


def _field_of_voxel(time: NDArray[np.float64], scene: Scene) -> NDArray[np.complex128]:
    """A skewed spread of frequencies: a mixture of two Gaussians about a mean of 0."""
    share, apart = 0.3, scene.skew * scene.width_hz
    rate = np.pi * 0.55 * scene.width_hz / (2 * np.sqrt(np.log(2)))
    waves = (1 - share) * np.exp(-2j * np.pi * share * apart * time)
    waves = waves + share * np.exp(2j * np.pi * (1 - share) * apart * time)
    return np.asarray(waves * np.exp(-((rate * time) ** 2) - 0.3 * np.pi * scene.width_hz * time))


def ratio_of(amounts: dict[str, float]) -> float:
    return (amounts["GPC"] + amounts["PCh"]) / (amounts["NAA"] + amounts["NAAG"])
