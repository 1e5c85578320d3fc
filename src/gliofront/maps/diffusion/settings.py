"""Settings of the diffusion maps."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gliofront.foundation.settings import Settings


class DiffusionSettings(Settings):
    """How raw diffusion-weighted images become ADC, FA, p and q."""

    fit: Literal["wls", "restore"] = Field(
        default="wls",
        description="Weighted least squares, or RESTORE, which rejects outliers and takes "
        "several times as long.",
    )
    denoise: bool = Field(
        default=False,
        description="Denoise by MP-PCA first; a dozen images are barely enough for it.",
    )
    motion: bool = Field(
        default=True, description="Register every image to the mean b0 and turn its gradient."
    )
    motion_mm: float = Field(
        default=4.0,
        ge=1.0,
        le=8.0,
        description="Voxel size at which images are registered for motion, mm.",
    )
    distortion: bool = Field(
        default=True, description="Correct the EPI distortion along the phase-encoding axis."
    )
    distortion_smoothness: float = Field(
        default=1.0,
        gt=0.0,
        le=100.0,
        description="Weight of the distortion field's smoothness; larger is smoother.",
    )
    distortion_most_mm: float = Field(
        default=20.0,
        ge=1.0,
        le=50.0,
        description="Largest displacement that the distortion field may have, mm.",
    )
    distortion_least_gain: float = Field(
        default=0.2,
        ge=0.0,
        le=10.0,
        description="Relative gain of mutual information below which the distortion is not "
        "corrected by the anatomy; on simulated tumours smaller gains came from wrong fields.",
    )
    b0_threshold: float = Field(
        default=50.0,
        ge=0.0,
        le=200.0,
        description="Largest b-value that counts as no diffusion weighting, s/mm2.",
    )
    b_max: float = Field(
        default=1500.0,
        ge=500.0,
        le=5000.0,
        description="Largest b-value that the tensor is fitted to, s/mm2; kurtosis shows above.",
    )
    most_mm2_s: float = Field(
        default=6e-3,
        ge=3e-3,
        le=2e-2,
        description="Largest eigenvalue of a physical tensor, mm2/s; free water has 3e-3.",
    )
    block: int = Field(
        default=20000,
        ge=100,
        le=1000000,
        description="Voxels fitted at a time, which bounds memory.",
    )
