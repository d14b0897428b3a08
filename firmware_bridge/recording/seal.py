"""Sealing: the journal compressed, the table made from it, the manifest completed."""

from __future__ import annotations

import gzip
import logging
from array import array
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.clock import S_PER_NS, fit_counted_rate_hz, fit_host_clock, fit_rate_hz
from firmware_bridge.errors import RecordingError
from firmware_bridge.recording import table
from firmware_bridge.recording.files import TEMPORARY_SUFFIX, DiskFullError, recording_error, replacing
from firmware_bridge.recording.journal import OPEN_NAME, SEALED_NAME, JournalReader, journal_path
from firmware_bridge.recording.manifest import FILE_NAME as MANIFEST_NAME
from firmware_bridge.recording.manifest import Contents
from firmware_bridge.recording.reader import Recording
from firmware_bridge.recording.table import Samples
from firmware_bridge.samples import SensorInfo
from firmware_bridge.stream import SampleStream

COMPRESS_LEVEL = 6

_log = logging.getLogger(__name__)


def seal(recording: Recording) -> tuple[Recording, JournalReader]:
    """Seal a recording that nobody writes any more; it may be killed at any point, and done again.

    1. The table is made from the packets.
    2. The whole lines of the journal are compressed, damaged ones as they are.
    3. The manifest says ``sealed``. Only from here on do readers look at 1 and 2.
    4. The open journal is removed.

    On a full disk 1, 2 and 4 are left out: the recording says ``sealed`` and keeps its packets as they are,
    and :func:`~firmware_bridge.recording.repair` does the rest once there is room.

    Returns
    -------
    tuple
        The sealed recording, and the reader of its old journal, which knows what was wrong with it.

    Raises
    ------
    RecordingError
        The recording cannot be read or written; what was there stays.
    """
    source = journal_path(recording.path, sealed=recording.sealed)
    _refuse_what_is_no_file(source)
    journal, stream = JournalReader(source), recording.stream()
    gathering, lengths, arrivals_ns = table.Gathering(recording.path), array("q"), array("q")
    for packet in journal.packets():
        for block in stream.feed(packet):
            gathering.add(block)
            lengths.append(len(block))
            arrivals_ns.append(packet.host_ns)
    samples = gathering.samples()
    blocks = _Blocks(samples, np.cumsum(np.r_[0, lengths]), np.array(arrivals_ns))
    try:
        table.write(samples, recording.path)  # 1
        _compress(source)  # 2
        tidy = True
    except DiskFullError as error:
        if source.name != OPEN_NAME:
            raise
        _log.warning("%s; repair %s then, to compress it", error, recording.path)
        for made in (table.FILE_NAME, SEALED_NAME):
            remove(recording.path / made)
        tidy = False
    manifest = replace(
        recording.manifest,
        state="sealed",
        sensor=_merged(recording.info, stream.info),
        contents=_contents(samples, stream, journal, _rate_hz(stream, blocks), _host_clock(blocks)),
    )
    manifest.write(recording.path)  # 3
    if tidy:
        remove(recording.path / OPEN_NAME)  # 4
    return Recording(recording.path, manifest), journal


def remove(path: Path) -> None:
    """Remove a file that may be gone already.

    Raises
    ------
    RecordingError
        It cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise recording_error(error, path, "remove") from error


def _compress(source: Path) -> None:
    with (
        replacing(source.with_name(SEALED_NAME)) as file,
        gzip.GzipFile("", "wb", COMPRESS_LEVEL, file, mtime=0) as packed,  # the same packets, the same bytes
    ):
        packed.writelines(JournalReader(source).raw_lines())


def _merged(known: SensorInfo, told: SensorInfo) -> SensorInfo:
    """Let what the packets tell win, and keep what only the scan knew."""
    return replace(
        told,
        name=told.name or known.name,
        address=told.address or known.address,
        model=told.model or known.model,
        firmware=told.firmware or known.firmware,
        rate_hz=told.rate_hz or known.rate_hz,
        acc_range_mps2=told.acc_range_mps2 or known.acc_range_mps2,
        gyr_range_radps=told.gyr_range_radps or known.gyr_range_radps,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Blocks:
    """Where the blocks of a recording end, in samples from 0 on, and when each arrived."""

    samples: Samples
    edges: NDArray[np.int64]
    arrivals_ns: NDArray[np.int64]


def _refuse_what_is_no_file(journal: Path) -> None:
    """Refuse, before anything is written, what could not all be, or would be somebody else's."""
    if journal.is_symlink():
        raise RecordingError(
            f"{journal} is a link, and sealing would copy what it leads to; put the file itself in its place",
            path=str(journal),
        )
    for name in (MANIFEST_NAME, OPEN_NAME, SEALED_NAME, table.FILE_NAME):
        for path in (journal.with_name(name), journal.with_name(name + TEMPORARY_SUFFIX)):
            if path.is_dir() and not path.is_symlink():
                raise RecordingError(
                    f"{path} is a folder where a file of the recording belongs; move it elsewhere",
                    path=str(path),
                )


def _host_clock(blocks: _Blocks) -> tuple[float, float] | None:
    if not len(blocks.arrivals_ns):
        return None
    ends_s, arrived_s = blocks.samples.t_s[blocks.edges[1:] - 1], blocks.arrivals_ns * np.float64(S_PER_NS)
    fit = fit_host_clock(ends_s, arrived_s)
    return fit.slope, fit.offset_s


def _rate_hz(stream: SampleStream, blocks: _Blocks) -> float | None:
    """Fit the sample rate in the longest stretch without a gap; None below two samples."""
    edges, count = blocks.edges, len(blocks.arrivals_ns)
    after_gaps = 1 + np.flatnonzero(blocks.samples.lost_before[edges[1:-1]])
    bounds = np.concatenate([[0], after_gaps, [count]]).astype(np.int64)
    longest = int(np.argmax(np.diff(edges[bounds])))
    start, end = bounds[longest], bounds[longest + 1]
    if edges[end] - edges[start] < 2:
        return None
    if stream.info.time_source != "counted":
        return fit_rate_hz(blocks.samples.t_s[edges[start] : edges[end]])
    arrived_s = (blocks.arrivals_ns[start:end] - blocks.arrivals_ns[start]) * S_PER_NS
    return fit_counted_rate_hz(edges[start + 1 : end + 1], arrived_s) or stream.stats.rate_hz


def _contents(
    samples: Samples,
    stream: SampleStream,
    journal: JournalReader,
    rate_hz: float | None,
    host_clock: tuple[float, float] | None,
) -> Contents:
    stats = stream.stats
    slope, offset_s = host_clock or (None, None)
    return Contents(
        packets=journal.lines - journal.damaged,
        damaged_lines=journal.damaged,
        samples=len(samples),
        lost=stats.lost,
        missed=stats.missed,
        gaps=stats.gaps,
        duration_s=float(samples.t_s[-1] - samples.t_s[0]) if len(samples) else 0.0,
        rate_hz=rate_hz,
        host_slope=slope,
        host_offset_s=offset_s,
    )
