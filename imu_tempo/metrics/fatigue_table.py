"""The fatigue table: the signs of fatigue of one set, each with its validity and a plain sentence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from imu_tempo.metrics import fatigue
from imu_tempo.metrics.context import NO_CONTEXT, SetContext
from imu_tempo.metrics.selection import comparable, is_assisted, is_partial, usable
from imu_tempo.metrics.signs import SIGNS, Needs, Sign
from imu_tempo.metrics.tempo import Prescription
from imu_tempo.metrics.velocity import End, Reference, velocity_loss_pct, velocity_loss_valid
from imu_tempo.schema import NAN, EccentricRow, FatigueRow, RepRow

_REASONS: dict[Needs, str] = {
    "free lifting": "the lifting was paced by the tempo or assisted",
    "free lowering": "the lowering time was prescribed",
    "unassisted lifting": "the lifting was assisted",
}


def fatigue_rows(
    reps: Sequence[RepRow],
    eccentric: Sequence[EccentricRow] = (),
    prescription: Prescription | None = None,
    context: SetContext = NO_CONTEXT,
    *,
    velocity_loss_from: Reference = "fastest",
) -> list[FatigueRow]:
    """Return the signs of fatigue of one set, the strongest evidence first.

    Parameters
    ----------
    reps
        Reps of one set, in any order; which count is told in :mod:`imu_tempo.metrics.selection`.
    eccentric
        The eccentric rows of the same reps; without them control, sticking and tremor are not there.
    prescription, context
        What decides whether a measure is valid.
    velocity_loss_from
        Rep that the effort index is reckoned from, as ``sets.effort_index`` is.

    Returns
    -------
    list of FatigueRow
        Always the same measures; what could not be told is NaN, not valid, and says why.
    """
    if not reps:
        return []
    scene = _Scene(list(reps), list(eccentric), prescription, context)
    rows = [scene.followed(sign) for sign in SIGNS]
    rows += [scene.effort(velocity_loss_from), scene.rom()]
    order: dict[str, int] = {"strong": 0, "moderate": 1, "exploratory": 2}
    return sorted(rows, key=lambda row: order[row.evidence])


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """One set, and what was asked of it."""

    reps: list[RepRow]
    eccentric: list[EccentricRow]
    prescription: Prescription | None
    context: SetContext

    def followed(self, sign: Sign) -> FatigueRow:
        """Return the row of a measure that follows a quantity over the reps."""
        lowering = {row.rep_no: row for row in self.eccentric}
        reps = comparable(self.reps) if sign.loss else [r for r in usable(self.reps) if not is_partial(r)]
        pairs = [(rep.rep_no, sign.quantity(rep, lowering.get(rep.rep_no))) for rep in reps]
        known = [(no, value) for no, value in pairs if math.isfinite(value)]
        numbers, values = [no for no, _ in known], [value for _, value in known]
        slope = fatigue.robust_slope(numbers, values)
        if sign.loss:
            value, unit, fewest = velocity_loss_pct(values, *sign.loss), "%", _FEWEST[sign.loss[1]]
        else:
            span = numbers[-1] - numbers[0] if numbers else 0
            value, unit, fewest = slope.per_rep * span, sign.quantity_unit, fatigue.MIN_REPS_FOR_SLOPE
        reason = self._why_not(sign.needs) or self._too_few(len(values), fewest, sign)
        first, last = _ends(values, sign.loss)
        row = FatigueRow(
            set_no=self.reps[0].set_no,
            measure=sign.measure,
            title=sign.title,
            value=value,
            unit=unit,
            first=first,
            last=last,
            quantity_unit=sign.quantity_unit,
            slope_per_rep=slope.per_rep,
            slope_low=slope.low,
            slope_high=slope.high,
            reps=len(values),
            evidence=sign.evidence,
            valid=not reason,
            reason=reason,
        )
        return _said(row, _loss_words(row) if sign.loss else _drift_words(row, sign))

    def effort(self, reference: Reference) -> FatigueRow:
        """Return the row of the effort index."""
        mcv = [rep.mcv_mps for rep in comparable(self.reps) if math.isfinite(rep.mcv_mps)]
        index = fatigue.effort_index(mcv[0], velocity_loss_pct(mcv, reference)) if mcv else NAN
        reason = self._why_not("free lifting") or ("" if len(mcv) > 1 else "fewer than 2 reps to compare")
        row = FatigueRow(
            set_no=self.reps[0].set_no,
            measure="effort_index",
            title="Effort index",
            value=index,
            unit="m/s %",
            first=mcv[0] if mcv else NAN,
            last=mcv[-1] if mcv else NAN,
            quantity_unit="m/s",
            reps=len(mcv),
            evidence="strong",
            valid=not reason,
            reason=reason,
        )
        return _said(row, f"Effort index {index:.1f}: the first rep's velocity times the velocity loss.")

    def rom(self) -> FatigueRow:
        """Return the row of the loss of range of motion."""
        rows = [(rep.rep_no, rep.rom_m) for rep in usable(self.reps) if math.isfinite(rep.rom_m)]
        rom_m = [value for _, value in rows]
        loss = fatigue.rom_loss_pct(rom_m)
        slope = fatigue.robust_slope([no for no, _ in rows], rom_m)
        known = math.isfinite(loss)
        row = FatigueRow(
            set_no=self.reps[0].set_no,
            measure="rom_loss",
            title="Loss of range of motion",
            value=loss,
            unit="%",
            first=float(np.mean(rom_m[:2])) if known else NAN,
            last=float(np.mean(rom_m[-2:])) if known else NAN,
            quantity_unit="m",
            slope_per_rep=slope.per_rep,
            slope_low=slope.low,
            slope_high=slope.high,
            reps=len(rom_m),
            evidence="exploratory",
            valid=known,
            reason="" if known else f"fewer than {2 * fatigue.ROM_LOSS_REPS} reps to compare",
        )
        way = "shorter" if loss > 0 else "deeper"
        return _said(row, f"The last two reps were {abs(loss):.0f} % {way} than the first two.")

    def _why_not(self, needs: Needs) -> str:
        assisted = self.context.is_assisted(self.prescription) or all(map(is_assisted, self.reps))
        paced = not velocity_loss_valid(self.prescription)
        timed = self.prescription is not None and self.prescription.ecc.kind == "timed"
        broken = {
            "free lifting": paced or assisted,
            "free lowering": timed,
            "unassisted lifting": assisted,
            "": False,
        }[needs]
        return _REASONS[needs] if broken else ""

    def _too_few(self, reps: int, fewest: int, sign: Sign) -> str:
        if reps >= fewest:
            return ""
        tremor = [row for row in self.eccentric if "Tremor needs" in row.notes]
        if sign.measure == "tremor_growth" and tremor:
            return next(note for note in tremor[0].notes.split(". ") if note.startswith("Tremor")).rstrip(".")
        return f"fewer than {fewest} reps to compare"


_FEWEST: dict[End, int] = {"last": 2, "last2": 3}


def _ends(values: list[float], loss: tuple[Reference, End] | None) -> tuple[float, float]:
    if not values:
        return NAN, NAN
    first = max(values) if loss and loss[0] == "fastest" else values[0]
    last = float(np.mean(values[-2:])) if loss and loss[1] == "last2" and len(values) > 1 else values[-1]
    return first, last


def _said(row: FatigueRow, words: str) -> FatigueRow:
    """Return a row with its sentence: the words, or why there are none."""
    if not math.isfinite(row.value):
        return replace(row, sentence=f"{row.title}: not known ({row.reason or 'not measured'}).")
    if not row.valid:
        return replace(row, sentence=f"{words} Not to be read as fatigue: {row.reason}.")
    return replace(row, sentence=words)


def _loss_words(row: FatigueRow) -> str:
    ends = f"({row.first:.2f} to {row.last:.2f} {row.quantity_unit})"
    what = row.title[0].upper() + row.title[1:]
    if row.value < 0:
        return f"{what}: none, it rose by {-row.value:.0f} % {ends}."
    return f"{what}: {row.value:.0f} % {ends}."


def _signed(value: float, decimals: int, unit: str) -> str:
    """Return a change with its sign; what rounds to nothing has no minus."""
    return f"{round(value, decimals) + 0.0:+.{decimals}f} {unit}".rstrip()


def _drift_words(row: FatigueRow, sign: Sign) -> str:
    change = _signed(row.value, sign.decimals, row.unit)
    if not (row.slope_low > 0 or row.slope_high < 0):
        return f"{row.title}: no clear change over the set ({change})."
    way = "for the worse" if row.value * sign.worse > 0 else "for the better"
    per_rep = _signed(row.slope_per_rep, sign.decimals + 1, row.unit)
    return f"{row.title}: {change} over the set ({per_rep} a rep), {way}."
