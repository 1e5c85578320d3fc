"""Patients, timepoints, BIDS names and label schemes."""
