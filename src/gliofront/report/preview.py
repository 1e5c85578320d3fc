"""A picture of a patient: three planes, the map over T1C, tumour, shells, sides in letters."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from gliofront import RESEARCH_ONLY
from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid
from gliofront.image.volume import BoolArray, Float32Array, LabelVolume, Volume

_ENHANCING, _SHELL, _PROGRESSION = "#00e5ff", "#ffffff", "#39ff14"
_COLOURS = "inferno"
_SCALE_BAR_MM = 20.0


@dataclass(frozen=True)
class Scene:
    """What a preview shows; everything on one grid whose axes are nearest to R, A, S.

    Parameters
    ----------
    t1c : the image below.
    brain, enhancing : masks (X, Y, Z).
    shells : rings around the enhancing tumour.
    probability : map in 0-1, NaN outside its region; None shows the image alone.
    progression : the known progression, if any.
    title : one line above the picture.
    notes : lines below it, such as what was missing.
    """

    t1c: Volume
    brain: BoolArray
    enhancing: BoolArray
    shells: LabelVolume
    probability: Volume | None
    progression: BoolArray | None
    title: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plane:
    """One plane of a picture: the index axis that it cuts, what runs to the right and up."""

    name: str
    cut: int
    across: int
    flip_across: bool
    letters: tuple[str, str, str, str]

    def slice(self, data: NDArray[np.generic], index: int) -> NDArray[np.generic]:
        """Return the plane as (rows from bottom to top, columns from left to right)."""
        flat = np.take(data, index, axis=self.cut)
        # np.take leaves the two other axes in order; the first runs across in every plane.
        return np.asarray((flat[::-1] if self.flip_across else flat).T)


# Radiological convention: the patient's right on the viewer's left, in axial and coronal planes.
# Letters stand left, right, top, bottom.
PLANES = (
    Plane("axial", 2, 0, True, ("R", "L", "A", "P")),
    Plane("coronal", 1, 0, True, ("R", "L", "S", "I")),
    Plane("sagittal", 0, 1, True, ("A", "P", "S", "I")),
)


def _widest(mask: BoolArray, axis: int) -> int:
    others = tuple(a for a in range(3) if a != axis)
    return int(np.argmax(mask.sum(axis=others)))


def _window(t1c: Float32Array, brain: BoolArray) -> tuple[float, float]:
    inside = t1c[brain & np.isfinite(t1c)]
    if inside.size == 0:
        raise InputRefused("preview", "the brain mask is empty", "give a brain mask")
    low, high = np.percentile(inside, [1.0, 99.7])
    return float(low), float(high)


def _extent(grid: Grid, plane: Plane) -> tuple[float, float, float, float]:
    up = ({0, 1, 2} - {plane.cut, plane.across}).pop()
    width = grid.shape[plane.across] * grid.spacing[plane.across]
    return 0.0, float(width), 0.0, float(grid.shape[up] * grid.spacing[up])


def _contour(
    axes: Axes,
    flat: NDArray[np.generic],
    extent: tuple[float, ...],
    colour: str,
    width: float,
    style: str = "-",
) -> None:
    values = flat.astype(float)
    if not np.nanmax(values, initial=0) > np.nanmin(values, initial=1):
        return
    rows, columns = flat.shape
    step_x, step_y = extent[1] / columns, extent[3] / rows
    axes.contour(
        (np.arange(columns) + 0.5) * step_x,
        (np.arange(rows) + 0.5) * step_y,
        values,
        levels=[0.5],
        colors=[colour],
        linewidths=[width],
        linestyles=[style],
    )


def _letters(axes: Axes, plane: Plane) -> None:
    spots = ((0.02, 0.5), (0.98, 0.5), (0.5, 0.98), (0.5, 0.02))
    sides = (("left", "center"), ("right", "center"), ("center", "top"), ("center", "bottom"))
    for letter, spot, (horizontal, vertical) in zip(plane.letters, spots, sides, strict=True):
        axes.text(
            *spot,
            letter,
            transform=axes.transAxes,
            color="#ffd54f",
            fontsize=12,
            fontweight="bold",
            ha=horizontal,
            va=vertical,
        )


def _crop(scene: Scene, plane: Plane, index: int) -> tuple[slice, slice]:
    """Rows and columns that hold the brain in this plane, with a small border."""
    flat = plane.slice(scene.brain, index)
    rows, columns = np.flatnonzero(flat.any(1)), np.flatnonzero(flat.any(0))
    if rows.size == 0:
        return slice(None), slice(None)
    return (
        slice(max(rows[0] - 5, 0), rows[-1] + 6),
        slice(max(columns[0] - 5, 0), columns[-1] + 6),
    )


def _draw(axes: Axes, scene: Scene, plane: Plane, norm: Normalize) -> None:
    grid = scene.t1c.grid
    index = _widest(scene.enhancing, plane.cut)
    low, high = _window(scene.t1c.data, scene.brain)
    rows, columns = _crop(scene, plane, index)

    def cut(data: NDArray[np.generic]) -> NDArray[np.generic]:
        return plane.slice(data, index)[rows, columns]

    full = _extent(grid, plane)
    height, width = cut(scene.brain).shape
    shape = plane.slice(scene.brain, index).shape
    extent = (0.0, full[1] * width / shape[1], 0.0, full[3] * height / shape[0])
    image = np.where(scene.brain, np.nan_to_num(scene.t1c.data, nan=low), low)
    axes.imshow(cut(image), cmap="gray", vmin=low, vmax=high, origin="lower", extent=extent)
    if scene.probability is not None:
        flat = cut(scene.probability.data)
        axes.imshow(
            flat,
            cmap=_COLOURS,
            norm=norm,
            origin="lower",
            extent=extent,
            alpha=0.6,
            interpolation="nearest",
        )
    for value in scene.shells.names:
        ring = (scene.shells.data > 0) & (scene.shells.data <= value)
        _contour(
            axes,
            # NaN ends a line at the brain's edge instead of drawing along it.
            cut(np.where(scene.brain, (ring | scene.enhancing).astype(float), np.nan)),
            extent,
            _SHELL,
            0.5,
            ":",
        )
    _contour(axes, cut(scene.enhancing), extent, _ENHANCING, 1.3)
    if scene.progression is not None:
        _contour(axes, cut(scene.progression), extent, _PROGRESSION, 1.3)
    _letters(axes, plane)
    axes.plot([8, 8 + _SCALE_BAR_MM], [6, 6], color="white", linewidth=2)
    axes.text(8 + _SCALE_BAR_MM / 2, 8, "2 cm", color="white", fontsize=7, ha="center")
    place = grid.to_world(np.where(np.arange(3) == plane.cut, index, np.array(grid.shape) / 2))
    axis = "xyz"[plane.cut]
    axes.set_title(f"{plane.name}, {axis} = {place[plane.cut]:.0f} mm", fontsize=9, color="white")
    axes.set_axis_off()


def _legend(figure: Figure, scene: Scene) -> None:
    handles = [
        Line2D([], [], color=_ENHANCING, label="enhancing tumour with necrosis"),
        Line2D(
            [],
            [],
            color=_SHELL,
            linestyle=":",
            label="shells: " + ", ".join(scene.shells.names.values()),
        ),
    ]
    if scene.progression is not None:
        handles.append(Line2D([], [], color=_PROGRESSION, label="known progression"))
    figure.legend(
        handles=handles,
        loc="lower left",
        ncols=3,
        fontsize=8,
        frameon=False,
        labelcolor="white",
        bbox_to_anchor=(0.02, 0.065),
    )


def draw_preview(scene: Scene) -> bytes:
    """Draw a patient in three planes through the widest extent of the enhancing tumour.

    Parameters
    ----------
    scene : what to show.

    Returns
    -------
    A PNG. Axial and coronal planes are in radiological convention (the patient's right on the
    viewer's left), and the letters say so. The same scene gives the same bytes.
    """
    figure = Figure(figsize=(13, 5.6), dpi=110, facecolor="black")
    FigureCanvasAgg(figure)
    top = 1.0
    if scene.probability is not None and np.isfinite(scene.probability.data).any():
        top = max(float(np.nanpercentile(scene.probability.data, 99.5)), 1e-3)
    norm = Normalize(0.0, top)
    for column, plane in enumerate(PLANES):
        axes = figure.add_axes((0.01 + column * 0.305, 0.15, 0.295, 0.73))
        _draw(axes, scene, plane, norm)
    if scene.probability is not None:
        bar_axes = figure.add_axes((0.935, 0.2, 0.013, 0.6))
        bar = figure.colorbar(ScalarMappable(norm, _COLOURS), cax=bar_axes)
        bar.set_label("probability of progression", color="white", fontsize=8)
        bar.ax.tick_params(colors="white", labelsize=7)
    _legend(figure, scene)
    figure.text(0.02, 0.95, scene.title, color="white", fontsize=12, fontweight="bold")
    figure.text(0.02, 0.045, "; ".join(scene.notes), color="#cccccc", fontsize=8)
    figure.text(0.02, 0.015, RESEARCH_ONLY, color="#ff8a80", fontsize=8)
    out = io.BytesIO()
    figure.savefig(out, format="png", facecolor="black", metadata={"Software": None})
    return out.getvalue()
