"""Print how well sample times are reconstructed: ``python -m benchmarks.clock [--hours 2] [--markdown]``.

Sensors of every kind of clock, simulated from the oscillator to the arrival at the host, and fed to the real
drivers and clock: two oscillators that are off and warm up, counters that wrap, a radio with connection
events, packets sent again, stalls that are caught up, and losses. The truth is the simulation's.

- *time*: worst error of a sample's time, less the constant part. Sensors with a clock are judged by that
  clock, the others by true time; *settled* leaves out the first two minutes, in which they learn the rate.
- *rate*: error of the measured sample rate, by the same clock.
- *host*: the fit of the host's clock to the session, from which a video is lined up: its offset (which holds
  the smallest delay of the radio) and its rate.
- *lost, found*: samples that never came, and those that were told; in scenarios without losses *found* would
  be false alarms.
"""

from __future__ import annotations

import argparse
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.tables import markdown_table, text_table
from firmware_bridge import profile
from firmware_bridge.clock import S_PER_NS, fit_host_clock
from firmware_bridge.sensors import LinkState, PacketKind, RawPacket, StreamSettings, driver, link_packet
from firmware_bridge.sensors.barbellimu import STREAM_UUID as BARBELL_UUID
from firmware_bridge.sensors.movella import MEASUREMENT_UUID, MEDIUM_UUID
from firmware_bridge.sensors.movesense import NOTIFY_UUID as MOVESENSE_UUID
from firmware_bridge.sensors.polar.control import CONTROL_UUID as POLAR_CONTROL_UUID
from firmware_bridge.sensors.polar.control import DATA_UUID as POLAR_UUID
from firmware_bridge.sensors.witmotion import NOTIFY_UUID as WIT_UUID
from firmware_bridge.stream import SampleStream

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Payload = Callable[[int, int, int, int], bytes]
"""(packet number, index of its first sample, device ns of its first sample, and of its last) to bytes."""

