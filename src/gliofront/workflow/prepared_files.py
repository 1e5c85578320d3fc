"""Read a prepared patient back from an output folder: what `derivatives.save_prepared` wrote."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from gliofront.cohort.bids import beside, mask_path, session_folder, stem
from gliofront.cohort.sequences import REFERENCE, SEQUENCES
from gliofront.cohort.tables import read_table
from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import refuse_errors
from gliofront.image.checks import same_grid_findings
from gliofront.image.grid import Grid
from gliofront.image.reading import read_labels, read_mask, read_volume
from gliofront.image.volume import LabelVolume, Volume
from gliofront.regions.shells import distance_outside
from gliofront.workflow.derivatives import SESSION, map_path
from gliofront.workflow.prepared import Prepared
from gliofront.workflow.summary import grid_from, summary_path

NEEDED_MASKS = ("brain", "enhancing", "NAWM", "peritumoural")
_NEVER_EMPTY = ("brain", "enhancing", "peritumoural")
_LABELS = ("shells", "tissue")
_MEND = "prepare this patient again"
_Row = tuple[float, float, float, float]


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True)


class GridFacts(_Facts):
    """A grid as plain numbers."""

    AffineRasMm: tuple[_Row, _Row, _Row, _Row]
    Shape: tuple[int, int, int]

    def grid(self) -> Grid:
        """Return the grid."""
        return grid_from(self.model_dump())


class TumourFacts(_Facts):
    """Where the outline of the tumour comes from."""

    Outline: str


class PreparedSummary(_Facts):
    """What a patient's summary says of the files that must be there, and of their origin."""

    Maps: tuple[str, ...]
    MissingMaps: tuple[str, ...]
    Sources: Mapping[str, str]
    Tumour: TumourFacts
    VolumesMl: Mapping[str, float]
    NativeGrid: GridFacts
    WorkingGrid: GridFacts

    @property
    def voxels(self) -> int:
        """How many peritumoural voxels there are, to the rounding of the volume."""
        return round(self.VolumesMl["peritumoural"] / self.WorkingGrid.grid().voxel_ml)


def read_summary(root: Path, patient: str) -> PreparedSummary:
    """Read what was prepared of a patient.

    Raises
    ------
    InputRefused
        If the summary is absent, damaged, or names no T1C or not the masks that are needed.
    """
    path = summary_path(root, patient)
    try:
        said = PreparedSummary.model_validate_json(path.read_bytes())
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputRefused(path, f"the summary cannot be read: {reason}", _MEND) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise InputRefused(
            path, f"the summary is damaged: {where}: {first['msg']}", _MEND
        ) from error
    lacking = [name for name in NEEDED_MASKS if name not in said.VolumesMl]
    unknown = [name for name in said.Maps if name not in SEQUENCES]
    if lacking or unknown or REFERENCE not in said.Maps:
        problem = f"the summary lists maps {list(said.Maps)} and masks {list(said.VolumesMl)}"
        raise InputRefused(path, problem, _MEND)
    return said


def prepared_paths(root: Path, patient: str, said: PreparedSummary) -> dict[str, Path]:
    """Return the files that a patient's summary promises, by what they are.

    The keys are ``map NAME``, ``mask NAME``, ``labels shells`` and ``labels tissue``.
    """
    maps = [name for name in SEQUENCES if name in said.Maps]
    paths = {f"map {name}": map_path(root, patient, name) for name in maps}
    for label in said.VolumesMl:
        paths[f"mask {label}"] = mask_path(root, patient, SESSION, label, space="T1C")
    folder = session_folder(root, patient, SESSION, "anat")
    for label in _LABELS:
        name = stem(patient, SESSION, "space-T1C", f"seg-{label}", "dseg") + ".nii.gz"
        paths[f"labels {label}"] = folder / name
    return paths


def load_prepared(root: Path, patient: str) -> Prepared:
    """Read a prepared patient, verified.

    Parameters
    ----------
    root : the output folder.
    patient : id, without ``sub-``.

    Returns
    -------
    What was prepared; the distance to the enhancing tumour is computed anew from its mask.

    Raises
    ------
    InputRefused
        If a file that the summary promises is absent or damaged, or lies on another grid.
    """
    said = read_summary(root, patient)
    paths = prepared_paths(root, patient, said)
    maps = {n: load_map(paths[f"map {n}"], n) for n in SEQUENCES if n in said.Maps}
    masks = {n: load_mask(paths[f"mask {n}"], n) for n in said.VolumesMl}
    labels = {n: load_labels(paths[f"labels {n}"]) for n in _LABELS}
    grids = {paths[f"map {n}"].name: volume.grid for n, volume in maps.items()}
    grids |= {paths[f"mask {n}"].name: mask.grid for n, mask in masks.items()}
    grids |= {paths[f"labels {n}"].name: found.grid for n, found in labels.items()}
    refuse_errors(same_grid_findings(said.WorkingGrid.grid(), grids))
    grid = maps[REFERENCE].grid
    arrays = {name: mask.mask(name) for name, mask in masks.items()}
    return Prepared(
        native=said.NativeGrid.grid(),
        grid=grid,
        maps=maps,
        masks=arrays,
        distance_mm=distance_outside(arrays["enhancing"], grid),
        shells=labels["shells"],
        tissue=labels["tissue"],
    )


def load_map(path: Path, name: str) -> Volume:
    """Read a prepared map, verified."""
    unit = "NAWM z" if SEQUENCES[name].is_weighted else SEQUENCES[name].unit
    # Outside the brain a prepared map is undefined by intention.
    return read_volume(path, name, unit, max_undefined=1.0)[0]


def load_mask(path: Path, name: str) -> LabelVolume:
    """Read a mask, verified; brain, enhancing tumour and peritumoural voxels are never empty."""
    return read_mask(path, name, allow_empty=name not in _NEVER_EMPTY)[0]


def load_labels(path: Path) -> LabelVolume:
    """Read labels and the table of their names, verified."""
    table = beside(path, ".tsv")
    try:
        names = {int(row["index"]): row["name"] for row in read_table(table)}
    except (KeyError, ValueError) as error:
        problem = "the table of the labels does not have the columns index and name"
        raise InputRefused(table, problem, _MEND) from error
    return read_labels(path, names)[0]
