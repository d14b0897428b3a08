"""What a reader is, what it may be told, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.samples import TimeSource
from imu_tempo.formats.canonical import Table
from imu_tempo.formats.readers.mapping import Mapping
from imu_tempo.formats.readers.opening import Export
from imu_tempo.formats.readers.pairing import Track, pair
from imu_tempo.formats.readers.sheet import Sheet
from imu_tempo.formats.source import Fact

Array = NDArray[np.float64]
Status = Literal["seen", "documented", "unverified"]


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a user says of a file of another tool.

    Attributes
    ----------
    format
        Key of the reader to use; None recognises the file by its header.
    device
        Which device of a file that holds several.
    mapping
        The columns of a table that no reader knows.
    keep_names
        Keep names and e-mail addresses of people, which are dropped otherwise.
    up
        Axis of a motion capture laboratory that points up, such as ``+z``.
    """

    format: str | None = None
    device: str | None = None
    mapping: Mapping | None = None
    keep_names: bool = False
    up: str = "+z"


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Samples of one device out of a file of another tool, in SI units, unchecked.

    Attributes
    ----------
    table
        Times in seconds, specific force in m/s^2, angular rate in rad/s.
    taken
        What was taken for what, for the user to check: columns, units, signs.
    device
        Its name or address in the file; empty where the file tells none.
    model
        What kind of device it is, where the format is of one kind.
    started
        When it was recorded, ISO 8601; empty where the file does not tell.
    facts
        What had to be done to times and rows.
    time_source
        What the times are.
    """

    table: Table
    taken: str
    device: str = ""
    model: str = ""
    started: str = ""
    facts: dict[str, Fact] = field(default_factory=dict)
    time_source: TimeSource = "device"


@dataclass(frozen=True, slots=True)
class SampleFormat:
    """A format of samples that is read.

    Attributes
    ----------
    key, title
        Its short name, and what people call it.
    recognised_by
        What in the file tells it, in words.
    units
        Units and signs as they stand in the file.
    status
        ``"seen"``: the header was seen in real files; ``"documented"``: by its maker's document or code;
        ``"unverified"``: by hearsay.
    matches
        Whether an export is of this format, judged by headers alone.
    read
        Its devices, at least one. Raises SourceError.
    note
        What else a user should know.
    """

    key: str
    title: str
    recognised_by: str
    units: str
    status: Status
    matches: Callable[[Export], bool]
    read: Callable[[Export, ReadOptions], list[Reading]]
    note: str = ""


def one_table(
    sheet: Sheet,
    t_s: Array,
    acc: Array,
    gyr: Array | None,
    *,
    taken: str,
    used: list[int],
    **about: str,
) -> Reading:
    """Return the reading of a table whose rows hold all axes.

    Parameters
    ----------
    sheet
        The table.
    t_s, acc, gyr
        (n,) and (n, 3) in SI units.
    taken
        As in :class:`Reading`.
    used
        Places of the columns that were read.
    about
        ``device``, ``model``, ``started``.
    """
    from imu_tempo.formats.readers.stamps import settle

    done = settle(t_s)
    table = Table(
        t_s=done.t_s,
        acc=acc[done.keep],
        gyr=None if gyr is None else gyr[done.keep],
        ignored=tuple(c.strip() for i, c in enumerate(sheet.cells) if i not in used and c.strip()),
        first_line=0 if sheet.repeated else sheet.first_line,
        rows=np.flatnonzero(done.keep),
        truncated=sheet.truncated,
    )
    facts = dict(done.facts)
    if sheet.repeated:
        facts["repeated_headers"] = sheet.repeated
    return Reading(table, taken, facts=facts, time_source=done.time_source, **about)


def two_tables(
    acc: Track, gyr: Track | None, *, source: str, taken: str, ignored: tuple[str, ...] = (), **about: str
) -> Reading:
    """Return the reading of an accelerometer and a gyro that have a table each.

    Raises
    ------
    SourceError
        They are not of one session.
    """
    own, done = acc.settled()
    facts, time_source = dict(done.facts), done.time_source
    turned = None
    if gyr is not None:
        other, also = gyr.settled()
        facts |= {f"gyro_{name}": fact for name, fact in also.facts.items()}
        own, turned, paired = pair(own, other, source=source)
        facts |= paired
    table = Table(t_s=own.t_s, acc=own.values, gyr=turned, ignored=ignored)
    return Reading(table, taken, facts=facts, time_source=time_source, **about)
