"""Raw scans of a virtual patient, made from the maps that they should give back.

A plain forward model of each, written apart from the code under test: a tensor with the map's ADC,
a bolus through the map's blood volume, spectra of known concentrations.
"""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np

from gliofront.cohort.bids import scan_path, session_folder, stem
from gliofront.image.grid import Grid
from gliofront.image.nifti_mrs import MrsFile
from gliofront.image.nifti_mrs_writing import write_nifti_mrs
from gliofront.maps.spectroscopy.acquisition import Acquisition
from gliofront.maps.spectroscopy.simulate_basis import simulate_basis

ANISOTROPY = 0.35
FIBRE = np.array([1.0, 1.0, 0.0]) / np.sqrt(2.0)
B_VALUE = 1000.0
TE_S, TR_S, FRAMES = 0.03, 1.5, 50
CHO_NAA = 0.5


def directions(count: int) -> np.ndarray:
    """Return unit vectors spread over a half sphere (a spiral), (count, 3)."""
    z = (np.arange(count) + 0.5) / count
    turn = np.pi * (1 + 5**0.5) * np.arange(count)
    ring = np.sqrt(1 - z**2)
    return np.stack([ring * np.cos(turn), ring * np.sin(turn), z], axis=1)


def raw_path(bids: Path, patient: str, folder: str, name: str) -> Path:
    path = session_folder(bids, patient, "preop", folder) / f"{stem(patient, 'preop')}_{name}"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _taken(bids: Path, patient: str, sequence: str) -> nib.Nifti1Image:
    """Return a given map and delete its file."""
    path = scan_path(bids, patient, "preop", sequence)
    image = nib.load(path)
    image = nib.Nifti1Image(np.nan_to_num(image.get_fdata()), image.affine)
    path.unlink()
    path.with_name(path.name.replace(".nii.gz", ".json")).unlink(missing_ok=True)
    return image


def _saved(path: Path, data: np.ndarray, affine: np.ndarray) -> None:
    image = nib.Nifti1Image(data.astype(np.float32), affine)
    image.set_sform(affine, 1)
    image.set_qform(affine, 1)
    nib.save(image, path)


def _noisy(clean: np.ndarray, sigma: float, seed: int) -> np.ndarray:
    real, imaginary = np.random.default_rng(seed).normal(0, sigma, (2, *clean.shape))
    return np.hypot(clean + real, imaginary)


def add_diffusion(bids: Path, patient: str, *, images: int = 13, sigma: float = 2.0) -> np.ndarray:
    """Replace the ADC by a diffusion series, and return the ADC (X, Y, Z)."""
    adc = _taken(bids, patient, "ADC")
    values = adc.get_fdata()
    brain = values > 0
    world = directions(images - 1)
    tensor = (1 - ANISOTROPY) * np.eye(3) + 3 * ANISOTROPY * np.outer(FIBRE, FIBRE)
    tensor /= np.trace(tensor) / 3
    b0 = np.where(brain, 300 * (1 + values / 1e-3), 0.0)
    decays = [np.exp(-B_VALUE * values * (g @ tensor @ g)) for g in world]
    series = np.stack([b0, *(b0 * decay for decay in decays)], axis=-1)
    _saved(raw_path(bids, patient, "dwi", "dwi.nii.gz"), _noisy(series, sigma, 1), adc.affine)
    axes = adc.affine[:3, :3] / np.linalg.norm(adc.affine[:3, :3], axis=0)
    vectors = world @ axes
    # FSL's convention: the first axis is reversed in a right-handed image.
    vectors[:, 0] *= -1 if np.linalg.det(axes) > 0 else 1
    table = np.vstack([np.zeros(3), vectors]).T
    np.savetxt(raw_path(bids, patient, "dwi", "dwi.bvec"), table, fmt="%.6f")
    b_values = [0, *[int(B_VALUE)] * (images - 1)]
    raw_path(bids, patient, "dwi", "dwi.bval").write_text(" ".join(map(str, b_values)))
    return values


def add_perfusion(
    bids: Path, patient: str, *, sigma: float = 2.0, te_s: float = TE_S
) -> np.ndarray:
    """Replace the rCBV by a bolus series, and return the rCBV (X, Y, Z)."""
    rcbv = _taken(bids, patient, "rCBV")
    values = rcbv.get_fdata()
    late = np.maximum(np.arange(FRAMES) * TR_S - 15.0, 0)
    bolus = (late / 4.5) ** 3 * np.exp(3 - late / 1.5) + 0.15 * (1 - np.exp(-((late / 8) ** 3)))
    rate = 8.0 * values[..., None] * bolus
    # Fluid, with little blood, is bright before the bolus.
    before = np.where(values > 0, 450.0 / (0.5 + 0.5 * values), 0.0)
    series = before[..., None] * np.exp(-TE_S * rate)
    _saved(raw_path(bids, patient, "perf", "dsc.nii.gz"), _noisy(series, sigma, 2), rcbv.affine)
    said = {"EchoTime": te_s, "RepetitionTime": TR_S, "FlipAngle": 60}
    raw_path(bids, patient, "perf", "dsc.json").write_text(json.dumps(said))
    return values


def add_spectroscopy(bids: Path, patient: str, centre: np.ndarray, *, sigma: float = 0.3) -> Grid:
    """Add a grid of spectra around a point (RAS mm), and return the grid."""
    press = Acquisition(127.7, 5e-4, 1024, 144.0, "PRESS", tr_s=1.5)
    naa, choline = 8.0, 8.0 * CHO_NAA
    basis = simulate_basis(press, ["NAA", "GPC", "Cr", "Glu", "Ins"])
    fid = np.array([naa, choline, 6.0, 6.0, 4.0]) @ basis.fids * np.exp(-15.0 * press.time_s)
    shape = (4, 4, 1)
    affine = np.diag([15.0, 15.0, 20.0, 1.0])
    affine[:3, 3] = centre - np.array([22.5, 22.5, 0.0])
    noise = np.random.default_rng(3).normal(0, sigma, (2, *shape, press.points, 1))
    fids = (fid[:, None] + noise[0] + 1j * noise[1]).astype(np.complex64)
    header = {
        "SpectrometerFrequency": [press.field_mhz],
        "ResonantNucleus": ["1H"],
        "EchoTime": press.te_ms / 1000,
        "RepetitionTime": press.tr_s,
        "SequenceName": "PRESS",
    }
    grid = Grid(affine, shape)
    path = raw_path(bids, patient, "mrs", "mrsi.nii.gz")
    write_nifti_mrs(path, MrsFile(grid, fids, press.dwell_s, header))
    return grid
