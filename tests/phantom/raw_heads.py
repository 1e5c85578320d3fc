"""Heads whose raw scans are taken in tests, their tissues, and maps carried onto a scan's grid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from gliofront.image.grid import Grid
from gliofront.image.resample import resample_volume
from gliofront.image.volume import Volume
from gliofront.phantom.anatomy import Anatomy, make_anatomy
from gliofront.phantom.fibres import Fibres, lay_fibres
from gliofront.phantom.oedema import draw_oedema
from gliofront.phantom.rigid import random_motion
from gliofront.phantom.settings import PhantomSettings, RawSettings
from gliofront.phantom.tissue_maps import TissueMaps, make_maps
from gliofront.phantom.tumour import Tumour, grow_tumour

STILL = RawSettings(noise=0, distortion=0, volume_shift_mm=0, volume_turn_degrees=0)
"""Nothing disturbs the scan."""


@dataclass(frozen=True, eq=False)
class Head:
    anatomy: Anatomy
    tumour: Tumour
    vasogenic: np.ndarray
    fibres: Fibres
    maps: TissueMaps

    @property
    def grid(self) -> Grid:
        return self.anatomy.grid

    @property
    def brain(self) -> np.ndarray:
        return self.anatomy.brain

    def pull(self) -> np.ndarray:
        """A motion between two scans."""
        return random_motion(np.random.default_rng(3), self.grid.corners().mean(0), 0.8, 0.7)

    def tissues(self) -> dict[str, np.ndarray]:
        """Voxels (X, Y, Z) of one tissue each, away from vessels."""
        a, t = self.anatomy, self.tumour
        clear = a.brain & (self.maps.arteries < 1e-3) & (a.vessels < 0.01)
        healthy = clear & (t.density < 1e-3) & (self.maps.oedema < 0.1)
        return {
            "white": healthy & (a.white > 0.9),
            "grey": healthy & (a.grey > 0.85),
            "oedema": clear & (self.maps.oedema > 0.5) & ~t.core & (a.fluid < 0.05),
            "rim": clear & t.core & ~t.necrosis,
            "necrosis": t.necrosis,
        }

    def onto(self, values: np.ndarray, grid: Grid, pull: np.ndarray | None = None) -> np.ndarray:
        """Carry a map on the T1C grid onto a scan's grid."""
        inside = np.where(self.brain, values, 0).astype(np.float32)
        back = None if pull is None else np.linalg.inv(pull)
        return resample_volume(
            Volume(self.grid, inside, "x", "x"), grid, pull=back, fill=0
        ).data.astype(np.float64)

    def tissues_on(
        self, grid: Grid, pull: np.ndarray | None = None, share: float = 0.95
    ) -> dict[str, np.ndarray]:
        return {
            name: self.onto(where.astype(float), grid, pull) > share
            for name, where in self.tissues().items()
        }


@cache
def head(resolution_mm: float = 4.0, seed: int = 4) -> Head:
    def stream(step: int) -> np.random.Generator:
        return np.random.default_rng([seed, 0, step])

    settings = PhantomSettings(resolution_mm=resolution_mm)
    anatomy = make_anatomy(stream(0), resolution_mm, settings.anatomy)
    tumour = grow_tumour(stream(1), anatomy, settings.tumour)
    vasogenic = draw_oedema(stream(3), anatomy, tumour.core)
    fibres = lay_fibres(anatomy)
    maps = make_maps(stream(2), anatomy, tumour, vasogenic, fibres)
    return Head(anatomy, tumour, vasogenic, fibres, maps)
