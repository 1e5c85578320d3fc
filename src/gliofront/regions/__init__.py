"""Regions of the brain: tumour, oedema, shells, progression, normal-appearing white matter."""
