"""The steps of a patient and of a cohort, their settings and provenance."""
