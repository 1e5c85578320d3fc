"""Whether a map can be what it is said to be: its values in normal-appearing white matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gliofront.foundation.findings import Finding, Level
from gliofront.image.volume import BoolArray, Volume

_FEWEST = 50  # voxels, for a median that means something


@dataclass(frozen=True)
class PlausibleRange:
    """Where the median of a map lies in normal-appearing white matter.

    Parameters
    ----------
    low, high : generous bounds, in the unit of the map.
    source : where the usual value comes from.
    """

    low: float
    high: float
    source: str


PLAUSIBLE: Mapping[str, PlausibleRange] = {
    "ADC": PlausibleRange(0.5e-3, 1.1e-3, "0.70e-3 +- 0.06e-3: Helenius et al., AJNR 23:194, 2002"),
    "FA": PlausibleRange(
        0.15, 0.80, "0.3 to 0.8 by tract: Pierpaoli et al., Radiology 201:637, 1996"
    ),
    "p": PlausibleRange(0.87e-3, 1.9e-3, "sqrt(3) times the ADC: Pena et al., BJR 79:101, 2006"),
    "q": PlausibleRange(0.1e-3, 1.1e-3, "from the ADC and FA: Pena et al., BJR 79:101, 2006"),
    "rCBV": PlausibleRange(0.5, 2.0, "1 by definition, after division by white matter"),
}

# Whether cerebrospinal fluid is brighter than white matter.
_BRIGHT_FLUID = {"T1C": False, "T1": False, "T2": True, "FLAIR": False}


def plausible_findings(
    maps: Mapping[str, Volume], nawm: BoolArray, fluid: BoolArray
) -> list[Finding]:
    """Warn of maps that cannot be what they are called: a wrong unit, a swapped sequence.

    Parameters
    ----------
    maps : sequence name to volume; weighted images in any unit that grows with intensity.
    nawm, fluid : (X, Y, Z) normal-appearing white matter; cerebrospinal fluid.
    """
    found = [_range_finding(name, maps[name], nawm) for name in PLAUSIBLE if name in maps]
    found += [
        _contrast_finding(name, maps[name], nawm, fluid) for name in _BRIGHT_FLUID if name in maps
    ]
    return [finding for finding in found if finding]


def median_in(volume: Volume, mask: BoolArray) -> float:
    """Return the median of the defined values in a mask, NaN where fewer than 50 are."""
    values = volume.data[mask]
    values = values[np.isfinite(values)]
    return float(np.median(values)) if values.size >= _FEWEST else float("nan")


def _range_finding(name: str, volume: Volume, nawm: BoolArray) -> Finding | None:
    expected, median = PLAUSIBLE[name], median_in(volume, nawm)
    if np.isnan(median) or expected.low <= median <= expected.high:
        return None
    problem = (
        f"its median in normal-appearing white matter is {median:.3g} {volume.unit}, "
        f"not within {expected.low:g} to {expected.high:g}"
    )
    mend = "check its unit, and that it is this map; look at it beside the T1C"
    return Finding(Level.WARNING, "implausible-values", name, problem, mend)


def _contrast_finding(
    name: str, volume: Volume, nawm: BoolArray, fluid: BoolArray
) -> Finding | None:
    white, water = median_in(volume, nawm), median_in(volume, fluid)
    if np.isnan(white) or np.isnan(water) or (water > white) == _BRIGHT_FLUID[name]:
        return None
    expected = "brighter" if _BRIGHT_FLUID[name] else "darker"
    problem = f"cerebrospinal fluid is not {expected} than white matter, as it is on {name}"
    mend = "check that two sequences were not swapped"
    return Finding(Level.WARNING, "implausible-contrast", name, problem, mend)
