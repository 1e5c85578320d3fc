"""Quantitative maps of a patient: bias, brain mask, intensities in units of white matter."""
