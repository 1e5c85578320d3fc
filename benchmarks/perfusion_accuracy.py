"""Blood volume against the truth, by leakage model, on simulated voxels and leaks.

Usage: python benchmarks/perfusion_accuracy.py [--voxels N] [--write]

Half of the voxels leak. The flip angle decides what the leak does: T1 dominates at 60 to 90
degrees, R2* of the agent between cells at 30. The reference curve is found by the program itself.
Blood volume is in units of the median ratio to the truth where nothing leaks; bias is the median
error, spread the robust standard deviation of the error, r the correlation with the truth. The
physics, none of it the models', is in tests/maps/perfusion/bolus_physics.py.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from gliofront.maps.perfusion.bolus import find_bolus
from gliofront.maps.perfusion.cbv import integral
from gliofront.maps.perfusion.leakage import fit_leakage, reference_voxels
from gliofront.maps.perfusion.relaxivity import delta_r2star
from gliofront.maps.perfusion.settings import PerfusionSettings
from pages import write_between

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "maps" / "perfusion"))

from bolus_physics import noisy, signal, tissues

ROWS = (
    ("none", "whole"),
    ("none", "first-pass"),
    ("boxerman-weisskoff", "whole"),
    ("boxerman-weisskoff", "first-pass"),
    ("leu", "whole"),
    ("leu", "first-pass"),
)
FLIPS = (90.0, 80.0, 60.0, 30.0)
TR_S, TE_MS, SNR, FRAMES = 1.5, 30.0, 80.0, 80


def simulated(voxels: int, flip: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return signal (V, N), true blood volume (V,), where it leaks (V,)."""
    rng = np.random.default_rng(1)
    still, leaky = (tissues(voxels // 2, rng, leaky=leak) for leak in (False, True))
    clean = np.concatenate([signal(tissue, FRAMES, TR_S, TE_MS, flip) for tissue in (still, leaky)])
    truth = np.concatenate([still.blood, leaky.blood])
    return noisy(clean, SNR, rng), truth, np.arange(len(truth)) >= voxels // 2


def figures(estimate: np.ndarray, truth: np.ndarray) -> tuple[float, float, float]:
    error = 100 * (estimate / truth - 1)
    bias = float(np.median(error))
    spread = 1.4826 * float(np.median(np.abs(error - bias)))
    return bias, spread, float(np.corrcoef(estimate, truth)[0, 1])


def rows(voxels: int, flip: float) -> list[str]:
    measured, truth, leaks = simulated(voxels, flip)
    bolus, _ = find_bolus(measured.mean(axis=0), TR_S, PerfusionSettings())
    if bolus is None:
        raise SystemExit("no bolus")
    curves = delta_r2star(measured, bolus.baseline, TE_MS)
    chosen = reference_voxels(curves, bolus, PerfusionSettings())
    reference = curves[chosen].mean(axis=0)
    lines = []
    for model, window in ROWS:
        fit = fit_leakage(curves, reference, bolus, PerfusionSettings(leakage=model))
        volume = integral(fit.corrected(curves), TR_S, bolus.window(window))
        volume /= np.median(volume[~leaks] / truth[~leaks])
        bias, spread, r = figures(volume[leaks], truth[leaks])
        _, still_spread, still_r = figures(volume[~leaks], truth[~leaks])
        lines.append(
            f"| {flip:g} | {model} | {window} | {bias:+.1f} | {spread:.1f} | {r:.3f} | "
            f"{still_spread:.1f} | {still_r:.3f} | {100 * np.mean(leaks[chosen]):.0f} |"
        )
    return lines


def table(voxels: int) -> str:
    lines = [
        f"{voxels} voxels a flip angle, half of them leaky; TR {TR_S} s, TE {TE_MS:g} ms, "
        f"SNR {SNR:g}, {FRAMES} frames.",
        "",
        "| flip, degrees | model | window | bias % | spread % | r | spread %, no leak | "
        "r, no leak | leaky in reference % |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    return "\n".join(lines + [line for flip in FLIPS for line in rows(voxels, flip)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voxels", type=int, default=20_000)
    parser.add_argument("--write", action="store_true", help="write docs/validation.md")
    arguments = parser.parse_args()
    text = table(arguments.voxels)
    print(text)
    if arguments.write:
        write_between("validation.md", "perfusion", text)


if __name__ == "__main__":
    main()
