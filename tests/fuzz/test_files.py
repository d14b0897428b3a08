"""Whatever stands in a file, it is refused in a sentence or read as finite numbers; nothing else changes."""

from tests.fuzz.harness import short_runs
from tests.fuzz.targets_files import TARGETS

test_hostile_input = short_runs(TARGETS)
