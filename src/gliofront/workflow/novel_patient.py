"""Whether a new patient is like those that a model learned from."""

from __future__ import annotations

from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Finding, Level
from gliofront.learning.model import Model
from gliofront.learning.novelty import Novelty, Verdict, patient_summary
from gliofront.learning.table import PatientVoxels


def novelty_of(model: Model, table: PatientVoxels) -> Novelty | None:
    """Return how unusual a patient's features are; None where the model cannot tell."""
    if model.cohort is None:
        return None
    return model.cohort.judge(patient_summary(table.features))


def novelty_findings(found: Novelty | None, patient: str) -> list[Finding]:
    """Tell how unusual a patient's features are among those of the training patients.

    Parameters
    ----------
    patient : id, without ``sub-``.

    Raises
    ------
    InputRefused
        If hardly any training patient was as far from the others; only a cohort of 99 or more can
        tell that.
    """
    if found is None:
        return []
    subject = f"sub-{patient}"
    if found.verdict is Verdict.REFUSE:
        mend = "check its maps and their units, or learn from patients like this one"
        raise InputRefused(subject, f"it is unlike all that the model knows: {_told(found)}", mend)
    if found.verdict is Verdict.UNUSUAL:
        mend = "check the maps named; do not lean on this map as on others"
        problem = f"it is unlike most patients that the model knows: {_told(found)}"
        return [Finding(Level.WARNING, "unusual-patient", subject, problem, mend)]
    problem = f"as near to the training patients as they are to each other: {_told(found)}"
    return [Finding(Level.NOTE, "usual-patient", subject, problem)]


def novelty_facts(found: Novelty | None) -> dict[str, object]:
    """Return the same as plain facts, for the sidecar of the map."""
    if found is None:
        return {}
    farthest = {name: round(z, 2) for name, z in found.farthest}
    return {
        "Novelty": {
            "Verdict": str(found.verdict),
            "ShareAtLeastAsFar": round(found.share, 4),
            "Distance": round(found.distance, 3),
            "Farthest": farthest,
        }
    }


def _told(found: Novelty) -> str:
    far = ", ".join(f"{name} (z {z:+.1f})" for name, z in found.farthest[:3])
    return f"{found.share:.0%} lie as far; farthest: {far}"
