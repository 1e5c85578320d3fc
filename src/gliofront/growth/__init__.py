"""Growth of a glioblastoma: a forward model, and its fit to one patient's visible contours."""
