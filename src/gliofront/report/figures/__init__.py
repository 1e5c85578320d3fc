"""Figures of a cohort, each from the rows of the tables that a study writes. Research use only."""
