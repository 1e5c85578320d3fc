import pytest

from gliofront.cohort.ratings import LUMIERE_RATING_COLUMN, Rating, read_rating
from gliofront.foundation.errors import InputRefused

READ = [
    ("CR", Rating.COMPLETE_RESPONSE, False, False),
    ("PR", Rating.PARTIAL_RESPONSE, False, False),
    ("SD", Rating.STABLE, False, False),
    ("PD", Rating.PROGRESSION, True, False),
    ("Pre-Op", Rating.BEFORE_OPERATION, None, False),
    ("Post-Op", Rating.AFTER_OPERATION, None, True),
    ("Post-Op ", Rating.AFTER_OPERATION, None, True),
    ("Post-Op/PD", Rating.PROGRESSION_OPERATED, True, True),
    (" pd", Rating.PROGRESSION, True, False),
]


@pytest.mark.parametrize(("text", "rating", "progressed", "operated"), READ)
def test_each_rating_says_what_it_says(text, rating, progressed, operated):
    read = read_rating(text)
    assert read is rating
    assert read.progressed is progressed
    assert read.operated is operated


def test_every_rating_can_be_read_and_is_in_the_table():
    assert {read_rating(str(rating)) for rating in Rating} == {row[1] for row in READ}
    assert set(Rating) == {row[1] for row in READ}


@pytest.mark.parametrize("text", ["", "  ", "None", "n/a", "NA", "nan"])
def test_an_empty_cell_is_not_rated(text):
    assert read_rating(text) is None


@pytest.mark.parametrize("text", ["PD?", "PD/SD", "progression", "0", "Post-Op/SD"])
def test_a_text_that_is_not_known_is_refused_by_name(text):
    with pytest.raises(InputRefused) as refused:
        read_rating(text)
    assert repr(text) in str(refused.value)
    assert "use one of CR, PR, SD, PD" in refused.value.mend


def test_the_column_of_lumiere_is_one_line():
    assert LUMIERE_RATING_COLUMN.startswith("Rating (according to RANO, PD: Progressive disease, ")
    assert LUMIERE_RATING_COLUMN.endswith(" Post-Op: Post-Operative)")
