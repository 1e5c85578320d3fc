"""A virtual patient before surgery and at follow-up as files, and requests on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from gliofront.alignment.longitudinal_settings import LongitudinalSettings
from gliofront.alignment.settings import AlignmentSettings
from gliofront.image.grid import Grid
from gliofront.image.volume import LabelVolume, Volume
from gliofront.image.writing import write_labels, write_text, write_volume
from gliofront.maps.settings import BiasSettings
from gliofront.phantom.follow_up import FollowUp
from gliofront.phantom.patient import VirtualPatient, make_patient
from gliofront.phantom.settings import PhantomSettings
from gliofront.workflow.align.pair import AlignedPair, align_pair
from gliofront.workflow.align.request import AlignRequest, VisitFiles
from gliofront.workflow.align.settings import PairSettings

# Small enough for seconds; everything runs as it does in earnest.
QUICK = PairSettings(
    visits=LongitudinalSettings(working_mm=4.0, iterations=(8, 4), repeats=1),
    rigid=AlignmentSettings(levels_mm=(6.0, 3.0), samples=8000),
    bias=BiasSettings(working_mm=8.0, levels=2, iterations=10),
    outline_mm=4.0,
)
RIGID_ALONE = QUICK.model_copy(
    update={"visits": QUICK.visits.model_copy(update={"iterations": (0,)})}
)


@dataclass(frozen=True, eq=False)
class PairFiles:
    """A patient, and the folder that his files lie in."""

    folder: Path
    patient: VirtualPatient

    @property
    def scan(self) -> FollowUp:
        assert self.patient.follow_up is not None
        return self.patient.follow_up

    @cached_property
    def before(self) -> VisitFiles:
        """T1C, brain and labels before surgery."""
        write_volume(self.folder / "pre.nii.gz", self.patient.scans["T1C"])
        write_labels(self.folder / "pre_brain.nii.gz", self.patient.brain)
        write_labels(self.folder / "pre_labels.nii.gz", self.patient.tumour)
        return VisitFiles(
            "pre",
            self.folder / "pre.nii.gz",
            brain=self.folder / "pre_brain.nii.gz",
            lesion=self.folder / "pre_labels.nii.gz",
            scheme="brats",
            points=self._points("pre", 0),
        )

    @cached_property
    def after(self) -> VisitFiles:
        """T1C, brain, cavity and enhancement at follow-up."""
        write_volume(self.folder / "post.nii.gz", self.scan.scan)
        masks = {}
        for name in ("brain", "cavity", "enhancing"):
            masks[name] = self.folder / f"post_{name}.nii.gz"
            write_labels(masks[name], getattr(self.scan, name))
        return VisitFiles(
            "post",
            self.folder / "post.nii.gz",
            brain=masks["brain"],
            lesion=masks["enhancing"],
            cavity=masks["cavity"],
            points=self._points("post", 1),
        )

    def _points(self, when: str, side: int) -> Path:
        path = self.folder / f"{when}.csv"
        rows = [
            f"{number},{x:.5f},{y:.5f},{z:.5f}"
            for number, (x, y, z) in enumerate(self.scan.landmarks[:, side], 1)
        ]
        write_text(path, "\n".join(["Landmark,X,Y,Z", *rows, ""]))
        return path

    def request(self, out: str, settings: PairSettings = QUICK) -> AlignRequest:
        """Ask for this patient's files to be aligned, with everything given."""
        return AlignRequest(self.before, self.after, self.folder / out, settings)

    def after_alone(self, name: str, scan: Volume, brain: LabelVolume) -> VisitFiles:
        """Write another follow-up scan, of which the brain alone is known."""
        paths = self.folder / f"{name}_scan.nii.gz", self.folder / f"{name}_brain.nii.gz"
        write_volume(paths[0], scan)
        write_labels(paths[1], brain)
        return VisitFiles("post", paths[0], brain=paths[1])

    def judged(self, out: str, after: VisitFiles, before: VisitFiles | None = None) -> AlignedPair:
        """Align with other files and without a non-linear search, which no finding needs."""
        asked = replace(self.request(out, RIGID_ALONE), after=after)
        return align_pair(asked if before is None else replace(asked, before=before))


def virtual_patient(index: int) -> VirtualPatient:
    """Return a patient at 4 mm that is scanned before surgery and at follow-up."""
    return make_patient(7, index, PhantomSettings(resolution_mm=4.0), sites="ABC", raw=True)


def warned(made: AlignedPair) -> set[str]:
    """Return the codes of the findings that are no notes."""
    return {finding.code for finding in made.result.findings if finding.level != "note"}


def cropped(volume: Volume | LabelVolume, kept: slice) -> Volume | LabelVolume:
    """Cut slices off along the last axis."""
    data = np.asarray(volume.data)[:, :, kept]
    affine = volume.grid.affine.copy()
    affine[:3, 3] = volume.grid.to_world([0, 0, kept.start or 0])
    return replace(volume, grid=Grid(affine, data.shape), data=data)


def mirrored(volume: Volume | LabelVolume) -> Volume | LabelVolume:
    """Swap the first axis, as a wrong header does."""
    return replace(volume, data=np.asarray(volume.data)[::-1])
