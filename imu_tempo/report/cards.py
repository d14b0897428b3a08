"""The tables of a report: sets, exercises, reps, tempo by phase, and what was not counted."""

from __future__ import annotations

import math
from collections.abc import Iterable

from imu_tempo.metrics.tempo import PHASE_TITLES, PHASES, PhaseName
from imu_tempo.report import words
from imu_tempo.report.card import Card, Cell, Head
from imu_tempo.report.session_words import sums
from imu_tempo.report.view import Session, SetView, exercise_title, rejected, source_name
from imu_tempo.schema import RepRow, SessionRow
from imu_tempo.schema.spreads import spread

_PHASE_HEADS: dict[PhaseName, str] = {"ecc": "Lowering", "bottom": "Bottom", "con": "Lifting", "top": "Top"}


def sets_card(session: Session) -> Card:
    """Return the table that compares the sets."""
    mixed = len(session.exercises) > 1
    heads = [Head("Set"), *([Head("Exercise", classes="name")] if mixed else []), Head("Load", "kg")]
    heads += [Head("Reps"), Head("Lowering", "s"), Head("Tempo", "s"), Head("Best lift", "m/s")]
    heads += [Head("Loss", "%"), Head("Kept", "%"), Head("Work", "J")]
    lines = [_set_line(view, mixed=mixed) for view in session.views]
    note = (
        "Lowering: eccentric time under tension. Loss: of lifting velocity within the set. Kept: phases"
        " within the tolerance of the tempo. Work: absorbed while lowering."
    )
    if any(not view.summary.vl_valid for view in session.views):
        note += " Paced: by the tempo, or assisted, so that slowing says nothing."
    return Card("", heads, lines, note)


def exercises_card(session: Session) -> Card | None:
    """Return the sums of each exercise, where there are several."""
    by_exercise = sums(session)
    if len(by_exercise) < 3:
        return None
    heads = [Head("Exercise", classes="text"), Head("Sets"), Head("Reps"), Head("Volume", "kg x reps")]
    heads += [Head("Lowering", "s"), Head("Lifting", "s"), Head("Pauses", "s"), Head("Work absorbed", "kJ")]
    return Card("By exercise", heads, [_exercise_line(row) for row in by_exercise])


def reps_card(view: SetView) -> Card:
    """Return the table of a set's reps."""
    heads = [Head("Rep"), *(Head(_PHASE_HEADS[phase], "s") for phase in PHASES), Head("Travel", "cm")]
    heads += [Head("Mean lift", "m/s"), Head("Peak lift", "m/s"), Head("Mean lower", "m/s")]
    noted = any(words.rep_notes(rep) for rep in view.reps)
    heads += [Head("Notes", classes="text")] if noted else []
    scores = view.score.reps if view.score else ()
    off = {score.rep_no: {s.phase for s in score.phases if not s.inside} for score in scores}
    lines = [_rep_line(rep, off.get(rep.rep_no, set()), noted=noted) for rep in view.reps]
    note = "Marked: outside the tolerance of the tempo." if any(off.values()) else ""
    return Card("Reps", heads, lines, note)


def compliance_card(view: SetView) -> Card | None:
    """Return how each phase kept to the tempo; None where none was prescribed or scored."""
    if view.score is None or view.prescription is None or not view.score.tally.scored:
        return None
    targets = dict(view.prescription)
    heads = [
        Head("Phase", classes="text"),
        Head("Target", "s"),
        Head("Kept", "reps"),
        Head("Off by", "s, mean"),
    ]
    lines = [
        [
            Cell(PHASE_TITLES[phase], "text"),
            Cell(str(targets[phase])),
            Cell(f"{tally.inside} of {tally.scored}", "" if tally.inside == tally.scored else "off"),
            Cell(_signed(tally.error_s)),
        ]
        for phase, tally in view.score.by_phase.items()
    ]
    return Card("Tempo kept", heads, lines)


def rejected_card(session: Session) -> Card | None:
    """Return the movements that are not reps, with the reasons; None where there are none."""
    several = len(session.results) > 1
    heads = [Head("Recording", classes="left")] if several else []
    heads += [Head("Time", "s"), Head("Taken for", classes="text"), Head("Because", classes="text")]
    lines = [
        [
            *([Cell(source_name(result), "left quiet")] if several else []),
            Cell(f"{movement.start_s:.1f}\N{EN DASH}{movement.end_s:.1f}"),
            Cell(words.reason_words(movement.reason), "text"),
            Cell(movement.detail, "text quiet"),
        ]
        for result in session.results
        for movement in rejected(result)
    ]
    return Card("", heads, lines) if lines else None


def _set_line(view: SetView, *, mixed: bool) -> list[Cell]:
    row = view.summary
    work = _total(lowered.ecc_work_j for lowered in view.eccentric)
    return [
        Cell(str(view.number)),
        *([Cell(exercise_title(row.exercise), "name")] if mixed else []),
        Cell(f"{row.load_kg:g}" if math.isfinite(row.load_kg) else words.NOT_MEASURED),
        Cell(str(row.reps)),
        Cell(words.number(row.tut_ecc_s, 1)),
        Cell(row.tempo),
        Cell(words.number(row.mcv_best_mps, 2)),
        Cell(words.number(row.vl_pct, 0) if row.vl_valid else "paced"),
        Cell(words.number(row.compliance_pct, 0)),
        Cell(words.number(work, 0)),
    ]


def _exercise_line(row: SessionRow) -> list[Cell]:
    return [
        Cell(exercise_title(row.exercise) if row.exercise else "All", "text"),
        Cell(str(row.sets)),
        Cell(str(row.reps)),
        Cell(words.number(row.volume_kg, 0)),
        Cell(words.number(row.tut_ecc_s, 1)),
        Cell(words.number(row.tut_con_s, 1)),
        Cell(words.number(row.tut_pause_s, 1)),
        Cell(words.number(row.ecc_work_j / 1000, 1)),
    ]


def _rep_line(rep: RepRow, off: set[PhaseName], *, noted: bool) -> list[Cell]:
    phases = [
        Cell(words.number(getattr(rep, f"{phase}_s"), 1), "off" if phase in off else "") for phase in PHASES
    ]
    mcv = f"{words.number(rep.mcv_mps, 2)} {spread(rep.mcv_sd_mps, 2, '')}".strip()
    return [
        Cell(str(rep.rep_no)),
        *phases,
        Cell(words.number(rep.rom_m * 100, 0)),
        Cell(mcv),
        Cell(words.number(rep.pcv_mps, 2)),
        Cell(words.number(rep.mev_mps, 2)),
        *([Cell(words.rep_notes(rep), "text quiet")] if noted else []),
    ]


def _total(values: Iterable[float]) -> float:
    known = [v for v in values if math.isfinite(v)]
    return math.fsum(known) if known else math.nan


def _signed(seconds: float) -> str:
    if not math.isfinite(seconds):
        return words.NOT_MEASURED
    rounded = round(seconds, 1) + 0.0
    sign = "+" if rounded > 0 else "\N{MINUS SIGN}" if rounded < 0 else ""
    return sign + f"{abs(rounded):.1f}"
