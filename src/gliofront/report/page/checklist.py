"""Items of three reporting checklists, filled where the program itself has the evidence.

TRIPOD+AI (Collins et al., BMJ 385:e078378, 2024), CLAIM 2024 (Tejani et al., Radiol Artif Intell
6:e240300, 2024) and METRICS (Kocak et al., Insights Imaging 15:8, 2024). The items are told in our
own short words; the published lists count.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from gliofront.report.page.document import part

FOR_THE_AUTHOR = "for the author"


@dataclass(frozen=True)
class Item:
    """An item of a checklist.

    Parameters
    ----------
    checklist, item : name of the list, number in it.
    asks : what it asks for, in short.
    evidence : kind of evidence that a run can give; empty if only the author knows.
    """

    checklist: str
    item: str
    asks: str
    evidence: str


def items() -> tuple[Item, ...]:
    """Return the items of all checklists, in their order."""
    lists = json.loads(part("checklists.json"))
    return tuple(Item(checklist=name, **item) for name, found in lists.items() for item in found)


def filled_rows(checklist: str, evidence: Mapping[str, str]) -> list[dict[str, str]]:
    """Return a checklist as rows: what the run tells, and what is left for the author.

    >>> filled_rows("METRICS", {"sites": "3 sites"})[3]["evidence"]
    '3 sites'
    """
    return [
        {
            "item": item.item,
            "asks for": item.asks,
            "evidence": evidence.get(item.evidence, FOR_THE_AUTHOR),
        }
        for item in items()
        if item.checklist == checklist
    ]
