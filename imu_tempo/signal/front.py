"""The live front end: sample blocks in, frames out, looking back only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.samples import SampleBlock
from imu_tempo.signal.channels import calibration_of, channels
from imu_tempo.signal.constants import FRAME_S, GAP_FACTOR, GRAVITY_MPS2, IMPACT_RING_S
from imu_tempo.signal.frames import FrameBuilder, Frames, join, sample_period
from imu_tempo.signal.gyro_offset import GyroOffset
from imu_tempo.signal.orientation import OrientationFilter
from imu_tempo.signal.quiet import struck
from imu_tempo.signal.vertical import up_axis

Array = NDArray[np.float64]

_LONGEST_BRIDGE_S = 5.0
"""Orientation is carried over holes up to this long by a straight line; after a longer one gravity finds it
again."""

_LANDED_S = 0.8
"""A hit so near to the end of what is known hides whether the bar has come to rest."""
_LIES_MPS2 = 0.5
"""Mean acceleration since the ringing of a bar that lies on the floor: a next pull has more."""
_LIES_S = 0.08
_AHEAD_S = 0.6


class Front:
    """Orientation, channels and frames of a live stream.

    Parameters
    ----------
    t_s, acc_mps2, gyr_radps
        The warm-up: first samples, (n,), (n, 3), (n, 3) or None, from which gravity, gyro offset and rate
        are read.
    acc_range_mps2
        Largest reading of an axis, where known.
    """

    def __init__(
        self, t_s: Array, acc_mps2: Array, gyr_radps: Array | None, acc_range_mps2: float | None
    ) -> None:
        self.period_s = sample_period(t_s)
        self.calibration = calibration_of(self.period_s, acc_mps2, gyr_radps, acc_range_mps2)
        self.has_gyro = gyr_radps is not None
        self._orientation = OrientationFilter(1.0 / self.period_s) if self.has_gyro else None
        self._offset = GyroOffset(1.0 / self.period_s, self.calibration.rest.gyro_bias_radps)
        self._builder = FrameBuilder(float(t_s[0]), self.period_s)
        self._last: tuple[float, Array, Array] | None = None

    def push(self, block: SampleBlock) -> Frames | None:
        """Take a block; return the frames it finishes, or None."""
        axis = self._up_axis(block)
        gyr = block.gyr_radps if self.has_gyro else None
        return self._builder.push(channels(block.t_s, block.acc_mps2, gyr, axis, self.calibration))

    def _up_axis(self, block: SampleBlock) -> Array | None:
        if self._orientation is None or block.gyr_radps is None:
            return None
        gyr = self._offset.removed(block.acc_mps2, block.gyr_radps)
        self._bridge(float(block.t_s[0]), block.acc_mps2[0], gyr[0])
        self._last = (float(block.t_s[-1]), block.acc_mps2[-1], gyr[-1])
        return up_axis(self._orientation.update(block.acc_mps2, gyr))

    def _bridge(self, t_s: float, acc: Array, gyr: Array) -> None:
        """Turn the orientation through a hole, as if both sensors had changed along a straight line."""
        if self._last is None or self._orientation is None:
            return
        last_s, last_acc, last_gyr = self._last
        hole_s = t_s - last_s
        if not GAP_FACTOR * self.period_s < hole_s <= _LONGEST_BRIDGE_S:
            return
        missing = round(hole_s / self.period_s) - 1
        if missing > 0:
            part = (np.arange(1, missing + 1) / (missing + 1))[:, None]
            self._orientation.update(last_acc + part * (acc - last_acc), last_gyr + part * (gyr - last_gyr))


def with_rest_ahead(frames: Frames) -> Frames:
    """Return frames with some rest after them, where a bar has just landed on the floor and lies there.

    After a collision nothing but rest tells velocity, and it takes longer to be seen than a lifter should
    wait. A bar that lies on the floor goes on lying there, or is lifted anew.
    """
    ring, lies = round(IMPACT_RING_S / FRAME_S), round(_LIES_S / FRAME_S)
    hits = np.flatnonzero(struck(frames)[-round(_LANDED_S / FRAME_S) :])
    if not len(hits) or len(frames) < round(_LANDED_S / FRAME_S):
        return frames
    since = round(_LANDED_S / FRAME_S) - 1 - int(hits[-1])
    last = frames.dv_mps[-lies:]
    if since < ring + lies or abs(float(last.mean())) > _LIES_MPS2 * FRAME_S:
        return frames
    still = frames.part(len(frames) - 1, len(frames))
    zero = np.zeros(1)
    still = replace(
        still,
        dv_mps=zero,
        dh_m=zero,
        dv_norm_mps=zero,
        dh_norm_m=zero,
        side_sq=zero,
        turn_sq=zero,
        force_max=still.force_max.clip(max=GRAVITY_MPS2),
        unseen=zero,
        clipped=zero,
    )
    return join([frames, *[still] * round(_AHEAD_S / FRAME_S)])
