"""How well reps kept to a prescribed tempo, per phase, rep and set."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from imu_tempo.metrics.selection import is_assisted, usable
from imu_tempo.metrics.tempo import PHASES, PhaseName, PhaseTarget, Prescription
from imu_tempo.schema import NAN, ComplianceRow, RepRow

_ROUNDING_S = 1e-9
"""A phase on the limit is inside, whatever binary rounding does to 3.5 - 3."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How far a phase may be from its target.

    Attributes
    ----------
    absolute_s, relative_pct
        A timed phase is inside within the larger of the two. Half a second means that it rounds to the
        count that was asked for; the percentage takes over for slow phases (above 3.3 s by default).
    pause_floor_s
        A pause of 0 means "no pause": any pause up to this is inside. A turnaround is never instant, because
        the bar passes through the edge velocity on both sides.
    fast_limit_s
        Longest phase that looks fast (``*``).
    maximal_limit_s
        Longest phase of maximal intent (``X``). Intent cannot be measured: a heavy load moves slowly however
        hard it is pushed, so raise this for loads near the maximum.
    """

    absolute_s: float = 0.5
    relative_pct: float = 15.0
    pause_floor_s: float = 0.5
    fast_limit_s: float = 1.0
    maximal_limit_s: float = 2.0

    def limits_s(self, phase: PhaseName, target: PhaseTarget) -> tuple[float, float] | None:
        """Return the shortest and longest duration inside, or None where the phase is not scored."""
        if target.kind == "maximal":
            return 0.0, self.maximal_limit_s
        if target.kind == "fast":
            return 0.0, self.fast_limit_s
        if target.seconds is None:
            return None
        if target.seconds == 0 and phase in ("bottom", "top"):
            return 0.0, self.pause_floor_s
        margin = max(self.absolute_s, target.seconds * self.relative_pct / 100)
        return max(0.0, target.seconds - margin), target.seconds + margin


@dataclass(frozen=True, slots=True)
class PhaseScore:
    """One phase of one rep against its target.

    Attributes
    ----------
    measured_s, error_s
        Duration, and duration minus target: NaN where the target has no seconds (``X``, ``*``).
    inside
        Whether it was inside its tolerance.
    """

    phase: PhaseName
    measured_s: float
    error_s: float
    inside: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """Scores added up: how many phases were scored and inside, and their mean signed error."""

    scored: int
    inside: int
    error_s: float

    @property
    def percent(self) -> float:
        """Percent of scored phases inside tolerance; NaN where none was scored."""
        return 100 * self.inside / self.scored if self.scored else NAN


@dataclass(frozen=True, slots=True)
class RepScore:
    """The scored phases of one rep, in the order of the notation."""

    rep_no: int
    phases: tuple[PhaseScore, ...]

    @property
    def tally(self) -> Tally:
        """The rep's own sum."""
        return _tally(self.phases)


@dataclass(frozen=True, slots=True)
class Compliance:
    """A set against its prescription."""

    reps: tuple[RepScore, ...]

    @property
    def tally(self) -> Tally:
        """The set's sum over all scored phases of all reps."""
        return _tally(score for rep in self.reps for score in rep.phases)

    def of(self, phase: PhaseName) -> Tally:
        """Return the sum over the reps of one phase."""
        return _tally(score for rep in self.reps for score in rep.phases if score.phase == phase)

    @property
    def by_phase(self) -> dict[PhaseName, Tally]:
        """The sums of the phases that were scored at all."""
        return {phase: tally for phase in PHASES if (tally := self.of(phase)).scored}


