"""A page of a cohort that has everything."""

from __future__ import annotations

from gliofront.report.page.cohort_page import (
    CohortPage,
    FailedPatient,
    Gain,
    ListedPatient,
    NamedTable,
    Picture,
)

PNG = b"\x89PNG\r\n\x1a\n rest"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


def full(name: str = "calm") -> CohortPage:
    """Return a page on which a name stands wherever a name can come from outside."""
    return CohortPage(
        title=name,
        headline=f"No skill over distance: {name}.",
        gains=(Gain(15, 0.02, -0.01, 0.05, 9), Gain(20, 0.02, 0.01, 0.05, 9)),
        ladder=({"predictor": name, "auroc": "0.7"},),
        leakage=({"split": name, "auroc": 0.99},),
        figures=(Picture(PNG, name), Picture(SVG, name), Picture(b"GIF89a", name)),
        tables=(NamedTable(name, [{name: name}]),),
        patients=(
            ListedPatient(name, ("..", name, "report.html"), PNG, (name,), {name: 1.5}),
            ListedPatient("sub-2", facts={"site": "B"}),
        ),
        failed=(FailedPatient(name, name, name),),
        evidence={"sites": name},
        methods=name,
        manifest={name: name},
    )
