"""Whatever is done to the reference firmware, it keeps to its memory and to the profile."""

from tests.firmware_bridge.firmware.building import COMPILER
from tests.fuzz.harness import short_runs
from tests.fuzz.targets_firmware import TARGETS

pytestmark = COMPILER

test_hostile_input = short_runs(TARGETS)
