import pytest

from gliofront.cohort.labels import SCHEMES, STRUCTURES, scheme_from_table, scheme_named
from gliofront.foundation.errors import InputRefused


@pytest.mark.parametrize("name", SCHEMES)
def test_every_scheme_names_known_structures_once(name):
    names = list(SCHEMES[name].values())
    assert set(names) <= set(STRUCTURES)
    assert len(names) == len(set(names))
    assert "enhancing" in names


def test_an_unknown_scheme_is_refused_with_the_known_ones():
    with pytest.raises(InputRefused, match="use one of brats"):
        scheme_named("brain")


def test_background_has_no_name_and_enhancing_is_needed():
    rows = [{"index": "0", "name": "background"}, {"index": "3", "name": "Enhancing_Tumor"}]
    assert scheme_from_table(rows, "t") == {3: "enhancing"}
    with pytest.raises(InputRefused, match="enhancing"):
        scheme_from_table([{"index": "1", "name": "edema"}], "t")
    with pytest.raises(InputRefused, match="index and name"):
        scheme_from_table([{"index": "x", "name": "edema"}], "t")
