"""A set in plain sentences and headline numbers. What was measured, never a diagnosis."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from statistics import fmean
from typing import NamedTuple

from imu_tempo.metrics.selection import USABLE_CONFIDENCE, comparable, flags, usable
from imu_tempo.metrics.tempo import PHASE_TITLES
from imu_tempo.plots.bars import DEFAULT_LOSS_PCT
from imu_tempo.report.view import Session, SetView, exercise_title
from imu_tempo.schema import RepRow
from imu_tempo.schema.quality import QUALITY_WORDS
from imu_tempo.schema.spreads import spread

NOT_MEASURED = "\N{EN DASH}"
REPS = "Reps"
NOTEWORTHY_S = 0.2
"""Differences between durations below this are not worth a sentence."""
NOTEWORTHY_ROM_PCT = 5.0
"""ROM losses below this are not worth a sentence: within what a sensor on a bar repeats to."""

REASON_WORDS: dict[str, str] = {
    "unrack": "taking the bar out of the rack",
    "rerack": "putting the bar back",
    "walkout": "walking out with the bar",
    "handling": "handling the bar",
    "bounce": "a bounce",
    "partial": "a partial movement",
    "pickup": "picking the bar up",
    "setdown": "setting the bar down",
    "plate": "changing plates",
    "short": "too short for a rep",
    "long": "too long for a rep",
    "fast": "too fast for a rep",
    "failed": "an attempt that was not finished",
    "carry": "walking with the bar",
    "drift": "drift, not a movement",
    "deleted": "taken off by hand",
}


class Tile(NamedTuple):
    """One headline number: what it is, its value, and the small print beneath."""

    label: str
    value: str
    note: str = ""


def number(value: float, decimals: int, unit: str = "") -> str:
    """Return a number with its unit, or a dash where it was not measured."""
    return f"{value:.{decimals}f}{f' {unit}' if unit else ''}" if math.isfinite(value) else NOT_MEASURED


def quality_words(quality: str) -> str:
    """Return the flags of a quality column as a phrase."""
    return "; ".join(QUALITY_WORDS.get(word, word.replace("_", " ")) for word in flags(quality))


def rep_notes(rep: RepRow) -> str:
    """Return what should be known about a rep, empty when nothing should."""
    words = flags(rep.quality)
    if rep.confidence < USABLE_CONFIDENCE and "low_confidence" not in words:
        words.append("low_confidence")
    return quality_words(" ".join(words))


def reason_words(reason: str) -> str:
    """Return the reason why a movement is no rep as a phrase."""
    return REASON_WORDS.get(reason, reason.replace("_", " "))


def tiles(view: SetView) -> list[Tile]:
    """Return a set's headline numbers, the most important first."""
    row, score = view.summary, view.score
    partials = f"{row.partials} of them partial" if row.partials else ""
    found = [
        Tile(
            "Eccentric time under tension",
            number(row.tut_ecc_s, 1, "s"),
            _joined(spread(row.tut_ecc_sd_s, 1, "s (SD)"), f"set {number(row.tut_s, 1, 's')}"),
        ),
        Tile(REPS, str(row.reps), partials or load_note(row.load_kg)),
        Tile("Mean lowering", number(_mean_ecc_s(view), 1, "s"), _ecc_note(view)),
        Tile(
            "Lifting velocity, best \N{RIGHTWARDS ARROW} last",
            f"{number(row.mcv_best_mps, 2)} \N{RIGHTWARDS ARROW} {number(row.mcv_last_mps, 2)}",
            f"m/s, mean {number(row.mcv_mean_mps, 2)}",
        ),
        _loss_tile(view),
        Tile(
            "Tempo, measured",
            row.tempo,
            f"target {row.tempo_target}" if row.tempo_target else "lowering-bottom-lifting-top, s",
        ),
    ]
    if score and score.tally.scored:
        note = f"{score.tally.inside} of {score.tally.scored} phases within tolerance"
        found.append(Tile("Tempo compliance", number(score.tally.percent, 0, "%"), note))
    return found


def unbroken(sentence: str) -> str:
    """Return a sentence in which no line ends between a number and what it belongs to."""
    return re.sub(r"(?<=\d) (?=(?:s|m/s|cm|%)(?:\W|$))|(?<=\brep) (?=\d)", "\N{NO-BREAK SPACE}", sentence)


def set_title(view: SetView, session: Session) -> str:
    """Return a set's heading: its number and, where there are several exercises, which it is."""
    if len(session.exercises) == 1:
        return f"Set {view.number}"
    return f"Set {view.number}: {exercise_title(view.summary.exercise).lower()}"


def tempo_note(view: SetView) -> str:
    """Return how the figure of the tempo is to be read."""
    if view.prescription:
        return "outlined: the target; dashed: no seconds prescribed"
    return "seconds of each phase"


def loss_note(view: SetView) -> str:
    """Return how the figure of the lifting velocity is to be read."""
    if view.summary.vl_valid:
        return f"dashed: {DEFAULT_LOSS_PCT:g} % below the fastest rep; the first rep past it is marked"
    return "no sign of fatigue here: the lifting was not all out"


def load_note(load_kg: float) -> str:
    """Return the load as small print."""
    return f"with {load_kg:g} kg" if math.isfinite(load_kg) else ""


def sentences(view: SetView) -> list[str]:
    """Return a set in plain sentences; what was not measured is left out."""
    written = [_lowering(view), _lifting(view), _compliance(view), _pauses(view), _rom(view)]
    written += [_stop(view), _overload(view), _doubt(view)]
    return [text for text in written if text]


def _mean_ecc_s(view: SetView) -> float:
    return mean([rep.ecc_s for rep in usable(view.reps)])


