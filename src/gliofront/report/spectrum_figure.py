"""A picture of one fitted spectrum: data, fit, baseline, what is left, and each metabolite."""

from __future__ import annotations

import io

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from gliofront import RESEARCH_ONLY
from gliofront.maps.spectroscopy.spectrum_fit import SpectrumFit

FloatArray = NDArray[np.float64]

_DATA, _FIT, _BASELINE = "#333333", "#c62828", "#1565c0"
_PEAKS = {
    "tNAA": 2.01,
    "tCr": 3.03,
    "tCho": 3.21,
    "Ins": 3.56,
    "Glx": 2.35,
    "Lac": 1.33,
    "MM/Lip": 0.9,
}
_SUMS = (
    ("tNAA", ("NAA", "NAAG")),
    ("tCr", ("Cr", "PCr", "-CrCH2")),
    ("tCho", ("GPC", "PCh", "Cho")),
    ("Glx", ("Glu", "Gln")),
    ("Ins", ("Ins", "sIns")),
    ("Lac", ("Lac",)),
    ("macromolecules", ("MM09", "MM12", "MM14", "MM17", "MM20")),
    ("lipids", ("Lip09", "Lip13a", "Lip13b", "Lip20")),
)


def draw_spectrum(fit: SpectrumFit, title: str, notes: tuple[str, ...] = ()) -> bytes:
    """Draw a fitted spectrum.

    Parameters
    ----------
    title : one line above the picture.
    notes : lines below it, such as measures of quality.

    Returns
    -------
    A PNG: ppm grow to the left, as is the custom; residual on top, data with fit and baseline in
    the middle, sums of metabolites below. The same fit gives the same bytes.
    """
    figure = Figure(figsize=(10, 8.5), dpi=110, facecolor="white")
    FigureCanvasAgg(figure)
    top = figure.add_axes((0.06, 0.85, 0.91, 0.09))
    middle = figure.add_axes((0.06, 0.47, 0.91, 0.36))
    below = figure.add_axes((0.06, 0.10, 0.91, 0.34))
    unit = float(np.abs(fit.data).max()) or 1.0
    _residual(top, fit, unit)
    _spectrum(middle, fit, unit)
    _parts(below, fit, unit)
    for axes in (top, middle, below):
        axes.set_xlim(fit.ppm[-1], fit.ppm[0])
        axes.set_yticks([])
        for side in ("left", "right", "top"):
            axes.spines[side].set_visible(False)
    top.set_xticks([])
    middle.tick_params(labelbottom=False)
    below.set_xlabel("chemical shift, ppm")
    figure.text(0.06, 0.965, title, fontsize=12, fontweight="bold")
    figure.text(0.06, 0.035, "; ".join(notes), fontsize=8, color="#444444")
    figure.text(0.06, 0.012, RESEARCH_ONLY, fontsize=8, color="#b71c1c")
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _residual(axes: Axes, fit: SpectrumFit, unit: float) -> None:
    axes.plot(fit.ppm, fit.residual / unit, color=_DATA, linewidth=0.6)
    for level in (-2.0, 2.0):
        axes.axhline(level * fit.noise / unit, color="#999999", linewidth=0.6, linestyle=":")
    axes.text(
        1.0, 0.9, "residual; dots: 2 SD of noise", fontsize=7, ha="right", transform=axes.transAxes
    )


def _spectrum(axes: Axes, fit: SpectrumFit, unit: float) -> None:
    axes.plot(fit.ppm, fit.data / unit, color=_DATA, linewidth=0.7, label="data")
    axes.plot(fit.ppm, fit.fit / unit, color=_FIT, linewidth=1.1, label="fit")
    axes.plot(fit.ppm, fit.baseline / unit, color=_BASELINE, linewidth=1.0, label="baseline")
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.12 * (high - low))
    for name, ppm in _PEAKS.items():
        if not fit.ppm[0] < ppm < fit.ppm[-1]:
            continue
        near = np.abs(fit.ppm - ppm) < 0.06
        height = float((fit.data[near] / unit).max()) + 0.04 * (high - low)
        axes.text(ppm, height, name, fontsize=8, ha="center", va="bottom")
    axes.legend(loc="upper right", fontsize=8, frameon=False)


def _parts(axes: Axes, fit: SpectrumFit, unit: float) -> None:
    rows = [(name, _sum_of(fit, parts)) for name, parts in _SUMS]
    shown = {part for _, parts in _SUMS for part in parts}
    rest = tuple(name for name in fit.names if name not in shown)
    rows.append(("others", _sum_of(fit, rest)))
    drawn = [(name, values) for name, values in rows if np.any(values)]
    step = max((np.ptp(values) for _, values in drawn), default=unit) / unit * 0.35
    for line, (name, values) in enumerate(drawn):
        axes.plot(fit.ppm, values / unit - line * step, color=_FIT, linewidth=0.9)
        axes.text(fit.ppm[0], -line * step, f" {name}", fontsize=8, va="bottom", ha="right")


def _sum_of(fit: SpectrumFit, names: tuple[str, ...]) -> FloatArray:
    rows = [fit.names.index(name) for name in names if name in fit.names]
    return np.asarray(fit.parts[rows].sum(axis=0))
