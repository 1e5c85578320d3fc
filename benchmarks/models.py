"""Every kind of model and every null on virtual patients: held out in turn, and of another site.

    gliofront phantom BIDS --patients 60 --seed 8
    gliofront prepare BIDS OUT --settings coarse.toml      # [grid] spacing_mm = 2.0
    gliofront features OUT
    gliofront phantom RAW --patients 6 --seed 8 --raw      # then prepared alike, into OUT_RAW
    python benchmarks/models.py OUT [--raw OUT_RAW] [--kinds boosted,network] [--write]

Ready maps in place of raw scans, and the simulator's own progression mask, so nothing here depends
on how a follow-up is aligned. Patients of sites A and B teach, in five patient-grouped folds; those
of site C are only tested on, by a model of all A and B. Each kind is kept in CACHE, so that the
script can be stopped.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gliofront.evaluation.calibration_summary import calibration_rows
from gliofront.evaluation.conformal import controlled_share
from gliofront.evaluation.coverage_summary import PROMISES, coverage_rows, curve_of
from gliofront.evaluation.cross_validation import (
    MODEL,
    HeldOutPatient,
    out_of_fold,
    predict_patient,
)
from gliofront.evaluation.leakage import leakage_report
from gliofront.evaluation.leakage_splits import LeakageSettings
from gliofront.evaluation.modality_value import modality_value
from gliofront.evaluation.null_ladder import fit_ladder
from gliofront.evaluation.scores import discrimination
from gliofront.evaluation.settings import EvaluationSettings
from gliofront.evaluation.summary import Summary, summarise
from gliofront.learning.classifiers.kinds import KINDS
from gliofront.learning.settings import LearningSettings
from gliofront.learning.splits import grouped_folds
from gliofront.learning.table import PatientVoxels
from gliofront.learning.training import fit_model
from gliofront.workflow.prepared_features import prepared_patients
from gliofront.workflow.train import voxel_tables
from pages import processor, write_between

EVALUATION = EvaluationSettings()
SCORES = ("auroc", "auprc_over_prevalence", "coverage_15mm", "gain_15mm", "lift", "net_benefit")
SETS = ("held out", "site C")
REPEATS = 100


def split(out: Path) -> tuple[list[PatientVoxels], list[PatientVoxels]]:
    """Return the tables of training and of external patients."""
    tables = {n: t for n, t in voxel_tables(out).items() if (t.label >= 0).any()}
    outside = {p.id for p in prepared_patients(out) if p.partition == "external"}
    train = [table for name, table in tables.items() if name not in outside]
    return train, [table for name, table in tables.items() if name in outside]


def judged(
    train: Sequence[PatientVoxels], outside: Sequence[PatientVoxels], learning: LearningSettings
) -> dict[str, Sequence[HeldOutPatient]]:
    folds = grouped_folds({t.patient: t.progression_ml for t in train}, EVALUATION.folds, 0)
    held = out_of_fold(train, folds, lambda tables: fit_model(tables, learning), learning)
    model, ladder = fit_model(train, learning), fit_ladder(train, learning)
    external = [predict_patient(model, ladder, table, "external") for table in outside]
    return dict(zip(SETS, (held, external), strict=True))


def told(held: Sequence[HeldOutPatient], summary: Summary) -> dict[str, Any]:
    """Return what the tables need, as plain JSON."""
    slope = calibration_rows(held, EVALUATION)[0]
    scores = {
        predictor: {
            name: [found[name].mean, found[name].low, found[name].high, found[name].patients]
            for name in found
        }
        for predictor, found in summary.intervals.items()
    }
    coverage = {
        f"{r['predictor']} {r['margin_mm']:g}": dict(r) for r in coverage_rows(held, EVALUATION)
    }
    places = {h.patient: h.places for h in held if h.places is not None}
    value = modality_value(
        held,
        {n: p.path_mm for n, p in places.items()},
        {n: p.voxel_ml for n, p in places.items()},
        seed=0,
    )
    return {
        "scores": scores,
        "skills": {
            n: [s.interval.mean, s.interval.low, s.interval.high] for n, s in summary.skills.items()
        },
        "calibration": list(calibration_rows(held, EVALUATION)),
        "range": range_thirds(held),
        "slope": [slope["slope"], slope["slope_low"], slope["slope_high"]],
        "error": slope["expected_error"],
        "coverage": coverage,
        "modalities": {
            v.name: [
                [d.interval.mean, d.interval.low, d.interval.high]
                for d in (v.auroc, v.coverage_points)
            ]
            for v in value
        },
        "patients": len(held),
        "promises": kept_promises(held),
        "per_patient": [
            {
                "patient": row["patient"],
                "model": row["model_auroc"],
                "distance": row["distance_auroc"],
                "ml": row["progression_ml"],
            }
            for row in summary.patients
        ],
    }


def range_thirds(held: Sequence[HeldOutPatient]) -> list[list[float]]:
    """Return, of the thirds of voxels by width of range: width, Brier score, AUROC over patients.

    Thirds are taken within each patient, so that patients of many voxels do not fill one.
    """
    found = []
    for third in range(3):
        parts = []
        for one in held:
            assert one.spread is not None
            width = one.spread[:, 1] - one.spread[:, 0]
            rank = width.argsort(kind="stable").argsort(kind="stable")
            mine = rank * 3 // max(1, width.size) == third
            truth, chance = one.progression[mine], one.predictions[MODEL].probability[mine]
            score = discrimination(truth, chance)["auroc"].value
            parts.append([np.mean(width[mine]), np.mean((chance - truth) ** 2), score])
        found.append([float(value) for value in np.nanmean(parts, axis=0)])
    return found


def kept_promises(held: Sequence[HeldOutPatient]) -> dict[str, list[float]]:
    """Return mean coverage in new patients by plans that others promised, over random halves."""
    curves = [c for h in held if (c := curve_of(h, MODEL)) is not None and c.ranks.size]
    found: dict[str, list[float]] = {}
    for promise in PROMISES:
        rng, covered, sizes = np.random.default_rng(0), [], []
        for _ in range(REPEATS):
            order = rng.permutation(len(curves))
            known, new = order[: len(curves) // 2], order[len(curves) // 2 :]
            share = controlled_share([curves[i] for i in known], 1 - promise)
            if math.isinf(share):
                continue
            plans = [curves[i].at(share * curves[i].region_ml).value for i in new]
            covered.append(float(np.mean(plans)))
            sizes.append(share)
        if covered:
            error = float(np.std(covered))
            found[f"{promise:g}"] = [float(np.mean(covered)), error, float(np.mean(sizes))]
    return found


def measured(out: Path, kind: str, learning: LearningSettings, cache: Path) -> dict[str, Any]:
    """Judge one kind, or read what an earlier run found."""
    path = cache / f"{kind}.json"
    if path.exists():
        found: dict[str, Any] = json.loads(path.read_text())
        return found
    train, outside = split(out)
    began = time.process_time()
    held = judged(train, outside, learning.model_copy(update={"kind": kind}))
    found = {name: told(h, summarise(h, EVALUATION)) for name, h in held.items()}
    found["seconds"] = time.process_time() - began
    path.write_text(json.dumps(found, default=float))
    return found


def laboratory(out: Path, kind: str, learning: LearningSettings, cache: Path) -> dict[str, Any]:
    """Judge one kind under leaking splits of the training patients."""
    path = cache / f"leakage-{kind}.json"
    if path.exists():
        found: dict[str, Any] = json.loads(path.read_text())
        return found
    train, _ = split(out)
    report = leakage_report(
        train,
        learning.model_copy(update={"kind": kind}),
        EVALUATION,
        LeakageSettings(voxels_per_patient=1000),
    )
    found = {
        f"{row.split} {row.score}": [row.interval.mean, row.interval.low, row.interval.high]
        for row in report.rows
    }
    gap = report.optimism_gap
    found |= {"gap": [gap.mean, gap.low, gap.high], "verdict": report.verdict}
    found["canary"] = [
        report.canary.auroc.mean,
        report.canary.auroc.low,
        report.canary.auroc.high,
    ]
    path.write_text(json.dumps(found, default=float))
    return found


def interval(values: Sequence[float | None], digits: int = 3) -> str:
    mean, low, high = (math.nan if v is None else v for v in values[:3])
    if math.isnan(mean):
        return "undefined"
    if math.isnan(low):
        return f"{mean:.{digits}f}"
    return f"{mean:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def score_table(found: Mapping[str, Mapping[str, Any]], name: str) -> list[str]:
    """Return one row a model, then one a null, which is the same beside every model."""
    head = ["predictor", "AUROC", "AUPRC / prevalence", "coverage at 15 mm", "gain", "lift"]
    head += ["net benefit"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    rows = {kind: one[name]["scores"]["model"] for kind, one in found.items()}
    first = next(iter(found.values()))[name]["scores"]
    rows |= {null: scores for null, scores in first.items() if null != "model"}
    for predictor, scores in rows.items():
        cells = [interval(scores[s]) if s in scores else "" for s in SCORES]
        lines.append(f"| {predictor} | " + " | ".join(cells) + " |")
    return lines


def skill_table(found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    head = ["model", "patients", "skill AUROC", "skill coverage, share", "calibration slope"]
    head += ["expected error", "against the 15 mm margin", "processor s"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for kind, one in found.items():
        for name in SETS:
            part = one[name]
            beside = part["coverage"].get("model 15", {})
            wins = "/".join(f"{beside.get(k, math.nan):.0f}" for k in ("wins", "ties", "losses"))
            cells = [
                f"{kind}, {name}",
                str(part["patients"]),
                interval(part["skills"]["auroc"]),
                interval(part["skills"]["coverage_15mm"]),
                interval(part["slope"], 2),
                f"{part['error']:.3f}",
                f"{wins} won/tied/lost",
                f"{one['seconds']:.0f}",
            ]
            lines.append("| " + " | ".join(cells) + " |")
    return lines


def every_score(found: Mapping[str, Mapping[str, Any]], name: str) -> list[str]:
    """Return one row a score, a column for each model and then for each null."""
    first = next(iter(found.values()))[name]["scores"]
    columns = {kind: one[name]["scores"]["model"] for kind, one in found.items()}
    columns |= {null: scores for null, scores in first.items() if null != "model"}
    names = list(dict.fromkeys(score for scores in columns.values() for score in scores))
    lines = ["| score | " + " | ".join(columns) + " |", "|" + "---|" * (len(columns) + 1)]
    for score in names:
        cells = [interval(c[score]) if score in c else "" for c in columns.values()]
        lines.append(f"| {score} | " + " | ".join(cells) + " |")
    return lines


def plain_table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return rows as they are, with numbers of three digits."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    for row in rows:
        cells = [_plain(row.get(name, "")) for name in names]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _plain(value: object) -> str:
    if isinstance(value, float):
        return "undefined" if math.isnan(value) else f"{value:.3f}"
    return "" if value is None else str(value)


def every_table(found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return all that was scored, set by set."""
    text = []
    for name in SETS:
        text += [f"## {name.capitalize()}", "", *every_score(found, name), ""]
        text += ["Plans against margins of the same volume:", ""]
        rows = [
            {"kind": kind, **row}
            for kind, one in found.items()
            for row in one[name]["coverage"].values()
            if row["predictor"] == MODEL or kind == next(iter(found))
        ]
        text += [*plain_table(rows), "", "Calibration, overall, by site and by distance:", ""]
        rows = [
            {"kind": kind, **row}
            for kind, one in found.items()
            for row in one[name]["calibration"]
            if row["predictor"] == MODEL or kind == next(iter(found))
        ]
        text += [*plain_table(rows), ""]
    return text


