"""Every build of the kernel that the processor can run: the same bits, or a clear refusal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from cube_oracle import levels_of
from feature_oracle import features_of_levels
from feature_scenes import ABSOLUTE, RELATIVE, brain

from gliofront.radiomics.builds import VARIABLE, chosen_build, usable_builds

HERE = Path(__file__).parent
BUILDS = ("baseline", "avx2", "avx512")

# The variable may be read once a process, so each build has its own.
CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from feature_scenes import brain
from gliofront.radiomics.builds import chosen_build
assert chosen_build() == sys.argv[3], chosen_build()
shapes = {1: (11, 12, 13), 2: (11, 12, 13), 3: (8, 8, 8), 4: (8, 8, 8)}
found = b"".join(
    brain(
        shape=shape, radius=radius, aggregation=aggregation, definitions=definitions, levels=levels
    ).rows().tobytes()
    for radius, shape in shapes.items()
    for aggregation in ("averaged", "merged")
    for definitions, levels in (("ibsi", 32), ("matlab", 256))
)
Path(sys.argv[2]).write_bytes(found)
"""
EXTRACT = """
import numpy as np
from gliofront.radiomics.extract import extract
from gliofront.radiomics.settings import TextureSettings
values = np.ones((3, 3, 3))
extract(values, values > 0, np.array([[1, 1, 1]]), TextureSettings(range=(0, 2)))
"""


def run_with(build, script, *arguments):
    """Return the finished process of a script that is told to use a build."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    environment = {**os.environ, VARIABLE: build}
    return subprocess.run(
        command, env=environment, check=False, capture_output=True, text=True, timeout=120
    )


def bits_of(build, folder):
    """Return the bytes of the features that a build finds."""
    path = folder / f"{build}.bin"
    done = run_with(build, CHILD, HERE, path, build)
    assert done.returncode == 0, done.stderr
    return path.read_bytes()


@pytest.fixture(scope="module")
def baseline(tmp_path_factory):
    return bits_of("baseline", tmp_path_factory.mktemp("baseline"))


def test_the_builds_are_known_and_the_baseline_is_always_there():
    assert usable_builds()[0] == "baseline"
    assert usable_builds() == [build for build in BUILDS if build in usable_builds()]
    assert chosen_build() == os.environ.get(VARIABLE, usable_builds()[-1])


@pytest.mark.parametrize("build", BUILDS[1:])
def test_every_build_gives_the_same_bits(build, baseline, tmp_path):
    if build not in usable_builds():
        pytest.skip(f"{build} does not run on this processor")
    found = bits_of(build, tmp_path)
    apart = np.frombuffer(found, np.float32) != np.frombuffer(baseline, np.float32)
    assert found == baseline, f"{apart.sum()} of {apart.size} values differ"


def test_the_baseline_build_is_equal_to_the_oracle(baseline):
    scene = brain(radius=1, aggregation="averaged")
    found = np.frombuffer(baseline, np.float32).reshape(-1, 42)[: len(scene.centres)]
    levels = levels_of(scene.values, scene.inside, scene.settings)
    for place in range(0, len(scene.centres), 50):
        wanted = features_of_levels(scene.values, levels, scene.centres[place], scene.settings)
        np.testing.assert_allclose(
            found[place], list(wanted.values()), rtol=RELATIVE, atol=ABSOLUTE
        )


@pytest.mark.parametrize("build", BUILDS)
def test_the_variable_names_the_build(build):
    if build not in usable_builds():
        pytest.skip(f"{build} does not run on this processor")
    script = "from gliofront.radiomics.builds import chosen_build; print(chosen_build())"
    assert run_with(build, script).stdout.strip() == build


def unusable_build():
    absent = [build for build in BUILDS if build not in usable_builds()]
    return absent[0] if absent else None


@pytest.mark.parametrize("build", ["abacus", "AVX2", "unusable"])
def test_a_build_that_cannot_run_is_refused_by_name(build):
    if build == "unusable":
        build = unusable_build()
        if build is None:
            pytest.skip("every build runs on this processor")
    script = "from gliofront.radiomics.builds import chosen_build; chosen_build()"
    for asked in (script, EXTRACT):
        done = run_with(build, asked)
        assert done.returncode == 1
        last = done.stderr.strip().splitlines()[-1]
        assert "InputRefused" in last
        assert f"{VARIABLE}={build}" in last
        for usable in usable_builds():
            assert usable in last
