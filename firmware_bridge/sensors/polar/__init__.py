"""Polar sensors that stream raw motion over PMD (Polar Measurement Data): Verity Sense, H10, OH1."""

from firmware_bridge.sensors.polar.session import PolarDriver

__all__ = ["PolarDriver"]
