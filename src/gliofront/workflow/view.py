"""What maps and pictures need of a prepared patient, read back from the output folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gliofront.cohort.bids import mask_path, session_folder, stem
from gliofront.cohort.sequences import REFERENCE, SEQUENCES
from gliofront.cohort.tables import read_table
from gliofront.image.grid import Grid
from gliofront.image.reading import read_labels, read_mask, read_volume
from gliofront.image.volume import BoolArray, LabelVolume, Volume
from gliofront.report.preview import Scene
from gliofront.workflow.derivatives import SESSION, map_path, without_suffix
from gliofront.workflow.summary import grid_from, summary_path


@dataclass(frozen=True)
class PatientView:
    """What maps and pictures need of a prepared patient.

    Parameters
    ----------
    t1c : on the working grid, NAWM z, NaN outside the brain.
    masks : brain, enhancing and, where known, progression (X, Y, Z).
    shells : rings around the enhancing tumour.
    native : grid of the T1C file as given.
    sources, missing, outline : from the patient's summary.
    """

    t1c: Volume
    masks: Mapping[str, BoolArray]
    shells: LabelVolume
    native: Grid
    sources: Mapping[str, str]
    missing: tuple[str, ...]
    outline: str

    @property
    def grid(self) -> Grid:
        """The working grid."""
        return self.t1c.grid

    def scene(self, probability: Volume | None, title: str) -> Scene:
        """Return what the picture of the patient shows."""
        notes = [f"tumour: {self.outline}"]
        if self.missing:
            notes.append(f"made without {', '.join(self.missing)}")
        return Scene(
            t1c=self.t1c,
            brain=self.masks["brain"],
            enhancing=self.masks["enhancing"],
            shells=self.shells,
            probability=probability,
            progression=self.masks.get("progression"),
            title=title,
            notes=tuple(notes),
        )


def _mask(out: Path, patient: str, label: str) -> BoolArray | None:
    path = mask_path(out, patient, SESSION, label, space="T1C")
    if not path.exists():
        return None
    return read_mask(path, label, allow_empty=True)[0].mask(label)


def _shells(out: Path, patient: str) -> LabelVolume:
    name = stem(patient, SESSION, "space-T1C", "seg-shells", "dseg") + ".nii.gz"
    path = session_folder(out, patient, SESSION, "anat") / name
    rows = read_table(path.with_name(without_suffix(path) + ".tsv"))
    return read_labels(path, {int(row["index"]): row["name"] for row in rows})[0]


def saved_view(out: Path, patient: str) -> PatientView:
    """Read back a prepared patient from the output folder.

    Raises
    ------
    InputRefused
        If a file is absent or damaged.
    """
    summary = json.loads(summary_path(out, patient).read_text(encoding="utf-8"))
    path = map_path(out, patient, REFERENCE)
    # Outside the brain the prepared image is undefined by intention.
    t1c, _ = read_volume(path, REFERENCE, SEQUENCES[REFERENCE].unit, max_undefined=1.0)
    masks = {label: _mask(out, patient, label) for label in ("brain", "enhancing", "progression")}
    return PatientView(
        t1c=t1c,
        masks={label: mask for label, mask in masks.items() if mask is not None},
        shells=_shells(out, patient),
        native=grid_from(summary["NativeGrid"]),
        sources=summary["Sources"],
        missing=tuple(summary["MissingMaps"]),
        outline=summary["Tumour"]["Outline"],
    )
