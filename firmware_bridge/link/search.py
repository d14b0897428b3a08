"""Which bar sensors are in the air."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field

from bleak import BleakAdapter, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from firmware_bridge.errors import LinkError
from firmware_bridge.link.errors import (
    SensorInUseError,
    SensorNotFoundError,
    SeveralSensorsError,
    UnsupportedSensorError,
)
from firmware_bridge.link.faults import RADIO_ERRORS, plain_words
from firmware_bridge.link.radio import THIS_COMPUTER, Backend
from firmware_bridge.sensors import Advertisement, Driver, driver_for, drivers
from firmware_bridge.untrusted import shown

SCAN_S = 5.0
"""Sensors advertise at least once a second; five give each several chances on a busy band."""

FIND_S = 10.0
"""As `SCAN_S`, with time to switch the sensor on; a hit ends the search early."""

SETTLE_S = 1.0
"""After the first hit of a search that any sensor would satisfy, how long others get to be heard."""

WHOLE_PCT = 100
BATTERY_SERVICE_UUID = "0000180f-0000-1000-8000-00805f9b34fb"
"""Some sensors advertise their battery level as this service's data."""


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
    battery_pct
        Battery level in percent where it is advertised; others tell when connected to
        (:func:`firmware_bridge.link.read_battery`).
    """

    driver: Driver
    name: str | None
    address: str
    rssi_dbm: int
    device: BLEDevice = field(repr=False)
    battery_pct: int | None = None

    @property
    def label(self) -> str:
        """The name, or the address of a nameless sensor."""
        return self.name or self.address


@dataclass(frozen=True, slots=True)
class Stranger:
    """A device that was heard and that no driver knows.

    Attributes
    ----------
    name, address, rssi_dbm, battery_pct
        As of a :class:`FoundSensor`.
    service_uuids, company_ids
        What it says of itself: whoever writes a driver starts from these.
    """

    name: str | None
    address: str
    rssi_dbm: int
    battery_pct: int | None = None
    service_uuids: tuple[str, ...] = ()
    company_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class InTheAir:
    """All that was heard, nearest first."""

    sensors: tuple[FoundSensor, ...]
    strangers: tuple[Stranger, ...]


async def listen(timeout_s: float = SCAN_S, *, backend: Backend | None = None) -> InTheAir:
    """Listen for whatever is in the air.

    Raises
    ------
    RadioError
        No adapter, Bluetooth off, no permission.
    """
    sensors: dict[str, FoundSensor] = {}
    strangers: dict[str, Stranger] = {}
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout_s), aclosing(_sightings(backend)) as sightings:
            async for device, adv in sightings:
                if sensor := _recognise(device, adv):
                    sensors[sensor.address] = sensor
                else:
                    strangers[device.address] = _stranger(device, adv)
    return InTheAir(
        tuple(sorted(sensors.values(), key=lambda sensor: -sensor.rssi_dbm)),
        tuple(
            sorted(
                (stranger for stranger in strangers.values() if stranger.address not in sensors),
                key=lambda stranger: -stranger.rssi_dbm,
            )
        ),
    )


async def scan(timeout_s: float = SCAN_S, *, backend: Backend | None = None) -> list[FoundSensor]:
    """Listen for sensors, and return those that a driver knows, nearest first.

    Raises
    ------
    RadioError
        No adapter, Bluetooth off, no permission.
    """
    return list((await listen(timeout_s, backend=backend)).sensors)


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
        Not found, in use, several where one was wanted, not supported, or no radio: its type says which.
    """
    (found,) = await find_each([who], timeout_s=timeout_s, settle_s=settle_s, backend=backend)
    if isinstance(found, LinkError):
        raise found
    return found


async def find_each(
    wanted: Sequence[str | None],
    *,
    timeout_s: float = FIND_S,
    settle_s: float = SETTLE_S,
    backend: Backend | None = None,
) -> list[FoundSensor | LinkError]:
    """Listen once for several sensors; as :func:`find`, and what is wrong with one stands in its place.

    Raises
    ------
    RadioError
        This computer cannot hear any sensor.
    """
    searches = [_Search(who) for who in wanted]
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout_s) as limit, aclosing(_sightings(backend)) as sightings:
            async for device, adv in sightings:
                news = [search.take(device, adv) for search in searches]
                if all(search.certain for search in searches):
                    break
                if any(news) and all(search.hits for search in searches):
                    settled = asyncio.get_running_loop().time() + settle_s
                    limit.reschedule(min(settled, limit.when() or settled))
    found = [search.result(timeout_s) for search in searches]
    if any(isinstance(one, SensorNotFoundError) for one in found):
        held = await _held_by_the_system(backend or THIS_COMPUTER)
        found = [_in_use(one, held) if isinstance(one, SensorNotFoundError) else one for one in found]
    return found


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


