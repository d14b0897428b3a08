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
import asyncio
import os
import random
import select
import shutil
import signal
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import numpy as np

from benchmarks.tables import markdown_table, text_table
from firmware_bridge.errors import BridgeError, RecordingError
from firmware_bridge.link import Link
from firmware_bridge.profile.wire import FULL_SCALE, STANDARD_GRAVITY_MPS2
from firmware_bridge.recording import Manifest, Recording, RecordingWriter, repair
from firmware_bridge.recording.journal import OPEN_NAME, encode_line
from firmware_bridge.samples import SensorInfo
from firmware_bridge.sensors import RawPacket, StreamSettings
from firmware_bridge.virtual.rig import virtual_sensor
from firmware_bridge.virtual.source import SampleSource

RATE_HZ = 400.0
SPEED = 20.0
LONGEST_S = 600.0
RANGE_G = 16
COUNT_TO = 30_000
"""The sensor measures its own sample number: the low part on one axis, the high part on the next."""

RECORD_S = (0.0, 0.5)
SEAL_S = (0.0, 0.08)
STEPS = 30
"""File steps (open, rename, remove, bring to the disk) of a sealing; it is killed before one of them."""
SECTOR_BYTES = 512
MOMENTS = ("recording", "sealing", "a step of sealing", "repairing")
STARTED, APPENDED, WAITING, SYNCED, SEALING, DONE = b"TAWSED"
_HEAD = struct.Struct("<BI")


class LostError(BridgeError):
    """Something that was promised is gone, or something is there that never was."""


@dataclass
class Cuts:
    """What was seen.

    Attributes
    ----------
    times
        Kills by moment.
    too_late
        Of those while sealing or repairing, kills after its end.
    appended, kept, unfinished
        Packets that had reached the system; packets recovered; those recovered that were not told to have.
    torn, torn_bytes
        Power cuts that tore something off; bytes that were not on the disk yet.
    repairs, samples
        Recordings repaired, and what they hold.
    """

    times: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MOMENTS, 0))
    too_late: int = 0
    appended: int = 0
    kept: int = 0
    unfinished: int = 0
    torn: int = 0
    torn_bytes: int = 0
    repairs: int = 0
    samples: int = 0


@dataclass
class Said:
    """What a recorder told before it was killed.

    Attributes
    ----------
    lines
        Lines of the packets appended, in order.
    promised
        So many of them had reached the system.
    synced
        Size of the journal that was on the disk.
    """

    lines: list[bytes] = field(default_factory=list)
    promised: int = 0
    synced: int = 0
    seen: set[int] = field(default_factory=set)

    def hear(self, kind: int, body: bytes) -> None:
        """Take in a word of the recorder."""
        self.seen.add(kind)
        if kind in (APPENDED, WAITING):
            self.lines.append(body)
        if kind == APPENDED:
            self.promised = len(self.lines)
        if kind == SYNCED:
            self.synced = struct.unpack("<Q", body)[0]


def cut(times: int, folder: Path, *, seed: int = 0, progress: Callable[[int], None] = lambda n: None) -> Cuts:
    """Kill a recorder so many times, and look at what each left.

    Raises
    ------
    LostError
        A recording lost something that it must not.
    """
    cuts, chance = Cuts(), random.Random(seed)
    for number in range(times):
        moment = MOMENTS[number % len(MOMENTS)]
        path = folder / f"{number}.tempo"
        try:
            _cut_once(path, moment, chance, cuts)
        except RecordingError as error:
            raise LostError(f"killed while {moment} ({number}, seed {seed}): {error}") from error
        except LostError as error:
            raise LostError(f"killed while {moment} ({number}, seed {seed}): {error}") from error
        shutil.rmtree(path, ignore_errors=True)
        progress(number + 1)
    return cuts


