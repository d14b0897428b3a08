"""What a coach chooses: read from a page or a file, and refused in words."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imu_tempo.errors import TempoError
from imu_tempo.live.lifting import Lifting
from imu_tempo.live.web.setup import Setup, targets
from imu_tempo.metrics import RirLine, SetContext, StopRule, parse_tempo

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
KEYS = ("athlete", "exercise", "load_kg", "tempo", "protocol", "stop_loss_pct", "stop_reserve_reps")


def test_what_is_written_down_reads_back_the_same() -> None:
    setup = Setup.read({"athlete": "A12", "exercise": "squat", "load_kg": 100, "tempo": "@30X0"})
    assert Setup.read(setup.as_json()) == setup
    assert setup.tempo == "3-0-X-0"


@given(st.dictionaries(st.sampled_from(KEYS), JSON))
def test_any_json_is_a_setup_or_refused(said: dict[str, object]) -> None:
    with suppress(TempoError):
        Setup.read(said).lifting()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"load_kg": -1}, "load_kg is -1: expected a number from 0 to 1000 kg"),
        ({"load_kg": "heavy"}, "expected a number"),
        ({"load_kg": float("nan")}, "expected a number"),
        ({"load_kg": True}, "expected a number"),
        ({"athlete": "x" * 41}, "at most 40 printable characters"),
        ({"athlete": "a\nb"}, "printable"),
        ({"exercise": "sqat"}, "did you mean squat"),
        ({"tempo": "31"}, "31"),
        ({"protocol": "none_such"}, "Unknown protocol"),
    ],
)
def test_what_cannot_be_is_refused_with_what_was_expected(said: dict[str, object], words: str) -> None:
    with pytest.raises(TempoError, match=words):
        Setup.read(said)


def test_a_velocity_loss_stops_an_all_out_lift_and_means_nothing_of_a_paced_one() -> None:
    def stop_of(tempo: str) -> object:
        return Setup(tempo=tempo, stop_loss_pct=20.0).lifting().arguments()["context"].stop

    assert stop_of("3-1-X-1") is not None
    assert stop_of("3-1-2-1") is None


def test_a_protocol_brings_its_tempo_and_its_stop() -> None:
    from imu_tempo.protocols import protocols

    for found in protocols().values():
        if not found.measurable:
            continue
        lifting = Setup(protocol=found.name, tempo="9-9-9-9").lifting()
        assert lifting.tempo == found.tempo


def test_the_targets_are_the_limits_of_the_tolerance() -> None:
    ecc, bottom, con, top = targets(parse_tempo("4-0-X-1"))
    assert (ecc["seconds"], ecc["low_s"], ecc["high_s"]) == (4.0, pytest.approx(3.4), pytest.approx(4.6))
    assert (bottom["seconds"], bottom["low_s"], bottom["high_s"]) == (0.0, 0.0, 0.5)
    assert (con["text"], con["seconds"], con["low_s"]) == ("X", None, 0.0)
    assert (top["low_s"], top["high_s"]) == (0.5, 1.5)
    assert all(one["seconds"] is None for one in targets(None))


def test_reps_in_reserve_wait_for_the_athletes_own_line() -> None:
    setup = Setup.read({"athlete": "A12", "stop_reserve_reps": 2, "tempo": "3-0-X-0"})
    assert Setup.read(setup.as_json()) == setup
    assert setup.said().arguments()["context"].stop == StopRule(reps_in_reserve=2)
    assert setup.lifting().arguments()["context"].stop == StopRule()

    line = RirLine(intercept=-4, slope_per_mps=10)

    def recall(lifting: Lifting) -> Lifting:
        return replace(lifting, context=SetContext(stop=StopRule(reps_in_reserve=2, rir_line=line)))

    stop = setup.lifting(recall=recall).arguments()["context"].stop
    assert stop is not None
    assert stop.reserve_after(0.6) == pytest.approx(2.0)
    assert replace(setup, tempo="3-0-2-0").said().arguments()["context"].stop is None
