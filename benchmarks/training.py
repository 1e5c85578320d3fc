"""Seconds and memory of training: the paper's network, scikit-learn's, and boosted trees.

Usage: python benchmarks/training.py [--rows 500000] [--full] [--iterations 1000] [--seconds 180]
       [--trees 50] [--write]

On a generated table of 294 float32 columns on disk, weak signal in a few of them. Each part runs
in a process of its own with one thread, so that its peak of memory is its own. scikit-learn's MLP
(no early stopping, no penalty) goes on until its loss on the same training rows is that of the
network's kept weights, or its time is up; adam's time includes the rating of its loss after each
epoch. `--full` adds the number of rows of the paper, without scikit-learn: it wants the table in
memory.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier

from gliofront.learning.boosted import fit_booster
from gliofront.learning.feed_forward import blocks_of, fit_mapping
from gliofront.learning.network import Progress, ScaledConjugateGradientClassifier
from gliofront.learning.row_division import TRAINING, divide
from gliofront.learning.settings import LearningSettings
from memory import forget_peak, peak_mb
from pages import processor, write_between

COLUMNS = 294
FULL = 2_589_473
SHARES = (0.70, 0.15, 0.15)
SEED = 0
HEAD = ("rows", "part", "epochs", "wall s", "CPU s", "CPU s an epoch", "training loss", "ended by")
Result = dict[str, float | str]

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class Enough(Exception):
    """The time is up, or the loss is reached."""


class Watch:
    """Wall and CPU time so far; the second does not grow while others have the core."""

    def __init__(self) -> None:
        self.begin = time.perf_counter(), time.process_time()

    @property
    def wall(self) -> float:
        return time.perf_counter() - self.begin[0]

    def costs(self, epochs: int) -> Result:
        cpu = time.process_time() - self.begin[1]
        return {"epochs": epochs, "wall s": self.wall, "CPU s": cpu, "CPU s an epoch": cpu / epochs}


def make_table(folder: Path, rows: int) -> None:
    """Write features.npy (rows, 294) block by block, and labels.npy, about a fifth of them 1."""
    rng = np.random.default_rng(SEED)
    table = np.lib.format.open_memmap(
        folder / "features.npy", mode="w+", dtype=np.float32, shape=(rows, COLUMNS)
    )
    label = np.empty(rows, dtype=np.int8)
    for part in blocks_of(rows, 2**14):
        block = rng.standard_normal((part.stop - part.start, COLUMNS), dtype=np.float32)
        drive = 0.4 * block[:, :3].sum(axis=1) + 0.5 * block[:, 3] * block[:, 4] - 1.5
        label[part] = rng.random(len(block)) < 1 / (1 + np.exp(-drive))
        table[part] = block
    table.flush()
    np.save(folder / "labels.npy", label)


def network(table: NDArray[np.float32], label: NDArray[np.int8], limits: Result) -> Result:
    last: list[Progress] = []
    watch = Watch()

    def keep(progress: Progress) -> None:
        last[:] = [progress]
        if watch.wall > float(limits["seconds"]):
            raise Enough

    model = ScaledConjugateGradientClassifier(
        shares=SHARES, seed=SEED, max_epochs=int(limits["iterations"])
    )
    try:
        ended = model.fit(table, label, on_epoch=keep).stop_reason_
    except Enough:
        ended = "time"
    state = last[0].state
    loss = state.losses[state.best_epoch]
    return {**watch.costs(last[0].epoch), "training loss": loss, "ended by": ended}


def mapped_training_rows(
    table: NDArray[np.float32], label: NDArray[np.int8]
) -> tuple[NDArray[np.floating], NDArray[np.int8]]:
    """Return inputs and labels as the network's training had them, in memory."""
    teaches = divide(len(table), SHARES, SEED) == TRAINING
    return fit_mapping(table, teaches).inputs(table[teaches]), label[teaches]


def adam(table: NDArray[np.float32], label: NDArray[np.int8], limits: Result) -> Result:
    inputs, target = mapped_training_rows(table, label)
    model = MLPClassifier((10,), activation="tanh", alpha=0.0, solver="adam", random_state=SEED)
    watch, epochs, loss = Watch(), 0, np.inf
    while loss > float(limits["loss"]) and watch.wall < float(limits["seconds"]):
        model.partial_fit(inputs, target, classes=[0, 1])
        epochs += 1
        loss = log_loss(target, model.predict_proba(inputs))
    return {**watch.costs(epochs), **reached(loss, limits)}


