"""Histograms of the true maps of virtual patients over published ranges, and their table.

Usage: python benchmarks/phantom_histograms.py [--patients 20] [--workers 2] [--write]

ADC, FA and rCBV without noise in normal-appearing white matter (NAWM), oedema and enhancing rim,
into docs/pictures/virtual-histograms.png, with the ranges in PUBLISHED shaded. The table is
printed, and with --write put into docs/validation.md. NAWM is chosen by FA and ADC, so its
histograms of these two end where the choice does.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from gliofront.cohort.labels import ENHANCING, OEDEMA
from gliofront.phantom.patient import VirtualPatient, make_patient
from gliofront.phantom.settings import PhantomSettings
from gliofront.regions.shells import distance_outside
from pages import DOCS, write_between
from phantom_slices import CAPTION, SEED, SITES_IN_TURN, as_png, new_figure

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.floating]


@dataclass(frozen=True)
class Published:
    """A published range of a quantity in a tissue, shaded behind the histogram.

    Parameters
    ----------
    quantity : "ADC", "FA" or "rCBV".
    region : "NAWM", "oedema" or "enhancing rim".
    low, high : ends of the range; ADC in 1e-3 mm2/s, FA and rCBV as ratios.
    source : short, as it stands in the picture, such as "Toh 2008".
    """

    quantity: str
    region: str
    low: float
    high: float
    source: str


PUBLISHED = (
    Published("ADC", "NAWM", 0.66, 0.79, "UCSF-PDGM, 5-95 %"),
    Published("ADC", "oedema", 0.73, 1.26, "UCSF-PDGM near core, 5-95 %"),
    Published("ADC", "enhancing rim", 0.73, 1.20, "Toh 2008, mean +- 2 SD"),
    Published("FA", "NAWM", 0.22, 0.54, "Goebell 2006, mean +- 2 SD"),
    Published("FA", "oedema", 0.16, 0.31, "UCSF-PDGM near core, 5-95 %"),
    Published("FA", "enhancing rim", 0.09, 0.37, "Toh 2008, mean +- 2 SD"),
    Published("rCBV", "oedema", 0.0, 3.25, "Law 2002, mean +- 2 SD"),
    Published("rCBV", "enhancing rim", 2.38, 8.46, "Bulakbasi 2005, mean +- 2 SD"),
)
"""Between patients, of means or medians in a region; docs/validation.md names the sources."""


UNITS = {"ADC": "10⁻³ mm²/s", "FA": "ratio", "rCBV": "ratio to white matter"}
SPANS = {"ADC": (0.4, 2.4), "FA": (0.0, 1.0), "rCBV": (0.0, 10.0)}
BINS = 80
HISTOGRAM_MM = 2.0
COLOURS = {"NAWM": "#607d8b", "oedema": "#1e88e5", "enhancing rim": "#c62828"}
BAND = "#ffb300"
NAWM_AWAY_MM, NAWM_DENSITY, NAWM_FA, NAWM_ADC = 25.0, 1e-3, 0.25, 0.95e-3

Samples = Mapping[tuple[str, str], FloatArray]


def samples(index: int) -> Samples:
    """Return the values of one patient by quantity and tissue, (voxels,) each."""
    settings = PhantomSettings(resolution_mm=HISTOGRAM_MM)
    patient = make_patient(SEED, index, settings, sites=SITES_IN_TURN)
    truth = {name: patient.truth[name].data * (1e3 if name == "ADC" else 1) for name in UNITS}
    return {
        (name, region): values[mask & np.isfinite(values)]
        for name, values in truth.items()
        for region, mask in _regions(patient).items()
    }


def _regions(patient: VirtualPatient) -> dict[str, BoolArray]:
    tumour, truth = patient.tumour, patient.truth
    away = distance_outside(tumour.data > 0, patient.grid) > NAWM_AWAY_MM
    white = (truth["FA"].data > NAWM_FA) & (truth["ADC"].data < NAWM_ADC)
    clean = (patient.brain.data > 0) & (patient.density.data < NAWM_DENSITY)
    return {
        "NAWM": clean & away & white,
        "oedema": tumour.mask(OEDEMA),
        "enhancing rim": tumour.mask(ENHANCING),
    }


def table(found: Sequence[Samples]) -> str:
    lines = [
        f"{len(found)} virtual patients (seed {SEED}, {HISTOGRAM_MM:g} mm, sites "
        f"{', '.join(SITES_IN_TURN)}), true maps. NAWM: more than {NAWM_AWAY_MM:g} mm from tumour "
        f"and oedema, cell density below {NAWM_DENSITY:g}, FA above {NAWM_FA:g}, ADC below "
        f"{1e3 * NAWM_ADC:g}e-3 mm2/s.",
        "",
        "| quantity | tissue | median | 5th to 95th percentile of voxels "
        "| patients' medians, mean +- SD | published |",
        "|---|---|---|---|---|---|",
    ]
    for name, region in found[0]:
        each = [one[name, region] for one in found if one[name, region].size]
        low, middle, high = np.percentile(np.concatenate(each), [5, 50, 95])
        medians = np.array([np.median(values) for values in each])
        unit = ", 1e-3 mm2/s" if name == "ADC" else ""
        lines.append(
            f"| {name}{unit} | {region} | {middle:.2f} | {low:.2f} to {high:.2f} | "
            f"{medians.mean():.2f} +- {medians.std(ddof=1):.2f} | {known_range(name, region)} |"
        )
    return "\n".join(lines)


def known_range(name: str, region: str) -> str:
    known = (p for p in PUBLISHED if (p.quantity, p.region) == (name, region))
    return "; ".join(f"{p.low:.2f} to {p.high:.2f} ({p.source})" for p in known)


def histograms(found: Sequence[Samples], published: Sequence[Published]) -> bytes:
    """Draw a column a quantity, a row a tissue; return a PNG."""
    figure = new_figure(10.5, 7.4, "white")
    grid = figure.subplots(len(COLOURS), len(UNITS), squeeze=False)
    figure.subplots_adjust(
        left=0.075, right=0.985, top=0.935, bottom=0.135, hspace=0.32, wspace=0.2
    )
    for row, region in enumerate(COLOURS):
        for column, name in enumerate(UNITS):
            axes = grid[row, column]
            _histogram(axes, [one[name, region] for one in found], name, region)
            bands = [p for p in published if (p.quantity, p.region) == (name, region)]
            _bands(axes, bands)
            if row == 0:
                middle = sum(axes.get_position().intervalx) / 2
                figure.text(middle, 0.968, name, fontsize=11, fontweight="bold", ha="center")
            if row == len(COLOURS) - 1:
                axes.set_xlabel(f"{name}, {UNITS[name]}", fontsize=9)
        grid[row, 0].set_ylabel(f"{region}\n% of voxels per bin", fontsize=9)
    notes = f"{len(found)} patients, maps without noise. Line: median of all voxels; ticks: median "
    notes += "of each patient. NAWM is chosen by FA and ADC, and ends there."
    notes += " Shaded: published." if published else ""
    figure.text(0.012, 0.04, notes, fontsize=8, color="#444444")
    figure.text(0.012, 0.014, CAPTION, fontsize=8, color="#b71c1c")
    return as_png(figure)


def _histogram(axes: Axes, each: Sequence[FloatArray], name: str, region: str) -> None:
    values, across = np.concatenate(each), SPANS[name]
    weights = np.full(values.size, 100 / values.size)
    axes.hist(values, bins=BINS, range=across, weights=weights, color=COLOURS[region], alpha=0.75)
    low, middle, high = np.percentile(values, [5, 50, 95])
    axes.plot([middle] * 2, [0, axes.get_ylim()[1]], color="black", linewidth=1.0)
    medians = [np.median(one) for one in each if one.size]
    where: dict[str, Any] = {"transform": axes.get_xaxis_transform(), "clip_on": False}
    axes.plot(medians, np.full(len(medians), 0.02), "|", color="black", markersize=6, **where)
    text = f"median {middle:.2f}, 5-95 % {low:.2f} to {high:.2f}"
    beyond = 100 * float(np.mean((values < across[0]) | (values > across[1])))
    text += f" ({beyond:.1f} % not shown)" if beyond > 0.1 else ""
    axes.set_title(text, loc="right", fontsize=7.5, color="#444444", pad=3)
    axes.set_xlim(*across)
    axes.set_ylim(bottom=0)
    axes.tick_params(labelsize=8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _bands(axes: Axes, bands: Sequence[Published]) -> None:
    """Shade each range, and name its source on a line of its own above the histogram."""
    top, middle = axes.get_ylim()[1], sum(axes.get_xlim()) / 2
    step = 0.15 * top
    axes.set_ylim(0, top + step * len(bands))
    for place, band in enumerate(bands):
        height = top + step * (place + 0.2)
        axes.axvspan(band.low, band.high, color=BAND, alpha=0.18, linewidth=0, zorder=0)
        axes.plot([band.low, band.high], [height] * 2, color=BAND, linewidth=2.5)
        left = band.low + band.high < 2 * middle
        anchor, side = (band.low, "left") if left else (band.high, "right")
        axes.text(anchor, height + 0.12 * step, band.source, fontsize=7, color="#5d4037", ha=side)


def draw_histograms(patients: int, workers: int, write: bool) -> None:
    with ProcessPoolExecutor(workers) as pool:
        found = list(pool.map(samples, range(patients)))
    (DOCS / "pictures" / "virtual-histograms.png").write_bytes(histograms(found, PUBLISHED))
    text = table(found)
    print(text)
    if write:
        write_between("validation.md", "histograms", text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="write docs/validation.md")
    chosen = parser.parse_args()
    draw_histograms(chosen.patients, chosen.workers, chosen.write)


if __name__ == "__main__":
    main()
