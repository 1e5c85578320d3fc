"""Tables 1 and 2 of the paper, from a cohort of virtual patients, put into docs/paper-tables.md.

gliofront phantom BIDS --patients 60 --seed 8
gliofront study BIDS OUT --settings coarse.toml        # [grid] spacing_mm = 2.0
gliofront compare OUT --participants BIDS/participants.tsv
python benchmarks/paper_tables.py OUT
"""

from __future__ import annotations

import argparse
from pathlib import Path

from gliofront.workflow.figures import draw_figures
from pages import write_between

PAGE = "paper-tables.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    draw_figures(out)
    for name in ("table1", "table2"):
        text = (out / "group" / "figures" / f"{name}.md").read_text(encoding="utf-8")
        write_between(PAGE, name, text.strip())


if __name__ == "__main__":
    main()
