"""Live: sample blocks in, events out, each rep within half a second of its end.

Everything is decided frame by frame, on frames that no packet size changes: a replay is equal to the live
run to the bit.

1. Frames: orientation (or norm), vertical acceleration, exact integrals; as offline, but looking back only.
2. A forward filter follows velocity and phase, and says when a stroke may have ended.
3. Then the samples of the set so far are solved by the same code as offline. Reps that have ended are told;
   the forward filter goes on from there.
4. When the set is over, the offline pass solves its samples again, looking both ways. What differs is told
   as a revision.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.samples import SampleBlock, SensorInfo
from imu_tempo.calibration import CalibrationLike, calibration_for
from imu_tempo.definitions import Definitions
from imu_tempo.events import Event, Quality, Rejected, SetEnded, SetStarted
from imu_tempo.exercises import exercise as find_exercise
from imu_tempo.glance import Before, Glance, glance
from imu_tempo.metrics.context import NO_CONTEXT, SetContext
from imu_tempo.metrics.sets import summarise
from imu_tempo.metrics.stop import StopRule, StopWatch
from imu_tempo.offline import Labels, edits_for, frames_of, solve_samples
from imu_tempo.result import AnalysisResult, Fact, SampleColumns, assemble
from imu_tempo.samples import Samples
from imu_tempo.schema import NAN, RejectedRow, RepRow, SetRow
from imu_tempo.signal.constants import FRAME_S, GRAVITY_MPS2, IMPACT_HIGH_MPS2, IMPACT_RING_S
from imu_tempo.signal.forward import ForwardFilter
from imu_tempo.signal.frames import Frames
from imu_tempo.signal.front import Front, with_rest_ahead
from imu_tempo.signal.intake import ANEW_S, LEAST_SAMPLES, readable
from imu_tempo.signal.quiet import LONG_S
from imu_tempo.solve import Solved, samples_of, solve
from imu_tempo.told import SURE_AFTER_S, Told
from imu_tempo.tracking import (
    GENTLE_SWING_MPS,
    LoweringWatch,
    PhaseTracker,
    TurnWatch,
    Window,
    began_s,
    ended_s,
)

if TYPE_CHECKING:
    from imu_tempo.formats.source import SourceLike
    from imu_tempo.relabel import Edits

Array = NDArray[np.float64]

WARM_UP_S = 1.0
"""First stretch, from which gravity and the gyro's offset are read before anything is told."""
_CONFIRM_S = 0.3
"""A stroke is solved this long after it seems to have ended: its edge needs a little future."""
_LOWERED_S = {"stands": 0.26, "landed": 0.12, "quiet": 0.0}
"""The same for a lowering: ringing is over when landing is told, and quiet has lasted for a while."""
_RETRY_S = 0.16
"""Next look, where the solver finds the stroke still going on."""
_RETRIES = 10
_NOT_FOUND_S, _NOT_FOUND_LOOKS = 0.3, 2
"""Next looks for a lift that was felt and not found: a little rest after it may show it."""
_PLAIN_MPS = 0.25
"""A swing so large that it is worth that other look."""
_TIRED_RATIO = 0.2
"""Part of a set's highest velocity that any lift of it has."""
_STOPS_RATIO = 0.25
"""A swing that comes up to no more than this part of itself was a lowering, while velocity is known."""
_GENTLE_MPS, _GENTLE_EVERY_S = 0.2, 2.0
"""Until lifts faster than this are told, gentler swings are looked at as well, at most so often."""
_DUE_EVERY_S = 0.3
"""A lowering that may be over is looked at again at most so often."""
_ADRIFT_S = 6.0
"""A bar that is not quiet is looked at so often at least, so that the forward filter keeps its footing."""
_FRESH_S = 2.0
"""A set is over only by a look that is no older than this."""
_STILL_MPS = 0.05
_FALLS_MPS = 0.08
_FOUND_WITHIN_S = 1.5
"""A felt lift is found if a rep's lift ends no longer ago than this."""
_HIDDEN_MPS = 0.15
"""Mean velocity below which a lowering of 8 s may be quiet from its first to its last moment."""
_AFTER_SET_S = 8.0
"""A closed window reaches this far beyond its last rep: the rack belongs to it, the next set's lead-in does
not."""
_SURELY_OVER = 2.5
"""A set is over after this many set rests even if the bar is still being handled."""
_IDLE_S = 90.0
"""Without a rep for so long, the window is closed and what moved in it listed."""
_LOOK_LEAD_S = 10.0
"""A look goes back so far before the set: a stand before it, and steps, tell the sensor's offset."""
_LOOK_BACK_S = 30.0
"""And so far at least: a slow lowering with its pauses, and the stand before."""
_LOOK_MOST_S = 90.0
"""And no further in a long set, whose first reps are settled: a look costs as much as it sees."""
_LEAD_IN_S = 15.0
"""What an idle window leaves for the next: a slow lowering that may have begun."""


