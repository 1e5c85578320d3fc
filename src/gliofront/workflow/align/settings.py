"""Settings of the alignment of two visits: how it is done, and when its result is doubted."""

from __future__ import annotations

from pydantic import Field

from gliofront.alignment.longitudinal_settings import PRESETS, LongitudinalSettings
from gliofront.alignment.settings import AlignmentSettings
from gliofront.foundation.errors import UsageRefused
from gliofront.foundation.settings import Settings, checked
from gliofront.maps.settings import BiasSettings
from gliofront.regions.settings import OutlineSettings
from gliofront.regions.treated_settings import TreatedSettings
from gliofront.workflow.visit_checks import VisitChecks


class PairChecks(VisitChecks):
    """From where on a pair of visits, or its points, are reported."""

    most_point_mm: float = Field(
        default=15.0,
        gt=0.0,
        le=100.0,
        description="Median error of given points after the rigid alignment, above which their "
        "axes, unit or order are doubted, mm.",
    )


class PairSettings(Settings):
    """Everything that bears on the alignment of two visits."""

    visits: LongitudinalSettings = LongitudinalSettings()
    rigid: AlignmentSettings = AlignmentSettings()
    bias: BiasSettings = BiasSettings()
    outline: OutlineSettings = OutlineSettings()
    outline_mm: float = Field(
        default=1.0,
        ge=0.5,
        le=4.0,
        description="Voxel size at which the tumour before surgery is outlined, mm.",
    )
    treated: TreatedSettings = TreatedSettings()
    checks: PairChecks = PairChecks()


def preset_settings(preset: str, seed: int) -> PairSettings:
    """Return the settings of a preset, with one seed for all that is drawn.

    >>> preset_settings("fine", 3).visits.working_mm
    1.0

    Raises
    ------
    UsageRefused
        If there is no such preset, or the seed is out of bounds.
    """
    if preset not in PRESETS:
        mend = f"use one of {', '.join(PRESETS)}"
        raise UsageRefused("--preset", f"there is no preset {preset!r}", mend)
    rigid = checked(AlignmentSettings, {"seed": seed}, "--seed")
    return PairSettings(visits=PRESETS[preset].model_copy(update={"seed": seed}), rigid=rigid)
