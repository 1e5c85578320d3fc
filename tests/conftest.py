"""Fixtures that are costly to make and shared: virtual patients, a cohort, a study of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from gliofront.cohort.layout import read_cohort
from gliofront.cohort.patient import Patient
from gliofront.phantom.cohort import write_cohort
from gliofront.phantom.patient import VirtualPatient, make_patient
from gliofront.phantom.settings import PhantomSettings
from gliofront.workflow.cluster import ClusterSettings, connected
from gliofront.workflow.run import How
from gliofront.workflow.settings import StudySettings, checked_settings
from gliofront.workflow.study import StudyResult, run_study
from small_study import SmallStudy, write_small_study

# The same examples on every run: a change that breaks a property breaks it for everyone.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

COARSE = PhantomSettings(resolution_mm=4.0)

# Small enough for seconds; every step runs as it does in earnest.
QUICK = {
    "grid": {"spacing_mm": 3.0},
    "alignment": {"levels_mm": [6.0, 3.0], "samples": 8000},
    "bias": {"working_mm": 6.0, "levels": 2, "iterations": 20},
    "texture": {"radius": 1},
    "learning": {"trees": 30, "voxels_per_patient": 1500, "min_voxels_in_leaf": 20},
    "evaluation": {"folds": 2, "resamples": 200},
}


@dataclass(frozen=True)
class Studied:
    """A cohort, the study of it, and where both lie."""

    bids: Path
    out: Path
    patients: list[Patient]
    settings: StudySettings
    result: StudyResult


@pytest.fixture(scope="session")
def coarse() -> list[VirtualPatient]:
    """A dozen patients at 4 mm, where a patient takes a fraction of a second."""
    return [make_patient(2024, index, COARSE) for index in range(12)]


@pytest.fixture(scope="session")
def fine() -> list[VirtualPatient]:
    """A patient of each site at the default resolution."""
    return [make_patient(2024, index) for index in range(2)]


@pytest.fixture(scope="session")
def quick() -> StudySettings:
    """Settings for a study that takes seconds."""
    return checked_settings(QUICK, "quick")


@pytest.fixture(scope="session")
def cohort(tmp_path_factory) -> Path:
    """Five virtual patients at 3 mm as a BIDS folder, the last one external."""
    bids = tmp_path_factory.mktemp("cohort") / "bids"
    *_, last = write_cohort(bids, patients=5, seed=3, resolution_mm=3.0)
    table = bids / "participants.tsv"
    rows = table.read_text(encoding="utf-8").splitlines()
    rows[-1] = rows[-1].replace("train", "external")
    assert rows[-1].startswith(f"sub-{last}\t")
    table.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return bids


@pytest.fixture(scope="session")
def how() -> Iterator[How]:
    """Run on workers that all tests share: each start of a cluster takes seconds."""
    with connected(ClusterSettings(workers=2)) as client:
        yield How(ClusterSettings(scheduler=client.scheduler.address))


@pytest.fixture(scope="session")
def shared_workers(how) -> list[str]:
    """Options that make a command run on them."""
    return ["--scheduler", str(how.cluster.scheduler)]


@pytest.fixture(scope="session")
def small(tmp_path_factory) -> SmallStudy:
    """Six virtual patients at 4 mm with two images each; every step runs as in earnest."""
    return write_small_study(tmp_path_factory.mktemp("small"), patients=6)


@pytest.fixture(scope="session")
def studied(cohort, quick, how, tmp_path_factory) -> Studied:
    """Return the study of the cohort."""
    out = tmp_path_factory.mktemp("study") / "out"
    patients = read_cohort(cohort)
    return Studied(cohort, out, patients, quick, run_study(patients, out, quick, how=how))
