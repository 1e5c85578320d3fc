from pathlib import Path

import pytest

from gliofront.cohort.adjudication import Verdict
from gliofront.cohort.bids import scan_path
from gliofront.cohort.layout import read_cohort
from gliofront.cohort.ratings import LUMIERE_RATING_COLUMN
from gliofront.cohort.tables import table_text
from gliofront.cohort.visit_table import read_course, sessions_table
from gliofront.foundation.errors import InputRefused


def written(bids: Path, rows, sessions=("preop",)) -> Path:
    path = sessions_table(bids, "01")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(table_text(rows))
    for session in sessions:
        scan = scan_path(bids, "01", session, "T1C")
        scan.parent.mkdir(parents=True, exist_ok=True)
        scan.write_bytes(b"")
    return bids


def visits(*volumes, radiotherapy_ended=75):
    days = [60 + 60 * n for n in range(len(volumes))]
    return [
        {
            "session_id": f"ses-w{n}",
            "days_since_surgery": day,
            "days_since_radiotherapy": day - radiotherapy_ended,
            "volume_ml": volume,
        }
        for n, (day, volume) in enumerate(zip(days, volumes, strict=True))
    ]


def test_the_session_of_first_progression_is_found_whatever_the_order_of_rows(tmp_path):
    rows = [{"session_id": "ses-preop", "days_since_surgery": -3}, *visits(2.0, 2.0, 2.1, 8.0, 9.0)]
    course = read_course(written(tmp_path, rows[::-1]), "01")
    assert (course.verdict.verdict, course.session) == (Verdict.CONFIRMED, "w3")
    assert course.verdict.day == 240


def test_the_cohort_takes_that_session_as_the_scan_at_progression(tmp_path):
    rows = visits(2.0, 2.0, 2.1, 8.0, 9.0)
    (patient,) = read_cohort(written(tmp_path, rows, ("preop", "w2", "w3", "progression")))
    assert patient.follow_up.images["T1C"] == scan_path(tmp_path, "01", "w3", "T1C")
    assert patient.course.session == "w3"


def test_pseudo_progression_is_no_progression_even_where_a_scan_is_called_so(tmp_path):
    rows = visits(2.0, 8.0, 2.0, 2.0)
    (patient,) = read_cohort(written(tmp_path, rows, ("preop", "progression", "w1")))
    assert patient.course.verdict.verdict is Verdict.PSEUDO
    assert patient.follow_up is None
    assert not patient.progression_known


def test_a_rating_outweighs_and_lumieres_column_is_known(tmp_path):
    rows = [
        {"session_id": f"w{n}", "days_since_surgery": 200 + 60 * n, LUMIERE_RATING_COLUMN: rating}
        for n, rating in enumerate(("Post-Op ", "SD", "PD", "PD"))
    ]
    course = read_course(written(tmp_path, rows), "01")
    assert (course.verdict.verdict, course.session) == (Verdict.CONFIRMED, "w2")


def test_without_days_there_is_no_course(tmp_path):
    assert read_course(tmp_path, "01") is None
    rows = [{"session_id": "ses-preop", "acq_time": "n/a"}]
    assert read_course(written(tmp_path, rows), "01") is None
    (patient,) = read_cohort(written(tmp_path, rows, ("preop", "progression")))
    assert patient.follow_up is not None


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"volume_ml": "large"}, "volume_ml of session 'w0' is 'large'"),
        ({"volume_ml": "inf"}, "volume_ml"),
        ({"new_enhancement": "perhaps"}, "new_enhancement"),
        ({"rating": "PD?"}, "not known"),
        ({"session_id": ""}, "no session_id"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(tmp_path, cells, problem):
    row = {"session_id": "w0", "days_since_surgery": 100, **cells}
    with pytest.raises(InputRefused, match=problem):
        read_course(written(tmp_path, [row]), "01")


def test_a_session_that_stands_twice_is_refused(tmp_path):
    rows = [{"session_id": "w0", "days_since_surgery": day} for day in (1, 2)]
    with pytest.raises(InputRefused, match="stands twice"):
        read_course(written(tmp_path, rows), "01")


def test_a_progression_without_its_scan_is_not_taken_from_another_session(tmp_path):
    rows = visits(2.0, 2.0, 2.1, 8.0, 9.0)
    (patient,) = read_cohort(written(tmp_path, rows, ("preop", "progression")))
    assert patient.follow_up is None
