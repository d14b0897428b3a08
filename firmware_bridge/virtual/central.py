"""What every central on the virtual air needs: a host with a controller, and Bumble's values as text."""

from __future__ import annotations

import contextlib
import uuid
from dataclasses import dataclass, field
from typing import Any

from bumble import core, hci
from bumble.core import AdvertisingData
from bumble.device import Device

from firmware_bridge.virtual.air import AirController, VirtualAir

CENTRAL_MTU = 517
"""What bleak's backends ask for; the sensor's own limit decides."""

STATIC_RANDOM_FIRST_BYTE = 0xC0
"""A static random address has its two top bits set (Core Specification, Vol 6, Part B, 1.3.2.1)."""

_UUID_LISTS = {0x02: 2, 0x03: 2, 0x04: 4, 0x05: 4, 0x06: 16, 0x07: 16}
_SERVICE_DATA = {0x16: 2, 0x20: 4, 0x21: 16}
"""AD types that list service UUIDs or carry a service's data, and the bytes of a UUID in each (Assigned
Numbers, 2.3)."""

_COMPANY_BYTES = 2


@dataclass(slots=True)
class Heard:
    """An advertisement (or scan response), as bytes by their meaning."""

    name: str | None = None
    services: list[str] = field(default_factory=list)
    manufacturers: dict[int, bytes] = field(default_factory=dict)
    service_data: dict[str, bytes] = field(default_factory=dict)


async def power_up(air: VirtualAir, stack: contextlib.AsyncExitStack) -> Device:
    """Put a host with a controller of its own on the air; `stack` takes it off again."""
    address = hci.Address.generate_static_address()
    controller = AirController(f"central {address}", air)
    stack.callback(air.controllers.discard, controller)
    device = Device.with_hci("imu-tempo", address, controller, controller)
    await device.power_on()
    stack.push_async_callback(device.power_off)
    return device


def bumble_address(text: str) -> hci.Address:
    """Return an address with the kind that its first bits tell."""
    static = int(text[:2], 16) & STATIC_RANDOM_FIRST_BYTE == STATIC_RANDOM_FIRST_BYTE
    kind = hci.Address.RANDOM_DEVICE_ADDRESS if static else hci.Address.PUBLIC_DEVICE_ADDRESS
    return hci.Address(text, kind)


def uuid_text(value: core.UUID) -> str:
    """Return a UUID as bleak and BlueZ write it: 128 bits, lowercase."""
    return str(uuid.UUID(bytes=value.to_bytes(force_128=True)[::-1]))


def understand(advertisement: Any) -> Heard:
    """Read Bumble's advertisement."""
    heard = Heard()
    for kind, raw in advertisement.data.ad_structures:
        if kind in (AdvertisingData.COMPLETE_LOCAL_NAME, AdvertisingData.SHORTENED_LOCAL_NAME):
            heard.name = raw.decode("utf-8", "replace")
        elif kind == AdvertisingData.MANUFACTURER_SPECIFIC_DATA:
            company = int.from_bytes(raw[:_COMPANY_BYTES], "little")
            heard.manufacturers[company] = raw[_COMPANY_BYTES:]
        elif size := _UUID_LISTS.get(kind):
            heard.services += [_uuid_at(raw, i, size) for i in range(0, len(raw), size)]
        elif size := _SERVICE_DATA.get(kind):
            heard.service_data[_uuid_at(raw, 0, size)] = raw[size:]
    return heard


def _uuid_at(raw: bytes, start: int, size: int) -> str:
    return uuid_text(core.UUID.from_bytes(raw[start : start + size]))
