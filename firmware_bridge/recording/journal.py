"""``packets.jsonl``: one line a packet. Half of a JSON Lines file still gives every whole line."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from firmware_bridge.errors import RecordingError
from firmware_bridge.recording.files import recording_error
from firmware_bridge.sensors.base import PacketKind, RawPacket
from firmware_bridge.untrusted import in_words, open_plain

OPEN_NAME = "packets.jsonl"
SEALED_NAME = "packets.jsonl.gz"
EVENTS_NAME = "events.jsonl"

LINE_BYTES = 1 << 16
"""A line is no longer: the longest packet, 512 bytes, takes 1.2 KiB, and what is told of a set a few."""

JOURNAL_BYTES = 2 << 30
"""Unpacked, a journal is no longer: two days of six axes at 400 Hz."""

PACKED_RATIO = 100
SMALL_BYTES = 64 << 20
"""Packets pack three to ten times. More than 64 MiB out of a hundredth of that were made to fill a disk."""

DAMAGED_LINES = 1 << 20
"""More are no damage: an hour of a disk's zeros takes less."""

NS_MAX = 2**62
"""Host clocks count nanoseconds for less than 146 years; the difference of any two fits 64 bits."""


def encode_line(packet: RawPacket) -> bytes:
    """Write a packet as a line."""
    return (
        f'{{"ns":{packet.host_ns},"kind":"{packet.kind.value}",'
        f'"uuid":{json.dumps(packet.characteristic)},"hex":"{packet.payload.hex()}"}}\n'
    ).encode()


def decode_line(line: bytes) -> RawPacket:
    """Read a packet from a line.

    Raises
    ------
    ValueError
        The line is not one.
    """
    try:
        fields = json.loads(line)
        host_ns, uuid = fields["ns"], fields["uuid"]
        packet = RawPacket(host_ns, uuid, bytes.fromhex(fields["hex"]), PacketKind(fields["kind"]))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"not a packet: {error!r}") from error
    if type(host_ns) is not int or abs(host_ns) >= NS_MAX or type(uuid) is not str:
        raise ValueError(f"not a packet: ns is {host_ns!r}, uuid is {uuid!r}")
    return packet


class JournalReader:
    """The whole lines of a journal, plain or compressed, and what is wrong with the rest.

    A line counts once its line feed is there. A damaged line is skipped and counted, as is one that is too
    long to be one; a compressed file that ends early gives what comes before the end.

    Attributes
    ----------
    path
        The file.
    lines
        Whole lines so far, damaged ones included.
    damaged
        Whole lines that are no packets.
    torn_bytes
        Bytes behind the last line feed.
    cut_short
        Why a compressed journal could not be read to its end; None where it could.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines = 0
        self.damaged = 0
        self.torn_bytes = 0
        self.cut_short: str | None = None

    def raw_lines(self) -> Iterator[bytes]:
        """Yield the whole lines, line feed included; one longer than ``LINE_BYTES`` comes in pieces.

        Raises
        ------
        RecordingError
            The file cannot be opened or read, is none, or holds more than any recording.
        """
        try:
            with open_plain(self.path) as file:
                size = os.fstat(file.fileno()).st_size
                if self.path.suffix == ".gz":
                    with gzip.GzipFile(fileobj=file) as unpacked:
                        most = min(JOURNAL_BYTES, max(SMALL_BYTES, PACKED_RATIO * size))
                        yield from self._lines(unpacked, most)
                elif size > JOURNAL_BYTES:
                    raise self._too_much(JOURNAL_BYTES)
                else:
                    yield from self._lines(file, JOURNAL_BYTES)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            self.cut_short = str(error)
        except OSError as error:
            raise recording_error(error, self.path, "read") from error

    def _lines(self, file: BinaryIO | gzip.GzipFile, most: int) -> Iterator[bytes]:
        begun = total = 0  # bytes of a line that is too long, and of all
        while line := file.readline(LINE_BYTES):
            total += len(line)
            if total > most:
                raise self._too_much(most)
            whole = line.endswith(b"\n")
            if not whole and len(line) < LINE_BYTES:
                self.torn_bytes = begun + len(line)
                return
            begun = 0 if whole else begun + len(line)
            self.lines += whole
            yield line
        self.torn_bytes = begun

    def _too_much(self, most: int) -> RecordingError:
        return RecordingError(
            f"{self.path} holds more than {in_words(most)}, which no recording of its size does",
            path=str(self.path),
        )

    def packets(self) -> Iterator[RawPacket]:
        """Yield the packets in the order they came.

        Raises
        ------
        RecordingError
            As :meth:`raw_lines`, or next to nothing in the file is a packet.
        """
        too_long = False
        for line in self.raw_lines():
            whole = line.endswith(b"\n")
            if too_long or not whole:
                self._skip(whole)
                too_long = not whole
                continue
            try:
                packet = decode_line(line)
            except ValueError:
                self._skip(whole)
            else:
                yield packet

    def _skip(self, whole: bool) -> None:
        self.damaged += whole
        if self.damaged > DAMAGED_LINES:
            raise RecordingError(
                f"{self.path} holds more than {DAMAGED_LINES} lines that are no packets", path=str(self.path)
            )


def journal_path(folder: Path, *, sealed: bool) -> Path:
    """Find a recording's journal; of two, which only a crash leaves behind, the one that holds more.

    Raises
    ------
    RecordingError
        It is gone.
    """
    names = (SEALED_NAME, OPEN_NAME) if sealed else (OPEN_NAME, SEALED_NAME)
    found = [folder / name for name in names if is_there(folder / name)]
    if not found:
        raise RecordingError(f"{folder} has lost its packets: there is no {names[0]} in it", path=str(folder))
    return max(found, key=_packets_in) if len(found) > 1 else found[0]


def is_there(path: Path) -> bool:
    """Whether a name leads to anything; a link that leads nowhere does not."""
    try:
        return path.exists()
    except OSError:  # a link whose target is too long a name, or may not be looked at
        return False


def _packets_in(path: Path) -> int:
    return sum(1 for _ in JournalReader(path).packets())
