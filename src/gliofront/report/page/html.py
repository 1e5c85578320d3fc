"""HTML in small pieces; only what went through `text` or was made here has the type `Html`."""

from __future__ import annotations

import html
import math
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import NewType
from urllib.parse import quote

Html = NewType("Html", str)
Rows = Sequence[Mapping[str, object]]

UNDEFINED = "n/a"
_LONG_FRACTION = re.compile(r"-?\d+\.\d{4,}(e-?\d+)?")
_KINDS = ((b"\x89PNG", "image/png"), (b"<", "image/svg+xml"))
# Control characters, and those that turn the direction of writing, can hide what a text says.
_CONTROLS = (*range(9), *range(11, 32), *range(127, 160))
_DIRECTIONS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F)
_HIDDEN = dict.fromkeys((*_CONTROLS, *_DIRECTIONS), "�")


def visible(value: str) -> str:
    """Return text with a mark in place of each character that hides or turns others."""
    return value.translate(_HIDDEN)


def text(value: object) -> Html:
    """Return any value as text of a page; nothing in it is markup.

    >>> text("<b>&"), text(0.123456), text(float("nan"))
    ('&lt;b&gt;&amp;', '0.1235', 'n/a')
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return Html(UNDEFINED)
    plain = f"{value:.4g}" if isinstance(value, float) else visible(str(value))
    return Html(html.escape(plain, quote=True))


def joined(parts: Sequence[Html], between: str = "\n") -> Html:
    """Return pieces one after the other."""
    return Html(between.join(parts))


def paragraph(value: object, kind: str = "") -> Html:
    """Return a paragraph of plain text, of a class of the style sheet if one is named."""
    named = f' class="{kind}"' if kind else ""
    return Html(f"<p{named}>{text(value)}</p>")


def section(heading: str, *parts: Html) -> Html:
    """Return a heading and what stands below it."""
    return Html(f"<section>\n<h2>{text(heading)}</h2>\n{joined(parts)}\n</section>")


def folded(heading: str, *parts: Html) -> Html:
    """Return a heading that unfolds what stands below it, for what few will read."""
    return Html(
        f"<details>\n<summary><h2>{text(heading)}</h2></summary>\n{joined(parts)}\n</details>"
    )


def link(parts: Sequence[str], value: object) -> Html:
    """Return a link to a file beside the page, its path given in parts that are no markup."""
    address = "/".join(quote(part, safe="") for part in parts)
    return Html(f'<a href="{address}">{text(value)}</a>')


def image(data: bytes, description: str) -> Html:
    """Return a PNG or SVG inside the page; a sentence instead of what is neither."""
    kind = next((kind for start, kind in _KINDS if data.lstrip().startswith(start)), None)
    if kind is None:
        return Html(f"<span>{text(description)}: the file is neither PNG nor SVG.</span>")
    packed = b64encode(data).decode("ascii")
    return Html(f'<img alt="{text(description)}" src="data:{kind};base64,{packed}">')


def table(rows: Rows, caption: str = "", *, sortable: bool = False) -> Html:
    """Return rows as a table; all keys, in the order in which they come, are its columns.

    Fractions are shown with four digits: nobody reads more, and the files beside the page have all.
    """
    columns = list(dict.fromkeys(key for row in rows for key in row))
    cells = [[text(short(row.get(column))) for column in columns] for row in rows]
    return table_of([text(column) for column in columns], cells, caption, sortable=sortable)


def short(cell: object) -> object:
    """Return a fraction of four decimals or more with four digits, anything else as it is.

    What is not quite 1 is not shown as 1.

    >>> short("0.868489"), short("1.5"), short("12345.6789"), short("2.1e-05"), short("0.99999")
    ('0.8685', '1.5', '12346', '2.1e-05', '0.99999')
    """
    written = str(cell)
    if not _LONG_FRACTION.fullmatch(written):
        return cell
    value = float(written)
    shown = f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return cell if abs(value) < 1 <= abs(float(shown)) else shown


def table_of(
    columns: Sequence[Html],
    cells: Sequence[Sequence[Html]],
    caption: str = "",
    *,
    sortable: bool = False,
) -> Html:
    """Return cells that are HTML already as a table."""
    head = "".join(f'<th scope="col">{column}</th>' for column in columns)
    body = "\n".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in cells)
    named = f"<caption>{text(caption)}</caption>" if caption else ""
    kind = ' class="sortable"' if sortable else ""
    return Html(
        f'<div class="scroll"><table{kind}>{named}<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody></table></div>"
    )


def pairs(facts: Mapping[str, object], what: str, value: str) -> Html:
    """Return a mapping as a table of two columns with these names."""
    return table([{what: key, value: fact} for key, fact in facts.items()])
