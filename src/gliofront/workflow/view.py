"""What maps and pictures need of a prepared patient, read back from the output folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gliofront.cohort.sequences import REFERENCE
from gliofront.image.grid import Grid
from gliofront.image.volume import BoolArray, LabelVolume, Volume
from gliofront.report.preview import Scene
from gliofront.workflow.prepared_files import (
    load_labels,
    load_map,
    load_mask,
    prepared_paths,
    read_summary,
)
from gliofront.workflow.progression_label import told_label

_SHOWN_MASKS = ("brain", "enhancing", "progression")


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


def saved_view(out: Path, patient: str) -> PatientView:
    """Read back a prepared patient from the output folder.

    Raises
    ------
    InputRefused
        If a file is absent or damaged.
    """
    said = read_summary(out, patient)
    paths = prepared_paths(out, patient, said)
    wanted = [label for label in _SHOWN_MASKS if f"mask {label}" in paths]
    masks = {label: load_mask(paths[f"mask {label}"], label).mask(label) for label in wanted}
    if "progression" not in masks and (told := told_label(out, patient)) is not None:
        masks["progression"] = told.progression
    return PatientView(
        t1c=load_map(paths[f"map {REFERENCE}"], REFERENCE),
        masks=masks,
        shells=load_labels(paths["labels shells"]),
        native=said.NativeGrid.grid(),
        sources=said.Sources,
        missing=said.MissingMaps,
        outline=said.Tumour.Outline,
    )
