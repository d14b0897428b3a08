"""Velocity loss within a set."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from imu_tempo.metrics.tempo import Prescription
from imu_tempo.schema import NAN

Reference = Literal["fastest", "first"]
End = Literal["last", "last2"]

_END_REPS: dict[End, int] = {"last": 1, "last2": 2}


def velocity_loss_pct(mcv_mps: ArrayLike, reference: Reference = "fastest", end: End = "last") -> float:
    """Return how much slower the set ended than its reference rep, in percent.

    ``(reference - end) / reference * 100``, on mean concentric velocity; any mean velocity does.

    Parameters
    ----------
    mcv_mps : array_like, shape (n,)
        Mean concentric velocity of the reps in order, m/s. NaN entries are left out. See
        :func:`imu_tempo.metrics.selection.comparable` for which reps to hand in; the live set and the summary
        both do.
    reference
        ``"fastest"`` rep of the set, or the ``"first"``.
    end
        The ``"last"`` rep, or the mean of the ``"last2"``, which one bad rep harms less.

    Returns
    -------
    float
        Percent; NaN with fewer reps than the comparison needs (two, or three for ``"last2"``). Negative only
        where the set ended faster than its first rep.

    Notes
    -----
    Sanchez-Medina and Gonzalez-Badillo (2011) introduced it as an indicator of fatigue in a set;
    Jukic et al. (2023) review its use. It means something only where every rep was lifted as fast as
    possible: ask :func:`velocity_loss_valid`.

    Examples
    --------
    >>> round(velocity_loss_pct([0.60, 0.62, 0.55, 0.465]), 1)
    25.0
    """
    values = np.asarray(mcv_mps, dtype=np.float64).ravel()
    values = values[np.isfinite(values)]
    count = _END_REPS[end]
    if values.size <= count:
        return NAN
    start = values.max() if reference == "fastest" else values[0]
    return float((start - values[-count:].mean()) / start * 100) if start > 0 else NAN


def velocity_loss_valid(prescription: Prescription | None) -> bool:
    """Say whether velocity loss can mean fatigue: not where the lifting was paced or assisted.

    Without a prescription the lifting is taken as unpaced, which nobody but the coach can confirm.
    """
    return prescription is None or prescription.con.kind not in ("timed", "assisted")
