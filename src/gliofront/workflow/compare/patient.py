"""What a comparison of regions and features takes from a patient: means, and nothing larger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gliofront.cohort.bids import beside
from gliofront.cohort.patient import Patient
from gliofront.foundation.findings import Finding, Level
from gliofront.image.reading import read_coarse_map
from gliofront.image.volume import BoolArray, Volume
from gliofront.learning.table_files import read_table, release
from gliofront.maps.spectroscopy.region_means import region_means
from gliofront.statistics.feature_differences import PatientFeatures, class_means
from gliofront.workflow.derivatives import table_index
from gliofront.workflow.made_maps import metabolite_path, read_sidecar
from gliofront.workflow.prepared import Prepared
from gliofront.workflow.prepared_files import load_prepared
from gliofront.workflow.progression_label import ProgressionLabel, known_label
from gliofront.workflow.spectroscopy_files import PARAMETERS

PROGRESSION, ELSEWHERE = "progression", "non-progression"
UNKNOWN_PROGRESSION = "progression is not known"
NO_VOXEL = "the region has no voxel"
UNDEFINED = "the map has no value there"
_MEASURED = ("enhancing", "oedema")


@dataclass(frozen=True)
class MeasuredRegion:
    """A map in a region of a patient.

    Parameters
    ----------
    quantity, unit, region : what and where.
    mean : NaN if undefined.
    volume_ml : of the region where the map has a value.
    reason : why there is no mean; else empty.
    """

    quantity: str
    unit: str
    region: str
    mean: float
    volume_ml: float
    reason: str = ""


@dataclass(frozen=True)
class ComparedPatient:
    """What is kept of a patient.

    Parameters
    ----------
    regions : every map in every region.
    features : the means of both classes; None without a voxel table.
    volumes_ml : enhancing, oedema and progression, where known.
    findings : what was missing.
    """

    regions: tuple[MeasuredRegion, ...]
    features: PatientFeatures | None
    volumes_ml: Mapping[str, float]
    findings: tuple[Finding, ...]


def compared_patient(root: Path, patient: Patient) -> ComparedPatient:
    """Read a prepared patient, and keep the means of maps and features.

    Raises
    ------
    InputRefused
        If a file is absent or damaged.
    """
    prepared = load_prepared(root, patient.id)
    label = known_label(root, patient.id, prepared)
    regions = regions_of(prepared, label)
    measured = [row for volume in prepared.maps.values() for row in _means(volume, regions)]
    measured += _metabolites(root, patient.id, prepared, regions)
    volumes = {
        f"{n}_ml": _ml(prepared, prepared.masks[n]) for n in _MEASURED if n in prepared.masks
    }
    if label is not None:
        volumes["progression_ml"] = _ml(prepared, label.progression)
    features = _features(root, patient)
    findings = _findings(patient, label, features)
    return ComparedPatient(tuple(measured), features, volumes, findings)


def regions_of(prepared: Prepared, label: ProgressionLabel | None) -> dict[str, BoolArray | None]:
    """Return the regions of Figure 2, (X, Y, Z), in its order; None where progression is unknown.

    Progression and the shells hold peritumoural voxels alone, so neither has fluid in it, and what
    lies beyond the outermost shell is not compared. The shells leave out progression, and what a
    later scan did not see.
    """
    shells = {f"{ELSEWHERE} {name}": name for name in prepared.shells.names.values()}
    found: dict[str, BoolArray | None] = dict.fromkeys((PROGRESSION, *shells))
    if label is not None:
        around = prepared.masks["peritumoural"] & label.known
        found[PROGRESSION] = around & label.progression
        spared = around & ~label.progression
        found |= {region: spared & prepared.shells.mask(name) for region, name in shells.items()}
    return found | {name: prepared.masks[name] for name in ("enhancing", "NAWM")}


def _ml(prepared: Prepared, mask: BoolArray) -> float:
    return float(np.count_nonzero(mask) * prepared.grid.voxel_ml)


def _means(volume: Volume, regions: Mapping[str, BoolArray | None]) -> Iterator[MeasuredRegion]:
    for name, mask in regions.items():
        inside = np.zeros(0) if mask is None else volume.data[mask]
        values = inside[np.isfinite(inside)].astype(np.float64)
        mean = float(values.mean()) if values.size else np.nan
        ml = values.size * volume.grid.voxel_ml
        reason = "" if values.size else UNDEFINED
        if not inside.size:
            reason = UNKNOWN_PROGRESSION if mask is None else NO_VOXEL
        yield MeasuredRegion(volume.quantity, volume.unit, name, mean, ml, reason)


def _metabolites(
    root: Path, patient: str, prepared: Prepared, regions: Mapping[str, BoolArray | None]
) -> Iterator[MeasuredRegion]:
    """Yield the means of the maps of spectroscopy: each voxel weighs what the region has of it."""
    known = {name: mask for name, mask in regions.items() if mask is not None}
    for name, parameter in PARAMETERS.items():
        path = metabolite_path(root, patient, parameter)
        if not path.exists():
            continue
        unit = str(read_sidecar(beside(path, ".json"))["Units"])
        volume = read_coarse_map(path, name, unit)
        unknown = dict.fromkeys(regions, (np.nan, 0.0, UNKNOWN_PROGRESSION))
        found = {
            row.region: (row.mean, row.overlap_ml, row.reason)
            for row in region_means(volume, None, prepared.grid, known)
        }
        for region, said in (unknown | found).items():
            yield MeasuredRegion(name, unit, region, *said)


def _features(root: Path, patient: Patient) -> PatientFeatures | None:
    index = table_index(root, patient.id)
    if not index.exists():
        return None
    table = read_table(index)
    inside, outside = (class_means(table.features, table.label, label) for label in (1, 0))
    release(table)
    return PatientFeatures(
        patient.id,
        patient.site,
        dict(zip(table.names, inside.tolist(), strict=True)),
        dict(zip(table.names, outside.tolist(), strict=True)),
    )


def _findings(
    patient: Patient, label: ProgressionLabel | None, features: PatientFeatures | None
) -> tuple[Finding, ...]:
    found = []
    if label is None:
        found.append(("no-progression-label", f"{UNKNOWN_PROGRESSION}: no mask, no later scan"))
    if features is None:
        found.append(("no-voxel-table", "no voxel table; gliofront features makes one"))
    name = f"sub-{patient.id}"
    return tuple(Finding(Level.WARNING, code, name, problem) for code, problem in found)
