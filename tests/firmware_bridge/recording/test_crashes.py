"""A recording must survive whatever stops its writer: every byte, every state, every moment."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from firmware_bridge.errors import RecordingError
from firmware_bridge.recording import Recording, RecordingWriter, lines, repair
from firmware_bridge.recording.files import TEMPORARY_SUFFIX
from firmware_bridge.recording.journal import OPEN_NAME, SEALED_NAME
from firmware_bridge.recording.seal import seal
from firmware_bridge.recording.table import FILE_NAME as TABLE_NAME
from firmware_bridge.sensors import RawPacket
from tests.firmware_bridge.made_packets import MadeSensor
from tests.firmware_bridge.recording.made_recordings import MANIFEST, left_open

MANIFEST_NAME = "manifest.json"
REPAIR_STEPS = {OPEN_NAME: 13, SEALED_NAME: 13, TABLE_NAME: 151}
"""Where another file has the same packets, a repair at some offsets will do; reading is tried at all."""


def few_packets() -> list[RawPacket]:
    sensor = MadeSensor(per_packet=1)
    return [*sensor.connect(), *sensor.send(2)]


FEW = few_packets()
Made = dict[str, bytes]


def files_of(folder: Path) -> Made:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


def put(folder: Path, files: Made) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Made]:
    """The files of one recording when open, between any two steps of sealing, and sealed."""
    path = left_open(tmp_path_factory.mktemp("made") / "one.tempo", FEW)
    opened = files_of(path)
    seal(Recording.open(path))
    sealed = files_of(path)
    table = {**opened, TABLE_NAME: sealed[TABLE_NAME]}
    both = {**table, SEALED_NAME: sealed[SEALED_NAME]}
    return {
        "open": opened,
        "table made": table,
        "compressed": both,
        "manifest sealed": {**both, MANIFEST_NAME: sealed[MANIFEST_NAME]},
        "sealed": sealed,
    }


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "states" in request.fixturenames:
        monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def packets_of(folder: Path) -> list[RawPacket]:
    """What can be read, errors or not."""
    packets: list[RawPacket] = []
    with suppress(RecordingError):
        packets.extend(Recording.open(folder).packets())
    return packets


STATES = ["open", "table made", "compressed", "manifest sealed", "sealed"]


HELD = [
    *((state, OPEN_NAME) for state in STATES[:-1]),
    *((state, TABLE_NAME) for state in STATES[1:]),
    *((state, SEALED_NAME) for state in STATES[2:]),
]


@pytest.mark.parametrize(("state", "name"), HELD)
def test_a_file_cut_at_any_byte_in_any_state_loses_nothing_that_another_file_holds(
    states: dict[str, Made], tmp_path: Path, state: str, name: str
):
    files = states[state]
    alone = not (name == TABLE_NAME or {OPEN_NAME, SEALED_NAME} <= files.keys())
    folder = tmp_path / "cut.tempo"
    put(folder, files)
    for cut in range(len(files[name]) - 1, -1, -1):
        os.truncate(folder / name, cut)
        before = packets_of(folder)
        assert alone or before == FEW, cut
        if not alone and cut % REPAIR_STEPS[name]:
            continue
        repair(folder)
        after = packets_of(folder)
        assert after == (before if alone else FEW), cut
        assert Recording.open(folder).sealed
        assert alone or len(Recording.open(folder).arrays()) == 2
        once = files_of(folder)
        assert not repair(folder).changed, cut
        assert files_of(folder) == once
        put(folder, files)


@pytest.mark.parametrize("name", [TABLE_NAME, SEALED_NAME, MANIFEST_NAME])
def test_a_file_half_written_beside_the_others_does_no_harm(
    states: dict[str, Made], tmp_path: Path, name: str
):
    folder = tmp_path / "partial.tempo"
    for state in STATES:
        whole = states["sealed"][name]
        for cut in range(0, len(whole), len(whole) // 9):
            put(folder, {**states[state], name + TEMPORARY_SUFFIX: whole[:cut]})
            assert packets_of(folder) == FEW
            repair(folder)
            assert packets_of(folder) == FEW
            assert files_of(folder).keys() == {MANIFEST_NAME, SEALED_NAME, TABLE_NAME}


@pytest.mark.parametrize("state", STATES)
def test_a_manifest_cut_at_any_byte_is_told_and_the_packets_are_left_alone(
    states: dict[str, Made], tmp_path: Path, state: str
):
    files = states[state]
    folder = tmp_path / "cut.tempo"
    put(folder, files)
    for cut in range(len(files[MANIFEST_NAME].rstrip()) - 1, -1, -1):
        os.truncate(folder / MANIFEST_NAME, cut)
        with pytest.raises(RecordingError, match="is not a recording"):
            repair(folder)
    left = files_of(folder)
    assert {**left, MANIFEST_NAME: b""} == {**files, MANIFEST_NAME: b""}


def test_packets_that_are_gone_from_a_sealed_recording_are_told(states: dict[str, Made], tmp_path: Path):
    folder = tmp_path / "emptied.tempo"
    put(folder, {**states["sealed"], SEALED_NAME: b""})  # an empty file is a whole gzip file to gzip
    with pytest.raises(RecordingError, match=r"cut short after 0 packets \(there were 4\)"):
        list(Recording.open(folder).packets())
    assert "samples.parquet is whole, so nothing was changed" in repair(folder).message


def in_a_child(work: Callable[[int], object]) -> tuple[int, int]:
    """Fork a child that does `work` with the writing end of a pipe; return its id and the reading end."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            work(writing)
        finally:
            os._exit(0)
    os.close(writing)
    return child, reading


