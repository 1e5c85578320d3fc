"""What the viewer of a patient's page reads: packed volumes, and how they lie and look."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from gliofront.image.volume import Volume
from gliofront.report.page.html import visible
from gliofront.report.page.packing import (
    Box,
    Scale,
    bit_codes,
    box_grid,
    brain_box,
    grey_codes,
    packed,
    window,
)
from gliofront.report.page.patient_page import PatientPage, Region
from gliofront.report.preview import PLANES, Plane

_LEAST_HIGH = 1e-3


def viewer_blocks(page: PatientPage) -> dict[str, object]:
    """Return the blocks of data of a page, by the id that the viewer finds them by.

    Returns
    -------
    ``view`` describes everything; the others are packed volumes of the brain's box.

    Raises
    ------
    InputRefused
        If the brain mask is empty, or there are more regions than bits.
    """
    box, inside = brain_box(page.brain), page.brain
    scales = [window(volume, inside) for volume in page.underlays]
    blocks: dict[str, object] = {"view": _view(page, box, scales)}
    for n, (volume, scale) in enumerate(zip(page.underlays, scales, strict=True)):
        codes = grey_codes(volume.data[box], scale)
        # Air takes most of the space and tells nothing.
        blocks[_underlay(n)] = packed(np.where(inside[box], codes, 0))
    if page.probability is not None:
        codes = grey_codes(page.probability.data[box], _probability_scale(page.probability))
        blocks["probability"] = packed(codes)
    masks = [region.mask[box] for region in page.regions]
    return blocks | {"labels": packed(bit_codes(masks, inside[box].shape))}


def _underlay(number: int) -> str:
    return f"underlay-{number}"


def _view(page: PatientPage, box: Box, scales: list[Scale]) -> dict[str, Any]:
    grid = box_grid(page.underlays[0].grid, box)
    chance = page.probability
    images = zip(page.underlays, scales, strict=True)
    return {
        "shape": list(grid.shape),
        "affine": np.round(grid.affine, 6).tolist(),
        "spacing": np.round(grid.spacing, 6).tolist(),
        "planes": [_plane(plane) for plane in PLANES],
        "start": _start(page, box),
        "underlays": [
            {"name": visible(volume.quantity), **_block(_underlay(n), scale, volume.unit)}
            for n, (volume, scale) in enumerate(images)
        ],
        "probability": None
        if chance is None
        else _block("probability", _probability_scale(chance), ""),
        "labels": "labels",
        "regions": [_region(region) for region in page.regions],
    }


def _block(name: str, scale: Scale, unit: str) -> dict[str, Any]:
    return {"data": name, "unit": visible(unit), **asdict(scale)}


def _region(region: Region) -> dict[str, Any]:
    return {
        "name": visible(region.name),
        "colour": region.colour,
        "pattern": region.pattern,
        "width": region.width,
    }


def _plane(plane: Plane) -> dict[str, Any]:
    return {
        "name": plane.name,
        "cut": plane.cut,
        "across": plane.across,
        "flip": plane.flip_across,
        "letters": list(plane.letters),
    }


def _probability_scale(probability: Volume) -> Scale:
    finite = probability.data[np.isfinite(probability.data)]
    return Scale(0.0, max(float(finite.max(initial=0.0)), _LEAST_HIGH))


def _start(page: PatientPage, box: Box) -> list[int]:
    """Return the voxel of the box nearest to the middle of the first region, or of the brain."""
    first = page.regions[0].mask[box] if page.regions else page.brain[box]
    shown = first if first.any() else page.brain[box]
    return [int(n) for n in np.rint(np.argwhere(shown).mean(axis=0))]
