"""Settings of the regions: what may be set, between which bounds, and what it means."""

from __future__ import annotations

from pydantic import Field

from gliofront.foundation.settings import Settings


class NawmSettings(Settings):
    """Where contralateral normal-appearing white matter may lie."""

    erosion_mm: float = Field(
        2.0,
        ge=0,
        le=6,
        description="How far white matter is eroded, so that no grey is left in it.",
    )
    midplane_mm: float = Field(
        10.0, ge=0, le=30, description="Least distance from the plane between the hemispheres."
    )
    edge_mm: float = Field(8.0, ge=0, le=30, description="Least distance from the brain's edge.")
    lesion_mm: float = Field(
        20.0, ge=5, le=60, description="Least distance from the tumour where both sides are used."
    )
    flair_z: float = Field(
        2.5, ge=1, le=6, description="FLAIR above this robust z of white matter is not normal."
    )
    minimum_ml: float = Field(
        5.0, ge=0.5, le=50, description="Less than this volume of white matter is not enough."
    )


class OutlineSettings(Settings):
    """The semi-automatic outline of the enhancing tumour."""

    smoothing_mm: float = Field(
        0.7, ge=0, le=2, description="Gaussian smoothing (sigma) before thresholds."
    )
    high_z: float = Field(
        3.0, ge=1, le=10, description="Enhancement that starts a candidate, in white-matter z."
    )
    low_z: float = Field(
        1.8, ge=0.5, le=8, description="Enhancement that a candidate grows into, in white-matter z."
    )
    edge_mm: float = Field(
        2.5, ge=0, le=8, description="Dura and sinuses: no candidate starts this near the edge."
    )
    opening_mm: float = Field(
        2.0, ge=0.5, le=5, description="Radius that thin vessels and plates do not survive."
    )
    closing_mm: float = Field(
        3.0, ge=0, le=8, description="Gaps in the enhancing rim that are bridged round necrosis."
    )
    search_mm: float = Field(
        12.0, ge=2, le=40, description="How far from abnormal FLAIR candidates are looked for."
    )
    minimum_ml: float = Field(
        0.3, ge=0.05, le=5, description="Smaller candidates are not considered."
    )
    largest_hole_ml: float = Field(
        90.0, ge=1, le=300, description="Larger holes are not taken for necrosis."
    )
    cavity_z: float = Field(
        -2.0, ge=-10, le=-0.5, description="Darker than this, T1C may be a necrotic cavity."
    )
    wall_share: float = Field(
        0.65, ge=0.3, le=1, description="Share of a cavity's surface that must enhance."
    )
    seed_reach_mm: float = Field(
        15.0, ge=1, le=40, description="How far from the given seed point a candidate may begin."
    )


class OedemaSettings(Settings):
    """Oedema from FLAIR in units of white matter."""

    low_z: float = Field(2.0, ge=0.5, le=8, description="FLAIR that oedema grows into, NAWM z.")
    high_z: float = Field(3.0, ge=1, le=12, description="FLAIR that starts oedema, NAWM z.")
    normal_quantile: float = Field(
        0.97,
        ge=0.8,
        le=0.999,
        description="The opposite hemisphere's FLAIR quantile that oedema must exceed as well.",
    )
    opening_mm: float = Field(
        1.5, ge=0, le=5, description="Bright bridges thinner than twice this are cut."
    )
    reach_mm: float = Field(
        10.0, ge=0, le=40, description="Oedema begins within this distance of the tumour."
    )


class RegionSettings(Settings):
    """All settings of the regions."""

    nawm: NawmSettings = Field(default_factory=NawmSettings, description="White matter.")
    outline: OutlineSettings = Field(default_factory=OutlineSettings, description="Own outline.")
    oedema: OedemaSettings = Field(default_factory=OedemaSettings, description="Oedema.")
    shell_edges_mm: tuple[float, ...] = Field(
        (5.0, 10.0, 15.0, 20.0),
        min_length=1,
        max_length=12,
        description="Outer edges of the shells around the enhancing tumour, mm, ascending.",
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Seed of the tissue mixture's sample.")
