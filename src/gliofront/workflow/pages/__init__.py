"""The pages of patients and of the cohort, from an output folder."""
