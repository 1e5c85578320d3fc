"""Contrast agent outside the vessels, and its removal from dR2*."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gliofront.image.grid import FloatArray
from gliofront.image.volume import BoolArray
from gliofront.maps.perfusion.bolus import Bolus
from gliofront.maps.perfusion.settings import PerfusionSettings

_RATES = 16  # values of kep that are tried
_SIGMA_PER_MAD = 1.4826
_FEWEST_CLEAR = 10  # voxels, of which the commonest behaviour can be told


@dataclass(frozen=True)
class Leakage:
    """A leakage model fitted to many voxels.

    Parameters
    ----------
    k1 : (V,) size of the voxel's vascular curve, in reference curves.
    k2 : (V,) leakage rate, 1/s: positive where shorter T1, negative where T2* dominates.
    kep : (V,) return rate, 1/s; 0 in the unidirectional model.
    shapes : (K, N) time courses of leaked agent for K values of kep, s of the reference.
    amounts : (V, K) how much of each is in the voxel, 1/s; the sum over K is k2.
    """

    k1: FloatArray
    k2: FloatArray
    kep: FloatArray
    shapes: FloatArray
    amounts: FloatArray

    def corrected(self, curves: FloatArray) -> FloatArray:
        """Return dR2* without the leaked part, 1/s, (V, N): only that is taken out.

        The voxel's own vascular curve, which need not look like the reference, stays.
        """
        return curves + self.amounts @ self.shapes


def reference_voxels(
    curves: NDArray[np.floating], bolus: Bolus, settings: PerfusionSettings
) -> BoolArray:
    """Tell which voxels behave like most of the brain after the bolus, (V,) bool.

    Where nothing leaks, dR2* returns to the small share of its first pass that the recirculating
    agent keeps up. A voxel counts as free of leakage if its share (mean of the last seconds over
    mean of the first pass) is within two robust standard deviations of the commonest one, and
    its first pass is seen clearly. Enhancing voxels end too low (T1) or too high (T2*).

    Parameters
    ----------
    curves : (V, N) dR2*, 1/s, of the brain, of which at least half must not leak.
    """
    window = bolus.window("first-pass")
    passing = curves[:, window].mean(axis=1)
    noise = curves[:, bolus.baseline].std(axis=1, ddof=1) / np.sqrt(window.stop - window.start)
    clear = np.isfinite(passing) & (passing > 3 * noise)
    if np.count_nonzero(clear) < _FEWEST_CLEAR:
        return np.zeros(clear.shape, dtype=bool)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = curves[:, bolus.tail(settings.tail_s)].mean(axis=1) / passing
    centre, spread = _commonest(share[clear])
    return np.asarray(clear & (np.abs(share - centre) <= 2 * spread))


def _commonest(values: FloatArray) -> tuple[float, float]:
    """Return centre and robust spread of the densest half (the shortest half-sample)."""
    ordered = np.sort(values)
    half = max(ordered.size // 2, 1)
    start = int(np.argmin(ordered[half:] - ordered[: ordered.size - half]))
    dense = ordered[start : start + half]
    centre = float(np.median(dense))
    # Half of a normal distribution lies within 0.674 standard deviations of its centre.
    return centre, float(dense[-1] - dense[0]) / (2 / _SIGMA_PER_MAD)


def leaked_shapes(reference: FloatArray, tr_s: float, kep: FloatArray) -> FloatArray:
    """Return the integral of reference(u) exp(-kep (t - u)) du up to t, trapezoidal, (K, N).

    Parameters
    ----------
    reference : (N,) dR2*, 1/s.
    kep : (K,) return rates, 1/s.

    >>> leaked_shapes(np.array([0.0, 2.0, 2.0]), 1.5, np.array([0.0])).tolist()
    [[0.0, 1.5, 4.5]]
    """
    decay = np.exp(-kep * tr_s)
    shapes = np.zeros((kep.size, reference.size))
    for frame in range(1, reference.size):
        step = 0.5 * tr_s * (reference[frame] + decay * reference[frame - 1])
        shapes[:, frame] = decay * shapes[:, frame - 1] + step
    return shapes


def _solve(
    curves: FloatArray, reference: FloatArray, shape: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Fit K1 reference - K2 shape; return (V, 2) coefficients and (V,) residual squares."""
    design = np.stack([reference, -shape], axis=1)
    found = curves @ np.linalg.pinv(design).T
    # The residual is orthogonal to the fit, so its square follows without forming it.
    fitted = np.einsum("vi,ij,vj->v", found, design.T @ design, found)
    return found, np.maximum(np.einsum("vn,vn->v", curves, curves) - fitted, 0.0)


