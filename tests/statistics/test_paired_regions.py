import numpy as np
import pytest
from scipy.stats import false_discovery_control

from gliofront.cohort.tables import table_text
from gliofront.foundation.errors import InputRefused
from gliofront.statistics.false_discovery import false_discovery_rates
from gliofront.statistics.paired_regions import PatientMean, compare_regions
from gliofront.statistics.pairs import TOO_FEW_PAIRS, compare_pairs

REGIONS = ("progression", "0-5 mm", "NAWM")


def rows_of(values):
    """Return the rows of {map: {patient: {region: mean}}}."""
    return [
        PatientMean(patient, quantity, region, mean)
        for quantity, patients in values.items()
        for patient, regions in patients.items()
        for region, mean in regions.items()
    ]


def a_map(seed, shift=0.0, patients=10):
    rng = np.random.default_rng(seed)
    level = rng.normal(0, 5, patients)
    return {
        f"p{n}": {r: level[n] + shift * (r == "progression") + rng.normal() for r in REGIONS}
        for n in range(patients)
    }


def test_every_pair_of_regions_of_every_map_is_there_once():
    found = compare_regions(rows_of({"ADC": a_map(0), "FA": a_map(1)}))
    pairs = [("progression", "0-5 mm"), ("progression", "NAWM"), ("0-5 mm", "NAWM")]
    assert [(f.quantity, f.first, f.second) for f in found] == [
        (name, *pair) for name in ("ADC", "FA") for pair in pairs
    ]


def test_patients_are_paired_by_name_whatever_their_order():
    values = a_map(3, shift=2.0)
    rows = rows_of({"ADC": values})
    shuffled = [rows[n] for n in np.random.default_rng(0).permutation(len(rows))]
    first, second = ([values[p][r] for p in values] for r in REGIONS[:2])
    expected = compare_pairs(first, second)
    for given in (rows, shuffled):
        (found,) = (f for f in compare_regions(given) if {f.first, f.second} == set(REGIONS[:2]))
        assert found.comparison.p == pytest.approx(expected.p)
        assert found.comparison.n == (10, 10)


def test_the_rate_is_over_all_pairs_of_all_maps():
    found = compare_regions(rows_of({"ADC": a_map(0, shift=2.0), "FA": a_map(1)}))
    p = [f.comparison.p for f in found]
    assert [f.q for f in found] == pytest.approx(false_discovery_control(p).tolist())


def test_the_published_example_of_the_rate():
    """Benjamini and Hochberg 1995, section 3.2: 4 of 15 hypotheses are rejected at 0.05."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459]
    q = false_discovery_rates([*p, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0])
    assert (q <= 0.05).tolist() == [True] * 4 + [False] * 11


def test_missing_maps_and_regions_count_where_they_are():
    adc = a_map(0)
    del adc["p3"]["progression"]
    adc["p4"]["NAWM"] = np.nan
    found = compare_regions(rows_of({"ADC": adc, "rCBV": {"p1": {"progression": 2.0}}}))
    assert {(f.first, f.second): f.comparison.n[0] for f in found} == {
        ("progression", "0-5 mm"): 9,
        ("progression", "NAWM"): 8,
        ("0-5 mm", "NAWM"): 9,
    }


def test_one_patient_is_no_test_and_counts_for_no_rate():
    found = compare_regions(rows_of({"ADC": a_map(0), "FA": a_map(1, patients=1)}))
    alone = [f for f in found if f.quantity == "FA"]
    assert {f.comparison.reason for f in alone} == {TOO_FEW_PAIRS}
    assert np.isnan([f.q for f in alone]).all()
    assert [f.q for f in found[:3]] == [f.q for f in compare_regions(rows_of({"ADC": a_map(0)}))]
    assert compare_regions([]) == []


def test_a_hostile_name_is_text_and_twice_the_same_is_refused():
    name = '=HYPERLINK("x")\t[red]\n<b>'
    row = PatientMean(name, "ADC", "NAWM", 1.0)
    assert compare_regions([row]) == []
    assert table_text([{"patient": name}]).count('"') == 6
    with pytest.raises(InputRefused, match="comes twice"):
        compare_regions([row, row])
