"""Settings of the voxel-wise features: neighbourhood, grey levels and the range of each map."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from gliofront.foundation.errors import InputRefused
from gliofront.foundation.settings import Settings
from gliofront.radiomics.names import Aggregation, Definitions


def _rising(limits: tuple[float, float]) -> tuple[float, float]:
    if not limits[0] < limits[1]:
        raise ValueError("the lower limit is not below the upper one")
    return limits


Limits = Annotated[tuple[float, float], AfterValidator(_rising)]


class GreyRanges(Settings):
    """The range of values of each map that the grey levels divide, in the unit of the map.

    A fixed range makes a grey level mean the same in every patient; values outside go to the
    end levels.

    >>> GreyRanges(ADC=(0, 2.5e-3)).of("ADC")
    (0.0, 0.0025)
    """

    T1C: Limits = Field(default=(-3.0, 9.0), description="Range of T1C, NAWM z.")
    FLAIR: Limits = Field(default=(-3.0, 9.0), description="Range of FLAIR, NAWM z.")
    T1: Limits = Field(default=(-3.0, 9.0), description="Range of T1, NAWM z.")
    T2: Limits = Field(default=(-3.0, 9.0), description="Range of T2, NAWM z.")
    ADC: Limits = Field(default=(0.0, 3.0e-3), description="Range of ADC, mm2/s.")
    FA: Limits = Field(default=(0.0, 1.0), description="Range of FA, ratio.")
    p: Limits = Field(default=(0.0, 5.2e-3), description="Range of p (isotropic part), mm2/s.")
    q: Limits = Field(default=(0.0, 2.0e-3), description="Range of q (anisotropic part), mm2/s.")
    rCBV: Limits = Field(  # noqa: N815 - the field's name of the map
        default=(0.0, 8.0), description="Range of rCBV, ratio to contralateral white matter."
    )

    def of(self, name: str) -> tuple[float, float]:
        """Return the range (low, high) of a map; an unknown map is refused."""
        if name not in type(self).model_fields:
            known = ", ".join(type(self).model_fields)
            raise InputRefused(name, "no grey-level range is known for this map", f"use {known}")
        low, high = getattr(self, name)
        return float(low), float(high)


class TextureSettings(Settings):
    """Neighbourhood and grey levels of the radiomic features; written beside every result."""

    radius: int = Field(
        default=2,
        ge=1,
        le=4,
        description="Half width of the cubic neighbourhood, voxels (2: 5 x 5 x 5).",
    )
    levels: int = Field(default=32, ge=2, le=256, description="Number of grey levels.")
    binning: Literal["size", "number", "none"] = Field(
        default="size",
        description="Levels divide a stated range (size), the range found inside the mask "
        "(number), or are the values themselves (none).",
    )
    range: Limits | None = Field(
        default=None,
        description="Range that the levels divide, in the unit of the image (binning size); for "
        "the maps of a patient it stands in ranges.",
    )
    aggregation: Aggregation = Field(
        default="merged",
        description="One matrix from all 13 directions, or the mean of the features of each.",
    )
    definitions: Definitions = Field(
        default="ibsi",
        description="Formulas of the Image Biomarker Standardisation Initiative, or of two widely "
        "shared MATLAB toolboxes.",
    )
    ranges: GreyRanges = Field(
        default_factory=GreyRanges, description="Range of values of each map that levels divide."
    )

    def of_map(self, name: str) -> TextureSettings:
        """Return the settings of one map: its range from `ranges`; an unknown map is refused.

        >>> TextureSettings(levels=64).of_map("FA").range
        (0.0, 1.0)
        """
        return self.model_copy(update={"range": self.ranges.of(name)})
