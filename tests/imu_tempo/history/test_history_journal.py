"""The journal keeps every whole line, whatever happened to the one before."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imu_tempo.errors import TempoError
from imu_tempo.history.entries import (
    Analysed,
    AthleteSettings,
    Entry,
    LeftOut,
    OneRepMax,
    Said,
    SorenessAnswer,
    from_json,
    to_json,
)
from imu_tempo.history.journal import Journal

ONE = SorenessAnswer(athlete="A12", day="2026-03-02", soreness=3.0)
TWO = OneRepMax(
    athlete="Zoë", exercise="squat", day="2026-03-02", one_rm_kg=150.0, note="belt\r\nand sleeves"
)
EVERY: tuple[Entry, ...] = (
    ONE,
    TWO,
    AthleteSettings(athlete="A12", body_mass_kg=82.0),
    LeftOut(recordings=("a", "b")),
    Analysed(recording="a", folder="/x", said=Said(load_kg=100.0, calibration={"scale": [1.0]}), at="t"),
)


def entries(journal: Journal) -> list[Entry | None]:
    return [line.entry for line in journal.lines()]


@pytest.mark.parametrize("entry", EVERY, ids=lambda e: e.KIND)
def test_every_entry_survives_json(entry: Entry) -> None:
    assert from_json(json.loads(json.dumps(to_json(entry)))) == entry


def test_entries_come_back_in_order(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(ONE)
    journal.append(TWO, ONE)
    assert entries(journal) == [ONE, TWO, ONE]
    assert len({line.id for line in journal.lines()}) == 3


def test_a_line_torn_anywhere_costs_that_line_alone(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(ONE)
    whole = journal.path.read_bytes()
    for cut in range(1, len(whole) - 1):
        journal.path.write_bytes(whole + whole[:cut])
        assert entries(journal) == [ONE]
        journal.append(TWO)
        assert entries(journal)[0] == ONE
        assert entries(journal)[-1] == TWO


@given(st.binary(max_size=200))
def test_random_bytes_are_overlooked_and_kept(tmp_path_factory: pytest.TempPathFactory, noise: bytes) -> None:
    journal = Journal(tmp_path_factory.mktemp("journal"))
    journal.path.write_bytes(noise)
    journal.append(ONE)
    assert entries(journal)[-1] == ONE
    assert journal.path.read_bytes().startswith(noise)


def test_an_entry_of_newer_software_is_kept_and_left_alone(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    line = b'{"v": 1, "id": "x", "entry": "heart_rate", "athlete": "A12", "bpm": 60}\n'
    newer = b'{"v": 2, "id": "y", "what": "ever"}\n'
    journal.path.write_bytes(line + newer)
    journal.append(ONE)
    assert entries(journal) == [None, None, ONE]
    journal.rewrite(lambda raw, entry: entry != ONE)
    assert journal.path.read_bytes() == line + newer


@pytest.mark.parametrize(
    "damaged",
    [
        {"entry": "soreness", "athlete": "A12"},
        {"entry": "soreness", "athlete": 12, "day": "2026-03-02", "soreness": 1},
        {"entry": "soreness", "athlete": "A12", "day": "2026-03-02", "soreness": "much"},
        {"entry": "analysed", "recording": "a", "folder": None},
        {"entry": "analysed", "recording": "a", "folder": "x", "said": 3},
        {"entry": "left_out", "recordings": 3},
    ],
)
def test_a_damaged_entry_is_overlooked(tmp_path: Path, damaged: dict[str, object]) -> None:
    journal = Journal(tmp_path)
    journal.path.write_text(json.dumps({"v": 1, "id": "x", **damaged}) + "\n")
    assert entries(journal) == [None]


def test_a_journal_that_cannot_be_written_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TempoError, match="cannot be written"):
        Journal(tmp_path / "file").append(ONE)
