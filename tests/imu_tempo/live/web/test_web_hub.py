"""What viewers are told: the whole once, patches after, and all that was missed to whoever comes back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from in_loop import in_loop

from imu_tempo.live.web.hub import KEPT, QUEUE, Hub, Message


async def take(reader: AsyncIterator[Message], count: int) -> list[Message]:
    async with asyncio.timeout(5):
        return [await anext(reader) for _ in range(count)]


def body(message: Message) -> dict[str, object]:
    found = json.loads(message.body)
    assert isinstance(found, dict)
    return found


@in_loop
async def test_a_new_reader_gets_the_whole_state_and_then_what_changes() -> None:
    hub = Hub()
    hub.put({"a": 1})
    reader = hub.read()
    [whole] = await take(reader, 1)
    assert (whole.kind, body(whole)["state"]) == ("state", {"a": 1})
    hub.put({"b": 2})
    [patch] = await take(reader, 1)
    assert (patch.kind, body(patch)["patch"]) == ("patch", {"b": 2})


@in_loop
async def test_none_takes_a_key_away() -> None:
    hub = Hub()
    hub.put({"a": 1, "b": 2})
    hub.put({"a": None})
    assert hub.state == {"b": 2}


@in_loop
async def test_who_comes_back_gets_what_was_missed_and_no_more() -> None:
    hub = Hub()
    hub.put({"a": 1})
    [whole] = await take(hub.read(), 1)
    for value in (2, 3, 4):
        hub.put({"a": value})
    missed = await take(hub.read(whole.number), 3)
    assert [body(m)["patch"] for m in missed] == [{"a": 2}, {"a": 3}, {"a": 4}]


@pytest.mark.parametrize("last", ["", "nonsense", "00000000-3", "-", "x-1", None])
@in_loop
async def test_a_number_of_another_server_or_none_at_all_brings_the_whole(last: str | None) -> None:
    hub = Hub()
    hub.put({"a": 1})
    [message] = await take(hub.read(last), 1)
    assert message.kind == "state"


@in_loop
async def test_who_was_away_too_long_gets_the_whole() -> None:
    hub = Hub()
    hub.put({"a": 0})
    [whole] = await take(hub.read(), 1)
    for value in range(KEPT + 1):
        hub.put({"a": value})
    [message] = await take(hub.read(whole.number), 1)
    assert (message.kind, body(message)["state"]) == ("state", {"a": KEPT})


@in_loop
async def test_a_slow_reader_is_sent_the_whole_again_and_holds_nothing_up() -> None:
    hub = Hub()
    slow = hub.read()
    await take(slow, 1)
    for value in range(10 * QUEUE):
        hub.put({"a": value})
    [message] = await take(slow, 1)
    assert message.kind == "state"
    assert body(message)["state"] == {"a": 10 * QUEUE - 1}


@in_loop
async def test_silence_is_broken_by_a_beat() -> None:
    reader = Hub().read(beat_s=0.01)
    kinds = [message.kind for message in await take(reader, 2)]
    assert kinds == ["state", "beat"]


@in_loop
async def test_closing_ends_every_stream_and_forgets_the_readers() -> None:
    hub = Hub()
    readers = [hub.read() for _ in range(10)]
    for reader in readers:
        await take(reader, 1)
    assert hub.readers == 10
    hub.close()
    for reader in readers:
        with pytest.raises(StopAsyncIteration):
            await anext(reader)
    assert hub.readers == 0


def test_a_message_is_an_event_with_a_number_on_the_wire() -> None:
    assert Message("patch", "e-7", "{}").encode() == b"event: patch\nid: e-7\ndata: {}\n\n"


def test_what_is_not_json_is_refused_where_it_is_put() -> None:
    with pytest.raises(ValueError, match="JSON"):
        Hub().put({"a": float("nan")})
