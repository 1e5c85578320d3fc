"""Slices of virtual patients to be judged by eye, beside real ones.

Usage: python benchmarks/phantom_slices.py [--resolution 1.0] [--real-out PATH --real-data FOLDER]

The first three virtual patients of seed 1, unchosen, into docs/pictures/virtual-patients.png. With
--real-out the same rows and two labelled gliomas of BraTS 2013 below them go to PATH; patients'
data stay out of every repository, so PATH may lie in none. FOLDER holds the two patients' folders
(default: glioma_labelled in the folder that GLIOFRONT_TEST_DATA names). Every image is drawn on the
T1C's grid, moved there by the known motion (virtual) or as given (real), by linear interpolation.
Grey runs between percentiles of the brain, for virtual and real alike.
"""

from __future__ import annotations

import argparse
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray
from PIL import Image

from gliofront.cohort.labels import ENHANCING, NECROSIS, OEDEMA, scheme_named
from gliofront.image.grid import Grid
from gliofront.image.orientation import canonical
from gliofront.image.reading import read_labels, read_volume
from gliofront.image.resample import resample_volume
from gliofront.image.volume import LabelVolume, Volume
from gliofront.phantom.patient import make_patient
from gliofront.phantom.settings import PhantomSettings
from gliofront.phantom.sites import SITES
from gliofront.report.preview import PLANES
from pages import DOCS

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.floating]

SEED, SITES_IN_TURN = 1, "ABC"
CAPTION = "Virtual patients. Research use only."


VIRTUAL = (0, 1, 2)
REAL = ("brats_2013_pat0001_1", "brats_2013_pat0005_1")
REAL_FILES = {"T1C": "T1c_subtrMeanDivStd.nii.gz", "FLAIR": "Flair_subtrMeanDivStd.nii.gz"}
AXIAL = PLANES[0]
PERCENTILES = {"T1C": (1.0, 99.9), "FLAIR": (1.0, 99.7), "T2": (1.0, 99.0)}
FIXED = {"ADC": (0.0, 2.5), "rCBV": (0.0, 6.0)}
HEADINGS = {
    "T1C": ("T1C", ""),
    "FLAIR": ("FLAIR", ""),
    "T2": ("T2", ""),
    "ADC": ("ADC", "0 to 2.5 × 10⁻³ mm²/s"),
    "rCBV": ("rCBV", "0 to 6 times white matter"),
    "outlines": ("T1C", "with outlines"),
}
OUTLINES = {
    "core": ("#00e5ff", "enhancing tumour with necrosis"),
    "lesion": ("#ffb300", "outer edge of oedema"),
    "progression": ("#39ff14", "progression, where known"),
}
LETTER: dict[str, Any] = {"color": "#ffd54f", "fontsize": 9, "fontweight": "bold"}
MARGIN_MM, BAR_MM = 5.0, 50.0
WIDE_INCHES, TITLE_INCHES, HEAD_INCHES, FOOT_INCHES = 1.7, 0.24, 0.36, 0.5
DPI = 120


@dataclass(frozen=True, eq=False)
class Case:
    """One row of the montage; everything (X, Y, Z) on one grid, axes nearest to R, A, S."""

    title: str
    images: Mapping[str, FloatArray]
    brain: BoolArray
    outlines: Mapping[str, BoolArray]
    grid: Grid

    @property
    def index(self) -> int:
        """The axial slice through the largest cross-section of the enhancing tumour."""
        return _largest(self.outlines["core"])

    @property
    def frame(self) -> tuple[FloatArray, FloatArray]:
        """Middle and size of the brain in that slice, mm to the right and up in the picture."""
        flat = AXIAL.slice(self.brain, self.index)
        ends = [np.flatnonzero(flat.any(axis=axis))[[0, -1]] for axis in (0, 1)]
        edges = np.add(ends, [0, 1]) * self.grid.spacing[:2, None]
        return edges.mean(axis=1), edges[:, 1] - edges[:, 0]


