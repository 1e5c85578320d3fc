"""Options of the features: the texture settings one by one, and what each command may be given."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gliofront.radiomics.settings import TextureSettings

Prepared = Annotated[
    Path | None,
    typer.Argument(
        help="Folder of prepared patients, made by study or prepare.", show_default=False
    ),
]
Image = Annotated[Path | None, typer.Option("--image", help="Any NIfTI image of three dimensions.")]
Mask = Annotated[
    Path | None, typer.Option("--mask", help="Mask on its grid: the voxels that get a row.")
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="Folder to write into; made if absent.")
]
Inside = Annotated[
    Path | None,
    typer.Option("--inside", help="Mask that the cubes are cut by; default: that of --mask."),
]
Maps = Annotated[
    str | None,
    typer.Option(
        "--maps",
        help="Features that are also written as images: all, or names such as "
        "glcm_contrast,firstorder_mean. Each costs one volume on disk; in memory they come one "
        "after another, so all cost no more than one.",
    ),
]
Radius = Annotated[
    int | None, typer.Option("--radius", help="Half width of the cube, voxels, 1 to 4.")
]
Levels = Annotated[int | None, typer.Option("--levels", help="Grey levels, 2 to 256.")]
Binning = Annotated[
    str | None,
    typer.Option(
        "--binning",
        help="Levels divide a stated range (size), the range found inside the mask (number), or "
        "are the values themselves (none).",
    ),
]
Range = Annotated[
    tuple[float, float] | None,
    typer.Option(
        "--range", metavar="LOW HIGH", help="The range, in the unit of the image (binning size)."
    ),
]
Aggregation = Annotated[
    str | None,
    typer.Option("--aggregation", help="Matrices of the 13 directions: merged or averaged."),
]
Definitions = Annotated[
    str | None, typer.Option("--definitions", help="Formulas of the features: ibsi or matlab.")
]
Threads = Annotated[
    int | None,
    typer.Option("--threads", min=1, max=256, help="Threads, 1 by default; they change no byte."),
]


def with_options(settings: TextureSettings, given: Mapping[str, object]) -> TextureSettings:
    """Return the settings with the options that were given; None changes nothing.

    Raises
    ------
    UsageRefused
        If a value is out of bounds; the option is named.
    """
    from pydantic import ValidationError

    from gliofront.foundation.errors import UsageRefused

    tree = settings.model_dump()
    tree |= {name: value for name, value in given.items() if value is not None}
    try:
        return type(settings).model_validate(tree)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        about = type(settings).model_fields[name].description or "see --help"
        mend = f"{about[0].lower()}{about[1:].rstrip('.')}"
        problem = first["msg"].removeprefix("Value error, ")
        raise UsageRefused(f"--{name}", problem, f"give the {mend}") from error


def refuse_given(given: Mapping[str, object], reason: str) -> None:
    """Refuse an option that was given but can mean nothing here."""
    from gliofront.foundation.errors import UsageRefused

    for name, value in given.items():
        if value is not None:
            raise UsageRefused(name, reason, "leave it out")
