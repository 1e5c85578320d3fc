"""Settings of the evaluation."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gliofront.foundation.settings import Settings


class EvaluationSettings(Settings):
    """Folds and intervals; written beside every score."""

    split: Literal["patients", "sites"] = Field(
        default="patients", description="Patient-grouped folds, or each site left out in turn."
    )
    folds: int = Field(default=5, ge=2, le=100, description="Patient-grouped folds.")
    resamples: int = Field(
        default=2000, ge=100, le=100_000, description="Bootstrap resamples of the patients."
    )
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of folds and resamples.")
    laboratory: bool = Field(
        default=True, description="Whether a study shows what leaking splits would have told."
    )
