from __future__ import annotations

import contextlib
import errno
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.errors import RecordingError
from firmware_bridge.recording import Contents, Manifest, Recording, RecordingWriter, find_recordings, lines
from firmware_bridge.recording.journal import decode_line, encode_line
from firmware_bridge.recording.table import join
from firmware_bridge.samples import SensorInfo
from firmware_bridge.sensors import PacketKind, RawPacket
from tests.firmware_bridge.made_packets import fresh_stream
from tests.firmware_bridge.recording.made_recordings import MANIFEST, left_open, session_packets

PACKETS = session_packets()
KEYS = [*Manifest.__dataclass_fields__, *Contents.__dataclass_fields__, *SensorInfo.__dataclass_fields__]


@pytest.fixture
def sealed(tmp_path: Path) -> Recording:
    with RecordingWriter.create(tmp_path, MANIFEST) as writer:
        for packet in PACKETS:
            writer.append(packet)
        writer.event({"event": "rep", "rep_no": 1})
    return Recording.open(writer.path)


def test_the_folder_is_named_by_time_exercise_and_athlete(sealed: Recording):
    assert sealed.path.name == "2026-03-01T180500_squat_A12.tempo"
    assert sealed.name == "2026-03-01T180500_squat_A12"


def test_names_do_not_collide_and_unknown_parts_are_left_out(tmp_path: Path):
    plain = replace(MANIFEST, exercise=None, athlete="../Ann B.")
    names = []
    for _ in range(3):
        with RecordingWriter.create(tmp_path, plain) as writer:
            names.append(writer.path.name)
    stem = "2026-03-01T180500_Ann-B"
    assert names == [f"{stem}.tempo", f"{stem}-2.tempo", f"{stem}-3.tempo"]


def test_a_folder_of_ones_own_choice_must_be_new(tmp_path: Path):
    RecordingWriter.create(tmp_path / "mine.tempo", MANIFEST).close()
    with pytest.raises(RecordingError, match=r"mine\.tempo exists already; choose another name"):
        RecordingWriter.create(tmp_path / "mine.tempo", MANIFEST)


def test_packets_come_back_as_they_went_in(sealed: Recording, tmp_path: Path):
    assert list(sealed.packets()) == PACKETS
    assert list(Recording.open(left_open(tmp_path / "open", PACKETS)).packets()) == PACKETS


def test_replayed_blocks_are_bit_identical_to_the_live_ones(sealed: Recording):
    live = list(fresh_stream().feed_all(PACKETS))
    replayed = list(sealed.blocks())
    assert [block.lost_before for block in replayed] == [block.lost_before for block in live]
    for one, other in zip(replayed, live, strict=True):
        assert one.t_s.tobytes() == other.t_s.tobytes()
        assert one.acc_mps2.tobytes() == other.acc_mps2.tobytes()
        assert one.gyr_radps is not None
        assert other.gyr_radps is not None
        assert one.gyr_radps.tobytes() == other.gyr_radps.tobytes()


def test_the_table_holds_the_very_floats_of_the_packets(sealed: Recording):
    table, decoded = sealed.arrays(), join(list(sealed.blocks()))
    assert table.t_s.tobytes() == decoded.t_s.tobytes()
    assert np.array_equal(table.acc_mps2, decoded.acc_mps2)
    assert table.gyr_radps is not None
    assert decoded.gyr_radps is not None
    assert np.array_equal(table.gyr_radps, decoded.gyr_radps)
    assert np.array_equal(table.lost_before, decoded.lost_before)
    assert table.lost_before.dtype == decoded.lost_before.dtype


def test_the_table_is_cut_into_blocks_at_its_gaps(sealed: Recording):
    blocks = sealed.arrays().blocks()
    assert [len(block) for block in blocks] == [200, 200, 160]
    assert [block.lost_before for block in blocks] == [0, 31, round(1.5 * 201.3)]


