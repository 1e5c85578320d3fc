"""Cerebrospinal fluid, grey and white matter by a mixture of normal distributions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from sklearn.mixture import GaussianMixture

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import FloatArray
from gliofront.image.volume import BoolArray, LabelVolume, Volume
from gliofront.regions.morphology import Box, bounding_box, depth_in, smooth

TISSUES = {1: "csf", 2: "grey", 3: "white"}
MOST_SAMPLES = 20_000
INTERIOR_MM = 4.0  # the rim of a brain mask is partial volume, dura and stripping faults
MOST_MISSING = 0.05
SAME_WHITE = 0.12  # robust z an image: classes nearer than this are both white matter
VESSEL_Z = 3.0  # of the brain on T1C: vessels would make a class of their own
# What fluid is dark on, and what white matter is bright on (FLAIR tells it from grey too little).
_FLUID = {"T1": -1.0, "T1C": -1.0, "T2": 1.0, "FLAIR": -1.0}
_WHITE = {"T1": 1.0, "T1C": 1.0, "T2": -1.0, "FLAIR": 0.0}
# Where matter starts, by T1. The larger set has a class for the mixed voxels of sulci, if any.
_START_QUANTILES = ((35, 80), (12, 45, 80))


@dataclass(frozen=True, eq=False)
class _Mixture:
    """A fitted mixture; its classes with fluid first, then by likeness to white matter."""

    model: GaussianMixture
    means: FloatArray
    ranks: FloatArray
    first_white: int


def classify_tissue(
    t1c: Volume,
    brain: BoolArray,
    *,
    t1: Volume | None = None,
    t2: Volume | None = None,
    flair: Volume | None = None,
    lesion: BoolArray | None = None,
    tumour: BoolArray | None = None,
    seed: int = 0,
) -> LabelVolume:
    """Classify the brain into {1: csf, 2: grey, 3: white}.

    A mixture of three normal distributions, or four with a class of mixed voxels if the Bayesian
    information criterion prefers it, is fitted to the brain's interior. White matter is the
    class bright on T1 and T1C and dark on T2; fluid is the one dark on T1 and FLAIR and bright on
    T2. A voxel is fluid where more than half of it is: past the midpoint between the grey and the
    fluid mean over all images together, and on the first of FLAIR, T1, T1C alone. Oedema is dark
    on T1C as fluid is, but bright on FLAIR; without FLAIR only darkness tells the two apart.
    An image that lacks more than 5 % of the brain's interior (another field of view) is not used.

    Parameters
    ----------
    t1c, t1, t2, flair : images on one grid, any unit.
    brain : (X, Y, Z) bool.
    lesion : tumour and oedema; not fitted, but classified: fluid beside the tumour matters.
    tumour : enhancing tumour with necrosis; its label is 0, so a cyst is never called fluid.
    seed : of the sample of at most 20 000 voxels and of the fit.

    Raises
    ------
    InputRefused
        If fewer than 1000 voxels are left to fit.
    """
    box = bounding_box(brain)
    spacing = t1c.grid.spacing
    inner = brain[box] & (depth_in(brain[box], spacing) > INTERIOR_MM)
    offered = {"T1": t1, "T1C": t1c, "T2": t2, "FLAIR": flair}
    used = {
        name: volume
        for name, volume in offered.items()
        if volume is not None and (name == "T1C" or _covers(volume, inner, box))
    }
    known = brain[box] & np.logical_and.reduce([_known(v, box) for v in used.values()])
    normal = known & inner
    for out in (lesion, tumour):
        normal = normal if out is None else normal & ~out[box]
    if np.count_nonzero(normal) < 1000:
        raise InputRefused(t1c.quantity, "fewer than 1000 normal voxels", "check the brain mask")
    images = [np.nan_to_num(v.data[box].astype(np.float64)) for v in used.values()]
    layers = np.stack([_robust(smooth(i, 0.5, spacing), normal) for i in images], axis=-1)
    calm = normal & (layers[..., list(used).index("T1C")] < VESSEL_Z)
    mixture = _fit(layers[calm], list(used), seed)
    asked = known if tumour is None else known & ~tumour[box]
    look = list(used).index("FLAIR") if "FLAIR" in used else 0
    labels = np.zeros(brain.shape, dtype=np.uint8)
    labels[box][asked] = _decide(layers[asked], mixture, look)
    return LabelVolume(t1c.grid, labels, TISSUES)


def _known(volume: Volume, box: Box) -> BoolArray:
    """Return where the image has a value: finite, and not the background of a stripped image."""
    data = volume.data[box]
    return np.asarray(np.isfinite(data) & (data != np.nanmin(volume.data)))


def _covers(volume: Volume, inner: BoolArray, box: Box) -> bool:
    """Tell whether the image has a signal nearly everywhere in the brain's interior."""
    values = volume.data[box][inner]
    floor = float(np.nanmin(volume.data))
    signal = np.isfinite(values) & (values > floor + 0.02 * (np.nanmedian(values) - floor))
    return bool(signal.mean() >= 1 - MOST_MISSING)


