"""Disks that are full, slow, or of another system."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from firmware_bridge.errors import RecordingError
from firmware_bridge.recording import DiskFullError, Recording, RecordingWriter, files, lines, repair
from firmware_bridge.recording.files import LeftOutError
from firmware_bridge.recording.journal import encode_line
from firmware_bridge.recording.lines import LineFile
from firmware_bridge.recording.reserve import END_NAME, RESERVE_BYTES, RESERVE_NAME
from firmware_bridge.sensors import RawPacket
from tests.firmware_bridge.made_packets import MadeSensor
from tests.firmware_bridge.recording.made_recordings import MANIFEST

ROOT = Path(__file__).parents[3]
BLOCK = 4096


class Disk:
    """A disk with so much room, under ``os.write``."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
        self.room = room
        self._write = os.write
        monkeypatch.setattr(os, "write", self.write)

    def write(self, descriptor: int, data: bytes) -> int:
        if not self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = self._write(descriptor, data[: self.room])
        self.room -= written
        return written

    def empty(self) -> bool:
        self.room = 10_000
        return True


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test machine may be busier than any disk is slow: wait until it has told what it has to."""
    monkeypatch.setattr(lines, "PATIENCE_S", 20.0)
    monkeypatch.setattr(lines, "SLOW_S", 20.0)


LINES = [b"one\n", b"a longer one\n", b"3\n", b"the last\n"]


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("room", range(sum(map(len, LINES))))
def test_a_disk_that_is_full_after_any_byte_keeps_the_whole_lines_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
):
    Disk(monkeypatch, room)
    file = LineFile(tmp_path / "lines", lambda: False)
    told = 0
    for line in LINES:
        try:
            file.append(line)
        except DiskFullError:
            told += 1
            whole = (tmp_path / "lines").read_bytes()
            assert whole == b"".join(LINES)[: len(whole)]
            assert whole[-1:] in (b"", b"\n")
            assert len(whole) <= room
    assert told
    with pytest.raises(DiskFullError, match="the disk is full; free some space"):
        file.close()


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("room", range(0, sum(map(len, LINES)), 3))
def test_room_kept_for_the_end_takes_what_the_disk_did_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
):
    disk = Disk(monkeypatch, room)
    file = LineFile(tmp_path / "lines", disk.empty)
    told = 0
    for line in LINES:
        try:
            file.append(line)
        except DiskFullError:
            told += 1
    file.close()
    assert told == 1
    assert (tmp_path / "lines").read_bytes() == b"".join(LINES)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of three megabytes; needs the rights to mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={12 * RESERVE_BYTES}", "tmpfs", str(folder)]
    try:
        subprocess.run(["mount", *options], check=True, capture_output=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        pytest.skip("needs the rights to mount a small file system")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True, timeout=10)


def fill(folder: Path, *, but_for: int) -> Path:
    """Leave so many bytes on the disk."""
    filler = folder / "filler"
    free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
    filler.write_bytes(bytes(max(0, free - but_for)))
    return filler


def record_until_full(writer: RecordingWriter) -> tuple[list[RawPacket], str]:
    """Append until the disk is full, and a second more, as a link does; return all, and what was told."""
    sensor = MadeSensor(rate_hz=400.0)
    packets, failure, left = sensor.connect(), "", 50
    written = 0
    while left:
        for packet in packets[written:]:
            try:
                writer.append(packet)
            except DiskFullError as error:
                failure = str(error)
        written = len(packets)
        left -= bool(failure)
        packets += sensor.send(8)
    return packets[:written], failure


@pytest.mark.parametrize("left", [0, 1, 3, 20])
def test_a_full_disk_ends_in_a_sealed_recording_of_all_that_came(
    small_disk: Path, left: int, caplog: pytest.LogCaptureFixture
):
    writer = RecordingWriter.create(small_disk, MANIFEST)
    filler = fill(small_disk, but_for=left * BLOCK)
    packets, failure = record_until_full(writer)
    assert failure.endswith(
        "packets.jsonl: the disk is full; free some space, what was written before is safe"
    )
    fill_again = small_disk / "another program's"
    with suppress(OSError):  # what frees up is taken by others; only a file system's own reserve is ours
        fill_again.write_bytes(bytes(RESERVE_BYTES // 2))
    writer.seal()
    recording = Recording.open(writer.path)
    assert recording.sealed
    assert list(recording.packets()) == packets
    samples = recording.arrays()
    assert recording.manifest.contents is not None
    assert len(samples) == recording.manifest.contents.samples == 8 * (len(packets) - 2)
    filler.unlink()
    fill_again.unlink()
    repair(writer.path)
    assert {each.name for each in writer.path.iterdir()} == {
        "manifest.json",
        "packets.jsonl.gz",
        "samples.parquet",
    }
    assert list(Recording.open(writer.path).packets()) == packets
    assert Recording.open(writer.path).arrays().t_s.tobytes() == samples.t_s.tobytes()
    assert not repair(writer.path).changed


def append_all(writer: RecordingWriter, packets: list[RawPacket]) -> None:
    for packet in packets:
        writer.append(packet)


def come(
    writer: RecordingWriter, sensor: MadeSensor, enough: Callable[[], object], *, samples: int = 80
) -> list[RawPacket]:
    """Append what a sensor sends until it is enough; return it."""
    packets: list[RawPacket] = []
    end_s = time.monotonic() + 20.0
    while not enough():
        assert time.monotonic() < end_s
        packets += (came := sensor.send(samples))
        append_all(writer, came)
        time.sleep(0.01)
    return packets


def until(what: Callable[[], object]) -> None:
    """Wait for another thread."""
    end_s = time.monotonic() + 20.0
    while not what():
        assert time.monotonic() < end_s
        time.sleep(0.01)


def test_a_disk_that_is_full_for_a_while_costs_nothing_and_is_told_when_it_is_and_when_it_is_not(
    small_disk: Path,
):
    told: list[RecordingError | None] = []
    writer = RecordingWriter.create(small_disk, MANIFEST, on_trouble=told.append)
    sensor = MadeSensor(rate_hz=400.0)
    packets = sensor.connect()
    append_all(writer, packets)
    for times in (1, 2):
        filler = fill(small_disk, but_for=2 * BLOCK)
        packets += come(writer, sensor, lambda: len(told) > 2 * (times - 1))  # noqa: B023
        assert isinstance(writer.trouble, DiskFullError)
        packets += come(writer, sensor, lambda: writer.waiting > 100)
        filler.unlink()
        packets += come(writer, sensor, lambda: not writer.trouble, samples=8)
        assert [type(trouble) for trouble in told] == [DiskFullError, type(None)] * times
        until(lambda: (writer.path / RESERVE_NAME).exists())  # kept again for the next time
    writer.seal()
    assert list(Recording.open(writer.path).packets()) == packets
    assert len(Recording.open(writer.path).arrays()) == 8 * (len(packets) - 2)


def test_a_disk_that_is_full_from_the_beginning_gets_everything_once_it_has_room(small_disk: Path):
    told: list[RecordingError | None] = []
    filler = fill(small_disk, but_for=0)
    with pytest.raises(DiskFullError):
        RecordingWriter.create(small_disk, MANIFEST)
    writer = RecordingWriter.create(small_disk, MANIFEST, on_trouble=told.append)
    sensor = MadeSensor(rate_hz=400.0)
    packets = sensor.connect()
    append_all(writer, packets)
    writer.event({"event": "rep"})
    packets += come(writer, sensor, lambda: told)
    assert isinstance(writer.trouble, DiskFullError)
    filler.unlink()
    packets += come(writer, sensor, lambda: not writer.trouble, samples=8)
    assert list(Recording.open(writer.path).packets())[:100] == packets[:100]  # a crash would find it so
    writer.seal()
    recording = Recording.open(writer.path)
    assert list(recording.packets()) == packets
    assert list(recording.events()) == [{"event": "rep"}]


def test_a_disk_that_is_full_from_beginning_to_end_is_told(small_disk: Path):
    fill(small_disk, but_for=0)
    writer = RecordingWriter.create(small_disk, MANIFEST, on_trouble=lambda trouble: None)
    append_all(writer, MadeSensor().connect())
    with pytest.raises(DiskFullError, match="the disk is full; free some space"):
        writer.seal()


def test_what_a_full_disk_never_took_is_told_at_the_end_and_the_rest_is_sealed(small_disk: Path):
    told: list[RecordingError | None] = []
    writer = RecordingWriter.create(small_disk, MANIFEST, on_trouble=told.append)
    sensor = MadeSensor(rate_hz=400.0)
    packets = [*sensor.connect(), *sensor.send(800)]
    append_all(writer, packets)
    fill(small_disk, but_for=2 * BLOCK)
    more = sensor.send(80_000)
    append_all(writer, more)
    with pytest.raises(DiskFullError, match=r"the disk is full.*; the \d+ lines that waited for it are lost"):
        writer.seal()
    assert [type(trouble) for trouble in told] == [DiskFullError]
    recording = Recording.open(writer.path)
    kept = list(recording.packets())
    assert recording.sealed
    assert len(packets) < len(kept) < len(packets) + len(more)
    assert kept == [*packets, *more][: len(kept)]


def test_what_waited_for_a_full_disk_for_long_is_written_within_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    disk = Disk(monkeypatch, 100)
    file = LineFile(tmp_path / "lines", lambda: False)
    lines_ = [b"%d%s\n" % (number, b"x" * 600) for number in range(30_000)]  # 20 min at 400 Hz
    begun_s = time.perf_counter()
    for line in lines_:
        with suppress(DiskFullError):
            file.append(line)
    disk.room = sum(map(len, lines_)) + 1000
    file.close()
    assert time.perf_counter() - begun_s < 10.0
    assert (tmp_path / "lines").read_bytes() == b"".join(lines_)


def test_sealing_without_room_for_the_table_keeps_the_packets_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    writer = RecordingWriter.create(tmp_path, MANIFEST)
    sensor = MadeSensor()
    packets = [*sensor.connect(), *sensor.send(80)]
    for packet in packets:
        writer.append(packet)

    def no_room(*args: object) -> None:
        raise DiskFullError("cannot write the table: the disk is full")

    monkeypatch.setattr("firmware_bridge.recording.table.write", no_room)
    recording = writer.seal()
    assert "the disk is full; repair" in caplog.text
    assert {each.name for each in recording.path.iterdir()} == {"manifest.json", "packets.jsonl"}
    assert Recording.open(recording.path).sealed
    assert len(Recording.open(recording.path).arrays()) == 80
    monkeypatch.undo()
    report = repair(recording.path)
    assert report.changed
    assert "samples.parquet was missing and its packets were not compressed yet" in report.message
    assert list(Recording.open(recording.path).packets()) == packets


@pytest.mark.usefixtures("patient")
def test_a_file_that_may_not_grow_is_sealed_with_what_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    writer = RecordingWriter.create(tmp_path, MANIFEST)
    sensor = MadeSensor()
    packets = [*sensor.connect(), *sensor.send(80)]
    Disk(monkeypatch, sum(len(encode_line(packet)) for packet in packets[:7]) + 10)
    for packet in packets:
        with suppress(DiskFullError):
            writer.append(packet)
    with pytest.raises(DiskFullError, match="the disk is full"):
        writer.seal()
    assert Recording.open(writer.path).sealed
    assert list(Recording.open(writer.path).packets()) == packets[:7]


def test_a_disk_without_room_for_the_end_is_told_at_the_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def no_room(path: Path, data: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as full:
        full.setattr(Path, "write_bytes", no_room)
        with pytest.raises(DiskFullError, match="the disk is full"):
            RecordingWriter.create(tmp_path, MANIFEST)
    (folder,) = tmp_path.iterdir()
    assert list(folder.iterdir()) == []


def test_room_for_the_end_is_given_back_when_the_recording_is_closed(tmp_path: Path):
    writer = RecordingWriter.create(tmp_path, MANIFEST)
    assert (writer.path / RESERVE_NAME).stat().st_size == RESERVE_BYTES
    assert (writer.path / END_NAME).exists()
    writer.close()
    assert not (writer.path / RESERVE_NAME).exists()
    assert not (writer.path / END_NAME).exists()


class SlowDisk:
    """A disk that answers nothing until it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *calls: str) -> None:
        self.answers = threading.Event()
        for call in calls:
            monkeypatch.setattr(os, call, self._slow(getattr(os, call)))

    def _slow(self, work: Callable[..., int]) -> Callable[..., int]:
        def wait_and_work(*args: object) -> int:
            self.answers.wait(20)
            return work(*args)

        return wait_and_work


