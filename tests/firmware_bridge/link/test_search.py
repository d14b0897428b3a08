"""Finding sensors, and what is wrong with a radio in plain words."""

from __future__ import annotations

import asyncio

import pytest
from bleak.backends.scanner import BaseBleakScanner
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakError,
)

from firmware_bridge import link
from firmware_bridge.errors import LinkError
from firmware_bridge.link import (
    Backend,
    FoundSensor,
    Link,
    SensorNotFoundError,
    SeveralSensorsError,
    UnsupportedSensorError,
    check_radio,
    find,
    find_each,
    listen,
    read_battery,
    scan,
)
from firmware_bridge.link.search import BATTERY_SERVICE_UUID
from firmware_bridge.virtual.air import VirtualAir
from firmware_bridge.virtual.backend import BumbleClient
from firmware_bridge.virtual.rig import virtual_sensor
from tests.firmware_bridge.virtual_bars import SPEED, ramp

OTHER_ADDRESS = "F0:0D:BA:2B:E1:02"


def test_scan_lists_sensors_with_their_driver():
    async def main():
        air = VirtualAir(speed=SPEED)
        async with (
            virtual_sensor(ramp(), air=air, name="Bar A") as bar,
            virtual_sensor(ramp(), air=air, name="Bar B", address=OTHER_ADDRESS),
        ):
            found = await scan(0.2, backend=bar.backend)
        air.close()
        assert {(sensor.name, sensor.address) for sensor in found} == {
            ("Bar A", bar.address),
            ("Bar B", OTHER_ADDRESS),
        }
        assert {sensor.driver.key for sensor in found} == {"bip"}
        assert all(sensor.rssi_dbm < 0 for sensor in found)

    asyncio.run(main())


@pytest.mark.parametrize("who", ["Bar A12", "bar a12", "F0:0D:BA:2B:E1:01", "f0:0d:ba:2b:e1:01", "bip", None])
def test_find_takes_a_name_an_address_a_driver_or_anything(who):
    async def main():
        async with virtual_sensor(ramp(), speed=SPEED) as bar:
            sensor = await find(who, settle_s=0.1, backend=bar.backend)
        assert (sensor.name, sensor.address) == ("Bar A12", bar.address)

    asyncio.run(main())


def test_find_names_the_sensors_when_it_cannot_choose():
    async def main():
        air = VirtualAir(speed=SPEED)
        async with (
            virtual_sensor(ramp(), air=air, name="Bar A") as bar,
            virtual_sensor(ramp(), air=air, name="Bar B", address=OTHER_ADDRESS),
        ):
            with pytest.raises(
                LinkError, match=r"2 sensors are in the air: Bar A \(F0.*Bar B \(F0.*which one"
            ):
                await find(None, settle_s=0.1, backend=bar.backend)
            assert (await find("Bar B", backend=bar.backend)).address == OTHER_ADDRESS
        air.close()

    asyncio.run(main())


def test_absent_sensor_is_a_link_error_that_says_what_was_heard_and_what_to_do():
    async def main():
        async with virtual_sensor(ramp(), speed=SPEED) as bar:
            with pytest.raises(LinkError) as caught:
                await find("Bar X", timeout_s=0.2, backend=bar.backend)
        assert str(caught.value) == (
            "no sensor called Bar X was heard in 0.2 s (heard: Bar A12); switch it on, bring it near, and "
            "disconnect it from any phone: a sensor in use does not show itself"
        )
        assert caught.value.sensor == "Bar X"

    asyncio.run(main())


def test_sensor_of_an_unknown_kind_is_said_to_be_unsupported(monkeypatch):
    monkeypatch.setattr("firmware_bridge.link.search.driver_for", lambda adv: None)

    async def main():
        async with virtual_sensor(ramp(), speed=SPEED) as bar:
            with pytest.raises(UnsupportedSensorError, match="in the air, but no driver knows this kind"):
                await find("Bar A12", timeout_s=0.2, backend=bar.backend)
            assert await scan(0.1, backend=bar.backend) == []

    asyncio.run(main())


def test_sensor_in_use_elsewhere_cannot_be_found():
    async def main():
        async with virtual_sensor(ramp(), speed=SPEED) as bar, Link.open(bar.address, backend=bar.backend):
            with pytest.raises(LinkError, match="disconnect it from any phone"):
                await find(bar.address, timeout_s=0.2, backend=bar.backend)

    asyncio.run(main())


def test_several_sensors_are_found_in_one_search_and_a_missing_one_is_told_in_its_place():
    async def main():
        air = VirtualAir(speed=SPEED)
        async with (
            virtual_sensor(ramp(), air=air, name="Bar A") as bar,
            virtual_sensor(ramp(), air=air, name="Bar B", address=OTHER_ADDRESS),
        ):
            both = await find_each(["Bar B", bar.address], backend=bar.backend)
            one, missing = await find_each(["Bar A", "Bar X"], timeout_s=0.2, backend=bar.backend)
        air.close()
        assert [sensor.name for sensor in both] == ["Bar B", "Bar A"]
        assert isinstance(one, FoundSensor)
        assert isinstance(missing, SensorNotFoundError)
        assert missing.heard == ("Bar A", "Bar B")

    asyncio.run(main())


