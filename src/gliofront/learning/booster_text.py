"""Checks a LightGBM text before the C++ parser sees it.

That parser trusts array lengths, child indices and sizes, so a crafted text could make it read
beyond its memory or never end. Here every tree must be a plain numerical binary tree.
"""

from __future__ import annotations

import math
import re

from gliofront.foundation.errors import InputRefused

MAX_CHARACTERS = 64 * 2**20
_TREE_KEYS = (
    "num_leaves",
    "num_cat",
    "split_feature",
    "split_gain",
    "threshold",
    "decision_type",
    "left_child",
    "right_child",
    "leaf_value",
    "leaf_weight",
    "leaf_count",
    "internal_value",
    "internal_weight",
    "internal_count",
    "is_linear",
    "shrinkage",
)
_END = "end of trees\n"


class _BadTextError(ValueError):
    """What is wrong with the text."""


def check_booster_text(text: str, columns: int, subject: object = "booster") -> None:
    """Raise `InputRefused` unless the text is a binary classifier of plain trees on `columns`.

    Parameters
    ----------
    text : as `fit_booster` returns it, from ``tree`` to ``end of trees``.
    columns : number of columns that the trees may use.
    subject : what the error names.
    """
    try:
        _check(text, columns)
    except (ValueError, IndexError) as error:
        problem = f"the trees cannot be trusted ({error})"
        raise InputRefused(subject, problem, "train the model again or fetch it again") from error


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise _BadTextError(what)


def _check(text: str, columns: int) -> None:
    _require(len(text) <= MAX_CHARACTERS, "the text is too long")
    _require(re.fullmatch(r"[\n -~]*", text) is not None, "the text is not plain ASCII")
    _require(text.endswith(_END), "the text does not end with its trees")
    header, *blocks = re.split(r"(?m)^(?=Tree=)", text[: -len(_END)])
    sizes = _check_header(header, columns)
    # The parser jumps by these sizes instead of looking for the next tree.
    _require(sizes == [len(block) for block in blocks], "the stated sizes of the trees are wrong")
    for number, block in enumerate(blocks):
        _check_tree(block, number, columns)


def _check_header(header: str, columns: int) -> list[int]:
    lines = header.split("\n")
    fixed = [
        "tree",
        "version=v4",
        "num_class=1",
        "num_tree_per_iteration=1",
        "label_index=0",
        f"max_feature_idx={columns - 1}",
        "objective=binary sigmoid:1",
    ]
    _require(lines[:7] == fixed, "the header is not that of a binary classifier on these columns")
    _require(lines[10:] == ["", ""], "the header has other lines")
    names = " ".join(f"Column_{i}" for i in range(columns))
    _require(lines[7] == f"feature_names={names}", "the columns have other names")
    infos = lines[8].removeprefix("feature_infos=").split(" ")
    plain = re.compile(r"none|\[[-+.e0-9]{1,40}:[-+.e0-9]{1,40}\]")
    _require(
        len(infos) == columns and all(plain.fullmatch(info) for info in infos),
        "the ranges of the columns are malformed",
    )
    _require(lines[9].startswith("tree_sizes="), "the sizes of the trees are missing")
    sizes = _integers(lines[9].removeprefix("tree_sizes="))
    _require(len(sizes) > 0, "there is no tree")
    return sizes


def _check_tree(block: str, number: int, columns: int) -> None:
    lines = block.rstrip("\n").split("\n")
    _require(lines[0] == f"Tree={number}", f"tree {number} has another number")
    pairs = [line.partition("=")[::2] for line in lines[1:]]
    _require(tuple(key for key, _ in pairs) == _TREE_KEYS, f"tree {number} has other fields")
    field = dict(pairs)
    _require(field["num_cat"] == "0" and field["is_linear"] == "0", f"tree {number} is not plain")
    leaves = int(field["num_leaves"])
    _require(1 <= leaves <= 2**15, f"tree {number} has {leaves} leaves")
    nodes = leaves - 1
    for key in ("split_gain", "threshold", "internal_value", "internal_weight", "internal_count"):
        _require(len(_reals(field[key])) == nodes, f"tree {number}: {key} has another length")
    _require(len(_reals(field["leaf_value"])) == leaves, f"tree {number}: leaf_value is short")
    for key in ("leaf_weight", "leaf_count"):
        allowed = {leaves} if nodes else {0, 1}
        _require(len(_reals(field[key])) in allowed, f"tree {number}: {key} has another length")
    _require(len(_reals(field["shrinkage"])) == 1, f"tree {number}: shrinkage is not one number")
    features, kinds = _integers(field["split_feature"]), _integers(field["decision_type"])
    _require(len(features) == len(kinds) == nodes, f"tree {number}: splits differ in number")
    _require(all(0 <= f < columns for f in features), f"tree {number} uses an unknown column")
    # Bit 0 marks a categorical split, bits 2 and 3 the kind of missing value (0, 1 or 2).
    _require(all(k in (0, 2, 4, 6, 8, 10) for k in kinds), f"tree {number} has another decision")
    _check_children(_integers(field["left_child"]), _integers(field["right_child"]), number)


def _check_children(left: list[int], right: list[int], number: int) -> None:
    nodes = len(left)
    _require(len(right) == nodes, f"tree {number}: children differ in number")
    want = sorted([*range(1, nodes), *(~leaf for leaf in range(nodes + 1))]) if nodes else []
    _require(sorted(left + right) == want, f"tree {number}: a child is missing or comes twice")
    # Children come after their parent, so no path can go in a circle.
    later = all(
        child < 0 or child > node for part in (left, right) for node, child in enumerate(part)
    )
    _require(later, f"tree {number} goes in a circle")


def _integers(text: str) -> list[int]:
    return [int(word) for word in _words(text, "-0123456789")]


def _reals(text: str) -> list[float]:
    found = [float(word) for word in _words(text, "-+.e0123456789")]
    _require(all(math.isfinite(value) for value in found), "a number is not finite")
    return found


def _words(text: str, alphabet: str) -> list[str]:
    """Split as the C++ parser does: one space between plain numbers, nothing that Python adds."""
    _require(set(text) <= {*alphabet, " "}, "a list of numbers holds something else")
    words = text.split(" ") if text else []
    _require(all(words), "a list of numbers is malformed")
    return words
