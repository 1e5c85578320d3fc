"""An output folder of prepared patients, made directly: no scan is read and nothing aligned."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gliofront.cohort.bids import mask_path
from gliofront.cohort.tables import table_text
from gliofront.image.grid import Grid
from gliofront.image.volume import LabelVolume, Volume
from gliofront.image.writing import write_json, write_labels, write_text, write_volume
from gliofront.learning.context import VoxelContext
from gliofront.learning.table import PatientVoxels
from gliofront.learning.table_files import write_table
from gliofront.regions.peritumoural import peritumoural
from gliofront.regions.shells import distance_outside, shells
from gliofront.workflow.derivatives import Provenance, save_prepared, save_volume, table_index
from gliofront.workflow.follow_up_files import SEEN, follow_up_path, soft_label_path
from gliofront.workflow.made_maps import metabolite_path
from gliofront.workflow.prepared import Prepared
from gliofront.workflow.summary import grid_facts, summary_path

GRID = Grid(np.diag([2.0, 2.0, 2.0, 1.0]), (24, 24, 24))
UNITS = {"T1C": "NAWM z", "ADC": "mm2/s", "rCBV": "ratio"}
LOWER_IN_PROGRESSION = 1e-4
PROVENANCE = Provenance({}, {}, "preparation")


def block(*corners: tuple[int, int]) -> np.ndarray:
    """Return a box (X, Y, Z) bool."""
    mask = np.zeros(GRID.shape, dtype=bool)
    mask[tuple(slice(*corner) for corner in corners)] = True
    return mask


TUMOUR = block((9, 13), (9, 13), (9, 13))
PROGRESSION = block((13, 17), (9, 13), (9, 13))
NAWM = block((0, 4), (0, 4), (0, 4))
FLUID = block((15, 17), (9, 13), (9, 11))
SEEN_HALF = block((0, 24), (0, 24), (0, 12))


def prepared_head(number: int, maps: tuple[str, ...], progression: bool) -> Prepared:
    """Return a head whose ADC is lower in progression, by less than patients differ."""
    rng = np.random.default_rng(number)
    brain = np.ones(GRID.shape, dtype=bool)
    distance = distance_outside(TUMOUR, GRID)
    values = {
        name: rng.normal(3.0 * rng.normal(), 0.5, GRID.shape) - (name == "ADC") * PROGRESSION
        for name in UNITS
    }
    volumes = {
        name: Volume(GRID, values[name] * (1e-4 if name == "ADC" else 1), name, UNITS[name])
        for name in maps
    }
    around = peritumoural(distance, brain, FLUID)
    masks = {"brain": brain, "enhancing": TUMOUR, "NAWM": NAWM, "peritumoural": around}
    if progression:
        masks["progression"] = PROGRESSION
    tissue = LabelVolume(GRID, np.where(FLUID, 1, 3), {1: "csf", 2: "grey", 3: "white"})
    return Prepared(GRID, GRID, volumes, masks, distance, shells(distance, GRID), tissue)


def write_prepared(
    root: Path,
    patient: str,
    number: int,
    *,
    maps: tuple[str, ...] = ("T1C", "ADC"),
    label: str = "mask",
    site: str = "A",
) -> None:
    """Write a prepared patient with a voxel table.

    Parameters
    ----------
    number : seed of the values.
    label : what tells progression: mask, scan (of the lower half) or nothing.
    """
    head = prepared_head(number, maps, label == "mask")
    save_prepared(root, patient, head, PROVENANCE)
    ml = {name: float(mask.sum() * GRID.voxel_ml) for name, mask in head.masks.items()}
    facts = {
        "Maps": sorted(maps),
        "MissingMaps": [],
        "Sources": {},
        "Tumour": {"Outline": "labels"},
        "VolumesMl": ml,
        "NativeGrid": grid_facts(GRID),
        "WorkingGrid": grid_facts(GRID),
    }
    write_json(summary_path(root, patient), facts)
    if label == "scan":
        _write_told(root, patient)
    write_table(table_index(root, patient), _voxels(head, patient, site, label))


def _write_told(root: Path, patient: str) -> None:
    named = {
        mask_path(root, patient, "preop", "progression", space="T1C"): PROGRESSION,
        follow_up_path(root, patient, *SEEN): SEEN_HALF,
    }
    for path, mask in named.items():
        write_labels(path, LabelVolume.from_mask(GRID, mask, "progression"))
    write_volume(soft_label_path(root, patient), Volume(GRID, PROGRESSION * 1.0, "soft", "share"))


def _voxels(head: Prepared, patient: str, site: str, label: str) -> PatientVoxels:
    voxel = np.argwhere(head.masks["peritumoural"]).astype(np.int32)
    at = tuple(voxel.T)
    columns = [volume.data[at] for volume in head.maps.values()]
    known = PROGRESSION[at].astype(int) if label == "mask" else np.full(len(voxel), -1)
    return PatientVoxels(
        patient=patient,
        site=site,
        voxel_ml=GRID.voxel_ml,
        names=tuple(f"{name}_firstorder_mean" for name in head.maps),
        features=np.column_stack(columns),
        voxel=voxel,
        label=known,
        shell=head.shells.data[at],
        distance_mm=head.distance_mm[at],
        doubt=np.zeros(len(voxel)),
        context=VoxelContext.unknown(len(voxel)),
    )


def write_spectroscopy(root: Path, patient: str, value: float) -> None:
    """Write a map of Cho/NAA of voxels of 16 mm: one value in the half with the tumour."""
    grid = Grid(np.diag([16.0, 16.0, 16.0, 1.0]), (3, 3, 3))
    data = np.full(grid.shape, value, dtype=np.float32)
    data[0, 0, 0] = np.nan
    volume = Volume(grid, data, "Cho/NAA", "ratio")
    save_volume(metabolite_path(root, patient, "ChoNAA"), volume, PROVENANCE)


def write_participants(path: Path, patients: dict[str, dict[str, str]]) -> None:
    """Write participants.tsv."""
    rows = [{"participant_id": f"sub-{name}", **cells} for name, cells in patients.items()]
    write_text(path, table_text(rows))


def write_cohort(root: Path) -> Path:
    """Write seven patients into ``root``, and return the clinical table that lies beside it."""
    write_prepared(root, "p1", 1, maps=("T1C",))
    write_prepared(root, "p2", 2, label="scan")
    write_prepared(root, "p3", 3, label="nothing", site="B")
    for number in (4, 5, 6, 7):
        write_prepared(root, f"p{number}", number, site="AB"[number % 2])
    known = {f"p{n}": {"site": "AABABAB"[n - 1], "partition": "train"} for n in range(1, 8)}
    known["p6"]["partition"] = known["p7"]["partition"] = "external"
    write_participants(root / "participants.tsv", known)
    clinical = {
        f"p{n}": {"age": str(40 + 5 * n), "sex": "mf"[n % 2], "os_days": str(100 * n), "site": "Z"}
        for n in range(1, 7)
    }
    path = root.parent / "clinical.tsv"
    write_participants(path, clinical)
    return path
