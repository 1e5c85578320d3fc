"""The network: its loss and gradient, its training, and what it refuses."""

from __future__ import annotations

import pickle
import tracemalloc

import numpy as np
import pytest
from safetensors.numpy import load, save
from scipy.optimize import minimize
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import log_loss
from sklearn.model_selection import cross_val_score

from gliofront.learning.feed_forward import (
    CrossEntropy,
    Examples,
    Layout,
    fit_mapping,
    initial_parameters,
)
from gliofront.learning.network import ScaledConjugateGradientClassifier
from gliofront.learning.row_division import TEST, TRAINING, VALIDATION, divide
from gliofront.learning.scaled_conjugate_gradient import first_state, next_state

SHARES = (0.70, 0.15, 0.15)


def voxels(n=600, p=6, noise=1.0, seed=0):
    """The label follows a bent boundary of the first two columns."""
    rng = np.random.default_rng(seed)
    table = (rng.normal(size=(n, p)) * 3 + 10).astype(np.float32)
    first, second = (table[:, :2].T - 10) / 3
    return table, (first + second**2 - 1 + noise * rng.normal(size=n) > 0).astype(int)


def network(**settings):
    return ScaledConjugateGradientClassifier(**{"max_epochs": 30, "seed": 1, **settings})


def loss_over(table, label, hidden=(4,), weight=None, **settings):
    """Return the loss over all rows, and parameters to begin with."""
    mapping = fit_mapping(table, np.ones(len(table), dtype=bool))
    weight = np.ones(len(table)) if weight is None else weight
    examples = Examples(table, np.arange(len(table)), label.astype(np.int8), weight, mapping)
    layout = Layout((len(mapping.kept), *hidden, 2))
    return CrossEntropy(layout, examples, **settings), initial_parameters(layout, 3)


@pytest.fixture(name="fitted", scope="module")
def fitted_network():
    return network(max_epochs=200).fit(*voxels())


class TestLoss:
    @pytest.mark.parametrize("hidden", [(4,), (3,) * 10, ()])
    def test_gradient_is_that_of_central_differences(self, hidden):
        table, label = voxels(n=40)
        table[::7, 2] = np.nan
        weight = np.random.default_rng(1).uniform(0.1, 3, len(table))
        loss, at = loss_over(table, label, hidden, weight, dtype=np.float64)
        value, slope = loss(at)
        assert loss.value(at) == value
        steps = 1e-5 * np.eye(len(at))
        expected = [(loss.value(at + step) - loss.value(at - step)) / 2e-5 for step in steps]
        np.testing.assert_allclose(slope, expected, rtol=1e-6, atol=1e-8)

    def test_value_is_that_of_the_formula(self):
        table, label = voxels(n=50)
        loss, at = loss_over(table, label, dtype=np.float64)
        (inner, inner_bias), (outer, outer_bias) = loss.layout.layers(at)
        low, high = table.min(axis=0), table.max(axis=0)
        inputs = 2 * (table - low) / (high - low) - 1
        logits = np.tanh(inputs @ inner + inner_bias) @ outer + outer_bias
        positive = 1 / (1 + np.exp(logits[:, 0] - logits[:, 1]))
        assert loss.value(at) == pytest.approx(log_loss(label, positive), rel=1e-5)

    def test_blocks_sum_to_the_whole_batch(self):
        table, label = voxels(n=1000)
        whole, at = loss_over(table, label, block_rows=1000)
        value, slope = whole(at)
        for size in (1, 64, 999):
            streamed, _ = loss_over(table, label, block_rows=size)
            found, found_slope = streamed(at)
            assert found == pytest.approx(value, rel=1e-6)
            np.testing.assert_allclose(found_slope, slope, atol=1e-6)

    def test_single_precision_costs_single_precision(self):
        table, label = voxels(n=1000)
        exact, at = loss_over(table, label, dtype=np.float64)
        found, _ = loss_over(table, label)
        assert found(at)[0] == pytest.approx(exact(at)[0], rel=1e-6)
        np.testing.assert_allclose(found(at)[1], exact(at)[1], atol=1e-6)

    def test_a_weight_of_two_is_a_row_twice(self):
        table, label = voxels(n=60)
        weight = np.arange(60) % 3
        weighted, at = loss_over(table, label, weight=weight.astype(float), dtype=np.float64)
        rows = np.repeat(np.arange(60), weight)
        mapping = weighted.examples.mapping
        repeated = Examples(table, rows, label[rows].astype(np.int8), np.ones(len(rows)), mapping)
        expected = CrossEntropy(weighted.layout, repeated, dtype=np.float64)
        assert weighted(at)[0] == pytest.approx(expected(at)[0], rel=1e-12)
        np.testing.assert_allclose(weighted(at)[1], expected(at)[1], atol=1e-12)

    @pytest.mark.parametrize("hidden", [(3,), (3, 3)])
    def test_the_optimiser_ends_no_worse_than_l_bfgs(self, hidden):
        """From the same start, by at most 0.005 nats a row: their local minima may differ."""
        loss, at = loss_over(*voxels(n=400, p=4), hidden, dtype=np.float64)
        state = first_state(loss, at)
        for _ in range(400):
            state = next_state(state, loss)
        peer = minimize(loss, at, jac=True, method="L-BFGS-B", options={"maxiter": 400})
        assert state.value < loss.value(at) - 0.1
        assert state.value < peer.fun + 0.005


