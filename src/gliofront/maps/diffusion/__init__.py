"""Raw diffusion-weighted images to ADC, FA, p and q."""
