"""What BlueZ, the Bluetooth service of Linux, says of itself: for finding out why there is no radio."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbus_fast.aio import MessageBus

ANSWER_S = 5.0
"""The bus answers within milliseconds; more than this is one that hangs."""

_BLUEZ = "org.bluez"
_DENIED = "org.freedesktop.DBus.Error.AccessDenied"


class BluezState(StrEnum):
    """How BlueZ answers."""

    RUNNING = "running"
    DENIED = "denied"
    NOT_RUNNING = "not running"
    NO_BUS = "no bus"


@dataclass(frozen=True, slots=True)
class BluezAdapter:
    """One adapter: its name (``hci0``), whether it is on, and whether it can talk to BLE sensors."""

    name: str
    powered: bool
    central: bool


@dataclass(frozen=True, slots=True)
class BluezFacts:
    """What BlueZ says.

    Attributes
    ----------
    state
        See :class:`BluezState`.
    version
        As (5, 66), from ``bluetoothctl``; None where that is not installed.
    adapters
        In the order of their names.
    """

    state: BluezState
    version: tuple[int, int] | None = None
    adapters: tuple[BluezAdapter, ...] = ()


async def ask_bluez() -> BluezFacts:
    """Ask BlueZ over the system bus; never raises for what is wrong with a machine."""
    version = await _version()
    try:
        async with asyncio.timeout(ANSWER_S):
            state, objects = await _objects()
    except (
        OSError,
        EOFError,
        ImportError,
    ):  # no socket, nobody behind it, hung up, no time left, no dbus-fast
        return BluezFacts(BluezState.NO_BUS, version)
    adapters = [
        BluezAdapter(
            name=path.rsplit("/", 1)[-1],
            powered=bool(_value(shown, "Powered")),
            central="central" in (_value(shown, "Roles") or ["central"]),  # BlueZ tells roles since 5.52
        )
        for path, interfaces in sorted(objects.items())
        if (shown := interfaces.get("org.bluez.Adapter1")) is not None
    ]
    return BluezFacts(state, version, tuple(adapters))


async def _objects() -> tuple[BluezState, dict[str, Any]]:
    from dbus_fast import BusType, Message, MessageType
    from dbus_fast.aio import MessageBus
    from dbus_fast.errors import DBusFastError

    bus = MessageBus(bus_type=BusType.SYSTEM)
    try:
        await bus.connect()
        reply = await bus.call(
            Message(
                destination=_BLUEZ,
                path="/",
                interface="org.freedesktop.DBus.ObjectManager",
                member="GetManagedObjects",
            )
        )
    except DBusFastError as error:  # the daemon turned us away
        raise ConnectionRefusedError(str(error)) from error
    finally:
        await hang_up(bus)
    if reply is None or reply.message_type is not MessageType.METHOD_RETURN:
        denied = reply is not None and reply.error_name == _DENIED
        return BluezState.DENIED if denied else BluezState.NOT_RUNNING, {}
    return BluezState.RUNNING, reply.body[0]


async def hang_up(bus: MessageBus) -> None:
    """Leave a bus, and wait until its socket is closed."""
    connected = bus.connected
    bus.disconnect()
    if connected:
        with suppress(Exception):  # it repeats whatever ended the connection, which is over
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]


def _value(properties: dict[str, Any], name: str) -> Any:
    return properties[name].value if name in properties else None


async def _version() -> tuple[int, int] | None:
    with suppress(OSError, TimeoutError):
        process = await asyncio.create_subprocess_exec(
            "bluetoothctl",
            "--version",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(ANSWER_S):
                said, _ = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise
        return version_in(said.decode(errors="replace"))
    return None


def version_in(said: str) -> tuple[int, int] | None:
    """Return the version in what ``bluetoothctl --version`` printed."""
    found = re.search(r"(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else None
