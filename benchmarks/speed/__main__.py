"""Print how fast the analysis is: ``python -m benchmarks.speed``.

- Offline: an hour of six axes at 200 Hz (a simulated session of sets and rests, over and over) and one set,
  stage by stage, and against reading the file alone.
- Growth: with the length of a recording, its rate, the number of sessions.
- Live: the work of each packet, from the packet that completes a rep to its event, and in long sets.
- Start-up: ``imu-tempo --help``, ``import imu_tempo``, the analysis of a set as a program of its own.
- Memory: the peak of an analysis, and the resident size over hours of live stream.

All times are CPU time on one core, so that other programs hardly count.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

from benchmarks.speed import growth, live, memory, offline, starting
from benchmarks.speed.made import session
from benchmarks.tables import markdown_table, text_table


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    options = _options(argv)
    _stay_on_one_core()
    simulation = session()
    rows = [*offline.rows(simulation, options.hours)]
    rows += growth.rows(simulation, options.lengths, options.sessions)
    rows += live.rows(simulation, options.set_reps)
    rows += starting.rows()
    rows += memory.rows(simulation, options.hours, options.live_hours)
    heads = ["", "measured", "target", "verdict"]
    print((markdown_table if options.markdown else text_table)(heads, rows))


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("--hours", type=float, default=1.0, help="length of the offline recording (1)")
    parser.add_argument(
        "--lengths",
        type=float,
        nargs="*",
        default=[0.25, 0.5, 1.0, 2.0, 4.0],
        help="hours that growth is measured over (0.25 0.5 1 2 4)",
    )
    parser.add_argument(
        "--sessions", type=int, nargs="*", default=[10, 20, 40], help="numbers of sessions (10 20 40)"
    )
    parser.add_argument(
        "--set-reps", type=int, nargs="*", default=[10, 30, 100], help="live sets of so many reps (10 30 100)"
    )
    parser.add_argument(
        "--live-hours", type=float, default=2.0, help="live stream for the memory; 0 skips it (2)"
    )
    parser.add_argument("--markdown", action="store_true", help="print a Markdown table")
    return parser.parse_args(argv)


def _stay_on_one_core() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


if __name__ == "__main__":
    main()
