"""Which bar sensors are in the air."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from firmware_bridge.errors import LinkError
from firmware_bridge.link.faults import plain_words
from firmware_bridge.link.radio import THIS_COMPUTER, Backend
from firmware_bridge.sensors import Advertisement, Driver, driver_for, drivers

SCAN_S = 5.0
"""Sensors advertise at least once a second; five give each several chances on a busy band."""

FIND_S = 10.0
"""As `SCAN_S`, with time to switch the sensor on; a hit ends the search early."""

SETTLE_S = 1.0
"""After the first hit of a search that any sensor would satisfy, how long others get to be heard."""


@dataclass(frozen=True, slots=True)
class FoundSensor:
    """A sensor that was heard and that a driver knows.

    Attributes
    ----------
    driver
        What decodes it.
    name, address
        As advertised; on macOS the address is a stand-in that the system makes up.
    rssi_dbm
        Signal strength: -50 is close, -90 is at the edge.
    device
        bleak's handle for connecting.
    """

    driver: Driver
    name: str | None
    address: str
    rssi_dbm: int
    device: BLEDevice = field(repr=False)

    @property
    def label(self) -> str:
        """The name, or the address of a nameless sensor."""
        return self.name or self.address


async def scan(timeout_s: float = SCAN_S, *, backend: Backend | None = None) -> list[FoundSensor]:
    """Listen for sensors, and return those that a driver knows, nearest first.

    Raises
    ------
    LinkError
        No adapter, Bluetooth off, no permission.
    """
    found: dict[str, FoundSensor] = {}
    try:
        async with asyncio.timeout(timeout_s), aclosing(_sightings(backend)) as sightings:
            async for device, adv in sightings:
                if sensor := _recognise(device, adv):
                    found[sensor.address] = sensor
    except TimeoutError:
        pass
    return sorted(found.values(), key=lambda sensor: -sensor.rssi_dbm)


async def find(
    who: str | None = None,
    *,
    timeout_s: float = FIND_S,
    settle_s: float = SETTLE_S,
    backend: Backend | None = None,
) -> FoundSensor:
    """Listen until one sensor is found.

    Parameters
    ----------
    who
        Its name, its address, or the key of a driver; None takes whichever sensor there is.
    timeout_s
        How long to listen.
    settle_s
        Where any sensor would do: how long others get to be heard after the first; a gym may hold several.

    Raises
    ------
    LinkError
        Not found, several found where one was wanted, not supported, or no radio; the message says which.
    """
    search = _Search(who)
    try:
        async with asyncio.timeout(timeout_s) as limit, aclosing(_sightings(backend)) as sightings:
            async for device, adv in sightings:
                hits_before = len(search.hits)
                if search.take(device, adv):
                    break
                if len(search.hits) > hits_before == 0:
                    limit.reschedule(asyncio.get_running_loop().time() + settle_s)
    except TimeoutError:
        pass
    return search.result(timeout_s)


async def check_radio(*, backend: Backend | None = None) -> None:
    """Start and stop a scan, and so find out whether this computer can hear sensors at all.

    Raises
    ------
    LinkError
        It cannot, and why.
    """
    with plain_words():
        async with BleakScanner(backend=(backend or THIS_COMPUTER).scanner):
            pass


async def _sightings(backend: Backend | None) -> AsyncGenerator[tuple[BLEDevice, AdvertisementData], None]:
    with plain_words():
        async with (
            BleakScanner(backend=(backend or THIS_COMPUTER).scanner) as scanner,
            aclosing(scanner.advertisement_data()) as sightings,
        ):
            async for sighting in sightings:
                yield sighting


def _recognise(device: BLEDevice, adv: AdvertisementData) -> FoundSensor | None:
    driver = driver_for(
        Advertisement(
            name=adv.local_name,
            address=device.address,
            rssi_dbm=adv.rssi,
            service_uuids=tuple(adv.service_uuids),
            manufacturer_ids=tuple(adv.manufacturer_data),
        )
    )
    if driver is None:
        return None
    return FoundSensor(driver, adv.local_name, device.address, adv.rssi, device)


class _Search:
    """What was heard so far, held against what is wanted."""

    def __init__(self, who: str | None) -> None:
        self.who = who
        self.hits: dict[str, FoundSensor] = {}
        self._others: dict[str, str] = {}
        self._strangers: set[str] = set()

    def take(self, device: BLEDevice, adv: AdvertisementData) -> bool:
        """Take in a sighting; True when it is the very sensor that was asked for, and its name is known.

        The name comes in the scan response, just after the advertisement.
        """
        sensor = _recognise(device, adv)
        named = self.who is not None and self.who.casefold() in (
            device.address.casefold(),
            (adv.local_name or "").casefold(),
        )
        if sensor is None:
            if named:
                self._strangers.add(device.address)
            return False
        if named or self.who in (None, sensor.driver.key):
            self.hits[sensor.address] = sensor
        else:
            self._others[sensor.address] = sensor.label
        return named and sensor.name is not None

    def result(self, waited_s: float) -> FoundSensor:
        """Return the one hit, or say why there is none."""
        named = [hit for hit in self.hits.values() if self.who and self.who not in drivers()]
        hits = named or list(self.hits.values())
        if len(hits) == 1:
            return hits[0]
        if hits:
            names = ", ".join(sorted(f"{hit.label} ({hit.address})" for hit in hits))
            raise LinkError(f"{len(hits)} sensors are in the air: {names}; say which one you mean")
        if self._strangers:
            raise LinkError(
                f"{self.who} is in the air, but no driver knows this kind of sensor; "
                "`imu-tempo sensors` lists those that are supported",
                sensor=self.who,
            )
        wanted = f"no sensor called {self.who}" if self.who else "no sensor"
        heard = f" (heard: {', '.join(sorted(set(self._others.values())))})" if self._others else ""
        raise LinkError(
            f"{wanted} was heard in {waited_s:g} s{heard}; switch it on, bring it near, "
            "and disconnect it from any phone: a sensor in use does not show itself",
            sensor=self.who,
        )
