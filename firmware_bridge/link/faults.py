"""What the radio stack raises, in words that tell a coach what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakCharacteristicNotFoundError,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
)
from bleak.exc import BleakBluetoothNotAvailableReason as Reason

from firmware_bridge.errors import LinkError
from firmware_bridge.link.errors import (
    BluetoothBusyError,
    BluetoothDeniedError,
    BluetoothOffError,
    BluetoothServiceError,
    BrokenLinkError,
    NoAdapterError,
    RadioError,
    SensorInUseError,
    SensorRefusedError,
    SensorSilentError,
    SensorUnreachableError,
    UnsupportedFirmwareError,
)

try:
    from dbus_fast.errors import DBusFastError
except ImportError:  # only on Linux; there its absence shows when the radio is used

    class DBusFastError(Exception):  # type: ignore[no-redef]
        """Never raised: there is no D-Bus here."""


_TRY_DEMO = "or try `imu-tempo demo`"
_PRIVACY = "allow it in the system's privacy settings"
_NEAR = "bring it near, and disconnect it from any phone"


@dataclass(frozen=True, slots=True)
class _Trouble:
    """What the radio's complaint means, and what to do."""

    kind: type[LinkError]
    problem: str
    advice: str

    def error(self, sensor: str | None) -> LinkError:
        return self.kind(self.problem, sensor=sensor, advice=self.advice)


_OFF = _Trouble(BluetoothOffError, "Bluetooth is switched off", "switch it on and try again")
_DENIED = _Trouble(BluetoothDeniedError, "this program may not use Bluetooth", _PRIVACY)
_DENIED_HERE = _Trouble(
    BluetoothDeniedError,
    "the system does not let this user use Bluetooth",
    "add the user to the `bluetooth` group and log in again",
)
_NO_SERVICE = _Trouble(
    BluetoothServiceError,
    "the system's Bluetooth service does not answer",
    "see that bluetoothd is installed and running (`systemctl status bluetooth`); "
    "without hardware, try `imu-tempo demo`",
)

_NOT_AVAILABLE = {
    Reason.NO_BLUETOOTH: _Trouble(
        NoAdapterError, "this computer has no Bluetooth adapter", f"plug one in, {_TRY_DEMO}"
    ),
    Reason.NO_BLE_CENTRAL_ROLE: _Trouble(
        NoAdapterError, "the Bluetooth adapter is too old for BLE sensors", "use one of 2012 or later"
    ),
    Reason.POWERED_OFF: _OFF,
    Reason.DENIED_BY_USER: _DENIED,
    Reason.DENIED_BY_SYSTEM: _Trouble(
        BluetoothDeniedError,
        "the system does not let this user use Bluetooth",
        "ask whoever administers it",
    ),
    Reason.DENIED_BY_UNKNOWN: _DENIED,
}

_DBUS = {
    "org.freedesktop.DBus.Error.ServiceUnknown": _NO_SERVICE,
    "org.freedesktop.DBus.Error.NameHasNoOwner": _NO_SERVICE,
    "org.freedesktop.DBus.Error.NoReply": _NO_SERVICE,
    "org.freedesktop.DBus.Error.AccessDenied": _DENIED_HERE,
    "org.bluez.Error.NotReady": _OFF,
    "org.bluez.Error.InProgress": _Trouble(
        BluetoothBusyError,
        "the Bluetooth adapter is busy with another program",
        "close other Bluetooth tools and try again",
    ),
    "org.freedesktop.DBus.Error.UnknownObject": _Trouble(
        SensorUnreachableError, "the sensor went out of reach", "bring it near and try again"
    ),
}
"""BlueZ and D-Bus error names, and what they mean to a user."""

_ACQUIRED = ("org.bluez.Error.NotPermitted", "Notify acquired")
"""What BlueZ says when another program on this computer holds the socket of a characteristic."""

_TRIPPED = (KeyError, AttributeError, AssertionError)
"""bleak trips over its own state when a link dies under it: a lost link, not a traceback in mid-set."""

RADIO_ERRORS = (BleakError, DBusFastError, OSError, EOFError, ImportError, *_TRIPPED)
"""Everything that bleak and what lies under it raise (``TimeoutError`` is an ``OSError``)."""


@contextmanager
def plain_words(sensor: str | None = None) -> Iterator[None]:
    """Turn what the radio stack raises inside the block into a :class:`~firmware_bridge.errors.LinkError`."""
    try:
        yield
    except RADIO_ERRORS as error:
        known = _known(error, sensor)
        if known is not None:
            raise known from error
        what = f"the link to {sensor} failed" if sensor else "the search for sensors failed"
        reason = " ".join(str(error).split()) or type(error).__name__
        raise BrokenLinkError(f"{what} ({reason})", sensor=sensor) from error


def _known(error: Exception, sensor: str | None) -> LinkError | None:
    """Say what an error means and what to do; None for one that may not come again."""
    who = sensor or "the sensor"
    match error:
        case BleakBluetoothNotAvailableError():
            unknown = _Trouble(
                RadioError, f"Bluetooth is not available: {error.args[0]}", "run `imu-tempo doctor`"
            )
            return _NOT_AVAILABLE.get(error.reason, unknown).error(sensor)
        case BleakDBusError() if (error.dbus_error, error.dbus_error_details) == _ACQUIRED:
            return SensorInUseError(
                f"another program on this computer receives the data of {who}",
                sensor=sensor,
                advice="close it and try again",
            )
        case BleakDBusError():
            trouble = _DBUS.get(error.dbus_error)
        case BleakCharacteristicNotFoundError():
            return UnsupportedFirmwareError(who, str(error.char_specifier))
        case BleakGATTProtocolError():
            return SensorRefusedError(who, str(error.args[1]), code=int(error.code))
        case BleakDeviceNotFoundError():
            trouble = _Trouble(SensorUnreachableError, f"{who} cannot be reached", _NEAR)
        case ImportError():
            trouble = _Trouble(
                RadioError,
                f"the Bluetooth library is incomplete ({error})",
                "reinstall with `pip install --upgrade bleak`",
            )
        case TimeoutError():
            trouble = _Trouble(SensorSilentError, f"{who} does not answer in time", _NEAR)
        case PermissionError():
            trouble = _DENIED_HERE
        case FileNotFoundError() | ConnectionRefusedError() | DBusFastError():
            trouble = _NO_SERVICE
        case _:
            trouble = None
    return trouble.error(sensor) if trouble else None
