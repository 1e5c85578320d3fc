"""The two uses of ``gliofront features``, with progress and closing lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter

from gliofront.cli.console import show_end, show_findings, track_voxels
from gliofront.cli.feature_options import with_options
from gliofront.foundation.errors import EXIT_DONE
from gliofront.workflow.feature_request import FeatureRequest, wanted_maps
from gliofront.workflow.image_features import WrittenFeatures, read_image, write_features
from gliofront.workflow.outcome import exit_code_of
from gliofront.workflow.prepared_features import (
    map_counts,
    maps_at_hand,
    model_folders,
    prepared_patients,
    settings_of,
    tabulate_patients,
)
from gliofront.workflow.run import How
from gliofront.workflow.settings import load_settings


class _Pace:
    """Counts voxels on their way to a bar, and the seconds that they took."""

    def __init__(self, told: Callable[[int], None]) -> None:
        self._told, self._start = told, perf_counter()
        self._voxels, self._seconds = 0, 0.0

    def __call__(self, more: int) -> None:
        self._voxels += more
        self._seconds = perf_counter() - self._start
        self._told(more)

    def __str__(self) -> str:
        rate = self._voxels / max(self._seconds, 1e-6)
        return f"{self._voxels:,} voxels in {self._seconds:.1f} s ({rate:,.0f} voxels/s)"


def features_of_image(
    image: Path,
    mask: Path,
    output: Path,
    settings: Path | None,
    options: Mapping[str, object],
    *,
    inside: Path | None,
    maps: str | None,
    threads: int,
    quiet: bool,
) -> int:
    """Compute the features of an image, show what was made, and return the exit code."""
    loaded = load_settings(settings)
    chosen = with_options(loaded.texture, options)
    request = FeatureRequest(
        image=image,
        mask=mask,
        out=output,
        settings=chosen,
        inside=inside,
        maps=wanted_maps(maps, chosen),
        threads=threads,
        orientation=loaded.intake.assume_orientation,
    )
    read = read_image(request)
    totals = {"voxels": read.rows} | ({"maps": len(request.maps)} if request.maps else {})
    with track_voxels(totals, quiet=quiet) as (told, *drawn):
        pace = _Pace(told)
        made = write_features(read, pace, *drawn)
    show_findings({image.name: read.findings}, notes=True)
    show_end([*_closing_lines(made), str(pace)])
    return EXIT_DONE


def _closing_lines(made: WrittenFeatures) -> list[str]:
    table, *others = (path for path in made.files if path.suffix != ".json")
    lines = [
        f"undefined (NaN) in {count} of {made.rows} rows: {reason}"
        for reason, count in made.undefined.items()
        if count
    ]
    lines += [f"table: {table}"]
    if others:
        lines.append(f"maps on the image's own grid: {len(others)} in {table.parent}")
    return lines


def features_of_patients(
    out: Path,
    settings: Path | None,
    options: Mapping[str, object],
    how: How,
    *,
    quiet: bool,
) -> int:
    """Compute the features of prepared patients anew, and return the exit code."""
    patients = prepared_patients(out)
    chosen = settings_of(out, load_settings(settings).texture if settings else None)
    chosen = chosen.model_copy(update={"texture": with_options(chosen.texture, options)})
    wanted = maps_at_hand(out, patients)
    counts = map_counts(out, patients, wanted)
    with track_voxels({"voxels x maps": sum(counts.values())}, quiet=quiet) as (told,):
        pace = _Pace(told)
        outcomes = tabulate_patients(
            out,
            patients,
            wanted,
            chosen,
            told=lambda result: pace(counts[result.id.subject.removeprefix("sub-")]),
            how=how,
        )
    show_findings({f"sub-{o.patient}": o.findings for o in outcomes})
    done = sum(o.done for o in outcomes)
    lines = [
        f"{done} of {len(outcomes)} patients: features of {', '.join(wanted)}",
        str(pace),
        f"tables: {out}/sub-*/ses-preop/radiomics/*_voxels.parquet, settings: {out}/settings.toml",
    ]
    if done < len(outcomes):
        lines.append("a patient that failed has no table until it is mended")
    for model in model_folders(out):
        lines.append(
            f"{model} was trained on the features of before; a new one: "
            f"gliofront study BIDS NEW_OUT --settings {out}/settings.toml"
        )
    show_end(lines)
    return exit_code_of(outcomes)
