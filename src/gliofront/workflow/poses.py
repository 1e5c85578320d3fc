"""How every image of a patient lies on the T1C, as files beside the prepared maps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from gliofront.alignment.rigid import RigidAlignment
from gliofront.cohort.bids import session_folder, stem
from gliofront.cohort.sequences import REFERENCE, SEQUENCES
from gliofront.foundation.errors import InputRefused
from gliofront.image.writing import write_json
from gliofront.workflow.derivatives import SESSION, Provenance

Poses = Mapping[str, RigidAlignment]


def pose_path(root: Path, patient: str, sequence: str) -> Path:
    """Return the path of the pose of a sequence.

    >>> pose_path(Path("out"), "1", "FLAIR").name
    'sub-1_ses-preop_from-FLAIR_to-T1C_mode-image_xfm.json'
    """
    name = stem(patient, SESSION, f"from-{sequence}", f"to-{REFERENCE}", "mode-image", "xfm")
    return session_folder(root, patient, SESSION, "anat") / f"{name}.json"


def save_poses(root: Path, patient: str, poses: Poses, provenance: Provenance) -> list[Path]:
    """Write the poses, exactly, and return the paths."""
    written = []
    for sequence, pose in poses.items():
        facts = {
            "PullRasMm": pose.pull.tolist(),
            "Quality": pose.quality,
            "NormalisedMutualInformation": pose.nmi,
            "Start": pose.start,
        }
        written.append(pose_path(root, patient, sequence))
        write_json(written[-1], provenance.sidecar(**facts))
    return written


def load_poses(root: Path, patient: str, sequences: Mapping[str, object]) -> Poses:
    """Read back the poses of a patient's sequences, in their order; the reference needs none.

    Raises
    ------
    InputRefused
        If a file is absent or damaged.
    """
    return {
        name: _load(pose_path(root, patient, name))
        for name in SEQUENCES
        if name in sequences and name != REFERENCE
    }


def _load(path: Path) -> RigidAlignment:
    try:
        facts = json.loads(path.read_bytes())
        pull = np.array(facts["PullRasMm"], dtype=np.float64).reshape(4, 4)
        nmi = float(facts["NormalisedMutualInformation"])
        return RigidAlignment(pull, float(facts["Quality"]), nmi, str(facts["Start"]))
    except (OSError, KeyError, ValueError, TypeError) as error:
        problem = f"the alignment cannot be read ({type(error).__name__})"
        raise InputRefused(path, problem, "align this patient again") from error
