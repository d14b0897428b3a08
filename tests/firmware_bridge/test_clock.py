from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from firmware_bridge.clock import (
    DeviceLine,
    Placement,
    SessionClock,
    Unwrapper,
    fit_counted_rate_hz,
    fit_host_clock,
    fit_rate_hz,
)

MODULUS = 256
PERIOD_S = 0.005
PACKET = 8


@given(st.integers(0, MODULUS - 1), st.lists(st.integers(0, MODULUS // 2 - 1)))
def test_unwrapping_recovers_every_counter_that_steps_less_than_half_round(first: int, steps: list[int]):
    true = np.cumsum([first, *steps])
    unwrap = Unwrapper(MODULUS)
    assert [unwrap(int(value) % MODULUS) for value in true] == true.tolist()


def test_unwrapping_takes_a_value_just_behind_as_late():
    unwrap = Unwrapper(MODULUS)
    assert [unwrap(v) for v in (250, 3, 251, 4)] == [250, 259, 251, 260]


def test_a_line_goes_through_stamps_that_lie_on_one():
    line = DeviceLine(PERIOD_S)
    true_period_s = 0.00507
    for index in range(0, 8000, PACKET):
        time_s, jumped = line.time_s(index, 3.0 + index * true_period_s)
        assert time_s == pytest.approx(3.0 + index * true_period_s, abs=1e-9)
        assert not jumped
    assert line.period_s == pytest.approx(true_period_s, rel=1e-9)


def test_a_line_evens_out_jitter_and_learns_the_rate():
    rng = np.random.default_rng(1)
    jitter_s = 0.001
    index = np.arange(0, 40_000, PACKET)
    truth_s = index * 0.00493
    line = DeviceLine(PERIOD_S)
    stamps = truth_s + rng.normal(0, jitter_s, len(index))
    error_s = np.array([line.time_s(int(i), t)[0] for i, t in zip(index, stamps, strict=True)]) - truth_s
    # Variance of the fading line's end point: (4k - 2) / k^2 -> 4 / k of the stamps', k = 250 points.
    assert error_s[300:].std() < 1.5 * jitter_s * (4 / 250) ** 0.5
    assert line.period_s == pytest.approx(0.00493, rel=1e-3)


def test_packets_without_a_stamp_go_by_the_rate_so_far():
    line = DeviceLine(0.01)
    assert [line.time_s(index, None) for index in (0, 5, 20)] == [
        (0.0, False),
        (pytest.approx(0.05), False),
        (pytest.approx(0.2), False),
    ]


def place(
    clock: SessionClock, index: int, device_s: float, *, stream: int = 0, host_s: float = 0.0
) -> Placement:
    placement = clock.place(
        PACKET,
        stream=stream,
        index=index,
        device_us=round(device_s * 1e6),
        host_ns=round(host_s * 1e9),
        period_s=PERIOD_S,
    )
    assert placement is not None
    return placement


def test_the_session_begins_at_zero_whatever_the_counters_say():
    clock = SessionClock()
    assert place(clock, 0, 4000.0).start_s == 0.0
    assert place(clock, 8, 4000.04).start_s == pytest.approx(0.04)


def test_a_hole_in_the_index_is_lost_and_takes_its_time():
    clock = SessionClock()
    place(clock, 0, 0.0)
    placement = place(clock, 108, 0.54)
    assert (placement.lost, placement.missed) == (100, 0)
    assert placement.start_s == pytest.approx(0.54)


def test_a_sensor_that_slept_has_missed_samples_that_it_did_not_count():
    clock = SessionClock()
    place(clock, 0, 0.0)
    place(clock, 8, 0.04)
    placement = place(clock, 16, 0.08 + 2.0)
    assert placement.start_s == pytest.approx(2.08)
    assert (placement.lost, placement.missed) == (0, 400)


def test_a_device_clock_set_back_does_not_turn_time_round():
    clock = SessionClock()
    place(clock, 0, 50.0)
    place(clock, 8, 50.04)
    assert place(clock, 16, 10.0).start_s == pytest.approx(0.08)
    placement = place(clock, 24, 10.04)
    assert placement.start_s == pytest.approx(0.12)
    assert (placement.lost, placement.missed) == (0, 0)


def test_a_counter_that_leaps_years_ahead_of_its_arrival_is_begun_anew_and_nothing_was_lost():
    clock = SessionClock()
    step_s = PACKET * PERIOD_S
    for packet in range(100):
        place(clock, packet * PACKET, packet * step_s, host_s=(packet + 1) * step_s)
    leapt = place(clock, 2**40, 100 * step_s, host_s=101 * step_s)
    assert (leapt.lost, leapt.missed) == (0, 1)  # that there is a break is told, and no more
    assert leapt.start_s == pytest.approx(100 * step_s, abs=2 * PERIOD_S)
    after = place(clock, 2**40 + PACKET, 101 * step_s, host_s=102 * step_s)
    assert (after.lost, after.missed) == (0, 0)


def test_samples_had_before_are_refused():
    clock = SessionClock()
    place(clock, 0, 0.0)
    assert clock.place(8, stream=0, index=7, device_us=0, host_ns=0, period_s=PERIOD_S) is None


def test_a_reconnect_is_bridged_by_the_smallest_delay():
    clock = SessionClock()
    for number, delay_s in enumerate((0.030, 0.010, 0.090)):
        place(clock, 8 * number, 0.04 * number, host_s=100 + 0.04 * number + 0.035 + delay_s)
    # 3 s after the first sample the sensor starts anew, and its first packet comes with the smallest delay.
    placement = place(clock, 0, 7777.0, stream=1, host_s=103 + 0.035 + 0.010)
    assert placement.start_s == pytest.approx(3.0, abs=1e-4)
    assert placement.lost == 0
    assert placement.missed == 600 - 24
    assert place(clock, 8, 7777.04, stream=1, host_s=103.1).start_s == pytest.approx(3.04, abs=1e-4)


def test_a_reconnect_goes_by_the_delay_of_the_stream_just_before():
    clock = SessionClock()
    place(clock, 0, 0.0, host_s=10.035)
    # Placed 0.2 s late, because its first packet came late: from then on all agree on that.
    late_s = place(clock, 0, 0.0, stream=1, host_s=11.235).start_s
    place(clock, 64, 0.32, stream=1, host_s=11.355)
    assert late_s == pytest.approx(1.2, abs=1e-3)
    assert place(clock, 0, 0.0, stream=2, host_s=12.035).start_s == pytest.approx(2.2, abs=1e-3)


def test_a_reconnect_keeps_the_rate_that_was_learned():
    clock = SessionClock()
    for number in range(10):
        place(clock, 8 * number, 0.0416 * number, host_s=0.0416 * number)
    assert place(clock, 0, 0.0, stream=1, host_s=5.0).period_s == pytest.approx(0.0052)


def test_a_reconnect_never_goes_back_in_time():
    clock = SessionClock()
    place(clock, 0, 0.0, host_s=10.0)
    placement = place(clock, 0, 0.0, stream=1, host_s=9.0)
    assert placement.start_s == pytest.approx(8 * PERIOD_S)
    assert placement.missed == 1  # there is a gap, however short


@given(
    st.lists(
        st.tuples(st.integers(0, 1000), st.integers(0, 2**33), st.integers(0, 10**12), st.integers(0, 3)),
        max_size=40,
    )
)
def test_time_only_moves_forward_whatever_a_sensor_says(steps: list[tuple[int, int, int, int]]):
    clock, stream, index, last_s = SessionClock(), 0, 0, -np.inf
    for hole, device_us, host_ns, new_stream in steps:
        stream, index = (stream + 1, 0) if new_stream == 0 else (stream, index + hole)
        placement = clock.place(
            PACKET, stream=stream, index=index, device_us=device_us, host_ns=host_ns, period_s=PERIOD_S
        )
        assert placement is not None
        assert placement.start_s > last_s
        assert placement.lost >= 0
        assert placement.missed >= 0
        last_s = placement.start_s + (PACKET - 1) * placement.period_s
        index += PACKET


def stalled_arrivals(seconds: float, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return device and arrival times of a 30 ms connection with retransmissions and stalls, 35 ppm apart."""
    rng = np.random.default_rng(seed)
    device_s = np.arange(0, seconds, 0.04)
    true_s = 1000 + device_s * (1 + 35e-6)
    arrival_s = np.ceil((true_s + rng.uniform(0, 0.002, len(true_s))) / 0.03) * 0.03 + 0.003
    arrival_s += rng.exponential(0.0008, len(true_s)) + 0.03 * (rng.random(len(true_s)) < 0.05)
    for start_s in 1000 + rng.uniform(0, seconds, 8):
        stalled = (arrival_s > start_s) & (arrival_s < start_s + 0.6)
        arrival_s[stalled] = start_s + 0.6
    return device_s, np.maximum.accumulate(arrival_s)


@pytest.mark.parametrize("seed", range(5))
def test_the_host_clock_of_a_long_session_is_fitted_under_the_delays(seed: int):
    fit = fit_host_clock(*stalled_arrivals(600.0, seed))
    assert fit.slope == pytest.approx(1 + 35e-6, abs=2e-6)
    assert 1000.0 < fit.offset_s + 1e-3 < 1000.01  # the smallest delay, 3 ms, stays in


def test_the_host_clock_of_a_short_session_has_slope_one():
    device_s, arrival_s = stalled_arrivals(10.0, 0)
    fit = fit_host_clock(device_s, arrival_s)
    assert fit.slope == 1.0
    assert fit.offset_s == (arrival_s - device_s).min()


@given(st.lists(st.floats(0, 1), min_size=2, max_size=60))
def test_the_fitted_host_clock_never_runs_above_an_arrival(delays: list[float]):
    device_s = np.linspace(0, 120, len(delays))
    host_s = 5 + 1.0001 * device_s + np.array(delays)
    fit = fit_host_clock(device_s, host_s)
    assert (fit.slope * device_s + fit.offset_s <= host_s + 1e-9).all()


def test_the_rate_is_samples_over_time():
    assert fit_rate_hz(3 + np.arange(500) / 197.5) == pytest.approx(197.5)
    assert np.isnan(fit_rate_hz(np.zeros(1)))


def test_the_rate_of_counted_samples_is_fitted_under_their_delays():
    device_s, arrival_s = stalled_arrivals(600.0, 1)
    counts = np.arange(1, len(device_s) + 1) * PACKET
    true_hz = PACKET / 0.04 / (1 + 35e-6)
    assert fit_counted_rate_hz(counts, arrival_s) == pytest.approx(true_hz, rel=3e-6)
    assert fit_counted_rate_hz(counts[:100], arrival_s[:100]) is None


def counted_packets(
    seconds: float, rate_hz: float, *, seed: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return numbers of packets' first samples, when these were measured, and when the packets came."""
    rng = np.random.default_rng(seed)
    first = np.arange(0, int(seconds * rate_hz), PACKET)
    true_s = first / rate_hz
    arrival_s = np.ceil((true_s + PACKET / rate_hz) / 0.03) * 0.03 + rng.exponential(0.002, len(first))
    return first, true_s, 1000 + np.maximum.accumulate(arrival_s)


def place_counted(
    first: NDArray[np.int64], arrival_s: NDArray[np.float64], clock: SessionClock | None = None
) -> NDArray[np.float64]:
    """Return the times of packets' first samples from a sensor without a clock that says 200 Hz."""
    clock = clock or SessionClock()
    starts = []
    for index, host_s in zip(first.tolist(), arrival_s.tolist(), strict=True):
        placement = clock.place(
            PACKET, stream=0, index=index, device_us=None, host_ns=round(host_s * 1e9), period_s=PERIOD_S
        )
        assert placement is not None
        starts.append(placement.start_s)
    return np.array(starts)


@pytest.mark.parametrize("rate_hz", [196.0, 198.8, 200.0, 201.3])
@pytest.mark.parametrize("seed", range(3))
def test_a_sensor_without_a_clock_comes_to_run_at_its_true_rate(rate_hz: float, seed: int):
    first, true_s, arrival_s = counted_packets(600.0, rate_hz, seed=seed)
    clock = SessionClock()
    start_s = place_counted(first, arrival_s, clock)
    assert start_s[:250] == pytest.approx(first[:250] * PERIOD_S)  # nominal at first: 10 s
    settled = true_s > 300
    assert start_s[settled] == pytest.approx(true_s[settled], abs=0.015)
    assert clock.rate_hz == pytest.approx(rate_hz, rel=200e-6)
    steps_s = np.diff(start_s) / PACKET
    assert (steps_s > 0).all()
    later_s = steps_s[true_s[1:] > 20]
    assert later_s == pytest.approx(1 / rate_hz, rel=2.5e-3)


def test_times_of_a_sensor_without_a_clock_do_not_depend_on_what_comes_after():
    first, _, arrival_s = counted_packets(60.0, 198.0)
    whole = place_counted(first, arrival_s)
    for count in (1, 300, 700):
        assert place_counted(first[:count], arrival_s[:count]).tobytes() == whole[:count].tobytes()


def test_a_stall_does_not_bend_the_rate_of_a_sensor_without_a_clock():
    first, true_s, arrival_s = counted_packets(120.0, 198.8)
    arrival_s[(true_s > 60) & (true_s < 63.5)] = 1063.5
    start_s = place_counted(first, arrival_s)
    steps_s = np.diff(start_s[true_s > 20]) / PACKET
    assert steps_s == pytest.approx(1 / 198.8, rel=2e-3)


def test_a_reconnect_of_a_sensor_without_a_clock_keeps_its_rate():
    first, _, arrival_s = counted_packets(60.0, 196.0)
    clock = SessionClock()
    place_counted(first, arrival_s, clock)
    again = clock.place(
        PACKET,
        stream=1,
        index=0,
        device_us=None,
        host_ns=round((arrival_s[-1] + 3.0) * 1e9),
        period_s=PERIOD_S,
    )
    assert again is not None
    assert 1 / again.period_s == pytest.approx(196.0, rel=1e-3)


def test_a_counter_that_begins_again_without_a_word_is_followed_after_two_seconds():
    clock = SessionClock()
    for number in range(200):
        place(clock, 8 * number, 0.04 * number, host_s=0.04 * number)
    placed = []
    for number in range(100):
        at_s = 8.0 + 0.04 * number
        placement = clock.place(
            PACKET,
            stream=0,
            index=8 * number,
            device_us=round(0.04 * number * 1e6),
            host_ns=round(at_s * 1e9),
            period_s=PERIOD_S,
        )
        placed.append(placement)
    refused = [placement is None for placement in placed]
    assert 50 <= sum(refused) <= 52
    assert refused == sorted(refused, reverse=True)
    first = next(placement for placement in placed if placement is not None)
    assert first.lost == 0
    assert first.start_s == pytest.approx(8.0 + 0.04 * sum(refused), abs=0.01)
    assert first.missed == pytest.approx(8 * sum(refused), abs=1)


def test_one_wrong_number_does_not_silence_a_stream():
    clock = SessionClock()
    place(clock, 0, 0.0)
    place(clock, 2**30, 0.04, host_s=0.04)
    given = [
        clock.place(8, stream=0, index=8 * n, device_us=40_000 * n, host_ns=40_000_000 * n, period_s=PERIOD_S)
        for n in range(2, 100)
    ]
    assert given[-40] is not None
    assert None not in given[-40:]


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 10**12)), max_size=60))
def test_time_only_moves_forward_without_a_device_clock_too(steps: list[tuple[int, int]]):
    clock, index, last_s = SessionClock(), 0, -np.inf
    for hole, host_ns in steps:
        index += hole
        placement = clock.place(
            PACKET, stream=0, index=index, device_us=None, host_ns=host_ns, period_s=PERIOD_S
        )
        assert placement is not None
        assert placement.start_s > last_s
        last_s = placement.start_s + (PACKET - 1) * placement.period_s
        index += PACKET
