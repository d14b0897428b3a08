"""A few power cuts; ``python -m benchmarks.power_cut`` makes a hundred."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

if hasattr(os, "fork"):
    from benchmarks.power_cut.__main__ import rows
    from benchmarks.power_cut.child import APPENDED, SYNCED, WAITING, Said
    from benchmarks.power_cut.cuts import LostError, _check_packets, cut


def test_a_recorder_killed_at_any_moment_is_recovered(tmp_path: Path) -> None:
    cuts = cut(8, tmp_path, seed=1)
    assert cuts.repairs == 8
    assert set(cuts.times.values()) == {2}
    assert cuts.kept >= cuts.appended > 0
    assert cuts.torn > 0
    assert cuts.safe_bytes > 0
    assert cuts.samples > 1000
    assert list(tmp_path.iterdir()) == []
    (one, *_) = rows(cuts, 1.0)
    assert one == ["killed while recording", "2"]


def said(*words: tuple[int, bytes]) -> Said:
    heard = Said()
    for kind, body in words:
        heard.hear(kind, body)
    return heard


def test_a_packet_that_was_promised_and_is_gone_is_told() -> None:
    told = said((APPENDED, b"one\n"), (WAITING, b"two\n"), (APPENDED, b"three\n"), (WAITING, b"four\n"))
    assert told.promised == 3
    _check_packets([b"one\n", b"two\n", b"three\n"], told)
    _check_packets([b"one\n", b"two\n", b"three\n", b"four\n", b"five\n"], told)
    with pytest.raises(LostError, match="3 packets were appended, 2 are left"):
        _check_packets([b"one\n", b"two\n"], told)
    with pytest.raises(LostError, match="the packets differ"):
        _check_packets([b"one\n", b"three\n", b"two\n"], told)
    with pytest.raises(LostError, match="4 packets were appended, 6 are there"):
        _check_packets([*told.lines, b"five\n", b"six\n"], told)


def test_what_was_synced_is_the_last_that_was_told() -> None:
    told = said((SYNCED, (10).to_bytes(8, "little")), (SYNCED, (300).to_bytes(8, "little")))
    assert told.synced == 300
