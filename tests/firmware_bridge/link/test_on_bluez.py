"""The shipped client over unmodified bleak and its own BlueZ backend, against a virtual BlueZ."""

from __future__ import annotations

import asyncio

import pytest
from bleak import BleakClient, BleakScanner
from bleak.backends.bluezdbus.client import BleakClientBlueZDBus

from firmware_bridge import profile
from firmware_bridge.errors import LinkError
from firmware_bridge.link import (
    BluetoothDeniedError,
    BluetoothOffError,
    BluetoothServiceError,
    BrokenLinkError,
    Link,
    LinkStatus,
    NoAdapterError,
    SensorInUseError,
    SensorNotFoundError,
    check_radio,
    find,
    read_battery,
    scan,
    stream,
)
from firmware_bridge.sensors import LinkState, PacketKind, StreamSettings
from firmware_bridge.stream import SampleStream
from firmware_bridge.virtual.bluez import virtual_bluez
from firmware_bridge.virtual.rig import virtual_sensor
from tests.firmware_bridge.bluez_rig import bar_on_bluez, bluez, no_system_bus, system_bus
from tests.firmware_bridge.virtual_bars import assert_exact, data_packets, ramp
from tests.system_parts import needs

pytestmark = needs("dbus-daemon")

SPEED = 20.0


@pytest.fixture
def bus():
    with system_bus() as address:
        yield address


def test_scan_shows_sensor_driver_and_strength(bus):
    async def main():
        async with bar_on_bluez(ramp()) as (bar, _):
            found = await scan(0.3)
            again = await scan(0.3)
        (sensor,) = found
        assert (sensor.name, sensor.address, sensor.driver.key) == ("Bar A12", bar.address, "bip")
        assert sensor.rssi_dbm < 0
        assert [one.address for one in again] == [bar.address], "heard again, though BlueZ knows it already"

    asyncio.run(main())


def test_battery_is_read_by_connecting(bus):
    async def main():
        async with bar_on_bluez(ramp()) as (bar, _):
            sensor = await find(bar.address)
            assert await read_battery(sensor) == 87
            assert await find(bar.address), "the sensor must be free again"

    asyncio.run(main())


def test_stream_is_the_source_sample_for_sample(bus):
    async def main():
        source = ramp(10)
        async with (
            bar_on_bluez(source, speed=SPEED) as (bar, _),
            Link.open("Bar A12", until=bar.finished) as link,
        ):
            assert isinstance(link._connection._client._backend, BleakClientBlueZDBus)
            assert link.mtu == 247
            packets = [packet async for packet in link.packets()]
        (received,) = data_packets(packets)
        assert assert_exact(source, bar.sensor.streams[0], received) == len(source)
        assert (link.reconnects, link.status) == (0, LinkStatus.CLOSED)

    asyncio.run(main())


def test_data_comes_by_socket_and_answers_by_signal(bus):
    async def main():
        async with bar_on_bluez(ramp(60), speed=SPEED) as (bar, service), Link.open(bar.address):
            shown = {
                thing.properties["UUID"].value: thing.properties
                for thing in service.tree.objects.values()
                if thing.interface == "org.bluez.GattCharacteristic1"
            }
            assert shown[profile.DATA_UUID]["NotifyAcquired"].value is True
            assert shown[profile.DATA_UUID]["Notifying"].value is False
            assert shown[profile.CONTROL_UUID]["Notifying"].value is True

    asyncio.run(main())


def test_lost_link_is_made_again_in_the_same_set_with_the_gap_marked(bus):
    async def main():
        source = ramp(150)
        said: list[LinkStatus] = []
        async with (
            bar_on_bluez(source, speed=SPEED) as (bar, _),
            Link.open(bar.address, on_status=said.append) as link,
        ):
            packets = []
            async for packet in link.packets():
                packets.append(packet)
                if len(packets) == 40:
                    bar.air.drop()
                if link.reconnects and len(data_packets(packets)[-1]) == 40:
                    link.stop()
        marks = [packet.payload.decode() for packet in packets if packet.kind is PacketKind.LINK]
        assert marks == [LinkState.CONNECTED, LinkState.LOST, LinkState.CONNECTED]
        assert said == ["streaming", "reconnecting", "streaming", "closed"]
        first, second = data_packets(packets)
        assert_exact(source, bar.sensor.streams[0], first)
        assert_exact(source, bar.sensor.streams[1], second)
        decoded = SampleStream(link.sensor.driver.session(StreamSettings()))
        blocks = list(decoded.feed_all(packets))
        assert sum(1 for block in blocks if block.lost_before) == 1

    asyncio.run(main())


def test_adapter_switched_off_in_mid_stream_is_waited_for(bus, monkeypatch):
    monkeypatch.setattr(stream, "BACK_OFF_S", (0.05,))

    async def main():
        async with bar_on_bluez(ramp(300), speed=SPEED) as (bar, service), Link.open(bar.address) as link:

            async def switch_on_again():
                await asyncio.sleep(0.2)
                await service.adapter.switch(on=True)

            packets = []
            async for packet in link.packets():
                packets.append(packet)
                if len(packets) == 20:
                    await service.adapter.switch(on=False)
                    mending = asyncio.create_task(switch_on_again())
                if link.reconnects and len(data_packets(packets)[-1]) > 5:
                    link.stop()
        await mending
        assert link.reconnects == 1

    asyncio.run(main())


