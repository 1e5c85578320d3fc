"""What the columns of the tables of a comparison mean: the BIDS data dictionary of each."""

from __future__ import annotations

from collections.abc import Mapping

from gliofront import RESEARCH_ONLY, __version__

Column = tuple[str, str]

_TEST: Mapping[str, Column] = {
    "test": ("the test that was done; n/a where none could be", ""),
    "statistic": ("of the test; n/a where it has none, as exact tests of tables", ""),
    "p": ("two-sided", "0 to 1"),
}
_EFFECT: Mapping[str, Column] = {
    "effect": ("kind of the effect size; positive where the first of both is larger", ""),
    "effect_value": ("effect size", "of its kind"),
    "effect_low": ("lower end of its 95 % interval", "of its kind"),
    "effect_high": ("upper end of its 95 % interval", "of its kind"),
}
_REASON: Mapping[str, Column] = {"reason": ("why something is undefined (n/a)", "")}

COLUMNS: Mapping[str, Mapping[str, Column]] = {
    "table1": {
        "variable": ("what is described", ""),
        "level": ("category, of a row that counts one", ""),
        "unit": ("unit of the values", ""),
        "train": (
            "training patients: mean ± standard deviation (range), count (share of the known), "
            "or Kaplan-Meier median (95 % interval)",
            "unit",
        ),
        "external": ("patients of the external partition, likewise", "unit"),
        "known_train": ("training patients in whom it is known", "patients"),
        "known_external": ("external patients in whom it is known", "patients"),
        **_TEST,
        **_EFFECT,
        **_REASON,
    },
    "regions": {
        "patient": ("id, without sub-", ""),
        "site": ("where scanned", ""),
        "partition": ("train or external", ""),
        "map": ("name of the map", ""),
        "unit": ("unit of the mean", ""),
        "region": ("where; non-progression is by distance from the enhancing tumour", ""),
        "mean": ("of the map in the region; metabolites weighed by overlap", "unit"),
        "volume_ml": ("of the region where the map has a value", "mL"),
        **_REASON,
    },
    "region_tests": {
        "map": ("name of the map", ""),
        "first": ("region", ""),
        "second": ("region that it is compared with", ""),
        "patients": ("patients that have both", "patients"),
        "first_mean": ("over these patients", "unit of the map"),
        "second_mean": ("over these patients", "unit of the map"),
        **_TEST,
        "q": ("false discovery rate among all rows (Benjamini-Hochberg)", "0 to 1"),
        **_EFFECT,
        **_REASON,
    },
    "feature_tests": {
        "feature": ("map, family and name", ""),
        "patients": ("patients that have both classes", "patients"),
        "progression_mean": ("over these patients", "unit of the feature"),
        "non_progression_mean": ("over these patients", "unit of the feature"),
        **_TEST,
        "q": ("false discovery rate among all features (Benjamini-Hochberg)", "0 to 1"),
        **_EFFECT,
        **_REASON,
        "mixed_difference": (
            "progression minus non-progression: random intercept a patient, fixed site",
            "unit of the feature",
        ),
        "mixed_low": ("lower end of its 95 % interval", "unit of the feature"),
        "mixed_high": ("upper end of its 95 % interval", "unit of the feature"),
        "mixed_p": ("two-sided", "0 to 1"),
        "mixed_q": ("false discovery rate among all features (Benjamini-Hochberg)", "0 to 1"),
        "mixed_reason": ("why the mixed model is undefined (n/a)", ""),
    },
    "survival": {
        "outcome": ("column of participants.tsv: time to progression or death", ""),
        "group": ("all patients, a partition, or both compared", ""),
        "patients": ("patients with a known time", "patients"),
        "events": ("patients in whom the event came", "patients"),
        "median_days": ("Kaplan-Meier median", "days"),
        "low_days": ("lower end of its 95 % interval", "days"),
        "high_days": ("upper end of its 95 % interval", "days"),
        **_TEST,
        **_EFFECT,
        **_REASON,
    },
}
"""Table to its columns, in order: description and unit, empty where there is none."""


def dictionary_of(table: str) -> dict[str, object]:
    """Return the data dictionary of a table, as its JSON file has it.

    >>> dictionary_of("survival")["median_days"]
    {'Description': 'Kaplan-Meier median', 'Units': 'days'}
    """
    columns: dict[str, object] = {
        name: {"Description": text, **({"Units": unit} if unit else {})}
        for name, (text, unit) in COLUMNS[table].items()
    }
    by = [{"Name": "gliofront", "Version": __version__, "Step": "compare"}]
    return columns | {"GeneratedBy": by, "ResearchUse": RESEARCH_ONLY}
