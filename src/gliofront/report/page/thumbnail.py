"""Small copies of pictures, for a table."""

from __future__ import annotations

import io

from matplotlib.image import imread, imsave

_SHRINK = 4


def thumbnail(png: bytes) -> bytes | None:
    """Return a PNG shrunk to a quarter, each pixel the mean of 4 x 4; same picture, same bytes.

    None stands for what is no colour picture.
    """
    try:
        picture = imread(io.BytesIO(png), format="png")
    except (OSError, SyntaxError, ValueError):  # what the reader raises for a damaged file
        return None
    rows, columns = (size // _SHRINK for size in picture.shape[:2])
    if picture.ndim != 3 or not rows or not columns:
        return None
    whole = picture[: rows * _SHRINK, : columns * _SHRINK]
    small = whole.reshape(rows, _SHRINK, columns, _SHRINK, -1).mean(axis=(1, 3))
    out = io.BytesIO()
    imsave(out, small, format="png", metadata={"Software": "gliofront"})
    return out.getvalue()
