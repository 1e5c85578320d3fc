"""Small published data, and what R and the papers say of them."""

from __future__ import annotations

import numpy as np

# Miles per gallon and transmission (1 manual) of 32 cars: Henderson and Velleman, Biometrics
# 37:391, 1981 (mtcars of R).
MPG = np.array([
    21.0, 21.0, 22.8, 21.4, 18.7, 18.1, 14.3, 24.4, 22.8, 19.2, 17.8, 16.4, 17.3, 15.2, 10.4, 10.4,
    14.7, 32.4, 30.4, 33.9, 21.5, 15.5, 15.2, 13.3, 19.2, 27.3, 26.0, 30.4, 15.8, 19.7, 15.0, 21.4,
])  # fmt: skip
MANUAL = np.array([1] * 3 + [0] * 14 + [1] * 3 + [0] * 5 + [1] * 7, dtype=bool)

# Hours of sleep gained by ten patients with each of two drugs: Student, Biometrika 6:1, 1908.
SLEEP_FIRST = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
SLEEP_SECOND = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])

# Weeks of remission in leukaemia: Freireich et al., Blood 21:699, 1963.
TREATED_RELAPSED = [6, 6, 6, 7, 10, 13, 16, 22, 23]
TREATED_WELL = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
