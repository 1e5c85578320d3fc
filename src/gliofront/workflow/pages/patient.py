"""The page of a patient from the output folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gliofront.cohort.bids import beside
from gliofront.cohort.sequences import REFERENCE
from gliofront.image.reading import read_volume
from gliofront.image.volume import Volume
from gliofront.learning.table_files import read_table
from gliofront.report.page.html import Rows
from gliofront.report.page.methods import patient_methods
from gliofront.report.page.patient_page import PatientPage, Pattern, Region
from gliofront.workflow.derivatives import probability_path, table_index
from gliofront.workflow.made_maps import read_sidecar
from gliofront.workflow.pages.plans import Plans, plans_of
from gliofront.workflow.prepared_files import load_map, prepared_paths, read_summary
from gliofront.workflow.view import PatientView, saved_view

SHOWN_MAPS = ("T1C", "FLAIR", "ADC", "rCBV")
MODEL_CARD = "MODEL_CARD.md"
_TUMOUR, _SHELL, _MARGIN, _PLAN, _PROGRESSION = (
    "#00e5ff",
    "#ffffff",
    "#ffab40",
    "#ff80ab",
    "#39ff14",
)


def patient_page(out: Path, patient: str, model: str, findings: Rows) -> PatientPage:
    """Gather what the page of a prepared patient shows.

    Parameters
    ----------
    out : output folder.
    patient : id, without ``sub-``.
    model : name of the model whose map is shown, if there is one.
    findings : of this patient.

    Raises
    ------
    InputRefused
        If a file is absent or damaged.
    """
    said, view = read_summary(out, patient), saved_view(out, patient)
    probability, facts = _map(out, patient, model)
    plans = _plans(out, patient, probability, view)
    return PatientPage(
        title=f"sub-{patient}: where progression is expected",
        brain=view.masks["brain"],
        underlays=_underlays(out, patient, view),
        probability=probability,
        regions=_regions(view, plans),
        origin=_origin(facts, view),
        volumes_ml=said.VolumesMl,
        coverage=plans.coverage if plans is not None and "progression" in view.masks else (),
        findings=findings,
        missing=view.missing,
        novelty=_novelty(facts),
        sources=view.sources,
        model_card=_card(out, model),
        methods=patient_methods(said.Maps, mapped=probability is not None),
    )


def _underlays(out: Path, patient: str, view: PatientView) -> tuple[Volume, ...]:
    paths = prepared_paths(out, patient, read_summary(out, patient))
    others = [name for name in SHOWN_MAPS if name != REFERENCE and f"map {name}" in paths]
    return (view.t1c, *(load_map(paths[f"map {name}"], name) for name in others))


def _map(out: Path, patient: str, model: str) -> tuple[Volume | None, Mapping[str, Any]]:
    """Return a model's map with its sidecar; None and nothing if it was not made."""
    path = probability_path(out, patient, model, space="T1C")
    if not path.exists():
        return None, {}
    # Outside the peritumoural region it is undefined by intention.
    volume, _ = read_volume(path, "progression probability", "probability", max_undefined=1.0)
    return volume, read_sidecar(beside(path, ".json"))


def _plans(out: Path, patient: str, probability: Volume | None, view: PatientView) -> Plans | None:
    index = table_index(out, patient)
    return plans_of(read_table(index), probability, view.grid.shape) if index.exists() else None


def _regions(view: PatientView, plans: Plans | None) -> tuple[Region, ...]:
    tumour = view.masks["enhancing"]
    regions = [Region("enhancing tumour with necrosis", tumour, _TUMOUR, width=3.0)]
    for value, name in view.shells.names.items():
        # Beyond the brain a shell is distance only, and its line would cross the skull.
        inside = (view.shells.data > 0) & (view.shells.data <= value) & view.masks["brain"]
        outer = name.partition("-")[2] or name
        shell = Region(f"shell to {outer}", inside | tumour, _SHELL, Pattern.DOTTED, 1.0)
        regions.append(shell)
    if plans is not None:
        regions += _planned(plans, view)
    if "progression" in view.masks:
        mask = view.masks["progression"]
        regions.append(Region("known progression", mask, _PROGRESSION, width=2.0))
    return tuple(regions)


def _planned(plans: Plans, view: PatientView) -> list[Region]:
    tumour = view.masks["enhancing"]
    found = [
        Region(f"{mm:g} mm margin {plans.way}", mask | tumour, _MARGIN, Pattern.DASHED, 1.5)
        for mm, mask in plans.margins.items()
    ]
    if plans.model is not None:
        found.append(Region(plans.model_name, plans.model, _PLAN, Pattern.DASHED, 2.5))
    return found


def _origin(facts: Mapping[str, Any], view: PatientView) -> str:
    tumour = f"tumour: {view.outline}"
    if not facts:
        return f"none was made; {tumour}"
    width = facts.get("RangeOfInnerFolds", {}).get("MedianWidth")
    parted = f"; models of its inner folds part by {width:.3f} (median voxel)" if width else ""
    return f"model {facts.get('Model')}, {facts.get('Prediction')}{parted}; {tumour}"


def _novelty(facts: Mapping[str, Any]) -> str | None:
    told = facts.get("Novelty")
    if isinstance(told, Mapping):
        return "; ".join(f"{name}: {value}" for name, value in told.items())
    return None if told is None else str(told)


def _card(out: Path, model: str) -> tuple[str, ...]:
    there = (out / "models" / model / MODEL_CARD).exists()
    return ("..", "models", model, MODEL_CARD) if there else ()
