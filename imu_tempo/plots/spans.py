"""When each phase of each rep was, from the rep table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from imu_tempo.metrics.tempo import PHASES, PhaseName
from imu_tempo.schema import RepRow


class Span(NamedTuple):
    """One phase of one rep, half-open."""

    set_no: int
    rep_no: int
    phase: PhaseName
    start_s: float
    end_s: float


def starts_with_lowering(reps: Sequence[RepRow]) -> bool:
    """Say whether the lift opens with the lowering: most reps that have both phases decide."""
    votes = [
        rep.ecc_start_s < rep.con_start_s for rep in reps if math.isfinite(rep.ecc_start_s + rep.con_start_s)
    ]
    return not votes or 2 * sum(votes) > len(votes)


def phase_order(reps: Sequence[RepRow]) -> tuple[PhaseName, ...]:
    """Return the phases in the order in which a rep goes through them."""
    return PHASES if starts_with_lowering(reps) else (*PHASES[2:], *PHASES[:2])


def spans(reps: Sequence[RepRow]) -> list[Span]:
    """Return every phase that was measured, in time order."""
    found = []
    for rep in reps:
        edges = {
            "ecc": (rep.ecc_start_s, rep.ecc_end_s),
            "bottom": (rep.ecc_end_s, rep.ecc_end_s + rep.bottom_s),
            "con": (rep.con_start_s, rep.con_end_s),
            "top": (rep.con_end_s, rep.con_end_s + rep.top_s),
        }
        found += [Span(rep.set_no, rep.rep_no, p, *edges[p]) for p in PHASES if edges[p][1] > edges[p][0]]
    return sorted(found, key=lambda span: span.start_s)


SET_GAP = 0.7
"""Room between the reps of two sets, in reps."""


def places(reps: Sequence[RepRow]) -> list[float]:
    """Return where each rep stands in a row of them: one apart, and farther where a set ends."""
    found: list[float] = []
    for i, rep in enumerate(reps):
        step = 1.0 + SET_GAP * (i > 0 and rep.set_no != reps[i - 1].set_no)
        found.append(found[-1] + step if found else 0.0)
    return found


def rep_names(reps: Sequence[RepRow]) -> tuple[list[str], str]:
    """Return what reps are called, and what that is: ``3``, or ``2.3`` in a table of several sets."""
    if len({rep.set_no for rep in reps}) < 2:
        return [str(rep.rep_no) for rep in reps], "rep"
    return [f"{rep.set_no}.{rep.rep_no}" for rep in reps], "set.rep"
