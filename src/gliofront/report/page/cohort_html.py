"""The page of a cohort as HTML."""

from __future__ import annotations

from collections.abc import Mapping

from gliofront.report.page.checklist import filled_rows, items
from gliofront.report.page.cohort_page import CohortPage, ListedPatient, Picture
from gliofront.report.page.document import COHORT_SCRIPTS, document
from gliofront.report.page.html import (
    Html,
    Rows,
    folded,
    image,
    joined,
    link,
    pairs,
    paragraph,
    section,
    short,
    table,
    table_of,
    text,
)
from gliofront.report.page.methods import bibtex

MOST_ROWS = 200
_CHECKLISTS_ARE = (
    "The items are told in short words of ours; the published lists count. A run knows only part "
    "of the answers, and even those want reading."
)


def cohort_html(page: CohortPage) -> str:
    """Return the page of a cohort: one file, which asks no host for anything.

    Parameters
    ----------
    page : what it shows; a part that is missing is told in a sentence.

    Returns
    -------
    HTML; the same page gives the same text.
    """
    body = joined(
        [
            *_headline(page),
            section("Model and nulls", _rows(page.ladder, "The model was not judged.")),
            section("Figures", *_figures(page.figures)),
            section("Leakage laboratory", _rows(page.leakage, "It was not run.")),
            section("Patients", _patients(page.patients)),
            section("Failed patients", _failed(page)),
            *(folded(t.name, _rows(t.rows, "The table is empty.")) for t in page.tables),
            folded("Reporting checklists", paragraph(_CHECKLISTS_ARE), *_checklists(page.evidence)),
            section("Methods", *_methods(page.methods)),
            folded("Run", _manifest(page.manifest)),
        ]
    )
    return document(page.title, body, COHORT_SCRIPTS)


def _headline(page: CohortPage) -> list[Html]:
    skill = page.headline or "Skill over distance was not judged: no scores are in this folder."
    gains = [gain.sentence() for gain in page.gains] or [
        "Coverage at equal volume was not compared with a margin."
    ]
    return [paragraph(sentence, "headline") for sentence in (skill, *gains)]


def _rows(rows: Rows, otherwise: str) -> Html:
    if not rows:
        return paragraph(otherwise)
    shown = table(rows[:MOST_ROWS], sortable=True)
    if len(rows) <= MOST_ROWS:
        return shown
    return joined([shown, paragraph(f"The first {MOST_ROWS} of {len(rows)} rows.")])


def _figures(figures: tuple[Picture, ...]) -> list[Html]:
    if not figures:
        return [paragraph("There are no figures.")]
    shown = [
        Html(
            f"<figure>{image(figure.data, figure.caption)}"
            f"<figcaption>{text(figure.caption)}</figcaption></figure>"
        )
        for figure in figures
    ]
    return [Html(f'<div class="figures">{joined(shown)}</div>')]


def _patients(patients: tuple[ListedPatient, ...]) -> Html:
    if not patients:
        return paragraph("No patient is complete.")
    facts = list(dict.fromkeys(name for patient in patients for name in patient.facts))
    columns = [text(name) for name in ("patient", "picture", "flags", *facts)]
    return table_of(columns, [_patient_row(one, facts) for one in patients], sortable=True)


def _patient_row(patient: ListedPatient, facts: list[str]) -> list[Html]:
    picture = image(patient.thumbnail, f"planes of {patient.id}") if patient.thumbnail else text("")
    return [
        link(patient.page, patient.id) if patient.page else text(patient.id),
        picture,
        text("; ".join(patient.flags)),
        *(text(short(patient.facts.get(name))) for name in facts),
    ]


def _failed(page: CohortPage) -> Html:
    if not page.failed:
        return paragraph("None.")
    return table(
        [{"patient": f.id, "reason": f.reason, "to mend": f.mend} for f in page.failed],
        sortable=True,
    )


def _checklists(evidence: Mapping[str, str]) -> list[Html]:
    names = dict.fromkeys(item.checklist for item in items())
    return [table(filled_rows(name, evidence), name) for name in names]


def _methods(methods: str) -> list[Html]:
    shown = [paragraph(methods)] if methods else []
    return [*shown, Html(f"<pre>{text(bibtex())}</pre>")]


def _manifest(manifest: Mapping[str, object]) -> Html:
    if not manifest:
        return paragraph("Nothing is known of how the run was made.")
    return pairs(manifest, "what", "value")
