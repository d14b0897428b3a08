"""The same firmware on another processor: a Cortex-M3 in QEMU. CI does not install what it needs."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import numpy as np
import pytest

from firmware_bridge.virtual import simple_set
from firmware_bridge.virtual.source import SampleSource
from tests.firmware_bridge.firmware.building import make
from tests.firmware_bridge.firmware.c_bar import qemu_bar
from tests.firmware_bridge.firmware.test_rig_c import receive
from tests.firmware_bridge.virtual_bars import data_packets

TOOLS = ("arm-none-eabi-gcc", "qemu-system-arm", "make")
ABSENT = [tool for tool in TOOLS if shutil.which(tool) is None]
pytestmark = pytest.mark.skipif(bool(ABSENT), reason=f"no Cortex-M here: no {', no '.join(ABSENT)}")

SPEED = 20


def test_a_lift_streams_from_a_cortex_m3_as_it_was_fed(tmp_path: Path):
    make("qemu", tmp_path)
    simulation = simple_set(reps=2, tempo="2-1-X-1", around=False)
    source = SampleSource.of(simulation)

    async def main():
        async with (
            asyncio.timeout(60),
            qemu_bar(tmp_path / "bar-m3.elf", source, tmp_path, speed=SPEED) as bar,
        ):
            return await receive(bar, lambda stats: stats.received + stats.lost >= len(source))

    received = asyncio.run(main())
    (stream,) = data_packets(received.packets)
    np.testing.assert_array_equal(received.acc_raw(), simulation.acc_raw)
    np.testing.assert_array_equal(np.vstack([packet.gyr for packet in stream]), simulation.gyr_raw)
    assert received.stats.lost == 0
    assert stream[-1].t_us < stream[0].t_us  # through a wrap of its clock