class TestInputs:
    def test_training_rows_fill_the_range_and_others_may_leave_it(self):
        table, _ = voxels(n=200)
        table[150:] *= 3
        mapping = fit_mapping(table, np.arange(200) < 150)
        inputs = mapping.inputs(table[:150])
        np.testing.assert_allclose(inputs.min(axis=0), -1, atol=1e-6)
        np.testing.assert_allclose(inputs.max(axis=0), 1, atol=1e-6)
        assert mapping.inputs(table[150:]).max() > 1

    @pytest.mark.parametrize("value", [0.0, 7.25, np.nan])
    def test_a_column_that_does_not_vary_changes_nothing(self, value):
        table, label = voxels()
        wider = np.insert(table, 2, np.float32(value), axis=1)
        plain, found = network().fit(table, label), network().fit(wider, label)
        np.testing.assert_array_equal(found.mapping_.kept, [0, 1, 3, 4, 5, 6])
        wider[:, 2] = 99
        np.testing.assert_array_equal(found.predict_proba(wider), plain.predict_proba(table))

    def test_a_missing_value_is_the_mean_of_the_training_rows(self):
        table, label = voxels()
        table[::3, 1] = np.nan
        model = network().fit(table, label)
        rows = table[model.division_ == TRAINING, 1]
        filled = np.where(np.isnan(table), np.nanmean(rows), table)
        found = model.predict_proba(table)
        assert np.isfinite(found).all()
        np.testing.assert_allclose(found, model.predict_proba(filled), atol=1e-5)

    def test_validation_and_test_rows_do_not_set_the_range(self):
        table, label = voxels()
        side = divide(len(table), SHARES, 1)
        plain = network().fit(table, label)
        table[side != TRAINING] += 50
        moved = network().fit(table, label)
        np.testing.assert_array_equal(moved.mapping_.centre, plain.mapping_.centre)
        np.testing.assert_array_equal(moved.mapping_.fill, plain.mapping_.fill)

    def test_a_memory_mapped_table_gives_the_same_and_is_never_held_whole(self, tmp_path):
        table, label = voxels(n=20_000, p=100)
        np.save(tmp_path / "table.npy", table)
        mapped = np.load(tmp_path / "table.npy", mmap_mode="r")
        tracemalloc.start()
        model = network(max_epochs=2).fit(mapped, label)
        found = model.predict_proba(mapped)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < table.nbytes / 2
        same = network(max_epochs=2).fit(table, label)
        np.testing.assert_array_equal(found, same.predict_proba(table))


