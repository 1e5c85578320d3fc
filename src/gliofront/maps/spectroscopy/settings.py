"""Settings of the spectroscopy fit and of the gates behind which a voxel is not believed."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gliofront.foundation.settings import Settings


class PreprocessSettings(Settings):
    """What is done to a signal before it is fitted."""

    eddy_correction: bool = Field(
        default=True,
        description="Remove eddy-current phase with the water reference, where there is one.",
    )
    water_removal: bool = Field(
        default=True, description="Subtract the residual water, modelled by decaying waves."
    )
    water_halfwidth_ppm: float = Field(
        default=0.4, ge=0.1, le=0.6, description="Half width of the band taken as water, ppm."
    )


class FitSettings(Settings):
    """How a spectrum is decomposed."""

    low_ppm: float = Field(
        default=0.2, ge=-0.5, le=2.0, description="Lower end of the fitted range, ppm."
    )
    high_ppm: float = Field(
        default=4.0, ge=3.4, le=4.4, description="Upper end of the fitted range, ppm."
    )
    macromolecules_below_te_ms: float = Field(
        default=200.0,
        ge=0.0,
        le=400.0,
        description="Echo time from which macromolecules have decayed and are not fitted, ms.",
    )
    baseline_functions_per_ppm: float = Field(
        default=15.0, ge=5.0, le=30.0, description="Spline functions of the baseline per ppm."
    )
    baseline_dimensions_per_ppm: float = Field(
        default=2.0,
        ge=0.6,
        le=7.0,
        description="Freedom of the baseline, effective dimensions per ppm.",
    )
    shift_sd_ppm: float = Field(
        default=0.004,
        ge=1e-4,
        le=0.05,
        description="Expected spread of a metabolite's shift about the common one, ppm.",
    )
    damping_sd_hz: float = Field(
        default=0.5,
        ge=0.01,
        le=5.0,
        description="Expected spread of a metabolite's line width about the common one, Hz.",
    )
    broad_shift_sd_ppm: float = Field(
        default=0.01,
        ge=1e-4,
        le=0.1,
        description="Expected spread of the shift of macromolecules and of lipids, ppm.",
    )
    broad_damping_sd_hz: float = Field(
        default=3.0,
        ge=0.01,
        le=20.0,
        description="Expected spread of the line width of macromolecules and of lipids, Hz.",
    )
    first_order_sd_degrees: float = Field(
        default=10.0,
        ge=0.1,
        le=90.0,
        description="Expected spread of the first-order phase, degrees per ppm.",
    )
    first_search_ppm: float = Field(
        default=0.3,
        ge=0.0,
        le=0.5,
        description="How far a spectrum fitted by itself, or first of a grid, may be shifted, ppm.",
    )
    search_ppm: float = Field(
        default=0.15,
        ge=0.0,
        le=0.5,
        description="How far other voxels may be shifted from the first, ppm.",
    )
    iterations: int = Field(
        default=30, ge=1, le=200, description="Greatest number of iterations of a fit."
    )
    tolerance: float = Field(
        default=1e-5,
        ge=1e-10,
        le=1e-2,
        description="Relative fall of the cost still promised below which a fit has converged.",
    )


class WaterSettings(Settings):
    """What is assumed when the water is the reference of concentrations."""

    reference: bool = Field(
        default=True, description="Use the water reference, where there is one, for mmol/L."
    )
    concentration_mm: float = Field(
        default=35880.0,
        ge=1000.0,
        le=56000.0,
        description="Water visible to the experiment, mmol/L of tissue (white matter).",
    )
    t1_s: float = Field(default=0.83, ge=0.1, le=5.0, description="T1 of tissue water, s.")
    t2_ms: float = Field(default=80.0, ge=10.0, le=2000.0, description="T2 of tissue water, ms.")


class GateSettings(Settings):
    """What a spectrum must fulfil before its values are given."""

    least_snr: float = Field(
        default=5.0,
        ge=0.0,
        le=100.0,
        description="Least height of the tallest metabolite peak over the noise's SD.",
    )
    most_fwhm_ppm: float = Field(
        default=0.12, ge=0.02, le=0.5, description="Greatest line width, ppm."
    )
    most_bound: float = Field(
        default=0.3,
        ge=0.01,
        le=2.0,
        description="Greatest Cramer-Rao bound, as a share of the value or of the grid's median.",
    )
    detection_bounds: float = Field(
        default=2.0,
        ge=0.5,
        le=10.0,
        description="Bounds by which a denominator must exceed zero before a ratio is given.",
    )
    most_unexplained: float = Field(
        default=0.05,
        ge=0.01,
        le=1.0,
        description="Greatest residual beyond noise, root mean square, over the tallest peak.",
    )


class SpectroscopySettings(Settings):
    """How spectra become maps of metabolites."""

    sequence: Literal["PRESS", "sLASER"] | None = Field(
        default=None, description="Sequence, over what the file says; unset: as the file says."
    )
    te_ms: float | None = Field(
        default=None, ge=5.0, le=500.0, description="Echo time over what the file says, ms."
    )
    te1_ms: float | None = Field(
        default=None,
        ge=2.0,
        le=250.0,
        description="First echo time of PRESS, ms; unset: 12 ms or half the echo time.",
    )

    preprocess: PreprocessSettings = Field(
        default_factory=PreprocessSettings, description="Before the fit."
    )
    fit: FitSettings = Field(default_factory=FitSettings, description="The fit.")
    water: WaterSettings = Field(default_factory=WaterSettings, description="The reference.")
    gates: GateSettings = Field(default_factory=GateSettings, description="The gates.")
    high_ratio: float = Field(
        default=2.0,
        ge=0.1,
        le=20.0,
        description="Cho/NAA (by concentration) above which a voxel is marked as tumour-like.",
    )
