from __future__ import annotations

import numpy as np
import pytest

from firmware_bridge.sensors.pairing import Paired, PairInOrder

RATE_HZ = 100.0


def rows(first: int, count: int = 3) -> np.ndarray:
    """Rows that tell their number."""
    return np.repeat(np.arange(first, first + count, dtype=float)[:, None], 3, axis=1)


def offsets(pairs: list[Paired | None]) -> list[int]:
    """By how many rows acc and gyr differ, row by row."""
    return [int(d) for pair in pairs if pair for d in (pair.acc - pair.gyr)[:, 0]]


def test_rows_wait_for_their_partners():
    pairs = PairInOrder(RATE_HZ)
    assert pairs.acc(rows(0)) is None
    pair = pairs.gyr(rows(0))
    assert pair is not None
    assert pair.acc[:, 0].tolist() == pair.gyr[:, 0].tolist() == [0, 1, 2]
    assert pair.lost_before == 0


@pytest.mark.parametrize("gyro_first", [False, True])
def test_a_lost_packet_of_either_is_made_good_within_two_seconds(gyro_first: bool):
    for missing in ("acc", "gyr"):
        pairs, got, lost = PairInOrder(RATE_HZ), [], 0
        for first in range(0, 1200, 3):
            order = ("gyr", "acc") if gyro_first else ("acc", "gyr")
            for which in order:
                if not (which == missing and first == 300):
                    got.append(getattr(pairs, which)(rows(first)))
                    lost += got[-1].lost_before if got[-1] else 0
        assert lost == 3
        assert set(offsets(got)[:280]) == {0}
        assert set(offsets(got)[-(1200 - 300 - 210) :]) == {0}


def test_packets_that_come_in_bursts_are_no_loss():
    pairs, got = PairInOrder(RATE_HZ), []
    pairs.acc(rows(0))
    got.append(pairs.gyr(rows(0)))
    for first in range(3, 1203, 12):
        got += [pairs.acc(rows(first + k)) for k in (0, 3, 6, 9)]
        got += [pairs.gyr(rows(first + k)) for k in (0, 3, 6, 9)]
    assert set(offsets(got)) == {0}
    assert all(pair.lost_before == 0 for pair in got if pair)


def test_a_sensor_that_never_answers_costs_no_memory():
    pairs = PairInOrder(RATE_HZ)
    for first in range(0, 30_000, 3):
        assert pairs.acc(rows(first)) is None
    pair = pairs.gyr(rows(0))
    assert pair is not None
    assert pair.acc[-1, 0] == 29_999