@pytest.mark.parametrize("calls", [("fsync",), ("write",), ("fsync", "write")])
def test_a_disk_that_hangs_keeps_nobody_waiting_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: tuple[str, ...]
):
    writer = RecordingWriter.create(tmp_path, MANIFEST)
    sensor = MadeSensor(rate_hz=400.0)
    packets = [*sensor.connect(), *sensor.send(8000)]
    disk = SlowDisk(monkeypatch, *calls)
    writer.sync_soon()
    begun_s = time.perf_counter()
    for packet in packets:
        writer.append(packet)
    took_s = time.perf_counter() - begun_s
    waited = writer.waiting
    disk.answers.set()
    assert took_s < 5.0  # 20 s of packets; a disk that is waited for takes for ever
    assert waited >= len(packets) - 1 if "write" in calls else waited < len(packets)
    writer.seal()
    assert list(Recording.open(writer.path).packets()) == packets


def test_a_disk_that_is_slow_with_every_line_takes_up_little_of_the_loops_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    writer = RecordingWriter.create(tmp_path, MANIFEST)
    sensor = MadeSensor()
    packets = [*sensor.connect(), *sensor.send(800)]
    write, slow_s = os.write, 0.015

    def write_slowly(descriptor: int, data: bytes) -> int:
        time.sleep(slow_s)
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", write_slowly)
    begun_s = time.perf_counter()
    for packet in packets:
        writer.append(packet)
    assert time.perf_counter() - begun_s < 0.5 * len(packets) * slow_s
    writer.close()
    assert list(Recording.open(writer.path).packets()) == packets


