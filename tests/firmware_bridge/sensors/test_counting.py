from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.sensors.counting import IndexByArrival, IndexByTime

PERIOD_S = 1 / 104
COUNT = 8


def by_time(numbers: list[int], *, period_s: float = PERIOD_S, resolution_us: int = 1000) -> list[int]:
    """Number packets whose first samples are these, stamped by a clock of some resolution."""
    index = IndexByTime(PERIOD_S)
    stamps = [int(number * period_s * 1e6) // resolution_us * resolution_us for number in numbers]
    return [index(COUNT, stamp) for stamp in stamps]


@given(st.lists(st.integers(0, 12), min_size=1, max_size=60), st.floats(0.98, 1.02))
def test_whole_packets_that_are_missing_are_counted_exactly(missing: list[int], rate_error: float):
    steps = [COUNT] * 60 + [COUNT * (1 + some) for some in missing]  # a second to learn the rate
    numbers = [0, *np.cumsum(steps).tolist()]
    assert by_time(numbers, period_s=PERIOD_S * rate_error) == numbers


def test_a_packet_that_is_missing_before_the_rate_is_learnt_is_counted_too():
    assert by_time([0, 16, 24, 32]) == [0, 16, 24, 32]


def test_late_and_repeated_packets_have_numbers_that_were_had():
    index = IndexByTime(PERIOD_S)
    numbers = [index(COUNT, round(n * PERIOD_S * 1e6)) for n in (0, 8, 24, 16, 24, 32)]
    assert numbers == [0, 8, 24, 16, 23, 32]


def test_a_clock_that_is_set_back_is_followed():
    index = IndexByTime(PERIOD_S)
    assert [index(COUNT, stamp) for stamp in (50_000_000, 1_000_000, 1_076_923)] == [0, 8, 16]
    near = [index(COUNT, 1_076_923 - 500_000 + k * 76_923) for k in range(6)]
    assert near[3:] == [24, 32, 40]
    assert max(near[:3]) < 24


@given(st.lists(st.integers(0, 2**63), max_size=50), st.integers(1, 60))
def test_any_clock_gives_numbers(stamps: list[int], count: int):
    index = IndexByTime(PERIOD_S)
    for stamp in stamps:
        index(count, stamp)


def by_arrival(arrivals_s: np.ndarray, rate_hz: float = 200.0) -> list[int]:
    index = IndexByArrival(1 / rate_hz)
    return [index(COUNT, round(arrival_s * 1e9)) for arrival_s in arrivals_s]


def test_samples_that_all_come_are_counted_one_by_one_however_late():
    rng = np.random.default_rng(1)
    due_s = np.arange(2000) * COUNT / 200
    arrivals_s = np.maximum.accumulate(due_s + rng.exponential(0.02, len(due_s)))
    stalled = (due_s > 20) & (due_s < 21.5)
    arrivals_s[stalled] = 21.5
    assert by_arrival(arrivals_s) == list(range(0, 2000 * COUNT, COUNT))


@pytest.mark.parametrize("lost_s", [0.3, 1.0, 8.0])
def test_samples_that_never_come_are_lost_within_two_seconds(lost_s: float):
    due_s = np.arange(800) * COUNT / 200
    came = ~((due_s >= 10) & (due_s < 10 + lost_s))
    index = by_arrival(due_s[came])
    assert index[-1] + COUNT == pytest.approx(800 * COUNT, abs=0.05 * 200)
    found_at = int(np.flatnonzero(np.diff(index) > COUNT)[0]) + 1
    assert due_s[came][found_at] <= 10 + lost_s + 4.0


@pytest.mark.parametrize("begin_s", np.arange(10, 12, 0.21))
def test_a_computer_that_was_busy_for_long_has_lost_nothing(begin_s: float):
    arrivals_s = np.arange(800) * COUNT / 200
    arrivals_s[(arrivals_s > begin_s) & (arrivals_s < begin_s + 5.0)] = begin_s + 5.0
    assert by_arrival(arrivals_s)[-1] == 799 * COUNT


def test_a_slow_oscillator_is_no_loss():
    due_s = np.arange(20_000) * COUNT / 197.0
    assert by_arrival(due_s)[-1] == 19_999 * COUNT


def test_losses_that_are_known_are_not_counted_again():
    index = IndexByArrival(1 / 200)
    due_s = np.arange(800) * COUNT / 200
    told = [
        index(COUNT, round(at_s * 1e9), 200 if k == 400 else 0)
        for k, at_s in enumerate(due_s + (due_s >= 16))
    ]
    assert told[-1] + COUNT == 800 * COUNT + 200
