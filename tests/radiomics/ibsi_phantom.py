"""The IBSI-1 digital phantom, its published values, and what gliofront finds in it."""

from __future__ import annotations

import os
from pathlib import Path

import nibabel as nib
import numpy as np

from gliofront.radiomics.settings import TextureSettings

DATA = Path(
    os.environ.get("GLIOFRONT_TEST_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")
)
PHANTOM = DATA / "ibsi1"
SUFFIX = {"averaged": "_3D_avg", "merged": "_3D_comb"}

# Our name: (tag of the published table, IBSI code). Those of the values have no aggregation. The
# standard deviation has no value there; kurtosis is published in excess, ours is 3 more.
OF_VALUES = {
    "firstorder_mean": ("stat_mean", "Q4LE"),
    "firstorder_median": ("stat_median", "Y12H"),
    "firstorder_minimum": ("stat_min", "1GSF"),
    "firstorder_maximum": ("stat_max", "84IY"),
    "firstorder_variance": ("stat_var", "ECT3"),
    "firstorder_skewness": ("stat_skew", "KE2A"),
    "firstorder_kurtosis": ("stat_kurt", "IPH6"),
    "firstorder_energy": ("stat_energy", "N8CA"),
    "firstorder_entropy": ("ih_entropy", "TLU2"),
    "firstorder_uniformity": ("ih_uniformity", "BJ5W"),
    "firstorder_root_mean_square": ("stat_rms", "5ZWQ"),
    "firstorder_mean_grey_level": ("ih_mean", "X6K6"),
}
OF_TEXTURE = {
    "glcm_autocorrelation": ("cm_auto_corr", "QWB0"),
    "glcm_contrast": ("cm_contrast", "ACUI"),
    "glcm_correlation_m": ("cm_corr", "NI2N"),
    "glcm_correlation_p": ("cm_corr", "NI2N"),
    "glcm_cluster_prominence": ("cm_clust_prom", "AE86"),
    "glcm_cluster_shade": ("cm_clust_shade", "7NFM"),
    "glcm_dissimilarity": ("cm_dissimilarity", "8S9J"),
    "glcm_energy": ("cm_energy", "8ZQL"),
    "glcm_entropy": ("cm_joint_entr", "TU9B"),
    "glcm_homogeneity_m": ("cm_inv_diff", "IB1Z"),
    "glcm_homogeneity_p": ("cm_inv_diff_mom", "WF0Z"),
    "glcm_maximum_probability": ("cm_joint_max", "GYBY"),
    "glcm_sum_of_squares": ("cm_joint_var", "UR99"),
    "glcm_sum_average": ("cm_sum_avg", "ZGXS"),
    "glcm_sum_variance": ("cm_sum_var", "OEEB"),
    "glcm_sum_entropy": ("cm_sum_entr", "P6QZ"),
    "glcm_difference_variance": ("cm_diff_var", "D3YU"),
    "glcm_difference_entropy": ("cm_diff_entr", "NTRS"),
    "glcm_information_correlation_1": ("cm_info_corr1", "R8DG"),
    "glcm_information_correlation_2": ("cm_info_corr2", "JN9H"),
    "glcm_inverse_difference_normalised": ("cm_inv_diff_norm", "NDRX"),
    "glcm_inverse_difference_moment_normalised": ("cm_inv_diff_mom_norm", "1QCO"),
    "glrlm_short_run_emphasis": ("rlm_sre", "22OV"),
    "glrlm_long_run_emphasis": ("rlm_lre", "W4KF"),
    "glrlm_grey_level_non_uniformity": ("rlm_glnu", "R5YN"),
    "glrlm_run_length_non_uniformity": ("rlm_rlnu", "W92Y"),
    "glrlm_run_percentage": ("rlm_r_perc", "9ZK5"),
    "glrlm_low_grey_level_run_emphasis": ("rlm_lgre", "V3SW"),
    "glrlm_high_grey_level_run_emphasis": ("rlm_hgre", "G3QZ"),
}


def phantom():
    """Return the levels of the phantom and its mask, both (5, 4, 4)."""
    image = np.asarray(nib.load(PHANTOM / "phantom.nii.gz").dataobj)
    mask = np.asarray(nib.load(PHANTOM / "mask.nii.gz").dataobj) > 0
    return image, mask


def settings_of(aggregation, radius=2):
    """Return the settings under which a cube around the middle is the whole phantom."""
    return TextureSettings(radius=radius, levels=6, binning="none", aggregation=aggregation)


def published():
    """Return the published value of each tag as it is written: its digits are its precision."""
    rows = (PHANTOM / "reference_values.csv").read_text(encoding="utf-8").splitlines()[1:]
    fields = [row.split(";") for row in rows if row]
    return {tag.strip(): value.strip() for value, _, tag in fields}


def references(aggregation):
    """Return the published value of each feature that has one, by our name."""
    table = published()
    found = {name: table[tag] for name, (tag, _) in OF_VALUES.items()}
    return found | {name: table[tag + SUFFIX[aggregation]] for name, (tag, _) in OF_TEXTURE.items()}


def as_published(name, value):
    """Return a value of ours as the table states it: kurtosis in excess, three digits."""
    return float(f"{value - 3 if name == 'firstorder_kurtosis' else value:.3g}")
