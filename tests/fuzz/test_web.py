"""Whatever the coach's page is sent, it answers as was thought of, and changes nothing that must stay."""

from tests.fuzz.harness import short_runs
from tests.fuzz.targets_web import TARGETS

test_hostile_input = short_runs(TARGETS)
