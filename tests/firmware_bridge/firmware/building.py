"""Builds the reference firmware for this computer, as its Makefile does."""

from __future__ import annotations

import subprocess
from pathlib import Path

import firmware_bridge
from tests.system_parts import needs

FIRMWARE = Path(firmware_bridge.__file__).parent / "firmware"


COMPILER = [needs("gcc"), needs("make")]
"""For ``pytestmark``: what the firmware is built with."""


def make(target: str, build: Path, **variables: str) -> str:
    """Run one target of the firmware's Makefile; return what it printed."""
    words = ["make", "-C", str(FIRMWARE), target, f"BUILD={build}"]
    words += [f"{name}={value}" for name, value in variables.items()]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-6000:]
    return done.stdout
