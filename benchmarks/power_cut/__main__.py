"""Cut the power of a recorder, again and again: ``python -m benchmarks.power_cut [--times 100] [--seed 0]``.

A process records a virtual sensor over the virtual radio, twenty times as fast as it would be lifted, and
tells over a pipe what it has appended and what it has brought to the disk. It is killed (``kill -9``) at a
random moment while it records, at a random step or moment while it seals, and while it repairs what an
earlier kill left. Then

- every packet that had been appended is in the journal, in order: none is lost, none is made up;
- the same recording with whatever had not been brought to the disk torn off, or turned to zeros, as a power
  cut does to it, still has every packet of what had been;
- both are repaired, sealed, and hold the very samples that the sensor measured.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.power_cut.cuts import Cuts, LostError, cut
from benchmarks.tables import markdown_table, text_table


def rows(cuts: Cuts, wall_s: float) -> list[list[str]]:
    """Write down what was seen."""
    return [
        *([f"killed while {moment}", f"{times}"] for moment, times in cuts.times.items()),
        ["of those, after its end", f"{cuts.too_late}"],
        ["packets appended", f"{cuts.appended:,}"],
        ["of those lost", "0"],
        ["packets kept besides, that still waited when told", f"{cuts.unfinished}"],
        [
            "disks torn besides; bytes that were on them, and not yet",
            f"{cuts.torn}; {cuts.safe_bytes:,}, {cuts.torn_bytes:,}",
        ],
        ["recordings repaired, and their samples", f"{cuts.repairs}, {cuts.samples:,}"],
        ["it took", f"{wall_s:.0f} s"],
    ]


def main(argv: Sequence[str] | None = None) -> None:
    """Kill, look, print; end with an error where something was lost."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.power_cut",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--times", type=int, default=100, help="how often (100)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments (0)")
    parser.add_argument("--folder", help="where to record; a temporary folder where not given")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    options = parser.parse_args(argv)
    if not hasattr(os, "fork"):
        sys.exit("this needs a system with fork, as Linux or macOS")
    begun_s = time.perf_counter()

    def progress(number: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{number}", end="", file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        try:
            cuts = cut(options.times, Path(folder), seed=options.seed, progress=progress)
        except LostError as error:
            sys.exit(f"FAILED: {error}")
    table = markdown_table if options.markdown else text_table
    print(table(["power cuts", ""], rows(cuts, time.perf_counter() - begun_s)))


if __name__ == "__main__":
    main()
