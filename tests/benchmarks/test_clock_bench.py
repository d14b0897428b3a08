"""The clock benchmark, made short: what it claims of every kind of clock."""

from __future__ import annotations

import pytest

from benchmarks import clock

ROUGH = clock.Scenario("stalls and losses", 200.0, stalls=3.0, losses=(2.0, 1))
STALLED = clock.Scenario("stalls", 200.0, stalls=4.0)
KINDS = {kind.key: kind for kind in clock.kinds()}
STAMPED = [key for key, kind in KINDS.items() if not kind.counted]


@pytest.mark.parametrize("key", STAMPED)
def test_a_sensor_with_a_clock_is_timed_to_a_millisecond_and_every_loss_is_found(key: str) -> None:
    kind = KINDS[key]
    errors = clock.judge(kind, clock.simulate(kind, ROUGH))
    assert errors.found == errors.lost > 0
    assert errors.settled_s < 1e-3
    assert errors.worst_s < 4e-3  # the first packet comes before anyone can know the true rate
    assert abs(errors.rate) < 20 * clock.PPM


@pytest.mark.parametrize("key", KINDS)
def test_stalls_are_no_losses(key: str) -> None:
    kind = KINDS[key]
    errors = clock.judge(kind, clock.simulate(kind, STALLED))
    assert (errors.lost, errors.found) == (0, 0)
    assert abs(errors.host_rate) < 300 * clock.PPM


def test_a_sensor_without_a_clock_that_is_off_comes_out_right() -> None:
    kind = KINDS["witmotion"]
    errors = clock.judge(kind, clock.simulate(kind, STALLED))
    assert abs(errors.rate) < 300 * clock.PPM  # it is off by 6000
    assert errors.settled_s < 0.02
    assert errors.worst_s < 0.1
