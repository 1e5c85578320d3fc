"""Settings of the growth model that is fitted to one patient's visible contours."""

from __future__ import annotations

from pydantic import Field, model_validator

from gliofront.foundation.settings import Settings


class TwoContourSettings(Settings):
    """What the two contours are taken to mean, and how finely growth is computed."""

    enhancing_density: float = Field(
        default=0.7,
        ge=0.3,
        le=0.95,
        description="Share of the carrying capacity at the edge of enhancement; published models "
        "use 0.6 to 0.8.",
    )
    flair_density: float = Field(
        default=0.25,
        ge=0.01,
        le=0.6,
        description="The same at the edge of the FLAIR abnormality; published models use 0.16 to "
        "0.35.",
    )
    white_to_grey: float = Field(
        default=10.0,
        ge=1.0,
        le=100.0,
        description="Diffusivity of cells in white over that in grey matter; published models use "
        "5 to 10, some more.",
    )
    default_length_mm: float = Field(
        default=3.0,
        ge=0.3,
        le=20.0,
        description="Infiltration length in white matter of a patient without FLAIR, mm.",
    )
    shortest_mm: float = Field(
        default=0.8,
        ge=0.3,
        le=20.0,
        description="Shortest infiltration length that a fit may give, mm; fronts thinner than "
        "0.4 voxels cannot be computed.",
    )
    longest_mm: float = Field(
        default=10.0, ge=0.3, le=20.0, description="Longest infiltration length a fit may give, mm."
    )
    length_tolerance: float = Field(
        default=0.01,
        ge=1e-4,
        le=0.2,
        description="Share of the infiltration length to which it is sought.",
    )
    oedema_is_white: bool = Field(
        default=True,
        description="Matter in the FLAIR abnormality counts as white, since swollen white matter "
        "has the intensity of grey.",
    )
    start_lengths: float = Field(
        default=8.0,
        ge=0.0,
        le=20.0,
        description="Infiltration lengths by which the front is put back inside the enhancing "
        "tumour before it grows out again: fewer keep its shape better, and overestimate the "
        "length.",
    )
    working_mm: float = Field(
        default=2.0, ge=0.5, le=4.0, description="Voxel size at which growth is computed, mm."
    )
    longest_time: float = Field(
        default=60.0,
        ge=5.0,
        le=1000.0,
        description="Time at which growth ends at the latest, in units of 1 / rho.",
    )

    as_feature: bool = Field(
        default=False,
        description="Whether the density is a column of the voxel table, from which models learn; "
        "as a null it stands beside them anyway.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> TwoContourSettings:
        if self.flair_density >= self.enhancing_density:
            raise ValueError("cells are fewer at the edge of FLAIR than at that of enhancement")
        if not self.shortest_mm <= self.default_length_mm <= self.longest_mm:
            raise ValueError("the default length lies between the shortest and the longest")
        return self
