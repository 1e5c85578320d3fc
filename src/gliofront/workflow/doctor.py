"""Check a patient's files without making anything of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from gliofront.cohort.patient import Patient
from gliofront.cohort.raw_scans import DIFFUSION, PERFUSION, SPECTROSCOPY, RawScan
from gliofront.cohort.sequences import REFERENCE, SEQUENCES
from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Finding, Level, finding_of
from gliofront.image.reading import read_labels, read_mask, read_volume
from gliofront.workflow.intake import read_patient
from gliofront.workflow.preparation import native_brain
from gliofront.workflow.raw_reading import read_diffusion, read_perfusion, read_spectroscopy
from gliofront.workflow.settings import StudySettings

_READERS: Mapping[str, Callable[[RawScan, StudySettings], object]] = {
    DIFFUSION: read_diffusion,
    PERFUSION: read_perfusion,
    SPECTROSCOPY: read_spectroscopy,
}


def inventory(patient: Patient) -> dict[str, str]:
    """Return one row that tells which sequences, masks and labels a patient has.

    >>> from gliofront.cohort.patient import Timepoint
    >>> inventory(Patient("1", Timepoint({"T1C": Path("a")}, {"brain": Path("b")})))["has"]
    'T1C, brain mask'
    """
    visit = patient.preop
    return {
        "patient": f"sub-{patient.id}",
        "site": patient.site,
        "partition": patient.partition,
        "has": ", ".join([*visit.image_files, *(scan.name for scan in visit.raw.values())]),
        "lacks": ", ".join(name for name in SEQUENCES if name not in visit.maps),
    }


def _refusal(read: Callable[[], object]) -> list[Finding]:
    try:
        read()
    except InputRefused as error:
        return [finding_of(error)]
    return []


def _file_refusals(patient: Patient, settings: StudySettings) -> list[Finding]:
    """Read each file alone, so that one bad file does not hide another."""
    visit, orientation = patient.preop, settings.intake.assume_orientation
    reads: list[Callable[[], object]] = []

    def later(
        function: Callable[..., object], path: Path, *arguments: object, **options: object
    ) -> None:
        reads.append(lambda: function(path, *arguments, orientation=orientation, **options))

    for name, path in visit.images.items():
        later(read_volume, path, name, SEQUENCES[name].unit)
    for name, path in visit.masks.items():
        later(read_mask, path, name, allow_empty=name == "progression")
    if visit.labels:
        later(read_labels, visit.labels, visit.scheme)
    reads += [partial(_READERS[kind], scan, settings) for kind, scan in visit.raw.items()]
    return [finding for read in reads for finding in _refusal(read)]


def examine(patient: Patient, settings: StudySettings) -> list[Finding]:
    """Return everything that is odd or wrong with a patient's files.

    Parameters
    ----------
    patient : whose files are read, each on its own first, then against one another.
    settings : how files are read.
    """
    findings = _file_refusals(patient, settings)
    if not findings:
        try:
            read = read_patient(settings, patient=patient)
            findings = [*read["findings"], *native_brain(read["intake"])[1]]
        except InputRefused as error:
            findings = [finding_of(error)]
    missing = [n for n in SEQUENCES if n not in patient.preop.maps and n != REFERENCE]
    if missing:
        text = f"no {', '.join(missing)}: the map is made from what is there"
        findings.append(Finding(Level.NOTE, "missing-sequence", f"sub-{patient.id}", text))
    return findings
