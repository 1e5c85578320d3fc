"""Label schemes: what the numbers of a tumour segmentation mean, by name."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gliofront.foundation.errors import InputRefused

NECROSIS = "necrosis"
OEDEMA = "oedema"
ENHANCING = "enhancing"
NON_ENHANCING = "non-enhancing core"
CAVITY = "cavity"
STRUCTURES = (NECROSIS, OEDEMA, ENHANCING, NON_ENHANCING, CAVITY)

SCHEMES: dict[str, dict[int, str]] = {
    "brats": {1: NECROSIS, 2: OEDEMA, 4: ENHANCING},
    "brats2013": {1: NECROSIS, 2: OEDEMA, 3: NON_ENHANCING, 4: ENHANCING},
    "brats2023": {1: NECROSIS, 2: OEDEMA, 3: ENHANCING},
    "brats2024": {1: NON_ENHANCING, 2: OEDEMA, 3: ENHANCING, 4: CAVITY},
    "deepbratumia": {1: ENHANCING, 2: NECROSIS, 3: OEDEMA},
}

_ALIASES = {
    "edema": OEDEMA,
    "peritumoural oedema": OEDEMA,
    "peritumoral edema": OEDEMA,
    "ed": OEDEMA,
    "enhancing tumour": ENHANCING,
    "enhancing tumor": ENHANCING,
    "et": ENHANCING,
    "necrotic core": NECROSIS,
    "ncr": NECROSIS,
    "non-enhancing": NON_ENHANCING,
    "nonenhancing core": NON_ENHANCING,
    "resection cavity": CAVITY,
}


def scheme_named(name: str) -> dict[int, str]:
    """Return a scheme by its name.

    >>> scheme_named("brats")[4]
    'enhancing'
    """
    try:
        return SCHEMES[name]
    except KeyError:
        known = ", ".join(SCHEMES)
        raise InputRefused(
            f"label scheme {name!r}", "the name is not known", f"use one of {known}"
        ) from None


def scheme_from_table(rows: list[Mapping[str, str]], source: str) -> dict[int, str]:
    """Read a scheme from the rows of a BIDS label table (columns ``index`` and ``name``).

    >>> rows = [{"index": "2", "name": "Edema"}, {"index": "4", "name": "ET"}]
    >>> scheme_from_table(rows, "dseg.tsv")
    {2: 'oedema', 4: 'enhancing'}
    """
    scheme: dict[int, str] = {}
    for row in rows:
        index, name = row.get("index", ""), row.get("name", "")
        if not re.fullmatch(r"\d{1,5}", index) or not name:
            raise InputRefused(
                source, f"row {dict(row)} has no index and name", "give both in each row"
            )
        plain = name.strip().lower().replace("_", " ")
        scheme[int(index)] = _ALIASES.get(plain, plain)
    scheme.pop(0, None)
    if ENHANCING not in scheme.values():
        raise InputRefused(source, "no label is named enhancing", "name the enhancing tumour")
    return scheme
