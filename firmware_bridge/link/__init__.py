"""The BLE client: find bar sensors, connect, stream their packets, and keep the link up."""

from firmware_bridge.link.radio import Backend
from firmware_bridge.link.search import FoundSensor, check_radio, find, scan
from firmware_bridge.link.stream import Link, LinkStatus

__all__ = ["Backend", "FoundSensor", "Link", "LinkStatus", "check_radio", "find", "scan"]