def range_table(found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    head = ["model", "width, low / middle / high third", "Brier score", "AUROC"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for kind, one in found.items():
        thirds = np.array(one[SETS[0]]["range"])
        cells = [" / ".join(f"{value:.3f}" for value in column) for column in thirds.T]
        lines.append(f"| {kind} | " + " | ".join(cells) + " |")
    return lines


def leakage_table(found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    head = ["model", "voxels", "blocks", "patients", "sites", "gap", "accuracy by voxels"]
    head += ["accuracy by patients", "canary"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for kind, one in found.items():
        cells = [interval(one[f"{s} auroc"]) for s in ("voxel", "block", "patient", "site")]
        cells += [interval(one["gap"])]
        cells += [interval(one[f"{s} pooled_accuracy"]) for s in ("voxel", "patient")]
        lines.append(f"| {kind} | " + " | ".join([*cells, interval(one["canary"])]) + " |")
    return lines


def modality_table(found: Mapping[str, Any]) -> list[str]:
    lines = ["| map | AUROC, held out | coverage points, held out | AUROC, site C |"]
    lines.append("|---|---|---|---|")
    for name, (auroc, points) in found["held out"]["modalities"].items():
        outside = found["site C"]["modalities"].get(name, [[math.nan] * 3] * 2)[0]
        cells = [interval(auroc), interval(points, 1), interval(outside)]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def promise_lines(found: Mapping[str, Any]) -> list[str]:
    return [
        f"Promised an expected coverage of {float(promise):.0%} by one half of the patients held "
        f"out, plans of {size:.0%} of the region covered {mean:.1%} in the other half (mean of "
        f"{REPEATS} random halves, standard deviation {error:.1%})."
        for promise, (mean, error, size) in found["held out"]["promises"].items()
    ]


def raw_beside_ready(out: Path, raw: Path, learning: LearningSettings) -> list[str]:
    """Return AUROC in the same patients from raw signals and from ready maps, by one model.

    The model learns from the other training patients; the columns that both kinds have are used.
    """
    from_raw = {t.patient: t for t in voxel_tables(raw).values() if (t.label >= 0).any()}
    ready = [t for t in voxel_tables(out).values() if (t.label >= 0).any()]
    names = [n for n in ready[0].names if n in next(iter(from_raw.values())).names]
    train = [_columns(t, names) for t in split(out)[0] if t.patient not in from_raw]
    model, ladder = fit_model(train, learning), fit_ladder(train, learning)
    lines = ["| patient | model, raw | model, ready | distance, raw | distance, ready |"]
    lines.append("|---|---|---|---|---|")
    means = []
    for table in (t for t in ready if t.patient in from_raw):
        cells = []
        for predictor in ("model", "distance"):
            for one in (from_raw[table.patient], table):
                held = predict_patient(model, ladder, _columns(one, names), "raw")
                chance = held.predictions[predictor].probability
                cells.append(discrimination(held.progression, chance)["auroc"].value)
        means.append(cells)
        lines.append(f"| {table.patient} | " + " | ".join(f"{c:.3f}" for c in cells) + " |")
    whole = np.nanmean(means, axis=0)
    return [*lines, "| mean | " + " | ".join(f"{c:.3f}" for c in whole) + " |"]


def _columns(table: PatientVoxels, names: Sequence[str]) -> PatientVoxels:
    places = [table.names.index(name) for name in names]
    return replace(table, names=tuple(names), features=np.asarray(table.features[:, places]))


def worst(found: Mapping[str, Any]) -> str:
    """Say in which patients a model falls farthest behind the distance."""
    rows = [
        (row["model"] - row["distance"], row)
        for name in SETS
        for row in found[name]["per_patient"]
        if row["model"] is not None and np.isfinite(row["model"])
    ]
    rows.sort(key=lambda pair: pair[0])
    said = [f"{row['patient']} ({gap:+.3f}, {row['ml']:.1f} mL)" for gap, row in rows[:4]]
    return "Farthest behind the distance: " + ", ".join(said) + "."


def offered() -> list[str]:
    """Return the kinds that can be fitted here: the U-Net needs the extra deep."""
    deep = importlib.util.find_spec("torch") is not None
    return [kind for kind in KINDS if deep or kind != "unet"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--kinds", default=",".join(offered()), help="unet if torch is installed")
    parser.add_argument("--laboratory", default="boosted,network")
    parser.add_argument("--voxels", type=int, default=1000, help="a training patient")
    parser.add_argument("--trees", type=int, default=100)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--raw", type=Path, help="the same patients from raw signals")
    parser.add_argument("--write", action="store_true", help="write docs/validation.md")
    chosen = parser.parse_args()
    cache = chosen.cache or chosen.out / "benchmark"
    cache.mkdir(exist_ok=True)
    learning = LearningSettings(voxels_per_patient=chosen.voxels, trees=chosen.trees)
    found = {}
    for kind in filter(None, chosen.kinds.split(",")):
        found[kind] = measured(chosen.out, kind, learning, cache)
        print(kind, found[kind]["held out"]["skills"]["auroc"], flush=True)
    leaked = {}
    for kind in filter(None, chosen.laboratory.split(",")):
        leaked[kind] = laboratory(chosen.out, kind, learning, cache)
        print("laboratory", kind, leaked[kind]["verdict"], flush=True)
    text = [
        f"{processor()}; {chosen.voxels} voxels a training patient, {chosen.trees} trees, seed 0.",
        "",
        "Held out in turn, sites A and B:",
        "",
        *score_table(found, SETS[0]),
        "",
        "Site C, never seen:",
        "",
        *score_table(found, SETS[1]),
        "",
        *skill_table(found),
        "",
        *(f"{kind}: {worst(one)}" for kind, one in list(found.items())[:1]),
        "",
        *promise_lines(next(iter(found.values()))),
        "",
        "The same classifier under leaking splits (AUROC within patients):",
        "",
        *leakage_table(leaked),
        "",
        "What each map is worth to the first model (with all maps, minus without it):",
        "",
        *modality_table(next(iter(found.values()))),
    ]
    text += ["", "Thirds of each patient's voxels by the width of their range, held out:", ""]
    text += range_table(found)
    print("\n".join(text))
    if chosen.raw:
        beside = "\n".join(raw_beside_ready(chosen.out, chosen.raw, learning))
        print(beside)
        if chosen.write:
            write_between("validation.md", "raw", beside)
    if chosen.write:
        write_between("validation.md", "models", "\n".join(text))
        write_between("scores-of-models.md", "every", "\n".join(every_table(found)))


if __name__ == "__main__":
    main()
