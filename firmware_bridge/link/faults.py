"""What the radio stack raises, in words that tell a coach what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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

try:
    from dbus_fast.errors import DBusFastError
except ImportError:  # only on Linux; there its absence shows when the radio is used

    class DBusFastError(Exception):  # type: ignore[no-redef]
        """Never raised: there is no D-Bus here."""


_NOT_AVAILABLE = {
    Reason.NO_BLUETOOTH: "this computer has no Bluetooth adapter; plug one in, or try `imu-tempo demo`",
    Reason.NO_BLE_CENTRAL_ROLE: "the Bluetooth adapter is too old for BLE sensors; use one of 2012 or later",
    Reason.POWERED_OFF: "Bluetooth is switched off; switch it on and try again",
    Reason.DENIED_BY_USER: "this program may not use Bluetooth; allow it in the system's privacy settings",
    Reason.DENIED_BY_SYSTEM: "the system does not let this user use Bluetooth; ask whoever administers it",
    Reason.DENIED_BY_UNKNOWN: "this program may not use Bluetooth; allow it in the system's privacy settings",
}

_NO_SERVICE = (
    "the system's Bluetooth service does not answer; is bluetoothd installed and running "
    "(`systemctl status bluetooth`)? Without hardware, try `imu-tempo demo`"
)

_DBUS = {
    "org.freedesktop.DBus.Error.ServiceUnknown": _NO_SERVICE,
    "org.freedesktop.DBus.Error.NameHasNoOwner": _NO_SERVICE,
    "org.freedesktop.DBus.Error.NoReply": _NO_SERVICE,
    "org.freedesktop.DBus.Error.AccessDenied": "the system does not let this user use Bluetooth; "
    "add the user to the `bluetooth` group and log in again",
    "org.bluez.Error.NotReady": _NOT_AVAILABLE[Reason.POWERED_OFF],
    "org.bluez.Error.InProgress": "the Bluetooth adapter is busy with another program; "
    "close other Bluetooth tools and try again",
    "org.freedesktop.DBus.Error.UnknownObject": "the sensor went out of reach; bring it near and try again",
}
"""BlueZ and D-Bus error names, and what they mean to a user."""

_TRIPPED = (KeyError, AttributeError, AssertionError)
"""bleak trips over its own state when a link dies under it: a lost link, not a traceback in mid-set."""

RADIO_ERRORS = (BleakError, DBusFastError, OSError, EOFError, ImportError, *_TRIPPED)
"""Everything that bleak and what lies under it raise (``TimeoutError`` is an ``OSError``)."""


class BrokenLinkError(LinkError):
    """A link that broke or was not made, for a reason that may be gone the next moment."""


@contextmanager
def plain_words(sensor: str | None = None) -> Iterator[None]:
    """Turn what the radio stack raises inside the block into a :class:`~firmware_bridge.errors.LinkError`."""
    try:
        yield
    except RADIO_ERRORS as error:
        sentence = _known(error, sensor or "the sensor")
        if sentence is not None:
            raise LinkError(sentence, sensor=sensor) from error
        what = f"the link to {sensor} failed" if sensor else "the search for sensors failed"
        reason = " ".join(str(error).split()) or type(error).__name__
        raise BrokenLinkError(f"{what} ({reason}); try again", sensor=sensor) from error


def _known(error: Exception, who: str) -> str | None:
    """Say what an error means and what to do; None for one that may not come again."""
    match error:
        case BleakBluetoothNotAvailableError():
            return _NOT_AVAILABLE.get(error.reason, f"Bluetooth is not available: {error.args[0]}")
        case BleakDBusError():
            return _DBUS.get(error.dbus_error)
        case BleakCharacteristicNotFoundError():
            return (
                f"{who} does not offer what its kind of sensor must (characteristic {error.char_specifier}); "
                "update its firmware"
            )
        case BleakGATTProtocolError():
            return f"{who} refused a command ({error.args[1]}); switch it off and on, and try again"
        case BleakDeviceNotFoundError():
            return f"{who} cannot be reached; bring it near, and disconnect it from any phone"
        case ImportError():
            return (
                f"the Bluetooth library is incomplete ({error}); reinstall with `pip install --upgrade bleak`"
            )
        case TimeoutError():
            return f"{who} does not answer in time; bring it near, and disconnect it from any phone"
        case PermissionError():
            return _DBUS["org.freedesktop.DBus.Error.AccessDenied"]
        case FileNotFoundError() | ConnectionRefusedError() | DBusFastError():
            return _NO_SERVICE
    return None
