"""The viewer's script without a browser: what it reads and where it puts a voxel."""

import json
import shutil
import subprocess

import numpy as np
import pytest
from page_scenes import block, codes_of, small_html, view_of

from gliofront.image.grid import Grid
from gliofront.report.page.document import COHORT_SCRIPTS, PATIENT_SCRIPTS, part, script_of
from gliofront.report.preview import PLANES

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
LOGIC = ("volumes.js", "planes.js", "colours.js")


def ran(code: str, *values: object):
    """Return what code makes of values, next to the viewer's functions."""
    given = f"const given = {json.dumps(values)};"
    asked = f"(async () => console.log(JSON.stringify(await ({code})(...given))))();"
    source = "\n".join([script_of(LOGIC), given, asked])
    done = subprocess.run(["node", "-"], input=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("names", [PATIENT_SCRIPTS, COHORT_SCRIPTS])
def test_the_scripts_are_well_formed(names, tmp_path):
    path = tmp_path / "page.js"
    path.write_text(script_of(names), encoding="utf-8")
    subprocess.run(["node", "--check", str(path)], check=True)
    assert "</script" not in script_of(names)


def test_volumes_are_unpacked_as_they_were_packed():
    html = small_html()
    grey = ran("async (text) => [...await greyVolume(text)]", block(html, "underlay-0"))
    assert grey == codes_of(html, "underlay-0").ravel(order="F").tolist()
    bits = ran("async (text) => [...await bitVolume(text)]", block(html, "labels"))
    assert bits == codes_of(html, "labels", np.uint16).ravel(order="F").tolist()


@pytest.mark.parametrize("number", range(3))
def test_planes_are_those_of_the_preview_side_for_side(number):
    html = small_html()
    view, codes = view_of(html), codes_of(html, "underlay-0")
    plane, index = PLANES[number], 9
    code = """(view, codes, n, at) =>
      [...sliceOf(Uint8Array.from(codes), view.planes[n], view.shape, at)]"""
    flat = ran(code, view, codes.ravel(order="F").tolist(), number, index)
    # The preview counts rows from the bottom.
    expected = plane.slice(codes, index)[::-1]
    np.testing.assert_array_equal(np.reshape(flat, expected.shape), expected)
    assert view["planes"][number]["letters"] == list(plane.letters)


def test_a_voxel_on_the_patient_s_left_front_top_stands_where_the_letters_say():
    view = view_of(small_html())
    voxel = [2, view["shape"][1] - 2, view["shape"][2] - 3]
    cells = ran("(view, at) => view.planes.map((p) => cellOfVoxel(p, view.shape, at))", view, voxel)
    wide = [view["shape"][plane["across"]] for plane in view["planes"]]
    # Axial and coronal: left of the patient is right of the picture; sagittal: front is left.
    assert cells[0] == [wide[0] - 3, 1]
    assert cells[1] == [wide[1] - 3, 2]
    assert cells[2] == [1, 2]
    code = (
        "(view, at, cells) => view.planes.map((p, n) => voxelOfCell(p, view.shape, cells[n], at))"
    )
    assert ran(code, view, voxel, cells) == [voxel] * 3


def test_millimetres_are_those_of_the_grid():
    view = view_of(small_html())
    voxel = [3, 7, 11]
    found = ran("(view, at) => worldOf(view.affine, at)", view, voxel)
    grid = Grid(np.array(view["affine"]), tuple(view["shape"]))
    np.testing.assert_allclose(found, grid.to_world(voxel))


def test_values_are_told_with_their_bounds():
    scale = {"low": 0.0, "high": 254.0, "unit": "NAWM z"}
    code = "(scale) => [0, 1, 11, 255].map((code) => valueText(code, scale))"
    assert ran(code, scale) == ["undefined", "≤ 0 NAWM z", "10 NAWM z", "≥ 254 NAWM z"]


def test_the_overlay_is_drawn_from_the_threshold_on():
    scale = {"low": 0.0, "high": 1.0, "unit": ""}
    code = """(scale) => [0, 0.5, 1].map((threshold) => {
      const lowest = codeOfThreshold(threshold, scale);
      const rgba = painted([9, 9, 9, 9], [0, 100, 129, 255], lowest, 1);
      return [0, 1, 2, 3].map((n) => rgba[4 * n + 2] !== 9);
    })"""
    assert ran(code, scale) == [
        [False, True, True, True],
        [False, False, True, True],
        [False, False, False, True],
    ]


def test_lightness_of_the_colours_rises():
    colours = np.array(ran("() => Array.from({ length: 50 }, (_, n) => heat(n / 49))"))
    assert (np.diff(colours @ [0.2126, 0.7152, 0.0722]) > 0).all()


def test_an_outline_goes_round_and_a_dotted_one_is_half_of_it():
    code = """(pattern) => outlineOf([0, 0, 0, 0, 2, 2, 0, 2, 2], 3, 3, 2, pattern).length"""
    assert ran(code, "solid") == 8
    assert 0 < ran(code, "dotted") < 8
    assert ran("() => outlineOf([1, 1, 1, 1], 2, 2, 2, 'solid')") == []


def test_every_script_begins_by_saying_what_it_is():
    for name in {*PATIENT_SCRIPTS, *COHORT_SCRIPTS} - {"start_patient.js", "start_cohort.js"}:
        assert part(name).startswith("// ")