class Engine:
    """The live engine.

    Parameters
    ----------
    exercise, load_kg, tempo, athlete
        As in :func:`imu_tempo.analyze`.
    info
        What is known of the sensor; its range is used where given.
    definitions
        Other than the default definitions.
    calibration
        As in :func:`imu_tempo.analyze`; the stored one is that of ``info``.
    context
        As in :func:`imu_tempo.analyze`; its stop rule is watched while the set goes on.
    keep
        Keep rows, samples and events for :meth:`result`; False holds memory flat over hours.
    """

    def __init__(
        self,
        exercise: str = "squat",
        load_kg: float | None = None,
        tempo: str | None = None,
        athlete: str | None = None,
        *,
        info: SensorInfo | None = None,
        definitions: Definitions | None = None,
        calibration: CalibrationLike | None = None,
        context: SetContext = NO_CONTEXT,
        keep: bool = True,
    ) -> None:
        self._exercise = find_exercise(exercise)
        self._labels = Labels.of(load_kg, tempo, athlete, context)
        self._stop = StopWatch(context.stop or StopRule(), self._labels.prescription, context.tolerance)
        self._definitions = definitions or Definitions()
        self._calibration = calibration_for(calibration, info)
        self._range = self._calibration.full_scale_mps2(info.acc_range_mps2 if info else None)
        self._keep = keep
        self._sets_done = 0
        self._first_s: float | None = None
        self._last_s = 0.0
        self._unread = 0
        self._begin(0.0)
        self._lost = self._gaps = 0
        self._record = _Record()

    def _begin(self, start_s: float) -> None:
        """Begin to look at samples, with nothing known of any before."""
        self._waiting: list[SampleBlock] = []
        self._front: Front | None = None
        self._window = Window(start_s)
        self._filter = ForwardFilter()
        self._phases = PhaseTracker()
        self._ringing = 0
        self._quiet_frames = 0
        self._turns = TurnWatch()
        self._gentle_turns = TurnWatch(GENTLE_SWING_MPS)
        self._lowerings = LoweringWatch()
        self._look_at: int | None = None
        self._looked_at = 0
        self._looks = 0
        self._at_lowering = self._follow_up = self._for_footing = self._felt_slightly = False
        self._felt_mps = 0.0
        self._is_slight = False
        self._before = Before()
        self._active_until_s = NAN
        self._moving = False
        self._set_begun = False
        self._told = Told()

    def push(self, block: SampleBlock) -> list[Event]:
        """Take the next block of samples; return what it made known.

        What is no reading counts as lost. Where nothing came for a minute, all begins anew.
        """
        events: list[Event] = []
        parts, unread = readable(self._calibration.on_block(block))
        for part in parts:
            part, self._unread = replace(part, lost_before=part.lost_before + self._unread), 0
            events.extend(self._take(part))
        self._unread += unread
        return self._said(events)

    def finish(self) -> list[Event]:
        """End the stream: the set in hand is closed."""
        return self._said(list(self._end()))

    def _take(self, block: SampleBlock) -> Iterator[Event]:
        at_s = float(block.t_s[0])
        if self._first_s is None:
            self._first_s = at_s
            self._begin(at_s)
        elif at_s - self._last_s > ANEW_S:
            yield from self._end()
            self._begin(at_s)
        if block.lost_before:
            self._lost += block.lost_before
            self._gaps += 1
            detail = f"{block.lost_before} samples missing before {at_s:.2f} s"
            yield Quality(t_s=at_s, kind="gap", detail=detail)
        self._last_s = float(block.t_s[-1])
        if self._front is not None:
            yield from self._advance(block)
            return
        self._waiting.append(block)
        if self._last_s - self._window.start_s >= WARM_UP_S and self._enough_waits:
            yield from self._open()

    @property
    def _enough_waits(self) -> bool:
        return sum(len(b) for b in self._waiting) >= LEAST_SAMPLES

    def _end(self) -> Iterator[Event]:
        if self._front is None and self._enough_waits:
            yield from self._open()
        if self._window.seen * FRAME_S >= WARM_UP_S:
            yield from self._close(self._window.seen)

    def result(self, source: str = "live") -> AnalysisResult:
        """Return the tables so far; call :meth:`finish` first to have the last set in them."""
        first = self._last_s if self._first_s is None else self._first_s
        quality: dict[str, Fact] = {"lost_samples": self._lost, "gaps": self._gaps}
        quality["calibration"] = self._calibration.sensor
        if self._front:
            quality["axes"] = 6 if self._front.has_gyro else 3
            quality["gravity_mps2"] = round(self._front.calibration.rest.gravity_mps2, 4)
        record = self._record
        return assemble(
            reps=record.reps,
            sets=record.sets,
            rejected=record.rejected,
            samples=record.samples,
            source=source,
            exercise=self._exercise.name,
            rate_hz=1.0 / self._front.period_s if self._front else NAN,
            duration_s=self._last_s - first,
            quality=quality,
            definitions=self._definitions,
            events=record.events,
            context=self._labels.context,
        )

    def _said(self, events: list[Event]) -> list[Event]:
        if self._keep:
            self._record.events.extend(events)
        return events

    # -- frames

    def _open(self) -> Iterator[Event]:
        """End the warm-up: read the calibration from exactly its samples, then work off what is waiting."""
        warm = Samples.of(self._waiting)
        n = max(int(np.searchsorted(warm.t_s, self._window.start_s + WARM_UP_S)), LEAST_SAMPLES)
        gyr = None if warm.gyr_radps is None else warm.gyr_radps[:n]
        self._front = Front(warm.t_s[:n], warm.acc_mps2[:n], gyr, self._range)
        waiting, self._waiting = self._waiting, []
        for block in waiting:
            yield from self._advance(block)

    def _advance(self, block: SampleBlock) -> Iterator[Event]:
        assert self._front is not None
        self._window.add_block(block)
        frames = self._front.push(block)
        if frames is None:
            return
        for dv, dh, trusted in zip(
            frames.dv_mps.tolist(), frames.dh_m.tolist(), self._trusted(frames), strict=True
        ):
            self._filter.step(dv, dh, trusted=trusted)
            self._window.seen += 1
            self._quiet_frames = self._quiet_frames + 1 if self._filter.quiet else 0
            if self._quiet_frames * FRAME_S > LONG_S:
                self._filter.rest()  # longer than any steady lowering, whatever the filter has drifted to
            yield from self._on_frame()

    def _trusted(self, frames: Frames) -> Iterator[bool]:
        """Tell of each frame whether its acceleration is what the bar did, not ringing or a hole."""
        hit = frames.force_max > IMPACT_HIGH_MPS2
        for struck, unseen in zip(hit.tolist(), (frames.unseen > 0.0).tolist(), strict=True):
            self._ringing = round(IMPACT_RING_S / FRAME_S) if struck else max(0, self._ringing - 1)
            yield self._ringing == 0 and not unseen

    def _on_frame(self) -> Iterator[Event]:
        change = self._phases.step(self._window.now_s, self._filter.v_mps)
        if change:
            yield change
        self._watch()
        if self._look_at is not None and self._window.seen >= self._look_at:
            yield from self._look()
        elif len(self._told):
            yield from self._perhaps_close()
        elif self._window.seen * FRAME_S > _IDLE_S + _LEAD_IN_S:
            yield from self._close(self._window.seen - round(_LEAD_IN_S / FRAME_S))

    # -- when to look

    def _watch(self) -> None:
        """Notice that a stroke is ending, by changes of velocity alone: its level may have drifted."""
        v_mps, quiet, struck = self._filter.v_mps, self._filter.quiet, self._ringing > 0
        turn = self._turns.step(v_mps, struck=struck, quiet=quiet)
        gentle = self._gentle_turns.step(v_mps, struck=struck, quiet=quiet)
        lowered = self._lowerings.step(v_mps, struck=struck, quiet=quiet)
        if turn or gentle:
            self._is_slight = not turn
        slight = self._is_slight and (gentle == "lift" or lowered == "quiet")
        self._felt_slightly = self._felt_slightly or slight
        due = lowered and self._told.lacks_lowering and self._since_look_s > _DUE_EVERY_S
        if lowered == "quiet" and due:
            self._look_in(_LOWERED_S[lowered], at_lowering=True)
        elif turn == "lift" and self._is_worth_a_look():
            self._look_in(_CONFIRM_S, felt_mps=self._turns.swing_mps)
        elif self._look_at is not None and not self._follow_up:
            return
        elif lowered and due:
            self._look_in(_LOWERED_S[lowered], at_lowering=True)
        elif self._felt_slightly and self._is_gentle and self._since_look_s > _GENTLE_EVERY_S:
            self._look_in(_CONFIRM_S)
        elif self._since_look_s > _ADRIFT_S and (not quiet or (len(self._told) and self._is_gentle)):
            self._look_in(0.0)
            self._for_footing = len(self._told) > 0 and not self._is_gentle

    @property
    def _since_look_s(self) -> float:
        return (self._window.seen - self._looked_at) * FRAME_S

    def _is_worth_a_look(self) -> bool:
        """Whether an upward swing may be another lift, not a step or the stop of a lowering."""
        swing_mps, fastest = self._turns.swing_mps, max((r.pcv_mps for r in self._told.rows), default=0.0)
        stops = len(self._told) > 0 and self._turns.top_mps < _STOPS_RATIO * swing_mps
        return swing_mps > _TIRED_RATIO * fastest and not (stops and self._since_look_s < _ADRIFT_S)

    @property
    def _is_gentle(self) -> bool:
        return all(row.mcv_mps < _GENTLE_MPS for row in self._told.rows)

    def _look_in(self, seconds: float, *, felt_mps: float = 0.0, at_lowering: bool = False) -> None:
        """Begin to look for a stroke that seems to be ending."""
        self._look_at = self._window.seen + round(seconds / FRAME_S)
        self._looks, self._felt_mps, self._at_lowering = 0, felt_mps, at_lowering
        self._follow_up = self._for_footing = self._felt_slightly = False

    def _look_again(self, seen: Glance, now_s: float) -> None:
        """Look again where something is going on, was felt but not found, or is to be made sure of."""
        due_s = seen.lift_due_s
        if due_s is None and (self._at_lowering or (seen.lowering_due_s or now_s) > now_s):
            falls = seen.lowering_due_s == now_s and self._filter.v_mps < -_FALLS_MPS
            due_s = None if falls else seen.lowering_due_s  # one that goes on will come to a stand
        found = any(row.con_end_s > now_s - _FOUND_WITHIN_S for row in seen.before.rows)
        wait_s = None
        if due_s is not None and self._looks < _RETRIES:
            wait_s = max(due_s - now_s, 2.0 * FRAME_S) if due_s > now_s else _RETRY_S
        elif self._felt_mps > _PLAIN_MPS and not found and self._looks < _NOT_FOUND_LOOKS:
            wait_s = _NOT_FOUND_S
        elif self._told.open_questions and not self._follow_up:
            self._follow_up = True
            wait_s = SURE_AFTER_S
        if wait_s is not None:
            self._looks += 1
            self._look_at = self._window.seen + math.ceil(wait_s / FRAME_S - 1e-6)

    # -- looking

    def _look(self) -> Iterator[Event]:
        """Solve the window so far, tell the reps that have ended, and set the forward filter right."""
        self._look_at = None
        since_s, settled_s = self._reach()
        samples = self._window.samples(self._window.now_s, since_s)
        if samples is None or samples.t_s[-1] - samples.t_s[0] < WARM_UP_S + FRAME_S:
            return
        frames, calibration = frames_of(samples, self._range)
        offset_sd = calibration.rest.offset_sd_mps2
        if self._exercise.floor and self._told.lacks_lowering:
            frames = with_rest_ahead(frames)
        solved = solve(frames, self._exercise, self._definitions, offset_sd, first_set=self._sets_done + 1)
        rows = self._labels.on([row for rows in solved.sets for row in rows])
        now_s = self._window.now_s
        if self._for_footing:  # in the middle of a movement less is known of the reps than when they ended
            self._looked_at = self._window.seen
            self._anchor(solved, calibration.rest.gravity_mps2)
            return
        seen = glance(solved, rows, now_s, self._before, self._exercise, settled_s)
        self._before, self._active_until_s = seen.before, seen.active_until_s
        self._looked_at = self._window.seen
        yield from self._tell(seen, now_s, settled_s)
        self._anchor(solved, calibration.rest.gravity_mps2)
        self._look_again(seen, now_s)

    def _reach(self) -> tuple[float, float]:
        """How far back a look goes, and how far back the reps are settled.

        It goes back to before the set, or to what may be its first lowering. In a long set it begins between
        two reps, and the first that it sees is cut by its edge.
        """
        starts = [began_s(r.con_start_s, r.ecc_start_s) for r in self._told.rows]
        now_s = self._window.now_s
        since_s = min(min(starts, default=math.inf) - _LOOK_LEAD_S, now_s - _LOOK_BACK_S)
        recent = [start_s for start_s in starts if start_s > now_s - _LOOK_MOST_S]
        if since_s > now_s - _LOOK_MOST_S - _LOOK_LEAD_S or len(recent) < 2:
            return since_s, -math.inf
        return recent[0], recent[1] - FRAME_S

    def _tell(self, seen: Glance, now_s: float, settled_s: float) -> Iterator[Event]:
        news = list(self._told.look(now_s, self._sets_done + 1, seen.findings, settled_s))
        rows = self._told.rows
        if rows and not self._set_begun:
            self._set_begun = True
            first_s = began_s(rows[0].con_start_s, rows[0].ecc_start_s)
            yield SetStarted(t_s=first_s, set_no=rows[0].set_no)
        yield from news
        if news and rows:
            yield from self._stop.on_rep(now_s, rows)

    def _anchor(self, solved: Solved, gravity_mps2: float) -> None:
        """Go on from what was solved; the filter's frames have the gravity that the warm-up gave."""
        assert self._front is not None
        before = self._filter.v_mps
        frames, path = solved.motion.frames, solved.motion.path
        last = min(round((self._window.now_s - frames.start_s) / FRAME_S), len(frames))
        scale = gravity_mps2 / self._front.calibration.rest.gravity_mps2
        offset_mps2 = float(solved.motion.offset_mps2[last - 1]) + GRAVITY_MPS2 * (scale - 1.0)
        self._filter.anchor(
            float(path.h_m[last]), float(path.v_mps[last]), offset_mps2, path.v_sd(last), path.b_sd(last)
        )
        self._turns.shift(self._filter.v_mps - before)
        self._gentle_turns.shift(self._filter.v_mps - before)
        self._moving = abs(float(path.v_mps[last])) > _STILL_MPS

    # -- the end of a set

    def _perhaps_close(self) -> Iterator[Event]:
        """End the set if the bar has rested for long enough, by a look that is fresh."""
        now_s, rest_s = self._window.now_s, self._definitions.set_rest_s
        last_rep_s = self._last_rep_s
        idle_s = now_s - float(np.fmax(last_rep_s, self._active_until_s))
        if idle_s <= rest_s + self._hidden_s:
            return
        if self._since_look_s > _FRESH_S:
            self._look_in(0.0)
            return
        moving = self._moving or self._is_gentle or self._phases.phase in ("con", "ecc")
        if not moving or idle_s > _SURELY_OVER * rest_s:
            past = now_s - last_rep_s - _AFTER_SET_S
            yield from self._close(self._window.seen - max(0, round(past / FRAME_S)))

    @property
    def _hidden_s(self) -> float:
        """How long the next rep may look like rest: as the slowest lowering of the set, with its pause."""
        slow = [r.con_start_s - r.ecc_start_s for r in self._told.rows if r.mev_mps < _HIDDEN_MPS]
        return max(slow, default=0.0) if self._exercise.starts_with == "ecc" else 0.0

    @property
    def _last_rep_s(self) -> float:
        last = self._told.rows[-1]
        return ended_s(last.con_end_s, last.ecc_end_s)

    def _close(self, frames: int) -> Iterator[Event]:
        """Solve the first ``frames`` as a recording, tell what changed, start a new window behind them."""
        now_s = self._window.now_s
        until_s = self._window.start_s + FRAME_S * frames
        samples = self._window.samples(until_s)
        stretches = []
        if samples is not None and samples.t_s[-1] - samples.t_s[0] >= WARM_UP_S:
            stretches = solve_samples(samples, self._exercise, self._definitions, self._range).stretches
        rest = self._phases.rest(now_s)
        if rest:
            yield rest
        told, self._told = self._told, Told()
        found = [self._labels.on(rows) for solved in stretches for rows in solved.sets]
        numbered = enumerate(found, start=self._sets_done + 1)
        sets = [[replace(row, set_no=number) for row in rows] for number, rows in numbered]
        yield from told.withdraw_for(now_s, [row for rows in sets for row in rows])
        for solved in stretches:
            yield from (Rejected(t_s=now_s, movement=movement) for movement in solved.rejected)
            if self._keep:
                self._record.rejected.extend(solved.rejected)
                self._record.samples.append(samples_of(solved))
        for rows in sets:
            yield from self._end_set(rows, told, now_s)
        if not sets:
            yield from self._stop.on_set(now_s, [])
        self._window.drop(frames)
        self._looked_at = self._window.seen
        self._look_at, self._before, self._set_begun, self._active_until_s = None, Before(), False, NAN

    def _end_set(self, rows: list[RepRow], told: Told, now_s: float) -> Iterator[Event]:
        """Tell what is new or differs in a set of record, and its summary."""
        self._sets_done += 1
        yield from told.tell_record(now_s, rows)
        summary = summarise(
            rows,
            self._labels.prescription,
            velocity_loss_from=self._definitions.velocity_loss_from,
            context=self._labels.context,
        )
        if self._keep:
            self._record.reps.extend(rows)
            self._record.sets.append(summary)
        yield from self._stop.on_set(now_s, rows)
        yield SetEnded(t_s=now_s, summary=summary)


