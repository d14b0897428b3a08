"""How much of a table is believed; how many bytes are is told in :mod:`firmware_bridge.untrusted`."""

from __future__ import annotations

from firmware_bridge.untrusted import DOCUMENT_BYTES, NUMBER_BYTES, SESSION_BYTES

MAX_ROWS = SESSION_BYTES // (7 * NUMBER_BYTES)
"""Samples, 19 million: a clock and six axes then fill, as numbers, what a session may; 13 h at 400 Hz."""

MAX_VALUES = DOCUMENT_BYTES // NUMBER_BYTES
"""Cells of a table of reps, which are Python's text: 8 million, or 400 000 reps of 20 columns."""

MAX_COLUMNS = 1000
"""Several sensors with all their channels in one table have some hundred columns."""

MAX_DEVICES = 64
"""Sensors or traces of one session: a body wears 17. Each costs a pass over the file."""

MAX_FILES = 500
"""An export has a file a sensor, and a few beside them."""

LONGEST_LINE = 1 << 16
"""Characters: 64 for each of the most columns; a row of a sensor's file has a few hundred."""

HEAD_LINES = 80
"""A header stands in the first lines of a file, behind what it says of the device, ..."""

HEAD_CHARS = LONGEST_LINE
"""... and within this: every line up to it is looked at by every reader."""
