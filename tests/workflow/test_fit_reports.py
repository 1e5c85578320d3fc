"""How far the fits on workers are reaches whoever waits."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from gliofront.learning.fit_watch import FitProgress
from gliofront.workflow import fit_reports
from gliofront.workflow.cluster import connected
from gliofront.workflow.fit_reports import FITS, fits_told, reported_fit


def fit(out: Path, name: str) -> bool:
    """Stand in for a long fit on a worker; the fits of tests are too short to be told of."""
    with reported_fit(out, name) as watch:
        watch.told._told_at = -1e9
        watch.told(FitProgress("network", 7, 1000, loss=0.5, seconds_left=30))
        return watch.folder == out / FITS / name


def test_what_a_worker_tells_arrives_and_that_of_another_folder_does_not(how, tmp_path):
    heard: list[str] = []
    ours, other = tmp_path / "ours", tmp_path / "other"
    with connected(how.cluster) as client, fits_told(client, ours, heard.append):
        assert client.submit(fit, other, "fold-9", pure=False).result()
        assert client.submit(fit, ours, "fold-1", pure=False).result()
        until = time.monotonic() + 10
        while not heard and time.monotonic() < until:
            time.sleep(0.05)
    assert heard == ["fold-1, network 7/1000, loss 0.5000, at most 30 s left"]


def interrupted(out: Path, name: str) -> None:
    with reported_fit(out, name) as watch:
        watch.folder.mkdir(parents=True)
        raise KeyboardInterrupt


def test_what_a_fit_kept_stays_only_if_it_was_interrupted(tmp_path):
    with reported_fit(tmp_path, "fold-1") as watch:
        watch.folder.mkdir(parents=True)
    assert not (tmp_path / FITS).exists()
    with pytest.raises(KeyboardInterrupt):
        interrupted(tmp_path, "fold-2")
    assert (tmp_path / FITS / "fold-2").is_dir()


def test_without_a_worker_nobody_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(fit_reports, "_EVERY_SECONDS", 0.0)
    with reported_fit(tmp_path, "fold-1") as watch:
        watch.told(FitProgress("network", 7, 1000))


@pytest.mark.parametrize("name", ["site-x/../..", "..", ""])
def test_a_name_that_leads_elsewhere_deletes_nothing(tmp_path, name):
    (tmp_path / "kept").touch()
    with pytest.raises(ValueError, match="no plain file name"), reported_fit(tmp_path, name):
        pass
    assert (tmp_path / "kept").exists()
