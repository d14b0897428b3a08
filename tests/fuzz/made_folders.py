"""A small valid recording, its files as bytes, and what must hold of a folder whatever is in it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from unittest.mock import patch

import numpy as np

from firmware_bridge.errors import RecordingError
from firmware_bridge.recording import Recording, RecordingWriter, Samples, repair
from firmware_bridge.recording.journal import OPEN_NAME
from firmware_bridge.samples import SampleBlock
from tests.firmware_bridge.made_packets import MadeSensor
from tests.firmware_bridge.recording.made_recordings import MANIFEST

SHARED_MEMORY = Path("/dev/shm")
"""Where a folder costs no disk, if there is such a place."""

EVENTS = ({"event": "set", "set_no": 1, "t_s": 0.0}, {"event": "rep", "rep_no": 1, "mcv_mps": 0.5})

Files = Mapping[str, bytes]


@contextmanager
def a_folder() -> Iterator[Path]:
    """Give a folder for a while, in memory where that can be; nothing waits for a disk."""
    where = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir=where) as folder, patch("os.fsync"):
        yield Path(folder)


@cache
def opened() -> Files:
    """Return the files of a recording that was left open: a loss, a reconnect, 22 samples."""
    sensor = MadeSensor(per_packet=2)
    packets = [*sensor.connect(), *sensor.send(8)]
    sensor.lose(3)
    packets += [*sensor.send(8), *sensor.reconnect(1.5), *sensor.send(6)]
    with a_folder() as folder:
        writer = RecordingWriter.create(folder / "made.tempo", replace(MANIFEST, software="imu-tempo 1"))
        for packet in packets:
            writer.append(packet)
        for event in EVENTS:
            writer.event(event)
        writer.close()
        return contents(writer.path)


@cache
def sealed() -> Files:
    """Return the files of the same recording, sealed."""
    with a_folder() as folder:
        path = write_folder(folder / "made.tempo", opened())
        repair(path)
        return contents(path)


def write_folder(path: Path, files: Files) -> Path:
    """Write the files of a recording."""
    path.mkdir()
    for name, data in files.items():
        (path / name).write_bytes(data)
    return path


def contents(folder: Path) -> dict[str, bytes]:
    """Return what is in a folder: files, and where links lead."""
    return {
        path.name: os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
        for path in sorted(folder.iterdir())
        if path.is_symlink() or path.is_file()
    }


def use(folder: Path) -> None:
    """Read a recording in every way, repair it, and read it again: all that comes out must be sound.

    Raises
    ------
    RecordingError
        It was refused, and nothing in it changed.
    """
    before = contents(folder)
    refusal = _read(folder)
    assert contents(folder) == before
    try:
        report = repair(folder)
    except RecordingError as error:
        after = contents(folder)
        assert after == before, f"refused, and yet changed: {set(after.items()) ^ set(before.items())}"
        raise refusal or error from None
    assert report.message.isprintable()
    assert report.changed or contents(folder) == {
        name: data for name, data in before.items() if not name.endswith(".partial") and _kept(name, folder)
    }
    if report.changed:
        assert Recording.open(folder).sealed
        assert_sound_samples(Recording.open(folder).arrays())
        assert not repair(folder).changed
    elif refusal is not None:
        raise refusal


def _kept(name: str, folder: Path) -> bool:
    """Whether a repair that changes nothing may not remove it: an open journal beside a sealed one may go."""
    return name != OPEN_NAME or (folder / name).exists()


def _read(folder: Path) -> RecordingError | None:
    refusal = None
    for way in (_read_packets, _read_blocks, _read_arrays, _read_events):
        try:
            way(Recording.open(folder))
        except RecordingError as error:
            refusal = error
    return refusal


def _read_packets(recording: Recording) -> None:
    for packet in recording.packets():
        assert abs(packet.host_ns) < 2**62


def _read_blocks(recording: Recording) -> None:
    last_s = -np.inf
    for block in recording.blocks():
        last_s = assert_sound(block, last_s)


def _read_arrays(recording: Recording) -> None:
    assert_sound_samples(recording.arrays())


def _read_events(recording: Recording) -> None:
    for event in recording.events():
        assert isinstance(event, dict)


def assert_sound(block: SampleBlock, last_s: float) -> float:
    """Assert that samples are numbers on a clock that goes forward; return the last one's time."""
    assert np.isfinite(block.acc_mps2).all()
    assert block.gyr_radps is None or np.isfinite(block.gyr_radps).all()
    assert np.isfinite(block.t_s).all()
    assert (np.diff(block.t_s, prepend=last_s) > 0).all()
    return float(block.t_s[-1])


def assert_sound_samples(samples: Samples) -> None:
    """Assert that samples are numbers on a clock that goes forward; a sensor's gyro may be away (NaN)."""
    assert samples.t_s.dtype == samples.acc_mps2.dtype == np.float64
    assert samples.lost_before.dtype == np.int64
    assert np.isfinite(samples.t_s).all()
    assert (np.diff(samples.t_s) > 0).all()
    assert np.isfinite(samples.acc_mps2).all()
    assert samples.gyr_radps is None or not np.isinf(samples.gyr_radps).any()
    assert (samples.lost_before >= 0).all()
    assert sum(len(block) for block in samples.blocks()) == len(samples)
