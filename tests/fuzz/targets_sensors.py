"""Bytes from sensors: every driver, whatever its sensor notifies, answers and advertises, in any order."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from functools import cache, partial
from uuid import UUID

import numpy as np
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from firmware_bridge import profile
from firmware_bridge.errors import DecodeError, LinkError
from firmware_bridge.link import search
from firmware_bridge.link.search import BATTERY_SERVICE_UUID
from firmware_bridge.samples import SensorInfo
from firmware_bridge.sensors import (
    Action,
    Chunk,
    DriverSession,
    LinkState,
    PacketKind,
    RawPacket,
    Read,
    Request,
    StreamSettings,
    Write,
    barbellimu,
    driver,
    link_packet,
    metawear,
    movella,
    movesense,
    thingy,
    witmotion,
)
from firmware_bridge.sensors.base import FIRMWARE_UUID, MODEL_UUID
from firmware_bridge.sensors.polar import control as polar
from firmware_bridge.stream import SampleStream
from firmware_bridge.virtual.foreign import Firmware, MovesenseFirmware, PolarFirmware, WitMotionFirmware
from firmware_bridge.virtual.source import SampleSource
from tests.firmware_bridge.sensors.contract import Bench, FakeSensor, fakes_of
from tests.fuzz.harness import Target
from tests.fuzz.made_folders import assert_sound
from tests.fuzz.sensor_scripts import KINDS, MAX_VALUE, Act, acts_of, read_script, script_of, written

COMMON = (MODEL_UUID, FIRMWARE_UUID, "00002a19-0000-1000-8000-00805f9b34fb")
UUIDS = {
    "bip": (profile.CONTROL_UUID, profile.DATA_UUID, profile.CONFIG_UUID),
    "barbellimu": (barbellimu.STREAM_UUID, barbellimu.COMMAND_UUID, barbellimu.STATUS_UUID),
    "metawear": (metawear.COMMAND_UUID, metawear.NOTIFY_UUID),
    "movella": (
        *(movella.INFO_UUID, movella.DEVICE_UUID, movella.MEASUREMENT_UUID),
        *(movella.LONG_UUID, movella.MEDIUM_UUID, movella.SHORT_UUID),
    ),
    "movesense": (movesense.NOTIFY_UUID, movesense.COMMAND_UUID),
    "polar": (polar.CONTROL_UUID, polar.DATA_UUID),
    "thingy": (thingy.VERSION_UUID, thingy.CONFIG_UUID, thingy.RAW_UUID),
    "witmotion": (witmotion.NOTIFY_UUID, witmotion.COMMAND_UUID),
}
"""In this order for good: the cases found count on it."""

BEGIN_NS = 5_000_000_000
SETTINGS = (StreamSettings(), StreamSettings(rate_hz=50.0, acc_range_g=2, gyr_range_dps=0))


class _Told:
    """A session whose refusals must be sentences, too: the stream keeps them to itself."""

    def __init__(self, session: DriverSession) -> None:
        self._session = session

    @property
    def info(self) -> SensorInfo:
        return self._session.info

    def decode(self, packet: RawPacket) -> list[Chunk]:
        try:
            return self._session.decode(packet)
        except DecodeError as error:
            _assert_sentence(error)
            raise

    def start(self) -> Generator[Action, bytes | None, None]:
        return self._session.start()

    def stop(self) -> Generator[Action, bytes | None, None]:
        return self._session.stop()


class Host:
    """What the link does with a sensor, without the radio."""

    def __init__(self, session: DriverSession) -> None:
        self._session = _Told(session)
        self._stream = SampleStream(self._session)
        self._now_ns = BEGIN_NS
        self._script: Generator[Action, bytes | None, None] | None = None
        self._pending: Read | Request | None = None
        self._last_s = -np.inf

    def act(self, act: Act, uuid: str, wait_ns: int, payload: bytes) -> None:
        self._now_ns += wait_ns
        match act:
            case Act.CONNECTED | Act.LOST:
                state = LinkState.CONNECTED if act is Act.CONNECTED else LinkState.LOST
                self._hear(link_packet(self._now_ns, state))
            case Act.ANY_LINK:
                self._hear(RawPacket(self._now_ns, "", payload, PacketKind.LINK))
            case Act.START | Act.STOP:
                self._pending = None
                self._script = self._session.start() if act is Act.START else self._session.stop()
                self._go_on(None)
            case Act.ANSWER | Act.SILENCE:
                self._answer(payload if act is Act.ANSWER else None)
            case _:
                self._hear(RawPacket(self._now_ns, uuid, payload, KINDS[act]))

    def _answer(self, payload: bytes | None) -> None:
        pending, self._pending = self._pending, None
        if pending is None:
            return
        if payload is not None and isinstance(pending, Read):
            self._hear(RawPacket(self._now_ns, pending.uuid, payload, PacketKind.READ))
        elif payload is not None and isinstance(pending, Request):
            payload = pending.prefix + payload
            self._hear(RawPacket(self._now_ns, pending.answer_uuid, payload, PacketKind.NOTIFICATION))
        self._go_on(payload)

    def _go_on(self, answer: bytes | None) -> None:
        """Let the driver go on until it wants an answer."""
        assert self._script is not None
        try:
            action = self._script.send(answer)
            while not isinstance(action, Read | Request):
                if isinstance(action, Write):
                    self._hear(RawPacket(self._now_ns, action.uuid, action.data, PacketKind.WRITE))
                action = self._script.send(None)
        except StopIteration:
            self._script = None
            return
        except LinkError as error:
            self._script = None
            _assert_sentence(error)
            return
        if isinstance(action, Request):
            self._hear(RawPacket(self._now_ns, action.uuid, action.data, PacketKind.WRITE))
        self._pending = action

    def _hear(self, packet: RawPacket) -> None:
        for block in self._stream.feed(packet):
            self._last_s = assert_sound(block, self._last_s)
        _assert_sound_info(self._stream.info)
        stats = self._stream.stats
        counts = (stats.received, stats.lost, stats.missed, stats.gaps, stats.stale, stats.undecodable)
        assert min(counts) >= 0
        assert stats.rate_hz is None or 0 < stats.rate_hz < np.inf


def _assert_sound_info(info: SensorInfo) -> None:
    for number in (info.rate_hz, info.acc_range_mps2, info.gyr_range_radps):
        assert number is None or 0 < number < np.inf
    for words in (info.name, info.model, info.firmware):
        assert words is None or words.isprintable()


def _assert_sentence(error: LinkError | DecodeError) -> None:
    assert str(error).isprintable(), f"no sentence: {error!r}"
    assert 0 < len(str(error)) < 500, f"no sentence: {error!r}"


def feed_sensor(key: str, data: bytes) -> None:
    """Let a sensor do what a script says; the first byte chooses what was asked of it."""
    settings = SETTINGS[data[0] % len(SETTINGS)] if data else SETTINGS[0]
    host = Host(driver(key).session(settings))
    for step in read_script(data[1:], (*UUIDS[key], *COMMON)):
        host.act(step.act, step.uuid, step.wait_ns, step.payload)


def sensor_samples(key: str) -> list[bytes]:
    """Return what the scripted sensors of the driver tests do: packets as they come, and a dialogue."""
    uuids = (*UUIDS[key], *COMMON)
    scripts = []
    for fake in fakes_of(key):
        bench = Bench(fake())
        bench.connect()
        bench.send(60)
        bench.disconnect(1.5)
        bench.connect()
        bench.send(30)
        for acts in (script_of(bench.packets, uuids), _dialogue(key, fake())):
            scripts += [bytes([choice]) + acts for choice in range(len(SETTINGS))]
    return scripts


def _dialogue(key: str, fake: FakeSensor) -> bytes:
    """Write down a start in which the sensor answers what it is asked, and a few packets."""
    uuids = (*UUIDS[key], *COMMON)
    acts = [written(Act.CONNECTED, 0, 0, b""), written(Act.START, 0, 0, b"")]

    class Listening(Bench):
        def _perform(self, action: Action) -> bytes | None:
            answer = super()._perform(action)
            if isinstance(action, Read | Request):
                prefix = len(action.prefix) if isinstance(action, Request) else 0
                act = Act.SILENCE if answer is None else Act.ANSWER
                acts.append(written(act, 0, 0, (answer or b"")[prefix:]))
            return answer

    bench = Listening(fake)
    bench.connect()
    begun = len(bench.packets)
    bench.send(40)
    return b"".join(acts) + script_of(bench.packets[begun:], uuids)


def _feed_advertisement(data: bytes) -> None:
    """Hear an advertisement: its first byte says how many ids of services and makers; battery, ids, name."""
    count, battery = (data[0] % 8, data[1:2]) if data else (0, b"")
    ids, name = data[2 : 2 + 18 * count], data[2 + 18 * count :].decode("utf-8", errors="surrogateescape")
    parts = [ids[start : start + 18] for start in range(0, len(ids), 18)]
    heard = AdvertisementData(
        local_name=name or None,
        manufacturer_data={int.from_bytes(part[16:], "little"): b"" for part in parts},
        service_data={BATTERY_SERVICE_UUID: battery},
        service_uuids=[_uuid(part[:16]) for part in parts],
        tx_power=None,
        rssi=-60,
        platform_data=(),
    )
    device = BLEDevice("00:11:22:33:44:55", name or None, None)
    for who in ("00:11:22:33:44:55", "polar", None):
        search._Search(who).take(device, heard)
    found = search._recognise(device, heard) or search._stranger(device, heard)
    assert found.name is None or found.name.isprintable()
    assert found.battery_pct is None or 0 <= found.battery_pct <= 100


def _uuid(data: bytes) -> str:
    return str(UUID(bytes=data.ljust(16, b"\0")))


def _advertisements() -> list[bytes]:
    made = []
    for key in UUIDS:
        for fake in fakes_of(key):
            for heard in fake.advertisements:
                ids = [UUID(uuid).bytes + bytes(2) for uuid in heard.service_uuids]
                made.append(bytes([len(ids), 87]) + b"".join(ids) + (heard.name or "").encode())
    return made


@cache
def _firmwares() -> tuple[Firmware, ...]:
    rows = np.arange(1200, dtype=np.int16).reshape(-1, 3)
    source = SampleSource(acc_raw=rows, gyr_raw=rows[::-1], rate_hz=52.0, acc_range_g=16, gyr_range_dps=2000)
    return MovesenseFirmware(source), PolarFirmware(source), WitMotionFirmware(replace(source, rate_hz=50.0))


def _feed_command(data: bytes) -> None:
    """Write to a virtual sensor of another make, by the first byte: commands, each after its length."""
    firmware = _firmwares()[data[0] % 3 if data else 0]
    firmware.hung_up()
    for command in _cut(data[1:]):
        for wire in firmware.wires:
            firmware.subscribed(wire.uuid, on=True)
            assert all(len(value) <= MAX_VALUE for _, value in firmware.command(wire.uuid, command))
            assert len(firmware.value(wire.uuid)) <= MAX_VALUE
        firmware.packet(0, firmware.samples_per_packet)


def _cut(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        yield data[at + 1 : at + 1 + data[at]]
        at += 1 + data[at]


def _commands() -> list[bytes]:
    made = []
    for number, key in enumerate(("movesense", "polar", "witmotion")):
        bench = Bench(fakes_of(key)[0]())
        bench.connect()
        written = [packet.payload for packet in bench.packets if packet.kind is PacketKind.WRITE]
        made.append(bytes([number]) + b"".join(bytes([len(data)]) + data for data in written))
    return made


TARGETS = (
    *(
        Target(key, partial(feed_sensor, key), (), partial(sensor_samples, key), examples=60, pieces=acts_of)
        for key in UUIDS
    ),
    Target("advertisement", _feed_advertisement, (), _advertisements, text=True),
    Target("virtual-sensors", _feed_command, (), _commands),
)
