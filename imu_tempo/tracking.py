"""What the live engine holds between frames: the window being solved, and the phase on the screen."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from firmware_bridge.samples import SampleBlock
from imu_tempo.events import Phase, PhaseChanged
from imu_tempo.samples import Samples
from imu_tempo.signal.constants import FRAME_S

_MOVING_MPS = 0.05
"""Speed at which the screen says the bar moves: beyond sway and the forward filter's own error."""
_STILL_MPS = 0.03
SWING_MPS = 0.1
"""Change of velocity that makes a stroke: the slowest lift worth watching for, and twice what steps and sway
do."""
GENTLE_SWING_MPS = 0.04
"""The same for gentle rehabilitation work."""
_LOWERS_MPS, _STANDS_MPS = 0.06, 0.035
"""A bar that went down faster than the one is at its end below the other."""
_STANDS_RATIO = 0.15
"""Or below this part of its fastest: a landing may leave some drift."""
_TURNED_RATIO = 0.6
"""A stroke is ending once this part of its swing has been taken back: its end is then a few tenths away."""
_CONFIRM_S = 0.1
"""A phase is shown once it has lasted this long, and dated back."""


class Window:
    """Samples since the last set was closed, and the frame being looked at.

    Frames of a whole packet come at once but are looked at one by one: ``seen`` is how far that has got.

    Parameters
    ----------
    start_s
        Time of the first frame's left edge.
    """

    def __init__(self, start_s: float) -> None:
        self._origin_s = start_s
        self._first = 0
        self._blocks: list[SampleBlock] = []
        self.seen = 0

    @property
    def start_s(self) -> float:
        """Left edge of the window, counted in frames from the stream's start: packets do not round it."""
        return self._origin_s + FRAME_S * self._first

    @property
    def now_s(self) -> float:
        """Right edge of the frame being looked at."""
        return self._origin_s + FRAME_S * (self._first + self.seen)

    def add_block(self, block: SampleBlock) -> None:
        """Keep a block of samples."""
        self._blocks.append(block)

    def samples(self, until_s: float, since_s: float = -math.inf) -> Samples | None:
        """Return the samples from ``since_s`` and before ``until_s``, or None if there are none."""
        blocks = [block for block in self._blocks if block.t_s[-1] >= since_s]
        if not blocks:
            return None
        samples = Samples.of(blocks).before(until_s)
        first = int(np.searchsorted(samples.t_s, since_s))
        if first >= len(samples.t_s):
            return None
        gyr = None if samples.gyr_radps is None else samples.gyr_radps[first:]
        return Samples(samples.t_s[first:], samples.acc_mps2[first:], gyr)

    def drop(self, frames: int) -> None:
        """Forget the first ``frames`` frames: the samples under them."""
        self._first += frames
        self.seen -= frames
        kept = []
        for block in self._blocks:
            later = block.t_s >= self.start_s
            if later.all():
                kept.append(block)
            elif later.any():
                gyr = None if block.gyr_radps is None else block.gyr_radps[later]
                kept.append(SampleBlock(block.t_s[later], block.acc_mps2[later], gyr))
        self._blocks = kept


class PhaseTracker:
    """Which phase the bar is in, from the forward filter's velocity."""

    def __init__(self) -> None:
        self.phase: Phase = "rest"
        self._candidate: Phase = "rest"
        self._since_s = 0.0

    def step(self, now_s: float, v_mps: float) -> PhaseChanged | None:
        """Take one frame's velocity; return a change once it is sure."""
        candidate = self._name(v_mps)
        if candidate != self._candidate:
            self._candidate, self._since_s = candidate, now_s - FRAME_S
        if candidate == self.phase or now_s - self._since_s < _CONFIRM_S:
            return None
        self.phase = candidate
        return PhaseChanged(t_s=now_s, since_s=self._since_s, phase=candidate)

    def _name(self, v_mps: float) -> Phase:
        if v_mps > _MOVING_MPS:
            return "con"
        if v_mps < -_MOVING_MPS:
            return "ecc"
        if abs(v_mps) > _STILL_MPS:
            return self._candidate
        pauses: dict[Phase, Phase] = {"con": "top", "ecc": "bottom"}
        return pauses.get(self.phase, self.phase)

    def rest(self, now_s: float) -> PhaseChanged | None:
        """Say that the set is over."""
        self._candidate, self._since_s = "rest", now_s
        if self.phase == "rest":
            return None
        self.phase = "rest"
        return PhaseChanged(t_s=now_s, since_s=now_s, phase="rest")


