"""The recordings that the page can open: analysed with what was said of their reps, and said of again.

Everything here waits for the disk and the processor: call it from a thread.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from firmware_bridge.errors import BridgeError
from firmware_bridge.recording import Manifest, repair
from imu_tempo.errors import TempoError
from imu_tempo.formats import load
from imu_tempo.history import History
from imu_tempo.live.lifting import Lifting
from imu_tempo.live.recall import recalled_for
from imu_tempo.offline import before_edits
from imu_tempo.relabel import Edit, Edits, RepRef
from imu_tempo.result import AnalysisResult
from imu_tempo.schema import RepRow, SetRow, rows

CACHED = 8
"""Analyses kept at hand: what a coach looks at between two sets."""
_SAME_REP_S = 0.5
"""A rep is found again by the start of its lift: the pass of record moves that by less."""


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A recording as analysed.

    Attributes
    ----------
    key
        Its name on the page.
    folder
        Where it is.
    lifting
        What was said of it, completed by what it knows itself.
    bare, result
        The analysis before edits, and with them.
    edits
        What was said of its reps.
    """

    key: str
    folder: Path
    lifting: Lifting
    bare: AnalysisResult
    result: AnalysisResult
    edits: Edits

    def sets(self) -> list[tuple[SetRow, list[RepRow]]]:
        """Return the sets with their reps."""
        reps = rows(self.result.reps, RepRow)
        return [
            (row, [rep for rep in reps if rep.set_no == row.set_no]) for row in rows(self.result.sets, SetRow)
        ]


class Shelf:
    """Recordings by key: the folder's name for those of this gym, the recording's id for older ones.

    Parameters
    ----------
    out
        Folder of this gym's recordings.
    history
        Folder of the history; None is the user's own.
    lifting_of
        What is known of a recording besides its manifest, by key; None where nothing is.
    recall
        False takes nothing of the athletes from the history.
    """

    def __init__(
        self,
        out: Path,
        history: Path | None = None,
        lifting_of: Callable[[str], Lifting | None] = lambda key: None,
        *,
        recall: bool = True,
    ) -> None:
        self.out = out
        self._history = history
        self._lifting_of = lifting_of
        self._recall = recall
        self._cache: OrderedDict[str, tuple[object, Opened]] = OrderedDict()
        self._lock = threading.Lock()

    def folder(self, key: str) -> Path:
        """Return where a recording is; only what is listed can be named, so that no key leads elsewhere.

        Raises
        ------
        TempoError
            There is none of that key.
        """
        if self.out.is_dir():
            for path in self.out.iterdir():
                if path.name == key and _is_recording(path):
                    return path
        with History(self._history) as history:
            known = history.recordings().get(key)
        if known is None or not Path(known.folder).is_dir():
            raise TempoError("There is no such recording any more: it was moved or removed.")
        return Path(known.folder)

    def open(self, key: str) -> Opened:
        """Return a recording as analysed, from memory where nothing has changed.

        Raises
        ------
        TempoError, BridgeError
            There is none, or it cannot be analysed.
        """
        with self._lock:
            folder = self.folder(key)
            stamp = _stamp(folder)
            cached = self._cache.get(key)
            if cached is not None and cached[0] == stamp:
                self._cache.move_to_end(key)
                return cached[1]
            opened = self._analysed(key, folder, cached[1] if cached else None, stamp)
            self._cache[key] = (stamp, opened)
            while len(self._cache) > CACHED:
                self._cache.popitem(last=False)
            return opened

    def say(self, key: str, at_s: float, make: Callable[[RepRow], Edit]) -> Edit:
        """Say something of the rep whose lift begins at a time, and write it down.

        Raises
        ------
        TempoError
            There is no such rep, or it cannot be said of it.
        """
        opened = self.open(key)
        reps = rows(opened.result.reps, RepRow)
        nearest = min(reps, key=lambda rep: abs(rep.con_start_s - at_s), default=None)
        if nearest is None or abs(nearest.con_start_s - at_s) > _SAME_REP_S:
            raise TempoError("That rep is not there any more: look again, it may have been corrected.")
        edit = make(nearest)
        opened.edits.append(edit, on=opened.bare, who="coach")
        return edit

    def say_unseen(self, key: str, edit: Edit) -> None:
        """Write down what was said of a rep of a set that goes on: it cannot be tried yet."""
        Edits.load(self.folder(key)).append(edit, who="coach")

    def undo(self, key: str) -> str:
        """Take the last word on a recording back; return it in words."""
        entry = Edits.load(self.folder(key)).undo(who="coach")
        return str(entry.edit)

    def edits(self, key: str) -> tuple[Edit, ...]:
        """Return what was said of a recording's reps."""
        return Edits.load(self.folder(key)).edits

    def of_day(self, day: date) -> Iterator[tuple[str, Manifest]]:
        """Yield the keys of a day's recordings in order, with what they are."""
        if not self.out.is_dir():
            return
        for path in sorted(self.out.iterdir()):
            if not path.name.startswith(day.isoformat()) or not _is_recording(path):
                continue
            try:
                yield path.name, Manifest.read(path)
            except BridgeError:
                continue

    def mend(self, day: date) -> list[str]:
        """Seal what a crash left open that day; return what was done, in words."""
        said = []
        for key, manifest in self.of_day(day):
            if manifest.state == "open":
                try:
                    said.append(repair(self.out / key).message)
                except BridgeError as error:  # being recorded by another program, or damaged
                    said.append(str(error))
        return said

    def _analysed(self, key: str, folder: Path, before: Opened | None, stamp: object) -> Opened:
        source = load(folder)
        edits = Edits.load(folder)
        said = self._lifting_of(key) or Lifting()
        lifting = recalled_for(
            said.with_labels(edits.labels).completed(source),
            source,
            edits,
            self._history,
            wanted=self._recall,
            strict=False,
        )
        if before is not None and self._same_data(key, stamp) and before.lifting == lifting:
            bare = before.bare
        else:
            bare = before_edits(source, edits, **lifting.arguments())
        return Opened(key, folder, lifting, bare, edits.apply(bare), edits)

    def _same_data(self, key: str, stamp: object) -> bool:
        cached = self._cache.get(key)
        return cached is not None and cached[0][0] == stamp[0]  # type: ignore[index]


def ref_edit(action: str, rep: RepRow) -> Edit:
    """Return an edit of a rep by its name."""
    return Edit(action=action, reps=(RepRef.of(rep),))  # type: ignore[arg-type]


def _is_recording(path: Path) -> bool:
    """Say whether a folder's entry is a recording that lies in it: a link may lead anywhere."""
    return not path.is_symlink() and (path / "manifest.json").is_file()


def _stamp(folder: Path) -> tuple[object, object]:
    """Return what changes when the data or what was said of it does."""
    sizes = []
    for name in ("packets.jsonl", "packets.jsonl.gz", "samples.parquet", "edits.jsonl"):
        path = folder / name
        sizes.append(path.stat().st_size if path.exists() else -1)
    return tuple(sizes[:3]), sizes[3]
