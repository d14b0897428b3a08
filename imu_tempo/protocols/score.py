"""Sets held against a protocol: reps, tempo, rest, load and stop rule, each with its own verdict.

There is no overall mark: what a missed rest is worth against a missed tempo is a coach's to say. ``kept`` of
``judged`` counts the five.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from imu_tempo.metrics.context import SetContext
from imu_tempo.metrics.load_check import LoadCheck, load_check
from imu_tempo.metrics.scoring import Tolerance, compliance
from imu_tempo.metrics.selection import existing, usable
from imu_tempo.metrics.stop import RirLine, StopRule, find_stop
from imu_tempo.protocols.protocol import Protocol, Span
from imu_tempo.protocols.words import session_sentences, set_sentence
from imu_tempo.schema import NAN, RepRow, SetRow, rows, table
from imu_tempo.schema.protocols import ProtocolScoreRow

if TYPE_CHECKING:
    import pandas as pd

    from imu_tempo.result import AnalysisResult

TEMPO_KEPT_PCT = 80.0
"""A set keeps to the tempo from this compliance on: one phase in five may slip. A convention."""
REST_TOLERANCE_S = 15.0
"""A rest is off only by more than this: sets start with an unrack, whose time is nobody's choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifter:
    """What a protocol is scored with besides the motion; None where it is not known.

    Attributes
    ----------
    one_rm_kg, one_rm_kind
        Concentric one-rep max, and whether it was tested (or entered) or estimated.
    line
        The athlete's own relation of velocity to reps in reserve, for protocols that stop by it.
    tolerance
        Of the tempo.
    """

    one_rm_kg: float | None = None
    one_rm_kind: Literal["tested", "estimated"] = "tested"
    line: RirLine | None = None
    tolerance: Tolerance | None = None


NOBODY = Lifter()


def lifter_of(context: SetContext) -> Lifter:
    """Return what an analysis knew of its lifter."""
    return Lifter(
        one_rm_kg=context.one_rm_kg,
        one_rm_kind=context.one_rm_kind,
        line=context.stop.rir_line if context.stop else None,
        tolerance=context.tolerance,
    )


@dataclass(frozen=True, slots=True, eq=False)
class ProtocolScore:
    """A session against a protocol.

    Attributes
    ----------
    protocol
        What was asked.
    rows
        A row a set.
    said
        What the session as a whole says.
    warnings
        What a lifter should stop and think of.
    """

    protocol: Protocol
    rows: tuple[ProtocolScoreRow, ...]
    said: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """The session in plain words, warnings first."""
        return (*self.warnings, *self.said)

    @property
    def table(self) -> pd.DataFrame:
        """The rows as a table with the columns of :class:`imu_tempo.schema.protocols.ProtocolScoreRow`."""
        return table(self.rows, ProtocolScoreRow)


def score_result(protocol: Protocol, result: AnalysisResult, lifter: Lifter = NOBODY) -> ProtocolScore:
    """Score an analysis against a protocol."""
    return score_sets(protocol, rows(result.sets, SetRow), rows(result.reps, RepRow), lifter)


def score_results(protocol: Protocol, results: Sequence[AnalysisResult]) -> ProtocolScore:
    """Score several recordings as one session, each with what was known of its lifter.

    Sets are numbered through; the rest before the first of each recording is not known.
    """
    parts = [score_result(protocol, result, lifter_of(result.context)) for result in results]
    if len(parts) == 1:
        return parts[0]
    rows = [replace(row, set_no=no) for no, row in enumerate((r for p in parts for r in p.rows), start=1)]
    told = [replace(row, sentence=set_sentence(protocol, row)) for row in rows]
    warnings = dict.fromkeys(warning for part in parts for warning in part.warnings)
    return ProtocolScore(protocol, tuple(told), tuple(session_sentences(protocol, told)), tuple(warnings))


def score_sets(
    protocol: Protocol, sets: Sequence[SetRow], reps: Sequence[RepRow], lifter: Lifter = NOBODY
) -> ProtocolScore:
    """Score the sets of a session against a protocol.

    Parameters
    ----------
    protocol
        What was asked. Its tempo counts, whatever tempo the sets were analysed with.
    sets, reps
        Of one session, in any order.
    lifter
        One-rep max and tolerance.

    Raises
    ------
    TempoError
        The protocol is of a movement that cannot be measured yet.
    """
    protocol.check_measurable()
    by_set: dict[int, list[RepRow]] = {}
    for rep in reps:
        by_set.setdefault(rep.set_no, []).append(rep)
    scored: list[ProtocolScoreRow] = []
    before: SetRow | None = None
    for row in sorted(sets, key=lambda s: s.start_s):
        rest_s = row.start_s - before.end_s if before else NAN
        scored.append(score_set(protocol, row, by_set.get(row.set_no, []), lifter, rest_s=rest_s))
        before = row
    warnings = _load_warnings(protocol, scored, lifter)
    return ProtocolScore(protocol, tuple(scored), tuple(session_sentences(protocol, scored)), tuple(warnings))


