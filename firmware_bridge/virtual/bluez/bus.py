"""A D-Bus of our own, which unmodified Linux Bluetooth clients take for the system's."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from firmware_bridge.errors import BridgeError

SYSTEM_BUS = "DBUS_SYSTEM_BUS_ADDRESS"
"""Environment variable in which every D-Bus library looks for the system bus."""

STOP_S = 5.0
"""A bus daemon ends within milliseconds; more than this is one that hangs."""

_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
    {denial}
  </policy>
</busconfig>
"""

_DENIAL = '<deny send_destination="org.bluez"/>'
"""What a system's policy does to users who may not use Bluetooth."""


def bus_is_possible() -> bool:
    """Whether this machine has the bus daemon (Debian and Ubuntu: package ``dbus-daemon``)."""
    return shutil.which("dbus-daemon") is not None


@contextmanager
def private_bus(*, permitted: bool = True) -> Iterator[str]:
    """Run a bus daemon for the block and make it this process's system bus; give its address.

    Parameters
    ----------
    permitted
        False forbids everybody to speak to BlueZ, as on a machine whose user lacks the permission.

    Raises
    ------
    BridgeError
        There is no ``dbus-daemon``, or it does not start.
    """
    daemon = shutil.which("dbus-daemon")
    if daemon is None:
        raise BridgeError("dbus-daemon is not installed; install the package dbus-daemon (or dbus)")
    with tempfile.TemporaryDirectory(prefix="bus-") as folder:
        config = Path(folder) / "bus.conf"
        config.write_text(_CONFIG.format(socket=f"{folder}/bus", denial="" if permitted else _DENIAL))
        command = [daemon, f"--config-file={config}", "--nofork", "--nopidfile", "--print-address"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        with process:
            try:
                address = process.stdout.readline().strip() if process.stdout else ""
                if not address:
                    process.kill()
                    why = process.stderr.read().strip() if process.stderr else ""
                    raise BridgeError(f"dbus-daemon does not start: {why or 'it said nothing'}")
                with _system_bus(address):
                    yield address
            finally:
                process.terminate()
                process.wait(STOP_S)


@contextmanager
def no_bus(folder: Path) -> Iterator[None]:
    """Make a socket that is not there this process's system bus: a machine without D-Bus."""
    with _system_bus(f"unix:path={folder}/nobody-listens"):
        yield


@contextmanager
def _system_bus(address: str) -> Iterator[None]:
    before = os.environ.get(SYSTEM_BUS)
    os.environ[SYSTEM_BUS] = address
    try:
        yield
    finally:
        if before is None:
            del os.environ[SYSTEM_BUS]
        else:
            os.environ[SYSTEM_BUS] = before
