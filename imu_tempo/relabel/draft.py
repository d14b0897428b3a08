"""An analysis while edits are put onto it, one after the other."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from statistics import median
from typing import TYPE_CHECKING

from imu_tempo.definitions import Definitions
from imu_tempo.exercises import exercise as find_exercise
from imu_tempo.metrics.selection import TO_FAILURE, flags
from imu_tempo.relabel.edit import Edit, RepRef
from imu_tempo.relabel.match import find
from imu_tempo.relabel.measure import (
    Lift,
    Track,
    end_of,
    find_lift,
    measured,
    start_of,
    with_pauses,
)
from imu_tempo.result import AnalysisResult
from imu_tempo.schema import RejectedRow, RepRow, SetRow, rows

if TYPE_CHECKING:
    import pandas as pd

_MARGIN_S = 0.5
"""A rep measured anew may begin so much earlier and end so much later than it was said to."""
_LEAD_S = 15.0
"""The lowering of an added lift is looked for so far around it: a 10 s lowering and a pause."""
_BY_HAND_CONFIDENCE = 0.6
"""Confidence of a rep that a person added and the analysis did not take for one."""
_LIGHTER = {"partial", "confirmed"}
"""Flags that a rep measured anew does not take over from those it is made of."""


class CannotError(Exception):
    """An edit that this analysis has nothing for; the message says why, and ends without a full stop."""


@dataclass(slots=True)
class SetDraft:
    """One set: its number in the analysis, its reps, its target tempo, and whether an edit touched it."""

    set_no: int
    reps: list[RepRow]
    tempo: str
    changed: bool = False
    reshaped: bool = False


@dataclass(slots=True)
class Draft:
    """Sets and rejected movements, changed in place by :meth:`put`."""

    exercise: str
    samples: pd.DataFrame
    definitions: Definitions
    sets: list[SetDraft]
    rejected: list[RejectedRow]
    reshaped: bool = field(default=False)

    @classmethod
    def of(cls, result: AnalysisResult, definitions: Definitions) -> Draft:
        """Start from an analysis."""
        reps = rows(result.reps, RepRow)
        sets = [
            SetDraft(row.set_no, [rep for rep in reps if rep.set_no == row.set_no], row.tempo_target)
            for row in rows(result.sets, SetRow)
        ]
        return cls(result.exercise, result.samples, definitions, sets, rows(result.rejected, RejectedRow))

    def put(self, edit: Edit) -> None:
        """Put one edit on.

        Raises
        ------
        CannotError
            There is nothing to put it on; nothing was changed.
        """
        match edit.action:
            case "label":
                self._label(edit)
            case "add":
                self._add(edit)
            case "split":
                self._split(edit)
            case "merge":
                self._merge(edit)
            case "delete":
                self._delete(edit)
            case "confirm":
                self._flag(edit, ["confirmed"], [])
            case "assisted":
                self._flag(edit, ["assisted", "edited"], [])
            case "unassisted":
                self._flag(edit, ["edited"], ["assisted"])
            case "partial":
                self._flag(edit, ["partial", "edited"], [])
            case "full":
                self._flag(edit, ["edited"], ["partial"])
            case "to_failure":
                self._flag(edit, [TO_FAILURE], [])
            case "not_to_failure":
                self._flag(edit, [], [TO_FAILURE])

    def numbered(self) -> list[SetDraft]:
        """Return the sets that are left, in time order, with sets and reps numbered and pauses renewed."""
        left = sorted((part for part in self.sets if part.reps), key=lambda part: start_of(part.reps[0]))
        for number, part in enumerate(left, start=1):
            part.reps.sort(key=start_of)
            if part.reshaped:
                part.reps = self._paused(part.reps)
            part.reps = [replace(rep, set_no=number, rep_no=i) for i, rep in enumerate(part.reps, start=1)]
        return left

    # -- what is said of reps as they are

    def _flag(self, edit: Edit, more: list[str], less: list[str]) -> None:
        for ref in edit.reps:
            part, i = self._found(ref)
            part.reps[i] = _flagged(part.reps[i], more, less)
            part.changed = True

    def _label(self, edit: Edit) -> None:
        covered = [part for part in self.sets if 2 * sum(map(edit.covers, part.reps)) > len(part.reps)]
        if not covered:
            raise CannotError("there is no set in that stretch" if self.sets else "there is no set")
        if edit.exercise is not None:
            wanted = find_exercise(edit.exercise).name
            if any(rep.exercise != wanted for part in covered for rep in part.reps):
                raise CannotError(f"it needs the recording to be analysed again as {wanted}")
        said: dict[str, object] = {}
        if edit.load_kg is not None:
            said["load_kg"] = edit.load_kg
        if edit.athlete is not None:
            said["athlete"] = edit.athlete
        for part in covered:
            part.reps = [replace(rep, **said) for rep in part.reps]  # type: ignore[arg-type]
            part.tempo = part.tempo if edit.tempo is None else edit.tempo
            part.changed = True

    # -- reps that come, go or change shape

    def _delete(self, edit: Edit) -> None:
        part, i = self._found(edit.reps[0])
        gone = part.reps.pop(i)
        detail = f"was rep {gone.rep_no} of set {gone.set_no}, taken off by hand"
        self.rejected.append(
            RejectedRow(start_s=start_of(gone), end_s=end_of(gone), reason="deleted", detail=detail)
        )
        self._reshape(part)

    def _split(self, edit: Edit) -> None:
        part, i = self._found(edit.reps[0])
        rep, at_s = part.reps[i], edit.at_s
        assert at_s is not None, "an Edit checks that a split has its time"
        if not start_of(rep) < at_s < end_of(rep):
            raise CannotError(
                f"the rep is now {start_of(rep):.2f}-{end_of(rep):.2f} s and does not hold {at_s:.2f} s"
            )
        lo, hi = self._room(part, i, i)
        track = self._track(lo, hi)
        halves = []
        for window in ((lo, at_s), (at_s, hi)):
            lift = find_lift(track, window, self.definitions, lowers_first=self._lowers_first(part))
            if lift is None:
                raise CannotError(f"the part from {window[0]:.2f} to {window[1]:.2f} s holds no lift")
            halves.append(self._measured(track, lift, [rep]))
        others = [r.rom_m for j, r in enumerate(part.reps) if j != i and "partial" not in flags(r.quality)]
        part.reps[i : i + 1] = [self._judged(half, others) for half in halves]
        self._reshape(part)

    def _merge(self, edit: Edit) -> None:
        found = [self._found(ref) for ref in edit.reps]
        part, places = found[0][0], sorted(i for _, i in found)
        if any(other is not part for other, _ in found):
            raise CannotError("the reps are of different sets")
        if len(set(places)) < len(places):
            raise CannotError("they are one rep already")
        if places[-1] - places[0] != len(places) - 1:
            raise CannotError("there is another rep between them")
        first, last = places[0], places[-1]
        joined = part.reps[first : last + 1]
        track = self._track(start_of(joined[0]), end_of(joined[-1]))
        lift = _joined(joined, track, lowers_first=self._lowers_first(part))
        part.reps[first : last + 1] = [self._measured(track, lift, joined)]
        self._reshape(part)

    def _add(self, edit: Edit) -> None:
        assert edit.start_s is not None
        assert edit.end_s is not None
        span = (edit.start_s, edit.end_s)
        every = sorted((rep for part in self.sets for rep in part.reps), key=start_of)
        middle_s = sum(span) / 2
        if any(start_of(rep) <= middle_s < end_of(rep) for rep in every):
            raise CannotError("there is a rep already")
        lo = max([span[0] - _LEAD_S, *(end_of(r) for r in every if end_of(r) <= middle_s)])
        hi = min([span[1] + _LEAD_S, *(start_of(r) for r in every if start_of(r) > middle_s)])
        part = self._nearest(span)
        track = self._track(max(lo, float(self.samples["t_s"].iloc[0])), hi, need=span)
        lift = find_lift(
            track, (lo, hi), self.definitions, lowers_first=self._lowers_first(part), inside=span
        )
        if lift is None:
            raise CannotError("nothing was lifted there")
        row = self._measured(track, lift, part.reps[:1])
        row = replace(row, quality="edited", confidence=_BY_HAND_CONFIDENCE)
        if not part.reps:
            row = replace(row, exercise=self.exercise)
            self.sets.append(part)
        part.reps.append(self._judged(row, [r.rom_m for r in part.reps]))
        part.reps.sort(key=start_of)
        self.rejected = [r for r in self.rejected if not _within(lift.con, (r.start_s, r.end_s))]
        self._reshape(part)

    # -- helpers

    def _found(self, ref: RepRef) -> tuple[SetDraft, int]:
        places = [(part, i) for part in self.sets for i in range(len(part.reps))]
        k = find(ref, [part.reps[i] for part, i in places])
        if k is None:
            raise CannotError(f"there is no rep at {ref.start_s:.1f}-{ref.end_s:.1f} s")
        return places[k]

    def _reshape(self, part: SetDraft) -> None:
        part.changed = part.reshaped = self.reshaped = True

    def _room(self, part: SetDraft, first: int, last: int) -> tuple[float, float]:
        """Return a rep's stretch with a margin that leaves its neighbours alone."""
        before = end_of(part.reps[first - 1]) if first > 0 else -math.inf
        after = start_of(part.reps[last + 1]) if last + 1 < len(part.reps) else math.inf
        return (
            max(before, start_of(part.reps[first]) - _MARGIN_S),
            min(after, end_of(part.reps[last]) + _MARGIN_S),
        )

    def _track(self, start_s: float, end_s: float, need: tuple[float, float] | None = None) -> Track:
        track = Track.around(self.samples, start_s, end_s)
        if track is None and need is not None:
            track = Track.around(self.samples, *need)
        if track is None:
            raise CannotError(f"the motion at {start_s:.1f}-{end_s:.1f} s was not solved")
        return track

    def _nearest(self, span: tuple[float, float]) -> SetDraft:
        """Return the set that a movement belongs to: one within a set's rest of it, or a new one."""

        def away_s(part: SetDraft) -> float:
            gaps = (start_of(part.reps[0]) - span[1], span[0] - end_of(part.reps[-1]), 0.0)
            return max(gaps)

        live = [part for part in self.sets if part.reps]
        near = min(live, key=away_s, default=None)
        if near is not None and away_s(near) <= self.definitions.set_rest_s:
            return near
        return SetDraft(0, [], near.tempo if near else "")

    def _lowers_first(self, part: SetDraft) -> bool:
        votes = [r.ecc_start_s < r.con_start_s for r in part.reps if math.isfinite(r.ecc_start_s)]
        if votes:
            return 2 * sum(votes) > len(votes)
        return find_exercise(self.exercise).starts_with != "con"

    def _measured(self, track: Track, lift: Lift, parents: list[RepRow]) -> RepRow:
        """Return a rep measured anew, with the labels and doubts of the reps it is made of."""
        row = measured(track, lift, self.definitions)
        words = dict.fromkeys(w for p in parents for w in flags(p.quality) if w not in _LIGHTER)
        if parents:
            row = replace(
                row,
                set_no=parents[0].set_no,
                exercise=parents[0].exercise,
                load_kg=parents[0].load_kg,
                athlete=parents[0].athlete,
                closure_m=max((p.closure_m for p in parents), key=abs),
                confidence=min(p.confidence for p in parents),
            )
        return _flagged(replace(row, quality=" ".join(words)), ["edited"], [])

    def _judged(self, row: RepRow, others_m: list[float]) -> RepRow:
        """Flag a rep that travels clearly less than the others of its set as partial."""
        known = [rom for rom in others_m if math.isfinite(rom)]
        short = bool(known) and row.rom_m < self.definitions.partial_ratio * median(known)
        return _flagged(row, ["partial"], []) if short else row

    def _paused(self, reps: list[RepRow]) -> list[RepRow]:
        lowers_first = self._lowers_first(SetDraft(0, reps, ""))
        pairs = zip_longest(reps, reps[1:])
        return [with_pauses(rep, following, lowers_first=lowers_first) for rep, following in pairs]


