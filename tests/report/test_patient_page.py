import re
from base64 import b64encode
from hashlib import sha256

import numpy as np
import pytest
from page_scenes import (
    AFFINE,
    GRID,
    HOSTILE,
    HOT_CENTRE,
    SHAPE,
    Seen,
    codes_of,
    page,
    script_of_page,
    told,
    view_of,
)

from gliofront import RESEARCH_ONLY
from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid
from gliofront.image.volume import Volume
from gliofront.report.page.patient_html import CONVENTION, patient_html
from gliofront.report.page.patient_page import PatientPage, Region


def test_the_same_page_gives_the_same_text_and_another_another():
    assert patient_html(page()) == patient_html(page())
    assert patient_html(page()) != patient_html(page(probability=None))


def test_it_asks_no_host_and_allows_only_its_own_script_and_style():
    html = patient_html(page(model_card=("..", "models", "m", "MODEL_CARD.md")))
    assert "http:" not in html.replace("http-equiv", "")
    assert "https:" not in html
    seen = Seen(html)
    addresses = [value for name, value in seen.attributes if name in ("src", "href", "action")]
    assert addresses == ["../models/m/MODEL_CARD.md"]
    (policy,) = [v for n, v in seen.attributes if n == "content" and "default-src" in v]
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    for content in (script_of_page(html), style):
        digest = b64encode(sha256(content.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


def test_research_only_stands_at_both_ends_and_the_convention_in_words():
    html = patient_html(page())
    body = html.partition("<body>")[2]
    assert body.index(RESEARCH_ONLY) < body.index("<h1>")
    assert body.rindex(RESEARCH_ONLY) > body.index("</main>")
    assert CONVENTION.replace("'", "&#x27;") in html


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_shown_as_text(name):
    calm = Seen(patient_html(page(**told("calm"))))
    html = patient_html(page(**told(name)))
    seen = Seen(html)
    assert seen.elements == calm.elements
    assert not [attribute for attribute, _ in seen.attributes if attribute.startswith("on")]
    assert [n for n, _ in seen.attributes] == [n for n, _ in calm.attributes]
    shown = name.replace("\u202e", "\ufffd")
    assert sum(shown in piece for piece in seen.text) >= 8
    assert view_of(html)["regions"][0]["name"] == shown


def test_values_and_places_come_back_from_the_page():
    shown = page()
    html = patient_html(shown)
    view, codes = view_of(html), codes_of(html, "underlay-0")
    scale, data = view["underlays"][0], shown.underlays[0].data
    box = Grid(np.array(view["affine"]), tuple(view["shape"]))
    for voxel in ((20, 18, 13), (9, 20, 15)):
        at = np.rint(box.to_voxel(GRID.to_world(voxel))).astype(int)
        value = scale["low"] + (codes[tuple(at)] - 1) / 254 * (scale["high"] - scale["low"])
        assert value == pytest.approx(data[voxel], abs=(scale["high"] - scale["low"]) / 500)
    start = box.to_world(view["start"])
    np.testing.assert_allclose(start, GRID.to_world(HOT_CENTRE))
    labels = codes_of(html, "labels", np.uint16)
    assert np.count_nonzero(labels & 1) == np.count_nonzero(shown.regions[0].mask)
    assert np.count_nonzero(labels & 2) == np.count_nonzero(shown.regions[1].mask)


def test_the_probability_is_undefined_where_it_was_not_asked():
    shown = page()
    html = patient_html(shown)
    codes = codes_of(html, "probability")
    assert np.count_nonzero(codes) == np.count_nonzero(np.isfinite(shown.probability.data))
    assert view_of(html)["probability"]["high"] == pytest.approx(0.6)


def test_parts_that_are_missing_are_told():
    html = patient_html(page(probability=None, regions=()))
    for sentence in (
        "Not told: it takes a map of the patient and a known progression.",
        "Not computed for this patient.",
        "not beside this page",
    ):
        assert sentence in html
    assert view_of(html)["probability"] is None


def test_what_does_not_fit_is_refused():
    volume = page().underlays[0]
    flipped = Volume(Grid(AFFINE @ np.diag([-1.0, 1, 1, 1]), SHAPE), volume.data, "T1C", "x")
    for changes, problem in (
        ({"underlays": ()}, "no image"),
        ({"underlays": (flipped,), "probability": None}, "LAS"),
        ({"underlays": (volume, flipped)}, "other grids"),
        ({"brain": np.ones((2, 2, 2), bool)}, "other grids"),
    ):
        with pytest.raises(InputRefused, match=problem):
            page(**changes)
    with pytest.raises(InputRefused, match="empty"):
        patient_html(page(brain=np.zeros(SHAPE, bool)))
    with pytest.raises(InputRefused, match="more than 16"):
        patient_html(page(regions=17 * page().regions[:1]))


def test_a_patient_of_1_mm_with_four_maps_of_pure_noise_stays_below_15_mb():
    shape = (160, 190, 160)
    grid = Grid(np.eye(4), shape)
    at = np.ogrid[:160, :190, :160]
    brain = sum(((a - n / 2) / (n / 2 - 1)) ** 2 for a, n in zip(at, shape, strict=True)) < 1
    noise = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
    noise[~brain] = np.nan
    maps = tuple(
        Volume(grid, np.roll(noise, n, axis=0), name, "NAWM z")
        for n, name in enumerate(("T1C", "FLAIR", "ADC", "rCBV"))
    )
    ring = sum((a - c) ** 2 for a, c in zip(at, (110, 90, 90), strict=True)) < 32**2
    chance = Volume(grid, np.where(ring, np.abs(noise) / 5, np.nan), "p", "probability")
    shown = PatientPage("sub-1", brain, maps, chance, (Region("tumour", ring, "#ffffff"),))
    assert len(patient_html(shown)) < 15e6
