"""Whatever bytes come, the open profile's codec refuses them or makes the same bytes of what it read."""

from tests.fuzz.harness import short_runs
from tests.fuzz.targets_profile import TARGETS

test_hostile_input = short_runs(TARGETS)
