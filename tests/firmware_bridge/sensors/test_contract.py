"""What every driver must hold to, ours and those still to come."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.errors import BridgeError, DecodeError, LinkError
from firmware_bridge.sensors import (
    Action,
    Advertisement,
    LinkState,
    PacketKind,
    RawPacket,
    Read,
    Request,
    StreamSettings,
    Subscribe,
    Write,
    driver,
    driver_for,
    drivers,
    link_packet,
)

every_driver = pytest.mark.parametrize("key", drivers())
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def test_the_open_profile_is_installed():
    assert "bip" in drivers()


@every_driver
def test_a_driver_goes_by_the_key_it_is_installed_under(key: str):
    assert driver(key).key == key
    assert driver(key).title
    assert driver(key).session(StreamSettings()).info.driver == key


@every_driver
def test_a_stranger_is_not_matched(key: str):
    assert not driver(key).matches(Advertisement(None, "00:11:22:33:44:55"))
    assert not driver(key).matches(
        Advertisement(
            "Headphones", "00:11:22:33:44:55", -60, ("0000180f-0000-1000-8000-00805f9b34fb",), (76,)
        )
    )


def test_nobody_knows_a_stranger():
    assert driver_for(Advertisement("Headphones", "00:11:22:33:44:55")) is None


def test_an_unknown_driver_is_told_with_those_there_are():
    with pytest.raises(BridgeError, match=r"'nonesuch'.*bip"):
        driver("nonesuch")


@every_driver
def test_a_start_begins_with_what_a_link_can_do(key: str):
    action = next(driver(key).session(StreamSettings()).start())
    assert isinstance(action, Subscribe | Read | Write | Request)
    assert UUID.fullmatch(action.uuid)


def uuids_of(key: str) -> list[str]:
    """Return the characteristics that a driver's start uses, as far as it gets without answers."""
    found: list[str] = []
    script = driver(key).session(StreamSettings()).start()
    try:
        action: Action = next(script)
        while True:
            found.append(action.uuid)
            action = script.send(None)
    except (StopIteration, LinkError):
        return found


@every_driver
@given(data=st.data())
def test_wrong_answers_to_a_start_are_link_errors(key: str, data: st.DataObject):
    script = driver(key).session(StreamSettings()).start()
    answers = data.draw(st.lists(st.none() | st.binary(max_size=30), min_size=12, max_size=12))
    try:
        next(script)
        for answer in answers:
            script.send(answer)
    except (StopIteration, LinkError):
        pass


@every_driver
@given(data=st.data())
def test_random_packets_give_chunks_or_decode_errors_and_nothing_else(key: str, data: st.DataObject):
    session = driver(key).session(StreamSettings())
    session.decode(link_packet(0, LinkState.CONNECTED))
    packets = st.builds(
        RawPacket,
        st.integers(0, 2**63),
        st.sampled_from([*uuids_of(key), "unheard-of"]),
        st.binary(max_size=244),
        st.sampled_from(PacketKind),
    )
    for packet in data.draw(st.lists(packets, max_size=20)):
        try:
            chunks = session.decode(packet)
        except DecodeError:
            continue
        assert all(len(chunk) > 0 for chunk in chunks)
