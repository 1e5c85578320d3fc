"""Pages in a real browser, where one is installed."""

import io
import json
import os
import re
import shutil
import subprocess

import numpy as np
import pytest
from cohort_scene import full
from matplotlib.image import imread
from page_scenes import BRAIN_CENTRE, GRID, HOSTILE, ball, page, told

from gliofront.image.volume import Volume
from gliofront.report.page.cohort_html import cohort_html
from gliofront.report.page.patient_html import patient_html

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = pytest.mark.skipif(
    BROWSER is None, reason="none of chromium, chromium-browser, google-chrome is installed"
)
WIDTH = 1200


def browse(address: str, *options: str) -> str:
    # The browser's own sandbox does not start for root.
    alone = ["--no-sandbox"] if os.geteuid() == 0 else []
    command = [
        BROWSER,
        "--headless=new",
        "--disable-gpu",
        f"--window-size={WIDTH},1000",
        "--virtual-time-budget=10000",
        *alone,
        *options,
        address,
    ]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def document_of(html: str, folder, mark: str = "") -> str:
    """Return the document as it stands once its script has run."""
    path = folder / "page.html"
    path.write_text(html, encoding="utf-8")
    return browse(path.as_uri() + mark, "--dump-dom")


def test_sliders_keys_wheel_and_clicks_do_what_they_say(tmp_path):
    document = document_of(patient_html(page()), tmp_path, "#selftest")
    found = re.search(r'<html[^>]*data-selftest="([^"]*)"', document)
    assert found, "the page's own test did not run"
    assert json.loads(found[1]) == []


def test_a_patient_without_a_map_can_be_looked_at_too(tmp_path):
    document = document_of(patient_html(page(probability=None)), tmp_path, "#selftest")
    assert 'data-selftest="[]"' in document
    assert "no map of this patient" in document


def test_the_place_and_the_values_are_read_out(tmp_path):
    document = document_of(patient_html(page()), tmp_path)
    x, y, z = GRID.to_world((8, 25, 17))
    assert f"x (right) {x:.1f}, y (front) {y:.1f}, z (up) {z:.1f} mm" in document
    assert re.search(r'id="readout-regions">tumour; shell<', document)
    assert re.search(r'id="readout-maps">T1C [\d.]+ NAWM z; FLAIR [\d.]+ NAWM z<', document)


def test_a_script_that_is_not_ours_does_not_run(tmp_path):
    html = patient_html(page())
    foreign = "<script>document.documentElement.dataset.bad = 1</script><p onclick=''>"
    document = document_of(html.replace("</main>", foreign + "</main>"), tmp_path)
    assert "data-bad" not in document.partition("<head>")[0]


@pytest.mark.parametrize("name", HOSTILE[:2])
def test_hostile_names_do_nothing(name, tmp_path):
    for html in (patient_html(page(**told(name))), cohort_html(full(name))):
        assert "data-bad" not in document_of(html, tmp_path).partition("<head>")[0]


def test_tables_of_the_cohort_can_be_sorted(tmp_path):
    assert re.search(
        r'<th scope="col"><button>predictor</button>', document_of(cohort_html(full()), tmp_path)
    )


def coloured_column(side: int, folder) -> float:
    """Return where a hot spot that far to the patient's right stands in the axial plane, 0 to 1."""
    centre = (BRAIN_CENTRE[0] + side, *BRAIN_CENTRE[1:])
    hot = Volume(GRID, np.where(ball(centre, 3), 0.9, np.nan), "p", "probability")
    path = folder / "page.html"
    path.write_text(patient_html(page(probability=hot, regions=())), encoding="utf-8")
    browse(path.as_uri(), f"--screenshot={folder / 'page.png'}")
    picture = imread(io.BytesIO((folder / "page.png").read_bytes()))[..., :3]
    axial = picture[200:560, : WIDTH // 3]
    colour = axial.max(axis=2) - axial.min(axis=2) > 0.1
    return float(np.argwhere(colour)[:, 1].mean()) / axial.shape[1]


def test_the_patient_s_left_is_on_the_viewer_s_right(tmp_path):
    left, right = coloured_column(-7, tmp_path), coloured_column(7, tmp_path)
    assert left > right + 0.1
