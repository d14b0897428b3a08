"""What the live engine says, as frozen values; a page, a terminal and a history read the same ones."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from imu_tempo.schema import RejectedRow, RepRow, SetRow

Phase = Literal["ecc", "bottom", "con", "top", "rest"]
Revision = Literal["provisional", "final", "revised", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetStarted:
    """A set has begun."""

    t_s: float
    set_no: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseChanged:
    """The bar has entered a phase at ``since_s``; it was known at ``t_s``."""

    t_s: float
    since_s: float
    phase: Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class RepEvent:
    """A rep, or a correction of one already told (same ``set_no`` and ``rep_no``)."""

    t_s: float
    revision: Revision
    rep: RepRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A movement that is not a rep, with the reason."""

    t_s: float
    movement: RejectedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class SetEnded:
    """A set is over; its summary follows from the offline pass."""

    t_s: float
    summary: SetRow


@dataclass(frozen=True, slots=True, kw_only=True)
class StopReached:
    """The set should end: a rep crossed its stop rule. Told once a set, and corrected when the set has ended.

    Attributes
    ----------
    rep_no
        The rep that crossed it.
    rule, value, limit
        ``velocity_loss`` (%), ``velocity`` (m/s), ``reps_in_reserve``, ``tempo`` (reps in a row) or
        ``eccentric`` (s); its figure and its limit.
    detail
        The same as a sentence.
    """

    t_s: float
    revision: Revision
    set_no: int
    rep_no: int
    rule: str
    value: float
    limit: float
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Something about the signal that a user should know: gap, clipped, impact, gyro, rate."""

    t_s: float
    kind: str
    detail: str


Event = SetStarted | PhaseChanged | RepEvent | Rejected | SetEnded | StopReached | Quality

_TAGS: dict[type, str] = {
    SetStarted: "set_started",
    PhaseChanged: "phase",
    RepEvent: "rep",
    Rejected: "rejected",
    SetEnded: "set_ended",
    StopReached: "stop",
    Quality: "quality",
}


def to_json(event: Event) -> dict[str, object]:
    """Return an event as a JSON-ready object, tagged by ``"event"``; NaN becomes None."""
    return {"event": _TAGS[type(event)], **_nan_to_none(asdict(event))}


def _nan_to_none(value: dict[str, object]) -> dict[str, object]:
    def clean(x: object) -> object:
        if isinstance(x, dict):
            return {k: clean(v) for k, v in x.items()}
        return None if isinstance(x, float) and x != x else x

    return {k: clean(v) for k, v in value.items()}