def test_what_waits_for_a_disk_has_a_limit_and_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    sensor = MadeSensor()
    packets = [*sensor.connect(), *sensor.send(800)]
    room = 30 * len(encode_line(packets[-1]))
    monkeypatch.setattr(lines, "MAX_WAITING_BYTES", room)
    writer = RecordingWriter.create(tmp_path, MANIFEST)
    disk = SlowDisk(monkeypatch, "write")
    taken: list[RawPacket] = []

    def append_all() -> None:
        for packet in packets:
            writer.append(packet)
            taken.append(packet)

    with pytest.raises(RecordingError, match="the disk takes nothing"):
        append_all()
    disk.answers.set()
    with pytest.raises(
        LeftOutError, match="too little for too long; the 1 lines that waited for it are lost"
    ):
        writer.seal()
    assert Recording.open(writer.path).sealed
    assert list(Recording.open(writer.path).packets()) == taken
    assert 25 < len(taken) < 35


WITHOUT_FCNTL = """
import sys
sys.modules["fcntl"] = None
from firmware_bridge.recording import Recording, RecordingWriter, files, repair
from tests.firmware_bridge.recording.made_recordings import MANIFEST, session_packets
assert files._fcntl is None
with RecordingWriter.create(sys.argv[1], MANIFEST) as writer:
    for packet in session_packets():
        writer.append(packet)
assert list(Recording.open(writer.path).packets()) == session_packets()
assert not repair(writer.path).changed
"""


