"""What `extract` refuses, each time naming what it was given."""

from __future__ import annotations

import numpy as np
import pytest

from gliofront.foundation.errors import InputRefused
from gliofront.radiomics.extract import extract, features_at
from gliofront.radiomics.grey_image import GreyImage, grey_image
from gliofront.radiomics.names import feature_names
from gliofront.radiomics.settings import TextureSettings

ONES = np.ones((4, 4, 4))
INSIDE = np.ones((4, 4, 4), dtype=bool)
CENTRES = np.array([[1, 1, 1]])
LEVELS = TextureSettings(radius=1, levels=32, binning="none")
GOOD = {"values": ONES, "inside": INSIDE, "centres": CENTRES, "settings": LEVELS, "threads": 1}


def one_odd(value):
    """Return good levels with one voxel of another value."""
    values = np.arange(64.0).reshape(4, 4, 4) % 32 + 1
    values[2, 3, 1] = value
    return values


# What is given in place of the good, and what the error must name.
ARRAYS = {
    "a mask of another shape": ({"inside": INSIDE[:3]}, ["(4, 4, 4)", "(3, 4, 4)"]),
    "two axes": ({"values": ONES[0], "inside": INSIDE[0]}, ["(4, 4)", "three-dimensional"]),
    "four axes": ({"values": ONES[None], "inside": INSIDE[None]}, ["(1, 4, 4, 4)"]),
    "complex values": ({"values": ONES * 1j}, ["values", "complex128"]),
    "values that are objects": ({"values": ONES.astype(object)}, ["values", "object"]),
    "values that are a mask": ({"values": INSIDE}, ["values", "bool"]),
    "values that are text": ({"values": ONES.astype("U3")}, ["values", "<U3"]),
    "a mask of whole numbers": ({"inside": INSIDE.astype(np.int64)}, ["mask", "int64"]),
    "a mask of floats": ({"inside": ONES}, ["mask", "float64"]),
    "no thread": ({"threads": 0}, ["0 threads"]),
    "fewer threads than none": ({"threads": -2}, ["-2 threads"]),
}
CENTRE = {
    "beyond the end": ([[1, 1, 1], [1, 1, 4]], ["(1, 1, 4)", "(4, 4, 4)"]),
    "before the start": ([[-1, 1, 1]], ["(-1, 1, 1)", "(4, 4, 4)"]),
    "far beyond 32 bits": ([[1, 1, 2**32 + 1]], [str(2**32 + 1)]),
    "of two numbers": ([[1, 1]], ["(1, 2)"]),
    "three of two numbers": ([[1, 1], [1, 1], [1, 1]], ["(3, 2)"]),
    "one of one axis": ([1, 1, 1], ["(3,)"]),
    "with an axis too many": ([[[1], [1], [1]]], ["(1, 3, 1)"]),
    "between voxels": ([[1.0, 1.5, 1.0]], ["float64"]),
    "whole but floats": ([[1.0, 1.0, 1.0]], ["float64"]),
    "true or false": ([[True, True, True]], ["bool"]),
    "objects": (np.array([[1, 1, 1]], dtype=object), ["object"]),
}
IMAGE = {
    "a level of 0": ("none", one_odd(0), ["none", "0", "1 to 32"]),
    "a negative level": ("none", one_odd(-2), ["none", "-2"]),
    "a level above the last": ("none", one_odd(33), ["none", "33", "1 to 32"]),
    "a level that is not whole": ("none", one_odd(1.5), ["none", "1.5"]),
    "only a level that is not whole": ("none", ONES * 1.5, ["none", "1.5"]),
    "no range": ("size", ONES, ["size", "range"]),
    "beyond float32": ("number", one_odd(1e39), ["1e+39", "32-bit"]),
    "below float32": ("number", one_odd(-1e39), ["-1e+39", "32-bit"]),
}
SETTINGS = {
    "radius 0": ({"radius": 0}, ["radius", "input_value=0"]),
    "radius 5": ({"radius": 5}, ["radius", "input_value=5"]),
    "half a voxel": ({"radius": 1.5}, ["radius", "1.5"]),
    "one level": ({"levels": 1}, ["levels", "input_value=1"]),
    "too many levels": ({"levels": 257}, ["levels", "input_value=257"]),
    "unknown binning": ({"binning": "auto"}, ["binning", "auto", "'size', 'number' or 'none'"]),
    "unknown aggregation": ({"aggregation": "summed"}, ["aggregation", "summed", "merged"]),
    "unknown definitions": ({"definitions": "paper"}, ["definitions", "paper", "matlab"]),
    "endless above": ({"range": (0.0, np.inf)}, ["range", "finite", "inf"]),
    "endless below": ({"range": (-np.inf, 0.0)}, ["range", "finite", "-inf"]),
    "not a number": ({"range": (np.nan, 1.0)}, ["range", "finite", "nan"]),
    "an empty range": ({"range": (1.5, 1.5)}, ["range", "lower limit", "(1.5, 1.5)"]),
    "a falling range": ({"range": (2.5, 1.5)}, ["range", "lower limit", "(2.5, 1.5)"]),
    "a range of one number": ({"range": (2.5,)}, ["range", "2.5"]),
    "an unknown setting": ({"gray_levels": 8}, ["gray_levels"]),
}


