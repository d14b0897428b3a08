import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_sets import make_reps

from imu_tempo.errors import TempoError
from imu_tempo.metrics.tempo import FREE, PhaseTarget, Prescription, measured_tempo, parse_tempo


def timed(*seconds: float) -> Prescription:
    return Prescription(*(PhaseTarget("timed", s) for s in seconds))


@pytest.mark.parametrize(
    "text", ["3010", "3-0-1-0", "3/0/1/0", "3:0:1:0", "3.0.1.0", "3 0 1 0", "@3010", " 3 - 0 - 1 - 0 "]
)
def test_every_separator_means_the_same(text: str) -> None:
    assert parse_tempo(text) == timed(3, 0, 1, 0)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("30X0", "3-0-X-0"),
        ("@40x0", "4-0-X-0"),
        ("4-0-1.5-0", "4-0-1.5-0"),
        ("4-0-1,5-0", "4-0-1.5-0"),
        ("4\N{EN DASH}0\N{EN DASH}1\N{EN DASH}0", "4-0-1-0"),
        ("10-0-1-0", "10-0-1-0"),
        ("311", "3-1-1"),
        ("3.1.X", "3-1-X"),
        ("50A0", "5-0-A-0"),
        ("20*0", "2-0-*-0"),
        ("3-?-1-?", "3-?-1"),
    ],
)
def test_canonical_form(text: str, canonical: str) -> None:
    assert str(parse_tempo(text)) == canonical


def test_order_is_ecc_bottom_con_top() -> None:
    tempo = parse_tempo("4-1-2-3")
    assert [name for name, _ in tempo] == ["ecc", "bottom", "con", "top"]
    assert [target.seconds for _, target in tempo] == [4, 1, 2, 3]


def test_letters_have_no_seconds() -> None:
    assert parse_tempo("31X1").con == PhaseTarget("maximal", None)
    assert parse_tempo("31*1").con == PhaseTarget("fast", None)
    assert parse_tempo("31A1").con == PhaseTarget("assisted", None)
    assert parse_tempo("311").top == FREE


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("@", "empty"),
        ("3", "1 of its phases"),
        ("31", "which is the lowering"),
        ("30", "write all four, such as 3-0-X-0"),
        ("10010", "two digits need separators"),
        ("3-0/1-0", "mixes separators"),
        ("3-X-1-0", "X for the pause at the bottom"),
        ("3-0-1-A", "A for the pause at the top"),
        ("3-0-0-0", "write X"),
        ("0-0-1-0", "0 s for the lowering"),
        ("3-0-1-zero", "'ZERO' for the pause at the top"),
        ("-3-0-1", "'' for the lowering"),
        ("90-0-1-0", "more than 60 s"),
        ("3-0-1e3-0", "'1E3'"),
        ("3-nan-1-0", "'NAN'"),
        ("3\n0\nQ", "'Q'"),
    ],
)
def test_what_is_wrong_is_said(text: str, said: str) -> None:
    with pytest.raises(TempoError) as caught:
        parse_tempo(text)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_two_digits_need_the_order() -> None:
    assert str(parse_tempo("31", order="ecc-con")) == "3-?-1"
    assert str(parse_tempo("31", order="con-ecc")) == "1-?-3"


def test_prescribed_tut_counts_only_digits() -> None:
    assert parse_tempo("4-1-2-1").tut_per_rep_s == 8
    assert parse_tempo("4-1-2-1").fully_timed
    assert parse_tempo("4-1-X-1").tut_per_rep_s == 6
    assert not parse_tempo("4-1-X-1").fully_timed


def test_measured_tempo_is_the_median_of_what_was_measured() -> None:
    reps = make_reps([(3.0, 1.0, 0.8, 1.0), (3.2, 1.1, 0.9, math.nan), (9.0, 1.2, 1.0, math.nan)])
    assert measured_tempo(reps) == "3.2-1.1-0.9-1.0"
    assert measured_tempo(reps[1:2]) == "3.2-1.1-0.9-?"
    assert measured_tempo([]) == "?-?-?-?"


_SECONDS = st.integers(1, 600).map(lambda tenths: f"{tenths / 10:g}")
_MOVING = st.one_of(_SECONDS, st.sampled_from(["X", "A", "*", "?"]))
_PAUSE = st.one_of(_SECONDS, st.just("0"), st.just("?"))


@given(st.tuples(_MOVING, _PAUSE, _MOVING, _PAUSE), st.sampled_from("-/: "))
def test_what_is_written_is_read_back(places: tuple[str, str, str, str], separator: str) -> None:
    tempo = parse_tempo(separator.join(places))
    assert [str(target) for _, target in tempo] == list(places)
    assert parse_tempo(str(tempo)) == tempo


@given(st.text(max_size=12))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    with contextlib.suppress(TempoError):
        assert len(list(parse_tempo(text))) == 4


@pytest.mark.parametrize(
    "text", ["3" + " " * 100_000 + "x", "E3" + " " * 100_000 + "x", "3-" * 50_000, "a_" * 40_000]
)
def test_a_tempo_as_long_as_a_book_is_refused_at_once(text: str) -> None:
    with pytest.raises(TempoError, match="characters, more than 64"):
        parse_tempo(text)
