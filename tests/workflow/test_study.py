import json
from dataclasses import replace

import numpy as np
import pytest

from gliofront.cohort.bids import beside, mask_path
from gliofront.cohort.layout import read_cohort
from gliofront.cohort.tables import read_table
from gliofront.evaluation.cross_validation import PREDICTORS
from gliofront.foundation.errors import InputRefused
from gliofront.image.reading import read_mask, read_volume
from gliofront.learning.storage import load_model
from gliofront.learning.table_files import read_table as read_voxels
from gliofront.workflow.cohort_checks import check_cohort
from gliofront.workflow.derivatives import probability_path, range_path, table_index
from gliofront.workflow.settings import load_settings
from gliofront.workflow.study import fold_count, run_study, wanted_maps
from gliofront.workflow.summary import preview_path, summary_path


def test_every_patient_is_complete(studied):
    assert [o.done for o in studied.result.outcomes] == [True] * 5
    for patient in studied.patients:
        assert summary_path(studied.out, patient.id).exists()
        assert preview_path(studied.out, patient.id).read_bytes().startswith(b"\x89PNG")


def test_every_score_stands_beside_its_nulls(studied):
    rows = read_table(studied.out / "group" / "scores.tsv")
    for score in ("auroc", "auprc", "lift"):
        ladder = [r["predictor"] for r in rows if r["score"] == score]
        assert ladder[:3] == list(PREDICTORS)
        assert {"margin_15mm", "margin_20mm", "oedema", "growth", "atlas", "map_ADC"} < set(ladder)
    skill = json.loads((studied.out / "group" / "skill.json").read_text(encoding="utf-8"))
    assert "skill over distance" in skill["Headline"].lower()
    patients = read_table(studied.out / "group" / "patients.tsv")
    assert [r["patient"] for r in patients] == [p.id for p in studied.patients[:4]]
    assert len({r["fold"] for r in patients}) == 2


def test_external_patients_are_scored_apart_and_never_learned_from(studied):
    outside = studied.patients[4]
    assert outside.partition == "external"
    (row,) = read_table(studied.out / "group" / "external_patients.tsv")
    assert (row["patient"], row["fold"]) == (outside.id, "external")
    assert load_model(studied.result.model).training.patients == 4
    assert studied.result.external.intervals["model"]["auroc"].patients == 1


def test_the_nulls_score_what_nulls_score(studied):
    intervals = studied.result.summary.intervals
    assert intervals["prevalence"]["auroc"].mean == pytest.approx(0.5)
    assert intervals["distance"]["auroc"].mean > 0.55


def test_the_map_is_that_of_the_model_that_never_saw_the_patient(studied):
    """The final model has seen all of them, so its map must differ from the one written."""
    model = load_model(studied.result.model)
    patient = studied.patients[0]
    table = read_voxels(table_index(studied.out, patient.id))
    volume, _ = read_volume(
        probability_path(studied.out, patient.id, "boosted", space="T1C"), "p", max_undefined=1.0
    )
    written = volume.data[tuple(table.voxel.T)]
    seen = model.predict(table.features, table.distance_mm, table.names, voxel=table.voxel)
    assert np.isfinite(written).mean() > 0.99
    assert np.nanmean(np.abs(written - seen)) > 1e-3


def test_the_range_lies_beside_the_map_and_holds_it_where_somebody_could_disagree(studied):
    told = set()
    for patient in studied.patients:
        path = probability_path(studied.out, patient.id, "boosted", space="T1C")
        facts = json.loads(beside(path, ".json").read_text())
        ends = [range_path(studied.out, patient.id, "boosted", end) for end in ("low", "high")]
        # Too few who progress to be held out inside the training: nobody disagrees.
        assert {end.exists() for end in ends} == {"RangeOfInnerFolds" in facts}
        if "RangeOfInnerFolds" not in facts:
            continue
        told.add(patient.id)
        low, high, said = (
            read_volume(end, "p", max_undefined=1.0)[0].data for end in (*ends, path)
        )
        defined = np.isfinite(said)
        np.testing.assert_array_equal(np.isfinite(low), defined)
        assert (low[defined] <= said[defined]).all()
        assert (said[defined] <= high[defined]).all()
        width = facts["RangeOfInnerFolds"]["MedianWidth"]
        assert width == pytest.approx(np.nanmedian(high - low), abs=1e-3)
    assert studied.patients[4].id in told  # mapped by the final model


