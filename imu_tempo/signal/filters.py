"""Zero-phase filters at the frame rate, each designed once."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

from imu_tempo.signal.constants import FRAME_S

Array = NDArray[np.float64]


def low_pass(values: Array, corner_hz: float) -> Array:
    """Return values at the frame edges without what lies above ``corner_hz``, with no delay."""
    smooth: Array = sosfiltfilt(_low(corner_hz), values, padlen=min(len(values) - 1, round(0.5 / FRAME_S)))
    return smooth


def band_pass(values: Array, low_hz: float, high_hz: float, padding_s: float) -> Array:
    """Return values at the frame edges between two frequencies, with no delay."""
    padlen = min(len(values) - 1, round(padding_s / FRAME_S))
    banded: Array = sosfiltfilt(_band(low_hz, high_hz), values, padlen=padlen)
    return banded


@cache
def _low(corner_hz: float) -> Array:
    return np.asarray(butter(2, corner_hz * 2.0 * FRAME_S, output="sos"))


@cache
def _band(low_hz: float, high_hz: float) -> Array:
    return np.asarray(butter(2, (low_hz * 2.0 * FRAME_S, high_hz * 2.0 * FRAME_S), "bandpass", output="sos"))
