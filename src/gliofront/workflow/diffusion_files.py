"""The step from raw diffusion to ADC, FA, p and q on the grid of the scan."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gliofront.cohort.bids import session_folder, stem
from gliofront.cohort.patient import Patient
from gliofront.cohort.raw_scans import DIFFUSION
from gliofront.image.orientation import canonical
from gliofront.image.volume import BoolArray, Volume
from gliofront.image.writing import write_bytes
from gliofront.maps.diffusion.estimate import diffusion_maps
from gliofront.maps.diffusion.maps import DiffusionMaps
from gliofront.report.map_sheet import Row, draw_sheet
from gliofront.workflow.anatomy_on_raw import anatomy_files, anatomy_on
from gliofront.workflow.derivatives import SESSION, Provenance, with_sidecars
from gliofront.workflow.intake import sha256_of
from gliofront.workflow.job import Made
from gliofront.workflow.made_maps import defined, save_made_maps
from gliofront.workflow.raw_reading import RawDiffusion, read_diffusion
from gliofront.workflow.settings import StudySettings

METHOD = {
    "wls": "Diffusion tensor by weighted least squares (dipy), after correction of motion, eddy "
    "currents and EPI distortion.",
    "restore": "Diffusion tensor by RESTORE (dipy), after correction of motion, eddy currents and "
    "EPI distortion.",
}
REFERENCES = (
    "Basser, Mattiello and LeBihan, Biophys J 66:259-267, 1994",
    "Chung, Lu and Henry, NeuroImage 33:531-541, 2006 (weighted least squares)",
    "Pena et al., Br J Radiol 79:101-109, 2006 (p and q)",
    "Leemans and Jones, Magn Reson Med 61:1336-1349, 2009 (turned gradients)",
)


def diffusion_files(
    *, out: Path, patient: Patient, settings: StudySettings, used: Mapping[str, Any]
) -> Made:
    """Write the diffusion maps of a patient, and the b0 that is aligned for all of them."""
    scan = patient.preop.raw[DIFFUSION]
    raw = read_diffusion(scan, settings)
    anatomy = anatomy_on(_first_b0(raw), patient, settings)
    maps = diffusion_maps(
        raw.series,
        raw.gradients,
        anatomy.brain if anatomy else None,
        settings.diffusion,
        pe_axis=raw.phase_axis,
        reverse_b0=raw.reverse_b0,
        t1c_on_b0=anatomy.t1c if anatomy and raw.reverse_b0 is None else None,
    )
    facts = {
        "Method": METHOD[settings.diffusion.fit],
        "References": list(REFERENCES),
        "Quality": defined(maps.quality),
    }
    sources = {
        path.name: sha256_of(path)
        for path in sorted([*scan.files.values(), *anatomy_files(patient.preop).values()])
    }
    provenance = Provenance(sources, used, DIFFUSION, facts)
    made = {"ADC": maps.maps.adc, "FA": maps.maps.fa, "p": maps.maps.p, "q": maps.maps.q}
    written = save_made_maps(out, patient, DIFFUSION, made, maps.b0, provenance)
    picture = _picture_path(out, patient.id)
    write_bytes(picture, _picture(maps, f"sub-{patient.id}: diffusion"))
    return Made((*with_sidecars(written), picture), (*raw.findings, *maps.findings))


def _first_b0(raw: RawDiffusion) -> Volume:
    """Return the image onto which motion correction lays all others."""
    return raw.series.image(int(np.flatnonzero(raw.gradients.is_b0)[0]))


def _picture_path(out: Path, patient: str) -> Path:
    name = f"{stem(patient, SESSION, 'desc-maps_dwi')}.png"
    return session_folder(out, patient, SESSION, "dwi") / name


def _picture(maps: DiffusionMaps, title: str) -> bytes:
    """Draw b0, ADC, FA, p, q and the colours of the main direction."""
    fitted = maps.maps
    colours = [
        canonical(Volume(fitted.fa.grid, fitted.colour[..., n], "colour", "ratio")).data
        for n in range(3)
    ]
    brain = _upright_mask(maps.b0, maps.brain)
    rows = [
        Row("b0", maps.b0.unit, canonical(maps.b0).data),
        Row("ADC", "mm2/s", canonical(fitted.adc).data, 0.0, 3e-3),
        Row("FA", "ratio", canonical(fitted.fa).data, 0.0, 0.8),
        Row("p", "mm2/s", canonical(fitted.p).data, 0.0, 5e-3),
        Row("q", "mm2/s", canonical(fitted.q).data, 0.0, 1.2e-3),
        Row("direction", "red R-L, green A-P, blue S-I", np.stack(colours, axis=-1)),
    ]
    return draw_sheet(rows, brain, canonical(fitted.fa).grid, title)


def _upright_mask(on: Volume, mask: BoolArray) -> BoolArray:
    return np.asarray(canonical(on.with_data(mask)).data > 0)
