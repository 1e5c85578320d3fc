"""Skill over distance, patient by patient: the model minus the distance null."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from gliofront.evaluation.cross_validation import DISTANCE, MODEL
from gliofront.evaluation.summary import SKILL_SCORES
from gliofront.report.figures.cells import Rows, branch, label, number, patients_told
from gliofront.report.figures.sheet import framed, lone_sentence, say, sheet
from gliofront.report.figures.style import BLACK, BLUE, GREY, PALE, house_style

_TITLE = "Skill over the distance to the tumour, a row a patient"
_NAMES = {"auroc": "AUROC", "auprc": "AUPRC", "coverage_15mm": "coverage by the 15 mm volume"}
# Beyond this many rows names would no longer fit a page.
_MOST_NAMED = 70
_ROW_MM, _DENSE_MM, _HEAD_MM = 3.2, 1.0, 18.0


@house_style()
def draw_skill(patients: Rows, skill: Mapping[str, object]) -> Figure:
    """Draw the difference in every patient, and the mean with its interval as a diamond.

    Parameters
    ----------
    patients : ``group/patients.tsv``, or that of the external patients.
    skill : ``group/skill.json``, likewise; without it there is no diamond.
    """
    ordered = sorted(patients, key=_rank)
    if not ordered:
        return lone_sentence(_TITLE, "No patient was scored.")
    named = len(ordered) <= _MOST_NAMED
    figure = sheet(_HEAD_MM + (_ROW_MM if named else _DENSE_MM) * (len(ordered) + 2))
    panels = figure.subplots(1, len(SKILL_SCORES), sharey=True)
    counts = []
    for axes, score in zip(panels, SKILL_SCORES, strict=True):
        told = branch(skill, "SkillOverDistance", score)
        counts.append(_draw_score(axes, [_difference(row, score) for row in ordered], told))
        axes.set_xlabel(f"model minus distance:\n{_NAMES[score]}")
    names = [label(row.get("patient"), 20) if named else "" for row in ordered]
    panels[0].set_yticks([*range(len(ordered)), len(ordered) + 1], [*names, "mean"])
    panels[0].set_ylim(len(ordered) + 1.8, -0.8)
    notes = (
        label(skill.get("Headline", ""), 200),
        "Filled: the model is better. Diamond: mean over patients, as wide as its 95 % interval. "
        "Right of 0 the model knows more than the distance.",
        _undefined(ordered),
        "" if named else f"The names of {len(ordered)} patients are left out.",
    )
    return framed(figure, _TITLE, patients_told(counts), notes)


def _difference(row: Mapping[str, object], score: str) -> float:
    return number(row, f"{MODEL}_{score}") - number(row, f"{DISTANCE}_{score}")


def _rank(row: Mapping[str, object]) -> tuple[float, str]:
    found = _difference(row, SKILL_SCORES[0])
    return (math.inf if math.isnan(found) else -found), str(row.get("patient"))


def _draw_score(axes: Axes, found: Sequence[float], told: Mapping[str, object]) -> float:
    """Draw one score and return in how many patients it is defined."""
    known = [(place, value) for place, value in enumerate(found) if not math.isnan(value)]
    axes.tick_params(axis="y", length=0)
    if not known:
        say(axes, "Not defined in any patient.", keep_rows=True)
        return 0.0
    axes.axvline(0.0, color=PALE, linewidth=0.8, zorder=0)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    for place, value in known:
        colour, fill = (BLUE, BLUE) if value > 0 else (GREY, "white")
        axes.plot([value], [place], "o", color=colour, markerfacecolor=fill, markersize=3.4)
    _draw_diamond(axes, len(found) + 1, told)
    return float(len(known))


def _draw_diamond(axes: Axes, place: int, told: Mapping[str, object]) -> None:
    mean, low, high = (number(told, name) for name in ("Mean", "Low", "High"))
    if math.isnan(mean):
        return
    if math.isnan(low) or math.isnan(high):
        axes.plot([mean], [place], marker="D", markersize=4, color=BLACK, linestyle="")
        return
    corners = ([low, mean, high, mean], [place, place - 0.45, place, place + 0.45])
    axes.fill(*corners, color=BLACK, gid="mean")


def _undefined(rows: Rows) -> str:
    lacking = sum(math.isnan(_difference(row, SKILL_SCORES[0])) for row in rows)
    if not lacking:
        return ""
    return f"AUROC is not defined in {lacking} of {len(rows)} patients, whose rows stay empty."
