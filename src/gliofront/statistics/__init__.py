"""The tables of a cohort: groups, regions and features compared, with the patient as the unit."""
