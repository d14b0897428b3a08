"""The motion around one set, ready to be measured: an even clock, and the low-passes that measures need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from imu_tempo.signal.constants import SHARP_MPS2

Array = NDArray[np.float64]
Columns = Mapping[str, NDArray[np.generic]]

FORCE_BANDWIDTH_HZ = 10.0
"""Force and power are read below this, as peak velocities are: above, bars whip and sensors ring."""
SHAKE_BANDWIDTH_HZ = 15.0
"""Smoothness is read below this: it holds tremor (8-12 Hz) and keeps out the ringing of the plates."""
STICKING_BANDWIDTH_HZ = 5.0
"""Sticking is read below this: it lasts tenths of a second, and tremor is no sticking."""
TREMOR_BAND_HZ = (8.0, 12.0)
_MARGIN_S = 2.0
"""Motion kept on either side of a set: more than any of the filters remembers."""
_STRUCK_S = 0.04
"""Samples this near to a sharp stop are bridged before smoothness and tremor are read."""
_ORDER = 2


class Stretch:
    """Vertical motion on an even clock.

    Parameters
    ----------
    t_s
        (n,) times, even.
    height_m, velocity_mps, acc_mps2
        (n,) height, velocity and acceleration without gravity, up positive.
    lag_s
        How long after its time stamp a value of ``acc_mps2`` holds: half a step where it is the mean over the
        step that follows.
    """

    def __init__(
        self, t_s: Array, height_m: Array, velocity_mps: Array, acc_mps2: Array, *, lag_s: float = 0.0
    ) -> None:
        self.t_s = t_s
        self.height_m = height_m
        self.velocity_mps = velocity_mps
        self.step_s = float(t_s[-1] - t_s[0]) / max(len(t_s) - 1, 1)
        self._acc_t_s = t_s + lag_s
        self._acc_mps2 = np.nan_to_num(acc_mps2)

    @classmethod
    def of(cls, samples: Columns, start_s: float, end_s: float) -> Stretch | None:
        """Return the samples table's motion around a span; None where it does not hold the whole of it.

        Parameters
        ----------
        samples
            Columns of :class:`imu_tempo.schema.SampleRow`, of one solved stretch or of several in a row.
        start_s, end_s
            The span, a set's first and last edge.
        """
        t_s = np.asarray(samples["t_s"], dtype=np.float64)
        lo, hi = np.searchsorted(t_s, [start_s - _MARGIN_S, end_s + _MARGIN_S])
        part = slice(max(int(lo) - 1, 0), int(hi) + 1)
        t_s = t_s[part]
        if len(t_s) < _FEWEST or t_s[0] > start_s or t_s[-1] + 2 * (t_s[1] - t_s[0]) < end_s:
            return None
        height, velocity, acc = (
            np.asarray(samples[name][part], dtype=np.float64)
            for name in ("pos_up_m", "vel_up_mps", "acc_up_mps2")
        )
        inside = (t_s >= start_s) & (t_s <= end_s)
        if not (np.isfinite(height[inside]).all() and np.isfinite(velocity[inside]).all()):
            return None
        lag_s = 0.5 * float(t_s[1] - t_s[0])
        return cls(t_s, np.nan_to_num(height), np.nan_to_num(velocity), acc, lag_s=lag_s)

    def height_at(self, t_s: float) -> float:
        """Return the height at a time."""
        return float(np.interp(t_s, self.t_s, self.height_m))

    def velocity_at(self, t_s: float) -> float:
        """Return the velocity at a time."""
        return float(np.interp(t_s, self.t_s, self.velocity_mps))

    def inside(self, start_s: float, end_s: float) -> slice:
        """Return the samples from one time up to another."""
        lo, hi = np.searchsorted(self.t_s, [start_s, end_s])
        return slice(int(lo), int(hi))

    @cached_property
    def force_acc_mps2(self) -> Array:
        """(n,) acceleration for forces."""
        return self._on_clock(self._low_pass(self._acc_mps2, FORCE_BANDWIDTH_HZ))

    @cached_property
    def shake_acc_mps2(self) -> Array:
        """(n,) acceleration for smoothness, sharp stops bridged, on its own clock: to move it would blur."""
        return self._low_pass(self._unstruck, SHAKE_BANDWIDTH_HZ)

    @cached_property
    def tremor_acc_mps2(self) -> Array:
        """(n,) acceleration in the band of tremor, as that for smoothness."""
        return self._filtered(self._unstruck, TREMOR_BAND_HZ, "bandpass")

    @cached_property
    def steady_mps(self) -> Array:
        """(n,) velocity for sticking."""
        return self._low_pass(self.velocity_mps, STICKING_BANDWIDTH_HZ)

    @cached_property
    def smooth_mps(self) -> Array:
        """(n,) velocity for power."""
        return self._low_pass(self.velocity_mps, FORCE_BANDWIDTH_HZ)

    @cached_property
    def _unstruck(self) -> Array:
        struck = np.abs(self._acc_mps2) > SHARP_MPS2
        if not struck.any():
            return self._acc_mps2
        reach = max(1, round(_STRUCK_S / self.step_s))
        near = np.convolve(struck, np.ones(2 * reach + 1), mode="same") > 0
        kept = ~near
        return np.interp(self.t_s, self.t_s[kept], self._acc_mps2[kept]) if kept.any() else self._acc_mps2

    def _on_clock(self, acc_mps2: Array) -> Array:
        return np.interp(self.t_s, self._acc_t_s, acc_mps2)

    def _low_pass(self, values: Array, corner_hz: float) -> Array:
        return self._filtered(values, corner_hz, "lowpass")

    def _filtered(self, values: Array, corner_hz: float | tuple[float, float], kind: str) -> Array:
        from scipy.signal import sosfiltfilt

        highest = corner_hz if isinstance(corner_hz, float) else corner_hz[1]
        if highest * self.step_s >= 0.5:
            return values if kind == "lowpass" else np.full_like(values, np.nan)
        padded = min(len(values) - 1, round(0.5 / self.step_s))
        smooth: Array = sosfiltfilt(_sections(corner_hz, kind, round(self.step_s, 9)), values, padlen=padded)
        return smooth


@lru_cache
def _sections(corner_hz: float | tuple[float, float], kind: str, step_s: float) -> Array:
    from scipy.signal import butter

    sections: Array = butter(_ORDER, corner_hz, kind, fs=1.0 / step_s, output="sos")
    return sections


_FEWEST = 16
"""Samples that are no motion yet."""


@dataclass(frozen=True, slots=True, eq=False)
class Span:
    """One phase of a rep on its stretch: from ``start_s`` up to ``end_s``."""

    stretch: Stretch
    start_s: float
    end_s: float

    @property
    def seconds(self) -> float:
        """Duration, s."""
        return self.end_s - self.start_s

    @property
    def part(self) -> slice:
        """The samples inside."""
        return self.stretch.inside(self.start_s, self.end_s)

    @property
    def rise_m(self) -> float:
        """Height gained, m; negative for a lowering."""
        return self.stretch.height_at(self.end_s) - self.stretch.height_at(self.start_s)
