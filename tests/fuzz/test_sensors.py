"""Whatever a sensor sends, where and in what order, its driver gives sound samples or says why not."""

import logging
import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import pytest

from firmware_bridge.sensors import PacketKind, RawPacket
from tests.firmware_bridge.sensors.contract import FakeSensor, fakes_of, started
from tests.fuzz.harness import short_runs
from tests.fuzz.targets_sensors import TARGETS, UUIDS

test_hostile_input = short_runs(TARGETS)

SENSORS = [pytest.param(fake, id=f"{key}-{fake.__name__}") for key in UUIDS for fake in fakes_of(key)]
TIMES = 1500
STEP_NS = 10_000_000
MOST_BYTES = 1 << 20
"""More than a driver may hold back: seconds of packets whose partners are missing."""


@pytest.mark.parametrize("fake", SENSORS)
def test_a_sensor_that_says_one_thing_for_ever_fills_no_memory(fake: type[FakeSensor]):
    logging.getLogger("firmware_bridge").setLevel(logging.ERROR)
    said = [packet for packet in started(fake()).measure(60) if packet.kind is PacketKind.NOTIFICATION]
    for packet in (*said[:2], *said[-2:]):  # the accelerometer's and the gyro's, where they come apart
        assert _growth(started(fake()).stream.feed, packet) < MOST_BYTES


def _growth(feed: Callable[[RawPacket], object], packet: RawPacket) -> int:
    """Return how much memory is held after a packet came again and again."""
    tracemalloc.start()
    try:
        for number in range(TIMES):
            feed(replace(packet, host_ns=packet.host_ns + number * STEP_NS))
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
