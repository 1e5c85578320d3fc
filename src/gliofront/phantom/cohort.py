"""A cohort of virtual patients as a BIDS folder, with the truth beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gliofront.cohort.bids import mask_path, scan_path, stem, tumour_labels_path
from gliofront.image.writing import write_json, write_labels, write_text, write_volume
from gliofront.phantom.patient import VirtualPatient, make_patient, patient_name
from gliofront.phantom.settings import PhantomSettings

PREOP = "preop"


def write_cohort(
    out: Path,
    *,
    patients: int,
    seed: int,
    resolution_mm: float = 2.0,
    progress: Callable[[str], None] | None = None,
) -> list[str]:
    """Write virtual patients as a cohort that is ready to be studied.

    The folder holds skull-stripped pre-operative scans, each on its own grid, and the brain, the
    tumour's labels and the progression on the T1C grid. The truth (cell density, motion, growth
    rates) lies under ``derivatives/truth``. Same seed, same bytes.

    Parameters
    ----------
    out : the BIDS folder; made if need be.
    patients : how many.
    seed : of the cohort; patient i is the same in cohorts of any size.
    resolution_mm : voxel size of T1C.
    progress : told the name of each patient once it is written.

    Returns
    -------
    The patients' ids, such as "virtual01".
    """
    settings = PhantomSettings(resolution_mm=resolution_mm)
    rows = ["participant_id\tsite\tpartition\tage\tsex"]
    for index in range(patients):
        patient = make_patient(seed, index, settings)
        write_patient(out, patient)
        write_truth(out / "derivatives" / "truth", patient)
        if progress is not None:
            progress(patient.name)
        rows.append(f"sub-{patient.name}\t{patient.site}\ttrain\t{patient.age}\t{patient.sex}")
    write_text(out / "participants.tsv", "\n".join(rows) + "\n")
    _describe(out, "gliofront virtual cohort", "raw")
    _describe(out / "derivatives" / "truth", "Truth behind the virtual cohort", "derivative")
    return [patient_name(index) for index in range(patients)]


def write_patient(root: Path, patient: VirtualPatient) -> None:
    """Write what a real cohort would hold of a patient: scans, brain, labels, progression."""
    for sequence, scan in patient.scans.items():
        write_volume(scan_path(root, patient.name, PREOP, sequence), scan)
    write_labels(mask_path(root, patient.name, PREOP, "brain"), patient.brain)
    labels = tumour_labels_path(root, patient.name, PREOP)
    write_labels(labels, patient.tumour)
    named = "".join(f"{index}\t{name}\n" for index, name in sorted(patient.tumour.names.items()))
    write_text(labels.with_name(labels.name.replace(".nii.gz", ".tsv")), "index\tname\n" + named)
    progression = mask_path(root, patient.name, PREOP, "progression", space="T1C")
    write_labels(progression, patient.progression)


def write_truth(root: Path, patient: VirtualPatient) -> None:
    """Write what no scanner shows: the cell density, the motion between scans, the growth."""
    folder = root / f"sub-{patient.name}" / f"ses-{PREOP}"
    density = stem(patient.name, PREOP, "space-T1C", "desc-celldensity", "probseg") + ".nii.gz"
    write_volume(folder / density, patient.density)
    truth = {
        "pull": patient.pulls,
        "pull_meaning": "4 x 4, T1C world to the sequence's world, RAS+ mm",
        "facts": patient.facts,
    }
    write_json(folder / (stem(patient.name, PREOP, "desc-truth", "phantom") + ".json"), truth)


def _describe(root: Path, name: str, kind: str) -> None:
    about: dict[str, object] = {"Name": name, "BIDSVersion": "1.10.0", "DatasetType": kind}
    if kind == "derivative":
        about["GeneratedBy"] = [{"Name": "gliofront phantom"}]
    write_json(root / "dataset_description.json", about)
