"""Recordings for the tests of this folder."""

from __future__ import annotations

from pathlib import Path

from firmware_bridge.recording import Manifest, RecordingWriter
from firmware_bridge.samples import SensorInfo
from firmware_bridge.sensors import RawPacket
from tests.firmware_bridge.made_packets import MadeSensor

MANIFEST = Manifest(
    sensor=SensorInfo("bip", name="Bar One", address="00:11:22:33:44:55"),
    started="2026-03-01T18:05:00+01:00",
    exercise="squat",
    load_kg=102.5,
    athlete="A12",
)


def session_packets() -> list[RawPacket]:
    """A session with a loss, a reconnect and 560 samples."""
    sensor = MadeSensor(rate_hz=201.3)
    packets = [*sensor.connect(), *sensor.send(200)]
    sensor.lose(31)
    packets += sensor.send(200)
    return [*packets, *sensor.reconnect(1.5), *sensor.send(160)]


def left_open(folder: Path, packets: list[RawPacket]) -> Path:
    """Write a recording and leave it as a killed recorder does."""
    writer = RecordingWriter.create(folder, MANIFEST)
    for packet in packets:
        writer.append(packet)
    writer.close()
    return writer.path
