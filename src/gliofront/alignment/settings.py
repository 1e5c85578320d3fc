"""Settings of the rigid alignment and of its checks."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from gliofront.foundation.settings import Settings

Millimetres = Annotated[float, Field(ge=0.5, le=20.0)]


class AlignmentSettings(Settings):
    """How images are put onto the T1C image, and when to doubt the result."""

    levels_mm: tuple[Millimetres, ...] = Field(
        default=(6.0, 3.0, 1.0),
        min_length=1,
        max_length=5,
        description="Voxel sizes of the coarse-to-fine search, mm; the first picks the start.",
    )
    samples: int = Field(
        default=30000,
        ge=2000,
        le=500000,
        description="Points in the brain at which two images are compared.",
    )
    bins: int = Field(
        default=32,
        ge=8,
        le=128,
        description="Intensity bins of each image in the joint histogram.",
    )
    context_mm: float = Field(
        default=6.0,
        ge=0.0,
        le=30.0,
        description="Margin around the brain that takes part in the search, mm.",
    )
    start_context_mm: float = Field(
        default=15.0,
        ge=0.0,
        le=50.0,
        description="The same while the start is chosen: the head's outline guides it, mm.",
    )
    least_overlap: float = Field(
        default=0.5,
        ge=0.05,
        le=1.0,
        description="Share of the points inside the moving image below which a pose loses score.",
    )
    quality_warning: float = Field(
        default=0.40,
        ge=-1.0,
        le=1.0,
        description="Sharpness (see `quality.Quality`) below which an alignment is reported.",
    )
    mirror_margin: float = Field(
        default=0.2,
        ge=0.0,
        le=1.0,
        description="Share by which a mirrored image must fit better to be reported.",
    )
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of the sample points.")

    @field_validator("levels_mm")
    @classmethod
    def _coarse_to_fine(cls, levels: tuple[float, ...]) -> tuple[float, ...]:
        if list(levels) != sorted(levels, reverse=True):
            raise ValueError("the levels run from coarse to fine")
        return levels