def test_the_table_tells_its_units(sealed: Recording):
    schema = pq.read_schema(sealed.path / "samples.parquet")
    units = {field.name: field.metadata[b"unit"].decode() for field in schema}
    assert units == {
        "t_s": "s",
        "acc_x_mps2": "m/s^2",
        "acc_y_mps2": "m/s^2",
        "acc_z_mps2": "m/s^2",
        "gyr_x_radps": "rad/s",
        "gyr_y_radps": "rad/s",
        "gyr_z_radps": "rad/s",
        "lost_before": "samples",
    }
    assert schema.metadata[b"format_version"] == b"1"


def test_the_manifest_tells_what_was_recorded(sealed: Recording):
    manifest = sealed.manifest
    assert manifest == Manifest.read(sealed.path)
    assert (manifest.state, manifest.exercise, manifest.load_kg, manifest.athlete) == (
        "sealed",
        "squat",
        102.5,
        "A12",
    )
    assert (manifest.sensor.name, manifest.sensor.rate_hz) == ("Bar One", 200.0)
    contents = manifest.contents
    assert contents is not None
    assert (contents.packets, contents.samples, contents.lost, contents.gaps) == (len(PACKETS), 560, 31, 2)
    assert contents.rate_hz == pytest.approx(201.3, rel=1e-3)
    # The first sample was taken DELAY (12 ms) and a sample before its packet could have come, at host 1 s.
    assert contents.host_offset_s == pytest.approx(1.012 + 1 / 201.3, abs=1e-3)


def test_sealing_leaves_only_what_a_reader_needs(sealed: Recording):
    names = {path.name for path in sealed.path.iterdir()}
    assert names == {"manifest.json", "packets.jsonl.gz", "samples.parquet", "events.jsonl"}


def test_sealing_is_reproducible(tmp_path: Path):
    contents = []
    for name in ("a.tempo", "b.tempo"):
        with RecordingWriter.create(tmp_path / name, MANIFEST) as writer:
            for packet in PACKETS:
                writer.append(packet)
        contents.append({path.name: path.read_bytes() for path in writer.path.iterdir()})
    assert contents[0] == contents[1]
    assert contents[0]["packets.jsonl.gz"][4:8] == bytes(4)  # gzip's time stamp


def test_events_come_back_and_a_torn_one_does_not(sealed: Recording):
    with (sealed.path / "events.jsonl").open("ab") as file:
        file.write(b'not json\n{"event": "re')
    assert list(sealed.events()) == [{"event": "rep", "rep_no": 1}]


def test_a_recording_without_a_single_packet_is_a_recording(tmp_path: Path):
    with RecordingWriter.create(tmp_path, MANIFEST) as writer:
        pass
    recording = Recording.open(writer.path)
    samples = recording.arrays()
    assert (len(samples), samples.acc_mps2.shape, samples.blocks()) == (0, (0, 3), [])
    assert recording.manifest.contents is not None
    assert recording.manifest.contents.rate_hz is None
    assert list(recording.blocks()) == []


def interrupted() -> None:
    raise KeyboardInterrupt


def test_an_exception_while_recording_leaves_the_recording_open(tmp_path: Path):
    writer = RecordingWriter.create(tmp_path, MANIFEST)
    with pytest.raises(KeyboardInterrupt), writer:
        interrupted()
    assert not Recording.open(writer.path).sealed


def test_a_recording_that_is_still_going_on_can_be_read(tmp_path: Path):
    writer = RecordingWriter.create(tmp_path, MANIFEST)
    for packet in PACKETS[:10]:
        writer.append(packet)
    writer.update(replace(writer.manifest, load_kg=60.0))
    recording = Recording.open(writer.path)
    assert list(recording.packets()) == PACKETS[:10]
    assert recording.manifest.load_kg == 60.0
    assert len(recording.arrays()) == 64
    writer.close()
    writer.close()


