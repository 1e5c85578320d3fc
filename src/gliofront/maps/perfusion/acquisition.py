"""Echo and repetition time: present, plausible, in the unit that was meant."""

from __future__ import annotations

import math

from gliofront.foundation.errors import InputRefused

# Bounds of dynamic susceptibility imaging; the first of two echoes may be a few milliseconds.
_ECHO_MS = (1.0, 150.0)
_SINGLE_ECHO_MS = (8.0, 150.0)
_REPETITION_S = (0.2, 6.0)


def _finite(value: float | None, subject: str, name: str, field: str) -> float:
    if value is None or not math.isfinite(value) or value <= 0:
        problem = f"the {name} is missing" if value is None else f"the {name} is {value:g}"
        raise InputRefused(subject, problem, f"give it ({field} in the sidecar of the series)")
    return float(value)


def checked_echo_ms(te_ms: float | None, subject: str, *, first_of_two: bool = False) -> float:
    """Return the echo time in ms, refusing what a gradient-echo bolus series cannot have.

    Parameters
    ----------
    te_ms : echo time, ms.
    first_of_two : the short echo of a dual-echo series, from 1 ms; else from 8 ms.

    Raises
    ------
    InputRefused
        If it is missing, implausible, or plainly in seconds.

    >>> checked_echo_ms(30.0, "perf")
    30.0
    >>> checked_echo_ms(0.03, "perf")
    Traceback (most recent call last):
    gliofront.foundation.errors.InputRefused: perf: an echo time of 0.03 ms cannot be; it looks \
like 0.03 s. To mend: give 30 ms (sidecars state EchoTime in seconds).
    """
    value = _finite(te_ms, subject, "echo time", "EchoTime")
    low, high = _ECHO_MS if first_of_two else _SINGLE_ECHO_MS
    if low <= value <= high:
        return value
    if low <= 1000 * value <= high:
        problem = f"an echo time of {value:g} ms cannot be; it looks like {value:g} s"
        mend = f"give {1000 * value:g} ms (sidecars state EchoTime in seconds)"
        raise InputRefused(subject, problem, mend)
    problem = f"an echo time of {value:g} ms is not within {low:g} to {high:g} ms"
    raise InputRefused(subject, problem, "check EchoTime, and that the series is a T2* bolus")


def checked_repetition_s(tr_s: float | None, subject: str) -> float:
    """Return the repetition time in s: the time from one frame to the next.

    Raises
    ------
    InputRefused
        If it is missing, implausible, or plainly in milliseconds.

    >>> checked_repetition_s(1.5, "perf")
    1.5
    """
    value = _finite(tr_s, subject, "repetition time", "RepetitionTime")
    low, high = _REPETITION_S
    if low <= value <= high:
        return value
    if low <= value / 1000 <= high:
        problem = f"a repetition time of {value:g} s cannot be; it looks like {value:g} ms"
        raise InputRefused(subject, problem, f"give {value / 1000:g} s")
    problem = f"a repetition time of {value:g} s is not within {low:g} to {high:g} s"
    raise InputRefused(subject, problem, "check RepetitionTime, the time between two frames")


def checked_echo_pair_ms(
    first_ms: float | None, second_ms: float | None, subject: str
) -> tuple[float, float]:
    """Return the two echo times in ms of a dual-echo series, the shorter first.

    Raises
    ------
    InputRefused
        If one is missing or implausible, or the second is not at least 2 ms later.
    """
    first = checked_echo_ms(first_ms, subject, first_of_two=True)
    second = checked_echo_ms(second_ms, subject)
    if second < first + 2.0:
        problem = f"the second echo ({second:g} ms) is not after the first ({first:g} ms)"
        raise InputRefused(subject, problem, "give the series with the shorter echo time first")
    return first, second
