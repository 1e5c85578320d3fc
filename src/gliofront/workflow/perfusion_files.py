"""The step from a bolus series to maps of blood volume and flow."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gliofront.cohort.bids import session_folder, stem
from gliofront.cohort.patient import Patient
from gliofront.cohort.raw_scans import PERFUSION
from gliofront.image.orientation import canonical
from gliofront.image.writing import write_bytes
from gliofront.maps.perfusion.estimate import perfusion_maps
from gliofront.maps.perfusion.maps import PerfusionMaps
from gliofront.report.map_sheet import Row, draw_sheet
from gliofront.workflow.derivatives import SESSION, Provenance, save_volume, with_sidecars
from gliofront.workflow.intake import sha256_of
from gliofront.workflow.job import Made
from gliofront.workflow.made_maps import defined, save_made_maps
from gliofront.workflow.raw_reading import read_perfusion
from gliofront.workflow.settings import StudySettings

METHOD = "dR2* of the bolus, corrected for leakage, integrated over its first pass."
REFERENCES = (
    "Boxerman, Schmainda and Weisskoff, AJNR 27:859-867, 2006",
    "Leu et al., J Magn Reson Imaging 44:1290-1301, 2016",
    "Wu et al., Magn Reson Med 50:164-174, 2003",
)

_COLOURS = {"baseline": "gray", "leakage K2": "coolwarm"}

# Field of the maps to the end of the file's name, of what is written beside the blood volume.
_BESIDE = {
    "cbv_uncorrected": "desc-uncorrected_cbv",
    "cbf": "cbf",
    "mtt": "mtt",
    "tmax": "tmax",
    "k1": "param-K1_dscmap",
    "k2": "param-K2_dscmap",
    "recovery": "param-PSR_dscmap",
    "peak_height": "param-peakheight_dscmap",
}


def perfusion_files(
    *, out: Path, patient: Patient, settings: StudySettings, used: Mapping[str, Any]
) -> Made:
    """Write the perfusion maps of a patient, and the image that is aligned for them."""
    scan = patient.preop.raw[PERFUSION]
    raw = read_perfusion(scan, settings)
    maps = perfusion_maps(raw.series, None, raw.te_ms, raw.tr_s, settings.perfusion)
    facts = {
        "Method": METHOD,
        "References": list(REFERENCES),
        "EchoTime": raw.te_ms / 1000,
        "RepetitionTime": raw.tr_s,
        "Quality": defined(maps.quality),
    }
    sources = {path.name: sha256_of(path) for path in sorted(scan.files.values())}
    provenance = Provenance(sources, used, PERFUSION, facts)
    written = save_made_maps(out, patient, PERFUSION, {"rCBV": maps.cbv}, maps.baseline, provenance)
    folder = session_folder(out, patient.id, SESSION, "perf")
    for field, end in _BESIDE.items():
        if (volume := getattr(maps, field)) is not None:
            path = folder / f"{stem(patient.id, SESSION, end)}.nii.gz"
            written.append(save_volume(path, volume, provenance))
    picture = folder / f"{stem(patient.id, SESSION, 'desc-maps_dsc')}.png"
    write_bytes(picture, _picture(maps, f"sub-{patient.id}: perfusion"))
    return Made((*with_sidecars(written), picture), (*raw.findings, *maps.findings))


def _picture(maps: PerfusionMaps, title: str) -> bytes:
    """Draw the baseline, blood volume with and without correction, flow, transit and leakage."""
    shown = {
        "baseline": maps.baseline,
        "CBV": maps.cbv,
        "uncorrected": maps.cbv_uncorrected,
        "CBF": maps.cbf,
        "MTT": maps.mtt,
        "leakage K2": maps.k2,
    }
    rows = [
        Row(name, volume.unit, canonical(volume).data, colours=_COLOURS.get(name, "inferno"))
        for name, volume in shown.items()
        if volume is not None
    ]
    brain = canonical(maps.baseline.with_data(maps.brain))
    return draw_sheet(rows, np.asarray(brain.data > 0), brain.grid, title)
