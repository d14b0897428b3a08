"""The session clock: whatever counters and clocks say, time is made of numbers and goes forward."""

from __future__ import annotations

import math
import struct

import numpy as np

from firmware_bridge.clock import S_PER_NS, SessionClock, Unwrapper, fit_counted_rate_hz, fit_host_clock
from firmware_bridge.clock.counters import S_PER_US
from tests.fuzz.harness import Target

_HEAD = struct.Struct("<BB")
_PACKET = struct.Struct("<BBqqq")
_RATES_HZ = (200.0, 1.0, 1700.0, 52.0, 13.0, 416.0)
_COUNTS, _KNOWS_INDEX, _KNOWS_TIME = 0x3F, 0x40, 0x80
MAX_PACKETS = 400
MAX_STEP = 2**40  # no counter of a sensor has more than 32 bits
MAX_NS = 2**63


def _feed(data: bytes) -> None:
    """Place packets: flags and count, stream; steps of the index, of device time in us, of arrival in ns."""
    if len(data) < _HEAD.size:
        return
    rate, _ = _HEAD.unpack_from(data)
    period_s = 1 / _RATES_HZ[rate % len(_RATES_HZ)]
    clock = SessionClock()
    last_s, ends_s, hosts_s, counts = -math.inf, [], [], [0]
    index = device_us = host_ns = 0
    rest = data[_HEAD.size : _HEAD.size + MAX_PACKETS * _PACKET.size]
    whole = len(rest) // _PACKET.size * _PACKET.size
    for flags, stream, index_step, device_step, host_step in _PACKET.iter_unpack(rest[:whole]):
        index, device_us = max(0, index + int(math.fmod(index_step, MAX_STEP))), device_us + device_step
        host_ns = (host_ns + host_step) % MAX_NS
        count = max(1, flags & _COUNTS)
        placed = clock.place(
            count,
            stream=stream,
            index=index if flags & _KNOWS_INDEX else None,
            device_us=device_us if flags & _KNOWS_TIME else None,
            host_ns=host_ns,
            period_s=period_s,
        )
        assert clock.rate_hz is None or 0 < clock.rate_hz < math.inf
        if placed is None:
            continue
        times_s = placed.start_s + np.arange(count) * placed.period_s
        assert np.isfinite(times_s).all()
        assert (np.diff(times_s, prepend=last_s) > 0).all()
        assert placed.lost >= 0
        assert placed.missed >= 0
        last_s = float(times_s[-1])
        ends_s.append(last_s)
        hosts_s.append(host_ns * S_PER_NS)
        counts.append(counts[-1] + count)
    if ends_s:
        fit = fit_host_clock(np.array(ends_s), np.array(hosts_s))
        assert math.isfinite(fit.slope + fit.offset_s)
        rate_hz = fit_counted_rate_hz(np.array(counts[1:]), np.array(hosts_s))
        assert rate_hz is None or 0 < rate_hz < math.inf


def _samples() -> list[bytes]:
    """Sensors that count, that have a clock, both or neither; with a reconnect, and for over a minute."""
    made = []
    for known in (0, _KNOWS_INDEX, _KNOWS_TIME, _KNOWS_INDEX | _KNOWS_TIME):
        rows = []
        for packet in range(80):
            us = 1_000_000 if packet % 40 else 5_000_000
            stream = packet // 40
            index = 0 if packet % 40 == 0 else 8
            rows.append(_PACKET.pack(known | 7, stream, index, us, us * 1000 + packet % 7 * 10**6))
        made.append(_HEAD.pack(1 if known == 0 else 0, 0) + b"".join(rows))
    return made


def _unwrap(data: bytes) -> None:
    """Unwrap a counter: what comes out is the counter again, and within half a round of the newest."""
    if not data:
        return
    modulus = 1 << (8, 16, 32)[data[0] % 3]
    unwrap, newest = Unwrapper(modulus), None
    for (value,) in struct.iter_unpack("<I", data[1 : 1 + (len(data) - 1) // 4 * 4]):
        value %= modulus
        whole = unwrap(value)
        assert whole % modulus == value
        assert newest is None or abs(whole - newest) <= modulus // 2
        newest = whole if newest is None else max(newest, whole)
        assert whole * S_PER_US < math.inf


def _counters() -> list[bytes]:
    values = [*range(2**32 - 5, 2**32), *range(5), 2**31, 2**31 - 1]
    return [bytes([kind]) + struct.pack(f"<{len(values)}I", *values) for kind in range(3)]


def _pieces(data: bytes) -> list[bytes]:
    starts = range(_HEAD.size, len(data), _PACKET.size)
    return [data[: _HEAD.size], *(data[start : start + _PACKET.size] for start in starts)]


TARGETS = (
    Target("clock", _feed, (), _samples, pieces=_pieces),
    Target("unwrap", _unwrap, (), _counters),
)
