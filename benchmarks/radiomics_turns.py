"""Work of gliofront and of a peer on a case, measured in turns."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import radiomics_peers as peers
from gliofront.radiomics.builds import usable_builds
from radiomics_cases import Case, make_case

FLASH, FLASH_TEXTURE, PYRADIOMICS = "flash", "flash, 28 texture features", "PyRadiomics"
MERGED = "merged"


def builds() -> list[str]:
    """Return the builds that this processor has, the fastest first."""
    return list(reversed(usable_builds()))


def figure(number: float) -> str:
    return f"{number:.0f}" if number >= 99.95 else f"{number:.3g}"


@dataclass(frozen=True)
class Row:
    """Median microseconds a voxel of each work of a case, and what has to be known of them."""

    case: Case
    medians: dict[str, float]
    spread: float  # slowest over fastest repeat, of the work where it is largest
    batch: int  # of the peer
    compared: int
    worst: float

    def times(self, names: Iterable[str]) -> list[str]:
        return [figure(self.medians[name]) for name in names]

    def ratios(self, peer: str, names: Iterable[str]) -> list[str]:
        return [f"**{figure(self.medians[peer] / self.medians[name])}**" for name in names]


def in_turns(works: dict[str, peers.Timed], case: Case, repeats: int) -> tuple[dict, float]:
    """Return the median CPU microseconds a voxel of each work, and the largest spread."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            seconds[name].append(peers.cpu_seconds(work))
    scale = 1e6 / len(case.centres)
    medians = {name: statistics.median(times) * scale for name, times in seconds.items()}
    return medians, max(max(times) / min(times) for times in seconds.values())


def beside_flash(case: Case, repeats: int) -> Row:
    batch = peers.fastest(partial(peers.flash, case), peers.FLASH_BATCHES)
    works = {build: peers.ours(case, build) for build in builds()}
    works[FLASH] = peers.flash(case, batch)
    maps = works[FLASH]()
    checked = [peers.check_agreement(case, works[b](), maps, peers.EXCESS) for b in builds()]
    works[FLASH_TEXTURE] = peers.flash(case, batch, ("glcm", "glrlm"))
    works[MERGED] = peers.ours(case, builds()[0], "merged")
    return Row(case, *in_turns(works, case, repeats), batch, *max(checked))


def beside_pyradiomics(case: Case, repeats: int) -> Row:
    probe = make_case(min(300, len(case.centres)), case.levels, case.radius)
    batch = peers.fastest(partial(peers.pyradiomics, probe), peers.PYRADIOMICS_BATCHES)
    build = builds()[0]
    works = {build: peers.ours(case, build), PYRADIOMICS: peers.pyradiomics(case, batch)}
    checked = peers.check_agreement(case, works[build](), works[PYRADIOMICS](), {})
    return Row(case, *in_turns(works, case, repeats), batch, *checked)
