"""One measurement of a Polar sensor: its settings, and the numbers and times of its samples."""

from __future__ import annotations

import numpy as np

from firmware_bridge.clock import S_PER_NS, S_PER_US
from firmware_bridge.errors import DecodeError
from firmware_bridge.samples import MOST_ACC_MPS2, MOST_GYR_RADPS
from firmware_bridge.sensors.counting import IndexByTime
from firmware_bridge.sensors.polar.control import Measurement, Settings
from firmware_bridge.sensors.polar.frames import Frame, to_si
from firmware_bridge.sensors.polar.pairing import Timed

CLOCK_SET_S = 60.0
"""Device time that steps by more than a minute, either way, was set (the phone's app does so; an H10 off its
strap falls back to 2019): no link lives through such a silence, so the stream begins anew."""


JITTER_SAMPLES = 4.0
"""Stamps are taken when the sensor empties its FIFO, and may be late. Frames are lost whole, and the shortest
holds some 30 samples: four that seem to be missing are jitter."""


class Track:
    """The frames of one measurement, in the order of arrival.

    A frame carries the time of its last sample. Its samples are spread evenly since the last one of the frame
    before; where frames are missing between, and for the first frame, by the period as known. There is no
    counter: a frame that never came shows as time that no sample fills.

    Parameters
    ----------
    settings
        What START asked for.
    factor
        What START's answer said of the scale; None where nothing.

    Attributes
    ----------
    rate_hz, range
        As set; the range in g or deg/s.
    restarts
        How often the sensor's clock was set.
    """

    def __init__(self, settings: Settings, factor: float | None) -> None:
        if not any(settings.rates_hz[:1]) or not any(settings.ranges[:1]):
            raise DecodeError("a START without a rate and a range")
        self.rate_hz = float(settings.rates_hz[0])
        self.range = settings.ranges[0]
        self.restarts = 0
        self._factor = factor
        self._begin()

    def _begin(self) -> None:
        self._index = IndexByTime(1 / self.rate_hz, slack=JITTER_SAMPLES)
        self._next = 0
        self._last_ns: int | None = None

    def timed(self, frame: Frame, origin_ns: int, host_ns: int) -> Timed:
        """Give a frame's samples their numbers, and their times since ``origin_ns``."""
        values = to_si(frame, self._factor)
        most = MOST_GYR_RADPS if frame.measurement == Measurement.GYRO else MOST_ACC_MPS2
        if not (np.abs(values) < most).all():
            raise DecodeError("a sample that no sensor can measure")
        since_ns = frame.stamp_ns - (frame.stamp_ns if self._last_ns is None else self._last_ns)
        if abs(since_ns) * S_PER_NS > CLOCK_SET_S:
            self._begin()
            self.restarts += 1
        count, stamp_s = len(frame), (frame.stamp_ns - origin_ns) * S_PER_NS
        period_s = self._index.period_s
        index = self._index(count, round((stamp_s - (count - 1) * period_s) / S_PER_US))
        if index == self._next and self._last_ns is not None and since_ns > 0:
            period_s = since_ns * S_PER_NS / count
        if index >= self._next:
            self._next, self._last_ns = index + count, frame.stamp_ns
        back = np.arange(count - 1, -1, -1, dtype=np.float64)
        return Timed(index, stamp_s - back * period_s, values, host_ns)