class WatchedMLP(MLPClassifier):
    """Says the loss at each evaluation; scikit-learn has no callback for it."""

    keep: Callable[[float], None]

    def _loss_grad_lbfgs(self, *args: object) -> tuple[float, NDArray[np.float64]]:
        loss, slope = super()._loss_grad_lbfgs(*args)
        self.keep(loss)
        return loss, slope


def lbfgs(table: NDArray[np.float32], label: NDArray[np.int8], limits: Result) -> Result:
    inputs, target = mapped_training_rows(table, label)
    losses: list[float] = []
    watch = Watch()

    def keep(loss: float) -> None:
        losses.append(float(loss))
        if watch.wall > float(limits["seconds"]) or loss <= float(limits["loss"]):
            raise Enough

    model = WatchedMLP(
        (10,), activation="tanh", alpha=0.0, solver="lbfgs", max_iter=10_000, max_fun=10_000,
        tol=0.0, random_state=SEED,
    )  # fmt: skip
    model.keep = keep
    with suppress(Enough):
        model.fit(inputs, target)
    return {**watch.costs(len(losses)), **reached(min(losses), limits)}


def reached(loss: float, limits: Result) -> Result:
    there = loss <= float(limits["loss"])
    return {"training loss": loss, "ended by": "the network's loss" if there else "time, not there"}


def trees(table: NDArray[np.float32], label: NDArray[np.int8], limits: Result) -> Result:
    settings = LearningSettings(trees=int(limits["trees"]), threads=1)
    watch = Watch()
    fit_booster(table, label, np.ones(len(label)), settings)
    return {**watch.costs(settings.trees), "ended by": "trees"}


PARTS = {"network": network, "adam": adam, "lbfgs": lbfgs, "trees": trees}
NAMES = {
    "network": "network, scaled conjugate gradient",
    "adam": "scikit-learn MLP, adam",
    "lbfgs": "scikit-learn MLP, L-BFGS",
    "trees": "LightGBM",
}


def file_mb() -> float:
    """Return the resident pages of mapped files, MB (Linux, proc(5)), which the peak includes."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("RssFile"))
    return int(line.split()[1]) / 1024


def measure(part: str, folder: Path, limits: Result) -> Result:
    table = np.load(folder / "features.npy", mmap_mode="r")
    label = np.load(folder / "labels.npy")
    forget_peak()
    found = PARTS[part](table, label, limits)
    return {"rows": len(label), "part": NAMES[part], **found, "peak": peak_mb(), "file": file_mb()}


def in_own_process(part: str, folder: Path, limits: Result) -> Result:
    command = [sys.executable, __file__, "--part", part, str(folder), json.dumps(limits)]
    run = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ | ONE_THREAD
    )
    print(run.stdout.strip(), flush=True)
    found: Result = json.loads(run.stdout)
    return found


def results_of(rows: int, parts: list[str], limits: Result) -> list[Result]:
    """Return the results of the parts on one table, the network's first: its loss is the aim."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_table(folder, rows)
        found = [in_own_process("network", folder, limits)]
        aim = limits | {"loss": found[0]["training loss"]}
        return found + [in_own_process(part, folder, aim) for part in parts]


def cell(value: float | str | None) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def text_of(results: list[Result], limits: Result, load: float) -> str:
    head = (*HEAD, "peak MB", "of it mapped files, MB")
    lines = [
        f"Measured on {processor()}, one thread, load of the {os.cpu_count()} cores at the begin "
        f"{load:.1f}; {COLUMNS} columns; a time limit of {limits['seconds']} s a part, trees "
        "without; epochs of L-BFGS are evaluations, of LightGBM trees.",
        "",
        f"| {' | '.join(head)} |",
        f"|{'---|' * len(head)}",
    ]
    for result in results:
        cells = [cell(result.get(key)) for key in HEAD]
        cells += [f"{result[key]:.0f}" for key in ("peak", "file")]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--full", action="store_true", help=f"also {FULL} rows, 3 GB on disk")
    parser.add_argument("--iterations", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=180.0, help="most for a part")
    parser.add_argument("--trees", type=int, default=50)
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    parser.add_argument("--part", nargs=3, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.part:
        part, folder, limits = chosen.part
        print(json.dumps(measure(part, Path(folder), json.loads(limits))))
        return
    load = os.getloadavg()[0]
    limits = {name: getattr(chosen, name) for name in ("iterations", "seconds", "trees")}
    results = results_of(chosen.rows, ["adam", "lbfgs", "trees"], limits)
    if chosen.full:
        results += results_of(FULL, ["trees"], limits)
    text = text_of(results, limits, load)
    print(text)
    if chosen.write:
        write_between("performance.md", "training", text)


if __name__ == "__main__":
    main()