class _Record:
    """What was found so far, for :meth:`Engine.result`."""

    def __init__(self) -> None:
        self.reps: list[RepRow] = []
        self.sets: list[SetRow] = []
        self.rejected: list[RejectedRow] = []
        self.samples: list[SampleColumns] = []
        self.events: list[Event] = []


def replay(
    source: SourceLike,
    exercise: str = "squat",
    load_kg: float | None = None,
    tempo: str | None = None,
    athlete: str | None = None,
    *,
    definitions: Definitions | None = None,
    calibration: CalibrationLike | None = None,
    context: SetContext = NO_CONTEXT,
    chunk: int | None = None,
    edits: bool | Edits = True,
) -> AnalysisResult:
    """Run a stored recording through the live engine.

    Parameters
    ----------
    source, exercise, load_kg, tempo, athlete, definitions, calibration, context
        As in :func:`imu_tempo.analyze`.
    chunk
        Samples a block; None takes the recording's own. Any value gives the same result, to the bit.
    edits
        As in :func:`imu_tempo.analyze`. Events are what the engine said live, and never edited.

    Returns
    -------
    AnalysisResult
        As from :func:`imu_tempo.analyze`, with ``events`` filled.

    Examples
    --------
    >>> import imu_tempo as it
    >>> from imu_tempo.events import RepEvent
    >>> live = it.replay("recordings/squat_3-1-X-1.tempo", exercise="squat")
    >>> sum(isinstance(event, RepEvent) and event.revision == "final" for event in live.events)
    6
    """
    from imu_tempo.formats import load

    loaded = load(source)
    log = edits_for(loaded, edits)
    engine = Engine(
        log.exercise or exercise,
        load_kg,
        tempo,
        athlete,
        info=loaded.info,
        definitions=definitions,
        calibration=calibration,
        context=context,
    )
    for block in loaded.blocks:
        for part in _parts(block, chunk):
            engine.push(part)
    engine.finish()
    result = engine.result(loaded.name)
    result.quality.update({k: v for k, v in loaded.quality.items() if k not in result.quality})
    return log.apply(result)


def _parts(block: SampleBlock, chunk: int | None) -> Iterator[SampleBlock]:
    if chunk is None or len(block) <= chunk:
        yield block
        return
    for i in range(0, len(block), chunk):
        part = slice(i, i + chunk)
        gyr = None if block.gyr_radps is None else block.gyr_radps[part]
        yield SampleBlock(block.t_s[part], block.acc_mps2[part], gyr, block.lost_before if i == 0 else 0)
