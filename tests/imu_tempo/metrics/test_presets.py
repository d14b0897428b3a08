"""Named tempos, and two phases that are marked."""

from __future__ import annotations

import pytest

from imu_tempo.errors import TempoError, UnknownNameError
from imu_tempo.metrics import parse_tempo, tempo_preset, tempo_presets


@pytest.mark.parametrize("name", list(tempo_presets()))
def test_every_preset_is_whole(name: str) -> None:
    found = tempo_preset(name)
    assert str(parse_tempo(found.tempo)) == found.tempo
    assert str(parse_tempo(name)) == found.tempo
    assert found.title
    assert found.purpose.endswith(".")
    assert found.source


@pytest.mark.parametrize("written", ["slow_squat", "Slow squat", "SLOW-SQUAT", "  slow squat "])
def test_names_are_read_as_people_write_them(written: str) -> None:
    assert str(parse_tempo(written)) == "4-0-1-0"


def test_an_unknown_name_is_answered_with_near_ones() -> None:
    with pytest.raises(UnknownNameError, match="did you mean slow_squat"):
        parse_tempo("slow squats")


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("E3 C1", "3-?-1"),
        ("3e1c", "3-?-1"),
        ("c1-e3", "3-?-1"),
        ("3 down 1 up", "3-?-1"),
        ("1 up / 3 down", "3-?-1"),
        ("ecc 10 con 1.5", "10-?-1.5"),
        ("3\N{DOWNWARDS ARROW}X\N{UPWARDS ARROW}", "3-?-X"),
        ("@E4 CA", "4-?-A"),
    ],
)
def test_two_marked_phases_need_no_order(text: str, canonical: str) -> None:
    assert str(parse_tempo(text)) == canonical


@pytest.mark.parametrize("text", ["E3 E1", "E3", "E3 C", "E0 C1", "E3 C1 C1"])
def test_marks_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(TempoError):
        parse_tempo(text)
