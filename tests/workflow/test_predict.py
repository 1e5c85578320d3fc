import json
from dataclasses import replace

import numpy as np
import pytest

from gliofront.foundation.errors import InputRefused
from gliofront.image.reading import read_volume
from gliofront.learning.storage import load_model
from gliofront.workflow.derivatives import probability_path
from gliofront.workflow.predict import predict_patients, settings_for
from gliofront.workflow.summary import summary_path


def with_images(patient, *names):
    images = {n: p for n, p in patient.preop.images.items() if n in names}
    return replace(patient, preop=replace(patient.preop, images=images))


def read_map(out, patient):
    path = probability_path(out, patient.id, "boosted", space="T1C")
    return read_volume(path, "p", max_undefined=1.0)[0]


@pytest.fixture(scope="module")
def model(studied):
    return studied.result.model


def test_a_patient_with_maps_missing_gets_a_map_and_is_told(studied, model, how, tmp_path):
    patient = with_images(studied.patients[1], "T1C", "FLAIR")
    (outcome,) = predict_patients([patient], tmp_path / "out", model, studied.settings, how=how)
    assert outcome.done
    warned = [f for f in outcome.findings if f.code == "missing-map"]
    assert "T1, T2, ADC, rCBV missing" in warned[0].problem
    assert np.isfinite(read_map(tmp_path / "out", patient).data).sum() > 1000
    summary = json.loads(summary_path(tmp_path / "out", patient.id).read_text(encoding="utf-8"))
    assert summary["MissingMaps"] == ["T1", "T2", "ADC", "rCBV"]


def test_the_same_patient_gives_the_same_bytes(studied, model, how, tmp_path):
    for out in ("one", "two"):
        predict_patients(studied.patients[:1], tmp_path / out, model, studied.settings, how=how)
    files = sorted(p.relative_to(tmp_path / "one") for p in (tmp_path / "one").rglob("*.*"))
    assert len(files) > 20
    # Records and logs tell seconds.
    for file in (f for f in files if f.parts[0] not in ("records", "logs")):
        one, two = (tmp_path / out / file for out in ("one", "two"))
        assert one.is_dir() or one.read_bytes() == two.read_bytes(), file


def test_a_refused_patient_leaves_nothing_behind(studied, model, how, tmp_path):
    broken = tmp_path / "t1c.nii.gz"
    broken.write_bytes(studied.patients[0].preop.images["T1C"].read_bytes()[:-2000])
    images = dict(studied.patients[0].preop.images) | {"T1C": broken}
    patient = replace(studied.patients[0], preop=replace(studied.patients[0].preop, images=images))
    with pytest.raises(InputRefused, match=r"t1c\.nii\.gz") as error:
        predict_patients([patient], tmp_path / "out", model, studied.settings, how=how)
    assert error.value.exit_code == 3
    assert not (tmp_path / "out").exists()


def test_a_refused_patient_does_not_stop_the_others(studied, model, how, tmp_path):
    poisoned = with_images(studied.patients[0], "FLAIR")
    patients = [poisoned, studied.patients[1]]
    outcomes = predict_patients(patients, tmp_path / "out", model, studied.settings, how=how)
    assert [o.done for o in outcomes] == [False, True]
    assert not (tmp_path / "out" / f"sub-{poisoned.id}").exists()
    assert "T1C" in outcomes[0].findings[-1].problem


def test_the_model_decides_how_features_are_made_and_the_user_how_files_are_read(studied, model):
    other = studied.settings.model_copy(
        update={
            "grid": studied.settings.grid.model_copy(update={"spacing_mm": 1.0}),
            "intake": studied.settings.intake.model_copy(update={"resample_labels": True}),
        }
    )
    chosen = settings_for(load_model(model), other)
    assert chosen.grid.spacing_mm == 3.0
    assert chosen.intake.resample_labels


def test_our_own_outline_is_compared_with_the_labels(studied, model, how, tmp_path):
    settings = studied.settings.model_copy(
        update={"intake": studied.settings.intake.model_copy(update={"outline": "own"})}
    )
    outcomes = predict_patients(studied.patients[:3], tmp_path / "out", model, settings, how=how)
    for outcome in (o for o in outcomes if o.done):
        path = summary_path(tmp_path / "out", outcome.patient)
        tumour = json.loads(path.read_text(encoding="utf-8"))["Tumour"]
        assert tumour["Outline"] == "own"
        assert tumour["OutlineDiceAgainstGiven"] > 0.6
