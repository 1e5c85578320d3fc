"""Shading put onto a brain is taken off again."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from map_heads import shading, template

from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Level
from gliofront.maps.bias import correct_bias
from gliofront.maps.settings import BiasSettings

CLEAN, BRAIN = template()
QUICK = BiasSettings(working_mm=8.0)


def shaded():
    noise = np.random.default_rng(0).normal(0, 2, CLEAN.grid.shape)
    return CLEAN.with_data(CLEAN.data * shading(CLEAN.grid) + noise * BRAIN)


def test_shading_is_removed_and_the_level_kept():
    bright = BRAIN & (CLEAN.data > 30)
    image = shaded()
    corrected, findings = correct_bias(image, BRAIN)
    assert findings == []
    before = np.log(image.data[bright] / CLEAN.data[bright]).std()
    # Against the clean image after the same, for anatomy alone looks a little like shading.
    plain, _ = correct_bias(CLEAN, BRAIN)
    after = np.log(corrected.data[bright] / plain.data[bright]).std()
    assert after < 0.4 * before
    field = np.log(image.data[bright] / corrected.data[bright])
    assert abs(field.mean()) < 0.02


def test_same_bytes_twice_and_undefined_stays_undefined():
    data = shaded().data.copy()
    data[:10] = np.nan
    image = CLEAN.with_data(data)
    first, second = (correct_bias(image, BRAIN, QUICK)[0] for _ in range(2))
    assert first.data.tobytes() == second.data.tobytes()
    np.testing.assert_array_equal(np.isnan(first.data), np.isnan(data))
    assert np.abs(first.data[~np.isnan(data)]).max() < 3 * np.nanmax(data)


def test_threads_and_seed_are_set_before_ants_is_loaded():
    code = (
        "import builtins, os\n"
        "real, seen = builtins.__import__, []\n"
        "def spy(name, *rest):\n"
        "    if name == 'ants' and not seen:\n"
        "        seen.extend(os.environ.get(k) for k in "
        "('ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS', 'ANTS_RANDOM_SEED'))\n"
        "    return real(name, *rest)\n"
        "builtins.__import__ = spy\n"
        "import gliofront.maps.bias\n"
        "print(*seen)"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("ITK_", "ANTS_"))}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["1", "1"]


def test_normalised_image_is_left_alone_with_a_note():
    image = CLEAN.with_data((CLEAN.data - 60) / 20)
    same, findings = correct_bias(image, BRAIN, QUICK)
    assert same is image
    assert [f.level for f in findings] == [Level.NOTE]
    assert "of the brain is not positive" in findings[0].problem


def test_nothing_to_correct_is_refused():
    flat = CLEAN.with_data(np.full(CLEAN.grid.shape, 7.0))
    for image, mask in [(flat, BRAIN), (CLEAN, np.zeros_like(BRAIN)), (CLEAN, BRAIN[1:])]:
        with pytest.raises(InputRefused, match="nothing to correct"):
            correct_bias(image, mask, QUICK)
