from __future__ import annotations

import math

import figure_rows as rows
import matplotlib as mpl
import numpy as np
import pytest

from gliofront import RESEARCH_ONLY
from gliofront.report.figures.coverage import draw_coverage
from gliofront.report.figures.decision import draw_decision
from gliofront.report.figures.features import draw_features
from gliofront.report.figures.ladder import draw_ladder
from gliofront.report.figures.leakage import draw_leakage
from gliofront.report.figures.modalities import draw_modalities
from gliofront.report.figures.regions import draw_regions
from gliofront.report.figures.reliability import draw_reliability
from gliofront.report.figures.roc import draw_roc
from gliofront.report.figures.sheet import png_bytes, settle, svg_bytes
from gliofront.report.figures.skill import draw_skill
from gliofront.report.figures.style import SMALLEST_POINTS
from gliofront.report.figures.table_two import table_two_markdown, table_two_rows

FIGURES = {
    "regions": lambda: draw_regions(rows.region_rows(), rows.region_test_rows()),
    "first order": lambda: draw_features(rows.feature_rows(), "first"),
    "second order": lambda: draw_features(rows.feature_rows(), "second"),
    "ladder": lambda: draw_ladder(rows.score_rows()),
    "skill": lambda: draw_skill(rows.patient_rows(), rows.skill_tree()),
    "coverage": lambda: draw_coverage(rows.coverage_rows(), rows.margin_rows()),
    "reliability": lambda: draw_reliability(rows.reliability_rows(), rows.calibration_rows()),
    "decision": lambda: draw_decision(rows.decision_rows()),
    "roc": lambda: draw_roc(rows.roc_rows(), rows.precision_rows()),
    "leakage": lambda: draw_leakage(rows.leakage_rows(), rows.leakage_tree()),
    "modalities": lambda: draw_modalities(rows.modality_rows()),
}
EMPTY = {
    "regions": lambda: draw_regions([], []),
    "features": lambda: draw_features([], "first"),
    "ladder": lambda: draw_ladder([]),
    "skill": lambda: draw_skill([], {}),
    "coverage": lambda: draw_coverage([], []),
    "reliability": lambda: draw_reliability([], []),
    "decision": lambda: draw_decision([]),
    "roc": lambda: draw_roc([], []),
    "leakage": lambda: draw_leakage([], {}),
    "modalities": lambda: draw_modalities([]),
}


def texts(figure):
    """Return every text that is shown."""
    found = figure.findobj(mpl.text.Text)
    return [text.get_text() for text in found if text.get_visible() and text.get_text()]


def told(figure):
    return " ".join(" ".join(texts(figure)).split())