def virtual_case(index: int, resolution_mm: float) -> Case:
    settings = PhantomSettings(resolution_mm=resolution_mm)
    patient = make_patient(SEED, index, settings, sites=SITES_IN_TURN)
    images = {
        name: resample_volume(scan, patient.grid, pull=patient.pulls[name]).data
        for name, scan in patient.scans.items()
    }
    images["ADC"] = images["ADC"] * (1e3 / SITES[patient.site].adc_per_mm2_s)
    outlines = _outlines(patient.tumour) | {"progression": patient.progression.data > 0}
    title = f"Virtual patient {index + 1}, site {patient.site}: {_volumes(patient.tumour)}"
    days, shown = patient.facts["days_to_progression"], outlines["progression"]
    if not shown.any():
        title += "; no progression"
    elif AXIAL.slice(shown, _largest(outlines["core"])).any():
        title += f"; progression after {days:.0f} days"
    else:
        title += f"; progression after {days:.0f} days, elsewhere"
    return Case(title, images, patient.brain.data > 0, outlines, patient.grid)


def _largest(core: BoolArray) -> int:
    """Return the axial slice through the largest cross-section."""
    return int(np.argmax(core.sum(axis=(0, 1))))


def real_case(folder: Path) -> Case:
    labels = canonical(read_labels(folder / "OTMultiClass.nii.gz", scheme_named("brats2013"))[0])
    volumes = {name: canonical(_image(folder / file)) for name, file in REAL_FILES.items()}
    brain = canonical(_image(folder / "brainmask.nii.gz")).data > 0.5
    title = f"Real patient, BraTS 2013, {folder.name.split('_')[2]}: {_volumes(labels)}"
    images = {name: volume.data for name, volume in volumes.items()}
    return Case(title, images, brain, _outlines(labels), labels.grid)


def _image(path: Path) -> Volume:
    return read_volume(path, path.name)[0]


def _outlines(tumour: LabelVolume) -> dict[str, BoolArray]:
    return {"core": tumour.mask(ENHANCING, NECROSIS), "lesion": tumour.data > 0}


def _volumes(tumour: LabelVolume) -> str:
    core, oedema = tumour.volume_ml(ENHANCING, NECROSIS), tumour.volume_ml(OEDEMA)
    return f"enhancing tumour with necrosis {core:.0f} mL, oedema {oedema:.0f} mL"


def montage(cases: Sequence[Case], caption: str) -> bytes:
    """Draw a row a case in radiological convention, all at one scale; return a PNG."""
    across, up = np.max([case.frame[1] for case in cases], axis=0) + 2 * MARGIN_MM
    tall = WIDE_INCHES * up / across
    width = WIDE_INCHES * len(HEADINGS)
    height = HEAD_INCHES + (tall + TITLE_INCHES) * len(cases) + FOOT_INCHES
    figure = new_figure(width, height, "black")
    for row, case in enumerate(cases):
        top = height - HEAD_INCHES - row * (tall + TITLE_INCHES)
        figure.text(0.006, (top - 0.17) / height, case.title, color="white", fontsize=8.5)
        for column, name in enumerate(HEADINGS):
            box = (column * WIDE_INCHES, top - TITLE_INCHES - tall, 0.985 * WIDE_INCHES, tall)
            axes = figure.add_axes(tuple(np.array(box) / [width, height, width, height]))
            _panel(axes, case, name, np.array([across, up]))
    for column, (name, range_shown) in enumerate(HEADINGS.values()):
        middle = (column + 0.49) / len(HEADINGS)
        style: dict[str, Any] = {"color": "white", "ha": "center"}
        figure.text(middle, 1 - 0.17 / height, name, fontsize=9, fontweight="bold", **style)
        figure.text(middle, 1 - 0.31 / height, range_shown, fontsize=7, **style)
    _foot(figure, caption, height)
    return as_png(figure)


def _panel(axes: Axes, case: Case, name: str, size: FloatArray) -> None:
    axes.set_axis_off()
    image = case.images.get("T1C" if name == "outlines" else name)
    if image is None:
        style: dict[str, Any] = {"transform": axes.transAxes, "ha": "center", "color": "#777777"}
        axes.text(0.5, 0.5, "not in this data set", fontsize=8, **style)
        return
    low, high = _window(image[case.brain], "T1C" if name == "outlines" else name)
    flat = AXIAL.slice(np.where(case.brain, np.nan_to_num(image), low), case.index)
    wide, tall = np.array(case.grid.shape[:2]) * case.grid.spacing[:2]
    axes.imshow(
        flat,
        cmap="gray",
        vmin=low,
        vmax=high,
        origin="lower",
        extent=(0.0, wide, 0.0, tall),
        aspect="auto",
        interpolation="bilinear",
    )
    middle, _ = case.frame
    axes.set_xlim(middle[0] - size[0] / 2, middle[0] + size[0] / 2)
    axes.set_ylim(middle[1] - size[1] / 2, middle[1] + size[1] / 2)
    if name == "outlines":
        _draw_outlines(axes, case)
    _marks(axes, first=name == "T1C")


