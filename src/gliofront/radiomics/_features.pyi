import numpy as np
from numpy.typing import NDArray

def features(
    values: NDArray[np.float32],
    levels: NDArray[np.uint8] | NDArray[np.uint16],
    centres: NDArray[np.int32],
    radius: int,
    ng: int,
    merged: bool,
    matlab: bool,
    threads: int,
) -> NDArray[np.float32]: ...
def usable_builds() -> list[str]: ...
def chosen_build() -> str: ...