def _cut_once(path: Path, moment: str, chance: random.Random, cuts: Cuts) -> None:
    step = chance.randrange(STEPS) if moment == "a step of sealing" else None
    said = _killed(
        lambda pipe: _record(path, pipe, seals=moment in MOMENTS[1:3], step=step),
        after=SEALING if moment == "sealing" else STARTED,
        wait_s=None if step is not None else chance.uniform(*(SEAL_S if moment == "sealing" else RECORD_S)),
    )
    cuts.times[moment] += 1
    cuts.too_late += DONE in said.seen
    _check_torn(path, said, chance, cuts)
    kept = _packets(path)
    _check_packets(kept, said)
    if moment == "repairing":
        for _ in range(2):
            again = _killed(
                lambda pipe: _repair(path, pipe, step=chance.randrange(STEPS)), after=None, wait_s=None
            )
            cuts.too_late += DONE in again.seen
            _same(kept, _packets(path), "after a repair that was killed")
    repair(path)
    _same(kept, _packets(path), "after the repair")
    cuts.repairs += 1
    cuts.samples += _check_samples(path)
    cuts.appended += said.promised
    cuts.kept += len(kept)
    cuts.unfinished += len(kept) - said.promised


# -- the recorder, and the one who repairs


def _killed(work: Callable[[int], None], *, after: int | None, wait_s: float | None) -> Said:
    """Fork a process that works; kill it so long after its word (None lets it end itself)."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            work(writing)
        finally:
            os._exit(1)
    os.close(writing)
    said, text = Said(), bytearray()
    kill_at_s: float | None = None
    try:
        while True:
            left_s = None if kill_at_s is None else max(0.0, kill_at_s - time.monotonic())
            if select.select([reading], [], [], left_s)[0]:
                data = os.read(reading, 2**16)
                if not data:
                    break
                text += data
                _hear(text, said)
                if wait_s is not None and kill_at_s is None and after in said.seen:
                    kill_at_s = time.monotonic() + wait_s
            elif left_s == 0.0:
                os.kill(child, signal.SIGKILL)
                kill_at_s = None
                wait_s = None
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return said


def _hear(text: bytearray, said: Said) -> None:
    while len(text) >= _HEAD.size:
        kind, length = _HEAD.unpack_from(text)
        if len(text) < _HEAD.size + length:
            return
        said.hear(kind, bytes(text[_HEAD.size : _HEAD.size + length]))
        del text[: _HEAD.size + length]


def _say(pipe: int, kind: int, body: bytes = b"") -> None:
    os.write(pipe, _HEAD.pack(kind, len(body)) + body)


def _record(path: Path, pipe: int, *, seals: bool, step: int | None) -> NoReturn:
    """Record until killed, or for a moment, and seal."""
    writer = RecordingWriter.create(path, Manifest(sensor=SensorInfo("bip"), simulated=True))
    _tell_of_syncs(path / OPEN_NAME, pipe)

    def append(packet: RawPacket) -> None:
        writer.append(packet)
        _say(pipe, WAITING if writer.waiting else APPENDED, encode_line(packet))

    asyncio.run(_stream(append, RECORD_S[1] / 2 if seals else LONGEST_S / SPEED, lambda: _say(pipe, STARTED)))
    if step is not None:
        _die_at(step)
    _say(pipe, SEALING)
    writer.seal()
    _say(pipe, DONE)
    os._exit(0)


async def _stream(append: Callable[[RawPacket], None], wall_s: float, begun: Callable[[], None]) -> None:
    async with (
        virtual_sensor(_source(), speed=SPEED) as bar,
        Link.open(
            bar.address, settings=StreamSettings(rate_hz=RATE_HZ), on_packet=append, backend=bar.backend
        ) as link,
    ):
        asyncio.get_running_loop().call_later(wall_s, link.stop)
        begun()
        async for _ in link.packets():
            pass


def _repair(path: Path, pipe: int, *, step: int) -> NoReturn:
    """Repair, and be killed before some step of it."""
    _die_at(step)
    repair(path)
    _say(pipe, DONE)
    os._exit(0)


def _tell_of_syncs(journal: Path, pipe: int) -> None:
    """Tell, each time that the journal was brought to the disk, how much of it that was."""
    sync, inode = os.fsync, journal.stat().st_ino

    def sync_and_tell(descriptor: int) -> None:
        known = os.fstat(descriptor)
        sync(descriptor)
        if known.st_ino == inode:
            _say(pipe, SYNCED, struct.pack("<Q", known.st_size))

    os.fsync = sync_and_tell  # type: ignore[assignment]


def _die_at(step: int) -> None:
    """Kill this process before the file step of a number."""
    left = [step]

    def count() -> None:
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def hook(event: str, _: object) -> None:
        if event in ("open", "os.rename", "os.remove", "os.truncate"):
            count()

    sync = os.fsync

    def sync_or_die(descriptor: int) -> None:
        count()
        sync(descriptor)

    os.fsync = sync_or_die  # type: ignore[assignment]
    sys.addaudithook(hook)


def _source() -> SampleSource:
    """Make a sensor that measures its own sample number."""
    number = np.arange(round(LONGEST_S * RATE_HZ))
    acc = np.stack([number % COUNT_TO, number // COUNT_TO, np.full_like(number, 2048)], axis=1)
    return SampleSource(
        rate_hz=RATE_HZ,
        acc_range_g=RANGE_G,
        gyr_range_dps=2000,
        acc_raw=acc.astype(np.int16),
        gyr_raw=np.zeros_like(acc, dtype=np.int16),
    )


# -- what it left


def _packets(path: Path) -> list[bytes]:
    return [encode_line(packet) for packet in Recording.open(path).packets()]


def _check_packets(kept: Sequence[bytes], said: Said) -> None:
    """Every packet that was promised must be there; the last one may be more than was told."""
    if len(kept) < said.promised:
        raise LostError(f"{said.promised} packets were appended, {len(kept)} are left")
    told = said.lines[: len(kept)]
    _same(told, kept[: len(told)], "as appended")
    if len(kept) > len(said.lines) + 1:
        raise LostError(f"{len(said.lines)} packets were appended, {len(kept)} are there")


def _same(one: Sequence[bytes], other: Sequence[bytes], when: str) -> None:
    if list(one) != list(other):
        raise LostError(f"the packets differ {when}: {len(one)} and {len(other)}")


def _check_torn(path: Path, said: Said, chance: random.Random, cuts: Cuts) -> None:
    """Do to a copy what a power cut may do to all that was not on the disk yet, and look what is left."""
    journal = path / OPEN_NAME
    if not journal.exists() or Recording.open(path).sealed:
        return
    torn = path.with_name(f"torn-{path.name}")
    shutil.copytree(path, torn)
    whole = journal.read_bytes()
    left = bytearray(whole[: chance.randint(min(said.synced, len(whole)), len(whole))])
    for start in range(said.synced, len(left), SECTOR_BYTES):
        if chance.random() < 0.3:
            end = min(len(left), start + SECTOR_BYTES)
            left[start:end] = bytes(end - start)
    (torn / OPEN_NAME).write_bytes(left)
    cuts.torn += left != whole
    cuts.torn_bytes += len(whole) - said.synced
    on_disk = whole[: said.synced].splitlines(keepends=True)
    repair(torn)
    kept = _packets(torn)
    _same(on_disk, kept[: len(on_disk)], "on a torn disk")
    rest: Iterator[bytes] = iter(whole[said.synced :].splitlines(keepends=True))
    if not all(line in rest for line in kept[len(on_disk) :]):
        raise LostError("a torn disk gave packets that never were")
    _check_samples(torn)
    if not Recording.open(torn).sealed or repair(torn).changed:
        raise LostError("a torn disk was not repaired at once")
    shutil.rmtree(torn)


def _check_samples(path: Path) -> int:
    """Hold the table against the sensor's own numbering; return how many samples there are."""
    recording = Recording.open(path)
    if not recording.sealed:
        raise LostError("the recording is not sealed after its repair")
    samples = recording.arrays()
    raw = np.rint(samples.acc_mps2 * (FULL_SCALE / (RANGE_G * STANDARD_GRAVITY_MPS2))).astype(np.int64)
    number = raw[:, 0] + COUNT_TO * raw[:, 1]
    if not np.array_equal(number, np.arange(len(number)) + np.cumsum(samples.lost_before)):
        raise LostError("the samples are not those that the sensor measured")
    return len(number)


def rows(cuts: Cuts, wall_s: float) -> list[list[str]]:
    """Write down what was seen."""
    return [
        *([f"killed while {moment}", f"{times}"] for moment, times in cuts.times.items()),
        ["of those, after its end", f"{cuts.too_late}"],
        ["packets appended", f"{cuts.appended:,}"],
        ["of those lost", "0"],
        ["packets kept besides, that still waited when told", f"{cuts.unfinished}"],
        ["disks torn besides; bytes that were not on them yet", f"{cuts.torn}, {cuts.torn_bytes:,}"],
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