def test_devices_of_unknown_kind_are_strangers_with_what_they_say_of_themselves(monkeypatch):
    monkeypatch.setattr("firmware_bridge.link.search.driver_for", lambda adv: None)

    async def main():
        async with virtual_sensor(ramp(), speed=SPEED, battery_advertised=True) as bar:
            air = await listen(0.2, backend=bar.backend)
        assert air.sensors == ()
        (stranger,) = air.strangers
        assert (stranger.name, stranger.address, stranger.battery_pct) == ("Bar A12", bar.address, 87)
        assert stranger.service_uuids
        assert BATTERY_SERVICE_UUID not in stranger.service_uuids

    asyncio.run(main())


def test_battery_is_known_where_it_is_advertised_and_read_where_it_is_not():
    async def main():
        async with virtual_sensor(ramp(), speed=SPEED, battery_advertised=True) as bar:
            (sensor,) = await scan(0.2, backend=bar.backend)
            assert sensor.battery_pct == 87
        async with virtual_sensor(ramp(), speed=SPEED) as bar:
            (sensor,) = await scan(0.2, backend=bar.backend)
            assert sensor.battery_pct is None
            assert await read_battery(sensor, backend=bar.backend) == 87
            assert await find(bar.address, backend=bar.backend), "the sensor must be free again"

    asyncio.run(main())


@pytest.mark.parametrize(
    ("who", "kind"),
    [("Bar X", SensorNotFoundError), (None, SeveralSensorsError), ("bip", SeveralSensorsError)],
)
def test_what_is_wrong_with_a_search_has_a_type_and_its_facts(who, kind):
    async def main():
        air = VirtualAir(speed=SPEED)
        async with (
            virtual_sensor(ramp(), air=air, name="Bar A") as bar,
            virtual_sensor(ramp(), air=air, name="Bar B", address=OTHER_ADDRESS),
        ):
            with pytest.raises(kind) as caught:
                await find(who, timeout_s=0.3, settle_s=0.2, backend=bar.backend)
        air.close()
        assert str(caught.value) == f"{caught.value.problem}; {caught.value.advice}"
        assert caught.value.sensor == who

    asyncio.run(main())


# What is wrong with a radio


_REASONS = BleakBluetoothNotAvailableReason


@pytest.mark.parametrize(
    ("error", "message", "kind"),
    [
        (
            BleakBluetoothNotAvailableError("x", _REASONS.NO_BLUETOOTH),
            "no Bluetooth adapter; plug one in",
            link.NoAdapterError,
        ),
        (
            BleakBluetoothNotAvailableError("x", _REASONS.NO_BLE_CENTRAL_ROLE),
            "too old for BLE",
            link.NoAdapterError,
        ),
        (
            BleakBluetoothNotAvailableError("x", _REASONS.POWERED_OFF),
            "Bluetooth is switched off; switch it on",
            link.BluetoothOffError,
        ),
        (
            BleakBluetoothNotAvailableError("x", _REASONS.DENIED_BY_USER),
            "privacy settings",
            link.BluetoothDeniedError,
        ),
        (
            BleakBluetoothNotAvailableError("x", _REASONS.DENIED_BY_SYSTEM),
            "does not let this user",
            link.BluetoothDeniedError,
        ),
        (
            BleakBluetoothNotAvailableError("odd", _REASONS.UNKNOWN),
            "Bluetooth is not available: odd",
            link.RadioError,
        ),
        (
            BleakDBusError("org.freedesktop.DBus.Error.ServiceUnknown", ["x"]),
            "bluetoothd is installed and running",
            link.BluetoothServiceError,
        ),
        (
            BleakDBusError("org.freedesktop.DBus.Error.AccessDenied", ["x"]),
            "add the user to the `bluetooth` group",
            link.BluetoothDeniedError,
        ),
        (BleakDBusError("org.bluez.Error.NotReady", ["x"]), "switched off", link.BluetoothOffError),
        (
            BleakDBusError("org.bluez.Error.InProgress", ["x"]),
            "busy with another program",
            link.BluetoothBusyError,
        ),
        (
            BleakDBusError("org.bluez.Error.Failed", ["le-connection-abort-by-local"]),
            "le-connection-abort",
            link.BrokenLinkError,
        ),
        (
            FileNotFoundError(2, "No such file or directory"),
            "bluetoothd is installed and running",
            link.BluetoothServiceError,
        ),
        (
            PermissionError(13, "Permission denied"),
            "add the user to the `bluetooth` group",
            link.BluetoothDeniedError,
        ),
        (EOFError(), "the search for sensors failed .EOFError.; try again", link.BrokenLinkError),
        (KeyError("/org/bluez/hci0/dev_1"), "the search for sensors failed", link.BrokenLinkError),
        (ImportError("No module named 'dbus_fast'"), "incomplete.*dbus_fast.*pip install", link.RadioError),
        (BleakError("something new", link.BrokenLinkError), "something new", link.BrokenLinkError),
    ],
)
def test_radio_trouble_is_told_in_one_plain_sentence(error, message, kind):
    class Broken(BaseBleakScanner):
        def __init__(self, callback, uuids, mode, **kwargs):
            super().__init__(callback, uuids)

        async def start(self):
            raise error

        async def stop(self):
            pass

    backend = Backend(Broken, BumbleClient)

    async def main():
        for use in (scan(0.1, backend=backend), find("x", backend=backend), check_radio(backend=backend)):
            with pytest.raises(kind, match=message) as caught:
                await use
            assert type(caught.value) is kind
            assert isinstance(caught.value, LinkError)
            assert caught.value.advice
            assert "\n" not in str(caught.value)

    asyncio.run(main())
