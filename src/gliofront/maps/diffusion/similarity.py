"""How alike two images are in the brain."""

from __future__ import annotations

import numpy as np

from gliofront.image.volume import BoolArray, Float32Array

_BINS = 32
_RANGE = (0.5, 99.5)  # percentiles beyond which values count as these
_FEWEST = 100


def correlation(first: Float32Array, second: Float32Array, mask: BoolArray) -> float:
    """Return Pearson's correlation of two images in a mask, -1 to 1; NaN where it has none."""
    pair = _both(first, second, mask)
    if pair.shape[1] < _FEWEST or pair.std(axis=1).min() == 0:
        return float("nan")
    return float(np.corrcoef(pair)[0, 1])


def normalised_mutual_information(
    first: Float32Array, second: Float32Array, mask: BoolArray
) -> float:
    """Return (H(a) + H(b)) / H(a, b), 1 to 2, in a mask; NaN where it is not defined.

    Studholme, Hill, Hawkes, Pattern Recognition 32:71 (1999), eq. 8.
    """
    pair = _both(first, second, mask)
    if pair.shape[1] < _FEWEST or pair.std(axis=1).min() == 0:
        return float("nan")
    held = [np.clip(values, *np.percentile(values, _RANGE)) for values in pair]
    joint = np.histogram2d(held[0], held[1], bins=_BINS)[0] / pair.shape[1]
    both = _entropy(joint)
    return (_entropy(joint.sum(0)) + _entropy(joint.sum(1))) / both if both > 0 else float("nan")


def _both(first: Float32Array, second: Float32Array, mask: BoolArray) -> np.ndarray:
    pair = np.stack([first[mask], second[mask]]).astype(np.float64)
    return np.asarray(pair[:, np.isfinite(pair).all(axis=0)])


def _entropy(p: np.ndarray) -> float:
    p = p[p > 0]
    return float(-(p * np.log(p)).sum())
