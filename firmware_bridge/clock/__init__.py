"""Counters and clocks: from wrapping counters, device time and arrival times to seconds of one session.

Velocity is integrated on device time, so what makes sample times here (:class:`SessionClock`) uses arrival
times only where there is nothing else: to bridge a reconnect, and to learn the rate of a sensor that has no
clock. It is causal and sees nothing but packets: the same packets give the same floats, live or replayed, and
a time once given is never changed. Arrival times (of the host's monotonic clock, which nobody can set) also
line the session up with other clocks, a video's: :func:`fit_host_clock` does that afterwards. (While a
computer sleeps, its monotonic clock may stand still; the link is lost then, and the gap is told shorter than
it was.)

The profile's TIME request (ask the sensor for its clock, and halve the round trip) is not used. Nothing that
is measured here needs the constant part of the delay, and it would not be known better: a request and its
answer take two or three connection intervals, so half of the round trip is off by as much as the smallest of
thousands of one-way delays, which the fit leaves in. ``python -m benchmarks.clock`` compares them.
"""

from firmware_bridge.clock.arrival import CountedLine
from firmware_bridge.clock.counters import S_PER_NS, S_PER_US, Unwrapper
from firmware_bridge.clock.device import DeviceLine
from firmware_bridge.clock.host import ClockFit, fit_counted_rate_hz, fit_host_clock, fit_rate_hz
from firmware_bridge.clock.session import Placement, SessionClock
from firmware_bridge.clock.wall import WallWatch, local_now

__all__ = [
    "S_PER_NS",
    "S_PER_US",
    "ClockFit",
    "CountedLine",
    "DeviceLine",
    "Placement",
    "SessionClock",
    "Unwrapper",
    "WallWatch",
    "fit_counted_rate_hz",
    "fit_host_clock",
    "fit_rate_hz",
    "local_now",
]
