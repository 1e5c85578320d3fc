"""The leakage laboratory: what the same classifier seems to be worth under each split."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure

from gliofront.evaluation.leakage_splits import BLOCK, PATIENT, SITE, VOXEL
from gliofront.report.figures.cells import Rows, branch, label, patients_told
from gliofront.report.figures.estimates import (
    ROW_MM,
    Estimate,
    draw_estimates,
    estimate_of,
    name_rows,
    undefined_note,
)
from gliofront.report.figures.sheet import framed, lone_sentence, sheet
from gliofront.report.figures.style import house_style

_TITLE = "The same classifier under four splits, and what the voxel split flatters it by"
_SPLITS = {
    VOXEL: "random voxels (as in the paper)",
    BLOCK: "cubes of tissue",
    PATIENT: "patients",
    SITE: "sites",
}


@house_style()
def draw_leakage(scores: Rows, verdict: Mapping[str, object]) -> Figure:
    """Draw AUROC under every split, with permuted labels, and the gap between voxels and patients.

    Parameters
    ----------
    scores : ``group/leakage.tsv``.
    verdict : ``group/leakage.json``; without it neither canary nor gap is drawn.
    """
    found = {str(row.get("split")): row for row in scores if row.get("score") == "auroc"}
    if not found:
        return lone_sentence(_TITLE, "No split was scored.")
    canary = branch(verdict, "PermutationCanary")
    shown = [
        *(estimate_of(found.get(s, {}), n, strong=s == PATIENT) for s, n in _SPLITS.items()),
        *([estimate_of(canary, "patients, labels permuted")] if canary else []),
    ]
    gap = estimate_of(branch(verdict, "OptimismGap"), "voxels minus patients", strong=True)
    figure = sheet(22.0 + ROW_MM * len(shown))
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    draw_estimates(left, shown, reference=0.5)
    draw_estimates(right, [gap], reference=0.0)
    name_rows(left, shown)
    name_rows(right, [gap])
    left.set_xlabel("AUROC within a patient; dotted: chance")
    right.set_xlabel("optimism gap in AUROC;\ndotted: none")
    notes = (
        label(verdict.get("Verdict", ""), 400),
        "Mean over patients with its 95 % interval. Only splits between patients or sites tell "
        "what a new patient may expect.",
        undefined_note("AUROC", shown),
    )
    return framed(figure, _TITLE, patients_told(_counts([*shown, gap])), notes)


def _counts(shown: list[Estimate]) -> list[float]:
    return [one.patients for one in shown if one.defined]
