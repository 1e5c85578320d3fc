"""Table 2 of the paper in its form, for a study's own patients and with the nulls beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping

from gliofront import RESEARCH_ONLY
from gliofront.evaluation.cross_validation import DISTANCE, MODEL, PREVALENCE
from gliofront.evaluation.null_ladder import ATLAS, GROWTH, MARGINS_MM, OEDEMA, margin_name
from gliofront.report.figures.cells import Rows, count_range, markdown_line, number

_SCORES = ("sensitivity", "specificity", "ppv", "npv", "accuracy")
_MARGINS = tuple(margin_name(margin) for margin in MARGINS_MM)
_PREDICTORS = (MODEL, PREVALENCE, DISTANCE, *_MARGINS, OEDEMA, GROWTH, ATLAS)
_CAPTION = (
    "Table 2. Voxels called at the threshold from training, in %: mean over patients (95 % "
    "interval) [all voxels together]. The prevalence null calls nothing."
)


def table_two_rows(scores: Rows, external: Rows) -> list[dict[str, str]]:
    """Return one row a predictor, patients held out in turn first, then external ones.

    Parameters
    ----------
    scores, external : ``group/scores.tsv`` and ``group/external_scores.tsv``; either may be empty.

    >>> row = {"predictor": "model", "score": "ppv", "mean": 0.168, "patients": 20}
    >>> table_two_rows([], [row])[0]["ppv_percent"]
    '16.8'
    """
    cohorts = {"internal": scores, "external": external}
    return [
        _row(cohort, predictor, rows)
        for cohort, of_cohort in cohorts.items()
        for predictor in _PREDICTORS
        if (rows := _by_score(of_cohort, predictor))
    ]


def table_two_markdown(rows: Rows) -> str:
    """Return the table as Markdown, with what it means and what it may be used for."""
    columns = list(rows[0]) if rows else []
    head = [markdown_line(columns), markdown_line(["---"] * len(columns))]
    body = [markdown_line([row.get(column) or "n/a" for column in columns]) for row in rows]
    table = [*head, *body] if rows else ["No predictor was scored."]
    return "\n".join([_CAPTION, "", *table, "", RESEARCH_ONLY, ""])


def _by_score(rows: Rows, predictor: str) -> dict[str, Mapping[str, object]]:
    own = [row for row in rows if row.get("predictor") == predictor]
    return {str(row.get("score")): row for row in own if row.get("score") in _SCORES}


def _row(cohort: str, predictor: str, rows: dict[str, Mapping[str, object]]) -> dict[str, str]:
    patients = count_range([number(row, "patients") for row in rows.values()])
    cells = {f"{name}_percent": _cell(rows.get(name, {})) for name in _SCORES}
    return {"cohort": cohort, "predictor": predictor, "patients": patients, **cells}


def _cell(row: Mapping[str, object]) -> str:
    mean, low, high, pooled = (100 * number(row, n) for n in ("mean", "low", "high", "pooled"))
    if math.isnan(mean):
        return ""
    ends = "" if math.isnan(low) or math.isnan(high) else f" ({low:.1f} to {high:.1f})"
    return f"{mean:.1f}{ends}" + ("" if math.isnan(pooled) else f" [{pooled:.1f}]")