def _window(values: FloatArray, name: str) -> tuple[float, float]:
    if name in FIXED:
        return FIXED[name]
    low, high = np.nanpercentile(values, PERCENTILES[name])
    return float(low), float(high)


def _draw_outlines(axes: Axes, case: Case) -> None:
    for name, (colour, _) in OUTLINES.items():
        if name not in case.outlines:
            continue
        flat = AXIAL.slice(case.outlines[name], case.index)
        if flat.any():
            places = [
                (np.arange(n) + 0.5) * h
                for n, h in zip(flat.shape[::-1], case.grid.spacing, strict=False)
            ]
            axes.contour(*places, flat.astype(float), [0.5], colors=[colour], linewidths=0.9)


def _marks(axes: Axes, *, first: bool) -> None:
    """Letters of the sides on every picture; a scale bar on the first of a row."""
    for letter, x, side in zip(AXIAL.letters[:2], (0.03, 0.97), ("left", "right"), strict=True):
        axes.text(x, 0.97, letter, transform=axes.transAxes, ha=side, va="top", **LETTER)
    if first:
        (left, _), (bottom, _) = axes.get_xlim(), axes.get_ylim()
        axes.plot([left + 4, left + 4 + BAR_MM], [bottom + 4] * 2, color="white", linewidth=1.5)
        axes.text(left + 4, bottom + 6, f"{BAR_MM / 10:.0f} cm", color="white", fontsize=6.5)


def _foot(figure: Figure, caption: str, height: float) -> None:
    handles = [Line2D([], [], color=colour, label=label) for colour, label in OUTLINES.values()]
    figure.legend(
        handles=handles,
        loc="lower left",
        ncols=len(handles),
        fontsize=8,
        frameon=False,
        labelcolor="white",
        bbox_to_anchor=(0.0, 0.2 / height),
    )
    convention = "Axial, radiological convention: the patient's left is on the right of the picture"
    figure.text(0.006, 0.09 / height, f"{convention}. {caption}", color="#ff8a80", fontsize=8)


def new_figure(width: float, height: float, colour: str) -> Figure:
    figure = Figure(figsize=(width, height), dpi=DPI, facecolor=colour)
    FigureCanvasAgg(figure)
    return figure


def as_png(figure: Figure) -> bytes:
    drawn, out = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png")
    # Without the fourth channel, which is full everywhere, the file is smaller.
    Image.open(drawn).convert("RGB").save(out, "png", optimize=True)
    return out.getvalue()


def draw_slices(resolution_mm: float, real_out: Path | None, real_data: Path) -> None:
    cases = [virtual_case(index, resolution_mm) for index in VIRTUAL]
    (DOCS / "pictures" / "virtual-patients.png").write_bytes(montage(cases, CAPTION))
    if real_out is not None:
        cases += [real_case(real_data / name) for name in REAL]
        caption = "Virtual and real patients (BraTS 2013, CC BY-NC-SA 3.0). Research use only."
        real_out.write_bytes(montage(cases, caption))


def outside_repositories(text: str) -> Path:
    """Return the path, unless it lies in a working tree, where patients' data must not go."""
    path = Path(text).resolve()
    if any((folder / ".git").exists() for folder in path.parents):
        raise argparse.ArgumentTypeError(f"{path} lies in a repository; give a path outside")
    return path


def main() -> None:
    data = Path(os.environ.get("GLIOFRONT_TEST_DATA", "."))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--resolution", type=float, default=1.0, help="mm")
    parser.add_argument("--real-out", type=outside_repositories)
    parser.add_argument("--real-data", type=Path, default=data / "glioma_labelled")
    chosen = parser.parse_args()
    draw_slices(chosen.resolution, chosen.real_out, chosen.real_data)


if __name__ == "__main__":
    main()
