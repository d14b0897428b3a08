"""Two more cards of a set: what each lowering asked and how it was held, and what the set says of fatigue."""

from __future__ import annotations

import math

from imu_tempo.plots.fatigue import HEADLINE_MEASURES
from imu_tempo.report import words
from imu_tempo.report.card import Card, Cell, Head
from imu_tempo.report.view import SetView
from imu_tempo.schema import EccentricRow, FatigueRow

_TURNAROUNDS = {"rebound": "rebound", "pause": "pause", "floor": "on the floor", "": words.NOT_MEASURED}
_BASES = {
    "bar": "the bar alone, {:g} kg",
    "bar+body": "the bar and the moved part of the body, {:g} kg",
    "body": "the moved part of the body, {:g} kg",
}
_SHOWN = (HEADLINE_MEASURES[0], "effort_index", *HEADLINE_MEASURES[1:])


def lowering_card(view: SetView) -> Card | None:
    """Return the table of each rep's lowering; None where none was measured."""
    rows = [row for row in view.eccentric if math.isfinite(row.control_score)]
    if not rows:
        return None
    known = math.isfinite(rows[0].mass_kg)
    unit = "" if known else "/kg"
    heads = [Head("Rep"), Head("Work absorbed", f"J{unit}"), Head("Peak power", f"W{unit}")]
    heads += [Head("Control", "0-100"), Head("Tremor", "m/s\N{SUPERSCRIPT TWO}"), Head("Sticking", "s")]
    heads += [Head("Turnaround", classes="text")]
    basis = _BASES[rows[0].mass_basis].format(rows[0].mass_kg) if known else "one kilogram: no load was given"
    note = (
        f"Work and power are of {basis}. Control is this software's own score of speed, direction, "
        "smoothness and the bottom of the lowering; exploratory."
    )
    return Card("Lowering", heads, [_line(row, known=known) for row in rows], note)


def fatigue_card(view: SetView) -> Card | None:
    """Return what the set says of fatigue, each sign with its evidence; None where it says nothing."""
    by_name = {row.measure: row for row in view.fatigue}
    rows = [by_name[name] for name in _SHOWN if name in by_name and math.isfinite(by_name[name].value)]
    if not rows:
        return None
    heads = [Head("Evidence", classes="text"), Head("What it says", classes="text")]
    note = "A sign of fatigue is no diagnosis. Exploratory: told for those who want to look, not to act on."
    return Card("Signs of fatigue", heads, [_sign(row) for row in rows], note)


def _line(row: EccentricRow, *, known: bool) -> list[Cell]:
    work = row.ecc_work_j if known else row.ecc_work_j_per_kg
    power = row.ecc_power_peak_w if known else row.ecc_power_peak_w_per_kg
    pause = f" {row.turnaround_s:.1f} s" if row.turnaround == "pause" else ""
    return [
        Cell(str(row.rep_no)),
        Cell(words.number(work, 0 if known else 1)),
        Cell(words.number(power, 0 if known else 1)),
        Cell(words.number(row.control_score, 0)),
        Cell(words.number(row.ecc_tremor_mps2, 2)),
        Cell(words.number(row.sticking_s, 1)),
        Cell(_TURNAROUNDS.get(row.turnaround, row.turnaround) + pause, "text"),
    ]


def _sign(row: FatigueRow) -> list[Cell]:
    sentence = row.sentence.replace("m/s^2", "m/s\N{SUPERSCRIPT TWO}")
    return [Cell(row.evidence, "text quiet"), Cell(words.unbroken(sentence), "text")]
