"""How every figure looks: type, colours, and none of the user's own settings of matplotlib."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib.style

# Okabe and Ito's colours: told apart with any colour vision. Grey prints need more than a colour,
# so no two things differ by colour alone.
BLACK, GREY, PALE = "#000000", "#767676", "#BBBBBB"
BLUE, VERMILLION, GREEN, PURPLE, ORANGE = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"
SMALLEST_POINTS = 7.0

_STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": SMALLEST_POINTS,
    "axes.titlesize": SMALLEST_POINTS + 1,
    "axes.titlelocation": "left",
    "axes.labelsize": SMALLEST_POINTS,
    "xtick.labelsize": SMALLEST_POINTS,
    "ytick.labelsize": SMALLEST_POINTS,
    "legend.fontsize": SMALLEST_POINTS,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.0,
    # Names of patients and maps are text, whatever they hold: a dollar begins no formula.
    "text.parse_math": False,
    # Ids inside an SVG follow from the drawing alone, and letters look the same on every machine.
    "svg.hashsalt": "gliofront",
    "svg.fonttype": "path",
}


@contextmanager
def house_style() -> Iterator[None]:
    """Draw in the style of this module; the settings of before come back afterwards."""
    with matplotlib.style.context(["default", _STYLE]):
        yield
