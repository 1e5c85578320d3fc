"""Units of diffusivities that were made elsewhere: recognised by their size, brought to mm2/s."""

from __future__ import annotations

import math

from gliofront.foundation.findings import Finding, Level
from gliofront.image.volume import BoolArray, Volume
from gliofront.maps.diffusion.adc_unit import recognise_adc_unit

# What a map is, over the ADC, in a whole brain; q from a median FA of about 0.2.
_OVER_ADC = {"ADC": 1.0, "p": math.sqrt(3.0), "q": 0.25}


def in_mm2_per_s(volume: Volume, brain: BoolArray) -> tuple[Volume, list[Finding]]:
    """Return a given diffusivity in mm2/s, and a note where it came in another unit.

    Parameters
    ----------
    volume : ADC, p or q; other quantities are returned as they are.
    brain : (X, Y, Z) on its grid.

    Raises
    ------
    InputRefused
        If its size fits no unit.
    """
    if volume.quantity not in _OVER_ADC:
        return volume, []
    known = recognise_adc_unit(volume.data[brain] / _OVER_ADC[volume.quantity], volume.quantity)
    if known.factor == 1:
        return volume, []
    text = f"taken to be in {known.unit} by its size in the brain"
    note = Finding(Level.NOTE, "unit-recognised", volume.quantity, text)
    return volume.with_data(volume.data * known.factor, "mm2/s"), [note]
