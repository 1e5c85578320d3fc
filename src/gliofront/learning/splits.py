"""Partitions of patients. The type holds patients only, so no patient's voxels can part."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gliofront.foundation.errors import InputRefused


@dataclass(frozen=True)
class Partition:
    """Patients to learn from and patients to test on.

    Parameters
    ----------
    name : such as ``"fold-1"`` or ``"site-A"``.
    train, test : canonical patient ids; kept sorted.

    Raises
    ------
    InputRefused
        If a patient is on both sides or twice on one, or a side is empty.

    >>> Partition("fold-1", ("b", "a"), ("c",)).train
    ('a', 'b')
    """

    name: str
    train: tuple[str, ...]
    test: tuple[str, ...]

    def __post_init__(self) -> None:
        """Sort and check."""
        object.__setattr__(self, "train", tuple(sorted(self.train)))
        object.__setattr__(self, "test", tuple(sorted(self.test)))
        both = sorted(set(self.train) & set(self.test))
        if both:
            problem = f"patients on both sides: {', '.join(both)}"
            raise InputRefused(self.name, problem, "put each patient on one side")
        for side in (self.train, self.test):
            if not side or len(set(side)) != len(side):
                problem = "a side is empty or names a patient twice"
                raise InputRefused(self.name, problem, "give each patient once, some to each side")


def grouped_folds(volumes: Mapping[str, float], folds: int, seed: int) -> tuple[Partition, ...]:
    """Return patient-grouped folds, stratified by progression volume.

    Patients are ranked by volume, largest first; each run of `folds` neighbours in rank is dealt
    at random, one to each fold. So two patients with progression are enough for every training
    side to hold one. The result does not depend on the order in which the patients come.

    Parameters
    ----------
    volumes : canonical patient id to progression volume, mL.
    folds : number of folds, from 2 to the number of patients.
    seed : seed of the dealing.

    Raises
    ------
    InputRefused
        If there are more folds than patients, fewer than 2, or a volume is not finite.
    """
    if not 2 <= folds <= len(volumes):
        problem = f"{folds} folds of {len(volumes)} patients"
        raise InputRefused("folds", problem, "use 2 folds or more, at most one a patient")
    if not np.isfinite(list(volumes.values())).all():
        raise InputRefused("folds", "a progression volume is not known", "leave the patient out")
    rng = np.random.default_rng(seed)
    # Random ties, or patients without any progression would be dealt in the order of their ids.
    ties = dict(zip(sorted(volumes), rng.permutation(len(volumes)), strict=True))
    ranked = sorted(volumes, key=lambda patient: (-volumes[patient], ties[patient]))
    test: list[list[str]] = [[] for _ in range(folds)]
    for start in range(0, len(ranked), folds):
        run = ranked[start : start + folds]
        for patient, fold in zip(run, rng.permutation(folds)[: len(run)], strict=True):
            test[fold].append(patient)
    return tuple(
        Partition(f"fold-{number}", tuple(set(volumes) - set(held)), tuple(held))
        for number, held in enumerate(test, start=1)
    )


def _file_name(site: str) -> str:
    """Return a site's name as part of a file's: partitions name files, sites may hold anything.

    >>> _file_name("Ghent-2"), _file_name("../x")
    ('Ghent-2', '---x-d6b96a97')
    """
    plain = re.sub(r"[^A-Za-z0-9-]", "-", site)[:40]
    # Two sites must not become one.
    return plain if plain == site else f"{plain}-{hashlib.sha256(site.encode()).hexdigest()[:8]}"


def leave_one_site_out(sites: Mapping[str, str]) -> tuple[Partition, ...]:
    """Return one partition a site: tested on that site, learned from all others.

    Parameters
    ----------
    sites : canonical patient id to site.

    Raises
    ------
    InputRefused
        If there are fewer than two sites or a patient has none.

    >>> [p.test for p in leave_one_site_out({"a": "X", "b": "Y", "c": "X"})]
    [('a', 'c'), ('b',)]
    """
    names = sorted(set(sites.values()))
    if len(names) < 2 or "" in names:
        problem = "fewer than two sites, or a patient without one"
        raise InputRefused("sites", problem, "name a site for each patient, or use patient folds")
    return tuple(
        Partition(
            f"site-{_file_name(name)}",
            tuple(patient for patient, site in sites.items() if site != name),
            tuple(patient for patient, site in sites.items() if site == name),
        )
        for name in names
    )