class TestDivision:
    def test_rows_are_divided_as_told(self):
        side = divide(200, SHARES, 0)
        assert np.bincount(side).tolist() == [140, 30, 30]
        assert (side != divide(200, SHARES, 1)).any()
        assert TEST not in divide(200, (0.8, 0.2, 0.0), 0)

    def test_groups_stay_whole_whatever_the_order_of_their_rows(self):
        names = np.array([f"p{number:02d}" for number in range(20)])
        groups = np.repeat(names, np.arange(1, 21))
        side = divide(len(groups), SHARES, 0, groups)
        of_group = {name: set(side[groups == name]) for name in names}
        assert all(len(sides) == 1 for sides in of_group.values())
        assert sorted(sides.pop() for sides in of_group.values()) == [0] * 14 + [1] * 3 + [2] * 3
        order = np.random.default_rng(0).permutation(len(groups))
        np.testing.assert_array_equal(divide(len(groups), SHARES, 0, groups[order]), side[order])

    def test_fit_keeps_groups_whole(self):
        table, label = voxels()
        groups = np.arange(len(table)) % 10
        model = network(max_epochs=2).fit(table, label, groups=groups)
        assert all(len(set(model.division_[groups == name])) == 1 for name in range(10))

    @pytest.mark.parametrize(
        ("shares", "groups", "message"),
        [
            (SHARES, [0, 1], "2 groups are too few for training, validation and test"),
            ((0.8, 0.2, 0.0), [0, 0], "1 groups are too few for training and validation"),
            ((0.8, 0.3, 0.1), None, "must sum to 1"),
            ((1.0, 0.0, 0.0), None, "training and validation above 0"),
        ],
    )
    def test_sides_that_cannot_be_made_are_refused(self, shares, groups, message):
        with pytest.raises(ValueError, match=message):
            divide(2, shares, 0, groups)


