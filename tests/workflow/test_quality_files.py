"""What the dated visits of a patient amount to, as a finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from gliofront.cohort.bids import mask_path
from gliofront.cohort.layout import read_cohort
from gliofront.cohort.tables import table_text
from gliofront.cohort.visit_table import sessions_table
from gliofront.foundation.findings import Level
from gliofront.workflow.quality_files import course_findings


def findings_of(root: Path, rows: list[dict[str, object]], *, mask: bool = False):
    for session in ("preop", "progression"):
        folder = root / "sub-01" / f"ses-{session}" / "anat"
        folder.mkdir(parents=True)
        (folder / f"sub-01_ses-{session}_ce-gadolinium_T1w.nii.gz").touch()
    if mask:
        mask_path(root, "01", "preop", "progression", space="T1C").touch()
    sessions_table(root, "01").write_text(table_text(rows))
    (patient,) = read_cohort(root)
    return course_findings(patient)


@pytest.mark.parametrize(
    ("radiotherapy", "code", "level"),
    [("n/a", "course-not-assessable", Level.WARNING), (125, "course-probable", Level.NOTE)],
)
def test_a_progression_of_unknown_time_after_radiotherapy_is_a_warning(
    tmp_path, radiotherapy, code, level
):
    row = {"session_id": "ses-progression", "days_since_surgery": 200, "rating": "PD"}
    (found,) = findings_of(tmp_path, [row | {"days_since_radiotherapy": radiotherapy}])
    assert (found.code, found.level) == (code, level)
    assert ("days_since_radiotherapy" in found.mend) == (level is Level.WARNING)


def test_where_a_mask_is_given_the_label_is_its_own(tmp_path):
    row = {"session_id": "ses-progression", "days_since_surgery": 200, "rating": "PD"}
    (found,) = findings_of(tmp_path, [row], mask=True)
    assert (found.code, found.level) == ("course-not-assessable", Level.NOTE)
