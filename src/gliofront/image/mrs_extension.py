"""The JSON that a NIfTI-MRS file carries in its header extension (code 44), read and checked.

Clarke et al., NIfTI-MRS: a standard data format for magnetic resonance spectroscopy, Magn Reson
Med 2022;88:2358-2370; the standard itself, version 0.9.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from gliofront.foundation.errors import InputRefused

EXTENSION_CODE = 44
"""NIFTI_ECODE_MRS."""

_NOT_MRS = "convert the scan to NIfTI-MRS (spec2nii does it)"


def extension_json(content: bytes, start: int, end: int, order: str, subject: str) -> Any:
    """Return the JSON object of the extension of code 44, parsed.

    Parameters
    ----------
    content : the file's bytes.
    start, end : first byte after the header, and first byte of the data.
    order : ``"<"`` or ``">"``.

    Raises
    ------
    InputRefused
        If there is no such extension, it reaches beyond its place, or is not a JSON object.
    """
    word = np.dtype(order + "u4")
    place = start + 4
    flagged = end >= place and content[start] != 0
    while flagged and place + 8 <= end:
        size, code = (int(value) for value in np.frombuffer(content, word, 2, place))
        if size < 8 or place + size > end:
            problem = f"a header extension claims {size} bytes of the {end - place} there are"
            raise InputRefused(subject, problem, "export the scan again; the header is damaged")
        if code == EXTENSION_CODE:
            return _parsed(content[place + 8 : place + size], subject)
        place += size
    problem = "there is no header extension of NIfTI-MRS (code 44)"
    raise InputRefused(subject, problem, _NOT_MRS)


def _parsed(raw: bytes, subject: str) -> Any:
    try:
        parsed = json.loads(raw.rstrip(b"\0 \t\r\n").decode("utf-8"))
    except (ValueError, RecursionError) as error:
        problem = f"the header extension is not JSON ({type(error).__name__})"
        raise InputRefused(subject, problem, "export the scan again") from error
    if not isinstance(parsed, dict):
        problem = "the header extension is not a JSON object"
        raise InputRefused(subject, problem, "export the scan again")
    return parsed


def field_mhz(header: Mapping[str, Any], subject: str) -> float:
    """Return the frequency of 1H in MHz.

    Raises
    ------
    InputRefused
        If frequency or nucleus is missing, the nucleus is not 1H, or there is more than one.
    """
    nuclei = _listed(header.get("ResonantNucleus"))
    frequencies = _listed(header.get("SpectrometerFrequency"))
    if not nuclei or not frequencies:
        problem = "ResonantNucleus or SpectrometerFrequency is missing in its header"
        raise InputRefused(subject, problem, _NOT_MRS)
    if nuclei != ["1H"]:
        problem = f"its nucleus is {', '.join(str(one)[:20] for one in nuclei)}, not 1H"
        raise InputRefused(subject, problem, "give the proton spectroscopy")
    frequency = number(frequencies[0])
    if len(frequencies) > 1 or not 10 <= frequency <= 1000:
        problem = f"SpectrometerFrequency is {str(frequencies)[:60]}, not one of 10 to 1000 MHz"
        raise InputRefused(subject, problem, "mend it in the header extension")
    return frequency


def number(value: object) -> float:
    """Return a JSON number as float, NaN for anything else.

    >>> number(0.03), number("0.03"), number(True)
    (0.03, nan, nan)
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.nan


def extension_bytes(header: Mapping[str, Any]) -> bytes:
    """Return the extension block of code 44 that holds a header, a multiple of 16 bytes long."""
    text = json.dumps(dict(header), sort_keys=True, ensure_ascii=False, allow_nan=False)
    raw = text.encode("utf-8")
    size = -(-(len(raw) + 8) // 16) * 16
    head = size.to_bytes(4, "little") + EXTENSION_CODE.to_bytes(4, "little")
    return head + raw.ljust(size - 8, b"\0")


def _listed(value: object) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]
