"""What is said of a new patient beside its map: how usual it is, and what the model looked at."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from learning_cases import SCORE, patient_voxels, small_model

from gliofront.foundation.errors import InputRefused
from gliofront.learning.novelty import Verdict, fit_reference, patient_summary
from gliofront.learning.storage import load_model, save_model
from gliofront.workflow.evidence_of_map import evidence_shares
from gliofront.workflow.novel_patient import novelty_facts, novelty_findings, novelty_of


@pytest.fixture(name="model", scope="module")
def model_with_cohort():
    tables = [patient_voxels(number, n=500) for number in range(120)]
    summaries = np.stack([patient_summary(table.features) for table in tables])
    reference = fit_reference(tables[0].names, summaries)
    return small_model().with_cohort(reference).with_scores([SCORE])


def far(table, by):
    return dataclasses.replace(table, features=(table.features + by).astype(np.float32))


def test_a_patient_like_the_others_is_usual(model):
    found = novelty_of(model, patient_voxels(500, n=500))
    (finding,) = novelty_findings(found, "x")
    assert finding.code == "usual-patient"
    assert novelty_facts(found)["Novelty"]["Verdict"] == "typical"


def test_one_unlike_all_is_refused_with_what_is_far(model):
    found = novelty_of(model, far(patient_voxels(501, n=500), 3.0))
    assert found.verdict is Verdict.REFUSE
    with pytest.raises(InputRefused, match=r"unlike all that the model knows.*firstorder"):
        novelty_findings(found, "x")


def test_a_small_cohort_tells_nothing():
    assert novelty_of(small_model(), patient_voxels(1)) is None
    assert novelty_findings(None, "x") == []
    assert novelty_facts(None) == {}


def test_the_cohort_comes_back_from_the_folder_without_a_patient_in_it(model, tmp_path):
    save_model(tmp_path / "m", model, "# Card\n")
    back = load_model(tmp_path / "m")
    table = patient_voxels(502, n=500)
    assert novelty_of(back, table) == novelty_of(model, table)
    assert "p00" not in (tmp_path / "m" / "model.json").read_text()


def test_evidence_shares_name_what_decides(model):
    shares = evidence_shares(model, patient_voxels(503))
    assert set(shares) == {"T1C", "ADC", "rCBV", "distance"}
    assert sum(shares.values()) == pytest.approx(1, abs=1e-3)
    # All three maps drive progression alike, the distance weakly.
    assert min(shares[name] for name in ("T1C", "ADC", "rCBV")) > shares["distance"]
