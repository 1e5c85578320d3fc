"""What a virtual cohort may vary: sizes, warps, motion and the course of the disease."""

from __future__ import annotations

from pydantic import Field, model_validator

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


class MassEffectSettings(Settings):
    """How much a tumour pushes tissue aside instead of growing into it (all assumed)."""

    displaced_low: float = Field(
        default=0.3,
        ge=0,
        le=0.8,
        description="Smallest share of the core's volume made by pushing tissue aside.",
    )
    displaced_high: float = Field(
        default=0.6,
        ge=0,
        le=0.8,
        description="Largest share of the core's volume made by pushing tissue aside.",
    )
    swelling_median_ml: float = Field(
        default=15.0,
        ge=0,
        le=40,
        description="Median volume of water that swells the tissue around the core, mL.",
    )
    swelling_spread: float = Field(
        default=0.7, ge=0, le=1.5, description="Standard deviation of that volume's logarithm."
    )


class CourseSettings(Settings):
    """Surgery, treatment and regrowth."""

    complete_resection: float = Field(
        default=0.78,
        ge=0,
        le=1,
        description="Share of complete resections (29 of 37 in Yan et al. 2020, Table 1).",
    )
    pseudo_progression: float = Field(
        default=0.135,
        ge=0,
        le=1,
        description="Share whose first new enhancement is no tumour (5 of 37 in Yan et al. 2020).",
    )
    distant: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="Share that progresses in another lobe or hemisphere, beyond the shells.",
    )
    none: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="Share without progression in the whole of follow-up (assumed).",
    )
    longest_days: float = Field(
        default=1500.0,
        gt=0,
        le=5000,
        description="Follow-up after which no progression is recorded, days.",
    )
    slice_mm: float = Field(
        default=5.0, ge=1, le=10, description="Slice thickness of the follow-up scan, mm."
    )

    @model_validator(mode="after")
    def _shares_fit(self) -> CourseSettings:
        if self.pseudo_progression + self.distant + self.none > 1:
            raise ValueError("the shares of pseudo_progression, distant and none exceed 1")
        return self


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


class RawSettings(Settings):
    """What disturbs raw diffusion, perfusion and spectroscopy beside the site's protocol."""

    noise: float = Field(
        default=1.0, ge=0, le=10, description="Noise as a multiple of the site's; 0 is none."
    )
    distortion: float = Field(
        default=1.0,
        ge=0,
        le=3,
        description="Echo-planar distortion as a multiple of the site's; 0 is none.",
    )
    volume_shift_mm: float = Field(
        default=0.3,
        ge=0,
        le=5,
        description="Standard deviation of a diffusion image's shift along an axis, mm.",
    )
    volume_turn_degrees: float = Field(
        default=0.3,
        ge=0,
        le=5,
        description="Standard deviation of a diffusion image's rotation about an axis, degrees.",
    )


class PhantomSettings(Settings):
    """All that a virtual patient depends on besides the seed and the index."""

    resolution_mm: float = Field(
        default=2.0, ge=1, le=5, description="Voxel size of the contrast-enhanced T1 scan, mm."
    )
    anatomy: AnatomySettings = AnatomySettings()
    tumour: TumourSettings = TumourSettings()
    mass_effect: MassEffectSettings = MassEffectSettings()
    course: CourseSettings = CourseSettings()
    motion: MotionSettings = MotionSettings()
    raw: RawSettings = RawSettings()
