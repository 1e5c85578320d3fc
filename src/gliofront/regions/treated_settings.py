"""When tissue after treatment counts as cavity or as enhancing."""

from __future__ import annotations

from pydantic import Field

from gliofront.foundation.settings import Settings


class TreatedSettings(Settings):
    """Thresholds of our own outline after treatment; all assumed."""

    fluid_percentile: float = Field(
        default=1.0, ge=0.0, le=20.0, description="Darkest share of the brain taken as fluid, %."
    )
    fluid_share: float = Field(
        default=0.5,
        gt=0.0,
        lt=1.0,
        description="How far from white matter to fluid a voxel must be to count as fluid.",
    )
    cavity_reach_mm: float = Field(
        default=6.0, ge=0.0, le=30.0, description="How far outside the former tumour it may be, mm."
    )
    cavity_overlap: float = Field(
        default=0.5, ge=0.0, le=1.0, description="Least share of a cavity inside the former tumour."
    )
    low_z: float = Field(
        default=1.5, gt=0.0, le=20.0, description="Enhancement grows down to this, z of white."
    )
    high_z: float = Field(
        default=3.0, gt=0.0, le=30.0, description="Enhancement starts from this, z of white."
    )
    tolerance_mm: float = Field(
        default=2.5,
        ge=0.0,
        le=10.0,
        description="How far what was there before may seem to have moved, mm.",
    )
    uptake_z: float = Field(
        default=1.5, ge=0.0, le=20.0, description="Least rise from T1 to T1C, z of white matter."
    )
    enhancing_reach_mm: float = Field(
        default=60.0, ge=5.0, le=200.0, description="Farthest from the former tumour, mm."
    )
    opening_mm: float = Field(
        default=1.0, ge=0.0, le=5.0, description="Radius below which a bright line is a vessel, mm."
    )
    smallest_ml: float = Field(
        default=0.2, ge=0.0, le=5.0, description="Smallest body that counts, mL."
    )
