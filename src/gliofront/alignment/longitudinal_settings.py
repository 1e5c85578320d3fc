"""How the brain at follow-up is put onto the brain before surgery."""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated

from pydantic import Field, model_validator

from gliofront.foundation.settings import Settings

Iterations = Annotated[int, Field(ge=0, le=500)]


class LongitudinalSettings(Settings):
    """The two stages, and what is believed of what they find."""

    working_mm: float = Field(
        default=2.0, ge=1.0, le=4.0, description="Voxel size of the non-linear search, mm."
    )
    iterations: tuple[Iterations, ...] = Field(
        default=(60, 40, 10),
        min_length=1,
        max_length=5,
        description="Iterations a level of the non-linear search, each twice as fine as the last.",
    )
    radius: int = Field(
        default=2, ge=1, le=6, description="Neighbourhood of the local correlation, voxels."
    )
    reach_mm: float = Field(
        default=12.0,
        ge=2.0,
        le=40.0,
        description="Distance outside the tumour over which the first stage fades, mm.",
    )
    smooth_mm: float = Field(
        default=12.0, ge=0.0, le=30.0, description="Smoothing of the second stage's movement, mm."
    )
    local_near_mm: float = Field(
        default=20.0, ge=0.0, le=200.0, description="The second stage is whole up to here, mm."
    )
    local_far_mm: float = Field(
        default=50.0, ge=1.0, le=300.0, description="And gone from here on, mm from the tumour."
    )
    margin_mm: float = Field(
        default=2.0,
        ge=0.0,
        le=10.0,
        description="Rim about tumour, cavity and new enhancement that is not matched, mm.",
    )
    judged_mm: float = Field(
        default=40.0,
        ge=5.0,
        le=200.0,
        description="Distance from the tumour within which the candidates are compared, mm.",
    )
    least_overlap: float = Field(
        default=0.5,
        ge=0.0,
        le=1.0,
        description="Least overlap (Dice) of cavity and former tumour for the first stage.",
    )
    overlap_weight: float = Field(
        default=0.2,
        ge=0.0,
        le=1.0,
        description="What the overlap of cavity and former tumour (Dice) adds to the likeness.",
    )
    least_gain: float = Field(
        default=0.02,
        ge=0.0,
        le=0.5,
        description="By how much a candidate's score must exceed the rigid one's to be taken.",
    )

    repeats: int = Field(
        default=12, ge=1, le=100, description="Repeats that tell how sure the alignment is."
    )
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of the repeats.")

    @model_validator(mode="after")
    def _near_before_far(self) -> LongitudinalSettings:
        if self.local_near_mm >= self.local_far_mm:
            raise ValueError("local_near_mm lies below local_far_mm")
        return self


PRESETS = MappingProxyType(
    {
        "fast": LongitudinalSettings(iterations=(60, 40, 0)),
        "default": LongitudinalSettings(),
        "fine": LongitudinalSettings(working_mm=1.0, iterations=(60, 40, 20, 0)),
    }
)
"""By name: about how long they take stands in docs/performance.md."""
