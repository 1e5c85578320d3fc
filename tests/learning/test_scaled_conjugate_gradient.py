"""The optimiser on functions whose minimum is known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import rosen, rosen_der

from gliofront.learning.scaled_conjugate_gradient import LAMBDA, first_state, next_state


def quadratic(size):
    rng = np.random.default_rng(size)
    root = rng.normal(size=(size, size))
    matrix, right = root @ root.T / size + np.eye(size), rng.normal(size=size)
    return matrix, right, lambda x: (float(x @ matrix @ x / 2 - right @ x), matrix @ x - right)


def rosenbrock(point):
    return float(rosen(point)), rosen_der(point)


def steps(objective, start, count):
    states = [first_state(objective, start)]
    for _ in range(count):
        states.append(next_state(states[-1], objective))
    return states


@pytest.mark.parametrize("size", [1, 2, 5, 20, 50])
def test_a_quadratic_is_solved_in_as_many_steps_as_it_has_parameters(size):
    matrix, right, objective = quadratic(size)
    last = steps(objective, np.zeros(size), size + 2)[-1]
    np.testing.assert_allclose(last.point, np.linalg.solve(matrix, right), atol=1e-6)


@pytest.mark.parametrize("start", [[-1.2, 1.0], [-1.0] * 10])
def test_the_bent_valley_of_rosenbrock_is_followed_to_its_end(start):
    states = steps(rosenbrock, np.array(start), 300)
    np.testing.assert_allclose(states[-1].point, 1.0, atol=1e-6)
    values = [state.value for state in states]
    assert values == sorted(values, reverse=True)


def test_downward_curvature_does_not_lead_uphill():
    def saddle(x):
        return float(x[0] ** 4 - x[0] ** 2 + x[1] ** 2), np.array(
            [4 * x[0] ** 3 - 2 * x[0], 2 * x[1]]
        )

    states = steps(saddle, np.array([0.05, 1.0]), 60)
    assert abs(states[-1].point[0]) == pytest.approx(np.sqrt(0.5), abs=1e-6)
    assert states[-1].point[1] == pytest.approx(0.0, abs=1e-6)


def test_a_refused_step_stays_and_raises_the_damping():
    def pit(x):
        return float(np.abs(x).sum() ** 1.5), 1.5 * np.sqrt(np.abs(x).sum()) * np.sign(x)

    states = steps(pit, np.array([1.0, 0.3]), 30)
    refused = [(one, two) for one, two in pairwise(states) if two.point is one.point]
    assert refused
    for before, after in refused:
        assert after.value == before.value
        assert after.damping > before.damping
        assert after.iteration == before.iteration + 1
    assert states[-1].value < 0.05 * states[0].value


def test_a_value_that_is_not_finite_is_refused():
    def cliff(x):
        with np.errstate(invalid="ignore", divide="ignore"):
            return float((x - np.log(x))[0]), 1 - 1 / x

    last = steps(cliff, np.array([0.01]), 60)[-1]
    assert last.point[0] == pytest.approx(1.0, abs=1e-6)


def test_directions_start_again_after_as_many_iterations_as_parameters():
    states = steps(rosenbrock, np.array([-1.0, 0.5, -0.5]), 60)
    moved = [two for one, two in pairwise(states) if two.point is not one.point]
    downhill = [s.iteration for s in moved if np.array_equal(s.direction, -s.gradient)]
    assert {s.iteration for s in moved if s.iteration % 3 == 0} <= set(downhill)
    assert len(downhill) < len(moved)


def test_from_a_state_in_the_middle_the_same_bytes_follow():
    states = steps(rosenbrock, np.full(10, -1.0), 40)
    for start in (1, 17, 33):
        state = states[start]
        for expected in states[start + 1 :]:
            state = next_state(state, rosenbrock)
            assert state.point.tobytes() == expected.point.tobytes()
            assert state.direction.tobytes() == expected.direction.tobytes()
            assert (state.damping, state.curvature) == (expected.damping, expected.curvature)


def test_without_slope_only_the_iteration_counts_on():
    _, _, objective = quadratic(3)
    flat = first_state(lambda x: (objective(x)[0], np.zeros(3)), np.ones(3))
    after = next_state(flat, objective)
    assert (after.iteration, after.damping) == (1, LAMBDA)
    np.testing.assert_array_equal(after.point, 1.0)


def test_the_start_is_not_changed():
    start = np.array([-1.2, 1.0])
    steps(rosenbrock, start, 5)
    np.testing.assert_array_equal(start, [-1.2, 1.0])