def score_set(
    protocol: Protocol, row: SetRow, reps: Sequence[RepRow], lifter: Lifter = NOBODY, *, rest_s: float = NAN
) -> ProtocolScoreRow:
    """Score one set; ``rest_s`` is the rest before it, NaN for the first."""
    done = existing(reps)
    kept = compliance(usable(done), protocol.prescription, lifter.tolerance)
    rule = protocol.stop.rule(lifter.line)
    stop = find_stop(done, rule, protocol.prescription, lifter.tolerance)
    last = done[-1].rep_no if done else 0
    percent = kept.tally.percent
    check = _load(protocol, row.load_kg, lifter)
    after = sum(stop.rep_no < rep.rep_no <= last for rep in done) if stop else 0
    scored = ProtocolScoreRow(
        set_no=row.set_no,
        protocol=protocol.name,
        exercise=row.exercise,
        reps=len(done),
        reps_low=int(protocol.reps.low),
        reps_high=int(protocol.reps.high),
        reps_verdict=_against(len(done), protocol.reps, ("few", "many")),
        tempo_target=protocol.tempo,
        compliance_pct=percent,
        ecc_compliance_pct=kept.of("ecc").percent,
        ecc_error_s=kept.of("ecc").error_s,
        tempo_verdict="" if math.isnan(percent) else "ok" if percent >= TEMPO_KEPT_PCT else "off",
        rest_s=rest_s,
        rest_verdict=_against(rest_s, _loosened(protocol.rest_s), ("short", "long")),
        load_kg=row.load_kg,
        load_pct_1rm=check.percent if check else NAN,
        load_verdict=_against(check.percent, protocol.load_pct, ("light", "heavy")) if check else "",
        stop_rep=stop.rep_no if stop else 0,
        stop_reason=stop.detail if stop else "",
        reps_after_stop=after,
        stop_verdict=("passed" if after else "ok") if _stops(rule) else "",
    )
    verdicts = [v for v in _verdicts(scored).values() if v]
    counted = replace(scored, kept=verdicts.count("ok"), judged=len(verdicts))
    return replace(counted, sentence=set_sentence(protocol, counted))


def _verdicts(row: ProtocolScoreRow) -> Mapping[str, str]:
    return {
        "reps": row.reps_verdict,
        "tempo": row.tempo_verdict,
        "rest": row.rest_verdict,
        "load": row.load_verdict,
        "stop": row.stop_verdict,
    }


def _against(value: float, span: Span | None, words: tuple[str, str]) -> str:
    """Return ok, or the word for too little or too much; nothing where there is nothing to judge."""
    if span is None or not math.isfinite(value):
        return ""
    # One part in a billion: a load on the limit is inside, whatever binary rounding does to 100 * 77 / 110.
    if span.low * (1 - 1e-9) <= value <= span.high * (1 + 1e-9):
        return "ok"
    return words[0] if value < span.low else words[1]


def _loosened(span: Span | None) -> Span | None:
    return span and Span(span.low - REST_TOLERANCE_S, span.high + REST_TOLERANCE_S)


def _load(protocol: Protocol, load_kg: float, lifter: Lifter) -> LoadCheck | None:
    if lifter.one_rm_kg is None or not load_kg > 0:
        return None
    return load_check(load_kg, lifter.one_rm_kg, kind=lifter.one_rm_kind, assisted=protocol.assisted)


def _load_warnings(protocol: Protocol, scored: Sequence[ProtocolScoreRow], lifter: Lifter) -> Sequence[str]:
    """Return each warning once, however many sets were lifted with that load."""
    checks = (_load(protocol, row.load_kg, lifter) for row in scored)
    return list(dict.fromkeys(check.sentence for check in checks if check and check.warn))


def _stops(rule: StopRule) -> bool:
    """Say whether a rule has any limit that applies."""
    limits = (
        rule.velocity_loss_pct,
        rule.mcv_floor_mps,
        rule.reps_in_reserve,
        rule.tempo_misses,
        rule.ecc_failures,
    )
    return any(limit is not None for limit in limits)