class TestTraining:
    def test_it_learns_a_bent_boundary(self):
        table, label = voxels(n=2000, noise=0.1)
        model = network(max_epochs=200).fit(table[:1500], label[:1500])
        assert model.score(table[1500:], label[1500:]) > 0.93

    def test_ten_layers_of_ten_lower_the_loss(self):
        model = network(hidden=(10,) * 10, max_epochs=15).fit(*voxels())
        assert [len(bias) for bias in model.intercepts_] == [10] * 10 + [2]
        assert model.loss_curve_[-1] < model.loss_curve_[0]

    @pytest.mark.parametrize("max_fail", [2, 6])
    def test_it_stops_after_so_many_rises_and_keeps_the_best(self, max_fail):
        table, label = voxels(n=300, p=40, noise=3.0)
        model = network(max_epochs=500, max_fail=max_fail).fit(table, label)
        assert model.stop_reason_ == "validation"
        curve = np.array(model.validation_curve_)
        assert len(curve) == len(model.loss_curve_) == model.n_iter_ + 1
        assert 0 < model.best_epoch_ == curve.argmin()
        # A refused step right after the best is no rise, so there may be more epochs than rises.
        rises = curve[model.best_epoch_ + 1 :] > curve.min()
        assert (rises.sum(), rises[-1]) == (max_fail, True)
        held = model.division_ == VALIDATION
        found = log_loss(label[held], model.predict_proba(table[held]))
        assert found == pytest.approx(curve.min(), rel=1e-5)

    def test_it_stops_where_the_gradient_is_small_or_the_epochs_are_over(self):
        flat = network(min_gradient=100.0).fit(*voxels())
        assert (flat.stop_reason_, flat.n_iter_, flat.best_epoch_) == ("gradient", 0, 0)
        short = network(max_epochs=3).fit(*voxels())
        assert (short.stop_reason_, short.n_iter_) == ("epochs", 3)

    def test_same_data_and_seed_give_the_same_bytes(self):
        one, two = network().fit(*voxels()), network().fit(*voxels())
        assert [w.tobytes() for w in one.coefs_] == [w.tobytes() for w in two.coefs_]
        other = network(seed=2).fit(*voxels())
        assert one.coefs_[0].tobytes() != other.coefs_[0].tobytes()

    def test_an_interrupted_training_goes_on_to_the_same_bytes(self):
        states = []

        def interrupt(progress):
            states.append(pickle.dumps(progress.state))
            if progress.epoch == 7:
                raise KeyboardInterrupt

        table, label = voxels(n=300, p=40, noise=3.0)
        model = network(max_epochs=40)
        with pytest.raises(KeyboardInterrupt):
            model.fit(table, label, on_epoch=interrupt)
        with pytest.raises(NotFittedError):
            model.predict(table)
        whole = clone(model).fit(table, label)
        for kept in (states[2], states[-1]):
            resumed = clone(model).fit(table, label, state=pickle.loads(kept))
            assert resumed.loss_curve_ == whole.loss_curve_
            assert resumed.validation_curve_ == whole.validation_curve_
            assert [w.tobytes() for w in resumed.coefs_] == [w.tobytes() for w in whole.coefs_]

    def test_a_finished_training_goes_on_with_more_epochs(self):
        short = network(max_epochs=4, max_fail=100).fit(*voxels())
        longer = network(max_epochs=9, max_fail=100)
        whole = clone(longer).fit(*voxels())
        assert longer.fit(*voxels(), state=short.state_).loss_curve_ == whole.loss_curve_

    def test_a_state_of_another_training_is_refused(self):
        table, label = voxels()
        state = network(max_epochs=2).fit(table, label).state_
        for other in (network(seed=5), network(hidden=(9,))):
            with pytest.raises(ValueError, match="other data or settings"):
                other.fit(table, label, state=state)
        with pytest.raises(ValueError, match="other data or settings"):
            network().fit(table, 1 - label, state=state)

    def test_progress_is_told_after_each_epoch(self):
        told = []
        model = network(max_epochs=5).fit(*voxels(), on_epoch=told.append)
        assert [one.epoch for one in told] == [1, 2, 3, 4, 5]
        assert [one.training_loss for one in told] == model.loss_curve_[1:]
        assert [one.validation_loss for one in told] == model.validation_curve_[1:]
        assert told[0].seconds_left > 0
        assert told[-1].seconds_left == 0

    def test_the_loss_of_the_test_side_is_that_of_the_kept_weights(self, fitted):
        table, label = voxels()
        held = fitted.division_ == TEST
        expected = log_loss(label[held], fitted.predict_proba(table[held]))
        assert fitted.test_loss_ == pytest.approx(expected, rel=1e-5)
        assert np.isnan(network(shares=(0.8, 0.2, 0.0), max_epochs=1).fit(*voxels()).test_loss_)


class TestScikitLearn:
    def test_clone_and_settings(self):
        model = network(hidden=(3, 3), max_fail=2)
        assert clone(model).get_params() == model.get_params()
        assert clone(model).set_params(seed=9).seed == 9

    def test_cross_validation(self):
        table, label = voxels(noise=0.1)
        assert cross_val_score(network(), table, label, cv=3).mean() > 0.7

    def test_labels_may_be_words(self):
        table, label = voxels()
        model = network().fit(table, np.where(label, "progression", "none"))
        assert model.classes_.tolist() == ["none", "progression"]
        plain = network().fit(table, label)
        np.testing.assert_array_equal(model.predict(table) == "progression", plain.predict(table))

    def test_a_row_does_not_depend_on_its_neighbours(self, fitted):
        table, _ = voxels(n=2500)
        found = fitted.predict_proba(table)
        np.testing.assert_allclose(found.sum(axis=1), 1)
        for part in (slice(0, 1), slice(7, 20), slice(1000, 2400)):
            np.testing.assert_allclose(fitted.predict_proba(table[part]), found[part], rtol=1e-6)
        assert fitted.predict_proba(table[:0]).shape == (0, 2)