async def _held_by_the_system(backend: Backend) -> list[BLEDevice]:
    """Return what this computer is connected to: such a device does not advertise."""
    if backend.scanner is not None and backend.adapter is None:
        return []
    try:
        adapter = await BleakAdapter.get(backend=backend.adapter)
        return await adapter.get_connected_devices()
    except (NotImplementedError, *RADIO_ERRORS):  # a system that cannot tell; the search has its own words
        return []


def _in_use(missing: SensorNotFoundError, held: Sequence[BLEDevice]) -> LinkError:
    """Say that the missing sensor is held by another program here, where that is so."""
    for device in held:
        if missing.sensor and _is_called(missing.sensor, device.name, device.address):
            return SensorInUseError(
                f"{missing.sensor} is connected to another program on this computer",
                sensor=missing.sensor,
                advice="close that program; if there is none, free the sensor with "
                f"`bluetoothctl disconnect {device.address}`",
            )
    return missing


def _is_called(who: str, name: str | None, address: str) -> bool:
    return who.casefold() in (address.casefold(), (name or "").casefold())


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
    return FoundSensor(driver, _name(adv), device.address, adv.rssi, device, _battery_pct(adv))


def _stranger(device: BLEDevice, adv: AdvertisementData) -> Stranger:
    return Stranger(
        name=_name(adv),
        address=device.address,
        rssi_dbm=adv.rssi,
        battery_pct=_battery_pct(adv),
        service_uuids=tuple(adv.service_uuids),
        company_ids=tuple(adv.manufacturer_data),
    )


def _name(adv: AdvertisementData) -> str | None:
    """Return what a stranger's device calls itself, on one line of a terminal or a page."""
    return None if adv.local_name is None else shown(adv.local_name)


def _battery_pct(adv: AdvertisementData) -> int | None:
    return percent(adv.service_data.get(BATTERY_SERVICE_UUID))


def percent(value: bytes | bytearray | None) -> int | None:
    """Return the level that a battery service tells; None where it tells none, or more than all."""
    return value[0] if value and value[0] <= WHOLE_PCT else None


class _Search:
    """What was heard so far, held against what is wanted.

    Attributes
    ----------
    certain
        The very sensor that was asked for was heard, and its name is known.
    """

    def __init__(self, who: str | None) -> None:
        self.who = who
        self.certain = False
        self.hits: dict[str, FoundSensor] = {}
        self._others: dict[str, str] = {}
        self._strangers: set[str] = set()

    def take(self, device: BLEDevice, adv: AdvertisementData) -> bool:
        """Take in a sighting; True when it is a hit where there was none.

        The name comes in the scan response, just after the advertisement.
        """
        sensor = _recognise(device, adv)
        named = self.who is not None and _is_called(self.who, _name(adv), device.address)
        if sensor is None:
            if named:
                self._strangers.add(device.address)
            return False
        self.certain |= named and sensor.name is not None
        if not named and self.who not in (None, sensor.driver.key):
            self._others[sensor.address] = sensor.label
            return False
        first = not self.hits
        self.hits[sensor.address] = sensor
        return first

    def result(self, waited_s: float) -> FoundSensor | LinkError:
        """Return the one hit, or what is wrong."""
        named = [hit for hit in self.hits.values() if self.who and self.who not in drivers()]
        hits = named or list(self.hits.values())
        if len(hits) == 1:
            return hits[0]
        if hits:
            candidates = tuple(sorted(f"{hit.label} ({hit.address})" for hit in hits))
            return SeveralSensorsError(candidates, sensor=self.who)
        if self._strangers and self.who:
            return UnsupportedSensorError(self.who)
        heard = tuple(sorted(set(self._others.values())))
        return SensorNotFoundError(self.who, waited_s=waited_s, heard=heard)
