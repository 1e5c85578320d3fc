"""The files that are written of a patient: their names, their sidecars, and writing them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gliofront import RESEARCH_ONLY, __version__
from gliofront.cohort.bids import beside, mask_path, session_folder, stem
from gliofront.cohort.sequences import SEQUENCES
from gliofront.cohort.tables import table_text
from gliofront.image.volume import LabelVolume, Volume
from gliofront.image.writing import write_json, write_labels, write_text, write_volume
from gliofront.workflow.prepared import Prepared

SESSION = "preop"


@dataclass(frozen=True)
class Provenance:
    """What a sidecar tells of a file: its sources by SHA-256, the settings that were used."""

    sources: Mapping[str, str]
    settings: Mapping[str, Any]
    step: str
    more: Mapping[str, Any] = field(default_factory=dict)

    def sidecar(self, **facts: object) -> dict[str, Any]:
        """Return the sidecar's content; ``facts`` (such as Units) come on top."""
        return {
            "GeneratedBy": [{"Name": "gliofront", "Version": __version__, "Step": self.step}],
            "ResearchUse": RESEARCH_ONLY,
            "Settings": dict(self.settings),
            "Sources": dict(self.sources),
            **self.more,
            **facts,
        }


def without_suffix(path: Path) -> str:
    """Return a file's name without ``.nii.gz``."""
    return path.name.removesuffix(".gz").removesuffix(".nii")


def with_sidecars(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return images with the sidecars and label tables that lie beside them; others as they are."""
    found: list[Path] = []
    for path in paths:
        found.append(path)
        if path.name.endswith(".nii.gz"):
            others = (beside(path, end) for end in (".json", ".tsv"))
            found += [file for file in others if file.exists()]
    return tuple(found)


def map_path(root: Path, patient: str, sequence: str) -> Path:
    """Return the path of a prepared map on the working grid.

    >>> map_path(Path("out"), "1", "FLAIR").name
    'sub-1_ses-preop_space-T1C_desc-preproc_FLAIR.nii.gz'
    """
    kind = SEQUENCES[sequence]
    processed = "" if "desc-" in kind.entities else "desc-preproc"
    parts = [kind.entities, "space-T1C", processed]
    if kind.entities.startswith(("desc-", "param-")):
        parts = ["space-T1C", kind.entities, ""]
    name = stem(patient, SESSION, *parts, kind.suffix) + ".nii.gz"
    return session_folder(root, patient, SESSION, kind.folder) / name


def probability_path(root: Path, patient: str, model: str, *, space: str) -> Path:
    """Return the path of a probability map; ``space`` is T1C (working grid) or orig."""
    name = stem(patient, SESSION, f"space-{space}", "label-progression", f"desc-{model}", "probseg")
    return session_folder(root, patient, SESSION, "anat") / f"{name}.nii.gz"


def range_path(root: Path, patient: str, model: str, end: str) -> Path:
    """Return the path of the lowest (``low``) or highest (``high``) probability of each voxel.

    >>> range_path(Path("out"), "1", "boosted", "low").name
    'sub-1_ses-preop_space-T1C_label-progression_stat-low_desc-boosted_probseg.nii.gz'
    """
    parts = ("space-T1C", "label-progression", f"stat-{end}", f"desc-{model}", "probseg")
    return (
        session_folder(root, patient, SESSION, "anat") / f"{stem(patient, SESSION, *parts)}.nii.gz"
    )


def table_index(root: Path, patient: str) -> Path:
    """Return the path of the index of a patient's voxel table; the features lie beside it."""
    folder = session_folder(root, patient, SESSION, "radiomics")
    return folder / f"{stem(patient, SESSION)}_voxels.parquet"


def save_volume(path: Path, volume: Volume, provenance: Provenance) -> Path:
    """Write a volume and its sidecar."""
    write_volume(path, volume)
    facts = {"Units": volume.unit, "Quantity": volume.quantity}
    write_json(beside(path, ".json"), provenance.sidecar(**facts))
    return path


def save_labels(path: Path, labels: LabelVolume, provenance: Provenance) -> Path:
    """Write labels, their sidecar with volumes in mL, and, for several labels, their table."""
    write_labels(path, labels)
    volumes = {label: round(labels.volume_ml(label), 3) for label in labels.names.values()}
    write_json(beside(path, ".json"), provenance.sidecar(VolumesMl=volumes))
    if path.name.endswith("dseg.nii.gz"):
        rows = [{"index": value, "name": label} for value, label in labels.names.items()]
        write_text(beside(path, ".tsv"), table_text(rows))
    return path


def save_prepared(
    root: Path, patient: str, prepared: Prepared, provenance: Provenance
) -> list[Path]:
    """Write all that the preparation of a patient made, and return the paths."""
    grid = prepared.grid
    written = [
        save_volume(map_path(root, patient, name), volume, provenance)
        for name, volume in prepared.maps.items()
    ]
    for label, mask in prepared.masks.items():
        path = mask_path(root, patient, SESSION, label, space="T1C")
        written.append(save_labels(path, LabelVolume.from_mask(grid, mask, label), provenance))
    for label, labels in {"shells": prepared.shells, "tissue": prepared.tissue}.items():
        name = stem(patient, SESSION, "space-T1C", f"seg-{label}", "dseg") + ".nii.gz"
        path = session_folder(root, patient, SESSION, "anat") / name
        written.append(save_labels(path, labels, provenance))
    return written


def save_dataset(root: Path, settings_text: str) -> None:
    """Write the description of the output folder and the settings that made it."""
    description = {
        "Name": "gliofront derivatives",
        "BIDSVersion": "1.10.0",
        "DatasetType": "derivative",
        "GeneratedBy": [{"Name": "gliofront", "Version": __version__}],
        "ResearchUse": RESEARCH_ONLY,
    }
    write_json(root / "dataset_description.json", description)
    write_text(root / "settings.toml", settings_text)
