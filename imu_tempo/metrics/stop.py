"""When a set should end, as data, and which rep said so: live and afterwards by the same code."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from imu_tempo.errors import TempoError
from imu_tempo.events import Revision, StopReached
from imu_tempo.metrics.scoring import Tolerance, compliance, ecc_held
from imu_tempo.metrics.selection import existing, full, usable
from imu_tempo.metrics.tempo import Prescription
from imu_tempo.metrics.velocity import End, Reference, velocity_loss_pct, velocity_loss_valid
from imu_tempo.schema import RepRow

GIVEN = "given with the analysis"
"""Where a number is from that nobody had to look up."""

RuleName = Literal["velocity_loss", "velocity", "reps_in_reserve", "tempo", "eccentric"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RirLine:
    """One athlete's own straight line from velocity to reps in reserve, for one exercise.

    ``rir = intercept + slope_per_mps * mcv``. General lines are not good enough (Jukic et al. 2024): fit the
    athlete's own from sets to failure. ``origin`` says in words where it is from.
    """

    intercept: float
    slope_per_mps: float
    origin: str = GIVEN

    def reps_in_reserve(self, mcv_mps: float) -> float:
        """Return the reps left after one of this mean concentric velocity; never below 0."""
        return max(0.0, self.intercept + self.slope_per_mps * mcv_mps)


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRule:
    """When to stop; whichever comes first. None leaves a rule out.

    Attributes
    ----------
    velocity_loss_pct, velocity_loss_from, velocity_loss_end
        Stop once velocity loss, so reckoned, reaches this.
    mcv_floor_mps
        Stop after a rep slower than this.
    reps_in_reserve, rir_line
        Stop once the athlete's own line leaves no more than so many reps. The line may be put in later, as
        from the history; :meth:`check` refuses the rule without it.
    tempo_misses
        Stop after so many reps in a row whose lowering or lifting was outside its tolerance. Pauses do not
        count: the one after a rep is not known when the rep is.
    ecc_failures
        Stop after so many reps in a row whose lowering was shorter than its tolerance allows: eccentric
        failure, the prescribed lowering time can no longer be held.

    Raises
    ------
    TempoError
        For a limit that cannot be.
    """

    velocity_loss_pct: float | None = None
    velocity_loss_from: Reference = "fastest"
    velocity_loss_end: End = "last"
    mcv_floor_mps: float | None = None
    reps_in_reserve: float | None = None
    rir_line: RirLine | None = None
    tempo_misses: int | None = None
    ecc_failures: int | None = None

    def __post_init__(self) -> None:
        _check("velocity loss", self.velocity_loss_pct, 0.0, 100.0, "%")
        _check("lowest velocity", self.mcv_floor_mps, 0.0, 3.0, "m/s")
        _check("reps in reserve", self.reps_in_reserve, -1e-9, 30.0, "reps")
        _check("tempo misses", self.tempo_misses, 0.0, 100.0, "reps")
        _check("eccentric failures", self.ecc_failures, 0.0, 100.0, "reps")

    def check(self, prescription: Prescription | None, *, assisted: bool = False) -> None:
        """Refuse a rule that can never mean anything under this prescription.

        Raises
        ------
        TempoError
            A velocity rule where the lifting is paced or assisted; reps in reserve without the athlete's
            line; a tempo rule without a tempo; an eccentric rule without a lowering time.
        """
        if self.reps_in_reserve is not None:
            self.reserve_after(0.0)
        by_velocity = (self.velocity_loss_pct, self.mcv_floor_mps, self.reps_in_reserve)
        if any(limit is not None for limit in by_velocity):
            if assisted:
                raise TempoError("a stop by velocity needs an unassisted lifting; stop by eccentric failure.")
            if not velocity_loss_valid(prescription):
                raise TempoError(
                    f"a stop by velocity needs lifting all out, and tempo {prescription} paces it: "
                    "write X for the lifting, or stop by tempo misses."
                )
        if self.tempo_misses is not None and prescription is None:
            raise TempoError("a stop by tempo misses needs a prescribed tempo: give one, such as 4-0-X-0.")
        if self.ecc_failures is not None and (prescription is None or prescription.ecc.seconds is None):
            raise TempoError(
                "a stop by eccentric failure needs a lowering time: give a tempo, such as 5-0-A-0."
            )

    def reserve_after(self, mcv_mps: float) -> float:
        """Return the reps left after one of this mean concentric velocity.

        Raises
        ------
        TempoError
            The athlete's line is not known.
        """
        if self.rir_line is None:
            raise TempoError(
                f"a stop at {self.reps_in_reserve or 0:g} reps in reserve needs the athlete's own line from "
                "velocity to reps in reserve: fit it from sets to failure, or stop by velocity loss."
            )
        return self.rir_line.reps_in_reserve(mcv_mps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """The first rep that crossed a rule: which rule, its figure, its limit, and a sentence."""

    rep_no: int
    rule: RuleName
    value: float
    limit: float
    detail: str


def find_stop(
    reps: Sequence[RepRow],
    rule: StopRule,
    prescription: Prescription | None = None,
    tolerance: Tolerance | None = None,
) -> Stop | None:
    """Return the first rep that crossed the rule, or None.

    Every rep is judged by what was known when it ended, so that the answer is the same live and afterwards.

    Parameters
    ----------
    reps
        Reps of one set so far, in any order.
    rule, prescription, tolerance
        What to hold them against.
    """
    rows = existing(reps)
    for done in range(1, len(rows) + 1):
        found = next(_crossed(rows[:done], rule, prescription, tolerance), None)
        if found is not None:
            return found
    return None


class StopWatch:
    """Tells during a set when the rule is crossed, once, and corrects that when the set has ended."""

    def __init__(
        self, rule: StopRule, prescription: Prescription | None = None, tolerance: Tolerance | None = None
    ) -> None:
        self._rule = rule
        self._prescription = prescription
        self._tolerance = tolerance
        self._told: StopReached | None = None

    def on_rep(self, t_s: float, reps: Sequence[RepRow]) -> Iterator[StopReached]:
        """Take the reps of the set so far; say at most once a set that it should end."""
        found = self._find(reps) if self._told is None else None
        if found is not None:
            self._told = _event(found, t_s, reps[0].set_no, "final")
            yield self._told

    def on_set(self, t_s: float, reps: Sequence[RepRow]) -> Iterator[StopReached]:
        """Take the reps of record of the set; correct what was told, and be ready for the next set."""
        told, self._told = self._told, None
        found = self._find(reps)
        if found is None:
            if told is not None:
                yield replace(told, t_s=t_s, revision="withdrawn")
        elif told is None or (told.rep_no, told.rule) != (found.rep_no, found.rule):
            yield _event(found, t_s, reps[0].set_no, "final" if told is None else "revised")

    def _find(self, reps: Sequence[RepRow]) -> Stop | None:
        return find_stop(reps, self._rule, self._prescription, self._tolerance)


def _event(stop: Stop, t_s: float, set_no: int, revision: Revision) -> StopReached:
    return StopReached(
        t_s=t_s,
        revision=revision,
        set_no=set_no,
        rep_no=stop.rep_no,
        rule=stop.rule,
        value=stop.value,
        limit=stop.limit,
        detail=stop.detail,
    )


def _crossed(
    reps: list[RepRow], rule: StopRule, prescription: Prescription | None, tolerance: Tolerance | None
) -> Iterator[Stop]:
    """Yield what the last of these reps crossed."""
    last = reps[-1]
    if not usable([last]):
        return
    yield from _by_velocity(reps, rule)
    if prescription is None:
        return
    if rule.ecc_failures is not None:
        held = [ecc_held(rep, prescription, tolerance) for rep in usable(reps)]
        run = _run_of(held)
        if run >= rule.ecc_failures:
            target_s = prescription.ecc.seconds or 0.0
            detail = f"lowered in {last.ecc_s:.1f} s instead of {target_s:g} s"
            yield Stop(
                rep_no=last.rep_no,
                rule="eccentric",
                value=last.ecc_s,
                limit=target_s,
                detail=f"{detail}: the lowering is no longer held.",
            )
    if rule.tempo_misses is not None:
        kept = [_moved_in_tempo(rep, prescription, tolerance) for rep in usable(reps)]
        run = _run_of(kept)
        if run >= rule.tempo_misses:
            rows = "rep" if run == 1 else "reps in a row"
            yield Stop(
                rep_no=last.rep_no,
                rule="tempo",
                value=run,
                limit=rule.tempo_misses,
                detail=f"{run} {rows} off the tempo {prescription}.",
            )


def _by_velocity(reps: list[RepRow], rule: StopRule) -> Iterator[Stop]:
    last = reps[-1]
    if not full([last]) or not math.isfinite(last.mcv_mps):
        return
    at = f"{last.mcv_mps:.2f} m/s"
    if rule.velocity_loss_pct is not None:
        mcv = [rep.mcv_mps for rep in full(reps)]
        loss = velocity_loss_pct(mcv, rule.velocity_loss_from, rule.velocity_loss_end)
        if loss >= rule.velocity_loss_pct:
            yield Stop(
                rep_no=last.rep_no,
                rule="velocity_loss",
                value=loss,
                limit=rule.velocity_loss_pct,
                detail=f"{at}: {loss:.0f} % velocity loss, limit {rule.velocity_loss_pct:g} %.",
            )
    if rule.mcv_floor_mps is not None and last.mcv_mps < rule.mcv_floor_mps:
        yield Stop(
            rep_no=last.rep_no,
            rule="velocity",
            value=last.mcv_mps,
            limit=rule.mcv_floor_mps,
            detail=f"{at}, slower than {rule.mcv_floor_mps:g} m/s.",
        )
    if rule.reps_in_reserve is not None:
        left = rule.reserve_after(last.mcv_mps)
        if left <= rule.reps_in_reserve:
            yield Stop(
                rep_no=last.rep_no,
                rule="reps_in_reserve",
                value=left,
                limit=rule.reps_in_reserve,
                detail=f"{at}: about {left:.1f} reps in reserve, limit {rule.reps_in_reserve:g}.",
            )


def _moved_in_tempo(rep: RepRow, prescription: Prescription, tolerance: Tolerance | None) -> bool:
    [score] = compliance([rep], prescription, tolerance).reps
    return all(phase.inside for phase in score.phases if phase.phase in ("ecc", "con"))


def _run_of(kept: list[bool]) -> int:
    """Return how many at the end were not kept."""
    return next((n for n, was_kept in enumerate(reversed(kept)) if was_kept), len(kept))


def _check(name: str, value: float | None, above: float, most: float, unit: str) -> None:
    if value is not None and not above < value <= most:
        least = "0 or more" if above < 0.0 else f"above {above:g}"
        raise TempoError(f"stop rule: {name} is {value}: expected {least} and at most {most:g} {unit}.")
