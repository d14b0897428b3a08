"""What was told of the set in hand, held against what each look finds: told once, corrected, no flicker.

Numbers always run from 1 in the order of time. Where a rep goes or comes in the middle, those after it are
withdrawn under their old numbers and told again under their new ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from imu_tempo.events import RepEvent, Revision
from imu_tempo.schema import RepRow
from imu_tempo.signal.constants import FRAME_S
from imu_tempo.tracking import began_s

SURE_AFTER_S = 0.9
"""What one look takes back, and what one look finds again, is said only if a look so much later agrees."""
_FOUND_LATE_S = 2.0
"""A rep whose lift ended so long before it is first found waits as well."""
_MOST_REVISIONS = 2
"""A rep is corrected so often while its set goes on; the rest waits for the record."""
_MOVED_MPS = 0.03
_MOVED_S = 0.15
"""While a set goes on a rep is told again if it was off by more than these."""
_MCV_TOLERANCE_MPS = 0.01
_TIME_TOLERANCE_S = 0.05
"""Live and offline agree within these, or the rep is told again as revised when its set has ended."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rep whose lift has ended, as one look has it.

    Attributes
    ----------
    row
        Its numbers; a lowering that is going on is left out.
    complete
        Whether all its phases are there.
    sure
        Whether it may be told for good.
    """

    row: RepRow
    complete: bool
    sure: bool


@dataclass(slots=True)
class _Entry:
    """A rep as told. ``row.rep_no`` 0: not yet."""

    row: RepRow
    complete: bool = False
    final: bool = False
    revisions: int = 0
    absent_since_s: float | None = None

    @property
    def began_s(self) -> float:
        return began_s(self.row.con_start_s, self.row.ecc_start_s)


@dataclass(slots=True)
class _Waiting:
    """A rep that was withdrawn, or is found late, and since when every look finds it."""

    row: RepRow
    found_since_s: float | None = None


class Told:
    """The reps of the set in hand, as told."""

    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self._waiting: list[_Waiting] = []

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def rows(self) -> list[RepRow]:
        """The reps as last told, in order."""
        return [entry.row for entry in self._entries]

    @property
    def lacks_lowering(self) -> bool:
        """Whether the last rep is told without all its phases."""
        return bool(self._entries) and not self._entries[-1].complete

    @property
    def open_questions(self) -> bool:
        """Whether a look a little later may say more: something is gone, or back, or not sure yet."""
        unsure = any(e.absent_since_s is not None or (e.complete and not e.final) for e in self._entries)
        return unsure or any(w.found_since_s is not None for w in self._waiting)

    def look(
        self, now_s: float, set_no: int, findings: Sequence[Finding], settled_s: float = -math.inf
    ) -> Iterator[RepEvent]:
        """Take what a look finds; say what is new, complete, sure, other than told, or gone.

        Reps that began before ``settled_s`` it does not see; they stay as they are.
        """
        pairs, new = self._matched(findings)
        for waiting in self._waiting:
            if not any(same_lift(waiting.row, f.row) for f in new):
                waiting.found_since_s = None
        found = {id(entry): finding for entry, finding in pairs}
        stay = []
        for entry in self._entries:
            # All is lost in the middle of a movement, not one rep.
            unseen = (not findings and entry.final) or entry.began_s < settled_s
            if self._is_gone(entry, unseen or id(entry) in found, now_s):
                self._waiting.append(_Waiting(entry.row))
                yield RepEvent(t_s=now_s, revision="withdrawn", rep=entry.row)
            else:
                stay.append(entry)
        for finding in [f for f in new if self._is_believed(f, now_s)]:
            entry = _Entry(replace(finding.row, set_no=set_no, rep_no=0))
            found[id(entry)] = finding
            stay.append(entry)
        self._entries = sorted(stay, key=lambda e: e.row.con_start_s)
        moved = [e for n, e in enumerate(self._entries, start=1) if e.row.rep_no not in (0, n)]
        for entry in moved:
            yield RepEvent(t_s=now_s, revision="withdrawn", rep=entry.row)
        for number, entry in enumerate(self._entries, start=1):
            now = found.get(id(entry))
            followed = bool(findings) and now is not findings[-1]
            revision = self._news(entry, now, number, followed=followed)
            if revision:
                yield RepEvent(t_s=now_s, revision=revision, rep=entry.row)

    def _matched(self, findings: Sequence[Finding]) -> tuple[list[tuple[_Entry, Finding]], list[Finding]]:
        """Pair what was told with what is found, one to one; return the pairs and what is new."""
        left = list(findings)
        pairs = []
        for entry in self._entries:
            finding = next((f for f in left if same_lift(entry.row, f.row)), None)
            if finding is not None:
                left.remove(finding)
                pairs.append((entry, finding))
        return pairs, left

    @staticmethod
    def _is_gone(entry: _Entry, found: bool, now_s: float) -> bool:
        if found:
            entry.absent_since_s = None
            return False
        if entry.absent_since_s is None:
            entry.absent_since_s = now_s
        return is_sure_since(entry.absent_since_s, now_s)

    def _is_believed(self, finding: Finding, now_s: float) -> bool:
        """Whether a rep that was not told before, or was withdrawn, is to be told."""
        known = next((w for w in self._waiting if same_lift(w.row, finding.row)), None)
        if known is None:
            if finding.row.con_end_s > now_s - _FOUND_LATE_S:
                return True
            known = _Waiting(finding.row)
            self._waiting.append(known)
        if known.found_since_s is None:
            known.found_since_s = now_s
        if not is_sure_since(known.found_since_s, now_s):
            return False
        self._waiting.remove(known)
        return True

    @staticmethod
    def _news(entry: _Entry, finding: Finding | None, number: int, *, followed: bool) -> Revision | None:
        """Bring an entry up to date; return how that is to be told, or None.

        What was told for good is corrected only by what came after it: a last rep that moves again is seen
        from the middle of the next movement.
        """
        first, renumbered = entry.row.rep_no == 0, entry.row.rep_no not in (0, number)
        told = entry.row = replace(entry.row, rep_no=number)
        if finding is None:
            if not renumbered:
                return None
            return "revised" if entry.final else "provisional"
        now = replace(finding.row, set_no=told.set_no, rep_no=number)
        may_be_final = finding.complete and finding.sure
        if entry.final:
            moved = followed and finding.sure and _has_moved(told, now)
            moved = moved and entry.revisions < _MOST_REVISIONS
            if not moved and not renumbered:
                return None
            entry.revisions += moved
            entry.row = now if moved else told
            return "revised"
        more = finding.complete and (not entry.complete or _has_moved(told, now))
        if not (first or renumbered or may_be_final or more):
            return None
        entry.row, entry.complete, entry.final = now, finding.complete or entry.complete, may_be_final
        return "final" if may_be_final else "provisional"

    # -- the end of the set

    def withdraw_for(self, now_s: float, record: Sequence[RepRow]) -> Iterator[RepEvent]:
        """Take back what the record does not hold, or numbers otherwise, before anything new is told."""
        for entry in self._entries:
            kept = next((row for row in record if same_lift(row, entry.row)), None)
            if kept is None or _key(kept) != _key(entry.row):
                yield RepEvent(t_s=now_s, revision="withdrawn", rep=entry.row)

    def tell_record(self, now_s: float, rows: Sequence[RepRow]) -> Iterator[RepEvent]:
        """Tell what is new or differs in a set of record."""
        for row in rows:
            before = next((e for e in self._entries if same_lift(e.row, row)), None)
            if before is not None:
                self._entries.remove(before)
            if before is None or not before.final:
                yield RepEvent(t_s=now_s, revision="final", rep=row)
            elif _key(before.row) != _key(row) or _differs(before.row, row):
                yield RepEvent(t_s=now_s, revision="revised", rep=row)


def is_sure_since(since_s: float, now_s: float) -> bool:
    """Whether what every look has said since a time may be said for good: looks fall on whole frames."""
    return now_s - since_s > SURE_AFTER_S - 0.5 * FRAME_S


def same_lift(a: RepRow, b: RepRow) -> bool:
    """Whether two rows speak of one lift: their concentrics overlap by more than half of the shorter."""
    overlap = min(a.con_end_s, b.con_end_s) - max(a.con_start_s, b.con_start_s)
    return overlap > 0.5 * min(a.con_s, b.con_s)


def _key(row: RepRow) -> tuple[int, int]:
    return row.set_no, row.rep_no


def _has_moved(told: RepRow, now: RepRow) -> bool:
    """Whether a rep is other than it was told by more than the moment's uncertainty."""
    off_s = (told.ecc_s - now.ecc_s, told.con_s - now.con_s)
    return abs(told.mcv_mps - now.mcv_mps) > _MOVED_MPS or any(abs(t) > _MOVED_S for t in off_s)


def _differs(told: RepRow, now: RepRow) -> bool:
    """Whether a rep as told and as solved of record differ by more than a user should have to live with."""
    if told.quality != now.quality or math.isnan(told.ecc_s) != math.isnan(now.ecc_s):
        return True
    off_s = (told.ecc_s - now.ecc_s, told.con_s - now.con_s)
    return abs(told.mcv_mps - now.mcv_mps) > _MCV_TOLERANCE_MPS or any(
        abs(t) > _TIME_TOLERANCE_S for t in off_s if not math.isnan(t)
    )
