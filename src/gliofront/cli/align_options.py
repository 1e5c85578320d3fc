"""Arguments and options of ``gliofront align``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Pre = Annotated[Path, typer.Argument(metavar="PRE", help="Contrast-enhanced T1 before surgery.")]
Post = Annotated[Path, typer.Argument(metavar="POST", help="Contrast-enhanced T1 at follow-up.")]
LesionPre = Annotated[
    Path | None,
    typer.Option(
        "--lesion-pre",
        help="Mask or labels of the enhancing tumour with necrosis before surgery; without it our "
        "own outline.",
    ),
]
LesionPost = Annotated[
    Path | None,
    typer.Option(
        "--lesion-post",
        help="Mask or labels of what enhances at follow-up, perhaps empty; without it our own "
        "outline.",
    ),
]
CavityPost = Annotated[
    Path | None,
    typer.Option(
        "--cavity-post",
        help="Mask of the resection cavity, perhaps empty; without it our own outline.",
    ),
]
SchemePre = Annotated[
    str | None,
    typer.Option(
        "--label-scheme-pre",
        help="What the values of --lesion-pre mean: brats, brats2013, brats2023, brats2024 or "
        "deepbratumia; a .tsv beside it goes first. Without either it is a mask.",
    ),
]
SchemePost = Annotated[
    str | None, typer.Option("--label-scheme-post", help="The same of --lesion-post.")
]
BrainPre = Annotated[
    Path | None,
    typer.Option("--brain-pre", help="Brain mask of PRE; not needed if it is skull-stripped."),
]
BrainPost = Annotated[Path | None, typer.Option("--brain-post", help="The same of POST.")]
T1Pre = Annotated[Path | None, typer.Option("--t1-pre", help="T1 without contrast of PRE's visit.")]
T2Pre = Annotated[Path | None, typer.Option("--t2-pre", help="T2 of PRE's visit.")]
FlairPre = Annotated[Path | None, typer.Option("--flair-pre", help="FLAIR of PRE's visit.")]
T1Post = Annotated[
    Path | None, typer.Option("--t1-post", help="T1 without contrast of POST's visit.")
]
T2Post = Annotated[Path | None, typer.Option("--t2-post", help="T2 of POST's visit.")]
FlairPost = Annotated[Path | None, typer.Option("--flair-post", help="FLAIR of POST's visit.")]
PointsPre = Annotated[
    Path | None,
    typer.Option(
        "--points-pre",
        help="CSV of places in PRE that are to be found in POST: x,y,z or Landmark,X,Y,Z in mm.",
    ),
]
PointsPost = Annotated[
    Path | None,
    typer.Option("--points-post", help="CSV of the same places in POST: errors are told."),
]
PointsConvention = Annotated[
    str, typer.Option("--points-convention", help="Axes of the points: ras, or lps as ITK has it.")
]
Preset = Annotated[
    str, typer.Option("--preset", help="How finely the movement is searched: fast, default, fine.")
]
Orientation = Annotated[
    str | None,
    typer.Option("--assume-orientation", help="Axes, such as RAS, where a header has none."),
]
