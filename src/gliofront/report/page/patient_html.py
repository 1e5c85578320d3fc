"""The page of a patient as HTML."""

from __future__ import annotations

from gliofront.report.page.document import PATIENT_SCRIPTS, document, filled
from gliofront.report.page.html import Html, joined, link, pairs, paragraph, section, table, text
from gliofront.report.page.patient_page import PatientPage
from gliofront.report.page.viewer_blocks import viewer_blocks
from gliofront.report.preview import PLANES, Plane

CONVENTION = (
    "Radiological convention: in the axial and coronal planes the patient's right (R) is on the "
    "left of the picture, as seen from the feet and from the front. In the sagittal plane the "
    "front (A) is on the left."
)
_SIDES = {"R": "right", "L": "left", "A": "front", "P": "back", "S": "top", "I": "bottom"}


def patient_html(page: PatientPage) -> str:
    """Return the page of a patient: one file, which asks no host for anything.

    Parameters
    ----------
    page : what it shows.

    Returns
    -------
    HTML; the same page gives the same text.
    """
    body = joined([_looking(page), *_tables(page)])
    return document(page.title, body, PATIENT_SCRIPTS, viewer_blocks(page))


def _looking(page: PatientPage) -> Html:
    planes = joined([_canvas(plane) for plane in PLANES], "")
    viewer = filled("viewer.html", planes=planes, convention=text(CONVENTION))
    origin = [paragraph(f"Map: {page.origin}.")] if page.origin else []
    return joined([*origin, viewer])


def _canvas(plane: Plane) -> Html:
    left, right, top, bottom = (_SIDES[letter] for letter in plane.letters)
    said = (
        f"{plane.name} plane; picture left is the patient's {left}, picture right {right}, "
        f"picture top {top}, picture bottom {bottom}"
    )
    return Html(
        f'<figure><canvas id="plane-{plane.name}" tabindex="0" role="application" '
        f'aria-label="{said}"></canvas>'
        f'<figcaption id="place-{plane.name}"></figcaption></figure>'
    )


def _tables(page: PatientPage) -> list[Html]:
    return [
        section("Volumes", _or_none(pairs(page.volumes_ml, "region", "mL"), page.volumes_ml)),
        section(
            "Coverage: share of the known progression inside a plan",
            _or_none(
                table(page.coverage),
                page.coverage,
                "Not told: it takes a map of the patient and a known progression.",
            ),
        ),
        section("Findings", _or_none(table(page.findings), page.findings)),
        section("Missing maps", paragraph(", ".join(page.missing) or "None.")),
        section(
            "Distance from the training cohort",
            paragraph(page.novelty or "Not computed for this patient."),
        ),
        section("Model", _card(page)),
        section(
            "Sources (SHA-256)", _or_none(pairs(page.sources, "file", "SHA-256"), page.sources)
        ),
        *([section("Methods", paragraph(page.methods))] if page.methods else []),
    ]


def _or_none(shown: Html, content: object, otherwise: str = "None.") -> Html:
    return shown if content else paragraph(otherwise)


def _card(page: PatientPage) -> Html:
    if not page.model_card:
        return paragraph("The model's card lies in the model's folder, not beside this page.")
    return Html(f"<p>{link(page.model_card, 'Model card')}: what it learned from, its limits.</p>")
