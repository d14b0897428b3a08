"""What is asked of a sensor that does not stream: its battery, or that it shows itself."""

from __future__ import annotations

from bleak import BleakClient

from firmware_bridge.link.connection import CONNECT_S, Connection, battery_level
from firmware_bridge.link.faults import plain_words
from firmware_bridge.link.radio import THIS_COMPUTER, Backend, connecting
from firmware_bridge.link.search import FoundSensor
from firmware_bridge.sensors import StreamSettings


async def identify(sensor: FoundSensor, *, backend: Backend | None = None) -> None:
    """Connect to a sensor only to make it show itself: by a light or a buzz, for a few seconds.

    Raises
    ------
    CannotIdentifyError
        Its kind cannot.
    LinkError
        The sensor cannot be reached, or refuses.
    """
    session = sensor.driver.session(StreamSettings())
    await Connection(sensor, session, lambda packet: None, backend or THIS_COMPUTER).identify()


async def read_battery(sensor: FoundSensor, *, backend: Backend | None = None) -> int | None:
    """Connect to a sensor only to read its battery level, in percent; None where it does not tell.

    Raises
    ------
    LinkError
        The sensor cannot be reached.
    """
    radio = backend or THIS_COMPUTER
    with plain_words(sensor.label):
        client = BleakClient(sensor.device, timeout=CONNECT_S, backend=radio.client)
        async with connecting():
            await client.connect()
        try:
            return await battery_level(client)
        finally:
            await client.disconnect()
