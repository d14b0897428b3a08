from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from firmware_bridge.errors import RecordingError
from firmware_bridge.recording import Manifest, Recording, RecordingWriter, repair
from firmware_bridge.recording.journal import encode_line
from tests.firmware_bridge.recording.made_recordings import MANIFEST, left_open, session_packets

PACKETS = session_packets()
ROOT = Path(__file__).parents[3]

# Records packet after packet without end, and says after each that it has been appended.
ENDLESS_RECORDER = """
import itertools, sys
from firmware_bridge.recording import RecordingWriter, lines
from tests.firmware_bridge.made_packets import MadeSensor
from tests.firmware_bridge.recording.made_recordings import MANIFEST

lines.PATIENCE_S = lines.SLOW_S = 60.0  # a test machine may be busier than any disk is slow
sensor = MadeSensor()
writer = RecordingWriter.create(sys.argv[1], MANIFEST)
for number in itertools.count():
    for packet in sensor.send(8) if number else sensor.connect():
        writer.append(packet)
    print(number, flush=True)
"""


def test_a_recorder_killed_in_mid_stream_loses_nothing_it_had_appended(tmp_path: Path):
    recorder = subprocess.Popen(
        [sys.executable, "-c", ENDLESS_RECORDER, str(tmp_path / "killed.tempo")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert recorder.stdout is not None
    with recorder, recorder.stdout as said:
        for line in said:
            if int(line) == 200:
                recorder.send_signal(signal.SIGKILL)
                break
        appended = max([200, *(int(line) for line in said.read().split()[:-1])])
    assert recorder.returncode == -signal.SIGKILL

    recording = Recording.open(tmp_path / "killed.tempo")
    assert not recording.sealed
    report = repair(recording.path)
    assert report.changed
    assert "sealed, because it was left open" in report.message
    mended = Recording.open(recording.path)
    assert mended.sealed
    samples = mended.arrays()
    assert 8 * appended <= len(samples) <= 8 * (appended + 2)
    assert samples.t_s[-1] == pytest.approx((len(samples) - 1) / 200)
    assert not samples.lost_before.any()


def test_a_recording_in_use_is_not_repaired(tmp_path: Path):
    writer = RecordingWriter.create(tmp_path, MANIFEST)
    writer.append(PACKETS[0])
    with pytest.raises(RecordingError, match="is being recorded right now; stop that first"):
        repair(writer.path)
    writer.close()
    assert repair(writer.path).changed


def test_a_journal_cut_anywhere_reads_as_its_whole_lines(tmp_path: Path):
    packets = PACKETS[:6]
    path = left_open(tmp_path, packets)
    journal = path / "packets.jsonl"
    whole = journal.read_bytes()
    ends = [0]
    for packet in packets:
        ends.append(ends[-1] + len(encode_line(packet)))
    for cut in range(len(whole), -1, -1):
        os.truncate(journal, cut)
        lines = sum(end <= cut for end in ends[1:])
        assert list(Recording.open(path).packets()) == packets[:lines]


def test_a_journal_cut_anywhere_in_its_last_line_is_repaired(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    whole = b"".join(map(encode_line, PACKETS[:4]))
    last = len(encode_line(PACKETS[3]))
    for torn in range(last):
        path = tmp_path / f"{torn}.tempo"
        left_open(path, PACKETS[:3])
        (path / "packets.jsonl").write_bytes(whole[: len(whole) - last + torn])
        report = repair(path)
        assert report.torn_bytes == torn
        assert ("torn" in report.message) == (torn > 0)
        assert list(Recording.open(path).packets()) == PACKETS[:3]
        assert len(Recording.open(path).arrays()) == 8


def test_a_damaged_line_is_skipped_told_and_kept(tmp_path: Path):
    path = left_open(tmp_path, PACKETS)
    journal = path / "packets.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    lines[5] = b"\0" * 60 + b"\n"
    journal.write_bytes(b"".join(lines))
    report = repair(path)
    assert (report.damaged_lines, report.torn_bytes) == (1, 0)
    assert "skipped 1 damaged lines" in report.message
    mended = Recording.open(path)
    assert list(mended.packets()) == PACKETS[:5] + PACKETS[6:]
    assert mended.manifest.contents is not None
    assert (mended.manifest.contents.damaged_lines, mended.manifest.contents.lost) == (1, 31 + 8)
    assert gzip.decompress((path / "packets.jsonl.gz").read_bytes()) == b"".join(lines)


def interrupt(*args: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("step", ["table.write", "_compress", "Manifest.write", "remove"])
def test_sealing_can_be_killed_at_any_step_and_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
):
    path = left_open(tmp_path, PACKETS)
    name = "firmware_bridge.recording.manifest.Manifest.write" if step == "Manifest.write" else None
    monkeypatch.setattr(name or f"firmware_bridge.recording.seal.{step}", interrupt)
    with pytest.raises(KeyboardInterrupt):
        repair(path)
    assert list(Recording.open(path).packets()) == PACKETS
    assert len(Recording.open(path).arrays()) == 560
    monkeypatch.undo()
    (path / "samples.parquet.partial").write_bytes(b"half a table")
    repair(path)
    assert list(Recording.open(path).packets()) == PACKETS
    assert Recording.open(path).sealed
    assert {each.name for each in path.iterdir()} == {"manifest.json", "packets.jsonl.gz", "samples.parquet"}


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    with RecordingWriter.create(tmp_path, MANIFEST) as writer:
        for packet in PACKETS:
            writer.append(packet)
    return writer.path


def cut_in_half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def contents_of(path: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in path.iterdir()}


def test_a_whole_recording_is_left_alone(sealed: Path):
    before = contents_of(sealed)
    report = repair(sealed)
    assert not report.changed
    assert report.message.endswith("nothing to repair")
    assert contents_of(sealed) == before


def test_a_damaged_table_is_told_and_made_again(sealed: Path):
    before = contents_of(sealed)
    cut_in_half(sealed / "samples.parquet")
    with pytest.raises(RecordingError, match=r"samples\.parquet is damaged .*imu-tempo repair"):
        Recording.open(sealed).arrays()
    report = repair(sealed)
    assert report.changed
    assert "samples.parquet was damaged" in report.message
    assert contents_of(sealed) == before


def test_damaged_packets_are_told_and_do_not_spoil_a_whole_table(sealed: Path):
    cut_in_half(sealed / "packets.jsonl.gz")
    before = contents_of(sealed)
    with pytest.raises(RecordingError, match=r"cut short after .*imu-tempo repair"):
        list(Recording.open(sealed).packets())
    report = repair(sealed)
    assert not report.changed
    assert "samples.parquet is whole, so nothing was changed" in report.message
    assert contents_of(sealed) == before


def test_of_damaged_packets_and_table_what_can_be_read_is_kept(sealed: Path):
    cut_in_half(sealed / "packets.jsonl.gz")
    cut_in_half(sealed / "samples.parquet")
    report = repair(sealed)
    assert report.changed
    kept = list(Recording.open(sealed).packets())
    assert 10 < len(kept) < len(PACKETS)
    assert kept == PACKETS[: len(kept)]
    assert not repair(sealed).changed


def test_noise_in_place_of_packets_is_an_error_and_nothing_is_written(sealed: Path):
    (sealed / "packets.jsonl.gz").write_bytes(b"noise" * 100)
    assert not repair(sealed).changed


def test_a_recording_of_the_future_is_not_repaired(tmp_path: Path):
    path = left_open(tmp_path, PACKETS)
    manifest = path / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"format_version": 1', '"format_version": 9'))
    before = contents_of(path)
    with pytest.raises(RecordingError, match="recording format 9"):
        repair(path)
    assert contents_of(path) == before


def test_a_sealed_recording_keeps_what_the_user_gave(sealed: Path):
    manifest = Manifest.read(sealed)
    given = replace(manifest, state="open", contents=None, sensor=MANIFEST.sensor)
    assert replace(given, software="") == replace(MANIFEST, software="")
