"""Killing, tearing, repairing, and holding what is left against what was promised."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.power_cut.child import (
    COUNT_TO,
    DONE,
    RANGE_G,
    SEALING,
    STARTED,
    Said,
    killed,
    record_until_killed,
    repair_until_killed,
)
from firmware_bridge.errors import BridgeError, RecordingError
from firmware_bridge.profile.wire import FULL_SCALE, STANDARD_GRAVITY_MPS2
from firmware_bridge.recording import Recording, repair
from firmware_bridge.recording.journal import OPEN_NAME, encode_line

RECORD_S = (0.0, 0.5)
SEAL_S = (0.0, 0.08)
STEPS = 30
"""File steps (open, rename, remove, bring to the disk) of a sealing; it is killed before one of them."""
SECTOR_BYTES = 512
MOMENTS = ("recording", "sealing", "a step of sealing", "repairing")


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
    torn, torn_bytes, safe_bytes
        Power cuts that tore something off; bytes that were not on the disk yet, and that were.
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
    safe_bytes: int = 0
    repairs: int = 0
    samples: int = 0


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
    said = killed(
        lambda pipe: record_until_killed(path, pipe, seals=moment in MOMENTS[1:3], step=step),
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
            again = killed(
                lambda pipe: repair_until_killed(path, pipe, step=chance.randrange(STEPS)),
                after=None,
                wait_s=None,
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
    cuts.safe_bytes += said.synced
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