def mean(values: Sequence[float]) -> float:
    """Return the mean of what is known, NaN where nothing is."""
    finite = [v for v in values if math.isfinite(v)]
    return fmean(finite) if finite else math.nan


def _ecc_note(view: SetView) -> str:
    seconds = view.prescription.ecc.seconds if view.prescription else None
    return f"target {seconds:g} s" if seconds is not None else ""


def _loss_tile(view: SetView) -> Tile:
    row = view.summary
    if not row.vl_valid:
        return Tile("Velocity loss", "not valid", f"the lifting was {_held_by(view)}")
    reference = _reference(view)[1] if math.isfinite(row.vl_pct) else "fastest"
    return Tile("Velocity loss", number(row.vl_pct, 0, "%"), f"{reference} rep to last")


def _reference(view: SetView) -> tuple[RepRow, str]:
    """Return the rep that velocity loss was reckoned from, and what it is called."""
    done = [rep for rep in comparable(view.reps) if math.isfinite(rep.mcv_mps)]
    fastest = max(done, key=lambda rep: rep.mcv_mps)
    by_first = view.summary.vl_pct == view.summary.vl_first_pct
    return (done[0], "first") if by_first and done[0] is not fastest else (fastest, "fastest")


def _held_by(view: SetView) -> str:
    assisted = view.summary.assisted == view.summary.reps
    return "assisted" if assisted else "paced by the tempo"


def _lowering(view: SetView) -> str:
    ecc = [rep.ecc_s for rep in usable(view.reps) if math.isfinite(rep.ecc_s)]
    if not ecc:
        return ""
    text = f"Lowering took {fmean(ecc):.1f} s" + (" on average" if len(ecc) > 1 else "")
    note = _ecc_note(view)
    text += f", {note}" if note else ""
    if len(ecc) >= 4:
        change_s = fmean(ecc[-2:]) - fmean(ecc[:-2])
        if abs(change_s) >= NOTEWORTHY_S:
            text += f"; the last two reps were {abs(change_s):.1f} s {'slower' if change_s > 0 else 'faster'}"
    return text + "."


def _lifting(view: SetView) -> str:
    row = view.summary
    done = [rep for rep in comparable(view.reps) if math.isfinite(rep.mcv_mps)]
    if not done:
        return ""
    if not row.vl_valid:
        return f"The lifting was {_held_by(view)}, so its velocity says nothing about fatigue."
    if len(done) == 1:
        return f"The lifting averaged {row.mcv_best_mps:.2f} m/s."
    best, name = _reference(view)
    if max(rep.mcv_mps for rep in done) == done[-1].mcv_mps:
        return f"The last rep was the fastest, at {row.mcv_best_mps:.2f} m/s."
    return (
        f"Lifting slowed from {best.mcv_mps:.2f} m/s on rep {best.rep_no}, the {name}, to "
        f"{row.mcv_last_mps:.2f} m/s on the last: a velocity loss of {row.vl_pct:.0f} %."
    )


def _compliance(view: SetView) -> str:
    if view.score is None or not view.score.tally.scored:
        return ""
    total = view.score.tally
    if total.inside == total.scored:
        return f"All {total.scored} scored phases kept to {view.prescription}."
    text = f"{total.inside} of {total.scored} scored phases kept to {view.prescription}"
    phase, worst = min(view.score.by_phase.items(), key=lambda item: item[1].percent)
    return f"{text}; the {PHASE_TITLES[phase]} was off most often{_by(worst.error_s)}."


def _by(error_s: float) -> str:
    if not abs(error_s) >= NOTEWORTHY_S:
        return ""
    return f", on average {abs(error_s):.1f} s too {'long' if error_s > 0 else 'short'}"


def _pauses(view: SetView) -> str:
    slope_s = view.summary.pause_slope_s
    change_s = slope_s * (view.summary.reps - 1)
    if not abs(change_s) >= 2 * NOTEWORTHY_S:
        return ""
    return f"Pauses {'grew' if change_s > 0 else 'shrank'} by about {abs(slope_s):.2f} s from rep to rep."


def _rom(view: SetView) -> str:
    mean_m, loss_pct = mean([rep.rom_m for rep in usable(view.reps)]), view.summary.rom_loss_pct
    if not math.isfinite(mean_m):
        return ""
    text = f"The bar travelled {mean_m * 100:.0f} cm a rep"
    if abs(loss_pct) >= NOTEWORTHY_ROM_PCT:
        text += f"; the last two reps were {abs(loss_pct):.0f} % {'shorter' if loss_pct > 0 else 'deeper'}"
    return text + "."


def _stop(view: SetView) -> str:
    row = view.summary
    stop = f"The stop rule was reached at rep {row.stop_rep}: {row.stop_reason}" if row.stop_rep else ""
    failed = row.ecc_failure_rep
    held = f"From rep {failed} on the prescribed lowering time was no longer held." if failed else ""
    return " ".join(part for part in (stop, held) if part)


def _overload(view: SetView) -> str:
    row = view.summary
    if not row.load_pct_1rm > 0:
        return ""
    text = f"The load was {row.load_pct_1rm:.0f} % of the one-rep maximum"
    alone = "overload_unassisted" in flags(row.quality)
    return f"{text}, and nobody is said to have helped with the lifting." if alone else f"{text}."


def _doubt(view: SetView) -> str:
    noted = [rep.rep_no for rep in view.reps if rep_notes(rep)]
    if not noted:
        return ""
    if len(noted) == 1:
        return f"Rep {noted[0]} carries a note in the table of reps."
    return f"Reps {', '.join(map(str, noted[:-1]))} and {noted[-1]} carry a note in the table of reps."


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