def test_the_writer_fills_in_when_and_by_what(tmp_path: Path):
    writer = RecordingWriter.create(tmp_path, Manifest(sensor=SensorInfo("bip")))
    writer.close()
    manifest = Manifest.read(writer.path)
    assert manifest.started[4] == "-"
    assert manifest.started_host_ns > 0
    assert manifest.software.startswith("imu-tempo")


def test_a_full_disk_is_told_and_its_packets_wait_until_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    writer = RecordingWriter.create(tmp_path, MANIFEST)
    writer.append(PACKETS[0])
    monkeypatch.setattr(lines, "PATIENCE_S", 20.0)
    write, room = os.write, [50]

    def write_to_a_full_disk(descriptor: int, data: bytes) -> int:
        if not room[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = write(descriptor, data[: room[0]])
        room[0] -= written
        return written

    monkeypatch.setattr(os, "write", write_to_a_full_disk)
    with pytest.raises(RecordingError, match=r"packets\.jsonl: the disk is full; free some space"):
        writer.append(PACKETS[1])
    assert list(Recording.open(writer.path).packets()) == [PACKETS[0]]
    monkeypatch.setattr(os, "write", write)
    with contextlib.suppress(RecordingError):  # told as long as the disk has not been tried again
        writer.append(PACKETS[2])
    writer.close()
    assert list(Recording.open(writer.path).packets()) == PACKETS[:3]


def test_a_disk_that_fails_to_sync_is_told_at_the_next_packet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    writer = RecordingWriter.create(tmp_path, MANIFEST)

    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fail)
    writer.append(PACKETS[0])
    writer.sync_soon()
    writer._syncer.join()
    with pytest.raises(RecordingError, match="Input/output error"):
        writer.append(PACKETS[1])
    monkeypatch.undo()
    with pytest.raises(RecordingError, match="Input/output error"):
        writer.close()


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS])
def test_a_folder_without_permission_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int):
    def refuse(self: Path, *args: object, **kwargs: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(RecordingError, match="no permission; choose another folder"):
        RecordingWriter.create(tmp_path / "new", MANIFEST)


def test_what_cannot_be_read_is_told(sealed: Recording, monkeypatch: pytest.MonkeyPatch):
    def refuse(*args: object) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(RecordingError, match=r"manifest\.json: no permission"):
        Recording.open(sealed.path)


def test_a_file_inside_stands_for_its_recording(sealed: Recording):
    assert Recording.open(sealed.path / "samples.parquet").path == sealed.path
    assert Recording.open(str(sealed.path)).path == sealed.path


def test_a_file_elsewhere_is_no_recording(tmp_path: Path):
    (tmp_path / "notes.txt").write_text("squats")
    with pytest.raises(RecordingError, match=r"notes\.txt is a file; give the folder"):
        Recording.open(tmp_path / "notes.txt")


def test_a_missing_path_is_told(tmp_path: Path):
    with pytest.raises(RecordingError, match=r"there is no .*nowhere; check the name"):
        Recording.open(tmp_path / "nowhere")


def changed(**changes: object) -> str:
    known = {"format": "imu-tempo/recording", "format_version": 1, "sensor": {"driver": "bip"}}
    return json.dumps({**known, **changes})


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "does not say 'imu-tempo/recording'"),
        ("{}", "does not say 'imu-tempo/recording'"),
        (changed(format_version=2), "recording format 2, this software reads up to 1; update"),
        (changed(format_version="1"), "format_version is '1'"),
        (changed(sensor=None), "no SensorInfo"),
        (changed(sensor={}), "incomplete .*driver"),
        (changed(sensor={"driver": "bip", "time_source": "stars"}), "time_source is 'stars'"),
        (changed(load_kg="heavy"), "load_kg is 'heavy'"),
        (changed(load_kg=True), "load_kg is True"),
        (changed(exercise=5), "exercise is 5"),
        (changed(state="half"), "state is 'half'"),
        (changed(extra_files="abc"), "extra_files is 'abc'"),
        (changed(contents=[]), "no Contents"),
        (changed(settings=None), "no StreamSettings"),
        (changed(started="yesterday"), "started 'yesterday'"),
    ],
)
def test_a_wrong_manifest_is_told(tmp_path: Path, document: str, message: str):
    (tmp_path / "manifest.json").write_text(document)
    with pytest.raises(RecordingError, match=message):
        Recording.open(tmp_path)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(KEYS), json_values))
