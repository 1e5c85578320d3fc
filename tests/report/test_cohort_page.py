import math
import re
from base64 import b64encode

import pytest
from cohort_scene import PNG, SVG, full
from page_scenes import HOSTILE, Seen

from gliofront import RESEARCH_ONLY
from gliofront.report.page.checklist import FOR_THE_AUTHOR, filled_rows, items
from gliofront.report.page.cohort_html import MOST_ROWS, cohort_html
from gliofront.report.page.cohort_page import CohortPage, Gain, NamedTable
from gliofront.report.page.methods import bibtex, cohort_methods


def test_the_headline_comes_first_and_says_in_words_whether_there_is_anything():
    html = cohort_html(full())
    order = [
        "No skill over distance: calm.",
        "No coverage gained over the 15 mm margin",
        "Coverage gained over the 20 mm margin",
        "Model and nulls",
        "Leakage laboratory",
        "Failed patients",
    ]
    places = [html.index(sentence) for sentence in order]
    assert places == sorted(places)
    assert html.count(RESEARCH_ONLY) == 2
    assert cohort_html(full()) == html


@pytest.mark.parametrize(
    ("gain", "start"),
    [
        (Gain(15, -0.1, -0.2, -0.05, 4), "Coverage lost over the 15 mm margin"),
        (Gain(15, 0.1, math.nan, math.nan, 1), "Whether coverage is gained"),
    ],
)
def test_losses_and_what_cannot_be_told_are_said(gain, start):
    assert gain.sentence().startswith(start)


def test_an_empty_page_tells_what_is_missing():
    html = cohort_html(CohortPage("nothing"))
    for sentence in (
        "Skill over distance was not judged",
        "was not compared with a margin",
        "The model was not judged.",
        "It was not run.",
        "There are no figures.",
        "No patient is complete.",
        "Nothing is known of how the run was made.",
    ):
        assert sentence in html


def test_pictures_lie_inside_the_page_and_others_are_told():
    html = cohort_html(full())
    assert f"data:image/png;base64,{b64encode(PNG).decode()}" in html
    assert f"data:image/svg+xml;base64,{b64encode(SVG).decode()}" in html
    assert "the file is neither PNG nor SVG" in html


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_shown_as_text(name):
    calm, seen = Seen(cohort_html(full())), Seen(cohort_html(full(name)))
    assert seen.elements == calm.elements
    assert [n for n, _ in seen.attributes] == [n for n, _ in calm.attributes]
    shown = name.replace("\u202e", "\ufffd")
    assert sum(shown in piece for piece in seen.text) >= 15
    (address,) = [value for attribute, value in seen.attributes if attribute == "href"]
    # The name is one part of the path: it cannot lead elsewhere, nor name a scheme.
    assert address.startswith("../")
    assert address.count("/") == 2


def test_long_tables_are_cut_and_say_so():
    rows = [{"n": n} for n in range(MOST_ROWS + 1)]
    html = cohort_html(CohortPage("long", tables=(NamedTable("curves", rows),)))
    assert f"The first {MOST_ROWS} of {MOST_ROWS + 1} rows." in html
    assert f"<td>{MOST_ROWS}</td>" not in html


def test_checklists_are_whole_and_leave_the_rest_to_the_author():
    counts = {"TRIPOD+AI": 52, "CLAIM 2024": 44, "METRICS": 30}
    found = [item.checklist for item in items()]
    assert {name: found.count(name) for name in counts} == counts
    assert len({(item.checklist, item.item) for item in items()}) == len(found)
    rows = filled_rows("TRIPOD+AI", {"sites": "3 sites"})
    told = [row["item"] for row in rows if row["evidence"] != FOR_THE_AUTHOR]
    assert told == ["6a", "12d", "23b"]


def test_the_methods_and_the_references_cite_the_same():
    keys = re.findall(r"@\w+\{([a-z]+)(\d+),", bibtex())
    methods = cohort_methods(["T1C", "p", "q", "rCBV"])
    cited = re.findall(r"([A-Z][a-z]+)(?: et al\.| and [A-Z][a-z]+),? \(?(\d{4})", methods)
    assert {(author.lower(), year) for author, year in cited} == set(keys)