def record_without_end(folder: Path) -> Callable[[int], object]:
    def work(writing: int) -> None:
        lines.PATIENCE_S = lines.SLOW_S = 60.0  # a test machine may be busier than any disk is slow
        sensor = MadeSensor()
        writer = RecordingWriter.create(folder, MANIFEST)
        packets = sensor.connect()
        while True:
            for packet in packets:
                writer.append(packet)
                os.write(writing, b".")
            packets = sensor.send(8)

    return work


def kill_recorders(folder: Path, rounds: int, *, seed: int = 0) -> None:
    """Kill a recorder at a random moment, again and again; what it had appended must be there."""
    chance = random.Random(seed)
    for number in range(rounds):
        path = folder / f"{number}.tempo"
        child, reading = in_a_child(record_without_end(path))
        appended = len(os.read(reading, 1))
        time.sleep(chance.uniform(0, 0.05))
        os.kill(child, signal.SIGKILL)
        while data := os.read(reading, 65536):
            appended += len(data)
        os.close(reading)
        os.waitpid(child, 0)
        assert appended <= len(packets_of(path)) <= appended + 1
        repair(path)
        assert appended <= len(packets_of(path)) <= appended + 1
        assert Recording.open(path).sealed


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_recorder_killed_at_any_moment_loses_nothing_that_it_had_appended(tmp_path: Path):
    kill_recorders(tmp_path, 20)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_repair_killed_at_any_moment_can_be_done_again(tmp_path: Path):
    sensor = MadeSensor()
    packets = [*sensor.connect(), *sensor.send(4000)]
    path = left_open(tmp_path / "long.tempo", packets)
    repair(left_open(tmp_path / "short.tempo", packets[:3]))  # imports what the children then have
    chance = random.Random(1)
    for _ in range(10):
        child, reading = in_a_child(lambda _: str(repair(path)))
        time.sleep(chance.uniform(0, 0.06))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reading)
        assert packets_of(path) == packets
    repair(path)
    assert files_of(path).keys() == {MANIFEST_NAME, SEALED_NAME, TABLE_NAME}
    assert packets_of(path) == packets
    assert len(Recording.open(path).arrays()) == 4000
