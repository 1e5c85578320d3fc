"""A sheet of a scan's maps: a row a map, axial slices from low to high, sides in letters."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from gliofront import RESEARCH_ONLY
from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid
from gliofront.image.volume import BoolArray
from gliofront.report.preview import PLANES

_SLICES = 6
_INCHES = 1.75
_AXIAL = PLANES[0]


@dataclass(frozen=True, eq=False)
class Row:
    """One map of a sheet.

    Parameters
    ----------
    name, unit : what stands beside it.
    data : (X, Y, Z) values, or (X, Y, Z, 3) red, green and blue in 0-1; NaN is left black.
    low, high : values that are black and white (or the ends of the colours); None takes the 1st
        and 99th percentile inside the mask.
    colours : name of the colour map.
    """

    name: str
    unit: str
    data: NDArray[np.floating]
    low: float | None = None
    high: float | None = None
    colours: str = "gray"


def draw_sheet(rows: Sequence[Row], mask: BoolArray, grid: Grid, title: str) -> bytes:
    """Draw the maps of one scan.

    Parameters
    ----------
    rows : maps, on one grid.
    mask : (X, Y, Z) the brain, from which slices and windows follow.
    grid : axes nearest to R, A, S.
    title : one line above.

    Returns
    -------
    A PNG, in radiological convention (the patient's right on the viewer's left), as the letters
    say. The same maps give the same bytes.

    Raises
    ------
    InputRefused
        If the mask is empty.
    """
    if not mask.any():
        raise InputRefused(title, "the brain mask is empty", "give a brain mask")
    width, height = 0.9 + _INCHES * _SLICES + 0.9, 0.75 + _INCHES * len(rows)
    figure = Figure(figsize=(width, height), dpi=100, facecolor="black")
    FigureCanvasAgg(figure)
    for place, row in enumerate(rows):
        _draw_row(figure, row, mask, grid, bottom=0.3 + _INCHES * (len(rows) - 1 - place))
    figure.text(0.01, 1 - 0.25 / height, title, color="white", fontsize=11, fontweight="bold")
    figure.text(0.01, 0.08 / height, RESEARCH_ONLY, color="#ff8a80", fontsize=8)
    out = io.BytesIO()
    figure.savefig(out, format="png", facecolor="black", metadata={"Software": None})
    return out.getvalue()


def _slices(mask: BoolArray) -> list[int]:
    """Return slices spread evenly over those that hold the brain, ends left out."""
    there = np.flatnonzero(mask.any(axis=(0, 1)))
    return [int(z) for z in np.rint(np.linspace(there[0], there[-1], _SLICES + 2)[1:-1])]


def _window(row: Row, mask: BoolArray) -> Normalize:
    values = row.data[mask]
    values = values[np.isfinite(values)]
    if not values.size:
        return Normalize(0.0, 1.0)
    low, high = np.percentile(values, [1.0, 99.0])
    low = low if row.low is None else row.low
    high = high if row.high is None else row.high
    return Normalize(float(low), float(high) if high > low else float(low) + 1.0)


def _draw_row(figure: Figure, row: Row, mask: BoolArray, grid: Grid, bottom: float) -> None:
    width, height = (float(v) for v in figure.get_size_inches())
    norm = _window(row, mask)
    for column, index in enumerate(_slices(mask)):
        left = 0.9 + _INCHES * column
        box = (left / width, bottom / height, 0.97 * _INCHES / width, 0.97 * _INCHES / height)
        _draw_slice(figure.add_axes(box), row, mask, grid, index, norm, first=column == 0)
    middle = (bottom + _INCHES / 2) / height
    figure.text(0.01, middle, row.name, color="white", fontsize=10, va="center")
    if row.data.ndim == 3:
        left = 0.95 + _INCHES * _SLICES
        box = (left / width, (bottom + 0.2) / height, 0.09 / width, (_INCHES - 0.4) / height)
        bar = figure.colorbar(ScalarMappable(norm, row.colours), cax=figure.add_axes(box))
        bar.set_label(row.unit, color="white", fontsize=7)
        bar.ax.tick_params(colors="white", labelsize=6)
        bar.formatter.set_powerlimits((-2, 3))  # type: ignore[attr-defined]
        bar.ax.yaxis.get_offset_text().set(color="white", fontsize=6)


def _draw_slice(
    axes: Axes,
    row: Row,
    mask: BoolArray,
    grid: Grid,
    index: int,
    norm: Normalize,
    *,
    first: bool,
) -> None:
    columns, lines = (np.flatnonzero(mask.any(axis=axes_out)) for axes_out in ((1, 2), (0, 2)))
    part = (slice(columns[0], columns[-1] + 1), slice(lines[0], lines[-1] + 1))
    size = [(s.stop - s.start) * grid.spacing[axis] for axis, s in enumerate(part)]
    flat = np.stack([_AXIAL.slice(channel[part], index) for channel in _channels(row)], axis=-1)
    axes.imshow(
        np.clip(np.nan_to_num(flat), 0, 1) if row.data.ndim == 4 else flat[..., 0],
        cmap=row.colours,
        norm=norm,
        origin="lower",
        extent=(0.0, float(size[0]), 0.0, float(size[1])),
        interpolation="nearest",
    )
    axes.set_facecolor("black")
    axes.set_axis_off()
    place = grid.to_world(np.array([*(np.array(grid.shape[:2]) / 2), index]))[2]
    style: dict[str, Any] = {"transform": axes.transAxes, "color": "#ffd54f", "fontsize": 8}
    axes.text(0.98, 0.02, f"z {place:.0f}", ha="right", va="bottom", **style)
    if first:
        axes.text(0.02, 0.5, _AXIAL.letters[0], ha="left", va="center", fontweight="bold", **style)
        axes.text(0.98, 0.5, _AXIAL.letters[1], ha="right", va="center", fontweight="bold", **style)
        axes.text(0.5, 0.98, _AXIAL.letters[2], ha="center", va="top", fontweight="bold", **style)


def _channels(row: Row) -> list[NDArray[np.floating]]:
    if row.data.ndim == 3:
        return [row.data]
    return [row.data[..., channel] for channel in range(3)]
