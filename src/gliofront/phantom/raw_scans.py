"""The raw series of a site: diffusion-weighted images, a bolus, spectra.

One file each makes them; they are offered here together.
"""

from gliofront.phantom.diffusion_scan import RawDiffusionScan, acquire_diffusion
from gliofront.phantom.perfusion_scan import RawPerfusionScan, acquire_perfusion
from gliofront.phantom.spectroscopy_scan import RawSpectroscopyScan, acquire_spectroscopy

__all__ = [
    "RawDiffusionScan",
    "RawPerfusionScan",
    "RawSpectroscopyScan",
    "acquire_diffusion",
    "acquire_perfusion",
    "acquire_spectroscopy",
]
