"""A protocol and its score in words: what a coach would say of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from imu_tempo.protocols.protocol import Protocol, Span, StopLimits
from imu_tempo.schema.protocols import ProtocolScoreRow

UNDER_A_CLINICIAN = (
    "For use under a clinician. Scores tell how a set was done; they say nothing of an injury and are no"
    " diagnosis."
)
_A_MINUTE_S = 60.0
_MORE = {"short": "shorter", "long": "longer", "light": "lighter", "heavy": "heavier"}


def set_sentence(protocol: Protocol, row: ProtocolScoreRow) -> str:
    """Return one set's score as a sentence or two."""
    parts = [f"Set {row.set_no}: {_reps(row, protocol.reps)}{_tempo(row)}."]
    if row.rest_verdict in ("short", "long") and protocol.rest_s:
        rest = f"{duration(row.rest_s)} of rest before it"
        parts.append(f"{rest}, {_MORE[row.rest_verdict]} than the {_rest(protocol.rest_s)} asked for.")
    if row.load_verdict in ("light", "heavy"):
        parts.append(
            f"{row.load_kg:g} kg is {row.load_pct_1rm:.0f} % of the one-rep max,"
            f" {_MORE[row.load_verdict]} than the {protocol.load_pct} % asked for."
        )
    if row.stop_rep:
        reason = row.stop_reason.rstrip(".")
        more = _count(row.reps_after_stop, "rep")
        end = f", and {more} followed" if row.reps_after_stop else ", where the set ended"
        parts.append(f"The stop rule was reached: {reason}{end}.")
    return " ".join(parts)


def session_sentences(protocol: Protocol, rows: Sequence[ProtocolScoreRow]) -> Iterator[str]:
    """Yield what the session as a whole says."""
    done, asked = len(rows), protocol.sets
    judged = "as asked" if done in asked else "fewer than" if done < asked.low else "more than"
    tail = f" {judged}" if done in asked else f", {judged} the {asked} asked for"
    yield f"{_count(done, 'set')} of {protocol.title}{tail}."
    wrong = sorted({row.exercise for row in rows if row.exercise} - {*protocol.exercises, "auto"})
    if wrong and protocol.exercises:
        yield f"The protocol is for {', '.join(protocol.exercises)}, and this was {', '.join(wrong)}."
    known = [row for row in rows if math.isfinite(row.compliance_pct)]
    if known:
        mean = math.fsum(row.compliance_pct for row in known) / len(known)
        yield f"Tempo {protocol.tempo} was kept in {mean:.0f} % of phases{_lean(known)}."
    if protocol.load_pct and rows and all(math.isnan(row.load_pct_1rm) for row in rows):
        yield f"The load was not judged: say it and the one-rep max to hold it against {protocol.load_pct} %."
    if protocol.clinician:
        yield UNDER_A_CLINICIAN


def facts(protocol: Protocol) -> list[tuple[str, str]]:
    """Return a protocol as pairs of a word and what it is, in the order in which a coach asks."""
    load = f"{protocol.load_pct} % of the one-rep max" if protocol.load_pct else protocol.load
    said = [
        ("for", protocol.purpose),
        ("exercises", ", ".join(protocol.exercises) or "any"),
        ("tempo", f"{protocol.tempo}{' (others do the lift)' if protocol.assisted else ''}"),
        ("sets", f"{protocol.sets} of {protocol.reps} reps"),
        ("load", load),
        ("rest", _rest(protocol.rest_s) if protocol.rest_s else ""),
        ("stop", "; ".join(stop_words(protocol.stop))),
        ("how often", protocol.frequency),
        ("note", protocol.notes),
        ("evidence", protocol.evidence),
        ("clinician", UNDER_A_CLINICIAN if protocol.clinician else ""),
    ]
    for source in protocol.sources:
        doi = f", doi:{source.doi}" if source.doi else ""
        doubt = "" if source.verified else " [not verified]"
        said.append(("source", f"{source.text}{doi}: {source.says}{doubt}"))
    return [(name, text) for name, text in said if text]


def stop_words(stop: StopLimits) -> Iterator[str]:
    """Yield each stop rule as words."""
    if stop.velocity_loss_pct is not None:
        yield f"{stop.velocity_loss_pct:g} % velocity loss"
    if stop.mcv_floor_mps is not None:
        yield f"a rep slower than {stop.mcv_floor_mps:g} m/s"
    if stop.reps_in_reserve is not None:
        yield f"{stop.reps_in_reserve:g} reps in reserve"
    if stop.tempo_misses is not None:
        yield f"{_count(stop.tempo_misses, 'rep')} in a row off the tempo"
    if stop.ecc_failures is not None:
        yield f"the lowering not held for {_count(stop.ecc_failures, 'rep')}"


def duration(seconds: float) -> str:
    """Return a rest as people say it: 45 s, 1:30 min."""
    whole = round(seconds)
    if whole < _A_MINUTE_S:
        return f"{whole} s"
    return f"{whole // 60}:{whole % 60:02d} min"


def _rest(span: Span) -> str:
    if span.low == span.high:
        return duration(span.low)
    return f"{duration(span.low)} to {duration(span.high)}"


def _reps(row: ProtocolScoreRow, asked: Span) -> str:
    said = _count(row.reps, "rep")
    return said if row.reps_verdict == "ok" else f"{said}, {asked} asked for"


def _tempo(row: ProtocolScoreRow) -> str:
    if math.isnan(row.compliance_pct):
        return ""
    kept = f", {row.compliance_pct:.0f} % of phases in tempo"
    return kept if row.tempo_verdict == "ok" else f"{kept}{_lean([row])}"


def _lean(rows: Sequence[ProtocolScoreRow]) -> str:
    """Say which way the lowering is off, where it is by more than a hand's clocking."""
    errors = [row.ecc_error_s for row in rows if math.isfinite(row.ecc_error_s)]
    mean = math.fsum(errors) / len(errors) if errors else 0.0
    if abs(mean) < 0.25:
        return ""
    return f" (the lowering {abs(mean):.1f} s too {'long' if mean > 0 else 'short'} on average)"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