def test_recordings_work_where_there_is_no_fcntl(tmp_path: Path):
    command = [sys.executable, "-c", WITHOUT_FCNTL, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


class Msvcrt:
    """What Windows locks files with: a byte of a file, at the position that was sought."""

    LK_NBLCK = 2

    def __init__(self) -> None:
        self.locked: dict[tuple[int, int], int] = {}

    def locking(self, descriptor: int, mode: int, count: int) -> None:
        assert (mode, count) == (self.LK_NBLCK, 1)
        byte = os.fstat(descriptor).st_ino, os.lseek(descriptor, 0, os.SEEK_CUR)
        if self.locked.setdefault(byte, descriptor) != descriptor:
            raise PermissionError(errno.EACCES, "Permission denied")


def test_windows_locks_tell_a_recording_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    windows = Msvcrt()
    monkeypatch.setattr(files, "_fcntl", None)
    monkeypatch.setattr(files, "_msvcrt", windows)
    writer = RecordingWriter.create(tmp_path, MANIFEST)
    packets = MadeSensor().connect()
    for packet in packets:
        writer.append(packet)
    with pytest.raises(RecordingError, match="is being recorded right now"):
        repair(writer.path)
    writer.close()
    windows.locked.clear()
    assert repair(writer.path).changed
    assert list(Recording.open(writer.path).packets()) == packets


def test_a_file_system_without_locks_is_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(descriptor: int, how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(files, "_fcntl", SimpleNamespace(LOCK_EX=2, LOCK_NB=4, flock=refuse))
    writer = RecordingWriter.create(tmp_path, MANIFEST)
    assert list(Recording.open(writer.path).packets()) == []
    writer.close()
