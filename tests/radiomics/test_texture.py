"""The texture kernel against a plain oracle, its symmetries, threads, builds and refusals."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from texture_heads import by_kernel
from texture_oracle import DIRECTIONS, GLCM, NAMES, texture_at, texture_of

from gliofront.foundation.errors import InputRefused
from gliofront.radiomics import _texture
from gliofront.radiomics.names import TEXTURE_NAMES
from gliofront.radiomics.texture import texture

# The kernel returns float32 of sums in another order than the oracle's.
RELATIVE, ABSOLUTE = 1e-5, 1e-6
HERE = Path(__file__).parent
KINDS = ("noise", "two levels", "constant", "nearly constant", "smooth", "ends", "one voxel")

# The longest sums: every pair of the largest cube in the last of the most levels.
FULL = (np.full((9, 9, 9), 256), 256, np.array([[4, 4, 4]]))


def volume_of(kind, shape, ng, holes, rng):
    """Return levels of a shape, 0 in a share of `holes`."""
    levels = rng.integers(1, ng + 1, shape)
    if kind == "two levels":
        levels = rng.choice(rng.integers(1, ng + 1, 2), shape)
    elif kind in {"constant", "nearly constant"}:
        levels = np.full(shape, rng.integers(1, ng + 1))
    elif kind == "smooth":
        ramp = np.indices(shape).sum(0) + rng.integers(0, 2, shape)
        levels = ramp % ng + 1
    elif kind == "ends":
        levels = rng.choice([1, ng], shape)
    if kind == "nearly constant":
        levels[tuple(rng.integers(0, shape))] = rng.integers(1, ng + 1)
    if kind == "one voxel":
        alone = np.zeros(shape, dtype=levels.dtype)
        alone[tuple(rng.integers(0, shape))] = rng.integers(1, ng + 1)
        return alone
    levels[rng.random(shape) < holes] = 0
    return levels


@st.composite
def scenes(draw):
    """Draw a volume of levels, its number of levels, and centres with corners among them."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = tuple(draw(st.tuples(*[st.integers(1, 7)] * 3)))
    ng = draw(st.sampled_from([2, 3, 6, 32, 64, 128, 255, 256]) | st.integers(2, 256))
    holes = draw(st.sampled_from([0.0, 0.2, 0.5, 0.9]))
    levels = volume_of(draw(st.sampled_from(KINDS)), shape, ng, holes, rng)
    last = np.array(shape) - 1
    centres = np.array([[0, 0, 0], last, last // 2, rng.integers(0, shape)])
    return levels, ng, np.unique(centres, axis=0)


def assert_equal_to_oracle(levels, ng, centres, radius, merged, matlab):
    found = by_kernel(levels, centres, radius=radius, ng=ng, merged=merged, matlab=matlab)
    wanted = [texture_at(levels, c, radius, ng, merged=merged, matlab=matlab) for c in centres]
    assert found.dtype == np.float32
    for row, truth in zip(found, wanted, strict=True):
        for name, value, true in zip(NAMES, row, truth, strict=True):
            near = np.isclose(value, true, rtol=RELATIVE, atol=ABSOLUTE, equal_nan=True)
            assert near, f"{name}: {value} instead of {true}"


@given(scene=scenes(), radius=st.integers(1, 4), merged=st.booleans(), matlab=st.booleans())
@settings(max_examples=150)
@example(scene=FULL, radius=4, merged=True, matlab=False)
@example(scene=FULL, radius=4, merged=True, matlab=True)
def test_equal_to_the_oracle(scene, radius, merged, matlab):
    levels, ng, centres = scene
    assert_equal_to_oracle(levels, ng, centres, radius, merged, matlab)


@pytest.mark.parametrize("matlab", [False, True], ids=["ibsi", "matlab"])
@pytest.mark.parametrize("merged", [False, True], ids=["averaged", "merged"])
@pytest.mark.parametrize("radius", [1, 2, 3, 4])
def test_full_cubes_are_equal_to_the_oracle(radius, merged, matlab):
    # A full cube has the most pairs and the longest runs: counts beyond a byte from radius 3 on.
    rng = np.random.default_rng(radius)
    side = 2 * radius + 1
    centre = np.array([[radius] * 3])
    for kind in ("noise", "two levels", "constant", "nearly constant", "ends"):
        levels = volume_of(kind, (side,) * 3, 32, 0.0, rng)
        assert_equal_to_oracle(levels, 32, centre, radius, merged, matlab)


@pytest.mark.parametrize("merged", [False, True], ids=["averaged", "merged"])
def test_a_constant_neighbourhood(merged):
    levels = np.full((5, 5, 5), 7)
    row = by_kernel(levels, [[2, 2, 2]], radius=2, ng=32, merged=merged, matlab=False)[0]
    found = dict(zip(NAMES, row.tolist(), strict=True))
    assert found["correlation_m"] == found["correlation_p"] == 1
    assert found["information_correlation_1"] == found["information_correlation_2"] == 0
    for name in ("entropy", "sum_entropy", "difference_entropy"):
        assert found[name] == pytest.approx(0, abs=1e-12)
    assert found["energy"] == found["maximum_probability"] == found["homogeneity_p"] == 1
    assert found["sum_of_squares"] == found["cluster_prominence"] == 0
    assert found["autocorrelation"] == 49
    assert found["sum_average"] == 14


@pytest.mark.parametrize("merged", [False, True], ids=["averaged", "merged"])
def test_undefined_is_nan(merged):
    levels = np.zeros((7, 7, 7), dtype=int)
    levels[1, 1, 1] = levels[5, 5, 5] = levels[5, 5, 3] = 4
    centres = [[1, 1, 1], [5, 5, 4], [3, 1, 5]]
    alone, apart, empty = by_kernel(levels, centres, radius=1, ng=8, merged=merged, matlab=False)
    assert np.isnan(alone).all()
    assert np.isnan(empty).all()
    # Two voxels that do not touch: no pair, but two runs of length 1 in every direction.
    assert np.isnan(apart[: len(GLCM)]).all()
    runs = dict(zip(NAMES, apart.tolist(), strict=True))
    assert runs["run_percentage"] == runs["short_run_emphasis"] == 1
    assert runs["high_grey_level_run_emphasis"] == 16


def test_a_direction_without_pairs_leaves_the_average():
    levels = np.zeros((3, 3, 3), dtype=int)
    levels[:, 1, 1] = [1, 2, 2]
    row = by_kernel(levels, [[1, 1, 1]], radius=1, ng=4, merged=False, matlab=False)[0]
    found = dict(zip(NAMES, row.tolist(), strict=True))
    assert found["contrast"] == pytest.approx(0.5)
    assert found["sum_average"] == pytest.approx(3.5)
    assert found["run_percentage"] == pytest.approx((12 + 2 / 3) / 13)


def test_no_centres():
    none = np.zeros((0, 3), dtype=int)
    found = by_kernel(np.ones((3, 3, 3)), none, radius=1, ng=2, merged=True, matlab=False)
    assert found.shape == (0, 29)


def brain(seed=5, shape=(11, 12, 13), ng=32):
    """Return levels with holes and every voxel of it as a centre."""
    rng = np.random.default_rng(seed)
    levels = volume_of("smooth", shape, ng, 0.1, rng)
    levels[rng.random(shape) < 0.3] = 5
    return levels, np.argwhere(levels > 0)


TURNS = {
    "flip x": lambda a: a[::-1],
    "flip y": lambda a: a[:, ::-1],
    "flip z": lambda a: a[:, :, ::-1],
    "turn xy": lambda a: np.rot90(a, 1, (0, 1)),
    "turn xz": lambda a: np.rot90(a, 1, (0, 2)),
    "turn yz": lambda a: np.rot90(a, 1, (1, 2)),
    "mirror diagonal": lambda a: a.transpose(2, 1, 0),
}


@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS)
@pytest.mark.parametrize("merged", [False, True], ids=["averaged", "merged"])
def test_flips_and_quarter_turns_change_nothing(turn, merged):
    levels, centres = brain()
    order = np.full(levels.shape, -1)
    order[tuple(centres.T)] = np.arange(len(centres))
    turned, turned_order = turn(levels), turn(order)
    places = np.argwhere(turned_order >= 0)
    ask = {"radius": 2, "ng": 32, "merged": merged, "matlab": False}
    before = by_kernel(levels, centres, **ask)[turned_order[tuple(places.T)]]
    after = by_kernel(np.ascontiguousarray(turned), places, **ask)
    np.testing.assert_allclose(after, before, rtol=2e-6, atol=ABSOLUTE)


@pytest.mark.parametrize("radius", [1, 2, 3, 4])
@pytest.mark.parametrize("merged", [False, True], ids=["averaged", "merged"])
def test_threads_change_no_bit(radius, merged):
    levels, centres = brain()
    ask = {"radius": radius, "ng": 32, "merged": merged, "matlab": False}
    one = by_kernel(levels, centres, threads=1, **ask)
    for threads in (2, 3):
        assert by_kernel(levels, centres, threads=threads, **ask).tobytes() == one.tobytes()


@given(seed=st.integers(0, 1000), merged=st.booleans(), radius=st.integers(1, 3))
@settings(max_examples=20)
def test_no_split_and_no_order_of_the_centres_changes_a_bit(seed, merged, radius):
    rng = np.random.default_rng(seed)
    levels, centres = brain(shape=(6, 7, 8))
    ask = {"radius": radius, "ng": 32, "merged": merged, "matlab": False}
    whole = by_kernel(levels, centres, **ask)
    cuts = np.sort(rng.integers(0, len(centres), 4))
    parts = [by_kernel(levels, part, **ask) for part in np.split(centres, cuts)]
    assert np.concatenate(parts).tobytes() == whole.tobytes()
    mixed = rng.permutation(len(centres))
    assert by_kernel(levels, centres[mixed], **ask).tobytes() == whole[mixed].tobytes()


def test_a_view_gives_what_its_copy_gives():
    levels, _ = brain()
    view = levels[::2, 1:, ::-1]
    centres = np.argwhere(view > 0)
    ask = {"radius": 2, "ng": 32, "merged": True, "matlab": False}
    copied = by_kernel(np.ascontiguousarray(view), centres, **ask)
    assert by_kernel(view, centres, **ask).tobytes() == copied.tobytes()


def test_the_input_is_left_as_it_was():
    levels, centres = brain()
    before = levels.copy(), centres.copy()
    by_kernel(levels, centres, radius=2, ng=32, merged=True, matlab=False)
    np.testing.assert_array_equal(levels, before[0])
    np.testing.assert_array_equal(centres, before[1])


CHILD = """
import sys
import numpy as np
sys.path.insert(0, sys.argv[1])
from test_texture import brain
from texture_heads import by_kernel
from gliofront.radiomics import _texture
assert _texture.chosen_build() == sys.argv[3]
levels, centres = brain()
found = [
    by_kernel(levels, centres, radius=radius, ng=32, merged=merged, matlab=matlab)
    for radius in (1, 2, 3) for merged in (False, True) for matlab in (False, True)
]
np.save(sys.argv[2], np.stack(found))
"""


def in_build(build, folder):
    """Return the values a process that is told to use one build finds."""
    path = folder / f"{build}.npy"
    environment = {**os.environ, "GLIOFRONT_SIMD": build}
    command = [sys.executable, "-c", CHILD, str(HERE), str(path), build]
    subprocess.run(command, env=environment, check=True)
    return np.load(path)


@pytest.fixture(scope="module")
def baseline(tmp_path_factory):
    return in_build("baseline", tmp_path_factory.mktemp("baseline"))


@pytest.mark.parametrize("build", ["avx2", "avx512"])
def test_every_build_gives_the_same_values(build, baseline, tmp_path):
    if build not in _texture.usable_builds():
        pytest.skip(f"{build} does not run on this processor")
    np.testing.assert_allclose(in_build(build, tmp_path), baseline, rtol=2e-6, atol=ABSOLUTE)


def test_the_baseline_build_is_equal_to_the_oracle(baseline):
    levels, centres = brain()
    some = range(0, len(centres), 50)
    wanted = [texture_at(levels, centres[at], 1, 32, merged=False) for at in some]
    np.testing.assert_allclose(baseline[0][some], wanted, rtol=RELATIVE, atol=ABSOLUTE)


def test_an_unknown_build_is_refused():
    script = "import numpy as np\nfrom gliofront.radiomics.texture import texture\n"
    script += "texture(np.ones((3, 3, 3), np.uint8), np.array([[1, 1, 1]]), radius=1, ng=2)"
    environment = {**os.environ, "GLIOFRONT_SIMD": "abacus"}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "InputRefused" in done.stderr
    assert "abacus" in done.stderr


def test_bytes_give_what_words_give():
    levels, centres = brain()
    narrow = texture(levels.astype(np.uint8), centres, radius=2, ng=32)
    assert narrow.tobytes() == texture(levels.astype(np.uint16), centres, radius=2, ng=32).tobytes()


def test_the_names_are_in_the_order_of_the_columns():
    assert [name.split("_", 1)[1] for name in TEXTURE_NAMES] == list(NAMES)


GOOD = {"levels": np.ones((4, 4, 4), dtype=np.uint16), "centres": np.array([[1, 1, 1]])}
GOOD |= {"ng": 8, "radius": 1}
BAD = {
    "two axes": {"levels": np.ones((4, 4), dtype=np.uint16)},
    "a level above the last": {"levels": np.full((4, 4, 4), 9, dtype=np.uint16)},
    "levels that are not whole": {"levels": np.ones((4, 4, 4))},
    "levels that may be negative": {"levels": np.full((4, 4, 4), -1)},
    "centre beyond the end": {"centres": np.array([[1, 1, 4]])},
    "centre before the start": {"centres": np.array([[-1, 1, 1]])},
    "centre far beyond 32 bits": {"centres": np.array([[1, 1, 2**32 + 1]])},
    "centres of two numbers": {"centres": np.array([[1, 1]])},
    "centres that are not whole": {"centres": np.array([[1.0, 1.5, 1.0]])},
    "radius 0": {"radius": 0},
    "radius 5": {"radius": 5},
    "one level": {"ng": 1},
    "too many levels": {"ng": 257},
    "no thread": {"threads": 0},
    "unknown aggregation": {"aggregation": "summed"},
    "unknown definitions": {"definitions": "paper"},
}


def test_good_input_is_taken():
    assert texture(**GOOD).shape == (1, 29)


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_bad_input_is_refused(bad):
    with pytest.raises(InputRefused):
        texture(**{**GOOD, **bad})


def test_the_oracle_has_each_direction_once():
    opposite = {tuple(-s for s in step) for step in DIRECTIONS}
    assert len(DIRECTIONS) == 13
    assert len(opposite | set(DIRECTIONS)) == 26


def test_the_oracle_on_a_cube_done_by_hand():
    cube = np.zeros((3, 3, 3), dtype=int)
    cube[0, 0, :2] = [1, 2]
    found = dict(zip(NAMES, texture_of(cube, 2), strict=True))
    assert found["contrast"] == found["entropy"] == found["sum_of_squares"] * 4 == 1
    assert found["correlation_m"] == found["correlation_p"] == -1
    assert found["information_correlation_1"] == -1
    assert found["information_correlation_2"] == pytest.approx(np.sqrt(1 - np.exp(-2)))
    assert found["low_grey_level_run_emphasis"] == (1 + 1 / 4) / 2
    assert found["grey_level_non_uniformity"] == 13
    swapped = dict(zip(NAMES, texture_of(cube, 2, matlab=True), strict=True))
    assert swapped["short_run_emphasis"] == found["low_grey_level_run_emphasis"]
    assert swapped["entropy"] == pytest.approx(np.log(2))
