"""The steps from spectra to maps of metabolites, and to their means in the patient's regions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gliofront.cohort.bids import beside, session_folder, stem
from gliofront.cohort.patient import Patient
from gliofront.cohort.raw_scans import SPECTROSCOPY
from gliofront.cohort.tables import table_text
from gliofront.image.reading import read_coarse_map
from gliofront.image.writing import write_bytes, write_json, write_text
from gliofront.maps.spectroscopy.macromolecules import macromolecules
from gliofront.maps.spectroscopy.metabolite_maps import MetaboliteMaps, metabolite_maps
from gliofront.maps.spectroscopy.region_means import region_means
from gliofront.maps.spectroscopy.simulate_basis import simulate_basis
from gliofront.report.spectrum_figure import draw_spectrum
from gliofront.workflow.derivatives import (
    SESSION,
    Provenance,
    save_labels,
    save_volume,
    with_sidecars,
)
from gliofront.workflow.intake import sha256_of
from gliofront.workflow.job import Made
from gliofront.workflow.made_maps import defined, metabolite_path, read_sidecar
from gliofront.workflow.prepared_files import load_mask, prepared_paths, read_summary
from gliofront.workflow.raw_reading import read_spectroscopy
from gliofront.workflow.settings import StudySettings

METHOD = (
    "Linear combination of simulated metabolites, macromolecules and lipids with a penalised "
    "spline as baseline, by variable projection; bounds are Cramer-Rao."
)
REFERENCES = (
    "Provencher, Magn Reson Med 30:672-679, 1993",
    "Govindaraju et al., NMR Biomed 13:129-153, 2000",
    "Cavassila et al., NMR Biomed 14:278-283, 2001",
)

# File names take letters and digits alone.
PARAMETERS = {"Cho/NAA": "ChoNAA", "tNAA": "tNAA", "tCho": "tCho", "tCr": "tCr", "Glx": "Glx"}
"""What spectroscopy gives, to how its files call it."""

_REGIONS = ("enhancing", "necrosis", "oedema", "peritumoural", "NAWM")


def spectroscopy_files(
    *, out: Path, patient: Patient, settings: StudySettings, used: Mapping[str, Any]
) -> Made:
    """Write the maps of metabolites on the spectroscopy's own grid, with their bounds."""
    scan = patient.preop.raw[SPECTROSCOPY]
    spectra, findings = read_spectroscopy(scan, settings)
    acquired = spectra.acquisition
    # The fit itself leaves macromolecules out where they have decayed.
    basis = simulate_basis(acquired, te1_ms=settings.spectroscopy.te1_ms)
    basis = basis.joined(macromolecules(acquired))
    maps = metabolite_maps(spectra, basis, None, settings.spectroscopy)
    sources = {path.name: sha256_of(path) for path in scan.files.values()}
    facts = {"Method": METHOD, "References": list(REFERENCES)}
    quality = facts | {"Quality": defined(maps.quality)}
    written = _save(
        out,
        patient,
        maps,
        Provenance(sources, used, SPECTROSCOPY, facts),
        Provenance(sources, used, SPECTROSCOPY, quality),
    )
    return Made(tuple(written), (*findings, *maps.findings))


def _save(
    out: Path, patient: Patient, maps: MetaboliteMaps, plain: Provenance, judged: Provenance
) -> list[Path]:
    written: list[Path] = []
    for name, volume in maps.values.items():
        path = metabolite_path(out, patient.id, PARAMETERS[name])
        bound = metabolite_path(out, patient.id, f"{PARAMETERS[name]}_desc-crlb")
        written += [save_volume(path, volume, judged), save_volume(bound, maps.bounds[name], plain)]
    folder = session_folder(out, patient.id, SESSION, "mrs")
    masks = {"label-highChoNAA_mask": maps.high_ratio, "seg-refused_dseg": maps.reasons}
    for name, labels in masks.items():
        path = folder / f"{stem(patient.id, SESSION, name)}.nii.gz"
        written.append(save_labels(path, labels, plain))
    picture = folder / f"{stem(patient.id, SESSION, 'desc-fit_mrs')}.png"
    write_bytes(picture, _picture(maps, f"sub-{patient.id}"))
    return [*with_sidecars(written), picture]


def _picture(maps: MetaboliteMaps, patient: str) -> bytes:
    voxel, fit = maps.example
    notes = (
        f"median of the grid: SNR {maps.quality['snr_median']:.0f}, "
        f"line width {maps.quality['fwhm_median_hz']:.1f} Hz",
    )
    return draw_spectrum(fit, f"{patient}: spectrum of voxel {voxel}, the clearest", notes)


def region_files(
    *, out: Path, patient: Patient, settings: StudySettings, used: Mapping[str, Any]
) -> Made:
    """Write the mean of each map of spectroscopy in each region of the prepared patient.

    Spectroscopy has no image to align: it lies where the scanner put it, in the T1C's world, if
    the patient did not move between the two.
    """
    paths = prepared_paths(out, patient.id, read_summary(out, patient.id))
    there = [name for name in _REGIONS if f"mask {name}" in paths]
    labels = {name: load_mask(paths[f"mask {name}"], name) for name in there}
    masks = {name: label.mask(name) for name, label in labels.items()}
    grid = labels[there[0]].grid
    rows: list[dict[str, object]] = []
    for name, parameter in PARAMETERS.items():
        path = metabolite_path(out, patient.id, parameter)
        unit = str(read_sidecar(beside(path, ".json"))["Units"])
        bound = metabolite_path(out, patient.id, f"{parameter}_desc-crlb")
        volume, spread = (read_coarse_map(file, name, unit) for file in (path, bound))
        rows += [asdict(mean) for mean in region_means(volume, spread, grid, masks)]
    folder = session_folder(out, patient.id, SESSION, "mrs")
    table = folder / f"{stem(patient.id, SESSION, 'desc-regions_mrs')}.tsv"
    write_text(table, table_text(rows))
    sources = {paths[f"mask {name}"].name: sha256_of(paths[f"mask {name}"]) for name in there}
    provenance = Provenance(sources, used, "region-spectra")
    write_json(table.with_suffix(".json"), provenance.sidecar())
    return Made((table, table.with_suffix(".json")))
