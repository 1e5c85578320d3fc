"""Rigid alignment onto the T1C image, and how far it can be trusted."""
