import numpy as np
import pytest

from gliofront.alignment.displacement import Displacement
from gliofront.alignment.transforms import rigid_matrix
from gliofront.alignment.two_visits import TwoVisits
from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid
from gliofront.image.writing import write_text
from gliofront.workflow.align.carried import apart_finding, carry, csv_text, point_facts, point_rows
from gliofront.workflow.align.points import outside_finding, read_pairs, read_points
from gliofront.workflow.align.request import AlignRequest, VisitFiles

GRID = Grid(np.diag([2.0, 2.0, 2.0, 1.0]), (10, 10, 10))
NAMED = "Landmark,X,Y,Z\n7,1,2,3\n9,4.5,-6,8\n"


def table(folder, text, name="points.csv"):
    write_text(folder / name, text)
    return folder / name


def asked(before, after=None, convention="ras"):
    visits = (VisitFiles("pre", before, points=before), VisitFiles("post", before, points=after))
    return AlignRequest(*visits, before.parent / "out", convention=convention)


def shifted():
    """Tissue moves 2 mm up, then the head 10 mm to the right."""
    up = Displacement(GRID, np.full((*GRID.shape, 3), [0, 0, 2.0], np.float32))
    down = Displacement(GRID, np.full((*GRID.shape, 3), [0, 0, -2.0], np.float32))
    return TwoVisits(rigid_matrix((0, 0, 0), (10, 0, 0), (0, 0, 0)), up, down)


def test_tables_with_and_without_names_in_any_case_and_with_other_columns(tmp_path):
    named = read_points(table(tmp_path, NAMED), "ras")
    assert named.names == ("7", "9")
    assert named.places.tolist() == [[1, 2, 3], [4.5, -6, 8]]
    plain = read_points(table(tmp_path, "\ufeffz, y ,x,who\n3, 2,1,me\n"), "ras")
    assert plain.names == ("1",)
    assert plain.places.tolist() == [[1, 2, 3]]


def test_lps_is_turned(tmp_path):
    assert read_points(table(tmp_path, NAMED), "lps").places[1].tolist() == [-4.5, 6, 8]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x,y\n1,2\n",
        "x,y,z\n",
        "x,y,z\n1,2,three\n",
        "x,y,z\n1,2\n",
        "x,y,z\n1,2,nan\n",
        "Landmark,X,Y,Z\n1,0,0,0\n1,0,0,0\n",
    ],
)
def test_what_is_no_table_of_points_is_refused(tmp_path, text):
    with pytest.raises(InputRefused, match=r"points\.csv"):
        read_points(table(tmp_path, text), "ras")


def test_an_absent_table_is_refused(tmp_path):
    with pytest.raises(InputRefused, match="cannot be read"):
        read_points(tmp_path / "absent.csv", "ras")


def test_points_are_matched_by_name(tmp_path):
    before = table(tmp_path, NAMED)
    after = table(tmp_path, "Landmark,X,Y,Z\n9,4,0,0\n7,1,0,0\n", "after.csv")
    pairs = read_pairs(asked(before, after))
    assert pairs.after.places[:, 0].tolist() == [1, 4]
    other = table(tmp_path, "Landmark,X,Y,Z\n9,4,0,0\n8,1,0,0\n", "other.csv")
    with pytest.raises(InputRefused, match="same points"):
        read_pairs(asked(before, other))


def test_errors_of_each_stage_and_the_rows_in_the_axes_they_came_in(tmp_path):
    before = table(tmp_path, "x,y,z\n-4,-4,4\n")
    after = table(tmp_path, "x,y,z\n-14,-4,6\n", "after.csv")
    carried = carry(read_pairs(asked(before, after, "lps")), shifted())
    errors = {stage: values.tolist() for stage, values in carried.errors_mm.items()}
    assert errors == {
        "before": [pytest.approx(np.hypot(10, 2))],
        "rigid": [pytest.approx(2)],
        "aligned": [pytest.approx(0, abs=1e-6)],
    }
    (row,) = point_rows(carried, "lps")
    assert [row[f"expected_{axis}"] for axis in "xyz"] == ["-14.000", "-4.000", "6.000"]
    assert [row[axis] for axis in "xyz"] == ["-4.000", "-4.000", "4.000"]
    assert csv_text([row]).splitlines()[0].startswith("landmark,x,y,z,expected_x")
    facts = point_facts(carried, "lps")
    assert facts["Count"] == 1
    assert facts["ErrorsMm"]["rigid"]["Median"] == pytest.approx(2)


def test_points_before_surgery_alone_are_carried_without_errors(tmp_path):
    carried = carry(read_pairs(asked(table(tmp_path, "x,y,z\n4,4,4\n"))), shifted())
    assert carried.expected.tolist() == [[14, 4, 6]]
    assert carried.errors_mm == {}
    assert set(point_rows(carried, "ras")[0]) == {
        *("landmark", "x", "y", "z", "expected_x", "expected_y", "expected_z")
    }
    assert apart_finding(carried, 1.0, "x") is None


def test_points_outside_the_brain_and_points_too_far_apart_are_reported(tmp_path):
    brain = np.zeros(GRID.shape, bool)
    brain[2:8, 2:8, 2:8] = True
    before = table(tmp_path, "x,y,z\n10,10,10\n8,8,8\n")
    inside, wrong = read_points(before, "ras"), read_points(before, "lps")
    files = VisitFiles("pre", before, points=before)
    assert outside_finding(inside, brain, GRID, "ras", files) is None
    finding = outside_finding(wrong, brain, GRID, "lps", files)
    assert finding.code == "points-outside-brain"
    assert "--points-convention" in finding.mend
    after = table(tmp_path, "x,y,z\n60,10,10\n60,8,8\n", "after.csv")
    carried = carry(read_pairs(asked(before, after)), shifted())
    assert apart_finding(carried, 15.0, "after.csv").code == "points-apart"
    assert apart_finding(carried, 60.0, "after.csv") is None
