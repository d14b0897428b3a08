"""The wall clock set while recording: no time in a recording may be by it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from firmware_bridge.errors import RecordingError
from firmware_bridge.recording import Manifest, Recording, RecordingWriter, repair
from firmware_bridge.samples import SensorInfo
from tests.firmware_bridge.recording.made_recordings import left_open, session_packets

PACKETS = session_packets()
BEGUN_S = 1_772_388_000.0  # 2026-03-01T18:00:00Z
DAY_S = 86_400.0
SETS_S = {"an hour back": -3600.0, "a day on": DAY_S, "thirty years on": 30 * 365.25 * DAY_S}


class Clock(SimpleNamespace):
    """Stands for the module ``time``: a wall clock that can be set, and a monotonic clock that cannot."""

    def __init__(self) -> None:
        self.wall_s = BEGUN_S
        super().__init__(
            time=lambda: self.wall_s + time.monotonic(),
            monotonic=time.monotonic,
            monotonic_ns=time.monotonic_ns,
        )
        self.wall_s -= time.monotonic()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("firmware_bridge.clock.wall.time", clock)
    return clock


def noticed(writer: RecordingWriter, times: int) -> None:
    """Have the clock looked at, as happens every second."""
    end_s = time.monotonic() + 20.0
    while len(writer.manifest.clock_set) < times:
        assert time.monotonic() < end_s
        writer.sync_soon()
        time.sleep(0.005)


@pytest.mark.parametrize("by_s", SETS_S.values(), ids=SETS_S)
def test_a_clock_that_is_set_changes_no_sample_and_no_name_and_is_written_down(
    tmp_path: Path, clock: Clock, by_s: float, caplog: pytest.LogCaptureFixture
) -> None:
    quiet = RecordingWriter.create(tmp_path / "quiet", Manifest(sensor=SensorInfo("bip")))
    writer = RecordingWriter.create(tmp_path / "set", Manifest(sensor=SensorInfo("bip"), exercise="squat"))
    half = len(PACKETS) // 2
    for packet in PACKETS[:half]:
        quiet.append(packet)
        writer.append(packet)
    quiet.append(PACKETS[half])
    quiet.close()
    before_ns = time.monotonic_ns()
    clock.wall_s += by_s
    noticed(writer, 1)
    for packet in PACKETS[half:]:
        writer.append(packet)
    recording = writer.seal()
    manifest = Recording.open(recording.path).manifest
    assert list(recording.packets()) == PACKETS
    assert recording.arrays().t_s.tobytes() == left_samples(tmp_path / "whole")
    assert manifest.started.startswith("2026-03-0")
    assert recording.path.name.startswith(manifest.started[:10])
    (one,) = manifest.clock_set
    assert one.by_s == pytest.approx(by_s, abs=0.5)
    assert before_ns <= one.host_ns <= time.monotonic_ns()
    assert f"{by_s:+.0f} s, or it slept" in caplog.text
    assert Recording.open(quiet.path).manifest.clock_set == ()


def left_samples(folder: Path) -> bytes:
    """The times of the same packets, recorded in peace."""
    return Recording.open(left_open(folder, PACKETS)).arrays().t_s.tobytes()


def test_recordings_begun_on_either_side_of_a_clock_set_back_have_names_of_their_own(
    tmp_path: Path, clock: Clock
) -> None:
    names = []
    for _ in range(3):
        clock.wall_s = BEGUN_S - time.monotonic()
        with RecordingWriter.create(tmp_path, Manifest(sensor=SensorInfo("bip"))) as writer:
            writer.append(PACKETS[0])
        names.append(writer.path.name)
    assert len(set(names)) == 3
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(names)


def test_a_clock_that_the_network_keeps_right_is_not_taken_for_one_that_was_set(
    tmp_path: Path, clock: Clock
) -> None:
    writer = RecordingWriter.create(tmp_path, Manifest(sensor=SensorInfo("bip")))
    for _ in range(5):
        clock.wall_s += 0.3
    clock.wall_s += DAY_S
    noticed(writer, 1)
    writer.seal()
    assert [round(one.by_s / DAY_S) for one in Recording.open(writer.path).manifest.clock_set] == [1]


def test_a_clock_that_is_set_all_the_time_does_not_fill_the_manifest(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("firmware_bridge.recording.writer.CLOCK_SETS_KEPT", 3)
    writer = RecordingWriter.create(tmp_path, Manifest(sensor=SensorInfo("bip")))
    for times in (1, 2, 3):
        clock.wall_s += DAY_S
        noticed(writer, times)
    clock.wall_s += DAY_S
    for _ in range(50):
        writer.sync_soon()
        time.sleep(0.002)
    writer.seal()
    assert len(Recording.open(writer.path).manifest.clock_set) == 3


def test_a_crash_keeps_what_was_noticed(tmp_path: Path, clock: Clock) -> None:
    writer = RecordingWriter.create(tmp_path, Manifest(sensor=SensorInfo("bip")))
    for packet in PACKETS:
        writer.append(packet)
    clock.wall_s += DAY_S
    noticed(writer, 1)
    writer.close()
    kept = Recording.open(writer.path).manifest.clock_set
    assert len(kept) == 1
    repair(writer.path)
    assert Recording.open(writer.path).manifest.clock_set == kept


@pytest.mark.parametrize(
    "wrong", ['"yesterday"', "[1]", '[{"host_ns": 1}]', '[{"host_ns": 1, "by_s": "much"}]']
)
def test_a_wrong_list_of_clock_sets_is_told(tmp_path: Path, wrong: str) -> None:
    path = left_open(tmp_path, PACKETS[:3])
    document = json.loads((path / "manifest.json").read_text())
    document["clock_set"] = json.loads(wrong)
    (path / "manifest.json").write_text(json.dumps(document))
    with pytest.raises(RecordingError, match=r"clock_set|ClockSet|by_s|incomplete"):
        Recording.open(path)
