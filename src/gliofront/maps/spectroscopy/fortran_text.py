"""Fortran namelists and columns of numbers, as LCModel's files hold them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.errors import InputRefused

Value = str | float | bool

_TOKEN = re.compile(
    r"""(?P<text>'(?:[^']|'')*'|"[^"]*")"""
    r"""|(?P<key>[A-Za-z_]\w*(?:\([\d\s,:]*\))?)\s*="""
    r"""|(?P<end>[$&][Ee][Nn][Dd]\b|/)"""
    r"""|(?P<group>[$&][A-Za-z]\w*)"""
    r"""|(?P<bare>[^\s,=$&'"/]+)"""
)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[EeDd][+-]?\d+)?")


@dataclass(frozen=True)
class Group:
    """One namelist group.

    Parameters
    ----------
    name : in lower case.
    values : name in lower case to value; a name without a value is absent, the last value of
        several is kept.
    start, end : where the group starts and ends in the text.
    """

    name: str
    values: Mapping[str, Value]
    start: int
    end: int

    def number(self, name: str, default: float) -> float:
        """Return a number, or the default where it is absent or no number."""
        value = self.values.get(name)
        is_number = isinstance(value, float) and not isinstance(value, bool)
        return float(value) if value is not None and is_number else default

    def text(self, name: str, default: str = "") -> str:
        """Return a text without surrounding blanks, or the default where it is absent."""
        value = self.values.get(name)
        return value.strip() if isinstance(value, str) else default


def read_groups(text: str) -> list[Group]:
    """Read every namelist group (``$NAME ... $END`` or ``&NAME ... /``) of a text.

    >>> group = read_groups("$LCMODL key=1 deltat=5.D-04 title='it''s' dows=T echot= , $END")[0]
    >>> group.name, group.number("deltat", 0), group.text("title"), sorted(group.values)
    ('lcmodl', 0.0005, "it's", ['deltat', 'dows', 'key', 'title'])
    """
    groups: list[Group] = []
    place = 0
    while start := re.compile(r"[$&](?![Ee][Nn][Dd]\b)[A-Za-z]\w*").search(text, place):
        values, place = _group_values(text, start.end())
        groups.append(Group(start.group()[1:].lower(), values, start.start(), place))
    return groups


def _group_values(text: str, place: int) -> tuple[dict[str, Value], int]:
    values: dict[str, Value] = {}
    key = ""
    for token in _TOKEN.finditer(text, place):
        if token["end"]:
            return values, token.end()
        if token["group"]:
            return values, token.start()
        if token["key"]:
            key = re.sub(r"\s", "", token["key"]).lower()
        elif key and token["text"]:
            values[key] = token["text"][1:-1].replace("''", "'")
        elif key and token["bare"]:
            values[key] = _bare(token["bare"])
    return values, len(text)


def _bare(token: str) -> Value:
    if re.fullmatch(r"\.?[TtFf](?:[A-Za-z]*\.?)", token):
        return token.strip(".").upper().startswith("T")
    if _NUMBER.fullmatch(token):
        return _float(token)
    return token


def _float(token: str) -> float:
    return float(token.upper().replace("D", "E"))


def read_numbers(text: str, subject: str) -> NDArray[np.float64]:
    """Return the numbers of a text, which may touch where the next one is negative.

    Raises
    ------
    InputRefused
        If there is anything but finite numbers, such as the stars of a Fortran overflow.

    >>> read_numbers(" 1.0E+00-2.5D-01\\n .5", "a file").tolist()
    [1.0, -0.25, 0.5]
    """
    rest = _NUMBER.sub("", text).strip()
    if rest:
        problem = f"there is {rest.split()[0][:20]!r} among its numbers"
        raise InputRefused(subject, problem, "export the file again")
    numbers = np.array([_float(token) for token in _NUMBER.findall(text)], dtype=np.float64)
    if not np.isfinite(numbers).all():
        raise InputRefused(subject, "a number is too large", "export the file again")
    return numbers


def read_complex(text: str, points: int, subject: str) -> NDArray[np.complex128]:
    """Return pairs of real and imaginary parts (points,); any number of points where 0 is given.

    Raises
    ------
    InputRefused
        If there are not so many.
    """
    numbers = read_numbers(text, subject)
    if not numbers.size or numbers.size % 2 or (points and numbers.size != 2 * points):
        wanted = f"{2 * points}" if points else "an even number"
        problem = f"it holds {numbers.size} numbers, not {wanted}"
        raise InputRefused(subject, problem, "the file is cut off or damaged: export it again")
    return np.asarray(numbers[::2] + 1j * numbers[1::2], dtype=np.complex128)


def group_text(name: str, values: Mapping[str, Value]) -> str:
    """Return a namelist group as LCModel reads it, a value a line.

    >>> print(group_text("LCMODL", {"nunfil": 1024, "dows": False, "filraw": "a.raw"}))
     $LCMODL
     nunfil = 1024
     dows = F
     filraw = 'a.raw'
     $END
    """
    lines = [f" {key} = {_value_text(value)}" for key, value in values.items()]
    return "\n".join([f" ${name}", *lines, " $END"])


def _value_text(value: Value) -> str:
    if isinstance(value, bool):
        return "T" if value else "F"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value) if isinstance(value, int) else f"{value:.9g}"


def complex_text(values: Iterable[complex]) -> str:
    """Return complex numbers as lines of the Fortran format (2E15.6)."""
    return "\n".join(f"{value.real:15.6E}{value.imag:15.6E}" for value in values)
