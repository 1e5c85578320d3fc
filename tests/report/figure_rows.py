"""Rows as the tables of a study hold them, made from a seed, with what is odd among them."""

from __future__ import annotations

import math

import numpy as np

from gliofront.evaluation.summary import SKILL_SCORES
from gliofront.radiomics.names import FEATURES

MAPS = ("ADC", "FA", "FLAIR", "p", "q", "rCBV", "T1C")
RINGS = tuple(f"non-progression {near}-{near + 5} mm" for near in (0, 5, 10, 15))
REGIONS = ("progression", *RINGS, "enhancing", "NAWM")
PREDICTORS = ("model", "distance", "prevalence", "margin_15mm", "oedema", "growth", "map_ADC")
HOSTILE = "$\\frac{<script>& $x"


def region_rows(patients=8, maps=MAPS):
    """Patients differ, regions follow each other, and some means are unknown."""
    rng = np.random.default_rng(0)
    rows = []
    for number in range(patients):
        own = rng.normal()
        for name in maps:
            scale, unit = (1e-4, "mm2/s") if name in ("ADC", "p", "q") else (1.0, "NAWM z")
            for place, region in enumerate(REGIONS):
                mean = scale * (8 + own + 0.4 * place + 0.3 * rng.normal())
                unknown = number == 1 and region in ("progression", "enhancing")
                rows.append(
                    {
                        "patient": f"p{number}",
                        "map": name,
                        "unit": unit,
                        "region": region,
                        "mean": math.nan if unknown else mean,
                    }
                )
    return rows


def region_test_rows(maps=MAPS):
    """Progression differs from the rings, the farther the surer, and from nothing else."""
    rates = dict(zip(RINGS, (0.3, 0.04, 0.009, 0.0004), strict=True)) | {"enhancing": math.nan}
    return [
        {"map": name, "first": "progression", "second": region, "q": rate}
        for name in maps
        for region, rate in rates.items()
    ]


def feature_rows(maps=MAPS):
    """Every feature of every map; one is undefined, one wild."""
    rng = np.random.default_rng(1)
    rows = []
    for name in maps:
        for feature in FEATURES:
            value, paired = rng.normal(0, 0.5), rng.random() < 0.6
            value = value if paired else float(np.tanh(value))
            p = math.exp(-8 * abs(value))
            rows.append(
                {
                    "feature": f"{name}_{feature}",
                    "patients": 8,
                    "p": p,
                    "q": min(1.0, 4 * p),
                    "effect": "paired d" if paired else "matched rank-biserial",
                    "effect_value": value,
                    "effect_low": value - 0.3,
                    "effect_high": value + 0.3,
                }
            )
    rows[0] |= {"effect_value": math.nan, "effect_low": math.nan, "p": math.nan, "q": math.nan}
    rows[1] |= {"effect_value": 30.0, "effect_low": 10.0, "effect_high": 50.0}
    return rows


def score_rows(patients=8):
    """AUROC, coverage and the scores of Table 2; prevalence has no coverage and no PPV."""
    rows = []
    for place, predictor in enumerate(PREDICTORS):
        scores = {"auroc": 0.8 - 0.05 * place, "coverage_15mm": 0.85 - 0.04 * place}
        scores |= {"sensitivity": 0.4, "specificity": 0.97, "ppv": 0.25, "npv": 0.95}
        scores |= {"accuracy": 0.92}
        if predictor == "prevalence":
            scores |= {"coverage_15mm": math.nan, "ppv": math.nan}
        for score, mean in scores.items():
            ends = {"low": mean - 0.05, "high": mean + 0.05, "pooled": mean}
            there = 0 if math.isnan(mean) else patients
            row = {"predictor": predictor, "score": score, "mean": mean, "patients": there}
            rows.append(row | ends)
    return rows


def patient_rows(patients=8):
    """The model beats the distance in most; one patient has no progression."""
    rows = []
    for number in range(patients):
        gain = 0.02 * (number - 2) if number else math.nan
        row: dict[str, object] = {"patient": f"p{number}"}
        for score in SKILL_SCORES:
            row |= {f"model_{score}": 0.7 + gain, f"distance_{score}": 0.7}
        rows.append(row)
    return rows


