"""What a virtual cohort may vary: sizes, warps, motion and the course of the disease."""

from __future__ import annotations

from pydantic import Field

from gliofront.foundation.settings import Settings


class AnatomySettings(Settings):
    """How one head differs from the template."""

    warp_mm: float = Field(
        default=4.0,
        ge=0,
        le=10,
        description="Root mean square displacement of the random warp, mm.",
    )
    warp_scale_mm: float = Field(
        default=20.0, ge=12, le=60, description="Correlation length of the warp's velocity, mm."
    )
    tilt_degrees: float = Field(
        default=3.0,
        ge=0,
        le=15,
        description="Standard deviation of the head's rotation about an axis.",
    )


class TumourSettings(Settings):
    """Size of the tumour when it is scanned (Table 1 of Yan et al. 2020: 44 +- 25 mL)."""

    volume_mean_ml: float = Field(
        default=44.0,
        gt=0,
        le=150,
        description="Mean volume of the enhancing region with necrosis, mL.",
    )
    volume_sd_ml: float = Field(
        default=25.0, gt=0, le=80, description="Standard deviation of that volume, mL."
    )
    volume_low_ml: float = Field(default=6.0, gt=0, description="Smallest volume drawn, mL.")
    volume_high_ml: float = Field(default=130.0, gt=0, description="Largest volume drawn, mL.")


class CourseSettings(Settings):
    """Surgery, treatment and regrowth."""

    complete_resection: float = Field(
        default=0.78,
        ge=0,
        le=1,
        description="Share of complete resections (29 of 37 in Yan et al. 2020, Table 1).",
    )
    distant: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="Share of patients with a further focus away from the cavity.",
    )
    longest_days: float = Field(
        default=1500.0,
        gt=0,
        le=5000,
        description="Follow-up after which no progression is recorded, days.",
    )


class MotionSettings(Settings):
    """Rigid motion of the head between two sequences of one session."""

    shift_mm: float = Field(
        default=0.8, ge=0, le=5, description="Standard deviation of the shift along an axis, mm."
    )
    turn_degrees: float = Field(
        default=0.7,
        ge=0,
        le=5,
        description="Standard deviation of the rotation about an axis, degrees.",
    )


class PhantomSettings(Settings):
    """All that a virtual patient depends on besides the seed and the index."""

    resolution_mm: float = Field(
        default=2.0, ge=1, le=5, description="Voxel size of the contrast-enhanced T1 scan, mm."
    )
    anatomy: AnatomySettings = AnatomySettings()
    tumour: TumourSettings = TumourSettings()
    course: CourseSettings = CourseSettings()
    motion: MotionSettings = MotionSettings()
