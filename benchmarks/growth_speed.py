"""Seconds and megabytes that fibres, growth and mass effect of a virtual patient take.

Usage: python benchmarks/growth_speed.py [--patients 5] [--resolution 2]
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np

from gliofront.phantom.anatomy import make_anatomy
from gliofront.phantom.fibres import lay_fibres
from gliofront.phantom.mass_effect import midline_shift, push_aside
from gliofront.phantom.settings import PhantomSettings
from gliofront.phantom.tumour import grow_tumour


def main() -> None:
    """Print one line a patient; the first pays for reading the template."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=5)
    parser.add_argument("--resolution", type=float, default=2.0)
    chosen = parser.parse_args()
    settings = PhantomSettings(resolution_mm=chosen.resolution)
    for index in range(chosen.patients):
        print(one(index, settings))


def one(index: int, settings: PhantomSettings) -> str:
    """Make the head and the tumour of a patient and tell what each step took."""

    def stream(step: int) -> np.random.Generator:
        return np.random.default_rng([1, index, step])

    marks = [time.process_time()]
    anatomy = make_anatomy(stream(0), settings.resolution_mm, settings.anatomy)
    marks.append(time.process_time())
    fibres = lay_fibres(anatomy)
    marks.append(time.process_time())
    tumour = grow_tumour(stream(1), anatomy, settings.tumour, fibres, settings.mass_effect)
    marks.append(time.process_time())
    _, pushed, _, moved = push_aside(stream(2), anatomy, tumour, fibres, settings.mass_effect)
    marks.append(time.process_time())
    head, laid, grown, aside = np.diff(marks)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        f"patient {index}: head {head:.1f} s, fibres {laid:.1f} s, growth {grown:.1f} s, "
        f"mass effect {aside:.1f} s, peak {peak:.0f} MB; "
        f"core {pushed.core.sum() * anatomy.grid.voxel_ml:.0f} mL, "
        f"shift {midline_shift(anatomy, moved):.1f} mm"
    )


if __name__ == "__main__":
    main()
