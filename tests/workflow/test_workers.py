"""The number of workers is no part of a result."""

from gliofront.cli.main import exit_code
from small_study import outputs


def test_one_worker_and_two_write_the_same_bytes(small, tmp_path):
    # All of them progress, as two that are learned from must.
    study = small.copy(tmp_path / "bids", small.patients[2:5]).with_external(small.patients[2])
    outs = {workers: tmp_path / f"out-{workers}" for workers in ("1", "2")}
    for workers, out in outs.items():
        arguments = study.arguments(out, "--workers", workers, "--quiet")
        assert exit_code(arguments) == 0
    one, two = (outputs(out) for out in outs.values())
    assert one.keys() == two.keys()
    assert {name for name in one if one[name] != two[name]} == set()
    maps = [name for name in one if name.endswith("_label-progression_desc-boosted_probseg.nii.gz")]
    assert len(maps) == 2 * 3
    assert "group/external_scores.tsv" in one
