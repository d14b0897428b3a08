"""The tempo bar: which phase goes on, and what those before it in this rep lasted."""

from __future__ import annotations

from imu_tempo.events import PhaseChanged
from imu_tempo.live.web.hub import Json
from imu_tempo.live.web.rep_view import verdict
from imu_tempo.metrics import Prescription
from imu_tempo.metrics.scoring import Tolerance
from imu_tempo.schema import RepRow

SEEN_SHORT_S = 0.5
"""A stroke seen on the way is this much shorter at most than when it is solved: the screen's phase begins and
ends at a higher speed than the edges of record (0.05 m/s costs a 4 s lowering 0.4 s more than 0.02 m/s)."""


class Phases:
    """The phases of the rep in hand.

    Parameters
    ----------
    opens
        Phase that opens a rep of this lift.
    prescription, tolerance
        What the phases are held against.

    Attributes
    ----------
    now
        The phase that goes on; None before the first.
    """

    def __init__(self, opens: str, prescription: Prescription | None, tolerance: Tolerance) -> None:
        self.now: PhaseChanged | None = None
        self._opens = opens
        self._prescription = prescription
        self._tolerance = tolerance
        self._done: dict[str, float] = {}
        self._solved: set[str] = set()

    def begin(self, event: PhaseChanged) -> None:
        """Take the next phase; the one that opens a rep begins the tempo bar anew."""
        before, self.now = self.now, event
        if before is None or before.phase == "rest" or event.phase == "rest":
            self._done, self._solved = {}, set()
            return
        self._solved.discard(before.phase)
        self._done[before.phase] = event.since_s - before.since_s
        if (before.phase, event.phase) == ("ecc", "con"):
            self._done["bottom"] = 0.0
        if event.phase == self._opens:
            self._done, self._solved = {}, set()
        self._done.pop(event.phase, None)

    def correct(self, rep: RepRow) -> None:
        """Put the solved durations of the rep that has just ended in the place of those seen on the way."""
        if self.now is None or self.now.phase not in ("top", "bottom"):
            return  # the next rep has begun already
        solved = {"ecc": rep.ecc_s, "bottom": rep.bottom_s, "con": rep.con_s, "top": rep.top_s}
        known = {name: s for name, s in solved.items() if s == s and name != self.now.phase}
        self._done.update(known)
        self._solved |= known.keys()

    def clear(self) -> None:
        """Forget what the phases lasted: the set is over."""
        self._done = {}

    def done_json(self) -> Json:
        """Return what the phases before this one lasted, and how they kept to their target."""
        return {
            name: {"s": round(seconds, 2), "verdict": self._verdict(name, seconds)}
            for name, seconds in self._done.items()
        }

    def _verdict(self, name: str, seconds: float) -> str:
        """Judge a phase; one seen only on the way is judged with care, and its pauses not at all."""
        if name not in self._solved and name in ("bottom", "top"):
            return ""
        found = verdict(name, seconds, self._prescription, self._tolerance)
        if name in self._solved or found != "early":
            return found
        return verdict(name, seconds + SEEN_SHORT_S, self._prescription, self._tolerance)
