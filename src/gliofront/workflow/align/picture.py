"""What the picture of two visits shows."""

from __future__ import annotations

import numpy as np

from gliofront.alignment.longitudinal import chosen_text
from gliofront.alignment.two_visits import rigid_visits
from gliofront.foundation.findings import Level
from gliofront.image.resample import crop_grid, resample_volume, working_grid
from gliofront.report.flicker import Flicker
from gliofront.workflow.align.result import PairResult

_VOXEL_MM = (1.0, 2.0)
_MARGIN_MM = 10.0


def flicker_of(result: PairResult) -> Flicker:
    """Return the scene: both visits on one isotropic grid about the pre-operative brain."""
    before, after, visits = result.before, result.after, result.found.visits
    whole = working_grid(before.grid, float(np.clip(before.grid.spacing.min(), *_VOXEL_MM)))
    grid = crop_grid(whole, result.before_onto(before.brain, whole), _MARGIN_MM)
    turned = rigid_visits(visits.rigid, grid)
    cavity = result.regions.cavity.mask
    names = (before.read.files.t1c.name, after.read.files.t1c.name)
    return Flicker(
        before=resample_volume(before.t1c, grid),
        rigid=turned.volume_onto(after.t1c, grid),
        aligned=visits.volume_onto(after.t1c, grid),
        brain=result.before_onto(before.brain, grid),
        tumour=result.before_onto(result.regions.tumour.mask, grid),
        cavity=result.after_onto(cavity, grid),
        progression=result.progression_on(grid),
        cavity_rigid=result.after_onto(cavity, grid, turned),
        title=f"{names[1]} onto {names[0]}",
        notes=_notes(result),
        warnings=_warnings(result),
    )


def _notes(result: PairResult) -> tuple[str, ...]:
    volumes = result.volumes_ml()
    said = {
        "tumour before": volumes["LesionBefore"],
        "cavity": volumes["CavityAtFollowUp"],
        "progression": volumes["Progression"],
    }
    return (
        chosen_text(result.found.chosen),
        *(f"{name} {volume:.1f} mL" for name, volume in said.items()),
    )


def _warnings(result: PairResult) -> tuple[str, ...]:
    codes = [f.code for f in result.findings if f.level is not Level.NOTE]
    said = dict.fromkeys(code.replace("-", " ") for code in codes)
    return (f"warnings, see alignment.json: {', '.join(said)}",) if said else ()
