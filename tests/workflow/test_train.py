"""Learning from prepared patients, and what a finished model is worth on others."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from gliofront.cli.main import exit_code
from gliofront.cohort.tables import read_table
from gliofront.foundation.errors import InputRefused, UsageRefused
from gliofront.learning.storage import load_model
from gliofront.learning.table_files import read_table as read_voxels
from gliofront.learning.training import fit_model
from gliofront.workflow.derivatives import table_index
from gliofront.workflow.evaluate import evaluate_model
from gliofront.workflow.features import GROWTH_COLUMN
from gliofront.workflow.predict import scanned_maps
from gliofront.workflow.prepared_features import prepared_patients, tabulate_patients
from gliofront.workflow.train import learning_settings, train_prepared
from gliofront.workflow.verification import verify


@pytest.fixture(name="trained", scope="module")
def another_model(studied, how, tmp_path_factory):
    out = tmp_path_factory.mktemp("train") / "out"
    shutil.copytree(studied.out, out)
    settings = learning_settings(out, None, "logistic", None)
    return out, train_prepared(out, settings, how=how)


def test_another_kind_is_learned_without_the_scans(trained, studied):
    out, learned = trained
    assert learned.model == out / "models" / "logistic"
    model = load_model(learned.model)
    assert model.settings.kind == "logistic"
    assert model.training.patients == 4
    # A folder holds one model and its scores, which belong together.
    assert not (out / "models" / "boosted" / "model.json").exists()
    assert np.isfinite(learned.summary.intervals["model"]["auroc"].mean)
    assert learned.external is not None


def test_the_worth_of_plans_and_probabilities_is_written(studied):
    group = studied.out / "group"
    coverage = read_table(group / "coverage.tsv")
    assert {(r["predictor"], r["margin_mm"]) for r in coverage} == {
        (p, m) for p in ("model", "distance", "growth") for m in ("15", "20")
    }
    for row in coverage:
        counted = sum(int(row[name]) for name in ("wins", "ties", "losses"))
        assert counted == int(row["informative"])
    bands = {r["group"] for r in read_table(group / "calibration.tsv") if r["by"] == "distance"}
    assert len(bands) >= 3
    promises = read_table(group / "promises.tsv")
    # Four patients cannot promise 90 %.
    assert {r["volume_ml"] for r in promises if r["expected_coverage"] == "0.9"} == {"inf"}
    curves = read_table(group / "coverage_curves.tsv")
    model = [float(r["coverage"]) for r in curves if r["predictor"] == "model"]
    assert model == sorted(model)
    assert model[-1] == pytest.approx(1)
    for name in ("reliability", "decision_curves"):
        assert read_table(group / f"{name}.tsv")
        assert read_table(group / f"external_{name}.tsv")


def test_the_context_of_voxels_is_measured(studied):
    table = read_voxels(table_index(studied.out, studied.patients[0].id))
    context = table.context
    reached = np.isfinite(context.path_mm)
    assert reached.mean() > 0.9
    # A path is never shorter than the straight line, but by the size of a voxel.
    assert (context.path_mm[reached] > table.distance_mm[reached] - 3).all()
    assert set(np.unique(context.oedema)) <= {0, 1}
    growth = context.growth[np.isfinite(context.growth)]
    near, far = table.distance_mm < 5, table.distance_mm > 15
    assert growth.size > 0.9 * len(context)
    assert np.nanmean(context.growth[near]) > np.nanmean(context.growth[far])
    assert np.abs(context.offset_mm).max() < 120


def test_a_finished_model_is_judged_on_patients_with_known_progression(trained, studied, tmp_path):
    out, learned = trained
    found = evaluate_model(out, learned.model, tmp_path / "scores", studied.settings)
    assert {"scores.tsv", "skill.json", "coverage.tsv"} <= {path.name for path in found.files}
    assert all(path.exists() for path in found.files)
    assert len(found.summary.patients) == 5
    assert {"margin_15mm", "growth", "atlas", "map_T1C"} <= set(found.summary.intervals)
    assert not found.findings
    skill = json.loads((tmp_path / "scores" / "skill.json").read_text())
    assert set(skill["SkillOverDistance"]) == {"auroc", "auprc", "coverage_15mm"}
    with pytest.raises(UsageRefused, match="not overwritten"):
        evaluate_model(out, learned.model, tmp_path / "scores", studied.settings)


def test_nulls_are_those_that_the_training_patients_taught(trained, studied, tmp_path):
    out, learned = trained
    scores = tmp_path / "scores"
    evaluate_model(out, learned.model, scores, studied.settings)
    (external,) = read_table(out / "group" / "external_patients.tsv")
    (same,) = (
        r for r in read_table(scores / "patients.tsv") if r["patient"] == external["patient"]
    )
    for name, value in external.items():
        if name != "fold":
            assert same[name] == value, name
    assert {"atlas_auroc", "map_T1C_sensitivity", "growth_sensitivity"} <= external.keys()


def test_a_model_folder_without_nulls_is_judged_and_one_with_others_refused(
    trained, studied, tmp_path, capsys
):
    out, learned = trained
    folder = tmp_path / "model"
    shutil.copytree(learned.model, folder)
    assert learned.model / "nulls.json" in {file.path for file in verify(out)}
    nulls = json.loads((folder / "nulls.json").read_text())
    (folder / "nulls.json").write_text(json.dumps(nulls | {"atlas": None}))
    with pytest.raises(InputRefused, match=r"nulls\.json: .* not those that model\.json describes"):
        evaluate_model(out, folder, tmp_path / "refused", studied.settings)
    assert not (tmp_path / "refused").exists()
    (folder / "nulls.json").unlink()
    scores = tmp_path / "scores"
    assert exit_code(["evaluate", str(out), "--model", str(folder), "-o", str(scores)]) == 0
    assert "atlas and single maps are not scored" in capsys.readouterr().out
    predictors = {row["predictor"] for row in read_table(scores / "scores.tsv")}
    assert "margin_15mm" in predictors
    assert not any(name == "atlas" or name.startswith("map_") for name in predictors)


def test_folders_without_tables_are_refused(tmp_path, studied):
    with pytest.raises(InputRefused, match="no prepared patient"):
        train_prepared(tmp_path, studied.settings)
    with pytest.raises(UsageRefused, match="kind"):
        learning_settings(studied.out, None, "forest", None)


def test_modelled_growth_can_be_a_column(studied, how, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(studied.out, out)
    growth = studied.settings.growth.model_copy(update={"as_feature": True})
    settings = studied.settings.model_copy(update={"growth": growth})
    maps = ("T1C", "FLAIR")
    patients = prepared_patients(out)[:2]
    outcomes = tabulate_patients(out, patients, maps, settings, how=how)
    assert [outcome.done for outcome in outcomes] == [True, True]
    table = read_voxels(table_index(out, patients[0].id))
    assert table.names[-1] == GROWTH_COLUMN
    assert table.maps == (*maps, "growth")
    np.testing.assert_array_equal(table.features[:, -1], table.context.growth)
    assert scanned_maps(table.maps) == maps
    model = fit_model(
        [read_voxels(table_index(out, patient.id)) for patient in patients], settings.learning
    )
    assert "growth" in model.absent_ok
