"""Whatever a name holds, it is shown as what it is: on a terminal, a page, in tables, as a file's name."""

from tests.fuzz.harness import short_runs
from tests.fuzz.targets_words import TARGETS

test_hostile_input = short_runs(TARGETS)
