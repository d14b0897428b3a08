"""Which rep of one table is which of the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from imu_tempo.errors import TempoError
from imu_tempo.metrics.agreement.clock import SAME_CLOCK, Clock, estimate_clock

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
By = Literal["time", "number"]

SAME_LIFT_RATIO = 0.5
"""Two reps are one if they overlap by more than this part of the shorter of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """Rows of two tables that are the same rep.

    Attributes
    ----------
    device, reference : ndarray of int, shape (n,)
        Positions in the two tables, pair by pair.
    clock
        What was added to the reference's times.
    missed, ghosts
        Reps of the reference, and of the device, that have no partner.
    """

    device: NDArray[np.intp]
    reference: NDArray[np.intp]
    clock: Clock
    missed: int
    ghosts: int


def match_reps(
    device: pd.DataFrame,
    reference: pd.DataFrame,
    *,
    by: By = "time",
    clock: Clock | Literal["fit"] = SAME_CLOCK,
    within_s: float | None = None,
) -> Match:
    """Match the reps of one session.

    Parameters
    ----------
    device, reference
        Tables with columns of :class:`imu_tempo.schema.RepRow`: for ``by="time"`` at least ``con_start_s``
        and ``con_end_s``, or ``start_s`` and ``end_s``; for ``by="number"`` ``rep_no`` and, where there are
        several sets, ``set_no``.
    by
        ``"time"``: one to one, by the greatest overlap in sum. ``"number"``: the same set and rep, for a
        device that tells no times; one missed rep then shifts all that follow.
    clock
        Offset between the clocks, or ``"fit"`` to estimate it.
    within_s
        Largest offset to consider.

    Raises
    ------
    TempoError
        A table has not the columns that it takes.
    """
    if by == "number":
        return _by_number(device, reference)
    a, b = spans(device, reference)
    chosen = estimate_clock(a, b, within_s=within_s) if clock == "fit" else clock
    b = b + chosen.offset_s
    both = np.minimum.outer(a[:, 1], b[:, 1]) - np.maximum.outer(a[:, 0], b[:, 0])
    shorter = np.minimum.outer(np.diff(a, axis=1)[:, 0], np.diff(b, axis=1)[:, 0])
    ratio = np.where(shorter > 0.0, both / np.maximum(shorter, 1e-9), 0.0)
    ratio[~(ratio > SAME_LIFT_RATIO)] = 0.0
    i, j = linear_sum_assignment(ratio, maximize=True)
    real = ratio[i, j] > 0.0
    return Match(i[real], j[real], chosen, len(b) - int(real.sum()), len(a) - int(real.sum()))


def spans(device: pd.DataFrame, reference: pd.DataFrame) -> tuple[Array, Array]:
    """Return start and end of the reps of both tables, by columns that both have, (n, 2) each."""
    for names in (("con_start_s", "con_end_s"), ("start_s", "end_s")):
        if all(name in table for name in names for table in (device, reference)):
            a, b = (table[list(names)].to_numpy(dtype=np.float64) for table in (device, reference))
            return np.nan_to_num(a, nan=-np.inf), np.nan_to_num(b, nan=-np.inf)
    raise TempoError(
        "The two tables share no times of reps (con_start_s and con_end_s, or start_s and end_s): map the"
        " columns that hold them, or match by number."
    )


def _by_number(device: pd.DataFrame, reference: pd.DataFrame) -> Match:
    if any("rep_no" not in table for table in (device, reference)):
        raise TempoError(
            "Matching by number takes a column rep_no in both tables: map the one that holds it."
        )
    keys = [name for name in ("set_no", "rep_no") if name in device and name in reference]
    a, b = (
        {key: i for i, key in enumerate(zip(*(t[k] for k in keys), strict=True))} for t in (device, reference)
    )
    both = [key for key in a if key in b]
    return Match(
        np.array([a[k] for k in both], dtype=np.intp),
        np.array([b[k] for k in both], dtype=np.intp),
        SAME_CLOCK,
        len(reference) - len(both),
        len(device) - len(both),
    )