def skill_tree():
    """What skill.json says: coverage is told of one patient, so its interval is null."""
    told = {"Mean": 0.04, "Low": 0.01, "High": 0.07, "Patients": 7}
    skills = dict.fromkeys(SKILL_SCORES, told)
    skills["coverage_15mm"] = {"Mean": 0.04, "Low": None, "High": None, "Patients": 1}
    return {"Headline": "Skill over distance: AUROC +0.040.", "SkillOverDistance": skills}


def coverage_rows():
    """Coverage of a model, the distance and one map; the interval of the distance is unknown."""
    rows = []
    for predictor, speed in (("model", 40.0), ("distance", 55.0), ("map_ADC", 70.0)):
        for volume in range(0, 300, 10):
            share = 1 - math.exp(-volume / speed)
            low, high = (share - 0.05, share + 0.05) if predictor == "model" else (math.nan,) * 2
            row = {"predictor": predictor, "volume_ml": volume, "coverage": share}
            rows.append(row | {"low": low, "high": high, "patients": 7})
    return rows


def margin_rows():
    """The model's plans beside both margins."""
    gains = {15: (0.82, 0.03), 20: (0.99, 0.0)}
    rows = []
    for margin, (reached, gain) in gains.items():
        row = {"predictor": "model", "margin_mm": margin, "margin": reached, "gain": gain}
        rows.append(row | {"gain_low": gain - 0.02, "gain_high": gain + 0.02})
    return rows


def reliability_rows():
    """The model is too sure, the distance right."""
    return [
        {"predictor": predictor, "predicted": chance, "observed": slope * chance}
        for predictor, slope in (("model", 0.7), ("distance", 1.0))
        for chance in (0.02, 0.05, 0.1, 0.2)
    ]


def calibration_rows():
    """Slopes of all voxels, and of a site that no figure shows."""
    row = {"predictor": "model", "slope": 0.7, "slope_low": 0.5, "slope_high": 0.9, "patients": 8}
    return [row | {"by": "all"}, row | {"by": "site"}]


def decision_rows():
    """Net benefit that falls with the harm."""
    rows = []
    for predictor, best in (("model", 0.06), ("distance", 0.05)):
        for harm in (0.01, 0.03, 0.1, 0.3, 1.0):
            found = best / (1 + 10 * harm)
            row = {"predictor": predictor, "harm_ratio": harm, "net_benefit": found}
            row |= {"low": found - 0.01, "high": found + 0.01, "patients": 8}
            rows.append(row | {"treat_all": 0.06 - harm})
    return rows


def roc_rows():
    """Sensitivity at false positive rates."""
    return [
        {"predictor": name, "false_positive_rate": rate, "sensitivity": rate**power, "patients": 7}
        for name, power in (("model", 0.3), ("distance", 0.5))
        for rate in np.linspace(0, 1, 11).tolist()
    ]


def precision_rows():
    """Precision at recalls, above a prevalence of 6 %."""
    return [
        {"predictor": name, "recall": recall, "precision": top - 0.2 * recall, "prevalence": 0.06}
        for name, top in (("model", 0.4), ("distance", 0.3))
        for recall in np.linspace(0.1, 1, 10).tolist()
    ]


def leakage_rows():
    """Four splits, the site split undefined."""
    found = {"voxel": 0.93, "block": 0.9, "patient": 0.75, "site": math.nan}
    return [
        {"split": s, "score": "auroc", "mean": m, "low": m - 0.04, "high": m + 0.03, "patients": 7}
        for s, m in found.items()
    ]


def leakage_tree():
    """What leakage.json says."""
    return {
        "Verdict": "Voxel splits flatter this model.",
        "OptimismGap": {"mean": 0.18, "low": 0.15, "high": 0.22, "patients": 7},
        "PermutationCanary": {"mean": 0.5, "low": 0.48, "high": 0.52, "patients": 7},
    }


def modality_rows():
    """ADC adds most, FLAIR nothing."""
    values = {"FLAIR": 0.0, "ADC": 0.03, "rCBV": 0.01}
    return [
        {"map": name, "score": score, "mean": times * value, "low": times * (value - 0.01)}
        | {"high": times * (value + 0.01), "patients": 7}
        for name, value in values.items()
        for score, times in (("auroc", 1), ("coverage_points", 100))
    ]
