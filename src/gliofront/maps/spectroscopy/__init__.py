"""1H spectroscopy: how it was acquired, the basis set, the fit, maps of metabolites."""
