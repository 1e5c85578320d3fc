"""The card of a model, for people: what it learned from, what it is worth, what it is not for."""

from __future__ import annotations

from gliofront import RESEARCH_ONLY
from gliofront.evaluation.cross_validation import PREDICTORS
from gliofront.evaluation.summary import Summary
from gliofront.learning.model import Model

_SHOWN = ("auroc", "auprc", "auprc_over_prevalence", "lift")


def _score_line(summary: Summary, name: str) -> str:
    cells = [str(summary.intervals[predictor][name]) for predictor in PREDICTORS]
    return f"| {name} | " + " | ".join(cells) + " |"


def model_card(model: Model, summary: Summary, name: str) -> str:
    """Return the card as Markdown; the first line of its results is the skill over distance."""
    training = model.training
    lines = [
        f"# Model {name}",
        "",
        f"**{RESEARCH_ONLY}**",
        "",
        "Probability that a peritumoural voxel of the pre-operative MRI enhances at first",
        "progression.",
        "",
        "## What it is worth",
        "",
        f"{summary.headline}",
        "",
        "Mean over patients that the model never saw, with the 95 % interval of a bootstrap over",
        "patients; beside it two predictors that see no image.",
        "",
        "| score | model | distance alone | prevalence alone |",
        "|---|---|---|---|",
        *(_score_line(summary, score) for score in _SHOWN),
        "",
        "## What it learned from",
        "",
        f"- {training.patients} patients ({training.with_progression} with progression in the "
        f"region), sites {', '.join(training.sites)}, {training.voxels} sampled voxels.",
        f"- Maps: {', '.join(model.maps)}. It can do without: "
        f"{', '.join(model.absent_ok) or 'none'}.",
        f"- Prevalence of progression in training: {model.prevalence:.4f}; a voxel is called "
        f"progression from {model.threshold:.4f} on.",
        "",
        "## Limits",
        "",
        "- It knows the scanners, the surgery and the treatment of its training patients only.",
        "- Virtual patients teach it the simulator, not the disease: a model of `gliofront demo`",
        "  shows how the software works, and nothing about a real patient.",
        "",
    ]
    return "\n".join(lines)
