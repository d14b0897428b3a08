"""Time under tension, each kind under its own name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from imu_tempo.metrics.tempo import Prescription
from imu_tempo.schema import NAN, RepRow

_EDGES = ("ecc_start_s", "ecc_end_s", "con_start_s", "con_end_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeUnderTension:
    """The measured kinds of time under tension of one set, in seconds; NaN where nothing was measured.

    Attributes
    ----------
    start_s, end_s
        First and last edge of any rep.
    total_s
        Start to end, everything in between included.
    ecc_s, con_s
        All lowerings, all liftings.
    moving_s
        The two together: the bar moves.
    pause_s
        Pauses at bottom and top that begin before ``end_s``: what follows the last rep is not part of the
        set.
    ecc_sd_s, con_sd_s, moving_sd_s, pause_sd_s, total_sd_s
        Standard deviations, the errors of edges taken as independent; NaN where one is unknown. That of the
        total is of its two edges alone, so that it does not grow with the reps.
    """

    start_s: float
    end_s: float
    total_s: float
    ecc_s: float
    con_s: float
    moving_s: float
    pause_s: float
    ecc_sd_s: float
    con_sd_s: float = NAN
    moving_sd_s: float = NAN
    pause_sd_s: float = NAN
    total_sd_s: float = NAN


def time_under_tension(reps: Sequence[RepRow]) -> TimeUnderTension:
    """Return the measured time under tension of a set.

    A rep with a missing phase adds only what was measured, so that the sums are minimums there. Shared error
    sources, such as a wrong edge definition, do not average out and are not in the standard deviations.
    """
    edges = [e for rep in reps for name in _EDGES if math.isfinite(e := getattr(rep, name))]
    start_s, end_s = (min(edges), max(edges)) if edges else (NAN, NAN)
    pauses = [
        (pause_s, sd_s)
        for rep in reps
        for pause_s, sd_s, begins_s in (
            (rep.bottom_s, rep.bottom_sd_s, rep.ecc_end_s),
            (rep.top_s, rep.top_sd_s, rep.con_end_s),
        )
        if begins_s < end_s and math.isfinite(pause_s)
    ]
    lowered = [(rep.ecc_s, rep.ecc_sd_s) for rep in reps if math.isfinite(rep.ecc_s)]
    lifted = [(rep.con_s, rep.con_sd_s) for rep in reps if math.isfinite(rep.con_s)]
    return TimeUnderTension(
        start_s=start_s,
        end_s=end_s,
        total_s=end_s - start_s,
        ecc_s=_sum(lowered),
        con_s=_sum(lifted),
        moving_s=_sum(lowered + lifted),
        pause_s=_sum(pauses, none=0.0),
        ecc_sd_s=_spread(lowered),
        con_sd_s=_spread(lifted),
        moving_sd_s=_spread(lowered + lifted),
        pause_sd_s=_spread(pauses),
        total_sd_s=_ends_sd_s(reps),
    )


def prescribed_tut_s(prescription: Prescription, reps: int) -> float:
    """Return the prescribed time under tension: reps times digits (a minimum where a phase has no digit)."""
    return reps * prescription.tut_per_rep_s


def _sum(timed: Sequence[tuple[float, float]], none: float = NAN) -> float:
    return math.fsum(seconds for seconds, _ in timed) if timed else none


def _spread(timed: Sequence[tuple[float, float]]) -> float:
    return math.sqrt(math.fsum(sd_s**2 for _, sd_s in timed)) if timed else NAN


def _ends_sd_s(reps: Sequence[RepRow]) -> float:
    """Return the spread of the set's first and last edge: one of the two edges of its first and last rep."""
    if not reps:
        return NAN
    return math.sqrt(0.5 * (reps[0].tut_sd_s ** 2 + reps[-1].tut_sd_s ** 2))
