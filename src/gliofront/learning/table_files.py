"""A patient's voxels as two files: a memory-mapped ``.npy`` of features and a Parquet index.

The index carries the SHA-256 of the features file, so a pair that does not belong together, or
that was cut short, is refused. Neither file can carry code.
"""

from __future__ import annotations

import hashlib
import io
import json
import mmap
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from gliofront.foundation.errors import InputRefused
from gliofront.foundation.settings import Settings
from gliofront.image.writing import whole_file, write_bytes
from gliofront.learning.context import VoxelContext
from gliofront.learning.table import PatientVoxels

_KEY = b"gliofront"
# Rows written at a time.
_ROWS = 2**14
_MEND = "compute the features of this patient again"
_AXES = ("lateral", "forward", "upward")
_COLUMNS = {
    "i": pa.int32(),
    "j": pa.int32(),
    "k": pa.int32(),
    "label": pa.int8(),
    "shell": pa.int16(),
    "distance_mm": pa.float32(),
    "doubt": pa.float32(),
    "path_mm": pa.float32(),
    "oedema": pa.int8(),
    "growth": pa.float32(),
    "lateral_mm": pa.float32(),
    "forward_mm": pa.float32(),
    "upward_mm": pa.float32(),
}


class _Header(Settings):
    """What the index says of the table."""

    schema_version: Literal[2] = 2
    patient: str = Field(min_length=1)
    site: str
    voxel_ml: float = Field(gt=0)
    names: tuple[str, ...]
    features_sha256: str = Field(pattern="^[0-9a-f]{64}$")


def features_path(index: Path) -> Path:
    """Return the features file beside an index: the same name ending in ``.npy``."""
    return index.with_suffix(".npy")


def scratch_features(rows: int, columns: int) -> NDArray[np.float32]:
    """Return a table of features (rows, columns) on disk, to be filled; it goes when forgotten.

    A patient's table can be larger than the memory at hand, so it is never held there whole.
    """
    if not rows * columns:
        return np.empty((rows, columns), dtype=np.float32)
    with TemporaryFile(prefix="gliofront-features-") as file:
        return np.memmap(file, dtype=np.float32, mode="w+", shape=(rows, columns))


def release(table: PatientVoxels) -> None:
    """Give back the memory of a table that lies on disk; it is read again where it is needed.

    Pages once read stay with the process, and would add up to the tables of a whole cohort.
    """
    lies = table.features.base
    if isinstance(lies, mmap.mmap):
        lies.madvise(mmap.MADV_DONTNEED)


def write_table(index: Path, table: PatientVoxels) -> None:
    """Write the features and then the index, each atomically; same table, same bytes."""
    features = features_path(index)
    digest = _write_features(features, table.features)
    header = _Header(
        patient=table.patient,
        site=table.site,
        voxel_ml=table.voxel_ml,
        names=table.names,
        features_sha256=digest,
    )
    # The index comes last: it alone says that the pair is whole.
    write_bytes(index, _index_bytes(table, header))


def _write_features(path: Path, features: NDArray[np.float32]) -> str:
    """Write the features as ``.npy``, block by block, and return their SHA-256."""
    digest = hashlib.sha256()
    with whole_file(path) as file:
        for part in _npy_parts(features):
            digest.update(part)
            file.write(part)
    return digest.hexdigest()


def _npy_parts(features: NDArray[np.float32]) -> Iterator[bytes]:
    header = io.BytesIO()
    shape = {"descr": "<f4", "fortran_order": False, "shape": features.shape}
    np.lib.format.write_array_header_1_0(header, shape)  # type: ignore[no-untyped-call]
    yield header.getvalue()
    for start in range(0, len(features), _ROWS):
        yield np.ascontiguousarray(features[start : start + _ROWS], dtype="<f4").tobytes()


def _index_bytes(table: PatientVoxels, header: _Header) -> bytes:
    arrays: list[NDArray[Any]] = [
        *table.voxel.T,
        table.label,
        table.shell,
        table.distance_mm,
        table.doubt,
        table.context.path_mm,
        table.context.oedema,
        table.context.growth,
        *table.context.offset_mm.T,
    ]
    columns = {
        name: pa.array(np.ascontiguousarray(values), type=kind)
        for (name, kind), values in zip(_COLUMNS.items(), arrays, strict=True)
    }
    said = json.dumps(header.model_dump(mode="json"), sort_keys=True).encode()
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns).replace_schema_metadata({_KEY: said}), sink)
    return bytes(sink.getvalue())


def read_table(index: Path) -> PatientVoxels:
    """Read a table; the features stay on disk, memory-mapped and read-only.

    Raises
    ------
    InputRefused
        If a file is missing, damaged, of another version, or the two do not belong together.
    """
    frame, header = _read_index(index)
    features = _read_features(features_path(index), header, frame.num_rows)
    column = {name: frame.column(name).to_numpy() for name in _COLUMNS}
    return PatientVoxels(
        patient=header.patient,
        site=header.site,
        voxel_ml=header.voxel_ml,
        names=header.names,
        features=features,
        voxel=np.stack([column["i"], column["j"], column["k"]], axis=1),
        label=column["label"],
        shell=column["shell"],
        distance_mm=column["distance_mm"],
        doubt=column["doubt"],
        context=VoxelContext(
            path_mm=column["path_mm"],
            oedema=column["oedema"],
            growth=column["growth"],
            offset_mm=np.stack([column[f"{name}_mm"] for name in _AXES], axis=1),
        ),
    )


def _read_index(index: Path) -> tuple[pa.Table, _Header]:
    try:
        frame = pq.read_table(pa.BufferReader(index.read_bytes()))
        header = _Header.model_validate_json((frame.schema.metadata or {})[_KEY])
    except (OSError, pa.ArrowException, KeyError, ValidationError) as error:
        problem = f"the index of the voxel table cannot be read ({type(error).__name__})"
        raise InputRefused(index, problem, _MEND) from error
    kinds = dict(zip(frame.schema.names, frame.schema.types, strict=True))
    if kinds != _COLUMNS or any(frame.column(name).null_count for name in _COLUMNS):
        raise InputRefused(index, "the index has other columns than expected", _MEND)
    return frame, header


def _read_features(path: Path, header: _Header, rows: int) -> NDArray[np.float32]:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != header.features_sha256:
            raise InputRefused(path, "the features are not those of the index beside them", _MEND)
        features: NDArray[np.float32] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        problem = f"the features cannot be read ({type(error).__name__})"
        raise InputRefused(path, problem, _MEND) from error
    if features.dtype != np.dtype("<f4") or features.shape != (rows, len(header.names)):
        problem = f"features of shape {features.shape}, {rows} x {len(header.names)} expected"
        raise InputRefused(path, problem, _MEND)
    return features
