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
from imu_tempo.events import Event, Quality, Rejected, RepEvent, Revision, SetEnded, SetStarted
from imu_tempo.exercises import exercise as find_exercise
from imu_tempo.metrics.context import NO_CONTEXT, SetContext
from imu_tempo.metrics.sets import summarise
from imu_tempo.metrics.stop import StopRule, StopWatch
from imu_tempo.offline import Labels, edits_for, frames_of, solve_samples
from imu_tempo.result import AnalysisResult, Fact, SampleColumns, assemble
from imu_tempo.samples import Samples
from imu_tempo.schema import NAN, RejectedRow, RepRow, SetRow
from imu_tempo.signal.constants import FRAME_S, IMPACT_HIGH_MPS2, IMPACT_RING_S
from imu_tempo.signal.forward import ForwardFilter
from imu_tempo.signal.frames import Frames
from imu_tempo.signal.front import Front
from imu_tempo.signal.quiet import LONG_S
from imu_tempo.solve import Solved, samples_of, solve
from imu_tempo.tracking import PhaseTracker, TurnWatch, Window, ended_s

if TYPE_CHECKING:
    from imu_tempo.formats.source import SourceLike
    from imu_tempo.relabel import Edits

Array = NDArray[np.float64]

WARM_UP_S = 1.0
"""First stretch, from which gravity and the gyro's offset are read before anything is told."""
_CONFIRM_S = 0.26
"""A stroke is solved this long after it seems to have ended: its edge needs a little future."""
_RETRY_S = 0.16
"""Next look, where the solver finds the stroke still going on."""
_RETRIES = 10
_RETRIES_UNFOUND = 2
_SETTLED_S = 0.14
"""A phase counts as ended if its arrival lies this far back."""
_SETTLED_UNSURE_S = 0.28
"""The same where the numbers are not sure yet: a little rest after the rep makes them so, and half a second
is allowed."""
_SURE_MCV_SD_MPS = 0.015
_SURE_TIME_SD_S = 0.1
_AFTER_SET_S = 8.0
"""A closed window reaches this far beyond its last rep: the rack belongs to it, the next set's lead-in does
not."""
_SURELY_OVER = 2.5
"""A set is over after this many set rests even if the bar is still being handled."""
_IDLE_S = 90.0
"""Without a rep for so long, the window is closed and what moved in it listed."""
_LEAD_IN_S = 15.0
"""What an idle window leaves for the next: a slow lowering that may have begun."""
_MCV_TOLERANCE_MPS = 0.01
_TIME_TOLERANCE_S = 0.05
"""Live and offline agree within these, or the rep is told again as revised."""


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
        self._waiting: list[SampleBlock] = []
        self._front: Front | None = None
        self._window = Window(0.0)
        self._filter = ForwardFilter()
        self._phases = PhaseTracker()
        self._ringing = 0
        self._quiet_frames = 0
        self._trusted_now = True
        self._turns = TurnWatch()
        self._look_at: int | None = None
        self._looks = 0
        self._told: list[RepRow] = []
        self._sets_done = 0
        self._first_s: float | None = None
        self._last_s = 0.0
        self._lost = self._gaps = 0
        self._record = _Record()

    def push(self, block: SampleBlock) -> list[Event]:
        """Take the next block of samples; return what it made known."""
        events: list[Event] = []
        block = self._calibration.on_block(block)
        if self._first_s is None:
            self._first_s = float(block.t_s[0])
            self._window = Window(self._first_s)
        if block.lost_before:
            self._lost += block.lost_before
            self._gaps += 1
            at_s = float(block.t_s[0])
            events.append(
                Quality(
                    t_s=at_s, kind="gap", detail=f"{block.lost_before} samples missing before {at_s:.2f} s"
                )
            )
        self._last_s = float(block.t_s[-1])
        if self._front is not None:
            events.extend(self._advance(block))
        else:
            self._waiting.append(block)
            if self._last_s - self._first_s >= WARM_UP_S:
                events.extend(self._open())
        return self._said(events)

    def finish(self) -> list[Event]:
        """End the stream: the set in hand is closed."""
        events: list[Event] = []
        if self._front is None and sum(len(b) for b in self._waiting) > 1:
            events.extend(self._open())
        if self._window.seen * FRAME_S >= WARM_UP_S:
            events.extend(self._close(self._window.seen))
        return self._said(events)

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
        assert self._first_s is not None
        warm = Samples.of(self._waiting)
        first = warm.before(self._first_s + WARM_UP_S)
        warm = first if len(first.t_s) > 1 else warm
        self._front = Front(warm.t_s, warm.acc_mps2, warm.gyr_radps, self._range)
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
            self._trusted_now = trusted
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
        elif self._told:
            if self._set_is_over():
                past = self._window.now_s - self._last_rep_s - _AFTER_SET_S
                yield from self._close(self._window.seen - max(0, round(past / FRAME_S)))
        elif self._window.seen * FRAME_S > _IDLE_S + _LEAD_IN_S:
            yield from self._close(self._window.seen - round(_LEAD_IN_S / FRAME_S))

    # -- when to look

    @property
    def _last_rep_s(self) -> float:
        return ended_s(self._told[-1].con_end_s, self._told[-1].ecc_end_s)

    def _set_is_over(self) -> bool:
        rest_s = self._definitions.set_rest_s
        idle_s = self._window.now_s - self._last_rep_s
        still = self._phases.phase not in ("con", "ecc")
        return (idle_s > rest_s and still) or idle_s > _SURELY_OVER * rest_s

    def _watch(self) -> None:
        """Notice that a stroke is ending, by changes of velocity alone: its level may have drifted."""
        turn = self._turns.step(self._filter.v_mps, trusted=self._trusted_now, quiet=self._filter.quiet)
        due = turn == "lowering" and self._look_at is None and self._lowering_is_due()
        if turn == "lift" or due:
            self._look_in(_CONFIRM_S)

    def _lowering_is_due(self) -> bool:
        return self._exercise.starts_with == "con" and bool(self._told) and math.isnan(self._told[-1].ecc_s)

    def _look_in(self, seconds: float) -> None:
        self._look_at = self._window.seen + round(seconds / FRAME_S)
        self._looks = 0

    # -- looking

    def _look(self) -> Iterator[Event]:
        """Solve the window so far, tell the reps that have ended, and set the forward filter right."""
        self._look_at = None
        samples = self._window.samples(self._window.now_s)
        if samples is None or samples.t_s[-1] - samples.t_s[0] < WARM_UP_S + FRAME_S:
            return
        frames, calibration = frames_of(samples, self._range)
        offset_sd = calibration.rest.offset_sd_mps2
        solved = solve(frames, self._exercise, self._definitions, offset_sd, first_set=self._sets_done + 1)
        rows = self._labels.on([row for rows in solved.sets for row in rows])
        now_s = self._window.now_s
        news: list[Event] = []
        for row in rows:
            if _has_ended(row, row.con_end_s, now_s):
                ecc_done = math.isnan(row.ecc_s) or _has_ended(row, row.ecc_end_s, now_s)
                news.extend(self._tell(row if ecc_done else _without_lowering(row)))
        yield from news
        last = rows[-1] if rows else None
        going_on = last and not _has_ended(last, ended_s(last.con_end_s, last.ecc_end_s), now_s)
        # A lift that was felt but not found yet: a little rest after it may show it.
        not_found = not news and self._looks < _RETRIES_UNFOUND
        if (going_on and self._looks < _RETRIES) or not_found:
            self._looks += 1
            self._look_at = self._window.seen + round(_RETRY_S / FRAME_S)
        self._anchor(solved)

    def _anchor(self, solved: Solved) -> None:
        before = self._filter.v_mps
        path, last = solved.motion.path, len(solved.motion.frames)
        self._filter.anchor(
            float(path.h_m[last]),
            float(path.v_mps[last]),
            float(path.b_mps2[last]),
            path.v_sd(last),
            path.b_sd(last),
        )
        self._turns.shift(self._filter.v_mps - before)

    def _tell(self, row: RepRow) -> Iterator[Event]:
        """Tell a rep that is new, or whose lowering has come since it was told."""
        complete = self._exercise.starts_with != "con" or not math.isnan(row.ecc_s)
        known = next((i for i, told in enumerate(self._told) if _same(told, row)), None)
        if known is None:
            row = replace(row, set_no=self._sets_done + 1, rep_no=len(self._told) + 1)
            if not self._told:
                yield SetStarted(t_s=float(np.fmin(row.con_start_s, row.ecc_start_s)), set_no=row.set_no)
            self._told.append(row)
        elif complete and math.isnan(self._told[known].ecc_s) and self._exercise.starts_with == "con":
            row = replace(row, set_no=self._told[known].set_no, rep_no=self._told[known].rep_no)
            self._told[known] = row
        else:
            return
        revision: Revision = "final" if complete else "provisional"
        yield RepEvent(t_s=self._window.now_s, revision=revision, rep=row)
        yield from self._stop.on_rep(self._window.now_s, self._told)

    # -- the end of a set

    def _close(self, frames: int) -> Iterator[Event]:
        """Solve the first ``frames`` as a recording, tell what changed, start a new window behind them."""
        now_s = self._window.now_s
        until_s = self._window.start_s + FRAME_S * frames
        samples = self._window.samples(until_s)
        stretches = []
        if samples is not None and until_s - float(samples.t_s[0]) >= WARM_UP_S:
            stretches = solve_samples(samples, self._exercise, self._definitions, self._range).stretches
        rest = self._phases.rest(now_s)
        if rest:
            yield rest
        told, self._told = self._told, []
        sets = [self._labels.on(rows) for solved in stretches for rows in solved.sets]
        yield from self._withdraw(told, sets, now_s)
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
        self._look_at = None

    def _withdraw(self, told: list[RepRow], sets: list[list[RepRow]], now_s: float) -> Iterator[Event]:
        """Take back what the record does not hold, or numbers otherwise, before anything new is told."""
        record = [replace(row, set_no=self._sets_done + 1 + i) for i, rows in enumerate(sets) for row in rows]
        for row in list(told):
            kept = next((r for r in record if _same(r, row)), None)
            if kept is None or (kept.set_no, kept.rep_no) != (row.set_no, row.rep_no):
                told.remove(row)
                yield RepEvent(t_s=now_s, revision="withdrawn", rep=row)

    def _end_set(self, rows: list[RepRow], told: list[RepRow], now_s: float) -> Iterator[Event]:
        """Tell what is new or differs in a set of record, and its summary; take them off ``told``."""
        self._sets_done += 1
        rows = [replace(row, set_no=self._sets_done) for row in rows]
        for row in rows:
            before = next((t for t in told if _same(t, row)), None)
            if before is None:
                yield RepEvent(t_s=now_s, revision="final", rep=row)
                continue
            told.remove(before)
            if _differs(before, row):
                yield RepEvent(t_s=now_s, revision="revised", rep=row)
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


