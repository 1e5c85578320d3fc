"""Voxel by voxel from dR2* to the figures of the maps, a block at a time."""

from __future__ import annotations

import numpy as np

from gliofront.image.grid import FloatArray
from gliofront.image.volume import BoolArray, Float32Array
from gliofront.maps.perfusion.bolus import Bolus
from gliofront.maps.perfusion.cbv import absolute_cbv, integral
from gliofront.maps.perfusion.deconvolution import deconvolve
from gliofront.maps.perfusion.leakage import fit_leakage
from gliofront.maps.perfusion.maps import UNITS
from gliofront.maps.perfusion.recovery import peak_height, signal_recovery
from gliofront.maps.perfusion.settings import PerfusionSettings


def blocks(count: int, size: int) -> list[slice]:
    """Return slices that cover so many voxels.

    >>> blocks(5, 2)
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]


def voxel_table(
    signal: Float32Array,
    curves: Float32Array,
    reference: FloatArray,
    aif: FloatArray | None,
    bolus: Bolus,
    settings: PerfusionSettings,
) -> dict[str, Float32Array]:
    """Return the columns named in `gliofront.maps.perfusion.maps.UNITS`, each (V,).

    Parameters
    ----------
    signal : (V, N) signal of the brain, any positive unit.
    curves : (V, N) its dR2*, 1/s; NaN where undefined.
    reference : (N,) dR2* of brain that does not leak, 1/s.
    aif : (N,) arterial input, 1/s, or None: blood volume is then a mere integral, flow NaN.
    """
    table = {name: np.full(len(curves), np.nan, dtype=np.float32) for name in UNITS}
    for part in blocks(len(curves), settings.block_voxels):
        chosen = curves[part].astype(np.float64)
        defined = np.isfinite(chosen).all(axis=1)
        if not defined.any():
            continue
        found = _block(
            signal[part][defined].astype(np.float64),
            chosen[defined],
            reference,
            aif,
            bolus,
            settings,
        )
        for name, values in found.items():
            table[name][part][defined] = values
    return table


def _block(
    signal: FloatArray,
    curves: FloatArray,
    reference: FloatArray,
    aif: FloatArray | None,
    bolus: Bolus,
    settings: PerfusionSettings,
) -> dict[str, FloatArray]:
    window = bolus.window(settings.cbv_window)
    leakage = fit_leakage(curves, reference, bolus, settings)
    corrected = leakage.corrected(curves)
    found = {
        "cbv": integral(corrected, bolus.tr_s, window),
        "cbv_uncorrected": integral(curves, bolus.tr_s, window),
        "k1": leakage.k1,
        "k2": leakage.k2,
        "recovery": signal_recovery(signal, bolus, settings.tail_s),
        "peak_height": peak_height(curves, bolus),
    }
    if aif is None:
        return found
    artery = float(integral(aif, bolus.tr_s, window))
    for name in ("cbv", "cbv_uncorrected"):
        found[name] = absolute_cbv(found[name], artery, settings.kappa)
    usable = slice(bolus.discarded, None)
    flow = deconvolve(corrected[:, usable], aif[usable], bolus.tr_s, settings.oscillation_limit)
    found["cbf"] = flow.cbf(settings.kappa)
    found["tmax"] = flow.tmax_s
    found["mtt"] = transit_time_s(found["cbv"], found["cbf"])
    return found


def transit_time_s(cbv: FloatArray, cbf: FloatArray) -> FloatArray:
    """Return mean transit time = 60 CBV / CBF, s; NaN where either is not positive.

    >>> transit_time_s(np.array([4.0, -1.0]), np.array([60.0, 60.0])).tolist()
    [4.0, nan]
    """
    sound: BoolArray = (cbv > 0) & (cbf > 0)
    return np.where(sound, 60 * cbv / np.where(sound, cbf, 1.0), np.nan)
