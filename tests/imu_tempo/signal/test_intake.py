"""What the live engine takes of a stream."""

from __future__ import annotations

import numpy as np

from firmware_bridge.samples import SampleBlock
from imu_tempo.signal.intake import ANEW_S, readable


def block(n: int = 10, *, lost_before: int = 0, gyro: bool = True) -> SampleBlock:
    t_s = np.arange(n) / 100.0
    return SampleBlock(t_s, np.tile([0.0, 0.0, 9.8], (n, 1)), np.zeros((n, 3)) if gyro else None, lost_before)


def lengths(parts: list[SampleBlock]) -> list[tuple[int, int]]:
    return [(len(part), part.lost_before) for part in parts]


def test_readings_are_taken_as_they_are() -> None:
    whole = block(lost_before=3)
    parts, missing = readable(whole)
    assert parts == [whole]
    assert missing == 0


def test_what_is_no_reading_is_left_out_and_counted() -> None:
    torn = block(lost_before=2)
    torn.acc_mps2[0] = np.nan
    torn.acc_mps2[4:6, 1] = np.inf
    assert torn.gyr_radps is not None
    torn.gyr_radps[9] = np.nan
    parts, missing = readable(torn)
    assert lengths(parts) == [(3, 3), (3, 2)]
    assert missing == 1
    assert all(np.isfinite(part.acc_mps2).all() for part in parts)


def test_where_nothing_can_be_read_all_is_missing() -> None:
    torn = block(lost_before=2, gyro=False)
    torn.acc_mps2[:] = np.nan
    assert readable(torn) == ([], 12)


def test_an_overlooked_hole_parts_a_block() -> None:
    torn = block()
    torn.t_s[4:] += 2.0 * ANEW_S
    torn.acc_mps2[7] = np.nan
    parts, missing = readable(torn)
    assert lengths(parts) == [(4, 0), (3, 0), (2, 1)]
    assert missing == 0
    torn.acc_mps2[3] = np.nan
    assert lengths(readable(torn)[0]) == [(3, 0), (3, 1), (2, 1)]
