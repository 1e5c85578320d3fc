"""A cohort of virtual patients as a BIDS folder, with the truth beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gliofront.cohort.bids import mask_path, scan_path, tumour_labels_path
from gliofront.cohort.tables import table_text
from gliofront.image.writing import write_json, write_labels, write_text, write_volume
from gliofront.phantom.patient import VirtualPatient, make_patient, patient_name
from gliofront.phantom.raw_scans import RawDiffusionScan, RawPerfusionScan
from gliofront.phantom.raw_writing import write_diffusion, write_perfusion, write_spectroscopy
from gliofront.phantom.settings import PhantomSettings
from gliofront.phantom.truth_writing import PREOP, PROGRESSION, read_facts, write_truth


def write_cohort(
    out: Path,
    *,
    patients: int,
    seed: int,
    resolution_mm: float = 2.0,
    sites: str = "AB",
    external: str = "",
    raw: bool = False,
    progress: Callable[[str], None] | None = None,
) -> list[str]:
    """Write virtual patients as a cohort that is ready to be studied.

    The folder holds skull-stripped scans before surgery, each on its own grid, and the brain, the
    tumour's labels and the progression on the T1C grid. The truth lies under ``truth``, where no
    study looks. Same arguments, same bytes.

    Parameters
    ----------
    out : the BIDS folder; made if need be.
    patients : how many.
    seed : of the cohort; patient i is the same in cohorts of any size.
    resolution_mm : voxel size of T1C.
    sites : where patients are scanned, in turn.
    external : sites whose patients are never learned from.
    raw : raw diffusion, perfusion and spectroscopy in place of their maps, and a scan at follow-up.
    progress : told the name of each patient once it is written.

    Returns
    -------
    The patients' ids, such as "virtual01".
    """
    settings = PhantomSettings(resolution_mm=resolution_mm)
    for index in range(patients):
        write_member(out, seed, index, settings, sites=sites, raw=raw)
        if progress is not None:
            progress(patient_name(index))
    return write_tables(out, patients=patients, external=external)


def write_member(
    out: Path, seed: int, index: int, settings: PhantomSettings, *, sites: str, raw: bool
) -> tuple[Path, ...]:
    """Make and write one patient of a cohort with the truth; return all files of the patient."""
    patient = make_patient(seed, index, settings, sites=sites, raw=raw)
    write_patient(out, patient)
    write_truth(out / "truth", patient)
    folders = (root / f"sub-{patient.name}" for root in (out, out / "truth"))
    found = (path for folder in folders for path in folder.rglob("*"))
    return tuple(sorted(path for path in found if path.is_file()))


def write_tables(out: Path, *, patients: int, external: str) -> list[str]:
    """Write what a cohort tells of its patients, once they are all written; return their ids."""
    names = [patient_name(index) for index in range(patients)]
    rows = []
    for name in names:
        behind = read_facts(out / "truth", name)
        partition = "external" if behind["site"] in external else "train"
        known = {"participant_id": f"sub-{name}", "site": behind["site"], "partition": partition}
        rows.append(known | dict(behind["person"]))
    write_text(out / "participants.tsv", table_text(rows))
    _describe(out, "gliofront virtual cohort", "raw")
    _describe(out / "truth", "Truth behind the virtual cohort", "derivative")
    return names


def write_patient(root: Path, patient: VirtualPatient) -> None:
    """Write what a real cohort would hold of a patient: scans, brain, labels, progression."""
    for sequence, scan in patient.scans.items():
        write_volume(scan_path(root, patient.name, PREOP, sequence), scan)
    _write_raw(root, patient)
    write_labels(mask_path(root, patient.name, PREOP, "brain"), patient.brain)
    labels = tumour_labels_path(root, patient.name, PREOP)
    write_labels(labels, patient.tumour)
    named = "".join(f"{index}\t{name}\n" for index, name in sorted(patient.tumour.names.items()))
    write_text(labels.with_name(labels.name.replace(".nii.gz", ".tsv")), "index\tname\n" + named)
    progression = mask_path(root, patient.name, PREOP, "progression", space="T1C")
    write_labels(progression, patient.progression)
    if patient.follow_up is not None:
        scan = patient.follow_up.scan
        write_volume(scan_path(root, patient.name, PROGRESSION, "T1C"), scan)


def _write_raw(root: Path, patient: VirtualPatient) -> None:
    for scan in patient.raw.values():
        if isinstance(scan, RawDiffusionScan):
            write_diffusion(root, patient.name, PREOP, scan)
        elif isinstance(scan, RawPerfusionScan):
            write_perfusion(root, patient.name, PREOP, scan)
        else:
            write_spectroscopy(root, patient.name, PREOP, scan)


def _describe(root: Path, name: str, kind: str) -> None:
    about: dict[str, object] = {"Name": name, "BIDSVersion": "1.10.0", "DatasetType": kind}
    if kind == "derivative":
        about["GeneratedBy"] = [{"Name": "gliofront phantom"}]
    write_json(root / "dataset_description.json", about)
