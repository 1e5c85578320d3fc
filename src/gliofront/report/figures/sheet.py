"""The sheet that a figure is drawn on: 180 mm wide, title above, patients and notes below."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gliofront import RESEARCH_ONLY
from gliofront.report.figures.style import BLACK, GREY, SMALLEST_POINTS, house_style

WIDTH_MM = 180.0
DPI = 200
_INCH_MM = 25.4
_LINE_MM = 3.4
_EDGE_MM = 2.0
_LETTERS_A_LINE = 134


def sheet(body_mm: float) -> Figure:
    """Return an empty figure as high as its panels need; `framed` adds what stands around them."""
    figure = Figure(figsize=(WIDTH_MM / _INCH_MM, body_mm / _INCH_MM), dpi=DPI)
    FigureCanvasAgg(figure)
    return figure


def framed(figure: Figure, title: str, patients: str, notes: Sequence[str] = ()) -> Figure:
    """Give a figure its title above, and below the patients, notes and what it may be used for.

    Parameters
    ----------
    title : one sentence.
    patients : see `gliofront.report.figures.cells.patients_told`.
    notes : sentences; empty ones are passed over.
    """
    head = textwrap.wrap(title, _LETTERS_A_LINE - 34)
    told = " ".join(note for note in (f"{patients}.", *notes) if note)
    foot = textwrap.wrap(told, _LETTERS_A_LINE)
    above = _LINE_MM * 1.2 * len(head) + _EDGE_MM
    below = _LINE_MM * (len(foot) + 1) + 2 * _EDGE_MM
    width_in, body_in = figure.get_size_inches()
    height = float(body_in) * _INCH_MM + above + below
    figure.set_size_inches(width_in, height / _INCH_MM)
    left = _EDGE_MM / WIDTH_MM
    style: dict[str, Any] = {"size": SMALLEST_POINTS, "va": "bottom", "linespacing": 1.3}
    top = 1 - _EDGE_MM / 2 / height
    figure.text(left, top, "\n".join(head), size=9, weight="bold", va="top", color=BLACK)
    figure.text(left, (_EDGE_MM + _LINE_MM) / height, "\n".join(foot), color="#333333", **style)
    figure.text(left, _EDGE_MM / 2 / height, RESEARCH_ONLY, weight="bold", color=BLACK, **style)
    rect = (left / 2, below / height, 1 - left, 1 - (above + below) / height)
    figure.set_layout_engine("constrained", rect=rect, h_pad=0.05, w_pad=0.05)
    return figure


@house_style()
def lone_sentence(title: str, sentence: str) -> Figure:
    """Return a figure that says why there is nothing to draw."""
    figure = sheet(20.0)
    say(figure.add_subplot(), sentence)
    return framed(figure, title, "the number of patients is not known")


def say(axes: Axes, sentence: str, *, keep_rows: bool = False) -> None:
    """Put a sentence in place of a panel; the names of its rows stay if other panels share them."""
    axes.xaxis.set_visible(False)
    axes.yaxis.set_visible(keep_rows)
    axes.spines[:].set_visible(False)
    lines = textwrap.fill(sentence, 40)
    axes.text(0.5, 0.5, lines, transform=axes.transAxes, ha="center", va="center", color=GREY)


def settle(figure: Figure) -> None:
    """Place the panels once and for all, so that saving in several formats need not do it again."""
    with house_style():
        figure.draw_without_rendering()
        figure.set_layout_engine("none")


def svg_bytes(figure: Figure) -> bytes:
    """Return a figure as SVG; the same drawing gives the same bytes."""
    return numbered_clips(_saved(figure, "svg", {"Date": None, "Creator": "gliofront"}))


def numbered_clips(svg: bytes) -> bytes:
    """Return an SVG whose clip paths are numbered in the order in which they are met.

    Matplotlib names some by their place in the memory, which differs from run to run.

    >>> numbered_clips(b'<g clip-path="url(#pfe2d722dd7)"><clipPath id="pfe2d722dd7">')
    b'<g clip-path="url(#clip1)"><clipPath id="clip1">'
    """
    names = dict.fromkeys(re.findall(rb"url\(#(p[0-9a-f]{10})\)", svg))
    for number, name in enumerate(names, start=1):
        svg = svg.replace(name, b"clip%d" % number)
    return svg


def png_bytes(figure: Figure) -> bytes:
    """Return a figure as PNG of 200 dots an inch; the same drawing gives the same bytes."""
    return _saved(figure, "png", {"Software": None})


def _saved(figure: Figure, kind: str, metadata: dict[str, str | None]) -> bytes:
    out = io.BytesIO()
    with house_style():
        figure.savefig(out, format=kind, dpi=DPI, metadata=metadata)
    return out.getvalue()
