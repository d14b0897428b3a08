"""Whatever counters and clocks say, samples get times that are numbers and go forward."""

from tests.fuzz.harness import short_runs
from tests.fuzz.targets_clock import TARGETS

test_hostile_input = short_runs(TARGETS)
