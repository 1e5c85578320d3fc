"""The features of a case by gliofront, flash-radiomics and PyRadiomics, and whether they agree.

What is timed begins with an image and a mask in memory and ends with the features in memory: no
file is read or written. flash-radiomics goes through its two public steps, of which the second is
timed (binning, windows, features); its third, an HDF5 file, is left out. PyRadiomics goes through
its feature classes, without the records of its extractor.

Both are asked for the features that they and gliofront define alike, no more. Of flash-radiomics
that matters: its SumVariance and Dissimilarity are loops in Python over voxels (they equal
ClusterTendency and DifferenceAverage, which are not), and its MCC is an eigenvalue problem.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from functools import partial

import flash_radiomics
import numpy as np
import SimpleITK
from numpy.typing import NDArray

from gliofront.radiomics.builds import VARIABLE, chosen_build
from gliofront.radiomics.extract import extract
from gliofront.radiomics.names import feature_names
from radiomics import firstorder, glcm, glrlm
from radiomics_cases import Case
from radiomics_names import KINDS, their_name, wanted

RELATIVE, ABSOLUTE = 1e-4, 1e-6
FLASH_BATCHES = (256, 2048, 20_000)
PYRADIOMICS_BATCHES = (20, 50, 200)
# flash-radiomics gives the kurtosis in excess of that of the normal distribution.
EXCESS = {"firstorder_kurtosis": 3.0}
CLASSES = {
    "firstorder": firstorder.RadiomicsFirstOrder,
    "glcm": glcm.RadiomicsGLCM,
    "glrlm": glrlm.RadiomicsGLRLM,
}

Maps = dict[str, SimpleITK.Image]
Timed = Callable[[], object]


def ours(case: Case, build: str, aggregation: str = "averaged", threads: int = 1) -> Timed:
    settings, inside, centres = case.settings(aggregation), case.inside, case.centres

    def run() -> NDArray[np.float32]:
        os.environ[VARIABLE] = build
        if chosen_build() != build:
            raise SystemExit(f"asked for the build {build}, the kernel chose {chosen_build()}")
        return extract(case.values, inside, centres, settings, threads=threads)

    return run


def flash(case: Case, batch: int, kinds: tuple[str, ...] = KINDS) -> Timed:
    extractor = flash_radiomics.RadiomicsFeatureExtractor(
        backend="cpu",
        num_threads=1,
        binWidth=1,
        kernelRadius=case.radius,
        maskedKernel=case.cut,
        voxelBatch=batch,
        additionalInfo=False,
    )
    extractor.disableAllFeatures()
    extractor.enableFeaturesByName(**wanted(kinds))
    loaded = extractor.preprocess_case(*case.for_peers(), spatialMode=True)
    return partial(extractor.extract_from_preprocessed, loaded)


def pyradiomics(case: Case, batch: int) -> Timed:
    image, mask = case.for_peers()
    how = {"voxelBased": True, "kernelRadius": case.radius, "maskedKernel": case.cut}
    how |= {"binWidth": 1, "voxelBatch": batch, "initValue": np.nan}

    def run() -> Maps:
        maps = {}
        for kind, names in wanted().items():
            features = CLASSES[kind](image, mask, **how)
            for name in names:
                features.enableFeatureByName(name)
            maps |= {f"original_{kind}_{name}": found for name, found in features.execute().items()}
        return maps

    return run


def cpu_seconds(work: Timed) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def fastest(make: Callable[[int], Timed], batches: tuple[int, ...]) -> int:
    """Return the batch size with which a peer is fastest, each tried twice."""
    tried = {batch: make(batch) for batch in batches}
    return min(batches, key=lambda batch: min(cpu_seconds(tried[batch]) for _ in range(2)))


def check_agreement(
    case: Case, rows: NDArray[np.float32], maps: Maps, shift: dict[str, float]
) -> tuple[int, float]:
    """Return how many features were compared and their worst relative difference.

    Relative to at least ABSOLUTE / RELATIVE: a cluster shade of 0 is not compared by its digits.
    Ends the program where the difference exceeds RELATIVE, or a feature is missing.
    """
    worst, compared = 0.0, 0
    for column, feature in enumerate(feature_names()):
        kind, name = their_name(feature)
        if name is None:
            continue
        image = SimpleITK.GetArrayViewFromImage(maps[f"original_{kind}_{name}"])
        theirs = np.asarray(image)[case.ball] + shift.get(feature, 0.0)
        apart = np.abs(rows[:, column] - theirs)
        relative = (apart / np.maximum(np.abs(theirs), ABSOLUTE / RELATIVE)).max()
        if not relative <= RELATIVE:  # NaN on one side disagrees too
            raise SystemExit(f"{feature}: {relative:.1e} from the peer, {case.levels} levels")
        worst, compared = max(worst, float(relative)), compared + 1
    return compared, worst


def be_quiet() -> None:
    logging.disable(logging.CRITICAL)
    flash_radiomics.setVerbosity(60)
    SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