def names_all(error, texts):
    return [text for text in texts if text not in str(error.value)]


def test_good_input_is_taken():
    assert extract(**GOOD).shape == (1, len(feature_names()))


@pytest.mark.parametrize(("bad", "texts"), ARRAYS.values(), ids=ARRAYS)
def test_arrays_of_a_wrong_kind_are_refused(bad, texts):
    with pytest.raises(InputRefused) as error:
        extract(**{**GOOD, **bad})
    assert not names_all(error, texts), error.value


@pytest.mark.parametrize(("centres", "texts"), CENTRE.values(), ids=CENTRE)
def test_centres_that_are_no_voxels_are_refused(centres, texts):
    with pytest.raises(InputRefused) as error:
        extract(**{**GOOD, "centres": np.array(centres)})
    assert not names_all(error, ["centre", *texts]), error.value


@pytest.mark.parametrize(("binning", "values", "texts"), IMAGE.values(), ids=IMAGE)
def test_values_that_the_binning_cannot_take_are_refused(binning, values, texts):
    asked = LEVELS.model_copy(update={"binning": binning})
    with pytest.raises(InputRefused) as error:
        extract(**{**GOOD, "values": values, "settings": asked})
    assert not names_all(error, texts), error.value


@pytest.mark.parametrize(("bad", "texts"), SETTINGS.values(), ids=SETTINGS)
def test_settings_out_of_bounds_are_refused(bad, texts):
    # pydantic's ValidationError is a ValueError; the commands turn it into a refusal.
    with pytest.raises(ValueError, match="TextureSettings") as error:
        TextureSettings(**bad)
    assert not names_all(error, texts), error.value


def test_an_image_made_with_other_settings_reads_no_memory_that_is_not_its_own():
    image = grey_image(one_odd(1.0), INSIDE, LEVELS)
    fewer = LEVELS.model_copy(update={"levels": 4})
    with pytest.raises((InputRefused, ValueError), match="level"):
        features_at(image, CENTRES, fewer)
    with pytest.raises((InputRefused, ValueError), match="shape"):
        features_at(GreyImage(image.values[:2], image.levels), CENTRES, LEVELS)
    for unchecked in ({"radius": 9}, {"levels": 999}):
        with pytest.raises((InputRefused, ValueError), match=r"radius|ng|levels"):
            features_at(image, CENTRES, LEVELS.model_copy(update=unchecked))


@pytest.mark.parametrize("odd", [0.0, 1.5, 33.0, -7.0, 1e39, np.nan, np.inf])
def test_outside_the_mask_any_value_is_taken(odd):
    inside = INSIDE.copy()
    inside[2, 3, 1] = False
    found = extract(**{**GOOD, "values": one_odd(odd), "inside": inside})
    plain = extract(**{**GOOD, "values": one_odd(1.0), "inside": inside})
    assert found.tobytes() == plain.tobytes()
