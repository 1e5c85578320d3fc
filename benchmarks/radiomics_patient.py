"""The radiomic features of a whole patient: time and memory of one core, and the gain of a second.

    python benchmarks/radiomics_patient.py VOXELS RADIUS AGGREGATION

is one measurement in a process of its own, as JSON; `radiomics_speed.py` starts it.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from gliofront.radiomics.extract import extract
from gliofront.radiomics.patient_features import column_names, fill_features
from gliofront.radiomics.settings import GreyRanges, TextureSettings
from memory import forget_peak, peak_mb, release_freed, resident_mb
from radiomics_cases import ball, brain_like, make_case

MAPS = ("T1C", "FLAIR", "ADC", "FA", "p", "q", "rCBV")
SHAPE = (160, 190, 150)


def maps_of_a_patient() -> dict[str, np.ndarray]:
    """Return each map over the range that its grey levels divide."""
    unit = brain_like(SHAPE, 1, seed=7)
    limits = {name: GreyRanges().of(name) for name in MAPS}
    turned = {name: np.roll(unit, 11 * place, axis=0) for place, name in enumerate(MAPS)}
    return {
        name: (low + turned[name] * (high - low)).astype(np.float32)
        for name, (low, high) in limits.items()
    }


def measure(voxels: int, radius: int, aggregation: str) -> dict[str, float]:
    """Return CPU seconds and the peak memory above what was held before, MB.

    Input and table count as held: the pages of the mapped file are touched before. The peak is
    that of the kernel's count of resident pages, begun again before the call; `ru_maxrss` cannot
    be begun again, and holds the peak of the making of the maps.
    """
    settings = TextureSettings(radius=radius, aggregation=aggregation)
    maps, brain = maps_of_a_patient(), ball(SHAPE, 1_500_000)
    centres = np.argwhere(ball(SHAPE, voxels))
    shape = (voxels, len(column_names(MAPS, settings)))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "features.npy"
        table = np.lib.format.open_memmap(place, mode="w+", dtype=np.float32, shape=shape)
        table[:] = 0.0
        release_freed()
        before = resident_mb()
        forget_peak()
        start = time.process_time()
        fill_features(table, maps, brain, centres, settings, MAPS, threads=1)
        seconds = time.process_time() - start
        above = peak_mb() - before
        if not np.isfinite(table).all():
            raise SystemExit("a feature of the patient is not finite")
        return {"seconds": seconds, "mb": above, "table_mb": table.nbytes / 2**20}


def in_turns(voxels: int, cases: list[tuple[int, str]], repeats: int) -> list[dict[str, float]]:
    """Return the medians of each case (radius, aggregation), each in fresh processes."""
    found: list[list[dict[str, float]]] = [[] for _ in cases]
    for _ in range(repeats):
        for results, (radius, aggregation) in zip(found, cases, strict=True):
            command = [sys.executable, __file__, str(voxels), str(radius), aggregation]
            run = subprocess.run(command, check=True, capture_output=True, text=True)
            results.append(json.loads(run.stdout))
    return [
        {key: statistics.median(result[key] for result in results) for key in results[0]}
        for results in found
    ]


def two_threads(voxels: int, radius: int, aggregation: str, repeats: int) -> dict[str, float]:
    """Return medians: wall seconds of one thread, those over two threads', and the cores had.

    The cores had are CPU over wall time: on a busy machine less than the threads asked for, and
    then the gain tells of the machine.
    """
    case = make_case(voxels, 32, radius)
    inside, centres, settings = case.inside, case.centres, case.settings(aggregation)
    wall: dict[int, list[float]] = {1: [], 2: []}
    cores: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(repeats):
        for threads in (1, 2):
            start, cpu = time.perf_counter(), time.process_time()
            extract(case.values, inside, centres, settings, threads=threads)
            wall[threads].append(time.perf_counter() - start)
            cores[threads].append((time.process_time() - cpu) / wall[threads][-1])
    gains = [one / two for one, two in zip(wall[1], wall[2], strict=True)]
    found = {"seconds": wall[1], "gain": gains, "cores_1": cores[1], "cores_2": cores[2]}
    return {key: statistics.median(values) for key, values in found.items()}


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])))
