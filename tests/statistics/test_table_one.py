import numpy as np
import pytest

from gliofront.foundation.errors import InputRefused
from gliofront.statistics.survival_table import survival_table
from gliofront.statistics.table_one import table_one
from gliofront.statistics.two_groups import compare_numbers


def people(count=20, **columns):
    rng = np.random.default_rng(0)
    return [
        {
            "participant_id": f"sub-{n}",
            "partition": "external" if n % 3 == 0 else "train",
            "age": str(rng.integers(30, 80)),
            "sex": "mf"[rng.integers(2)],
            "mgmt": ["methylated", "unmethylated", ""][n % 3],
            "os_days": str(rng.integers(50, 900)),
            **{name: cells[n] for name, cells in columns.items()},
        }
        for n in range(count)
    ]


def row_of(rows, variable, level=""):
    (found,) = (r for r in rows if r["variable"] == variable and r.get("level", "") == level)
    return found


def test_variables_come_in_the_paper_s_order_with_their_tests():
    rows = people()
    found = table_one(rows)
    assert list(dict.fromkeys(r["variable"] for r in found)) == [
        "Patients",
        "Age",
        "Sex",
        "Overall survival",
        "MGMT promoter",
    ]
    assert (found[0]["train"], found[0]["external"]) == ("13", "7")
    ages = [[float(r["age"]) for r in rows if r["partition"] == p] for p in ("train", "external")]
    age = row_of(found, "Age")
    assert age["p"] == compare_numbers(*ages).p
    first = np.array(ages[0])
    expected = f"{first.mean():.1f} ± {first.std(ddof=1):.1f} ({first.min():.1f} to"
    assert age["train"].startswith(expected)
    assert row_of(found, "Overall survival")["test"] == "log-rank"


def test_shares_are_of_the_known():
    found = table_one(people())
    assert row_of(found, "MGMT promoter")["known_train"] == 7
    assert row_of(found, "MGMT promoter", "unmethylated")["train"] == "7 (100%)"
    assert row_of(found, "MGMT promoter", "methylated")["external"] == "7 (100%)"


def test_without_external_patients_every_test_says_why_it_is_none():
    rows = [row | {"partition": "train"} for row in people()]
    tested = [r for r in table_one(rows) if "p" in r]
    assert np.isnan([r["p"] for r in tested]).all()
    assert all(r["reason"] for r in tested)
    assert row_of(table_one(rows), "Age")["external"] == "n/a"


def test_one_patient_and_none():
    found = table_one(people(1))
    assert row_of(found, "Age")["external"].split(" ")[1:3] == ["±", "n/a"]
    assert table_one([])[0]["train"] == "0"
    assert survival_table([]) == []


def test_unknown_columns_are_not_passed_on():
    rows = people(name=["Jane Doe"] * 20, birth=["1950-01-01"] * 20)
    assert "Jane" not in str(table_one(rows))
    assert "1950" not in str(table_one(rows))


def test_a_hostile_category_is_text():
    name = "=1+1\t[red]</td>"
    found = table_one(people(sex=[name] * 10 + ["f"] * 10))
    assert row_of(found, "Sex", name)["train"].endswith(")")


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("age", "55+"),
        ("age", "inf"),
        ("os_days", "-3"),
        ("os_days", "alive"),
        ("os_event", "maybe"),
    ],
)
def test_a_cell_that_is_not_what_it_should_be_is_refused_by_name(column, cell):
    rows = people(**{column: [cell] * 20})
    with pytest.raises(InputRefused, match=rf"sub-\d+: {column} is '"):
        table_one(rows)


def test_a_column_of_events_tells_who_was_only_followed():
    rows = people(os_event=["1", "0", "yes", "no", ""] * 4)
    found = {r["group"]: r for r in survival_table(rows)}
    assert (found["all"]["patients"], found["all"]["events"]) == (16, 8)
    assert survival_table(people())[0]["events"] == 20
    compared = found["train against external"]
    assert (compared["test"], compared["patients"]) == ("log-rank", 16)
