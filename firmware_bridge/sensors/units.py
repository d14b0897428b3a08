"""Units that sensors speak, in those of the toolkit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.profile.wire import STANDARD_GRAVITY_MPS2

G_MPS2 = STANDARD_GRAVITY_MPS2
"""What sensors mean by g, whatever gravity is on the spot."""


def floats(data: bytes, *, offset: int = 0, count: int = -1) -> NDArray[np.float64]:
    """Read little-endian float32; what is no number stays none, and numpy does not warn of it."""
    with np.errstate(invalid="ignore"):  # a signalling NaN from a sensor is the caller's to refuse
        return np.frombuffer(data, "<f4", count=count, offset=offset).astype(np.float64)
