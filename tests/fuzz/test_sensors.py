"""Whatever a sensor sends, where and in what order, its driver gives sound samples or says why not."""

from tests.fuzz.harness import short_runs
from tests.fuzz.targets_sensors import TARGETS

test_hostile_input = short_runs(TARGETS)
