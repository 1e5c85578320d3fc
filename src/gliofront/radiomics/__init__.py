"""Radiomic features of the neighbourhood of each voxel."""
