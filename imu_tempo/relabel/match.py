"""Finding the rep that an edit speaks of in an analysis other than the one it was made on."""

from __future__ import annotations

from collections.abc import Sequence

from imu_tempo.relabel.edit import RepRef
from imu_tempo.schema import RepRow

LEAST_SHARED = 0.5
"""Time that two lifts share, over the time that either takes, above which they are the same lift. Other
definitions of the edges move them by a third of a lift at most; two lifts share nothing."""


def find(ref: RepRef, reps: Sequence[RepRow]) -> int | None:
    """Return the place of the rep whose lift is the one that ``ref`` names, or None.

    Only the lift decides: a change of exercise pairs it with another lowering.
    """
    shared = [_shared(ref, rep) for rep in reps]
    best = max(range(len(reps)), key=shared.__getitem__, default=None)
    return best if best is not None and shared[best] > LEAST_SHARED else None


def _shared(ref: RepRef, rep: RepRow) -> float:
    """Return intersection over union of two lifts in time."""
    both = min(ref.con_end_s, rep.con_end_s) - max(ref.con_start_s, rep.con_start_s)
    either = max(ref.con_end_s, rep.con_end_s) - min(ref.con_start_s, rep.con_start_s)
    return both / either if either > 0 else 0.0
