"""Settings of perfusion."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gliofront.foundation.settings import Settings

LeakageModel = Literal["boxerman-weisskoff", "leu", "none"]
CbvWindow = Literal["first-pass", "whole"]


class MotionSettings(Settings):
    """How the frames of a series are brought onto each other (rigid, six parameters)."""

    enabled: bool = Field(default=True, description="Whether frames are registered at all.")
    working_mm: float = Field(
        default=3.5,
        ge=1.0,
        le=8.0,
        description="Voxel size to which frames are averaged for the estimate, mm.",
    )
    gain_mm: float = Field(
        default=12.0,
        ge=4.0,
        le=60.0,
        description="Smoothness (standard deviation) of the bolus' own change of intensity, mm.",
    )
    least_mm: float = Field(
        default=0.25,
        ge=0.0,
        le=2.0,
        description="Displacement in the brain below which a frame is left as it is, mm.",
    )
    iterations: int = Field(default=12, ge=1, le=100, description="Most Gauss-Newton steps.")
    refinements: int = Field(
        default=2, ge=0, le=10, description="Rounds with the expected bolus in the reference."
    )
    tolerance_mm: float = Field(
        default=0.02, gt=0.0, le=1.0, description="Step at which the estimate of a frame ends, mm."
    )
    most_mm: float = Field(
        default=10.0,
        ge=1.0,
        le=50.0,
        description="Displacement above which the estimate of a frame counts as failed, mm.",
    )


class AifSettings(Settings):
    """How the arterial input is chosen."""

    voxels: int = Field(default=15, ge=3, le=200, description="Voxels that are averaged.")
    candidates_percent: float = Field(
        default=5.0,
        ge=0.1,
        le=50.0,
        description="Share of the brain, highest peaks first, among which arteries are sought.",
    )
    least_gain: float = Field(
        default=3.0,
        ge=1.0,
        le=10.0,
        description="Least peak of a plausible input, in median peaks of the brain.",
    )
    most_width_s: float = Field(
        default=20.0, ge=3.0, le=60.0, description="Most half-height width of an input, s."
    )
    most_fall_percent: float = Field(
        default=92.0,
        ge=50.0,
        le=100.0,
        description="Fall of the signal above which an arterial peak counts as cut, percent.",
    )
    gamma_variate: bool = Field(
        default=False, description="Whether the first pass of the input is replaced by its fit."
    )


class PerfusionSettings(Settings):
    """How maps are made from a bolus passage."""

    leakage: LeakageModel = Field(
        default="boxerman-weisskoff",
        description="Model of the contrast agent that leaves the vessels.",
    )
    most_kep_per_min: float = Field(
        default=3.0, ge=0.1, le=20.0, description="Bound of the return rate kep (leu), 1/min."
    )
    kep_prior_per_min: float = Field(
        default=1.0,
        ge=0.05,
        le=20.0,
        description="Spread of the half-normal prior that holds kep near 0 (leu), 1/min.",
    )
    cbv_window: CbvWindow = Field(
        default="first-pass", description="Frames over which the corrected curve is integrated."
    )
    discard_frames: int | None = Field(
        default=None,
        ge=0,
        le=50,
        description="First frames left out, before the steady state; unset: seen from the curve.",
    )
    least_baseline_frames: int = Field(
        default=4, ge=2, le=50, description="Fewest frames before the bolus."
    )
    least_drop_percent: float = Field(
        default=2.0,
        ge=0.1,
        le=50.0,
        description="Least fall of the mean brain signal that counts as a bolus, percent.",
    )
    least_tail_s: float = Field(
        default=20.0,
        ge=0.0,
        le=300.0,
        description="Least time after the first pass, for recovery and leakage, s.",
    )
    tail_s: float = Field(
        default=15.0, ge=1.0, le=120.0, description="Length of the last part, for recovery, s."
    )
    floor_sigmas: float = Field(
        default=4.0,
        ge=1.0,
        le=20.0,
        description="Signal below so many standard deviations of noise counts as saturated.",
    )
    most_saturated_percent: float = Field(
        default=2.0,
        ge=0.0,
        le=100.0,
        description="Saturated share of the brain above which a warning is given, percent.",
    )
    oscillation_limit: float = Field(
        default=0.035,
        ge=0.001,
        le=1.0,
        description="Most oscillation of the residue function in deconvolution.",
    )
    kappa: float = Field(
        default=0.733,
        ge=0.3,
        le=1.0,
        description="(1 - haematocrit of arteries) / (1 - haematocrit of capillaries).",
    )
    smoothing_mm: float = Field(
        default=0.0,
        ge=0.0,
        le=12.0,
        description="Full width at half maximum of in-brain smoothing of every frame, mm.",
    )
    block_voxels: int = Field(
        default=20_000, ge=100, le=1_000_000, description="Voxels computed at a time."
    )
    motion: MotionSettings = Field(default=MotionSettings(), description="Motion between frames.")
    aif: AifSettings = Field(default=AifSettings(), description="Arterial input.")
