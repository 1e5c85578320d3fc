"""The table of an image's features: streamed into Parquet, and read back as maps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from gliofront import RESEARCH_ONLY
from gliofront.image.grid import Grid
from gliofront.image.volume import BoolArray, Float32Array
from gliofront.radiomics.extract import features_at
from gliofront.radiomics.grey_image import GreyImage
from gliofront.radiomics.names import feature_names
from gliofront.radiomics.patient_features import BLOCK
from gliofront.radiomics.settings import TextureSettings

INDEX = ("i", "j", "k")
PLACE = ("x_mm", "y_mm", "z_mm")

TOO_FEW = "fewer than 2 voxels inside the cube: every feature"
NO_PAIR = "no two voxels next to each other inside the cube: GLCM features"
TOO_LARGE = "beyond 32-bit floats: some features"
Told = Callable[[int], None]


def centre_blocks(mask: BoolArray, rows: int = BLOCK) -> Iterator[NDArray[np.int32]]:
    """Yield the indices (n, 3) of the voxels of a mask, in C order, at most ``rows`` at a time.

    >>> [block.tolist() for block in centre_blocks(np.ones((1, 1, 3), bool), rows=2)]
    [[[0, 0, 0], [0, 0, 1]], [[0, 0, 2]]]
    """
    held = np.empty((0, 3), dtype=np.int32)
    # Plane by plane: the indices of a whole mask can be larger than the image.
    for i, plane in enumerate(mask):
        found = np.argwhere(plane).astype(np.int32)
        first = np.full((len(found), 1), i, dtype=np.int32)
        held = np.concatenate([held, np.hstack([first, found])])
        while len(held) >= rows:
            yield held[:rows]
            held = held[rows:]
    if len(held):
        yield held


def table_schema(settings: TextureSettings) -> pa.Schema:
    """Return the columns: i, j, k; RAS+ mm; the features."""
    columns = [pa.field(name, pa.int32()) for name in INDEX]
    floats = (*PLACE, *feature_names(settings.definitions))
    columns += [pa.field(name, pa.float32()) for name in floats]
    return pa.schema(columns, metadata={"ResearchUse": RESEARCH_ONLY})


def undefined_rows(features: Float32Array, names: tuple[str, ...]) -> dict[str, int]:
    """Count the rows (n, p) in which something is undefined, by the reason.

    >>> undefined_rows(np.array([[1.0, np.nan]], np.float32), ("a_b", "glcm_energy"))[NO_PAIR]
    1
    """
    glcm = np.array([name.startswith("glcm_") for name in names])
    features = features[~np.isfinite(features).all(axis=1)]
    nothing = np.isnan(features).all(axis=1)
    unpaired = np.isnan(features[:, glcm]).all(axis=1) & ~nothing
    found = {TOO_FEW: nothing, NO_PAIR: unpaired, TOO_LARGE: ~nothing & ~unpaired}
    return {reason: int(np.count_nonzero(rows)) for reason, rows in found.items()}


def write_feature_table(
    path: Path,
    image: GreyImage,
    mask: BoolArray,
    grid: Grid,
    settings: TextureSettings,
    *,
    threads: int = 1,
    told: Told = lambda rows: None,
) -> dict[str, int]:
    """Write a row for each voxel of the mask, block by block, and return `undefined_rows`.

    Parameters
    ----------
    path : the file; it is whole only when this returns.
    image : made ready with the same settings; its shape is that of the mask and the grid.
    threads : at work at once; they change no byte.
    told : told after each block how many rows were done.
    """
    schema, names = table_schema(settings), feature_names(settings.definitions)
    undefined = {TOO_FEW: 0, NO_PAIR: 0, TOO_LARGE: 0}
    # Floats hardly repeat, so a dictionary of them only costs.
    options = {"compression": "snappy", "use_dictionary": list(INDEX)}
    # One buffer for all blocks: fresh memory for each would cost as much as the compression.
    columns = np.empty((len(PLACE) + len(names), BLOCK), dtype=np.float32)
    with pq.ParquetWriter(path, schema, **options) as writer:
        for centres in centre_blocks(mask):
            features = features_at(image, centres, settings, threads=threads)
            for reason, count in undefined_rows(features, names).items():
                undefined[reason] += count
            frame = _frame(schema, centres, grid, features, columns)
            writer.write_table(frame, len(centres))
            told(len(centres))
    # Arrow keeps freed memory for itself; maps are made next.
    pa.default_memory_pool().release_unused()
    return undefined


def _frame(
    schema: pa.Schema,
    centres: NDArray[np.int32],
    grid: Grid,
    features: Float32Array,
    columns: Float32Array,
) -> pa.Table:
    """Return a block as a table over ``columns`` (3 + p, rows), which it overwrites."""
    floats = columns[:, : len(centres)]
    floats[len(PLACE) :] = features.T
    indices = np.ascontiguousarray(centres.T)
    # As Grid.to_world, but without BLAS, whose last digit depends on the machine.
    for place, (a, b, c, origin) in zip(floats, grid.affine[:3], strict=False):
        place[:] = a * indices[0] + b * indices[1] + c * indices[2] + origin
    return pa.Table.from_arrays([pa.array(column) for column in (*indices, *floats)], schema=schema)


def feature_map(table: Path, name: str, shape: tuple[int, int, int]) -> Float32Array:
    """Return a column of the table as an image (X, Y, Z); NaN where the table has no row."""
    data = np.full(shape, np.nan, dtype=np.float32)
    with pq.ParquetFile(table) as file:
        for group in range(file.num_row_groups):
            rows = file.read_row_group(group, columns=[*INDEX, name])
            at = tuple(rows.column(axis).to_numpy() for axis in INDEX)
            data[at] = rows.column(name).to_numpy()
    data.flags.writeable = False  # so that a volume takes it as it is
    return data
