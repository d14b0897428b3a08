"""What one live look says: which reps have ended, which of them are sure, and when to look again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from imu_tempo.exercises import Exercise
from imu_tempo.reps.candidates import Lift
from imu_tempo.reps.verdict import Rep
from imu_tempo.schema import NAN, RepRow
from imu_tempo.signal.constants import FRAME_S
from imu_tempo.solve import Solved
from imu_tempo.told import Finding, is_sure_since, same_lift
from imu_tempo.tracking import began_s, ended_s

_SETTLED_S = 0.14
"""A phase counts as ended if its arrival lies this far back."""
_SETTLED_UNSURE_S = 0.28
"""Numbers that are not sure are told for good so long after the end: a little rest makes them so, and half a
second is allowed."""
_SURE_MCV_SD_MPS = 0.015
_SURE_TIME_SD_S = 0.1
_NEVER_SURE_SD_S = 0.5
"""What is less certain even after further reps waits for the end of the set."""
_FINAL_TIME_SD_S = 0.08
"""A lowering less certain than this is not told for good before more is seen of it."""
_JUST_NOW_S = 0.05
"""An edge this near to the end of what is known is no edge yet: the movement may be going on."""
_FOUND_LATE_S = 1.0
"""A rep that ended so long before it is first found changes what the looks before made of the set."""
_AT_ONCE_S = 0.5
"""A lift that begins sooner after a lowering leaves it unproven: a weight that was held looks the same."""
_BELIEVED_AFTER = 3
"""A first lift that may be a pick-up is sure once so many more have followed and it is still a rep."""
_ALIKE = (0.4, 2.5)
"""A felt lift is like the reps between these multiples of their travel in the band."""


@dataclass(frozen=True, slots=True)
class Before:
    """What the look before said: the reps it found, when it was, and when looks last saw another past."""

    rows: tuple[RepRow, ...] = ()
    looked_s: float = -math.inf
    changed_s: float = -math.inf


@dataclass(frozen=True, slots=True)
class Glance:
    """One look at the window so far.

    Attributes
    ----------
    findings
        Reps whose lift has ended, in order.
    lift_due_s, lowering_due_s
        When the last lift, or the last lowering, will have ended long enough to be told, if it stands still
        now: None where nothing is going on, ``now_s`` where it still moves.
    active_until_s
        When a lift like the reps was last felt, whether it was believed or not; NaN for never.
    before
        What the next look is to know of this one.
    """

    findings: list[Finding]
    lift_due_s: float | None
    lowering_due_s: float | None
    active_until_s: float
    before: Before


def glance(
    solved: Solved,
    rows: Sequence[RepRow],
    now_s: float,
    before: Before,
    exercise: Exercise,
    settled_s: float = -math.inf,
) -> Glance:
    """Return what a solved window says.

    Parameters
    ----------
    solved, rows
        The window, and its reps as they are to be told.
    now_s
        How far the window is known.
    before
        What the look before said.
    exercise
        What is lifted.
    settled_s
        Of reps that began before this, nothing is said any more.
    """
    reps = [rep for found in solved.verdict.sets for rep in found]
    ended = [
        (r, rep)
        for r, rep in zip(rows, reps, strict=True)
        if _has_ended(r.con_end_s, now_s) and _is_open(r, settled_s)
    ]
    before = replace(before, rows=tuple(r for r in before.rows if _is_open(r, settled_s)))
    changed_s = before.changed_s if _is_as_before([r for r, _ in ended], before) else now_s
    settled = is_sure_since(changed_s, now_s)
    findings = []
    for i, (row, rep) in enumerate(ended):
        after = len(ended) - i - 1
        whole = row if rep.lowers_first or _has_ended(row.ecc_end_s, now_s) else _without_lowering(row)
        complete = rep.lowers_first or after > 0 or not math.isnan(whole.ecc_s)
        is_first = i == 0 and settled_s == -math.inf
        picked_up = is_first and after < _BELIEVED_AFTER and _may_be_picked_up(rows, rep, exercise)
        certain = _is_certain(whole, now_s) if after == 0 else not whole.ecc_sd_s > _NEVER_SURE_SD_S
        findings.append(Finding(whole, complete, settled and certain and not picked_up))
    lift_due_s = lowering_due_s = None
    if rows:
        last = rows[-1]
        lift_due_s = _due_s(last, last.con_end_s, now_s)
        if not reps[-1].lowers_first and not math.isnan(last.ecc_s):
            lowering_due_s = _due_s(last, last.ecc_end_s, now_s)
    now = Before(tuple(row for row, _ in ended), now_s, changed_s)
    return Glance(findings, lift_due_s, lowering_due_s, _active_until_s(solved), now)


def _is_open(row: RepRow, settled_s: float) -> bool:
    """Whether anything may still be said of a rep."""
    return began_s(row.con_start_s, row.ecc_start_s) >= settled_s


def _has_ended(end_s: float, now_s: float) -> bool:
    """Whether an edge lies far enough back to be told; False for none."""
    return end_s + _SETTLED_S <= now_s + 0.5 * FRAME_S


def _is_certain(row: RepRow, now_s: float) -> bool:
    """Whether a rep that ended just now may be told for good, rather than once more is seen of it."""
    if row.ecc_sd_s > _FINAL_TIME_SD_S:
        return False
    sure = row.mcv_sd_mps < _SURE_MCV_SD_MPS and not row.ecc_sd_s > _SURE_TIME_SD_S
    return sure or not _is_recent(ended_s(row.con_end_s, row.ecc_end_s), now_s)


def _due_s(row: RepRow, end_s: float, now_s: float) -> float | None:
    if not _has_ended(end_s, now_s):
        return now_s if end_s > now_s - _JUST_NOW_S else end_s + _SETTLED_S
    return end_s + _SETTLED_UNSURE_S if _is_recent(end_s, now_s) and not _is_certain(row, now_s) else None


def _is_recent(end_s: float, now_s: float) -> bool:
    return end_s + _SETTLED_UNSURE_S > now_s + 0.5 * FRAME_S


def _is_as_before(rows: Sequence[RepRow], before: Before) -> bool:
    """Whether this look and the one before see the same past."""
    if any(not any(same_lift(row, old) for row in rows) for old in before.rows):
        return False
    late = [row for row in rows if row.con_end_s < before.looked_s - _FOUND_LATE_S]
    return all(any(same_lift(row, old) for old in before.rows) for row in late)


def _may_be_picked_up(rows: Sequence[RepRow], rep: Rep, exercise: Exercise) -> bool:
    """Whether a set's first lift and lowering may be a weight that was picked up and held.

    A path that closes needs a lowering between two lifts, whether there was one or not. It is proven by what
    was seen of it before the next lift.
    """
    if rep.lowers_first or exercise.floor or len(rows) < 2:
        return False
    return rep.ecc is None or rows[1].con_start_s - rows[0].ecc_end_s < _AT_ONCE_S


def _active_until_s(solved: Solved) -> float:
    """Return the end of the last rep, or of a later lift that was felt and is like those of the reps."""
    motion = solved.motion
    spans = [(rep.con.start, rep.con.end) for reps in solved.verdict.sets for rep in reps]

    def is_rep(lift: Lift) -> bool:
        return any(start <= lift.peak <= end for start, end in spans)

    travel = [lift.travel_m for lift in motion.lifts if is_rep(lift)]
    if not travel:
        return NAN
    usual = float(np.median(travel))
    like = [x.end for x in motion.lifts if _ALIKE[0] * usual < x.travel_m < _ALIKE[1] * usual]
    return motion.frames.start_s + FRAME_S * max(spans[-1][1], *like)


def _without_lowering(row: RepRow) -> RepRow:
    """Return a rep whose lowering is still going on as if it had none yet."""
    return replace(
        row,
        ecc_start_s=NAN,
        ecc_end_s=NAN,
        ecc_s=NAN,
        ecc_sd_s=NAN,
        top_s=NAN,
        bottom_s=NAN,
        mev_mps=NAN,
        pev_mps=NAN,
        tut_s=row.con_s,
    )
