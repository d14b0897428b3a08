"""What the events of one recording come to on the page: pure, so that a test needs no radio and no browser.

Times are told on the wall clock, so that a page that was asleep knows how long the phase has lasted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from imu_tempo.events import (
    Event,
    PhaseChanged,
    Quality,
    Rejected,
    RepEvent,
    SetEnded,
    SetStarted,
    StopReached,
)
from imu_tempo.exercises import exercise as profile_of
from imu_tempo.live.lifting import Lifting
from imu_tempo.live.web.hub import Json
from imu_tempo.live.web.phases import Phases
from imu_tempo.live.web.rep_view import HAND_MARKS, reps_json, set_json
from imu_tempo.live.web.setup import targets
from imu_tempo.metrics import parse_tempo
from imu_tempo.metrics.scoring import Tolerance
from imu_tempo.relabel import Edit
from imu_tempo.report.words import reason_words
from imu_tempo.schema import RepRow, SetRow

QUALITY_KEPT = 5
"""Last remarks on the signal that are shown."""
_TAKES_BACK = {"full": "partial", "unassisted": "assisted", "not_to_failure": "to_failure"}
"""Words on a rep, by the mark that they take off."""
_SAME_SET_S = 2.0
"""The pass of record may begin a set this much earlier than it was told live."""
_REVISED = (("mcv_mps", 2), ("ecc_s", 1))
"""What a correction is shown of, and to how many decimals: what rounds to the same is none."""


@dataclass(frozen=True, slots=True)
class Clock:
    """How the session clock lies on the wall clock: when a moment of it was, in milliseconds."""

    t_s: float
    wall_ms: float
    speed: float = 1.0

    def wall(self, t_s: float) -> float:
        """Return when a moment of the session was."""
        return round(self.wall_ms + 1000.0 * (t_s - self.t_s) / self.speed, 1)


class Tracker:
    """The set in hand of one recording.

    Parameters
    ----------
    lifting
        What the reps are held against.
    recording
        Key of the recording.

    Attributes
    ----------
    reps
        Reps of the set in hand, or of the last one.
    summary
        Of that set, once it has ended.
    """

    def __init__(self, lifting: Lifting, recording: str) -> None:
        self.recording = recording
        arguments = lifting.arguments()
        self._prescription = parse_tempo(lifting.tempo) if lifting.tempo else None
        context = arguments["context"]
        self._tolerance = context.tolerance or Tolerance()
        self._loss_limit = context.stop.velocity_loss_pct if context.stop else None
        self._all_out = lifting.all_out
        self.set_no = 0
        self.reps: list[RepRow] = []
        self.summary: SetRow | None = None
        self._edits: tuple[Edit, ...] = ()
        self._was: dict[int, dict[str, Json]] = {}
        self._removed: list[int] = []
        self._stop: StopReached | None = None
        opens = "con" if profile_of(arguments["exercise"]).starts_with == "con" else "ecc"
        self._phases = Phases(opens, self._prescription, self._tolerance)
        self._quality: list[Quality] = []
        self._last_rejected: Rejected | None = None
        self._rep_told_ms: float | None = None

    def hear(self, event: Event, clock: Clock) -> tuple[str, ...]:
        """Take in an event; return the names of the parts of the view that changed."""
        match event:
            case SetStarted():
                self._begin(event.set_no)
                return ("set",)
            case PhaseChanged():
                self._phases.begin(event)
                return ("phase",)
            case RepEvent():
                self._on_rep(event)
                self._rep_told_ms = clock.wall(event.t_s)
                return ("set", "phase")
            case StopReached():
                if event.set_no == self.set_no:
                    self._stop = None if event.revision == "withdrawn" else event
                return ("set",)
            case SetEnded():
                if event.summary.set_no != self.set_no:
                    self._begin(event.summary.set_no)
                self.summary = event.summary
                self._phases.clear()
                return ("set", "phase")
            case Quality():
                self._quality = [*self._quality, event][-QUALITY_KEPT:]
                return ("signal",)
            case Rejected():
                self._last_rejected = event
                return ("signal",)

    @property
    def goes_on_from_s(self) -> float:
        """When the set in hand began; infinity while none goes on."""
        if self.summary is not None or not self.reps:
            return math.inf
        return float(np.fmin(self.reps[0].ecc_start_s, self.reps[0].con_start_s)) - _SAME_SET_S

    def settle(self, row: SetRow, reps: Sequence[RepRow]) -> None:
        """Put the numbers of record, edits included, in the place of what was told live of that set."""
        told = self.summary
        if told is not None and row.start_s < told.end_s and row.end_s > told.start_s:
            self.summary, self.reps = row, list(reps)
            self._edits = ()

    def mark(self, edits: Sequence[Edit]) -> None:
        """Show what was said of reps of the set in hand, before the numbers of record are there."""
        self._edits = tuple(edits)

    # What the page gets

    def phase_json(self, clock: Clock) -> Json:
        """Return the phase, since when, and what the phases before it in this rep lasted."""
        phase = self._phases.now
        return {
            "name": phase.phase if phase else "rest",
            "since_ms": clock.wall(phase.since_s) if phase else None,
            "done": self._phases.done_json(),
        }

    def targets_json(self) -> Json:
        """Return what is asked of each phase."""
        return targets(self._prescription, self._tolerance)

    def set_json(self, clock: Clock) -> Json:
        """Return the set in hand, or the last one; None before the first."""
        if not self.set_no:
            return None
        marked = self._marked()
        shown = reps_json(marked, self._prescription, self._tolerance)
        for rep in shown:
            rep["was"] = self._was.get(rep["no"])
        best = max(
            (r["mcv"] for r in shown if r["mcv"] is not None and r["loss_pct"] is not None), default=None
        )
        limit = self._loss_limit
        return {
            "recording": self.recording,
            "set_no": self.set_no,
            "reps": shown,
            "removed": self._removed,
            "all_out": self._all_out,
            "best_mps": best,
            "limit_pct": limit,
            "limit_mps": round(best * (1 - limit / 100), 3) if best and limit and self._all_out else None,
            "stop": self._stop_json(),
            "summary": set_json(self.summary) if self.summary else None,
            "ended_ms": clock.wall(self.summary.end_s) if self.summary else None,
            "told_ms": self._rep_told_ms,
        }

    def signal_json(self, clock: Clock) -> Json:
        """Return the last remarks on the signal, and the last movement that was no rep."""
        no_rep = self._last_rejected
        return {
            "remarks": [
                {"at_ms": clock.wall(q.t_s), "kind": q.kind, "detail": q.detail} for q in self._quality
            ],
            "no_rep": reason_words(no_rep.movement.reason) if no_rep else None,
        }

    # How it gets there

    def _begin(self, set_no: int) -> None:
        self.set_no = set_no
        self.reps, self.summary, self._edits = [], None, ()
        self._was, self._removed, self._stop = {}, [], None

    def _on_rep(self, event: RepEvent) -> None:
        rep = event.rep
        if rep.set_no != self.set_no:
            if event.revision == "withdrawn":
                return
            self._begin(rep.set_no)
        before = next((r for r in self.reps if r.rep_no == rep.rep_no), None)
        others = [r for r in self.reps if r.rep_no != rep.rep_no]
        if event.revision == "withdrawn":
            self.reps = others
            self._removed = [*self._removed, rep.rep_no]
            return
        if event.revision == "revised" and before is not None:
            was = {
                name: round(getattr(before, name), places)
                for name, places in _REVISED
                if _rounds_otherwise(getattr(before, name), getattr(rep, name), places)
            }
            self._was[rep.rep_no] = was
        self.reps = sorted([*others, rep], key=lambda r: r.rep_no)
        self._fill_pause()
        if event.revision != "revised":
            self._phases.correct(rep)

    def _fill_pause(self) -> None:
        """Give each rep but the last the pause at the top that came after it."""
        for i, (rep, after) in enumerate(zip(self.reps, self.reps[1:], strict=False)):
            pause_s = after.ecc_start_s - rep.con_end_s
            if rep.top_s != rep.top_s and rep.con_end_s > rep.ecc_end_s and pause_s >= 0:
                self.reps[i] = replace(rep, top_s=pause_s)

    def _marked(self) -> list[RepRow]:
        return [_with_marks(rep, self._edits) for rep in self.reps]

    def _stop_json(self) -> Json:
        stop = self._stop
        return {"rep_no": stop.rep_no, "rule": stop.rule, "detail": stop.detail} if stop else None


def _with_marks(rep: RepRow, edits: Sequence[Edit]) -> RepRow:
    """Return a rep with what was said of it as flags of its quality."""
    words = set(rep.quality.split())
    middle_s = (rep.con_start_s + rep.con_end_s) / 2
    for edit in edits:
        if not any(ref.con_start_s <= middle_s < ref.con_end_s for ref in edit.reps):
            continue
        if edit.action == "delete":
            words.add("withdrawn")
        elif edit.action in HAND_MARKS:
            words.add(edit.action)
        elif edit.action in _TAKES_BACK:
            words.discard(_TAKES_BACK[edit.action])
    quality = " ".join(sorted(words))
    return rep if words == set(rep.quality.split()) else replace(rep, quality=quality)


def _rounds_otherwise(before: float, now: float, places: int) -> bool:
    if before != before or now != now:
        return False
    return round(before, places) != round(now, places)
