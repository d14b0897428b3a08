"""Which reps of a set count for which number: one home, so that live and offline agree.

Every rep counts towards reps and time under tension: the time was spent. A rep whose confidence is below
:data:`USABLE_CONFIDENCE` counts for nothing else. A partial is scored for tempo and ROM, but its velocity
over a shorter path is not compared with that of full reps. Of an assisted rep the lifting is neither
scored nor compared: it was not the lifter's. A withdrawn rep does not exist.
"""

from __future__ import annotations

from collections.abc import Sequence

from imu_tempo.schema import RepRow

USABLE_CONFIDENCE = 0.3
"""Below this a rep's durations and velocities are not used, only its presence."""

TO_FAILURE = "to_failure"
"""Flag of a rep after which, as the lifter says, no further one was possible."""


def flags(quality: str) -> list[str]:
    """Return the words of a quality column."""
    return quality.split()


def existing(reps: Sequence[RepRow]) -> list[RepRow]:
    """Return the reps that were not withdrawn, in the order they were done."""
    return sorted((r for r in reps if "withdrawn" not in flags(r.quality)), key=lambda r: r.rep_no)


def is_partial(rep: RepRow) -> bool:
    """Say whether a rep was a partial."""
    return "partial" in flags(rep.quality)


def usable(reps: Sequence[RepRow]) -> list[RepRow]:
    """Return the reps whose numbers may be used."""
    return [r for r in existing(reps) if r.confidence >= USABLE_CONFIDENCE]


def is_assisted(rep: RepRow) -> bool:
    """Say whether someone helped with this rep's lifting."""
    return "assisted" in flags(rep.quality)


def full(reps: Sequence[RepRow]) -> list[RepRow]:
    """Return the usable reps that were neither partial nor assisted."""
    return [r for r in usable(reps) if not (is_partial(r) or is_assisted(r))]


def comparable(reps: Sequence[RepRow]) -> list[RepRow]:
    """Return the usable reps whose velocities compare: the full ones, or the partials where none is."""
    return full(reps) or [r for r in usable(reps) if not is_assisted(r)]
