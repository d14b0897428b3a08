"""Afterwards: what the recordings hold, what a replay of them says, and what was truly lifted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from benchmarks.soak.lifters import RATE_HZ, Lifter, TrueRep
from benchmarks.soak.takes import TakeSeen
from firmware_bridge.recording import Recording
from firmware_bridge.samples import SampleBlock
from imu_tempo.engine import Engine
from imu_tempo.events import to_json
from imu_tempo.formats import Source, load

PUSH_SAMPLES = 1024
"""More than a packet holds: the engine says the same at any size, and sooner."""
CLEAR_S = 1.5
"""A rep is clear of a loss that is so far off."""
WARM_S = 3.0
"""And of the recording's beginning, from which the engine reads what rest is."""
SAME_REP_S = 1.0

Told = dict[str, object]


@dataclass
class Account:
    """What all recordings hold together.

    Attributes
    ----------
    samples, lost, packets, duration_s
        As their manifests say.
    events, differing
        Events told live; those that a replay says otherwise.
    reps, clear_reps, clear_told
        Reps lifted while there was a recording; those with no loss near; those of them that were told.
    clear_sets, clear_right
        Sets without any loss in them; those of them with as many reps told as lifted.
    ghosts
        Reps told where nobody lifted.
    clock_sets
        Times that a recording says the wall clock was set.
    """

    samples: int = 0
    lost: int = 0
    packets: int = 0
    duration_s: float = 0.0
    events: int = 0
    differing: int = 0
    reps: int = 0
    clear_reps: int = 0
    clear_told: int = 0
    clear_sets: int = 0
    clear_right: int = 0
    ghosts: int = 0
    clock_sets: int = 0

    def add(self, take: TakeSeen, lifter: Lifter) -> None:
        """Read a sealed recording, and play it."""
        recording = Recording.open(take.folder)
        contents = recording.manifest.contents
        if contents is None:
            return
        self.samples += contents.samples
        self.lost += contents.lost + contents.missed
        self.packets += contents.packets
        self.duration_s += contents.duration_s
        self.clock_sets += len(recording.manifest.clock_set)
        live = list(recording.events())
        self.events += len(live)
        if not contents.samples:
            return
        source = load(take.folder)
        replayed = _replayed(source, take)
        self.differing += sum(one != other for one, other in zip_longest(live, replayed))
        if take.first is not None:
            self._compare(source, live, lifter, take.first / RATE_HZ)

    def _compare(self, source: Source, live: Sequence[Told], lifter: Lifter, first_s: float) -> None:
        """Hold the reps that were told against those that were lifted."""
        ends_s = float(source.blocks[-1].t_s[-1])
        holes = list(_holes(source))
        told = _told_reps(live)
        lifted = [
            rep for rep in lifter.reps() if rep.con_end_s - first_s > 0.0 and rep.start_s - first_s < ends_s
        ]
        self.reps += len(lifted)
        by_set: dict[int, list[TrueRep]] = {}
        for rep in lifted:
            by_set.setdefault(rep.set_no, []).append(rep)
        found = {rep: any(_same(rep, first_s, one) for one in told) for rep in lifted}
        clear = {
            rep for rep in lifted if _clear(rep.start_s - first_s, rep.con_end_s - first_s, ends_s, holes)
        }
        self.clear_reps += len(clear)
        self.clear_told += sum(found[rep] for rep in clear)
        for reps in by_set.values():
            span = reps[0].start_s - first_s, reps[-1].con_end_s - first_s
            if _clear(*span, ends_s, holes):
                self.clear_sets += 1
                self.clear_right += sum(_within(one, *span) for one in told) == len(reps)
        self.ghosts += sum(not any(_same(rep, first_s, one) for rep in lifted) for one in told)


def _replayed(source: Source, take: TakeSeen) -> Iterator[Told]:
    engine = Engine(**take.lifting.arguments(), info=source.info, keep=False)
    for block in source.blocks:
        for start in range(0, len(block), PUSH_SAMPLES):
            part = slice(start, start + PUSH_SAMPLES)
            gyr = None if block.gyr_radps is None else block.gyr_radps[part]
            lost = block.lost_before if start == 0 else 0
            events = engine.push(SampleBlock(block.t_s[part], block.acc_mps2[part], gyr, lost))
            yield from (json.loads(json.dumps(to_json(event))) for event in events)
    yield from (json.loads(json.dumps(to_json(event))) for event in engine.finish())


def _told_reps(events: Sequence[Told]) -> list[tuple[float, float]]:
    """Return the lifts of the reps that stood at the end: when each began and ended."""
    standing: dict[tuple[int, int], tuple[float, float]] = {}
    for event in events:
        if event.get("event") != "rep":
            continue
        rep = event["rep"]
        assert isinstance(rep, dict)
        key = rep["set_no"], rep["rep_no"]
        if event["revision"] == "withdrawn":
            standing.pop(key, None)
        else:
            standing[key] = rep["con_start_s"], rep["con_end_s"]
    return list(standing.values())


def _holes(source: Source) -> Iterator[tuple[float, float]]:
    before_s = 0.0
    for block in source.blocks:
        if block.lost_before:
            yield before_s, float(block.t_s[0])
        before_s = float(block.t_s[-1])


def _clear(start_s: float, end_s: float, ends_s: float, holes: Sequence[tuple[float, float]]) -> bool:
    if start_s < WARM_S or end_s > ends_s - CLEAR_S:
        return False
    return not any(start_s - CLEAR_S < until_s and from_s < end_s + CLEAR_S for from_s, until_s in holes)


def _same(rep: TrueRep, first_s: float, told: tuple[float, float]) -> bool:
    middle_s = (rep.con_start_s + rep.con_end_s) / 2 - first_s
    return abs((told[0] + told[1]) / 2 - middle_s) < SAME_REP_S


def _within(told: tuple[float, float], start_s: float, end_s: float) -> bool:
    return start_s - SAME_REP_S < (told[0] + told[1]) / 2 < end_s + SAME_REP_S
