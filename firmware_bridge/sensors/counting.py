"""Sample numbers for sensors that do not number their samples: from device time, or from arrival alone.

A number that jumps is how a driver says that samples were lost. Both rules are causal, and use nothing but
what the journal holds: live and replay number alike.
"""

from __future__ import annotations

from firmware_bridge.clock import S_PER_NS, S_PER_US

LEARNT_SAMPLES = 2000
"""The true period is learnt over this many samples (10 s at 200 Hz): oscillators warm up slowly."""

NOMINAL_WEIGHT = 50
"""Until the true period is learnt, the nominal one counts as this many samples: stamps of 1 ms are coarse."""

NEW_RATE_ERROR = 0.1
KNOWN_RATE_ERROR = 0.01
"""What a sensor's oscillator may be off, as a share of the period, before and after the rate is learnt."""

HALF_SAMPLE = 0.5
"""Time that is missing to the nearest sample: less than half of one is jitter."""

SET_BACK_S = 10.0
SET_BACK_PACKETS = 4
"""Device time that runs back by more than 10 s, or for four packets in a row, was set back; packets that were
only overtaken by others are neither that late nor that many."""

RECOVERY_S = 2.0
"""A stalled link delivers its backlog within about 2 s (gaps to 0.92 s were seen); the rest is lost."""

SILENCE_S = 0.25
"""A pause between packets counts as no more than this of the 2 s (or two packets' length): a computer that
was busy, and then fetches all that had arrived meanwhile, has lost nothing."""

ARRIVAL_JITTER_S = 0.1
ARRIVAL_RATE_ERROR = 0.02
"""Lateness that is no loss: a few connection intervals, and an oscillator that is 2 % slow."""


class IndexByTime:
    """Number samples by device time, where a sensor has a clock and no counter.

    Packets in a row are as far apart as the samples of the first one take; more time than that is samples
    lost. Losses are exact as long as the clock's jitter stays below half a sample, and the stretch without
    packets below some 50 samples times the share by which the rate is known.

    Parameters
    ----------
    period_s
        Nominal sample period.
    slack
        Samples of missing time that are jitter. More than a half, where the clock is coarse and only long
        packets get lost.

    Attributes
    ----------
    period_s
        The period as learnt so far, from packets between which nothing was lost.
    """

    def __init__(self, period_s: float, *, slack: float = HALF_SAMPLE) -> None:
        self.period_s = period_s
        self._nominal_s = period_s
        self._slack = slack
        self._learnt_s = 0.0
        self._learnt = 0.0
        self._last_us: int | None = None
        self._last_count = 0
        self._next = 0
        self._late = 0

    def __call__(self, count: int, device_us: int) -> int:
        """Return the number of a packet's first sample; one that came before is below its predecessors'.

        Parameters
        ----------
        count
            Samples in the packet.
        device_us
            Device time of its first sample, unwrapped.
        """
        if self._last_us is None:
            return self._take(count, device_us, 0)
        step_s = (device_us - self._last_us) * S_PER_US
        if step_s <= 0:
            return self._behind(count, device_us, step_s)
        missing = step_s / self.period_s - self._last_count
        error = KNOWN_RATE_ERROR if self._learnt > NOMINAL_WEIGHT else NEW_RATE_ERROR
        if missing > self._slack + error * self._last_count:
            return self._take(count, device_us, max(1, round(missing)))
        if missing > -self._slack - error * self._last_count:
            self._learn(step_s)
        return self._take(count, device_us, 0)

    def _behind(self, count: int, device_us: int, step_s: float) -> int:
        self._late += 1
        if step_s < -SET_BACK_S or self._late >= SET_BACK_PACKETS:
            return self._take(count, device_us, 0)
        return self._next - self._last_count + min(-1, round(step_s / self.period_s))

    def _take(self, count: int, device_us: int, lost: int) -> int:
        index = self._next + lost
        self._next = index + count
        self._last_us, self._last_count = device_us, count
        self._late = 0
        return index

    def _learn(self, step_s: float) -> None:
        self._learnt_s += step_s
        self._learnt += self._last_count
        fade = min(1.0, LEARNT_SAMPLES / self._learnt)
        self._learnt_s, self._learnt = fade * self._learnt_s, fade * self._learnt
        known_s = NOMINAL_WEIGHT * self._nominal_s + self._learnt_s
        self.period_s = known_s / (NOMINAL_WEIGHT + self._learnt)


class IndexByArrival:
    """Number samples by counting them, where a sensor has neither clock nor counter.

    Samples that were only held up are all there in the end, so a packet that comes late means nothing. The
    least delayed packet of every 2 s without pauses tells: when even that one is later than before by more
    than jitter and a slow oscillator explain, the difference was lost. The gap is reported where it is found,
    up to 4 s after it happened; losses below about 0.14 s, some 30 samples at 200 Hz, are not seen.

    Parameters
    ----------
    period_s
        Nominal sample period.
    """

    def __init__(self, period_s: float) -> None:
        self._period_s = period_s
        self._next = 0
        self._origin_ns: int | None = None
        self._since_s = self._last_s = 0.0
        self._flow_s = 0.0
        self._least_s = float("inf")
        self._before_s: float | None = None

    def __call__(self, count: int, host_ns: int, lost: int = 0) -> int:
        """Return the number of a packet's first sample.

        Parameters
        ----------
        count
            Samples in the packet.
        host_ns
            Its arrival.
        lost
            Samples before it that are known to be lost.
        """
        self._next += lost
        if self._origin_ns is None:
            self._origin_ns = host_ns
        arrived_s = (host_ns - self._origin_ns) * S_PER_NS
        self._least_s = min(self._least_s, arrived_s - (self._next + count) * self._period_s)
        self._flow_s += min(arrived_s - self._last_s, max(SILENCE_S, 2 * count * self._period_s))
        self._last_s = arrived_s
        if self._flow_s >= RECOVERY_S:
            self._next += self._judge(arrived_s - self._since_s)
            self._since_s, self._flow_s, self._least_s = arrived_s, 0.0, float("inf")
        self._next += count
        return self._next - count

    def _judge(self, elapsed_s: float) -> int:
        """Tell how many samples the stretch that ends now has lost."""
        before_s = self._least_s if self._before_s is None else self._before_s
        later_s = self._least_s - before_s
        self._before_s = self._least_s
        if later_s <= ARRIVAL_JITTER_S + ARRIVAL_RATE_ERROR * elapsed_s:
            return 0
        self._before_s = before_s
        return round(later_s / self._period_s)
