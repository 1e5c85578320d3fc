"""Settings: when a follow-up visit counts as progression, and what confirms it."""

from __future__ import annotations

from pydantic import Field

from gliofront.foundation.settings import Settings


class ProgressionRules(Settings):
    """Thresholds of progression and of its confirmation.

    RANO: Wen et al., J Clin Oncol 28:1963-1972, 2010. Volumes: Ellingson et al., Neurotherapeutics
    14:307-320, 2017. The paper: Yan et al., Sci Rep 10:9748, 2020.
    """

    product_growth: float = Field(
        0.25,
        ge=0.05,
        le=2,
        description="Growth of the product of diameters over its nadir that counts, as a share: "
        "RANO.",
    )
    measurable_mm2: float = Field(
        100.0,
        ge=0,
        le=2500,
        description="A smaller product of diameters does not count, RANO's 10 by 10 mm.",
    )
    volume_growth: float = Field(
        0.40,
        ge=0.05,
        le=4,
        description="Growth of the enhancing volume over its nadir that counts, as a share.",
    )
    least_growth_ml: float = Field(
        1.0,
        ge=0,
        le=20,
        description="A smaller growth in volume does not count, so that noise of tiny volumes is "
        "no progression: assumed.",
    )
    early_days: float = Field(
        84.0,
        ge=0,
        le=365,
        description="Sooner after the end of radiotherapy growth must be confirmed: RANO, 12 "
        "weeks.",
    )
    confirming_visits: int = Field(
        1,
        ge=1,
        le=5,
        description="Later visits that must still show progression to confirm it; the paper "
        "examined at least 2.",
    )
    confirming_gap_days: float = Field(
        28.0,
        ge=0,
        le=365,
        description="A visit sooner after the first growth does not confirm it, as it may repeat "
        "the same scan: assumed, from the 4-week intervals of RANO.",
    )