def _joined(reps: list[RepRow], track: Track, *, lowers_first: bool) -> Lift:
    """Return the lift that several are: turned where the bar was lowest (or highest, if it is lifted first).

    What lies between the first edge and that turn is one phase, what follows it the other: a hitch on the way
    belongs to the phase it interrupts.
    """
    paired = [rep for rep in reps if math.isfinite(rep.ecc_start_s)]

    def turn_m(rep: RepRow) -> float:
        edge_s = rep.con_start_s if lowers_first else rep.con_end_s
        height = float(track.height_m[round(track.frame(edge_s))])
        return height if lowers_first else -height

    turn = min(reps, key=turn_m)
    if lowers_first:
        lowered = [rep for rep in paired if rep.ecc_end_s <= turn.con_start_s]
        ecc = (lowered[0].ecc_start_s, lowered[-1].ecc_end_s) if lowered else None
        return Lift((turn.con_start_s, reps[-1].con_end_s), ecc)
    lowered = [rep for rep in paired if rep.ecc_start_s >= turn.con_end_s]
    ecc = (lowered[0].ecc_start_s, lowered[-1].ecc_end_s) if lowered else None
    return Lift((reps[0].con_start_s, turn.con_end_s), ecc)


def _flagged(row: RepRow, more: list[str], less: list[str]) -> RepRow:
    words = [word for word in flags(row.quality) if word not in less]
    return replace(row, quality=" ".join(dict.fromkeys([*words, *more])))


def _within(inner: tuple[float, float], outer: tuple[float, float]) -> bool:
    return outer[0] <= sum(inner) / 2 <= outer[1]
