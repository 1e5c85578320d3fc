"""The maps of a diffusion series, and what came with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gliofront.foundation.findings import Finding
from gliofront.image.grid import FloatArray
from gliofront.image.volume import BoolArray, Float32Array, Volume
from gliofront.maps.diffusion.gradients import Gradients


@dataclass(frozen=True, eq=False)
class FittedMaps:
    """Maps of a corrected series; NaN outside the mask and where a fit is not physical.

    Parameters
    ----------
    adc, p, q : mm2/s; p = sqrt(3) ADC, q the length of the anisotropic part. fa : 0 to 1.
    colour : (X, Y, Z, 3) 0 to 1: FA times |R|, |A|, |S| of the main direction in the world.
    principal : (X, Y, Z, 3) main direction, unit vectors in world RAS+.
    quality : see `gliofront.maps.diffusion.quality.fit_quality`.
    """

    adc: Volume
    fa: Volume
    p: Volume
    q: Volume
    colour: Float32Array
    principal: Float32Array
    quality: Mapping[str, float]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, eq=False)
class DiffusionMaps:
    """Maps of a raw series, on its own grid.

    Parameters
    ----------
    maps : see `FittedMaps`.
    b0 : mean corrected image without weighting, for alignment.
    brain : (X, Y, Z) the mask used.
    gradients : turned with the head. pulls : (N, 4, 4) see `correct_motion`.
    field : distortion in mm along the phase encoding, None where not looked for.
    quality, findings : of all stages.
    """

    maps: FittedMaps
    b0: Volume
    brain: BoolArray
    gradients: Gradients
    pulls: FloatArray
    field: Volume | None
    quality: Mapping[str, float]
    findings: list[Finding]
