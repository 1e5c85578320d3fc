"""Settings of the maps."""

from __future__ import annotations

from pydantic import Field

from gliofront.foundation.settings import Settings


class BiasSettings(Settings):
    """How the smooth shading of an image is removed (N4)."""

    working_mm: float = Field(
        default=6.0,
        ge=2.0,
        le=10.0,
        description="Voxel size at which the field is estimated, mm.",
    )
    spline_mm: float = Field(
        default=200.0,
        ge=20.0,
        le=500.0,
        description="Distance of the field's control points at the coarsest level, mm.",
    )
    levels: int = Field(
        default=3, ge=1, le=6, description="Levels, each with half the distance of the last."
    )
    iterations: int = Field(
        default=50, ge=1, le=200, description="Greatest number of iterations a level."
    )
    tolerance: float = Field(
        default=1e-3, ge=0.0, le=1e-2, description="Change of the field at which a level ends."
    )
    most_not_positive: float = Field(
        default=0.05,
        ge=0.0,
        le=0.2,
        description="Share of brain voxels at or below 0 above which the image is left as it is.",
    )


class BrainSettings(Settings):
    """When an image counts as already skull-stripped."""

    least_ml: float = Field(
        default=300.0, ge=0.0, le=3000.0, description="Smallest volume of a stripped brain, mL."
    )
    most_ml: float = Field(
        default=2200.0, ge=100.0, le=5000.0, description="Largest volume of a stripped brain, mL."
    )
    least_border: float = Field(
        default=0.6,
        ge=0.1,
        le=1.0,
        description="Least share of the image's outermost voxels that are background.",
    )
    least_in_one: float = Field(
        default=0.95,
        ge=0.5,
        le=1.0,
        description="Least share of the foreground that lies in its largest piece.",
    )
