"""Accuracy of the spectroscopy fit, into docs/validation.md.

Usage: python benchmarks/spectroscopy_accuracy.py [--draws N] [--write]

Simulated voxels at 3 T (tests/maps/spectroscopy_fit/spectroscopy_scenes.py) whose truth departs
from the fit's model: every draw has other small shifts, other broad signals beneath, residual
water, a skewed line and other T2. With the in vivo spectrum and basis set of LCModel's own test
(GLIOFRONT_TEST_DATA names the folder), that spectrum is fitted too, and voxels are also made from
that basis set and fitted with ours.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from gliofront.maps.spectroscopy.basis import Basis
from gliofront.maps.spectroscopy.combinations import SUMS, amount_of, ratio_of
from gliofront.maps.spectroscopy.lcmodel_text import read_basis, read_raw
from gliofront.maps.spectroscopy.macromolecules import macromolecules
from gliofront.maps.spectroscopy.model import build_model
from gliofront.maps.spectroscopy.quality import measure
from gliofront.maps.spectroscopy.residual_water import remove_water
from gliofront.maps.spectroscopy.simulate_basis import simulate_basis
from gliofront.maps.spectroscopy.spectrum_fit import SpectrumFit, fit_spectrum
from pages import write_between

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "maps" / "spectroscopy_fit"))

from spectroscopy_scenes import Scene, acquisition, full_basis, signal  # noqa: E402

SNR = 28.0
RATIOS = (0.3, 0.5, 1.0, 2.0, 4.0)
LCMODEL = {"tNAA": 1.306, "tCho": 0.250, "Ins": 0.911, "Glx": 1.510}
DATA = Path(os.environ.get("GLIOFRONT_TEST_DATA", ROOT.parent / "shared" / "data")) / "mrs_lcmodel"

Pairs = dict[str, list[tuple[float, float, float]]]


def noise_for(scene: Scene, made: Basis, fitted: Basis) -> float:
    """Return the noise's SD at which the tallest peak stands `SNR` times over it."""
    model = build_model(fitted)
    clean = replace(scene, water=0.0, sd=0.0)
    fit = fit_spectrum(signal(clean, made, np.random.default_rng(0))[0], model)
    height = measure(fit, model).snr * fit.noise
    return float(height / SNR / np.sqrt(made.acquisition.points))


def fit_draws(
    scene: Scene, made: Basis, fitted: Basis, draws: int, *, same_truth: bool = False
) -> Pairs:
    """Return value, bound and truth of each quantity in each draw."""
    model = build_model(fitted)
    scene = replace(scene, sd=noise_for(scene, made, fitted))
    pairs: Pairs = {name: [] for name in ("Cho/NAA", *SUMS)}
    for draw in range(draws):
        fid, amounts = signal(scene, made, np.random.default_rng(0 if same_truth else draw))
        if same_truth:
            fid = with_other_noise(fid, scene, made, draw)
        fit = fit_spectrum(remove_water(fid, made.acquisition), model)
        truth = {name: sum(amounts.get(row, 0.0) for row in rows) for name, rows in SUMS.items()}
        for name in SUMS:
            pairs[name].append((*amount_of(fit, name), truth[name]))
        ratio = ratio_of(fit, "tCho", "tNAA")
        pairs["Cho/NAA"].append((*ratio, truth["tCho"] / truth["tNAA"]))
    return pairs


def with_other_noise(fid: np.ndarray, scene: Scene, made: Basis, draw: int) -> np.ndarray:
    clean = signal(replace(scene, sd=0.0), made, np.random.default_rng(0))[0]
    parts = np.random.default_rng(1000 + draw).standard_normal((2, fid.size)) * scene.sd
    return np.asarray(clean + parts[0] + 1j * parts[1])


def bias_and_spread(pairs: list[tuple[float, float, float]]) -> str:
    value, _, truth = np.array(pairs).T
    error = 100 * (value / truth - 1)
    return f"{error.mean():+.1f} ± {error.std(ddof=1):.1f}"


