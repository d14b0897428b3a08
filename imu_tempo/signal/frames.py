"""Frames: acceleration integrated exactly over even steps of 20 ms, whatever the sensor's rate or gaps.

Between two samples acceleration is taken as a straight line, so its integrals over a frame are exact for any
sample times. Everything after works on frames: 25 Hz and 400 Hz, jittery clocks and holes cost the same and
look the same. Frames are a function of the samples alone: fed whole, in packets, or one by one they are
equal to the bit.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from imu_tempo.signal.constants import FRAME_S, GAP_FACTOR, LINEAR_FILL_S

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Channels:
    """What is known at each sample, ready to be integrated.

    Attributes
    ----------
    t_s
        (n,) sample times.
    up_mps2
        (n,) vertical acceleration without gravity, up positive: the estimator of record.
    norm_mps2
        (n,) |f| - g: the second estimator.
    up_axis
        (n, 3) unit vector that points up, in the sensor frame.
    side_sq
        (n,) square of the horizontal specific force, (m/s^2)^2.
    turn_sq
        (n,) square of the angular rate, (rad/s)^2; zeros without a gyro.
    force_mps2
        (n,) norm of specific force.
    clipped
        (n,) 1 where an axis is at the end of its range, else 0.
    """

    t_s: Array
    up_mps2: Array
    norm_mps2: Array
    up_axis: Array
    side_sq: Array
    turn_sq: Array
    force_mps2: Array
    clipped: Array

    def __len__(self) -> int:
        return int(self.t_s.shape[0])

    def part(self, start: int, end: int) -> Channels:
        """Return samples ``start`` to ``end`` (half-open)."""
        return Channels(*(getattr(self, f.name)[start:end] for f in fields(self)))


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """N even steps of ``FRAME_S``; frame k spans ``start_s + k * FRAME_S`` to one frame later.

    Attributes
    ----------
    start_s
        Time of the first frame's left edge.
    dv_mps, dv_norm_mps
        (N,) velocity gained in the frame, by each estimator of vertical acceleration.
    dh_m, dh_norm_m
        (N,) height gained in the frame by that acceleration, had the frame begun at rest.
    up_axis
        (N, 3) mean direction of up in the sensor frame.
    side_sq, turn_sq
        (N,) means of the channels of that name.
    force_max
        (N,) highest specific force, m/s^2, the samples around the frame included.
    unseen
        (N,) part of the frame that lies in a hole of the recording, 0 to 1.
    clipped
        (N,) part of the frame with an axis at the end of its range, 0 to 1.
    """

    start_s: float
    dv_mps: Array
    dh_m: Array
    dv_norm_mps: Array
    dh_norm_m: Array
    up_axis: Array
    side_sq: Array
    turn_sq: Array
    force_max: Array
    unseen: Array
    clipped: Array

    def __len__(self) -> int:
        return int(self.dv_mps.shape[0])

    @property
    def edges_s(self) -> Array:
        """(N + 1,) times of the frame edges."""
        edges: Array = self.start_s + FRAME_S * np.arange(len(self) + 1, dtype=np.float64)
        return edges

    @property
    def has_gyro(self) -> bool:
        """Whether any turning was measured."""
        return bool(self.turn_sq.any())

    def part(self, start: int, end: int) -> Frames:
        """Return frames ``start`` to ``end`` (half-open)."""
        arrays = {f.name: getattr(self, f.name)[start:end] for f in fields(self) if f.name != "start_s"}
        return Frames(start_s=self.start_s + FRAME_S * start, **arrays)


def join(parts: list[Frames]) -> Frames:
    """Return consecutive frames as one."""
    arrays: dict[str, Array] = {
        f.name: np.concatenate([getattr(p, f.name) for p in parts])
        for f in fields(Frames)
        if f.name != "start_s"
    }
    return Frames(start_s=parts[0].start_s, **arrays)


def sample_period(t_s: Array) -> float:
    """Return the sample period of increasing times, s: the mean step, holes left out.

    Times written to whole milliseconds have a median that is off by a fifth; their mean is right.
    """
    return float(np.mean(steps_up_to(2.0, np.diff(t_s))))


def steps_up_to(medians: float, steps: Array) -> Array:
    """Return the steps up to so many medians of them: all, with no median to find, where they are alike."""
    if steps.max() <= medians * steps.min():
        return steps
    regular: Array = steps[steps <= medians * np.median(steps)]
    return regular


class FrameBuilder:
    """Samples in, finished frames out.

    Parameters
    ----------
    start_s
        Time of the first frame's left edge: the first sample's time.
    period_s
        Sample period, by which holes are told from jitter.
    """

    def __init__(self, start_s: float, period_s: float) -> None:
        self._start_s = start_s
        self._hole_s = max(GAP_FACTOR * period_s, LINEAR_FILL_S)
        self._done = 0
        self._t = np.empty(0)
        self._rows = np.empty((8, 0))
        self._force = np.empty(0)
        self._first = np.zeros(9)
        self._second = np.zeros(2)

    def push(self, channels: Channels) -> Frames | None:
        """Take further samples; return the frames that they finish, or None."""
        kept = len(self._t)
        t = np.concatenate([self._t, channels.t_s])
        force = np.concatenate([self._force, channels.force_mps2])
        a = np.empty((8, len(t)))
        a[:, :kept] = self._rows
        a[0, kept:], a[1, kept:] = channels.up_mps2, channels.norm_mps2
        a[2, kept:], a[3, kept:], a[4, kept:] = channels.side_sq, channels.turn_sq, channels.clipped
        a[5:, kept:] = channels.up_axis.T
        # An edge is ready once a sample lies beyond it, whichever packet brings that sample.
        ready = int(np.floor((t[-1] - self._start_s) / FRAME_S)) + 1
        while ready > self._done and self._start_s + FRAME_S * ready >= t[-1]:
            ready -= 1
        if ready <= self._done:
            self._t, self._rows, self._force = t, a, force
            return None

        step = np.diff(t)
        hole = np.where(step > self._hole_s, step, 0.0)
        first, second = self._integrals(a, step, hole)
        edges = self._start_s + FRAME_S * np.arange(self._done, ready + 1)
        i = np.searchsorted(t, edges, side="right") - 1
        tau = edges - t[i]
        after = tau / step[i]
        at = a.take(i, axis=1)
        rise = (a.take(i + 1, axis=1) - at) * (0.5 * tau * after)
        at_edge = first.take(i, axis=1)
        second_at_edge = second.take(i, axis=1) + tau * (at_edge[:2] + (0.5 * at[:2]) * tau + rise[:2] / 3.0)
        at *= tau
        at_edge[:8] += at
        at_edge[:8] += rise
        at_edge[8] += hole[i] * after
        frames = self._between(at_edge, second_at_edge, force, i)
        keep = i[-1]
        self._t, self._rows, self._force = t[keep:], a[:, keep:].copy(), force[keep:]
        self._first, self._second = first[:, keep].copy(), second[:, keep].copy()
        self._done = ready
        return frames

    def _integrals(self, a: Array, step: Array, hole: Array) -> tuple[Array, Array]:
        """Return at each sample the first integrals of the rows and of holes, the second of two rows."""
        first = np.empty((9, len(step) + 1))
        first[:, 0] = self._first
        gained = first[:8, 1:]
        np.add(a[:, :-1], a[:, 1:], out=gained)
        gained *= 0.5 * step
        first[8, 1:] = hole
        np.cumsum(first, axis=1, out=first)
        second = np.empty((2, len(step) + 1))
        second[:, 0] = self._second
        second[:, 1:] = first[:2, :-1] * step + (2.0 * a[:2, :-1] + a[:2, 1:]) * (step * step / 6.0)
        np.cumsum(second, axis=1, out=second)
        return first, second

    def _between(self, first: Array, second: Array, force: Array, i: NDArray[np.intp]) -> Frames:
        """Return the frames between edges, from the integrals there and the samples before the edges."""
        mean = np.diff(first, axis=1)
        height = np.diff(second, axis=1) - first[:2, :-1] * FRAME_S
        inside, around = force[: i[-1] + 1], np.maximum(force[i[1:]], force[i[1:] + 1])
        return Frames(
            start_s=self._start_s + FRAME_S * self._done,
            dv_mps=mean[0],
            dv_norm_mps=mean[1],
            dh_m=height[0],
            dh_norm_m=height[1],
            up_axis=mean[5:8].T / FRAME_S,
            side_sq=mean[2] / FRAME_S,
            turn_sq=mean[3] / FRAME_S,
            clipped=mean[4] / FRAME_S,
            unseen=mean[8] / FRAME_S,
            force_max=np.maximum(np.maximum.reduceat(inside, i[:-1]), around),
        )
