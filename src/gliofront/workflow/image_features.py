"""Voxel-wise features of any image: read and verified, computed in blocks, written whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Finding, refuse_errors
from gliofront.image.checks import same_grid_findings
from gliofront.image.grid import Grid
from gliofront.image.reading import read_mask, read_volume
from gliofront.image.volume import BoolArray, Volume
from gliofront.image.writing import write_json
from gliofront.radiomics.grey_image import grey_image
from gliofront.workflow.derivatives import Provenance, save_volume
from gliofront.workflow.feature_request import FeatureRequest, sidecar_path
from gliofront.workflow.feature_table import feature_map, write_feature_table
from gliofront.workflow.intake import sha256_of
from gliofront.workflow.staging import refuse_existing, staged

Told = Callable[[int], None]


@dataclass(frozen=True, eq=False)
class ReadImage:
    """An image and its masks, read and verified, on one grid."""

    request: FeatureRequest
    volume: Volume
    mask: BoolArray
    inside: BoolArray
    findings: Sequence[Finding]

    @property
    def rows(self) -> int:
        """How many voxels get a row."""
        return int(self.mask.sum())


@dataclass(frozen=True)
class WrittenFeatures:
    """What was made: files, rows, and how many rows are undefined for which reason."""

    files: tuple[Path, ...]
    rows: int
    undefined: dict[str, int]


def read_image(request: FeatureRequest) -> ReadImage:
    """Read and verify the image and its masks.

    Raises
    ------
    UsageRefused
        If an output of the same name exists.
    InputRefused
        If a file cannot be trusted, a mask is empty or lies on another grid, or the binning
        needs a range that is not stated.
    """
    refuse_existing(request.files)
    if request.settings.binning == "size" and request.settings.range is None:
        mend = "state the range that the levels divide (--range LOW HIGH), or use --binning number"
        raise InputRefused(request.image, "binning size without a range of the image", mend)
    how: dict[str, Any] = {"orientation": request.orientation}
    volume, findings = read_volume(request.image, request.stem, **how)
    mask, seen = read_mask(request.mask, "mask", **how)
    masks, findings = {str(request.mask): mask}, [*findings, *seen]
    if request.inside is not None:
        masks[str(request.inside)], seen = read_mask(request.inside, "inside", **how)
        findings += seen
    refuse_errors(same_grid_findings(volume.grid, {p: m.grid for p, m in masks.items()}))
    centres, inside = mask.mask("mask"), masks[str(request.inside or request.mask)]
    return ReadImage(request, volume, centres, inside.data > 0, findings)


def write_features(
    read: ReadImage,
    told: Told = lambda rows: None,
    drawn: Told = lambda maps: None,
) -> WrittenFeatures:
    """Compute and write the table, the maps and their sidecars; all of them, or nothing.

    Beyond the image, the masks and one map this holds the grey levels, a padded copy of both,
    and a block of rows.

    Parameters
    ----------
    told : told after each block of rows how many they were; ``drawn`` : after each map.

    Raises
    ------
    InputRefused
        If values and binning do not fit, or the system refuses to write.
    """
    request, grid = read.request, read.volume.grid
    settings, table = request.settings, request.table
    grey = grey_image(read.volume.data, read.inside, settings)
    provenance = _provenance(read)
    with staged(request.out) as stage:
        undefined = write_feature_table(
            stage / table.name,
            grey,
            read.mask,
            grid,
            settings,
            threads=request.threads,
            told=told,
        )
        del grey
        facts = {"Rows": read.rows, "RowsUndefined": undefined}
        write_json(stage / sidecar_path(table).name, provenance.sidecar(**facts))
        for name in request.maps:
            target = stage / request.map_path(name).name
            save_volume(target, _drawn(stage / table.name, name, grid), provenance)
            drawn(1)
    return WrittenFeatures(request.files, read.rows, undefined)


def _drawn(table: Path, name: str, grid: Grid) -> Volume:
    """Return the map of a feature; nothing else holds its values, so it goes with the volume."""
    return Volume(grid, feature_map(table, name, grid.shape), name, "that of the feature")


def _provenance(read: ReadImage) -> Provenance:
    request = read.request
    sources = {f"{what} {path.name}": sha256_of(path) for what, path in request.sources.items()}
    # The ranges of a patient's maps play no part in an image of its own.
    settings = request.settings.model_dump(mode="json", exclude={"ranges"})
    findings = [str(finding) for finding in read.findings]
    return Provenance(sources, settings, "features", {"Findings": findings})