def _robust(values: FloatArray, mask: BoolArray) -> FloatArray:
    """Scale to the mask's median and interquartile range, clipped so that vessels pull nothing."""
    low, middle, high = np.percentile(values[mask], [25, 50, 75])
    scale = (high - low) / 1.349 or 1.0
    return np.asarray(np.clip((values - middle) / scale, -6.0, 4.0))


def _fit(rows: FloatArray, names: list[str], seed: int) -> _Mixture:
    """Fit the mixtures of three and four classes to rows (N, channels); keep the better."""
    if len(rows) > MOST_SAMPLES:
        picks = np.random.default_rng(seed).choice(len(rows), MOST_SAMPLES, replace=False)
        rows = rows[np.sort(picks)]
    fluid = np.array([_FLUID[name] for name in names])
    models = [_fit_from(rows, fluid, quantiles, seed) for quantiles in _START_QUANTILES]
    best = min(models, key=lambda m: float(m.bic(rows)))
    key = best.means_ @ np.array([_WHITE[name] for name in names])
    key[np.argmax(best.means_ @ fluid)] = -np.inf
    order = np.argsort(key, kind="stable")
    ranks = np.empty(len(order))
    ranks[order] = np.arange(len(order))
    gap = float(key[order[-1]] - key[order[-2]])
    alike = len(order) > 3 and gap < SAME_WHITE * len(names)
    first_white = len(order) - (2 if alike else 1)
    return _Mixture(best, np.asarray(best.means_[order]), ranks, first_white)


def _fit_from(
    rows: FloatArray, fluid: FloatArray, quantiles: tuple[int, ...], seed: int
) -> GaussianMixture:
    """Fit one class of fluid, begun from the 5 % most fluid-like rows, and one a quantile of T1."""
    likeness = rows @ fluid
    wet = likeness >= np.quantile(likeness, 0.95)
    starts = np.percentile(rows[~wet, 0], quantiles)
    nearest = np.where(wet, -1, np.abs(rows[:, :1] - starts).argmin(axis=1))
    groups = [rows[nearest == n] for n in range(-1, len(quantiles))]
    means = np.stack([(group if len(group) else rows).mean(axis=0) for group in groups])
    model = GaussianMixture(
        len(groups), means_init=means, reg_covar=1e-3, random_state=seed, max_iter=200
    )
    return model.fit(rows)


def _decide(rows: FloatArray, mixture: _Mixture, look: int) -> FloatArray:
    """Return 1, 2 or 3 for each row (N, channels); `look` is the channel that must agree."""
    fluid, grey = mixture.means[0], mixture.means[-2]
    way = fluid - grey
    share = (rows - grey) @ way / float(way @ way)
    alone = (rows[:, look] - grey[look]) / (way[look] or 1.0)
    rank = mixture.ranks[mixture.model.predict(rows)]
    matter = np.where(rank >= mixture.first_white, 3, 2)
    return np.where((share > 0.5) & (alone > 0.5), 1, matter)


def tidy(mask: BoolArray, spacing: FloatArray) -> BoolArray:
    """Return a mask (X, Y, Z) without single voxels: a smoothed majority of 1 mm."""
    share = ndimage.gaussian_filter(mask.astype(np.float32), [1.0 / s for s in spacing])
    return np.asarray(share > 0.5)
