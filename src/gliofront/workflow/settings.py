"""All settings as one frozen tree: TOML in, the same TOML out beside the results."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import tomli_w
from pydantic import Field

from gliofront.alignment.longitudinal_settings import LongitudinalSettings
from gliofront.alignment.settings import AlignmentSettings
from gliofront.evaluation.leakage_splits import LeakageSettings
from gliofront.evaluation.settings import EvaluationSettings
from gliofront.foundation.settings import Settings, checked, read_toml
from gliofront.growth.settings import TwoContourSettings
from gliofront.learning.settings import LearningSettings
from gliofront.maps.diffusion.settings import DiffusionSettings
from gliofront.maps.perfusion.settings import PerfusionSettings
from gliofront.maps.settings import BiasSettings
from gliofront.maps.spectroscopy.settings import SpectroscopySettings
from gliofront.radiomics.settings import TextureSettings
from gliofront.regions.settings import RegionSettings
from gliofront.regions.treated_settings import TreatedSettings
from gliofront.workflow.visit_checks import VisitChecks


class IntakeSettings(Settings):
    """How files are read."""

    label_scheme: str = Field(
        "brats", description="Label scheme of a segmentation that has no table beside it."
    )
    assume_orientation: str | None = Field(
        None,
        pattern="^[RLAPSI]{3}$",
        description="Axis directions, such as RAS, of files whose header states none.",
    )
    outline: Literal["labels", "own"] = Field(
        "labels",
        description="Tumour from the given labels, or always our own outline (then compared).",
    )
    resample_labels: bool = Field(
        False, description="Put masks and labels that lie on another grid onto that of T1C."
    )


class GridSettings(Settings):
    """The working grid."""

    spacing_mm: float = Field(1.0, ge=0.5, le=3.0, description="Voxel size, the same in all axes.")
    margin_mm: float = Field(10.0, ge=0.0, le=50.0, description="Border kept around the brain.")


class StudySettings(Settings):
    """Everything that a run can be told."""

    model_name: str = Field(
        "boosted", pattern="^[A-Za-z0-9]{1,40}$", description="Name of the model and its maps."
    )
    intake: IntakeSettings = IntakeSettings()
    grid: GridSettings = GridSettings()
    alignment: AlignmentSettings = AlignmentSettings()
    diffusion: DiffusionSettings = DiffusionSettings()
    perfusion: PerfusionSettings = PerfusionSettings()
    spectroscopy: SpectroscopySettings = SpectroscopySettings()
    bias: BiasSettings = BiasSettings()
    regions: RegionSettings = RegionSettings()
    treated: TreatedSettings = TreatedSettings()
    longitudinal: LongitudinalSettings = LongitudinalSettings()
    visit_checks: VisitChecks = VisitChecks()
    texture: TextureSettings = TextureSettings()
    growth: TwoContourSettings = TwoContourSettings()
    learning: LearningSettings = LearningSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    leakage: LeakageSettings = LeakageSettings()


def quick_look(settings: StudySettings) -> StudySettings:
    """Return the settings with a working grid of 2 mm: a first look, not for figures.

    >>> quick_look(StudySettings()).grid.spacing_mm
    2.0
    """
    return settings.model_copy(update={"grid": GridSettings(spacing_mm=2.0)})


def with_seed(settings: StudySettings, seed: int | None) -> StudySettings:
    """Return the settings with every seed set to one; None leaves them as they are.

    >>> with_seed(StudySettings(), 7).learning.seed
    7
    """
    if seed is None:
        return settings
    groups = {
        name: group.model_copy(update={"seed": seed})
        for name in type(settings).model_fields
        if isinstance(group := getattr(settings, name), Settings)
        and "seed" in type(group).model_fields
    }
    return settings.model_copy(update=groups)


def with_intake(settings: StudySettings, **changes: object) -> StudySettings:
    """Return the settings with other ways of reading files; None changes nothing.

    >>> with_intake(StudySettings(), outline="own", label_scheme=None).intake.outline
    'own'
    """
    tree = settings.model_dump()
    tree["intake"] |= {name: value for name, value in changes.items() if value is not None}
    return checked_settings(tree, "options")


def _without_none(tree: dict[str, Any]) -> dict[str, Any]:
    """Drop what TOML cannot say: an absent value stands for None."""
    return {
        key: _without_none(value) if isinstance(value, dict) else value
        for key, value in tree.items()
        if value is not None
    }


def settings_text(settings: StudySettings) -> str:
    """Return the settings as TOML, every value written out.

    >>> "spacing_mm = 1.0" in settings_text(StudySettings())
    True
    """
    return tomli_w.dumps(_without_none(settings.model_dump(mode="json")))


def load_settings(path: Path | None) -> StudySettings:
    """Read settings from a TOML file; None gives the defaults.

    Raises
    ------
    UsageRefused
        If the file is absent, is not TOML, or holds an unknown name or a value out of bounds.
    """
    if path is None:
        return StudySettings()
    return checked_settings(read_toml(path), path)


def checked_settings(tree: dict[str, Any], source: object) -> StudySettings:
    """Build settings from a plain tree, such as that of a model, naming what is wrong in it."""
    return checked(StudySettings, tree, source)