def boxerman_weisskoff(
    curves: FloatArray, reference: FloatArray, tr_s: float, start: int
) -> Leakage:
    """Fit dR2*(t) = K1 ref(t) - K2 integral of ref, unidirectional leakage.

    Boxerman, Schmainda, Weisskoff 2006, AJNR 27:859, equations 5 to 7.

    Parameters
    ----------
    curves : (V, N) dR2*, 1/s.
    reference : (N,) mean dR2* of brain that does not leak, 1/s.
    start : first frame of the fit, before the bolus.
    """
    shapes = leaked_shapes(reference, tr_s, np.zeros(1))
    found, _ = _solve(curves[:, start:], reference[start:], shapes[0, start:])
    k1, k2 = found[:, 0], found[:, 1]
    return Leakage(k1, k2, np.zeros_like(k2), shapes, k2[:, None])


def bidirectional(
    curves: FloatArray, reference: FloatArray, tr_s: float, start: int, settings: PerfusionSettings
) -> Leakage:
    """Fit dR2*(t) = K1 ref(t) - K2 integral of ref(u) exp(-kep (t - u)), agent returning.

    Leu et al. 2016, AJNR 37:1400. Where little leaks kep is unknown, and its free fit costs
    precision; so kep is not fitted but averaged over 0 to its bound, each value weighted by its
    likelihood (Gaussian noise) and a half-normal prior that holds it near 0.

    Parameters
    ----------
    As `boxerman_weisskoff`.
    """
    rates = np.linspace(0, settings.most_kep_per_min / 60, _RATES)
    shapes = leaked_shapes(reference, tr_s, rates)
    fits = [_solve(curves[:, start:], reference[start:], shape[start:]) for shape in shapes]
    squares = np.stack([fit[1] for fit in fits], axis=1)
    freedom = max(curves.shape[1] - start - 3, 1)
    variance = np.maximum(squares.min(axis=1, keepdims=True) / freedom, 1e-30)
    misfit = (squares - squares.min(axis=1, keepdims=True)) / variance
    weight = np.exp(-0.5 * (misfit + (rates * 60 / settings.kep_prior_per_min) ** 2))
    weight /= weight.sum(axis=1, keepdims=True)
    k1 = np.sum(weight * np.stack([fit[0][:, 0] for fit in fits], axis=1), axis=1)
    amounts = weight * np.stack([fit[0][:, 1] for fit in fits], axis=1)
    return Leakage(k1, amounts.sum(axis=1), weight @ rates, shapes, amounts)


def no_leakage(curves: FloatArray, reference: FloatArray) -> Leakage:
    """Return the model in which nothing leaks: K2 is 0 and curves stay as they are."""
    k1 = curves @ reference / max(float(reference @ reference), 1e-30)
    none = np.zeros(len(curves))
    return Leakage(k1, none, none, np.zeros((1, curves.shape[1])), none[:, None])


def fit_leakage(
    curves: FloatArray, reference: FloatArray, bolus: Bolus, settings: PerfusionSettings
) -> Leakage:
    """Fit the model that the settings name, from the frames before the bolus on."""
    start = bolus.baseline.start
    if settings.leakage == "none":
        return no_leakage(curves, reference)
    if settings.leakage == "leu":
        return bidirectional(curves, reference, bolus.tr_s, start, settings)
    return boxerman_weisskoff(curves, reference, bolus.tr_s, start)
