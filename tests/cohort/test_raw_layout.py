"""Raw scans of a visit: which files belong together."""

from pathlib import Path

import pytest

from gliofront.cohort.layout import read_timepoint
from gliofront.cohort.raw_scans import DIFFUSION, PERFUSION, SPECTROSCOPY
from gliofront.foundation.errors import InputRefused

B_VALUES = "0 " + " ".join(["1000"] * 12)


@pytest.fixture
def visit(tmp_path):
    """Return a function that writes empty files of a visit, or their text, and reads it."""

    def read(**files):
        folder = tmp_path / "sub-1" / "ses-preop"
        for name, text in files.items():
            data_type, _, rest = name.partition("/")
            path = folder / data_type / f"sub-1_ses-preop_{rest}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return read_timepoint(tmp_path, "1", "preop")

    return read


def names(scan):
    return {
        what: Path(path).name.removeprefix("sub-1_ses-preop_") for what, path in scan.files.items()
    }


def test_a_series_with_gradients_and_sidecar(visit):
    found = visit(
        **{"dwi/dwi.nii.gz": "", "dwi/dwi.bval": B_VALUES, "dwi/dwi.bvec": "", "dwi/dwi.json": "{}"}
    )
    assert names(found.raw[DIFFUSION]) == {
        "DWI": "dwi.nii.gz",
        "DWI json": "dwi.json",
        "DWI bval": "dwi.bval",
        "DWI bvec": "dwi.bvec",
    }
    assert found.to_be_made == ("ADC", "FA", "p", "q")


def test_of_a_pair_the_series_with_more_gradients_is_fitted_and_the_other_tells_the_distortion(
    visit,
):
    found = visit(
        **{
            "dwi/dir-AP_dwi.nii.gz": "",
            "dwi/dir-AP_dwi.bval": "0 0",
            "dwi/dir-PA_dwi.nii.gz": "",
            "dwi/dir-PA_dwi.bval": B_VALUES,
        }
    )
    seen = names(found.raw[DIFFUSION])
    assert seen["DWI"] == "dir-PA_dwi.nii.gz"
    assert seen["reverse b0"] == "dir-AP_dwi.nii.gz"
    assert seen["reverse b0 bval"] == "dir-AP_dwi.bval"


def test_the_reverse_may_lie_among_the_field_maps(visit):
    found = visit(
        **{
            "dwi/dir-AP_dwi.nii.gz": "",
            "dwi/dir-AP_dwi.bval": B_VALUES,
            "fmap/dir-PA_epi.nii.gz": "",
            "fmap/dir-AP_epi.nii.gz": "",
        }
    )
    assert names(found.raw[DIFFUSION])["reverse b0"] == "dir-PA_epi.nii.gz"


def test_two_series_of_one_direction_are_refused(visit):
    with pytest.raises(InputRefused, match="2 files for DWI"):
        visit(
            **{
                "dwi/run-1_dwi.nii.gz": "",
                "dwi/run-1_dwi.bval": B_VALUES,
                "dwi/run-2_dwi.nii.gz": "",
                "dwi/run-2_dwi.bval": B_VALUES,
            }
        )


def test_a_series_without_gradients_is_found_so_that_its_reader_can_say_what_is_missing(visit):
    assert names(visit(**{"dwi/dwi.nii.gz": ""}).raw[DIFFUSION])["DWI bval"] == "dwi.bval"


def test_gradients_that_are_no_text_are_refused(visit, tmp_path):
    visit(**{"dwi/dwi.nii.gz": "", "dwi/dwi.bval": ""})
    next(tmp_path.rglob("*.bval")).write_bytes(b"\xff\xfe")
    with pytest.raises(InputRefused, match=r"dwi\.bval.*cannot be read"):
        read_timepoint(tmp_path, "1", "preop")


def test_perfusion_and_spectroscopy_with_water(visit):
    found = visit(**{"perf/dsc.nii.gz": "", "mrs/mrsi.nii.gz": "", "mrs/mrsref.nii.gz": ""})
    assert names(found.raw[PERFUSION]) == {"DSC": "dsc.nii.gz"}
    assert names(found.raw[SPECTROSCOPY]) == {"MRS": "mrsi.nii.gz", "MRS water": "mrsref.nii.gz"}
    assert found.to_be_made == ("rCBV",)


def test_a_given_map_is_not_made(visit):
    found = visit(
        **{"dwi/dwi.nii.gz": "", "dwi/dwi.bval": B_VALUES, "dwi/param-ADC_dwimap.nii.gz": ""}
    )
    assert found.to_be_made == ("FA", "p", "q")
    assert found.maps == ("ADC", "FA", "p", "q")
    assert set(found.image_files) == {"ADC"}
