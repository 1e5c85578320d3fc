"""What is asked of an image: which voxels, which settings, which files come of it."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from gliofront.foundation.errors import UsageRefused
from gliofront.radiomics.names import feature_names
from gliofront.radiomics.settings import TextureSettings
from gliofront.workflow.derivatives import without_suffix


def sidecar_path(path: Path) -> Path:
    """Return the JSON file beside a table or a map.

    >>> sidecar_path(Path("t1c_features.parquet")).name
    't1c_features.json'
    """
    return path.with_name(without_suffix(path).removesuffix(".parquet") + ".json")


@dataclass(frozen=True)
class FeatureRequest:
    """What is asked of an image.

    Parameters
    ----------
    image : a NIfTI file of three dimensions.
    mask : the voxels that get a row; ``inside`` : what the cubes are cut by, else the mask.
    out : folder of the files written.
    settings : radius, levels, binning, range, aggregation, definitions.
    maps : names of the features that are also written as images.
    threads : at work at once; they change no byte.
    orientation : axes, such as RAS, of files whose header states none.
    """

    image: Path
    mask: Path
    out: Path
    settings: TextureSettings
    inside: Path | None = None
    maps: tuple[str, ...] = ()
    threads: int = 1
    orientation: str | None = None

    @property
    def stem(self) -> str:
        """The image's name, which the names of all files written begin with."""
        return without_suffix(self.image)

    @property
    def table(self) -> Path:
        """The table of features."""
        return self.out / f"{self.stem}_features.parquet"

    def map_path(self, name: str) -> Path:
        """Return the path of the map of a feature."""
        return self.out / f"{self.stem}_feature-{name}.nii.gz"

    @property
    def files(self) -> tuple[Path, ...]:
        """All files that are written, sidecars included."""
        made = (self.table, *(self.map_path(name) for name in self.maps))
        return tuple(file for path in made for file in (path, sidecar_path(path)))

    @property
    def sources(self) -> dict[str, Path]:
        """The files read, by what they are."""
        given = {"image": self.image, "mask": self.mask, "inside": self.inside}
        return {what: path for what, path in given.items() if path is not None}


def wanted_maps(text: str | None, settings: TextureSettings) -> tuple[str, ...]:
    """Return the features named in a list with commas, in the order of the columns.

    >>> wanted_maps("glcm_contrast,firstorder_mean", TextureSettings())
    ('firstorder_mean', 'glcm_contrast')

    Raises
    ------
    UsageRefused
        If a name is unknown; the nearest ones are told.
    """
    names = feature_names(settings.definitions)
    if text is None:
        return ()
    if text.strip() == "all":
        return names
    asked = [part.strip() for part in text.split(",") if part.strip()]
    for name in asked:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=5, cutoff=0.5) or names
            mend = f"use all, or names such as {', '.join(near)}"
            raise UsageRefused("--maps", f"there is no feature {name!r}", mend)
    if not asked:
        raise UsageRefused("--maps", "it names no feature", "use all, or names with commas")
    return tuple(name for name in names if name in asked)