class TurnWatch:
    """Tells when an upward or downward swing of velocity is being taken back, wherever its zero is.

    A velocity that has drifted by 0.1 m/s during a slow lowering still rises and falls by the right amount.

    Attributes
    ----------
    swing_mps, top_mps
        Change of velocity of the swing told last, and where it went highest.
    """

    def __init__(self, least_mps: float = SWING_MPS) -> None:
        self._least = least_mps
        self.swing_mps = self.top_mps = 0.0
        self._low = self._high = 0.0
        self._rising: bool | None = None
        self._start = 0.0

    def shift(self, by_mps: float) -> None:
        """Follow a correction of the velocity that is no movement."""
        self._low += by_mps
        self._high += by_mps
        self._start += by_mps

    def step(self, v_mps: float, *, struck: bool, quiet: bool) -> Literal["lift", "lowering"] | None:
        """Take one frame's velocity; say once for each swing that it is ending.

        A velocity that a hit has spoilt starts anew; a hole is bridged. A bar that went up and is quiet has
        ended its lift; one that went down may be lowered steadily.
        """
        if struck:
            self._low = self._high = self._start = v_mps
            self._rising = None
            return None
        if quiet and self._rising is True:
            self.swing_mps, self.top_mps = self._high - self._start, self._high
            self._low = self._high = self._start = v_mps
            self._rising = False
            return "lift"
        self._low, self._high = min(self._low, v_mps), max(self._high, v_mps)
        if self._rising is not True and v_mps - self._low > self._least:
            ended = self._rising is False
            self.swing_mps = self._start - self._low
            self._rising, self._start, self._high = True, self._low, v_mps
            return "lowering" if ended else None
        if self._rising is True:
            back = max(self._least, _TURNED_RATIO * (self._high - self._start))
        else:
            back = self._least
        if self._rising is not False and self._high - v_mps > back:
            ended = self._rising is True
            self.swing_mps, self.top_mps = self._high - self._start, self._high
            self._rising, self._start, self._low = False, self._high, v_mps
            return "lift" if ended else None
        return None


class LoweringWatch:
    """Tells when a lowering may be over: the bar comes to a stand, has landed, or has become quiet."""

    def __init__(self) -> None:
        self._lowest_mps = 0.0
        self._struck = False
        self._quiet = False

    def step(self, v_mps: float, *, struck: bool, quiet: bool) -> Literal["stands", "landed", "quiet"] | None:
        """Take one frame's velocity; say what happened."""
        landed, became_quiet = self._struck and not struck, quiet and not self._quiet
        self._struck, self._quiet = struck, quiet
        if landed:
            self._lowest_mps = 0.0
            return "landed"
        if self._lowest_mps < -_LOWERS_MPS and v_mps > min(-_STANDS_MPS, _STANDS_RATIO * self._lowest_mps):
            self._lowest_mps = math.inf
            return "stands"
        if v_mps > -_STANDS_MPS or self._lowest_mps < math.inf:
            self._lowest_mps = min(self._lowest_mps, v_mps)
        return "quiet" if became_quiet else None


def began_s(con_start_s: float, ecc_start_s: float) -> float:
    """Return the first edge of a rep whose eccentric may be missing."""
    return float(np.fmin(con_start_s, ecc_start_s))


def ended_s(con_end_s: float, ecc_end_s: float) -> float:
    """Return the last edge of a rep whose eccentric may be missing."""
    return float(np.fmax(con_end_s, ecc_end_s))