def test_connection_that_fails_at_first_is_tried_again(bus, monkeypatch):
    monkeypatch.setattr(stream, "BACK_OFF_S", (0.01, 0.01, 0.01))

    async def main():
        async with bar_on_bluez(ramp(60), speed=SPEED) as (bar, service):
            service.refuse_connections(2)
            async with Link.open(bar.address) as link:
                assert link.status is LinkStatus.STREAMING
            service.refuse_connections(9)
            with pytest.raises(BrokenLinkError, match="le-connection-abort-by-peer"):
                async with Link.open(bar.address):
                    pytest.fail("the link must not open")

    asyncio.run(main())


def test_sensor_that_the_system_has_forgotten_is_looked_for_again(bus, monkeypatch):
    monkeypatch.setattr(stream, "BACK_OFF_S", (0.01, 0.01, 0.01))

    async def main():
        async with bar_on_bluez(ramp(60), speed=SPEED) as (bar, service):
            sensor = await find(bar.address)
            (device,) = service.adapter.devices
            await service.adapter.methods()["RemoveDevice"](device.path)
            async with Link.open(sensor) as link:
                assert link.status is LinkStatus.STREAMING

    asyncio.run(main())


# What is wrong with a machine


def _raises(kind: type[LinkError], message: str, **options: bool) -> None:
    async def main():
        async with virtual_sensor(ramp()) as bar, bluez(bar.air, **options):
            for use in (check_radio(), scan(0.2), find("Bar A12", timeout_s=0.2)):
                with pytest.raises(kind, match=message) as caught:
                    await use
                assert caught.value.advice
                assert "\n" not in str(caught.value)

    asyncio.run(main())


def test_machine_without_adapter(bus):
    _raises(NoAdapterError, "this computer has no Bluetooth adapter; plug one in", adapter=False)


def test_adapter_that_is_switched_off(bus):
    _raises(BluetoothOffError, "Bluetooth is switched off; switch it on", powered=False)


def test_user_who_may_not_use_bluetooth():
    async def main():
        async with virtual_sensor(ramp()) as bar, virtual_bluez(bar.air):
            with pytest.raises(BluetoothDeniedError, match="add the user to the `bluetooth` group"):
                await scan(0.2)

    with system_bus(permitted=False):
        asyncio.run(main())


def test_machine_whose_bluetooth_service_is_not_running(bus):
    with pytest.raises(BluetoothServiceError, match="systemctl status bluetooth"):
        asyncio.run(scan(0.2))


def test_machine_without_a_bus(tmp_path):
    with no_system_bus(tmp_path), pytest.raises(BluetoothServiceError, match="does not answer"):
        asyncio.run(scan(0.2))


# Taken by others


def test_sensor_taken_by_a_phone_is_not_heard(bus):
    async def main():
        async with bar_on_bluez(ramp()) as (bar, _), Link.open(bar.address, backend=bar.backend):
            with pytest.raises(SensorNotFoundError, match="disconnect it from any phone") as caught:
                await find("Bar A12", timeout_s=0.3)
            assert (caught.value.waited_s, caught.value.heard) == (0.3, ())

    asyncio.run(main())


def test_sensor_held_by_another_program_here_is_said_to_be_so(bus):
    async def main():
        async with bar_on_bluez(ramp()) as (bar, _):
            device = await BleakScanner.find_device_by_address(bar.address, timeout=2)
            async with BleakClient(device):
                with pytest.raises(SensorInUseError, match=r"another program on this computer.*bluetoothctl"):
                    await find("Bar A12", timeout_s=0.3)
            assert await find("Bar A12", timeout_s=2)

    asyncio.run(main())


def test_data_received_by_another_program_is_not_shared(bus):
    async def main():
        async with bar_on_bluez(ramp()) as (bar, _):
            sensor = await find(bar.address)
            async with BleakClient(sensor.device) as other:
                await other.start_notify(
                    profile.DATA_UUID, lambda *_: None, bluez={"use_start_notify": False}
                )
                with pytest.raises(SensorInUseError, match="another program on this computer receives"):
                    async with Link.open(sensor):
                        pytest.fail("the link must not open")

    asyncio.run(main())


def test_bluetooth_that_is_switched_on_serves_at_once(bus):
    async def main():
        async with virtual_sensor(ramp()) as bar, bluez(bar.air, powered=False) as service:
            with pytest.raises(BluetoothOffError):
                await scan(0.1)
            await service.adapter.switch(on=True)
            await _until(check_radio)
            assert await scan(0.3)

    asyncio.run(main())


async def _until(check) -> None:
    """Wait until a check passes: a change takes a moment to be told over the bus."""
    async with asyncio.timeout(2):
        while True:
            try:
                return await check()
            except LinkError:
                await asyncio.sleep(0.005)