def compliance(
    reps: Sequence[RepRow], prescription: Prescription, tolerance: Tolerance | None = None
) -> Compliance:
    """Score reps against a prescribed tempo.

    Parameters
    ----------
    reps
        Reps of one set. A phase that is NaN (a deadlift's first lowering, the top after the last rep) is not
        scored.
    prescription
        The tempo asked for. Assisted and unspecified phases, and the lifting of a rep flagged as assisted,
        are not scored; ``X``, ``*`` and pauses of 0 are
        scored one-sided, so that being faster is never an error.
    tolerance
        Allowed deviation, by default :class:`Tolerance`'s.

    Returns
    -------
    Compliance
        Percent in tolerance and mean signed error (s, positive: too long) per phase, rep and set.

    Notes
    -----
    Durations hold for the edge definition they were measured with: an edge velocity of 0.05
    instead of 0.02 m/s cuts about 0.4 s off a smooth 4 s lowering, which is most of the default tolerance.
    """
    allowed = tolerance or Tolerance()
    return Compliance(tuple(RepScore(rep.rep_no, tuple(_scores(rep, prescription, allowed))) for rep in reps))


def ecc_held(rep: RepRow, prescription: Prescription, tolerance: Tolerance | None = None) -> bool:
    """Say whether a rep's lowering lasted as long as prescribed, within tolerance; longer is held as well.

    True where no lowering time is prescribed or the lowering was not measured: nothing says otherwise.
    """
    limits = (tolerance or Tolerance()).limits_s("ecc", prescription.ecc)
    if limits is None or prescription.ecc.seconds is None or not math.isfinite(rep.ecc_s):
        return True
    return rep.ecc_s >= limits[0] - _ROUNDING_S


def ecc_failure_rep(
    reps: Sequence[RepRow], prescription: Prescription, tolerance: Tolerance | None = None
) -> int:
    """Return the rep from which on no prescribed lowering was held any more, 0 where the last one was.

    That is eccentric failure, the end of an overload set: a single short lowering that was made good
    afterwards is not.
    """
    failed = 0
    for rep in reversed(usable(reps)):
        if ecc_held(rep, prescription, tolerance):
            break
        failed = rep.rep_no
    return failed


def compliance_rows(score: Compliance, prescription: Prescription, set_no: int) -> list[ComplianceRow]:
    """Return a set's compliance as rows: of each phase and of all, for each rep and for the set (rep 0)."""
    targets = {phase: str(target) for phase, target in prescription}
    rows = [
        _row(set_no, rep.rep_no, phase.phase, targets[phase.phase], _tally([phase]))
        for rep in score.reps
        for phase in rep.phases
    ]
    rows += [_row(set_no, rep.rep_no, "all", "", rep.tally) for rep in score.reps if rep.phases]
    rows += [_row(set_no, 0, phase, targets[phase], tally) for phase, tally in score.by_phase.items()]
    rows += [_row(set_no, 0, "all", "", score.tally)] if score.tally.scored else []
    return sorted(rows, key=lambda row: (row.rep_no == 0, row.rep_no))


def _row(set_no: int, rep_no: int, phase: str, target: str, tally: Tally) -> ComplianceRow:
    return ComplianceRow(
        set_no=set_no,
        rep_no=rep_no,
        phase=phase,
        target=target,
        scored=tally.scored,
        inside=tally.inside,
        compliance_pct=tally.percent,
        error_s=tally.error_s,
    )


def _scores(rep: RepRow, prescription: Prescription, tolerance: Tolerance) -> Iterable[PhaseScore]:
    for phase, target in prescription:
        measured_s = float(getattr(rep, f"{phase}_s"))
        limits = tolerance.limits_s(phase, target)
        helped = phase == "con" and is_assisted(rep)
        if limits is None or helped or not math.isfinite(measured_s):
            continue
        error_s = measured_s - target.seconds if target.seconds is not None else NAN
        inside = limits[0] - _ROUNDING_S <= measured_s <= limits[1] + _ROUNDING_S
        yield PhaseScore(phase, measured_s, error_s, inside)


def _tally(scores: Iterable[PhaseScore]) -> Tally:
    rows = list(scores)
    errors = [s.error_s for s in rows if math.isfinite(s.error_s)]
    return Tally(len(rows), sum(s.inside for s in rows), math.fsum(errors) / len(errors) if errors else NAN)