def _same(a: RepRow, b: RepRow) -> bool:
    """Whether two rows speak of one lift: their concentrics overlap by more than half of the shorter."""
    overlap = min(a.con_end_s, b.con_end_s) - max(a.con_start_s, b.con_start_s)
    return overlap > 0.5 * min(a.con_s, b.con_s)


def _differs(told: RepRow, now: RepRow) -> bool:
    """Whether a rep as told and as solved of record differ by more than a user should have to live with."""
    if told.set_no != now.set_no or told.rep_no != now.rep_no or told.quality != now.quality:
        return True
    if math.isnan(told.ecc_s) != math.isnan(now.ecc_s):
        return True
    times = (told.ecc_s - now.ecc_s, told.con_s - now.con_s)
    return abs(told.mcv_mps - now.mcv_mps) > _MCV_TOLERANCE_MPS or any(
        abs(t) > _TIME_TOLERANCE_S for t in times if not math.isnan(t)
    )


def _has_ended(row: RepRow, end_s: float, now_s: float) -> bool:
    """Whether an edge lies far enough back to be told: later where the numbers are not sure."""
    sure = row.mcv_sd_mps < _SURE_MCV_SD_MPS and not row.ecc_sd_s > _SURE_TIME_SD_S
    return end_s <= now_s - (_SETTLED_S if sure else _SETTLED_UNSURE_S)


def _without_lowering(row: RepRow) -> RepRow:
    """Return a rep whose lowering is still going on as if it had none yet."""
    return replace(
        row,
        ecc_start_s=NAN,
        ecc_end_s=NAN,
        ecc_s=NAN,
        top_s=NAN,
        bottom_s=NAN,
        mev_mps=NAN,
        pev_mps=NAN,
        tut_s=row.con_s,
    )


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