def recovery(draws: int) -> list[str]:
    lines = [
        f"Relative error in %, mean ± SD over {draws} draws, at a signal-to-noise ratio of {SNR:g} "
        "(tallest metabolite peak over the SD of the noise).",
        "",
        "| voxels | true Cho/NAA | Cho/NAA | tNAA | tCho | tCr | Glx |",
        "|---|---|---|---|---|---|---|",
    ]
    for label, made, fitted, lipids in cases():
        for ratio in RATIOS:
            scene = Scene(cho_naa=ratio, water=40.0, lipids=lipids)
            pairs = fit_draws(scene, made, fitted, draws)
            cells = " | ".join(bias_and_spread(values) for values in pairs.values())
            lines.append(f"| {label} | {ratio:g} | {cells} |")
    return lines


def cases() -> list[tuple[str, Basis, Basis, float]]:
    early, late = full_basis(acquisition(30.0)), full_basis(acquisition(144.0))
    found = [
        ("TE 30", early, early, 0.0),
        ("TE 30, lipids", early, early, 0.7),
        ("TE 144", late, late, 0.0),
        ("TE 144, lipids", late, late, 0.7),
    ]
    if DATA.is_dir():
        stored = stored_basis()
        own = simulate_basis(stored.acquisition).joined(macromolecules(stored.acquisition))
        found.append(("TE 30, made from LCModel's basis", stored, own, 0.0))
    return found


def stored_basis() -> Basis:
    basis = read_basis((DATA / "3t.basis").read_text(), "3t.basis", te_ms=30.0)
    return basis.joined(macromolecules(basis.acquisition))


def bounds(draws: int) -> list[str]:
    lines = [
        f"Cramér-Rao bound (mean) over the SD of {draws} draws of the noise alone.",
        "",
        "| voxels | true Cho/NAA | Cho/NAA | tNAA | tCho | tCr | Glx |",
        "|---|---|---|---|---|---|---|",
    ]
    for te_ms in (30.0, 144.0):
        basis = full_basis(acquisition(te_ms))
        for ratio in (0.3, 1.0, 4.0):
            scene = Scene(cho_naa=ratio)
            pairs = fit_draws(scene, basis, basis, draws, same_truth=True)
            cells = []
            for values in pairs.values():
                value, bound, _ = np.array(values).T
                cells.append(f"{bound.mean() / value.std(ddof=1):.2f}")
            lines.append(f"| TE {te_ms:g} | {ratio:g} | {' | '.join(cells)} |")
    return lines


def in_vivo() -> list[str]:
    stored = stored_basis()
    own = simulate_basis(stored.acquisition).joined(macromolecules(stored.acquisition))
    fid = remove_water(
        read_raw((DATA / "data.raw").read_text(), "data.raw").fid, stored.acquisition
    )
    lines = [
        "A living brain (3 T, PRESS, TE 30 ms), ratios to tCr; in brackets the difference.",
        "",
        "| | LCModel | its basis, our fit | our basis, our fit |",
        "|---|---|---|---|",
    ]
    fits = [fit_spectrum(fid, build_model(basis)) for basis in (stored, own)]
    for name, reference in LCMODEL.items():
        cells = [f"{to_creatine(fit, name):.3f}" for fit in fits]
        gaps = [f"({100 * (to_creatine(fit, name) / reference - 1):+.0f} %)" for fit in fits]
        both = " | ".join(f"{cell} {gap}" for cell, gap in zip(cells, gaps, strict=True))
        lines.append(f"| {name} | {reference:.3f} | {both} |")
    return lines


def to_creatine(fit: SpectrumFit, name: str) -> float:
    if name in SUMS:
        return ratio_of(fit, name, "tCr")[0]
    return float(fit.amounts[fit.names.index(name)] / amount_of(fit, "tCr")[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=60)
    parser.add_argument("--write", action="store_true", help="write docs/validation.md")
    arguments = parser.parse_args()
    parts: list[Callable[[], list[str]]] = [
        lambda: recovery(arguments.draws),
        lambda: bounds(2 * arguments.draws),
    ]
    if DATA.is_dir():
        parts.append(in_vivo)
    text = "\n\n".join("\n".join(part()) for part in parts)
    print(text)
    if arguments.write:
        write_between("validation.md", "spectroscopy", text)


if __name__ == "__main__":
    main()
