"""Voxel table, patient-grouped splits, models and model files."""
