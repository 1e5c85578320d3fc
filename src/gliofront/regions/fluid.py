"""What is as dark as fluid on a contrast-enhanced T1."""

from __future__ import annotations

import numpy as np

from gliofront.image.volume import BoolArray, Volume
from gliofront.regions.rough_white import rough_white, rough_white_units
from gliofront.regions.treated_settings import TreatedSettings


def fluid_like(t1c: Volume, brain: BoolArray, settings: TreatedSettings | None = None) -> BoolArray:
    """Return the voxels of a brain that are dark as fluid, (X, Y, Z) bool.

    Fluid is the darkest share of the brain; what lies farther from white matter than a stated part
    of the way to it counts. Much of a necrosis does too.

    Parameters
    ----------
    t1c : bias-corrected, any unit.
    brain : (X, Y, Z).

    Raises
    ------
    InputRefused
        If the brain is nearly empty or constant on T1C.
    """
    settings = settings or TreatedSettings()
    strength = np.nan_to_num(rough_white_units(t1c, rough_white(t1c, brain)).data)
    fluid = float(np.percentile(strength[brain], settings.fluid_percentile))
    return np.asarray(brain & (strength < settings.fluid_share * fluid))
