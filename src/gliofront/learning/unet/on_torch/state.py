"""How torch computes while the U-Net does, and as it was before afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def repeatable() -> Iterator[torch.device]:
    """Yield the device to compute on: a GPU if there is one; on one thread, without shortcuts.

    Sums by several threads are made in an order that depends on their number. Number of threads
    and switches of cuDNN are what they were before when it ends.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.backends.cudnn.flags(
            enabled=True, benchmark=False, deterministic=True, allow_tf32=False
        ):
            yield torch.device("cuda" if torch.cuda.is_available() else "cpu")
    finally:
        torch.set_num_threads(threads)