class TestRefused:
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"y": np.zeros(600)}, "hold 1 classes"),
            ({"y": np.arange(600) % 3}, "hold 3 classes"),
            ({"y": np.arange(599) % 2}, r"labels of shape \(599,\) do not fit 600 rows"),
            ({"sample_weight": np.ones(5)}, r"weights of shape \(5,\)"),
            ({"sample_weight": np.full(600, -1.0)}, "not negative"),
            ({"sample_weight": np.full(600, np.nan)}, "finite"),
            ({"groups": np.ones(5)}, r"groups of shape \(5,\)"),
            ({"X": np.ones(600)}, "1 dimensions"),
            ({"X": np.ones((600, 2))}, "no column varies"),
            ({"y": (divide(600, SHARES, 1) != TRAINING)}, "one class only"),
            ({"sample_weight": divide(600, SHARES, 1) != VALIDATION}, "no validation row"),
        ],
    )
    def test_data_that_cannot_teach(self, change, message):
        table, label = voxels()
        with pytest.raises(ValueError, match=message):
            network().fit(**{"X": table, "y": label, **change})

    @pytest.mark.parametrize("value", [np.inf, -np.inf])
    def test_an_infinite_value(self, fitted, value):
        table, label = voxels()
        table[300, 3] = value
        with pytest.raises(ValueError, match="rows 0 to 599 hold an infinite value"):
            network().fit(table, label)
        with pytest.raises(ValueError, match="infinite value"):
            fitted.predict(table)

    def test_a_layer_without_units(self):
        with pytest.raises(ValueError, match="each needs one or more"):
            network(hidden=(10, 0)).fit(*voxels())

    def test_other_columns_than_those_of_the_training(self, fitted):
        with pytest.raises(ValueError, match="4 columns, but trained on 6"):
            fitted.predict(np.ones((3, 4)))


class TestTensors:
    def test_they_predict_the_same_after_a_file(self, fitted):
        table, _ = voxels(seed=4)
        table[::5, 3] = np.nan
        made = ScaledConjugateGradientClassifier.from_tensors(load(save(fitted.to_tensors())))
        assert made.predict_proba(table).tobytes() == fitted.predict_proba(table).tobytes()
        np.testing.assert_array_equal(made.predict(table), fitted.predict(table))
        assert made.hidden == (10,)
        assert save(made.to_tensors()) == save(fitted.to_tensors())

    def test_words_as_labels_are_refused(self):
        table, label = voxels()
        model = network(max_epochs=1).fit(table, np.where(label, "b", "a"))
        with pytest.raises(ValueError, match="labels that are not numbers"):
            model.to_tensors()

    @pytest.mark.parametrize(
        ("name", "value", "message"),
        [
            ("bias_1", None, "other names"),
            ("extra", np.ones(2), "other names"),
            ("weight_0", np.ones((5, 10), np.float32), r"weight_0 is float32 \(5, 10\)"),
            ("weight_1", np.ones((10, 3), np.float32), "weight_1"),
            ("bias_1", np.ones(2), "bias_1 is float64"),
            ("bias_0", np.full(10, np.nan, np.float32), "bias_0 is empty or not finite"),
            ("bias_0", np.float32(1), r"weight_0 is float32 \(6, 10\), not float32 \(6, 1\)"),
            ("gain", np.ones(7, np.float32), "gain"),
            ("columns", np.array([3]), "kept does not hold positions"),
            ("kept", np.array([0, 1, 2, 3, 5, 4]), "kept does not hold positions"),
            ("kept", np.int64(3), r"weight_0 is float32 \(6, 10\), not float32 \(1, 10\)"),
            ("classes", np.array([1, 0]), "classes does not hold"),
        ],
    )
    def test_tensors_of_no_network_are_refused(self, fitted, name, value, message):
        tensors = fitted.to_tensors() | {name: value}
        if value is None:
            del tensors[name]
        with pytest.raises(ValueError, match=message):
            ScaledConjugateGradientClassifier.from_tensors(tensors)
