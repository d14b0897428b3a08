"""The BLE client: find bar sensors, connect, stream their packets, and keep the link up."""

from firmware_bridge.link.connection import read_battery
from firmware_bridge.link.errors import (
    BluetoothBusyError,
    BluetoothDeniedError,
    BluetoothOffError,
    BluetoothServiceError,
    BrokenLinkError,
    LinkLostError,
    NoAdapterError,
    RadioError,
    SensorInUseError,
    SensorNotFoundError,
    SensorRefusedError,
    SensorSilentError,
    SensorUnreachableError,
    SeveralSensorsError,
    UnsupportedFirmwareError,
    UnsupportedSensorError,
)
from firmware_bridge.link.radio import Backend
from firmware_bridge.link.search import (
    FoundSensor,
    InTheAir,
    Stranger,
    check_radio,
    find,
    find_each,
    listen,
    scan,
)
from firmware_bridge.link.stream import Link, LinkStatus

__all__ = [
    "Backend",
    "BluetoothBusyError",
    "BluetoothDeniedError",
    "BluetoothOffError",
    "BluetoothServiceError",
    "BrokenLinkError",
    "FoundSensor",
    "InTheAir",
    "Link",
    "LinkLostError",
    "LinkStatus",
    "NoAdapterError",
    "RadioError",
    "SensorInUseError",
    "SensorNotFoundError",
    "SensorRefusedError",
    "SensorSilentError",
    "SensorUnreachableError",
    "SeveralSensorsError",
    "Stranger",
    "UnsupportedFirmwareError",
    "UnsupportedSensorError",
    "check_radio",
    "find",
    "find_each",
    "listen",
    "read_battery",
    "scan",
]
