"""Soak the live chain: ``python -m benchmarks.soak [--hours 8] [--seed 0] [--folder DIR]``.

Two lifters do real sets for hours, each with a sensor of six axes at 400 Hz. Everything is the app's own,
wired by the call that ``imu-tempo live --web`` makes: virtual radio, link, driver, decoder, engine,
recording, page and its server, history; two browsers have the page open, one of which reads, while the other
dozes off and loses its connection. Only time is virtual.

Meanwhile the radio stalls (short enough to catch up, or so long that a sensor drops samples), links die and
come back or stay away for good, the coach changes the load, which begins a new recording, the disk does not
answer for up to a second of wall time, which is twenty seconds of the session's, or is full for minutes, and
the wall clock is set back and forward. After every packet

    samples received + samples lost = the sensor's own count

as read from the bytes of its packets. Afterwards every recording must be sealed and hold the same, a replay
of it must tell the very events that were told live, and the reps that no loss came near must be those that
were lifted. Memory, open files, threads and tasks are watched, and how long the event loop was away at a
time. Ctrl-C ends the session sooner.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.soak.run import soak
from benchmarks.soak.takes import SoakError
from benchmarks.tables import markdown_table, text_table


def main(argv: Sequence[str] | None = None) -> None:
    """Soak, print, and end with an error where something was lost."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.soak",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--hours", type=float, default=8.0, help="length of the session (8)")
    parser.add_argument("--seed", type=int, default=0, help="of lifters and troubles (0)")
    parser.add_argument("--folder", help="where to record; a temporary folder where not given")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    options = parser.parse_args(argv)
    logging.getLogger("firmware_bridge").setLevel(logging.ERROR)  # its warnings are what is tried here
    told = sys.stderr.isatty()

    def progress(share: float) -> None:
        if told:
            doing = "held" if share <= 1.0 else "replayed"
            print(
                f"\r{share if share <= 1.0 else share - 1.0:4.0%} {doing}   ",
                end="",
                file=sys.stderr,
                flush=True,
            )

    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        seen = soak(options.hours, Path(folder), seed=options.seed, progress=progress)
    print((markdown_table if options.markdown else text_table)(["soak", ""], seen.rows()))
    try:
        seen.check()
    except SoakError as error:
        sys.exit(f"FAILED: {error}")


if __name__ == "__main__":
    main()
