"""A small patient without any symmetry, its page, and what can be read back from a page."""

from __future__ import annotations

import gzip
import json
import re
from base64 import b64decode
from html.parser import HTMLParser

import numpy as np

from gliofront.image.grid import Grid
from gliofront.image.volume import Volume
from gliofront.report.page.patient_html import patient_html
from gliofront.report.page.patient_page import PatientPage, Pattern, Region

SHAPE = (30, 36, 26)
AFFINE = np.array([[2.0, 0, 0, -31], [0, 2.0, 0, -40], [0, 0, 2.0, -20], [0, 0, 0, 1]])
GRID = Grid(AFFINE, SHAPE)
BRAIN_CENTRE, HOT_CENTRE = (15, 18, 13), (8, 25, 17)
HOSTILE = (
    "<script>document.documentElement.dataset.bad = 1</script>",
    "</script><img src=x onerror=alert(1)>",
    '"\' onmouseover=alert(1) x="',
    "=cmd|' /C calc'!A0",
    "../../../etc/passwd",
    "\u202egnp.exe",
)


class Seen(HTMLParser):
    """Elements, attributes and visible text of a page."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.attributes, self.text = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text.append(data)


def ball(centre, radius, shape=SHAPE):
    at = np.indices(shape).astype(float)
    return sum((a - c) ** 2 for a, c in zip(at, centre, strict=True)) <= radius**2


def images() -> tuple[Volume, ...]:
    i, j, k = np.indices(SHAPE).astype(float)
    brain = ball(BRAIN_CENTRE, 12)
    t1c = np.where(brain, i + 0.3 * j + 0.1 * k, np.nan)
    flair = np.where(brain, 5 + np.sin(i) + j, np.nan)
    return Volume(GRID, t1c, "T1C", "NAWM z"), Volume(GRID, flair, "FLAIR", "NAWM z")


def page(**changes) -> PatientPage:
    """Return a patient whose tumour is left, in front and above."""
    tumour, hot = ball(HOT_CENTRE, 2), ball(HOT_CENTRE, 5)
    chance = np.where(hot & ~tumour, 0.2, np.nan)
    chance[8, 28, 17] = 0.6
    shown = {
        "title": "sub-1",
        "brain": ball(BRAIN_CENTRE, 12),
        "underlays": images(),
        "probability": Volume(GRID, chance, "progression probability", "probability"),
        "regions": (
            Region("tumour", tumour, "#00e5ff", width=3.0),
            Region("shell", hot, "#ffffff", Pattern.DOTTED, 1.0),
        ),
    }
    return PatientPage(**(shown | changes))


def told(name: str) -> dict:
    """Return parts of a page that hold a name wherever a name can come from outside."""
    region = Region(name, ball(HOT_CENTRE, 2), "#ffffff")
    volume = page().underlays[0]
    return {
        "title": name,
        "underlays": (Volume(GRID, volume.data, name, name),),
        "regions": (region,),
        "origin": name,
        "volumes_ml": {name: 1.0},
        "coverage": [{name: name}],
        "findings": [{"problem": name}],
        "missing": (name,),
        "novelty": name,
        "sources": {name: name},
        "model_card": ("..", name),
        "methods": name,
    }


def block(html: str, name: str) -> str:
    """Return the content of a data block of a page."""
    found = re.search(rf'<script type="[^"]+" id="{name}">([^<]*)</script>', html)
    assert found, name
    return found[1]


def view_of(html: str) -> dict:
    return json.loads(block(html, "view"))


def codes_of(html: str, name: str, kind=np.uint8) -> np.ndarray:
    """Return a volume of a page, (X, Y, Z) of the box."""
    raw = gzip.decompress(b64decode(block(html, name)))
    return np.frombuffer(raw, dtype=np.dtype(kind).newbyteorder("<")).reshape(
        view_of(html)["shape"], order="F"
    )


def script_of_page(html: str) -> str:
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    return script


def small_html() -> str:
    return patient_html(page())
