"""The virtual BlueZ, seen through plain bleak and plain D-Bus."""

from __future__ import annotations

import asyncio

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import (
    BleakDBusError,
    BleakError,
    BleakGATTProtocolError,
    BleakGATTProtocolErrorCode,
)
from dbus_fast import BusType, Message, MessageType
from dbus_fast.aio import MessageBus

from firmware_bridge import profile
from firmware_bridge.bluez import hang_up
from tests.firmware_bridge.bluez_rig import bar_on_bluez, system_bus
from tests.firmware_bridge.virtual_bars import Client, assert_exact, ramp
from tests.system_parts import needs

pytestmark = needs("dbus-daemon")

SPEED = 20.0
BY_SIGNAL, BY_SOCKET = {"use_start_notify": True}, {"use_start_notify": False}


@pytest.fixture(autouse=True)
def _bus():
    with system_bus():
        yield


async def _connected(bar) -> BleakClient:
    device = await BleakScanner.find_device_by_address(bar.address, timeout=3)
    assert device is not None
    client = BleakClient(device)
    await client.connect()
    return client


@pytest.mark.parametrize("how", [BY_SIGNAL, BY_SOCKET])
def test_notifications_come_by_signal_or_by_socket_as_the_client_wishes(how):
    async def main():
        source = ramp(5)
        async with bar_on_bluez(source, speed=SPEED) as (bar, _):
            bleak = await _connected(bar)
            client = Client(bleak)
            await bleak.start_notify(
                profile.CONTROL_UUID, lambda _, value: client.answers.put_nowait(bytes(value))
            )
            await bleak.start_notify(
                profile.DATA_UUID,
                lambda _, value: client.data.append(profile.decode_data(bytes(value))),
                bluez=how,
            )
            await client.start()
            await client.finish(bar)
            async with asyncio.timeout(2):
                while sum(map(len, client.data)) < len(source):
                    await asyncio.sleep(0.005)
            await bleak.stop_notify(profile.DATA_UUID)
            await bleak.disconnect()
        assert assert_exact(source, bar.sensor.streams[0], client.data) == len(source)

    asyncio.run(main())


def test_closing_the_socket_unsubscribes():
    async def main():
        async with bar_on_bluez(ramp(), speed=SPEED) as (bar, service):
            bleak = await _connected(bar)
            await bleak.start_notify(profile.DATA_UUID, lambda *_: None, bluez=BY_SOCKET)
            (data,) = [
                thing
                for thing in service.tree.objects.values()
                if thing.properties.get("UUID") and thing.properties["UUID"].value == profile.DATA_UUID
            ]
            assert data.properties["NotifyAcquired"].value is True
            await bleak.stop_notify(profile.DATA_UUID)
            async with asyncio.timeout(2):
                while data.properties["NotifyAcquired"].value:
                    await asyncio.sleep(0.005)
            await bleak.start_notify(profile.DATA_UUID, lambda *_: None, bluez=BY_SIGNAL)
            with pytest.raises(BleakDBusError, match="InProgress"):
                await bleak._backend.start_notify(
                    bleak.services.get_characteristic(profile.DATA_UUID), lambda *_: None, bluez=BY_SIGNAL
                )
            await bleak.disconnect()

    asyncio.run(main())


def test_values_and_descriptors_are_read_and_a_refused_write_is_an_att_error():
    async def main():
        async with bar_on_bluez(ramp(), speed=SPEED) as (bar, _):
            bleak = await _connected(bar)
            assert len(await bleak.read_gatt_char(profile.CONFIG_UUID)) == profile.CONFIG_LEN
            data = bleak.services.get_characteristic(profile.DATA_UUID)
            assert data.max_write_without_response_size == 247 - 3
            assert [await bleak.read_gatt_descriptor(one.handle) for one in data.descriptors] == [b"\0\0"]
            with pytest.raises(BleakGATTProtocolError) as caught:
                await bleak.write_gatt_char(profile.CONTROL_UUID, b"\x01", response=True)
            assert caught.value.code is BleakGATTProtocolErrorCode.INVALID_ATTRIBUTE_VALUE_LENGTH
            await bleak.disconnect()

    asyncio.run(main())


def test_link_loss_is_felt_at_once_and_takes_the_services_off_the_bus():
    async def main():
        async with bar_on_bluez(ramp(), speed=SPEED) as (bar, service):
            gone = asyncio.Event()
            device = await BleakScanner.find_device_by_address(bar.address, timeout=3)
            bleak = BleakClient(device, lambda _: gone.set())
            await bleak.connect()
            assert any("/service" in path for path in service.tree.objects)
            bar.air.drop()
            async with asyncio.timeout(1):
                await gone.wait()
            assert not bleak.is_connected
            assert not any("/service" in path for path in service.tree.objects)
            await bleak.disconnect()

    asyncio.run(main())


def test_connecting_to_a_sensor_that_left_can_be_given_up():
    async def main():
        async with bar_on_bluez(ramp(), speed=SPEED) as (bar, _):
            device = await BleakScanner.find_device_by_address(bar.address, timeout=3)
            bar.air.drop(absent_s=3600)
            with pytest.raises(TimeoutError):
                await BleakClient(device, timeout=0.2).connect()

    asyncio.run(main())


def test_device_that_was_removed_is_not_found_any_more():
    async def main():
        async with bar_on_bluez(ramp(), speed=SPEED) as (bar, service):
            bleak = await _connected(bar)
            device = service.adapter.devices[0]
            await service.adapter.methods()["RemoveDevice"](device.path)
            async with asyncio.timeout(1):
                while bleak.is_connected:
                    await asyncio.sleep(0.005)
            with pytest.raises(BleakError, match="not found"):
                await bleak.connect()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("path", "interface", "member", "error"),
    [
        ("/org/bluez/hci9", "org.bluez.Adapter1", "StartDiscovery", "UnknownObject"),
        ("/org/bluez/hci0", "org.bluez.Adapter1", "Fly", "UnknownMethod"),
        ("/org/bluez/hci0", "org.bluez.Device1", "StartDiscovery", "UnknownMethod"),
        ("/org/bluez/hci0", "org.bluez.Adapter1", "StopDiscovery", "Failed"),
    ],
)
def test_wrong_calls_are_answered_with_errors(path, interface, member, error):
    async def main():
        async with bar_on_bluez(ramp(), speed=SPEED):
            bus = MessageBus(bus_type=BusType.SYSTEM)
            await bus.connect()
            call = Message(destination="org.bluez", path=path, interface=interface, member=member)
            reply = await bus.call(call)
            await hang_up(bus)
        assert reply.message_type is MessageType.ERROR
        assert reply.error_name.endswith(f".{error}")

    asyncio.run(main())
