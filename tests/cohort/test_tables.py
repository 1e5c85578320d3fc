from gliofront.cohort.tables import read_table, table_text


def test_a_table_survives_writing_and_reading(tmp_path):
    rows = [{"a": "x y", "b": 0.25}, {"a": "", "b": float("nan"), "c": 3}]
    path = tmp_path / "t.tsv"
    path.write_text(table_text(rows), encoding="utf-8")
    assert read_table(path) == [
        {"a": "x y", "b": "0.25", "c": ""},
        {"a": "", "b": "", "c": "3"},
    ]
