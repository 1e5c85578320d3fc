"""`gliofront compare`: the tables of a cohort, from an output folder."""
