"""Figures of quality, by name; NaN where undefined."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gliofront.image.grid import FloatArray
from gliofront.maps.perfusion.aif import ArterialInput
from gliofront.maps.perfusion.bolus import Bolus
from gliofront.maps.perfusion.motion import Motion


def bolus_quality(bolus: Bolus) -> dict[str, float]:
    """Return when the bolus came and how clearly it is seen."""
    return {
        "discarded_frames": float(bolus.discarded),
        "baseline_frames": float(bolus.baseline_frames),
        "bolus_arrival_s": bolus.arrival * bolus.tr_s,
        "bolus_peak_s": bolus.peak * bolus.tr_s,
        "first_pass_s": (bolus.first_pass_end - bolus.arrival) * bolus.tr_s,
        "tail_s": bolus.tail_length_s,
        "bolus_drop_percent": bolus.drop_percent,
        "bolus_contrast_to_noise": bolus.contrast_to_noise,
    }


def motion_quality(motion: Motion | None) -> dict[str, float]:
    """Return how far the head moved; NaN if that was not estimated."""
    names = ("motion_most_mm", "motion_median_mm", "motion_most_degrees", "moved_frames_percent")
    if motion is None:
        return dict.fromkeys(names, float("nan"))
    figures: FloatArray = np.array(
        [
            motion.displaced_mm.max(),
            np.median(motion.displaced_mm),
            motion.rotated_degrees.max(),
            100 * motion.moved.mean(),
        ]
    )
    return dict(zip(names, figures.tolist(), strict=True))


def artery_quality(artery: ArterialInput | None) -> dict[str, float]:
    """Return height and width of the arterial input; NaN if there is none."""
    if artery is None:
        return {"artery_peak_per_s": float("nan"), "artery_width_s": float("nan")}
    return {"artery_peak_per_s": artery.peak, "artery_width_s": artery.width_s}


def signal_to_noise(signal: NDArray[np.floating], bolus: Bolus, noise: float) -> float:
    """Return the median signal (V, N) before the bolus over the noise of a frame."""
    level = float(np.nanmedian(signal[:, bolus.baseline]))
    return level / noise if noise > 0 else float("nan")
