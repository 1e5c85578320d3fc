"""Write the features of the IBSI-1 digital phantom beside their published values.

    python benchmarks/ibsi_table.py [--write]

Prints the table, or puts it between its marks in docs/validation.md. The phantom is looked for
where the tests look for it; GLIOFRONT_TEST_DATA names the folder.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from gliofront.radiomics.extract import extract
from gliofront.radiomics.names import feature_names
from pages import write_between

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "radiomics"))
from ibsi_phantom import OF_TEXTURE, OF_VALUES, as_published, phantom, references, settings_of

AGGREGATIONS = ("averaged", "merged")
HEADER = """\
| feature | IBSI code | averaged: reference | ours | merged: reference | ours |
|---|---|---|---|---|---|"""


def found_by(aggregation: str) -> dict[str, float]:
    """Return the features of the cube that holds the phantom."""
    row = extract(*phantom(), np.array([[2, 2, 2]]), settings_of(aggregation))[0]
    return dict(zip(feature_names(), row.tolist(), strict=True))


def equals(name: str, value: float, reference: str) -> bool:
    return as_published(name, value) == float(reference)


def table() -> str:
    """Return the count of values that agree, and a row a feature."""
    found = {kind: found_by(kind) for kind in AGGREGATIONS}
    wanted = {kind: references(kind) for kind in AGGREGATIONS}
    pairs = [(name, kind) for kind in AGGREGATIONS for name in OF_TEXTURE]
    pairs += [(name, "merged") for name in OF_VALUES]
    good = [equals(name, found[kind][name], wanted[kind][name]) for name, kind in pairs]
    rows = []
    for name, (_, code) in {**OF_VALUES, **OF_TEXTURE}.items():
        cells = []
        for kind in AGGREGATIONS:
            ours = found[kind][name] - (3 if name == "firstorder_kurtosis" else 0)
            cells += [wanted[kind][name], f"{ours:.5g}"]
        shown = f"{name} - 3" if name == "firstorder_kurtosis" else name
        rows.append(f"| {shown} | {code} | {' | '.join(cells)} |")
    count = f"{sum(good)} of {len(good)} values equal the reference to the digits that it gives."
    return "\n".join([count, "", HEADER, *rows])


def main() -> None:
    parser = argparse.ArgumentParser(description="Features of the IBSI-1 digital phantom.")
    parser.add_argument("--write", action="store_true", help="write into docs/validation.md")
    text = table()
    if parser.parse_args().write:
        write_between("validation.md", "ibsi", text)
    else:
        print(text)


if __name__ == "__main__":
    main()
