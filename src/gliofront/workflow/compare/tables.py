"""The tables of a comparison, as rows: regions, their tests, the tests of features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gliofront.cohort.patient import Patient
from gliofront.statistics.feature_differences import FeatureDifference, feature_differences
from gliofront.statistics.paired_regions import PatientMean, RegionPair, compare_regions
from gliofront.statistics.survival_table import survival_table
from gliofront.statistics.table_one import table_one
from gliofront.workflow.compare.patient import ComparedPatient

Row = dict[str, str | int | float]
TableRows = Sequence[Row]
Seen = Mapping[str, ComparedPatient]


def tables_of(
    patients: Sequence[Patient], clinical: Sequence[Mapping[str, str]], seen: Seen
) -> dict[str, TableRows]:
    """Return every table by its name.

    Parameters
    ----------
    patients : of the output folder.
    clinical : a row of participants.tsv a patient, volumes among them.
    seen : id to what was kept of the patient; a patient that failed is not among them.

    Raises
    ------
    InputRefused
        If a clinical cell is not what its column asks for.
    """
    regions = _region_rows(patients, seen)
    features = [kept.features for kept in seen.values() if kept.features is not None]
    means = [
        PatientMean(patient, row.quantity, row.region, row.mean)
        for patient, kept in seen.items()
        for row in kept.regions
    ]
    return {
        "table1": table_one(clinical),
        "regions": regions,
        "region_tests": [_region_test(pair) for pair in compare_regions(means)],
        "feature_tests": [_feature_test(found) for found in feature_differences(features)],
        "survival": survival_table(clinical),
    }


def _region_rows(patients: Sequence[Patient], seen: Seen) -> TableRows:
    return [
        {
            "patient": patient.id,
            "site": patient.site,
            "partition": patient.partition,
            "map": row.quantity,
            "unit": row.unit,
            "region": row.region,
            "mean": row.mean,
            "volume_ml": row.volume_ml,
            "reason": row.reason,
        }
        for patient in patients
        if patient.id in seen
        for row in seen[patient.id].regions
    ]


def _region_test(pair: RegionPair) -> Row:
    return {
        "map": pair.quantity,
        "first": pair.first,
        "second": pair.second,
        "patients": pair.comparison.n[0],
        "first_mean": pair.first_mean,
        "second_mean": pair.second_mean,
        **pair.comparison.cells,
        "q": pair.q,
        "reason": pair.comparison.reason,
    }


def _feature_test(found: FeatureDifference) -> Row:
    return {
        "feature": found.feature,
        "patients": found.comparison.n[0],
        "progression_mean": found.progression_mean,
        "non_progression_mean": found.elsewhere_mean,
        **found.comparison.cells,
        "q": found.q,
        "reason": found.comparison.reason,
        "mixed_difference": found.mixed.value,
        "mixed_low": found.mixed.low,
        "mixed_high": found.mixed.high,
        "mixed_p": found.mixed.p,
        "mixed_q": found.mixed_q,
        "mixed_reason": found.mixed.reason,
    }
