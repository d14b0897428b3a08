from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.sensors import Offer, Request, covering_range, nearest_rate, offer_of

RATES_HZ = (13.0, 26.0, 52.0, 104.0, 208.0)


@pytest.mark.parametrize(
    ("wanted_hz", "given_hz"), [(200, 208), (100, 104), (1, 13), (1e6, 208), (0, 13), (52, 52), (74, 104)]
)
def test_the_rate_with_the_nearest_ratio_is_chosen(wanted_hz: float, given_hz: float):
    assert nearest_rate(wanted_hz, RATES_HZ) == given_hz


@given(st.integers(0, 5000), st.sets(st.integers(1, 4000), min_size=1))
def test_a_range_covers_the_wanted_one_where_any_does(wanted: int, offered: set[int]):
    chosen = covering_range(wanted, offered)
    assert chosen in offered
    assert chosen >= wanted or chosen == max(offered)
    assert not any(wanted <= smaller < chosen for smaller in offered)


def test_an_answer_comes_where_it_was_asked_for():
    assert Request("a", b"").answer_uuid == "a"
    assert Request("a", b"", answer="b").answer_uuid == "b"


def test_a_driver_need_not_say_what_it_offers():
    class Silent:
        pass

    class Telling:
        offer = Offer("all of them")

    assert offer_of(Silent()) is None  # type: ignore[arg-type]
    assert offer_of(Telling()) == Offer("all of them")  # type: ignore[arg-type]
