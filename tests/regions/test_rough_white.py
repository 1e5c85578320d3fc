import numpy as np
import pytest
from region_heads import head

from gliofront.foundation.errors import InputRefused
from gliofront.regions.rough_white import rough_white, rough_white_units


def test_white_matter_mode():
    made = head()
    white = rough_white(made.t1c, made.brain)
    assert np.mean(white[made.white]) > 0.85
    assert np.mean(white[made.csf]) < 0.1
    z = rough_white_units(made.t1c, white)
    assert abs(np.median(z.data[made.white])) < 1
    assert np.median(z.data[made.enhancing]) > 5
    assert z.unit == "rough white-matter z"


def test_constant_image_refused():
    made = head()
    flat = made.t1c.with_data(np.ones(made.grid.shape))
    with pytest.raises(InputRefused, match="constant"):
        rough_white(flat, made.brain)