def points(axes):
    """Return the places of the single marks of a panel."""
    lines = [line for line in axes.lines if len(line.get_xdata()) == 1]
    return [(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in lines]


def at(axes, name):
    """Return the row of a panel that has a name."""
    return [text.get_text() for text in axes.get_yticklabels()].index(name)


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_wide_and_legible_says_what_it_is_for_and_nothing_leaves_the_sheet(name):
    figure = FIGURES[name]()
    settle(figure)
    assert figure.get_size_inches()[0] * 25.4 == pytest.approx(180)
    assert RESEARCH_ONLY in texts(figure)
    assert "patient" in told(figure)
    assert min(text.get_fontsize() for text in figure.findobj(mpl.text.Text)) >= SMALLEST_POINTS
    around = [text.get_window_extent() for text in figure.texts]
    panels = [axes.get_tightbbox() for axes in figure.axes]
    for box in (*around, *panels):
        assert min(box.x0, box.y0) >= -1
        assert box.x1 <= figure.bbox.x1 + 1
        assert box.y1 <= figure.bbox.y1 + 1
    for place, box in enumerate((*panels, *around)):
        assert not any(box.overlaps(other) for other in (*panels, *around)[:place])


@pytest.mark.parametrize("name", ["ladder", "skill", "decision"])
def test_the_same_rows_give_the_same_bytes(name):
    first, second = FIGURES[name](), FIGURES[name]()
    assert svg_bytes(first) == svg_bytes(second)
    assert png_bytes(first) == png_bytes(second)
    assert b"<dc:date>" not in svg_bytes(first)


def test_the_user_s_own_settings_of_matplotlib_change_nothing_and_stay():
    before = svg_bytes(FIGURES["ladder"]())
    with mpl.rc_context({"font.size": 30.0, "lines.linewidth": 9.0, "svg.hashsalt": "x"}):
        assert svg_bytes(FIGURES["ladder"]()) == before
        assert mpl.rcParams["font.size"] == 30.0


@pytest.mark.parametrize("name", EMPTY)
def test_without_rows_a_sentence_stands_in_the_figure(name):
    figure = EMPTY[name]()
    assert not any(axes.lines or axes.patches for axes in figure.axes)
    assert RESEARCH_ONLY in texts(figure)
    assert svg_bytes(figure).startswith(b"<?xml")


def test_regions_show_means_spreads_and_the_gaps_of_a_patient():
    figure = FIGURES["regions"]()
    assert [axes.get_title(loc="left")[:1] for axes in figure.axes] == list("ABCDEFG")
    axes = figure.axes[1]
    regions = [t.get_text() for t in axes.get_xticklabels()]
    assert regions == ["Enh.", "Prog.", *(f"NP {n}-{n + 5}" for n in (0, 5, 10, 15)), "NAWM"]
    own = [r for r in rows.region_rows() if r["map"] == "FA" and r["region"] == "progression"]
    known = np.array([r["mean"] for r in own if not math.isnan(r["mean"])])
    bars = axes.containers[1]
    assert bars.lines[0].get_ydata()[0] == pytest.approx(known.mean())
    low, high = bars.lines[2][0].get_segments()[0][:, 1]
    assert (high - low) / 2 == pytest.approx(known.std(ddof=1))
    lines = [line.get_ydata() for line in axes.lines if len(line.get_ydata()) == len(regions)]
    assert np.isnan(lines[1][:2]).all()


def test_brackets_stand_where_progression_differs_and_cross_nothing():
    axes = FIGURES["regions"]().axes[0]
    brackets = [line for line in axes.lines if line.get_gid() == "bracket"]
    assert [tuple(line.get_xdata()[[0, -1]]) for line in brackets] == [(1, 3), (1, 4), (1, 5)]
    heights = [line.get_ydata().max() for line in brackets]
    assert heights == sorted(heights)
    highest = np.nanmax([line.get_ydata() for line in axes.lines if len(line.get_xdata()) == 7])
    assert min(line.get_ydata().min() for line in brackets) > highest
    assert heights[-1] < axes.get_ylim()[1]
    marks = [text.get_text() for text in axes.texts]
    assert marks == ["*", "**", "***"]


def test_a_region_that_nobody_has_is_told():
    lacking = [r | {"mean": ""} if r["region"] == "NAWM" else r for r in rows.region_rows(maps="q")]
    figure = draw_regions(lacking, [])
    assert "not drawn: q in NAWM." in told(figure)
    assert len(figure.axes[0].containers) == len(rows.REGIONS) - 1
    assert "No value in any patient." in told(
        draw_regions([r | {"mean": "x"} for r in lacking], [])
    )


def test_features_stand_at_their_effects_and_the_wild_one_at_the_frame():
    figure = FIGURES["first order"]()
    axes = figure.axes[0]
    table = {r["feature"]: r for r in rows.feature_rows()}
    row = table["ADC_firstorder_kurtosis"]
    place = at(axes, "kurtosis")
    assert (row["effect_value"], place) in points(axes)
    drawn = {place for _, place in points(axes)}
    assert at(axes, "mean") not in drawn
    assert (axes.get_xlim()[1], at(axes, "standard deviation")) in points(axes)
    assert "Arrows: 1 beyond the frame." in told(figure)
    assert "Not defined, so not drawn: 1 of 91." in told(figure)


def test_features_are_sorted_and_the_significant_ones_filled_and_counted():
    table = [r for r in rows.feature_rows(("ADC",)) if "_gl" in r["feature"]]
    axes = draw_features(table, "second").axes[0]
    ranked = sorted(table, key=lambda r: r["p"])
    effects = {place: value for value, place in points(axes)}
    assert effects[0] == ranked[0]["effect_value"]
    assert effects[28] == ranked[-1]["effect_value"]
    marks = [line for line in axes.lines if len(line.get_xdata()) == 1]
    filled = [line for line in marks if line.get_markerfacecolor() != "white"]
    significant = [r for r in table if r["q"] < 0.05]
    assert len(marks) == 29
    assert sorted(float(line.get_xdata()[0]) for line in filled) == pytest.approx(
        sorted(r["effect_value"] for r in significant)
    )
    assert f"{len(significant)} of 29" in axes.get_title()


def test_the_ladder_is_sorted_and_leaves_out_what_is_undefined():
    figure = FIGURES["ladder"]()
    left, right = figure.axes
    assert at(left, "model") == 0
    assert (0.8, 0) in points(left)
    assert left.get_yticklabels()[0].get_fontweight() == "bold"
    empty = at(left, "prevalence (calls nothing)")
    assert empty not in {place for _, place in points(right)}
    assert "Coverage is not defined for: prevalence (calls nothing)." in told(figure)
    assert "n = 8 patients" in told(figure)


def test_skill_has_a_row_a_patient_and_a_diamond_only_where_the_mean_has_an_interval():
    figure = FIGURES["skill"]()
    auroc, _, coverage = figure.axes
    assert len(points(auroc)) == 7
    assert points(auroc)[0] == (pytest.approx(0.1), at(auroc, "p7"))
    (diamond,) = [patch for patch in auroc.patches if patch.get_gid() == "mean"]
    assert diamond.get_xy()[:3, 0].tolist() == [0.01, 0.04, 0.07]
    assert not coverage.patches
    assert (0.04, 9) in points(coverage)
    assert "not defined in 1 of 8 patients" in told(figure)


def test_skill_of_many_patients_leaves_their_names_out():
    figure = draw_skill(rows.patient_rows(200), {})
    assert "The names of 200 patients are left out." in told(figure)
    assert figure.get_size_inches()[1] * 25.4 < 280


def test_coverage_marks_the_margins_and_draws_no_single_map():
    figure = FIGURES["coverage"]()
    (axes,) = figure.axes
    assert [t.get_text() for t in axes.get_legend().get_texts()] == [
        "model",
        "distance to the tumour",
    ]
    marked = [line.get_ydata()[0] for line in axes.lines if list(line.get_xdata()) == [0, 1]]
    assert marked == [0.82, 0.99]
    curve = axes.lines[0]
    assert curve.get_ydata()[4] == pytest.approx(1 - math.exp(-1))
    assert "+3.0 points (95 % interval +1.0 to +5.0)" in told(figure)
    assert "left to coverage_curves.tsv: 1" in told(figure)


def test_reliability_decision_and_roc_stand_at_their_rows():
    model = FIGURES["reliability"]().axes[0]
    assert model.lines[1].get_ydata() == pytest.approx(0.7 * model.lines[1].get_xdata())
    assert model.get_title(loc="left") == "model: slope 0.70 (0.50 to 0.90)"
    decision = FIGURES["decision"]().axes[0]
    lines = {line.get_label(): line for line in decision.lines}
    assert lines["model"].get_ydata()[0] == pytest.approx(0.06 / 1.1)
    assert lines["treat everything"].get_ydata()[1] == pytest.approx(0.03)
    left, right = FIGURES["roc"]().axes
    assert left.lines[0].get_ydata()[1] == pytest.approx(0.1**0.3)
    assert right.lines[-1].get_ydata()[0] == pytest.approx(0.06)


def test_one_curve_of_two_is_replaced_by_a_sentence():
    assert "Not defined in any patient: precision (PPV)." in told(draw_roc(rows.roc_rows(), []))
    model = [r for r in rows.reliability_rows() if r["predictor"] == "model"]
    assert "Not defined: distance to the tumour." in told(draw_reliability(model, []))


def test_leakage_shows_splits_canary_and_gap():
    figure = FIGURES["leakage"]()
    left, right = figure.axes
    assert (0.93, at(left, "random voxels (as in the paper)")) in points(left)
    assert (0.5, at(left, "patients, labels permuted")) in points(left)
    assert points(right) == [(0.18, 0)]
    assert "AUROC is not defined for: sites." in told(figure)
    assert "Not defined in any patient." in told(draw_leakage(rows.leakage_rows(), {}))


def test_the_most_valuable_map_stands_on_top():
    left, right = FIGURES["modalities"]().axes
    assert [t.get_text() for t in left.get_yticklabels()] == ["ADC", "rCBV", "FLAIR"]
    assert points(right)[0] == (pytest.approx(3.0), 0)


@pytest.mark.parametrize("kind", [svg_bytes, png_bytes])
def test_hostile_names_are_text(kind):
    region = [r | {"map": rows.HOSTILE, "unit": "$\\x$"} for r in rows.region_rows(maps=("q",))]
    patient = [
        r | {"patient": rows.HOSTILE + "$" + "\u202e" * n}
        for n, r in enumerate(rows.patient_rows(3))
    ]
    feature = [r | {"feature": f"$\\x$_{rows.HOSTILE}"} for r in rows.feature_rows(("q",))]
    value = [r | {"map": rows.HOSTILE} for r in rows.modality_rows()]
    score = [r | {"predictor": "map_" + rows.HOSTILE} for r in rows.score_rows()]
    figures = (
        draw_regions(region, []),
        draw_skill(patient, {"Headline": "$\\frac{$"}),
        draw_features(feature, "second"),
        draw_modalities(value),
        draw_ladder(score),
    )
    for figure in figures:
        assert b"<script>" not in kind(figure)
        assert "$" in told(figure)
        assert "\u202e" not in told(figure)


def test_table_two_has_the_paper_s_form_and_the_nulls_beside():
    found = table_two_rows(rows.score_rows(), rows.score_rows(3))
    named = {(row["cohort"], row["predictor"]): row for row in found}
    model = named["internal", "model"]
    assert model["ppv_percent"] == "25.0 (20.0 to 30.0) [25.0]"
    assert model["patients"] == "8"
    assert named["external", "prevalence"]["ppv_percent"] == ""
    assert not any(predictor == "map_ADC" for _, predictor in named)
    told = table_two_markdown(found)
    assert RESEARCH_ONLY in told
    assert "| internal | prevalence | 0 to 8 | 40.0 (35.0 to 45.0) [40.0] |" in told
    assert " n/a |" in told
    assert "No predictor was scored." in table_two_markdown(table_two_rows([], []))
