"""A picture of two visits on each other: before, follow-up as turned and as aligned, in squares."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from gliofront import RESEARCH_ONLY
from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid
from gliofront.image.volume import BoolArray, Float32Array, Volume
from gliofront.report.preview import PLANES, Plane

TUMOUR, CAVITY, PROGRESSION = "tumour before surgery", "cavity", "progression"
_COLOURS = {TUMOUR: "#00e5ff", CAVITY: "#ffab40", PROGRESSION: "#39ff14"}
_UNSEEN = "#3b5570"
_SQUARE_MM = 15.0
_SCALE_BAR_MM = 20.0
_BORDER_MM = 8.0
_PANEL_INCHES, _FILLED = 3.0, 0.94
_LEFT, _TOP, _BOTTOM = 0.35, 0.85, 0.95

Regions = Mapping[str, BoolArray]


@dataclass(frozen=True, eq=False)
class Flicker:
    """Two visits, on one isotropic grid of the pre-operative world, axes nearest to R, A, S.

    Parameters
    ----------
    before, rigid, aligned : the T1C before surgery, and that of the follow-up as turned and as
        aligned; bias-corrected, NaN beyond a field of view.
    brain, tumour : before surgery, (X, Y, Z).
    cavity, progression : as aligned.
    cavity_rigid : the cavity as turned only.
    title : a line above.
    notes : lines below, such as what was chosen.
    warnings : what speaks against the pair, in red.
    """

    before: Volume
    rigid: Volume
    aligned: Volume
    brain: BoolArray
    tumour: BoolArray
    cavity: BoolArray
    progression: BoolArray
    cavity_rigid: BoolArray
    title: str
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def grid(self) -> Grid:
        """The grid of everything."""
        return self.before.grid


@dataclass(frozen=True, eq=False)
class _Panel:
    """One column: grey values in 0-1, NaN where nothing is known, and lines on it."""

    title: str
    grey: Float32Array
    lines: Regions


def checkered(
    one: Float32Array, other: Float32Array, grid: Grid, square_mm: float = _SQUARE_MM
) -> Float32Array:
    """Return two images in turn, in cubes; every plane through them is a chess board.

    >>> grid = Grid(np.eye(4), (4, 2, 2))
    >>> ones = np.ones(grid.shape, dtype=np.float32)
    >>> checkered(ones, 0 * ones, grid, square_mm=2.0)[:, 0, 0].tolist()
    [1.0, 1.0, 0.0, 0.0]
    """
    sides = np.maximum(np.rint(square_mm / grid.spacing).astype(int), 1)
    i, j, k = (np.arange(n) // side for n, side in zip(grid.shape, sides, strict=True))
    even = (i[:, None, None] + j[None, :, None] + k[None, None, :]) % 2 == 0
    return np.where(even, one, other)


def greyed(volume: Volume, healthy: BoolArray) -> Float32Array:
    """Return an image as grey values: 0 is fluid, 0.7 the brightest healthy tissue, 1 enhancement.

    Two scanners' contrasts come near each other so, whatever enhances. NaN stays NaN.

    Parameters
    ----------
    healthy : (X, Y, Z), brain without tumour, cavity and enhancement.

    Raises
    ------
    InputRefused
        If the image shows none of it.
    """
    inside = volume.data[healthy & np.isfinite(volume.data)]
    if inside.size == 0:
        problem = "none of the healthy brain is in view"
        raise InputRefused(volume.quantity, problem, "check that both scans show one head")
    low, high = np.percentile(inside, [1.0, 99.0])
    grey = 0.7 * (volume.data - low) / max(float(high - low), 1e-6)
    return np.asarray(np.clip(grey, 0, 1), dtype=np.float32)


def draw_flicker(scene: Flicker) -> bytes:
    """Draw the two visits in three planes through the widest extent of the tumour.

    Returns
    -------
    A PNG. Axial and coronal planes are in radiological convention (the patient's right on the
    viewer's left), as letters and a line below say. The same scene gives the same bytes.

    Raises
    ------
    InputRefused
        If there is no tumour, or an image shows no brain.
    """
    if not scene.tumour.any():
        raise InputRefused("picture", "there is no tumour to show", "give --lesion-pre")
    panels = _panels(scene)
    cuts = {plane.name: _widest(scene.tumour, plane.cut) for plane in PLANES}
    shapes = [_extent(scene, plane) for plane in PLANES]
    width = _LEFT + len(panels) * _PANEL_INCHES
    heights = [_PANEL_INCHES * rows / columns for rows, columns in shapes]
    height = _TOP + sum(heights) + _BOTTOM
    figure = Figure(figsize=(width, height), dpi=100, facecolor="black")
    FigureCanvasAgg(figure)
    _in_rows(figure, scene, panels, cuts, heights)
    _around(figure, scene, panels, cuts, (width, height))
    out = io.BytesIO()
    figure.savefig(out, format="png", facecolor="black", metadata={"Software": None})
    return out.getvalue()


def _in_rows(
    figure: Figure,
    scene: Flicker,
    panels: list[_Panel],
    cuts: Mapping[str, int],
    heights: list[float],
) -> None:
    """Draw a row a plane, from top to bottom, and its name to its left."""
    width, height = (float(v) for v in figure.get_size_inches())
    top = height - _TOP
    for plane, tall in zip(PLANES, heights, strict=True):
        top -= tall
        wide, high = _FILLED * _PANEL_INCHES / width, _FILLED * tall / height
        for column, panel in enumerate(panels):
            left = (_LEFT + column * _PANEL_INCHES) / width
            axes = figure.add_axes((left, top / height, wide, high))
            _draw(axes, panel, scene, plane, cuts[plane.name])
            if column == 0:
                _scale_bar(axes, scene.grid, plane)
        _beside(figure, scene, plane, cuts[plane.name], (top + tall / 2) / height, width)


def _panels(scene: Flicker) -> list[_Panel]:
    healthy = scene.brain & ~scene.tumour & ~scene.cavity & ~scene.progression
    images = (scene.before, scene.rigid, scene.aligned)
    before, rigid, aligned = (
        # Air is black, seen or not; brain that is not in view is to strike the eye.
        np.where(scene.brain, grey, np.nan_to_num(grey))
        for grey in (greyed(image, healthy) for image in images)
    )
    tumour = {TUMOUR: scene.tumour}
    everything = {**tumour, CAVITY: scene.cavity, PROGRESSION: scene.progression}
    return [
        _Panel("before surgery", before, tumour | {PROGRESSION: scene.progression}),
        _Panel("follow-up, rigid", rigid, tumour | {CAVITY: scene.cavity_rigid}),
        _Panel("follow-up, aligned", aligned, everything),
        _Panel("before / aligned, in squares", checkered(before, aligned, scene.grid), tumour),
    ]


def _widest(mask: BoolArray, axis: int) -> int:
    others = tuple(a for a in range(3) if a != axis)
    return int(np.argmax(mask.sum(axis=others)))


def _window(scene: Flicker, plane: Plane) -> tuple[slice, slice]:
    """Return the rows and columns that hold the brain, of any slice, and a border."""
    flat = plane.slice(np.asarray(scene.brain.any(axis=plane.cut, keepdims=True)), 0)
    border = int(np.ceil(_BORDER_MM / scene.grid.spacing.min()))
    found = []
    for axis in (1, 0):
        filled = np.flatnonzero(flat.any(axis=axis))
        found.append(slice(max(int(filled[0]) - border, 0), int(filled[-1]) + border + 1))
    return found[0], found[1]


def _extent(scene: Flicker, plane: Plane) -> tuple[int, int]:
    shape = plane.slice(scene.brain, 0)[_window(scene, plane)].shape
    return shape[0], shape[1]


def _draw(axes: Axes, panel: _Panel, scene: Flicker, plane: Plane, index: int) -> None:
    window = _window(scene, plane)
    colours = mpl.colormaps["gray"].with_extremes(bad=_UNSEEN)
    flat = plane.slice(panel.grey, index)[window]
    axes.imshow(flat, cmap=colours, vmin=0, vmax=1, origin="lower", interpolation="bilinear")
    for name, region in panel.lines.items():
        _line(axes, plane.slice(region, index)[window], _COLOURS[name])
    axes.set_axis_off()
    _letters(axes, plane)


def _line(axes: Axes, flat: NDArray[np.generic], colour: str) -> None:
    if flat.any() and not flat.all():
        axes.contour(flat.astype(float), levels=[0.5], colors=[colour], linewidths=[1.1])


def _letters(axes: Axes, plane: Plane) -> None:
    spots = ((0.02, 0.5), (0.98, 0.5), (0.5, 0.98), (0.5, 0.02))
    sides = (("left", "center"), ("right", "center"), ("center", "top"), ("center", "bottom"))
    for letter, (x, y), (ha, va) in zip(plane.letters, spots, sides, strict=True):
        place: dict[str, Any] = {"transform": axes.transAxes, "ha": ha, "va": va}
        axes.text(x, y, letter, color="#ffd54f", fontsize=10, fontweight="bold", **place)


def _scale_bar(axes: Axes, grid: Grid, plane: Plane) -> None:
    long = _SCALE_BAR_MM / float(grid.spacing[plane.across])
    axes.plot([4, 4 + long], [4, 4], color="white", linewidth=2)
    axes.text(4 + long / 2, 6, "2 cm", color="white", fontsize=7, ha="center")


def _beside(
    figure: Figure, scene: Flicker, plane: Plane, index: int, middle: float, width: float
) -> None:
    """Write the plane's name and place to its left."""
    centre = np.where(np.arange(3) == plane.cut, index, (np.array(scene.grid.shape) - 1) / 2)
    place = scene.grid.to_world(centre)[plane.cut]
    text = f"{plane.name}, {'xyz'[plane.cut]} = {place:.0f} mm"
    style: dict[str, Any] = {"color": "white", "fontsize": 9, "ha": "center", "va": "center"}
    figure.text(0.5 * _LEFT / width, middle, text, rotation=90, **style)


def _around(
    figure: Figure,
    scene: Flicker,
    panels: list[_Panel],
    cuts: Mapping[str, int],
    size: tuple[float, float],
) -> None:
    """Write the title, the columns' names, the legend and what has to be said."""
    width, height = size
    figure.text(0.01, 1 - 0.28 / height, scene.title, color="white", fontsize=12, weight="bold")
    for column, panel in enumerate(panels):
        x = (_LEFT + (column + 0.5) * _PANEL_INCHES) / width
        y = 1 - (_TOP - 0.12) / height
        figure.text(x, y, panel.title, color="white", fontsize=10, ha="center")
    warned = "; ".join(scene.warnings)
    figure.text(0.01, 1 - 0.52 / height, warned, color="#ff8a80", fontsize=9)
    handles = [Line2D([], [], color=colour, label=name) for name, colour in _COLOURS.items()]
    figure.legend(
        handles=handles,
        loc="lower left",
        ncols=3,
        fontsize=9,
        frameon=False,
        labelcolor="white",
        bbox_to_anchor=(0.0, 0.55 / height),
    )
    notes = [*_unshown(scene, cuts), *scene.notes]
    figure.text(0.01, 0.44 / height, "; ".join(notes), color="#cccccc", fontsize=8)
    convention = (
        "Planes through the widest extent of the tumour. Axial and coronal in radiological "
        "convention: the patient's right (R) is on the left of the picture. Blue-grey: brain that "
        "the follow-up does not show."
    )
    figure.text(0.01, 0.26 / height, convention, color="#cccccc", fontsize=8)
    figure.text(0.01, 0.08 / height, RESEARCH_ONLY, color="#ff8a80", fontsize=8)


def _unshown(scene: Flicker, cuts: Mapping[str, int]) -> list[str]:
    """Say what lies in none of the planes, or is nowhere."""
    said = []
    for name, region in ((CAVITY, scene.cavity), (PROGRESSION, scene.progression)):
        if not region.any():
            said.append(f"no {name} is known")
        elif not any(plane.slice(region, cuts[plane.name]).any() for plane in PLANES):
            said.append(f"there is {name}, but in none of these planes")
    return said