def test_any_manifest_reads_or_is_a_recording_error(tmp_path_factory: pytest.TempPathFactory, changes: dict):
    folder = tmp_path_factory.getbasetemp() / "any-manifest"
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_text(changed(**changes))
    with contextlib.suppress(RecordingError):
        assert Manifest.read(folder).state in ("open", "sealed")


def test_a_folder_without_a_manifest_is_not_a_recording(tmp_path: Path):
    with pytest.raises(RecordingError, match=r"not a recording: it has no manifest\.json"):
        Recording.open(tmp_path)


def test_a_manifest_keeps_what_it_needs_and_overlooks_what_it_does_not_know(tmp_path: Path):
    (tmp_path / "manifest.json").write_text(changed(load_kg=80, colour="red"))
    manifest = Manifest.read(tmp_path)
    assert (manifest.load_kg, manifest.state, manifest.sensor) == (80, "open", SensorInfo("bip"))


def test_a_recording_without_its_packets_is_told(sealed: Recording):
    (sealed.path / "packets.jsonl.gz").unlink()
    assert len(sealed.arrays()) == 560
    with pytest.raises(RecordingError, match=r"lost its packets: there is no packets\.jsonl\.gz"):
        list(sealed.packets())


def test_a_recording_of_an_unknown_sensor_is_told(tmp_path: Path):
    (tmp_path / "manifest.json").write_text(changed(sensor={"driver": "abacus"}))
    (tmp_path / "packets.jsonl").touch()
    with pytest.raises(RecordingError, match=r"'abacus'; installed are: .*bip"):
        Recording.open(tmp_path).arrays()


def test_recordings_are_found_in_folders_of_folders(tmp_path: Path, sealed: Recording):
    other = left_open(tmp_path / "deeper" / "still", PACKETS[:3])
    assert find_recordings(tmp_path) == [sealed.path, other]
    assert find_recordings(other) == [other]
    with pytest.raises(RecordingError, match="there is no folder"):
        find_recordings(tmp_path / "nowhere")


packets = st.builds(
    RawPacket,
    st.integers(0, 2**62 - 1),
    st.text(max_size=40),
    st.binary(max_size=260),
    st.sampled_from(PacketKind),
)


@given(packets)
def test_a_packet_survives_its_line(packet: RawPacket):
    line = encode_line(packet)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode_line(line) == packet


@given(
    st.binary()
    | st.text().map(str.encode)
    | packets.map(encode_line).flatmap(lambda line: st.just(line[:-9]))
)
def test_a_line_that_is_no_packet_is_a_value_error(line: bytes):
    with pytest.raises(ValueError, match="not a packet"):
        decode_line(line)


@pytest.mark.parametrize(
    "line",
    [
        b"null",
        b"[]",
        b'{"ns":1.5,"kind":"read","uuid":"","hex":""}',
        b'{"ns":1,"kind":"read","uuid":null,"hex":""}',
        b'{"ns":1,"kind":"read","uuid":"","hex":7}',
        b'{"ns":1,"kind":"smell","uuid":"","hex":""}',
        b'{"ns":1,"kind":"read","uuid":"","hex":"0"}',
        b'{"ns":1,"kind":"read","uuid":""}',
        b"[" * 100_000,
    ],
)
def test_lines_that_nearly_are_packets_are_value_errors(line: bytes):
    with pytest.raises(ValueError, match="not a packet"):
        decode_line(line)
