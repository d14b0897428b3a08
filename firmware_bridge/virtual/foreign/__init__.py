"""Virtual sensors of other makes: their own protocols, over the same virtual radio."""

from firmware_bridge.virtual.foreign.firmware import Firmware, Wire
from firmware_bridge.virtual.foreign.movesense import MovesenseFirmware
from firmware_bridge.virtual.foreign.polar import PolarFirmware
from firmware_bridge.virtual.foreign.sensor import ForeignRig, foreign_sensor
from firmware_bridge.virtual.foreign.witmotion import WitMotionFirmware

__all__ = [
    "Firmware",
    "ForeignRig",
    "MovesenseFirmware",
    "PolarFirmware",
    "Wire",
    "WitMotionFirmware",
    "foreign_sensor",
]
