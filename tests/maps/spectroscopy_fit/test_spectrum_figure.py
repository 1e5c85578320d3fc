import io

import matplotlib.image
import numpy as np
from spectroscopy_singlets import decayed, noise, singlets

from gliofront.maps.spectroscopy.model import build_model
from gliofront.maps.spectroscopy.spectrum_fit import fit_spectrum
from gliofront.report.spectrum_figure import draw_spectrum

MODEL = build_model(singlets())
FIT = fit_spectrum(decayed() + noise(np.random.default_rng(0), 0.5), MODEL)


def test_the_same_fit_gives_the_same_bytes_and_another_gives_others():
    one, again = draw_spectrum(FIT, "a voxel"), draw_spectrum(FIT, "a voxel")
    other = fit_spectrum(decayed(damping=12.0) + noise(np.random.default_rng(0), 0.5), MODEL)
    assert one == again
    assert one != draw_spectrum(other, "a voxel")


def test_it_is_a_picture_with_the_fit_high_shifts_to_the_left():
    picture = matplotlib.image.imread(io.BytesIO(draw_spectrum(FIT, "a voxel", ("SNR 30",))))
    height, width = picture.shape[:2]
    assert (height, width) == (935, 1100)
    red = (picture[..., 0] > 0.6) & (picture[..., 1] < 0.35) & (picture[..., 2] < 0.35)
    middle = red[int(0.18 * height) : int(0.52 * height), : int(0.85 * width)]  # beside the legend
    top = int(np.argwhere(middle.any(1))[0, 0])
    column = float(np.argwhere(middle[top]).mean())
    # The tallest line, NAA at 2.01 ppm, on an axis from 4.0 (left) to 0.2.
    expected = width * (0.06 + 0.91 * (4.0 - 2.01) / 3.8)
    assert abs(column - expected) < 10
