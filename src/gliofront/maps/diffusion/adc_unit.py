"""The unit of an ADC map that was made elsewhere."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from gliofront.foundation.errors import InputRefused

# A brain's median: grey and white matter have 0.7e-3 to 0.9e-3, free water 3e-3.
_PLAUSIBLE = (0.3e-3, 3.5e-3)
_UNITS = ((1.0, "mm2/s"), (1e-3, "1e-3 mm2/s"), (1e-6, "1e-6 mm2/s"))
_FEWEST = 50


class AdcUnit(NamedTuple):
    """The unit of a map: multiply by the factor to get mm2/s."""

    factor: float
    unit: str


def recognise_adc_unit(values: ArrayLike, subject: str) -> AdcUnit:
    """Tell the unit of an ADC map from its median in the brain.

    Parameters
    ----------
    values : the map's values in the brain, any shape; what is undefined or not positive does not
        count.

    Raises
    ------
    InputRefused
        If less than half of the values, or fewer than 50, are positive, or the median fits none
        of mm2/s, 1e-3 mm2/s and 1e-6 mm2/s: it must lie between 0.3e-3 and 3.5e-3 mm2/s.

    >>> recognise_adc_unit([0.8] * 100, "adc")
    AdcUnit(factor=0.001, unit='1e-3 mm2/s')
    """
    values = np.asarray(values, dtype=np.float64).ravel()
    positive = values[np.isfinite(values) & (values > 0)]
    if positive.size < max(_FEWEST, values.size / 2):
        problem = f"{positive.size} of {values.size} ADC values in the brain are positive"
        raise InputRefused(subject, problem, "check the map and the brain mask")
    median = float(np.median(positive))
    low, high = _PLAUSIBLE
    fitting = [AdcUnit(*unit) for unit in _UNITS if low <= median * unit[0] <= high]
    if len(fitting) == 1:
        return fitting[0]
    problem = f"its median in the brain, {median:.4g}, fits no unit of an ADC map"
    raise InputRefused(subject, problem, "give the map in mm2/s, 1e-3 mm2/s or 1e-6 mm2/s")