def test_the_map_covers_the_peritumoural_voxels_and_nothing_else(studied):
    for patient in studied.patients:
        path = mask_path(studied.out, patient.id, "preop", "peritumoural", space="T1C")
        inside = read_mask(path, "peritumoural")[0].mask("peritumoural")
        volume, _ = read_volume(
            probability_path(studied.out, patient.id, "boosted", space="T1C"),
            "p",
            max_undefined=1.0,
        )
        defined = np.isfinite(volume.data)
        assert not (defined & ~inside).any()
        assert defined[inside].mean() > 0.99
        assert 0 <= volume.data[defined].min() <= volume.data[defined].max() <= 1


def test_the_map_on_the_scan_s_own_grid_lies_at_the_same_millimetres(studied):
    for patient in studied.patients:
        scan, _ = read_volume(patient.preop.images["T1C"], "T1C")
        maps = [
            read_volume(
                probability_path(studied.out, patient.id, "boosted", space=space),
                "p",
                max_undefined=1.0,
            )[0]
            for space in ("T1C", "orig")
        ]
        assert maps[1].grid.matches(scan.grid)
        centres = [m.grid.to_world(np.argwhere(m.data > 0).mean(0)) for m in maps]
        assert np.linalg.norm(centres[0] - centres[1]) < 1.0


def test_settings_lie_beside_the_results_and_read_back_the_same(studied):
    assert load_settings(studied.out / "settings.toml") == studied.settings


def test_each_sidecar_tells_sources_settings_version_and_step(studied):
    sidecars = sorted(studied.out.glob("sub-*/ses-preop/*/*.json"))
    images = sorted(studied.out.glob("sub-*/ses-preop/*/*.nii.gz"))
    beside = {p.name.removesuffix(".json") for p in sidecars}
    assert {p.name.removesuffix(".nii.gz") for p in images} < beside
    steps = set()
    for path in sidecars:
        sidecar = json.loads(path.read_text(encoding="utf-8"))
        assert all(len(digest) == 64 for digest in sidecar["Sources"].values())
        steps.add(step := sidecar["GeneratedBy"][0]["Step"])
        if step == "preparation":
            assert sidecar["Settings"]["grid"]["spacing_mm"] == 3.0
        assert ("texture" in sidecar["Settings"]) == (step == "features")
    assert steps == {"alignment", "preparation", "features", "map"}


def test_one_person_under_two_names_is_refused(studied):
    first, second, *_ = studied.patients
    with pytest.raises(InputRefused, match="one patient: the same T1C file"):
        check_cohort([first, replace(second, preop=first.preop)])
    with pytest.raises(InputRefused, match="one patient: the same name"):
        check_cohort([first, replace(second, id=first.id)])
    check_cohort([first, second])


def test_a_cohort_without_known_progression_is_refused(studied, tmp_path):
    blind = [
        replace(p, preop=replace(p.preop, masks={"brain": p.preop.masks["brain"]}))
        for p in studied.patients[:2]
    ]
    with pytest.raises(InputRefused, match="0 training patient"):
        run_study(blind, tmp_path / "out", studied.settings)
    assert not (tmp_path / "out").exists()


def test_maps_and_folds_follow_the_training_patients(studied):
    assert wanted_maps(studied.patients) == ("T1C", "T1", "T2", "FLAIR", "ADC", "rCBV")
    sites = studied.settings.model_copy(
        update={"evaluation": studied.settings.evaluation.model_copy(update={"split": "sites"})}
    )
    assert fold_count(studied.patients, studied.settings) == 2
    assert fold_count(studied.patients, sites) == 2
    assert read_cohort(studied.bids) == studied.patients
