"""BlueZ that is not there: unmodified Linux Bluetooth clients on the virtual air, over a private D-Bus."""

from firmware_bridge.virtual.bluez.bus import bus_is_possible, no_bus, private_bus
from firmware_bridge.virtual.bluez.service import VirtualBluez, virtual_bluez

__all__ = ["VirtualBluez", "bus_is_possible", "no_bus", "private_bus", "virtual_bluez"]