PPM = 1e-6
MS = 1e3
NS_PER_S = 1e9
HOST_ORIGIN_S = 81_234.5
INTERVAL_S = 0.030
RADIO_S = 0.003
SENT_AGAIN_RATIO = 0.05
STALL_S = 0.6
WARM_UP_S = 1200.0
LEARNING_S = 120.0
RATE_OVER_S = 60.0
HEADS = ["sensor and scenario", "time ms", "settled ms", "rate ppm", "host ms", "host ppm", "lost", "found"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A sensor, as far as its clock goes.

    Attributes
    ----------
    label, key
        For people; of its driver.
    rate_hz, per_packet
        Nominal sample rate, samples a notification.
    opening
        What the driver sees before the first samples.
    uuid, payload
        Where samples come, and how they are written.
    boots_ns
        What its clock shows at the first sample: shortly before it wraps, or another epoch.
    counted
        It has no clock.
    rate_error, warm_error
        Share by which it measures too slowly, and by which that grows as it warms up.
    """

    label: str
    key: str
    rate_hz: float
    per_packet: int
    opening: tuple[RawPacket, ...]
    uuid: str
    payload: Payload
    boots_ns: int = 0
    counted: bool = False
    rate_error: float = 0.004
    warm_error: float = 60 * PPM

    @property
    def settings(self) -> StreamSettings:
        """What the driver is asked for: the accelerometer alone carries all that the clock sees."""
        return StreamSettings(rate_hz=self.rate_hz, gyr_range_dps=0, latency_ms=1000)


@dataclass(frozen=True, slots=True)
class Scenario:
    """What happens.

    Attributes
    ----------
    stalls
        Times a minute that the radio is blocked for ``STALL_S``, and then catches up.
    losses
        Times a minute that so many packets in a row never come.
    """

    label: str
    seconds: float
    stalls: float = 0.0
    losses: tuple[float, int] = (0.0, 0)


def scenarios(hours: float) -> list[Scenario]:
    """List what every sensor goes through."""
    return [
        Scenario("calm, 10 min", 600.0),
        Scenario("stalls, 10 min", 600.0, stalls=4.0),
        Scenario("stalls and losses of 1 packet", 600.0, stalls=1.0, losses=(2.0, 1)),
        Scenario("stalls and losses of 2 s", 600.0, stalls=1.0, losses=(0.5, -1)),
        Scenario(f"stalls, drift, {hours:g} h", hours * 3600, stalls=1.0),
    ]


# -- the sensors


def _opened(*more: RawPacket) -> tuple[RawPacket, ...]:
    return (link_packet(0, LinkState.CONNECTED), *more)


def _own_profile() -> Kind:
    rate_hz, count = 400.0, 16
    config = profile.Config.from_settings(
        profile.StartSettings(round(rate_hz * profile.MILLI), 16, 0, 40), mtu=247, stream_id=1
    )
    reply = profile.encode_response(profile.Response(profile.Op.START, 1, profile.Status.OK, config))
    head, body = struct.Struct("<BBHII"), bytes(6 * count)

    def payload(number: int, index: int, first_ns: int, _last_ns: int) -> bytes:
        return head.pack(0x11, 0x10, number % 2**16, index % 2**32, first_ns // 1000 % 2**32) + body

    opening = _opened(RawPacket(0, profile.CONTROL_UUID, reply, PacketKind.INDICATION))
    boots_ns = (2**32 - 60_000_000) * 1000
    return Kind(
        "own profile, 400 Hz: index and us",
        "bip",
        rate_hz,
        count,
        opening,
        profile.DATA_UUID,
        payload,
        boots_ns,
    )


def _barbell() -> Kind:
    packet = struct.Struct("<I6hBBH")

    def payload(_number: int, index: int, first_ns: int, _last_ns: int) -> bytes:
        return packet.pack(first_ns // 1000 % 2**32, 0, 0, 1000, 0, 0, 0, index % 256, 3, 0)

    boots_ns = (2**32 - 60_000_000) * 1000
    return Kind(
        "BarbellIMU, 100 Hz: 8-bit number and us",
        "barbellimu",
        100.0,
        1,
        _opened(),
        BARBELL_UUID,
        payload,
        boots_ns,
    )


def _movella() -> Kind:
    start = RawPacket(0, MEASUREMENT_UUID, bytes([1, 1, 21]), PacketKind.WRITE)
    body = struct.pack("<6f12x", 0, 0, 9.8, 0, 0, 0)

    def payload(_number: int, _index: int, first_ns: int, _last_ns: int) -> bytes:
        return struct.pack("<I", first_ns // 1000 % 2**32) + body

    boots_ns = (2**32 - 60_000_000) * 1000
    return Kind("Movella DOT, 60 Hz: us", "movella", 60.0, 1, _opened(start), MEDIUM_UUID, payload, boots_ns)


def _movesense() -> Kind:
    body = struct.pack("<3f", 0, 0, 9.8) * 4

    def payload(_number: int, _index: int, first_ns: int, _last_ns: int) -> bytes:
        return b"\x02\x63" + struct.pack("<I", first_ns // 1_000_000 % 2**32) + body

    boots_ns = (2**32 - 60_000) * 1_000_000
    return Kind(
        "Movesense, 52 Hz: ms of the first of 4",
        "movesense",
        52.0,
        4,
        _opened(),
        MOVESENSE_UUID,
        payload,
        boots_ns,
    )


def _polar() -> Kind:
    count = 36
    start = bytes.fromhex("02 02 00 01 34 00 01 01 10 00 02 01 08 00")
    opening = _opened(
        RawPacket(0, POLAR_CONTROL_UUID, start, PacketKind.WRITE),
        RawPacket(0, POLAR_CONTROL_UUID, bytes.fromhex("f0 02 02 00 00"), PacketKind.INDICATION),
    )
    body = struct.pack("<3h", 0, 0, 1000) * count

    def payload(_number: int, _index: int, _first_ns: int, last_ns: int) -> bytes:
        return struct.pack("<BQB", 2, last_ns, 1) + body

    boots_ns = 599_616_000 * 1_000_000_000  # 2019 by an epoch of 2000: an H10 that was off its strap
    return Kind(
        "Polar, 52 Hz: ns of the last of 36", "polar", 52.0, count, opening, POLAR_UUID, payload, boots_ns
    )


def _witmotion() -> Kind:
    frames = (b"\x55\x61" + struct.pack("<9h", 0, 0, 2048, 0, 0, 0, 0, 0, 0)) * 8

    def payload(_number: int, _index: int, _first_ns: int, _last_ns: int) -> bytes:
        return frames

    return Kind(
        "WitMotion, 200 Hz: nothing",
        "witmotion",
        200.0,
        8,
        _opened(),
        WIT_UUID,
        payload,
        counted=True,
        rate_error=0.006,
    )


def kinds() -> list[Kind]:
    """List a sensor of every kind of clock."""
    return [_own_profile(), _barbell(), _movella(), _movesense(), _polar(), _witmotion()]


# -- the simulation


@dataclass(frozen=True, slots=True, eq=False)
class Sent:
    """What came through, packet by packet.

    Attributes
    ----------
    packets
        As the host journals them.
    number, true_s, device_s
        (n, per_packet) number of each sample, and when it was measured: true time, and the sensor's clock.
    lost
        Samples that never came, up to the last that did.
    """

    packets: list[RawPacket]
    number: Ints
    true_s: Floats
    device_s: Floats
    lost: int


def simulate(kind: Kind, scenario: Scenario, *, seed: int = 0) -> Sent:
    """Send a session of a sensor through a radio."""
    rng = np.random.default_rng(seed)
    count = int(scenario.seconds * kind.rate_hz) // kind.per_packet
    number = np.arange(count * kind.per_packet).reshape(count, kind.per_packet)
    true_s = _warming(number / kind.rate_hz, kind.rate_error, kind.warm_error)
    device_s = _warming(true_s, 35 * PPM, 10 * PPM)
    came = ~_lost(count, kind, scenario, rng)
    came[:2] = came[-1] = True
    arrived_ns = np.rint(
        (HOST_ORIGIN_S + _arrivals(true_s[:, -1] + 1 / kind.rate_hz, scenario, rng)) * NS_PER_S
    )
    stamp_ns = kind.boots_ns + np.rint(device_s[:, [0, -1]] * NS_PER_S).astype(np.int64)
    sent = np.flatnonzero(came)
    packets = [
        RawPacket(host, kind.uuid, kind.payload(at, at * kind.per_packet, first, last))
        for at, host, (first, last) in zip(
            sent.tolist(), arrived_ns[sent].astype(np.int64).tolist(), stamp_ns[sent].tolist(), strict=True
        )
    ]
    return Sent(packets, number[came], true_s[came], device_s[came], int((~came).sum()) * kind.per_packet)


def _warming(t_s: Floats, error: float, warm_error: float) -> Floats:
    """Stretch time by an error, and by one more that comes as the part warms up."""
    warm_s = t_s - WARM_UP_S * (1 - np.exp(-t_s / WARM_UP_S))
    return t_s * (1 + error) + warm_error * warm_s


def _lost(count: int, kind: Kind, scenario: Scenario, rng: np.random.Generator) -> NDArray[np.bool_]:
    lost = np.zeros(count, dtype=np.bool_)
    a_minute, packets = scenario.losses
    if packets < 0:
        packets = max(1, round(2 * kind.rate_hz / kind.per_packet))
    times = round(a_minute * scenario.seconds / 60)
    # Not in the first half minute: what learns a rate has to have seen it.
    first = int(30 * kind.rate_hz / kind.per_packet)
    spread = np.linspace(first, count - 2 * packets - first, times, dtype=np.int64)
    for start in spread + rng.integers(0, max(1, first // 4), times):
        lost[start : start + packets] = True
    return lost


def _arrivals(ready_s: Floats, scenario: Scenario, rng: np.random.Generator) -> Floats:
    count = len(ready_s)
    event_s = np.ceil((ready_s + rng.uniform(0, 0.002, count)) / INTERVAL_S) * INTERVAL_S
    event_s += INTERVAL_S * (rng.random(count) < SENT_AGAIN_RATIO)
    for start_s in rng.uniform(10, scenario.seconds - 10, round(scenario.stalls * scenario.seconds / 60)):
        stalled = slice(*np.searchsorted(event_s, [start_s, start_s + STALL_S]))
        event_s[stalled] = np.maximum(event_s[stalled], start_s + STALL_S)
    return np.maximum.accumulate(event_s + RADIO_S + rng.exponential(0.0008, count))


# -- the judgement


@dataclass(frozen=True, slots=True)
class Errors:
    """How far off the reconstruction is; columns as in the module's docstring."""

    worst_s: float
    settled_s: float
    rate: float
    host_s: float
    host_rate: float
    lost: int
    found: int

    def row(self, label: str) -> list[str]:
        """Write it in a table."""
        return [
            label,
            f"{self.worst_s * MS:.3f}",
            f"{self.settled_s * MS:.3f}",
            f"{self.rate / PPM:+.2f}",
            f"{self.host_s * MS:+.2f}",
            f"{self.host_rate / PPM:+.2f}",
            f"{self.lost}",
            f"{self.found}",
        ]


def judge(kind: Kind, sent: Sent) -> Errors:
    """Decode what came through, and compare it with the truth."""
    stream = SampleStream(driver(kind.key).session(kind.settings))
    for packet in kind.opening:
        stream.feed(packet)
    blocks = [stream.feed(packet) for packet in sent.packets]
    if any(len(made) != 1 for made in blocks):
        raise RuntimeError(f"{kind.label}: not every packet gave its samples")
    t_s = np.array([made[0].t_s for made in blocks])
    truth_s = sent.true_s if kind.counted else sent.device_s
    error_s = t_s - truth_s
    later = sent.true_s[:, 0] > LEARNING_S
    arrived_s = np.array([packet.host_ns for packet in sent.packets]) * S_PER_NS
    fit = fit_host_clock(t_s[:, -1], arrived_s)
    fitted_s = fit.slope * t_s[:, -1] + fit.offset_s - HOST_ORIGIN_S
    host_error_s = (fitted_s - sent.true_s[:, -1])[later]
    return Errors(
        worst_s=_spread(error_s),
        settled_s=_spread(error_s[later]),
        rate=(stream.stats.rate_hz or 0.0) * _period_s(truth_s, sent) - 1,
        host_s=float(np.median(host_error_s)),
        host_rate=float(np.polyfit(sent.true_s[later, -1], host_error_s, 1)[0]),
        lost=sent.lost,
        found=stream.stats.lost + stream.stats.missed,
    )


def _spread(error_s: Floats) -> float:
    return float(np.abs(error_s - np.median(error_s)).max())


def _period_s(truth_s: Floats, sent: Sent) -> float:
    """Return the true sample period over the last minute."""
    since = int(np.searchsorted(sent.true_s[:, -1], sent.true_s[-1, -1] - RATE_OVER_S))
    samples = sent.number[-1, -1] - sent.number[since, -1]
    return float((truth_s[-1, -1] - truth_s[since, -1]) / samples)


def half_round_trip_rows(runs: int = 2000) -> list[list[str]]:
    """Compare what TIME would tell with the smallest one-way delay, on the same radio."""
    rng = np.random.default_rng(0)
    asked_s = rng.uniform(0, INTERVAL_S, runs)
    heard_s = INTERVAL_S + INTERVAL_S * (rng.random(runs) < SENT_AGAIN_RATIO)
    answered_s = heard_s + INTERVAL_S + INTERVAL_S * (rng.random(runs) < SENT_AGAIN_RATIO) + RADIO_S
    error_s = np.abs((asked_s + answered_s) / 2 - heard_s)
    return [
        ["one TIME request: half the round trip, median", f"{np.median(error_s) * MS:.1f} ms"],
        ["one TIME request: worst of 99 %", f"{np.quantile(error_s, 0.99) * MS:.1f} ms"],
        ["the fit to arrivals, no request", "see host ms above"],
    ]


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hours", type=float, default=2.0, help="length of the drifting session (2)")
    parser.add_argument("--only", help="only sensors whose driver has this key")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    options = parser.parse_args(argv)
    table = markdown_table if options.markdown else text_table
    rows = []
    for kind in kinds():
        if options.only in (None, kind.key):
            for scenario in scenarios(options.hours):
                errors = judge(kind, simulate(kind, scenario))
                rows.append(errors.row(f"{kind.label}; {scenario.label}"))
    print(table(HEADS, rows))
    print()
    print(table(["offset to the host's clock", "error"], half_round_trip_rows()))


if __name__ == "__main__":
    main()
