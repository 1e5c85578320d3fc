"""Which images are aligned, and which maps go with them: those of one scan lie in one place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gliofront.cohort.patient import Timepoint
from gliofront.image.orientation import canonical
from gliofront.image.reading import read_volume
from gliofront.image.volume import Volume

# Given maps on the ADC's own grid were made from the same scan.
_OF_DIFFUSION = ("FA", "p", "q")


def find_leaders(
    visit: Timepoint, scans: Mapping[str, Volume]
) -> tuple[dict[str, Volume], dict[str, str]]:
    """Return the images that are aligned, and the leader of every scan.

    Parameters
    ----------
    visit : whose carriers are read.
    scans : sequence name to volume, axes nearest to R, A, S.

    Returns
    -------
    leaders : name to image; led_by : sequence name to leader.

    Raises
    ------
    InputRefused
        If a carrier is damaged.
    """
    led_by = {name: _leader(visit, scans, name) for name in scans}
    carried = {
        leader: visit.carriers[name] for name, leader in led_by.items() if leader not in scans
    }
    leaders = {name: scans[name] for name in scans if led_by[name] == name}
    return leaders | {name: _carrier(path, name) for name, path in carried.items()}, led_by


def _leader(visit: Timepoint, scans: Mapping[str, Volume], name: str) -> str:
    if name in visit.carriers:
        return carrier_name(visit.carriers[name])
    same = name in _OF_DIFFUSION and "ADC" in scans and "ADC" not in visit.carriers
    return "ADC" if same and scans["ADC"].grid.matches(scans[name].grid) else name


def carrier_name(path: Path) -> str:
    """Return what an image that carries maps is called: its own ``desc`` entity.

    >>> carrier_name(Path("sub-1_ses-preop_desc-b0_dwi.nii.gz"))
    'b0'
    """
    return path.name.partition("desc-")[2].partition("_")[0]


def _carrier(path: Path, name: str) -> Volume:
    # Motion correction leaves the border undefined.
    return canonical(read_volume(path, name, max_undefined=1.0)[0])
