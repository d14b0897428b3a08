"""A session in plain sentences and headline numbers: what its sets come to, and how they compare."""

from __future__ import annotations

import math
from collections.abc import Sequence

from imu_tempo.metrics.selection import usable
from imu_tempo.metrics.session import session_rows
from imu_tempo.report.view import Session, SetView, exercise_title, load_text
from imu_tempo.report.words import NOTEWORTHY_S, REPS, Tile, mean, number
from imu_tempo.schema import EccentricRow, SessionRow

_KILO = 1000.0
_NOTEWORTHY_MPS = 0.03
"""Differences of velocity between sets below this are within what a bar sensor repeats to."""


def sums(session: Session) -> list[SessionRow]:
    """Return what the sets add up to: a row an exercise, and a last one of all."""
    lowered: list[EccentricRow] = [row for view in session.views for row in view.eccentric]
    return session_rows(session.sets, lowered)


def totals(session: Session) -> list[Tile]:
    """Return the headline numbers of several sets together."""
    views = session.views
    best_mps = [v.summary.mcv_best_mps for v in views if math.isfinite(v.summary.mcv_best_mps)]
    *_, all_sets = sums(session)
    found = [
        Tile("Eccentric time under tension", number(all_sets.tut_ecc_s, 1, "s"), "all sets"),
        Tile(REPS, str(all_sets.reps), f"in {all_sets.sets} sets"),
        Tile("Mean lowering", number(mean([r.ecc_s for v in views for r in usable(v.reps)]), 1, "s")),
    ]
    if len(session.exercises) == 1:
        best = number(max(best_mps, default=math.nan), 2, "m/s")
        found.append(Tile("Best lifting velocity", best, "mean of the fastest rep"))
    if math.isfinite(all_sets.ecc_work_j):
        note = f"lowering {load_words(session)}".strip()
        found.append(Tile("Work absorbed", number(all_sets.ecc_work_j / _KILO, 1, "kJ"), note))
    if math.isfinite(all_sets.compliance_pct):
        found.append(Tile("Tempo compliance", number(all_sets.compliance_pct, 0, "%"), "all sets"))
    return found


def load_words(session: Session) -> str:
    """Return the lightest and the heaviest load, or the one there is."""
    loads = sorted({v.summary.load_kg for v in session.views if math.isfinite(v.summary.load_kg)})
    if not loads:
        return ""
    return load_text(loads[0]) if len(loads) == 1 else f"{loads[0]:g} to {load_text(loads[-1])}"


def session_sentences(session: Session) -> list[str]:
    """Return a session in plain sentences; what was not measured is left out."""
    written = [_done(row) for row in sums(session)[:-1]]
    for name in dict.fromkeys(v.summary.exercise for v in session.views):
        own = [v for v in session.views if v.summary.exercise == name]
        title = exercise_title(name).lower() if len(session.exercises) > 1 else ""
        written += [_lowering(own, title), _velocity(own, title), _loss(own, title)]
    written += [_stops(session.views), _doubts(session.views)]
    return [text for text in written if text]


def _done(row: SessionRow) -> str:
    kept = (
        f"; tempo kept in {row.compliance_pct:.0f} % of phases" if math.isfinite(row.compliance_pct) else ""
    )
    work = f", {row.ecc_work_j / _KILO:.1f} kJ absorbed" if math.isfinite(row.ecc_work_j) else ""
    lowered = f"{number(row.tut_ecc_s, 1, 's')} of lowering{work}" if math.isfinite(row.tut_ecc_s) else ""
    what = f"{exercise_title(row.exercise)}: {row.sets} set{_s(row.sets)}, {row.reps} rep{_s(row.reps)}"
    return f"{what}, {lowered}{kept}." if lowered else f"{what}{kept}."


def _lowering(views: Sequence[SetView], title: str) -> str:
    """Say whether the lowering changed from the first set to the last."""
    by_set = [mean([rep.ecc_s for rep in usable(view.reps)]) for view in views]
    known = [s for s in by_set if math.isfinite(s)]
    if len(known) < 2 or abs(known[-1] - known[0]) < NOTEWORTHY_S:
        return ""
    what = _of(title, "Lowering")
    return f"{what} went from {known[0]:.1f} s in the first set to {known[-1]:.1f} s in the last."


def _velocity(views: Sequence[SetView], title: str) -> str:
    """Say how the best rep changed over sets of the same load that were lifted all out."""
    free = [v.summary for v in views if v.summary.vl_valid and math.isfinite(v.summary.mcv_best_mps)]
    if len(free) < 2 or len({row.load_kg for row in free if math.isfinite(row.load_kg)}) > 1:
        return ""
    first, last = free[0].mcv_best_mps, free[-1].mcv_best_mps
    what = _of(title, "The fastest lifting of a set")
    if abs(last - first) < _NOTEWORTHY_MPS:
        return f"{what} stayed at about {first:.2f} m/s."
    return f"{what} went from {first:.2f} m/s in the first set to {last:.2f} m/s in the last."


def _loss(views: Sequence[SetView], title: str) -> str:
    losses = [v.summary.vl_pct for v in views if v.summary.vl_valid and math.isfinite(v.summary.vl_pct)]
    if len(losses) < 2:
        return ""
    low, high = min(losses), max(losses)
    span = f"{low:.0f} %" if round(low) == round(high) else f"{low:.0f} to {high:.0f} %"
    return f"{_of(title, 'Velocity loss')} within the sets was {span}."


def _stops(views: Sequence[SetView]) -> str:
    stopped = [v.number for v in views if v.summary.stop_rep]
    return f"The stop rule was reached in set{_s(len(stopped))} {_listed(stopped)}." if stopped else ""


def _doubts(views: Sequence[SetView]) -> str:
    noted = [v.number for v in views if v.summary.quality]
    return f"Set{_s(len(noted))} {_listed(noted)} held reps with a note, told below." if noted else ""


def _of(title: str, what: str) -> str:
    return f"{what}, {title}," if title else what


def _s(number: int) -> str:
    return "" if number == 1 else "s"


def _listed(numbers: Sequence[int]) -> str:
    *first, last = map(str, numbers)
    return f"{', '.join(first)} and {last}" if first else last
