"""Whatever numbers a wrong sensor measured, its recording is analysed or refused."""

from tests.fuzz.harness import short_runs
from tests.fuzz.targets_analysis import TARGETS

test_hostile_input = short_runs(TARGETS)
