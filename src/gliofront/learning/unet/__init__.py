"""A compact 3-D residual U-Net on the rows of a patient, put back where they lie."""
