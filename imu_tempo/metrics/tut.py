"""Time under tension, each kind under its own name."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
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
    ecc_sd_s
        Standard deviation of ``ecc_s``, the errors of reps taken as independent; NaN where one is unknown.
    """

    start_s: float
    end_s: float
    total_s: float
    ecc_s: float
    con_s: float
    moving_s: float
    pause_s: float
    ecc_sd_s: float


def time_under_tension(reps: Sequence[RepRow]) -> TimeUnderTension:
    """Return the measured time under tension of a set.

    A rep with a missing phase adds only what was measured, so that the sums are minimums there. Shared error
    sources, such as a wrong edge definition, do not average out and are not in ``ecc_sd_s``.
    """
    edges = [e for rep in reps for name in _EDGES if math.isfinite(e := getattr(rep, name))]
    start_s, end_s = (min(edges), max(edges)) if edges else (NAN, NAN)
    pauses = [
        pause_s
        for rep in reps
        for pause_s, begins_s in ((rep.bottom_s, rep.ecc_end_s), (rep.top_s, rep.con_end_s))
        if begins_s < end_s
    ]
    lowered = [rep for rep in reps if math.isfinite(rep.ecc_s)]
    return TimeUnderTension(
        start_s=start_s,
        end_s=end_s,
        total_s=end_s - start_s,
        ecc_s=_total(rep.ecc_s for rep in reps),
        con_s=_total(rep.con_s for rep in reps),
        moving_s=_total(v for rep in reps for v in (rep.ecc_s, rep.con_s)),
        pause_s=_total(pauses, none=0.0),
        ecc_sd_s=math.sqrt(math.fsum(rep.ecc_sd_s**2 for rep in lowered)) if lowered else NAN,
    )


def prescribed_tut_s(prescription: Prescription, reps: int) -> float:
    """Return the prescribed time under tension: reps times digits (a minimum where a phase has no digit)."""
    return reps * prescription.tut_per_rep_s


def _total(values: Iterable[float], none: float = NAN) -> float:
    finite = [v for v in values if math.isfinite(v)]
    return math.fsum(finite) if finite else none
