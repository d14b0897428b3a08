"""Recordings from strangers, made to fill the memory or the time, or to reach out of their folder."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from firmware_bridge.errors import RecordingError
from firmware_bridge.recording import Recording, RecordingWriter, find_recordings, journal, repair, table
from tests.firmware_bridge.recording.made_recordings import MANIFEST, left_open, session_packets

PACKETS = session_packets()
MIB = 2**20


@contextmanager
def memory_below(most_bytes: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < most_bytes


def sealed_in(folder: Path) -> Path:
    with RecordingWriter.create(folder, MANIFEST) as writer:
        for packet in PACKETS:
            writer.append(packet)
    return writer.path


def contents_of(path: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in path.iterdir()}


def test_a_journal_of_ten_gigabytes_is_refused_at_once(tmp_path: Path):
    path = left_open(tmp_path, PACKETS[:3])
    with (path / "packets.jsonl").open("r+b") as file:
        file.truncate(10 * 2**30)  # sparse: it takes no room
    for use in (lambda: list(Recording.open(path).packets()), lambda: repair(path)):
        with memory_below(4 * MIB), pytest.raises(RecordingError, match="holds more than 2 gibi"):
            use()
    assert not Recording.open(path).sealed


def test_a_line_of_twenty_megabytes_is_skipped_in_pieces(tmp_path: Path):
    path = left_open(tmp_path, PACKETS[:3])
    with (path / "packets.jsonl").open("ab") as file:
        for _ in range(20):
            file.write(b"9" * MIB)
        file.write(b"\n" + journal.encode_line(PACKETS[3]))
    with memory_below(4 * MIB):
        reader = Recording.open(path).journal()
        assert list(reader.packets()) == PACKETS[:4]
    assert (reader.lines, reader.damaged, reader.torn_bytes) == (5, 1, 0)


def test_packets_that_unpack_to_a_thousand_times_their_size_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(journal, "SMALL_BYTES", 8 * MIB)
    path = sealed_in(tmp_path)
    bomb = gzip.compress(b"9" * (20 * MIB))
    (path / "packets.jsonl.gz").write_bytes(bomb)
    before = contents_of(path)
    with memory_below(4 * MIB), pytest.raises(RecordingError, match="holds more than 8 mebi"):
        list(Recording.open(path).packets())
    with pytest.raises(RecordingError, match="holds more than 8 mebi"):
        repair(path)
    assert contents_of(path) == before


def test_lines_that_are_no_packets_come_to_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(journal, "DAMAGED_LINES", 1000)
    path = left_open(tmp_path, PACKETS[:3])
    with (path / "packets.jsonl").open("ab") as file:
        file.write(b"\n" * 1001)
    with pytest.raises(RecordingError, match="more than 1000 lines that are no packets"):
        list(Recording.open(path).packets())


def test_a_small_table_that_claims_more_rows_than_a_session_has_is_refused(tmp_path: Path):
    path = sealed_in(tmp_path)
    rows = pa.table({"t_s": pa.array(np.zeros(2**20))})
    names = [*table.ACC_COLUMNS, *table.GYR_COLUMNS, "lost_before"]
    with pq.ParquetWriter(path / "samples.parquet", rows.schema, compression="zstd") as writer:
        for _ in range(33):
            writer.write_table(rows)
    assert (path / "samples.parquet").stat().st_size < 200_000
    with memory_below(8 * MIB), pytest.raises(RecordingError, match="holds more than 33554432 samples"):
        Recording.open(path).arrays()
    assert repair(path).changed  # the packets are whole
    assert pq.read_schema(path / "samples.parquet").names == ["t_s", *names]


def test_more_samples_than_can_be_read_at_once_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(table, "MAX_SAMPLES", 400)
    path = left_open(tmp_path, PACKETS)
    with pytest.raises(RecordingError, match="holds more than 400 samples"):
        Recording.open(path).arrays()
    with pytest.raises(RecordingError, match="holds more than 400 samples"):
        repair(path)
    assert sum(len(block) for block in Recording.open(path).blocks()) == 560


@pytest.mark.parametrize(
    ("column", "row", "value", "message"),
    [
        ("acc_x_mps2", 3, np.nan, "no sensor can measure"),
        ("acc_x_mps2", 3, np.inf, "no sensor can measure"),
        ("acc_z_mps2", 3, 1e7, "no sensor can measure"),
        ("gyr_x_radps", 3, -np.inf, "no sensor can measure"),
        ("gyr_y_radps", 3, 1e5, "no sensor can measure"),
        ("t_s", 3, np.nan, "does not go forward"),
        ("t_s", 3, 0.0, "does not go forward"),
        ("t_s", -1, 1e300, "does not go forward"),
    ],
)
def test_a_table_of_what_is_no_sample_is_damaged(
    tmp_path: Path, column: str, row: int, value: float, message: str
):
    path = sealed_in(tmp_path)
    before = contents_of(path)
    rows = pq.read_table(path / "samples.parquet")
    values = rows.column(column).to_numpy().copy()
    values[row] = value
    rows = rows.set_column(rows.schema.get_field_index(column), column, pa.array(values))
    pq.write_table(rows, path / "samples.parquet")
    with pytest.raises(RecordingError, match=rf"is damaged \(.*{message}"):
        Recording.open(path).arrays()
    repair(path)
    assert contents_of(path) == before


def test_a_bit_that_flipped_in_the_table_is_found_or_changes_nothing(tmp_path: Path):
    path = left_open(tmp_path, PACKETS[:4])
    repair(path)
    whole = (path / "samples.parquet").read_bytes()
    true = Recording.open(path).arrays()
    found = 0
    for place in range(0, len(whole), 7):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << place % 8
        (path / "samples.parquet").write_bytes(flipped)
        try:
            samples = Recording.open(path).arrays()
        except RecordingError:
            found += 1
            continue
        np.testing.assert_array_equal(samples.t_s, true.t_s)
        np.testing.assert_array_equal(samples.acc_mps2, true.acc_mps2)
        assert samples.gyr_radps is not None
        assert true.gyr_radps is not None
        np.testing.assert_array_equal(samples.gyr_radps, true.gyr_radps)
        np.testing.assert_array_equal(samples.lost_before, true.lost_before)
    assert found > len(whole) / 28  # the rest are statistics that nobody reads


def test_columns_of_another_type_are_damage(tmp_path: Path):
    path = sealed_in(tmp_path)
    rows = pq.read_table(path / "samples.parquet")
    words = pa.array(["1"] * len(rows))
    pq.write_table(rows.set_column(1, "acc_x_mps2", words), path / "samples.parquet")
    with pytest.raises(RecordingError, match="acc_x_mps2 holds string, double was expected"):
        Recording.open(path).arrays()


def test_repair_neither_writes_through_a_link_nor_copies_what_one_leads_to(tmp_path: Path):
    path = left_open(tmp_path / "in", PACKETS)
    mine = tmp_path / "mine.txt"
    mine.write_text("secret\n")
    for name in ("samples.parquet", "packets.jsonl.gz", "manifest.json"):
        (path / f"{name}.partial").symlink_to(mine)
    repair(path)
    assert mine.read_text() == "secret\n"
    assert {each.name for each in path.iterdir()} == {"manifest.json", "packets.jsonl.gz", "samples.parquet"}

    other = left_open(tmp_path / "other", PACKETS)
    (other / "packets.jsonl").unlink()
    (other / "packets.jsonl").symlink_to(mine)
    with pytest.raises(RecordingError, match="is a link, and sealing would copy what it leads to"):
        repair(other)
    assert not (other / "packets.jsonl.gz").exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"load_kg": float("nan")},
        {"load_kg": 10**400},
        {"started_host_ns": 2**64},
        {"settings": {"rate_hz": float("inf")}},
        {"note": "\ud800"},
        {"format_version": True},
    ],
    ids=str,
)
def test_a_manifest_of_what_cannot_be_reckoned_with_is_none(tmp_path: Path, changes: dict[str, object]):
    path = left_open(tmp_path, PACKETS[:3])
    document = json.loads((path / "manifest.json").read_bytes())
    (path / "manifest.json").write_text(json.dumps({**document, **changes}))
    with pytest.raises(RecordingError, match="is not a recording"):
        Recording.open(path)


def test_a_manifest_of_megabytes_is_none(tmp_path: Path):
    path = left_open(tmp_path, PACKETS[:3])
    with (path / "manifest.json").open("ab") as file:
        file.truncate(2 * 2**30)
    with memory_below(4 * MIB), pytest.raises(RecordingError, match="holds more than 1 mebi"):
        Recording.open(path)


def test_recordings_are_found_however_deep_and_not_through_links(tmp_path: Path):
    deep = tmp_path / "deep"
    folder = deep
    folders = [folder]
    for _ in range(1200):  # deeper than Python recurses
        folder = folder / "d"
        folders.append(folder)
    for each in folders:
        each.mkdir()
    (folder / "manifest.json").write_text("{}")
    (deep / "round").symlink_to(deep)
    try:
        assert find_recordings(deep) == [folder]
    finally:
        (folder / "manifest.json").unlink()
        (deep / "round").unlink()
        for each in reversed(folders):
            each.rmdir()
