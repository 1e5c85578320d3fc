import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gliofront.foundation.errors import InputRefused
from gliofront.maps.perfusion.acquisition import (
    checked_echo_ms,
    checked_echo_pair_ms,
    checked_repetition_s,
)


@given(st.floats(8, 150))
def test_an_echo_time_in_seconds_is_named_and_mended(te_ms):
    assert checked_echo_ms(te_ms, "perf") == te_ms
    with pytest.raises(InputRefused, match=r"looks like .* s. To mend: give .* ms"):
        checked_echo_ms(te_ms / 1000, "perf")


@given(st.floats(0.2, 6))
def test_a_repetition_time_in_milliseconds_is_named_and_mended(tr_s):
    assert checked_repetition_s(tr_s, "perf") == tr_s
    with pytest.raises(InputRefused, match=r"looks like .* ms. To mend: give .* s"):
        checked_repetition_s(tr_s * 1000, "perf")


@pytest.mark.parametrize("value", [None, 0.0, -30.0, math.nan, math.inf])
def test_missing_times_are_refused(value):
    with pytest.raises(InputRefused, match="echo time is"):
        checked_echo_ms(value, "perf")
    with pytest.raises(InputRefused, match="repetition time is"):
        checked_repetition_s(value, "perf")


@pytest.mark.parametrize("te_ms", [3.0, 400.0])
def test_an_implausible_echo_time_is_refused(te_ms):
    with pytest.raises(InputRefused, match="is not within 8 to 150 ms"):
        checked_echo_ms(te_ms, "perf")


@pytest.mark.parametrize("tr_s", [0.05, 20.0])
def test_an_implausible_repetition_time_is_refused(tr_s):
    with pytest.raises(InputRefused, match=r"is not within 0\.2 to 6 s"):
        checked_repetition_s(tr_s, "perf")


def test_two_echoes_come_in_order():
    assert checked_echo_pair_ms(2.0, 30.0, "perf") == (2.0, 30.0)
    with pytest.raises(InputRefused, match="is not after the first"):
        checked_echo_pair_ms(30.0, 30.0, "perf")
