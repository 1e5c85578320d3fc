"""How the tests call the texture kernel, in one place."""

from __future__ import annotations

import numpy as np

from gliofront.radiomics.texture import texture


def by_kernel(levels, centres, *, radius, ng, merged, matlab, threads=1):
    """Return the kernel's (n, 29) float32."""
    return texture(
        np.asarray(levels, dtype=np.uint16),
        np.asarray(centres),
        radius=radius,
        ng=ng,
        aggregation="merged" if merged else "averaged",
        definitions="matlab" if matlab else "ibsi",
        threads=threads,
    )
