"""What each tissue looks like: one table of published values, and nothing else.

Relaxation at 3 T. Values are rounded; where a source gives a range, its middle is taken.
Nothing here was chosen by looking at the score of any model.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TissueSignal:
    """Properties of a pure tissue.

    Parameters
    ----------
    t1_ms, t2_ms : relaxation times without contrast agent.
    water : proton density, share of pure water.
    adc : apparent diffusion coefficient, mm2/s.
    rcbv : blood volume as a ratio to normal white matter.
    uptake : rise of 1/T1 some minutes after a standard dose of contrast agent, 1/s.
    order : share of the fibres' fractional anisotropy that is left, 0 to 1.
    fa : fractional anisotropy of its own beside that of the fibres, 0 to 1.
    ktrans_per_min, ve : leakage of contrast agent and the share of the tissue that it fills.
    source : where the values come from.
    """

    t1_ms: float
    t2_ms: float
    water: float
    adc: float
    rcbv: float
    uptake: float
    order: float
    fa: float
    ktrans_per_min: float
    ve: float
    source: str


WHITE = TissueSignal(
    t1_ms=832,
    t2_ms=80,
    water=0.70,
    adc=0.76e-3,
    rcbv=1.0,
    uptake=0.046,
    order=1,
    fa=0,
    ktrans_per_min=0,
    ve=0.2,
    source="T1, T2: Wansapura et al., J Magn Reson Imaging 9:531-538, 1999. ADC: 0.76e-3, from "
    "0.963e-3 at a tumour-to-white ratio of 1.26, Toh et al., AJNR 29:471-475, 2008. Uptake: T1 "
    "falls by 32 ms, Muller et al., NMR Biomed 33:e4242, 2020. rCBV: by definition. ve: assumed, "
    "order of the extracellular space of healthy tissue; it counts only where there is leakage.",
)
GREY = TissueSignal(
    t1_ms=1331,
    t2_ms=110,
    water=0.82,
    adc=0.83e-3,
    rcbv=2.2,
    uptake=0.09,
    order=1,
    fa=0,
    ktrans_per_min=0,
    ve=0.2,
    source="T1, T2: Wansapura et al. 1999. ADC: Helenius et al., AJNR 23:194-199, 2002. rCBV: "
    "Leenders et al., Brain 113:27-47, 1990 (5.2 against 2.7 mL/100 mL; 2 to 2.5 by DSC). "
    "Uptake: that of white matter times the blood volume.",
)
FLUID = TissueSignal(
    t1_ms=4300,
    t2_ms=2000,
    water=1.0,
    adc=3.0e-3,
    rcbv=0.3,
    uptake=0.0,
    order=0,
    fa=0,
    ktrans_per_min=0,
    ve=1,
    source="T1, T2: Rooney et al., Magn Reson Med 57:308-318, 2007 and Spijkerman et al., MAGMA "
    "31:415-424, 2018. ADC: free water at 37 C, Mills, J Phys Chem 77:685-688, 1973. rCBV: "
    "assumed, pial vessels in the voxel.",
)
SOLID_TUMOUR = TissueSignal(
    t1_ms=1500,
    t2_ms=125,
    water=0.85,
    adc=0.96e-3,
    rcbv=3.6,
    uptake=0.84,
    order=0,
    fa=0.229,
    ktrans_per_min=0.068,
    ve=0.35,
    source="ADC: 0.963e-3 +- 0.119e-3, Toh et al. 2008. Uptake: T1 falls by 838 +- 210 ms, "
    "Muller et al. 2020. T1, T2: order of Badve et al., AJNR 38:492-499, 2017. rCBV: order of "
    "Law et al., AJNR 24:1989-1998, 2003 (high-grade gliomas). FA: 0.229 +- 0.069, noise and "
    "all, Toh et al. 2008. Ktrans: 0.068, which parts 64 glioblastomas by "
    "survival, Kim et al., Korean J Radiol 21:707-716, 2020. ve: assumed.",
)
NECROSIS = TissueSignal(
    t1_ms=2400,
    t2_ms=260,
    water=0.95,
    adc=1.9e-3,
    rcbv=0.4,
    uptake=0.08,
    order=0,
    fa=0.09,
    ktrans_per_min=0.01,
    ve=0.6,
    source="ADC: 1.85e-3 in one and 2.44e-3 in another example of Ko et al., PLoS ONE "
    "11:e0162565, 2016; 1.83e-3 +- 0.40e-3, Sinha et al., AJNR 23:520-527, 2002. FA: 0.09 "
    "+- 0.03, Sinha et al. 2002. Others: assumed, between "
    "oedema and fluid.",
)
OEDEMA = TissueSignal(
    t1_ms=1400,
    t2_ms=170,
    water=0.86,
    adc=1.50e-3,
    rcbv=0.6,
    uptake=0.07,
    order=0.55,
    fa=0,
    ktrans_per_min=0,
    ve=0.3,
    source="ADC: pure vasogenic oedema about metastases, Lu et al., AJNR 24:937-941, 2003 and "
    "Radiology 232:221-228, 2004, rounded. rCBV: about metastases 0.39 +- 0.19, Law et al., "
    "Radiology 222:715-721, 2002, and 0.8 in later series; between them. Uptake: T1 falls by "
    "123 +- 74 ms in oedema of glioblastomas, of which infiltration has its part, Muller et al. "
    "2020. T1, T2: assumed from water content. Order: FA falls, Lu et al. 2003; how "
    "far is assumed, about as at a glioma's border (below).",
)
BLOOD_WITH_AGENT = TissueSignal(
    t1_ms=1700,
    t2_ms=60,
    water=0.85,
    adc=1.2e-3,
    rcbv=9.0,
    uptake=1.8,
    order=0,
    fa=0,
    ktrans_per_min=0,
    ve=0.2,
    source="T1: Lu et al., Magn Reson Med 52:679-682, 2004. T2: flowing venous blood is darker "
    "still. Uptake: order of 0.4 mmol/L at 4.5 /s/mmol minutes after the dose. ADC, rCBV of a "
    "voxel full of vein: assumed.",
)


@dataclass(frozen=True)
class Infiltration:
    """What tumour cells outside the enhancing region do, per unit of density (share of capacity).

    Parameters
    ----------
    adc_pull : share of the way from the tissue's ADC to that of solid tumour.
    water_pull : tissue water that cells bring, as a share of full oedema.
    water_full : density from which they bring all of it.
    rcbv : rise of the ratio.
    uptake : rise of 1/T1 by contrast agent, 1/s.
    disorder : share of the fractional anisotropy that is lost.
    source : where the values come from.
    """

    adc_pull: float
    water_pull: float
    water_full: float
    rcbv: float
    uptake: float
    disorder: float
    source: str


INFILTRATION = Infiltration(
    adc_pull=0.6,
    water_pull=0.25,
    water_full=0.5,
    rcbv=1.2,
    uptake=0.12,
    disorder=0.55,
    source="ADC against cell density in biopsies: r = -0.63 over 91 samples, Chang et al., AJNR "
    "38:890-898, 2017, but rho = -0.32 over 561, Eidel et al., PLoS ONE 11:e0160250, 2016; a "
    "voxel of mixed tissue lies between its parts, and the pull is held below 1. So cells lower "
    "ADC in oedema and raise it a little in dry white matter (10 % in the p map, Price et al., "
    "AJNR 27:1969-1974, 2006). rCBV: about glioblastomas 1.31 +- 0.97, Law et al. 2002; "
    "up to 1 cm beyond enhancement in 4 of 10, 2 cm in 1 of 10, Price et al., AJNR 32:501-506, "
    "2011. Uptake: T1 falls by 81 +- 31 ms within 5 mm of the lesion against 32 in normal "
    "tissue, Muller et al. 2020. Water: a glioma's edge is taken to show on T2 from 0.16 of the "
    "capacity on, Harpold et al., J Neuropathol Exp Neurol 66:1-9, 2007; how much is assumed. "
    "Disorder: FA 0.38 in contralateral white matter, 0.34 beside a glioma, 0.23 at its border, "
    "0.17 in its centre (69 patients, AJNR 2006, PMC7977530), the border taken at 0.7 of the "
    "capacity: assumed.",
)


@dataclass(frozen=True)
class Variation:
    """Spread within and between patients (log-normal sigma) and its scale, mm; all assumed.

    Parameters
    ----------
    tissue : of ADC and relaxation rates in healthy tissue.
    vascularity : of rCBV in tumour and infiltrated tissue, beside density (Price et al. 2011
        found no correlation of mean rCBV with cell packing, r = 0.36 for the 90th centile).
    cellularity : of ADC in the tumour.
    uptake : of contrast uptake in the tumour.
    scale_mm : correlation length.
    """

    tissue: float = 0.04
    vascularity: float = 0.5
    cellularity: float = 0.12
    uptake: float = 0.45
    scale_mm: float = 7.0


VARIATION = Variation()

WHITE_CBV = 0.027
"""Blood in white matter, share of the voxel: 2.7 mL/100 mL, Leenders et al. 1990."""
