"""A run over many recordings: what has changed is analysed, wherever the executor works, and written down."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from firmware_bridge.errors import BridgeError
from imu_tempo.batch.dataset import Dataset, Session, Writer, writing
from imu_tempo.batch.dispatch import outcomes
from imu_tempo.batch.progress import bar, say
from imu_tempo.batch.settings import Settings
from imu_tempo.batch.sources import PathOrName, Paths, find_sources, look_at
from imu_tempo.batch.tables import DATASET_NAME
from imu_tempo.batch.work import Failed, Outcome, Task, failure
from imu_tempo.calibration import CalibrationLike, SensorCalibration, load_calibration
from imu_tempo.definitions import Definitions
from imu_tempo.errors import TempoError
from imu_tempo.history.session_rows import SOFTWARE
from imu_tempo.live.lifting import Lifting
from imu_tempo.metrics.context import SetContext
from imu_tempo.schema.batch import BatchErrorRow

if TYPE_CHECKING:
    from imu_tempo.formats.readers import ReadOptions

What = Literal["analysed", "unchanged", "copy", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What became of one recording.

    Attributes
    ----------
    done, of
        How many recordings are dealt with, this one included, and how many there are.
    source
        Where it lies.
    what
        ``"analysed"``, ``"unchanged"`` since an earlier run, a ``"copy"`` of another one, or ``"failed"``.
    message
        Why it failed, or what it is a copy of.
    """

    done: int
    of: int
    source: Path
    what: What
    message: str = ""


OnStep = Callable[[Step], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult(Dataset):
    """The dataset of a run over many recordings, and what the run did.

    Its tables ``sessions``, ``sets``, ``reps``, ``rejected``, ``eccentric``, ``fatigue`` and ``errors`` are
    read when asked for: nothing is kept in memory.

    Attributes
    ----------
    analysed, unchanged, copies, failed
        How many recordings: ``errors`` has a row for each of the last two.
    removed
        Sessions taken out of the dataset, by where their recordings were: those are gone, or can no longer be
        analysed.
    """

    analysed: int = 0
    unchanged: int = 0
    copies: int = 0
    failed: int = 0
    removed: tuple[str, ...] = ()


def analyze_many(
    paths: Paths,
    executor: Executor | None = None,
    *,
    out: PathOrName | None = None,
    exercise: str | None = None,
    load_kg: float | None = None,
    tempo: str | None = None,
    athlete: str | None = None,
    definitions: Definitions | None = None,
    calibration: CalibrationLike | None = None,
    context: SetContext | None = None,
    edits: bool = True,
    check_units: bool = True,
    reading: ReadOptions | None = None,
    progress: bool = True,
    on_step: OnStep | None = None,
) -> BatchResult:
    """Analyse many recordings into one dataset of Parquet tables.

    What has not changed since an earlier run into the same folder is left alone: a recording is analysed
    again where its content, its edits, its sensor's calibration, the parameters or the version of this
    software have changed. A run that was cut off is taken up again in the same way. What failed is tried
    again each time. One run at a time writes a dataset; another one waits for it.

    Parameters
    ----------
    paths
        A recording, a table, a folder that holds some at any depth, or several of them.
    executor
        Any :class:`concurrent.futures.Executor`; the numbers are the same to the bit, as far as the machines
        reckon alike. None works in this process; :class:`imu_tempo.batch.ProcessPool` uses the cores;
        ``dask.distributed.Client(...).get_executor()`` a cluster, whose workers see the recordings under the
        same paths. Results come back to this process, which alone writes.
    out
        Folder of the dataset, made if need be. None takes one that lives as long as the result.
    exercise, load_kg, tempo, athlete
        Of every recording; where None, each recording's own manifest says.
    definitions, calibration, context
        As in :func:`imu_tempo.analyze`.
    edits, check_units
        False leaves out the edits made with :mod:`imu_tempo.relabel`; False takes numbers as they are.
    reading
        What the tables are where another tool wrote them: its format, or the columns. Every table found in a
        folder is then taken for such.
    progress
        Whether to show a bar on stderr, where that is a terminal.
    on_step
        Called after each recording, in no particular order where there is an executor.

    Returns
    -------
    BatchResult
        The dataset, with how many were analysed, unchanged, copies, failed.

    Raises
    ------
    TempoError
        Nothing can be analysed with these parameters, the folder cannot be written, or it holds sessions
        made with others; or the executor is broken. A recording that cannot be analysed raises nothing: it
        is a row of ``errors``.
    RecordingError
        A path is not there.

    Examples
    --------
    >>> from imu_tempo import analyze_many
    >>> from imu_tempo.batch import ProcessPool
    >>> with ProcessPool() as pool:  # doctest: +SKIP
    ...     season = analyze_many("recordings", pool, out="results")
    >>> season.sets.groupby(["athlete", "day"]).vl_pct.mean()  # doctest: +SKIP
    """
    lifting = Lifting(
        exercise=exercise,
        load_kg=load_kg,
        tempo=tempo,
        athlete=athlete,
        definitions=definitions,
        calibration=_loaded(calibration),
        context=context,
    )
    settings = Settings(lifting=lifting, edited=edits, check_units=check_units, reading=reading)
    settings.check()
    sources = find_sources(paths, every_table=reading is not None)
    folder = Path(out).resolve() if out is not None else Path(tempfile.mkdtemp(prefix="imu-tempo-"))
    with writing(Dataset(folder), lambda: say(f"Waiting for another run in {folder}.", shown=progress)) as to:
        run = _Run(to, settings, sources, on_step)
        with bar(len(sources), shown=progress) as tell:
            run.go(executor, tell)
    result = run.result(folder)
    if out is None:
        weakref.finalize(result, shutil.rmtree, folder, ignore_errors=True)
    return result


def _loaded(calibration: CalibrationLike | None) -> SensorCalibration | None:
    if calibration is None or isinstance(calibration, SensorCalibration):
        return calibration
    return load_calibration(calibration)


class _Run:
    """One run: its recordings, and what has become of them so far."""

    def __init__(self, to: Writer, settings: Settings, sources: list[Path], on_step: OnStep | None) -> None:
        self._to = to
        self._settings = settings
        self._parameters = settings.parameters()
        self._sources = sources
        self._on_step = on_step
        self._given = set(map(str, sources))
        self._begun = False
        self._counts: Counter[What] = Counter()
        self._errors: list[BatchErrorRow] = []
        self._dealt_with: set[str] = set()
        self._seen: dict[str, Path] = {}
        self._held: set[str] = set()
        self._removed: list[str] = []
        self._tell: Callable[[int, int], None] = lambda done, failed: None

    def go(self, executor: Executor | None, tell: Callable[[int, int], None]) -> None:
        """Do it; what is done so far stays, whatever ends it."""
        self._tell = tell
        self._refuse_a_mixture()
        complete = False
        try:
            for task, outcome in outcomes(self._tasks(), executor):
                self._take(task, outcome)
            self._clear()
            complete = True
        finally:
            errors = [*filter(self._still_stands, self._to.errors()), *self._errors]
            self._to.write_errors(errors)
            if complete or self._begun:
                self._to.say(self._parameters, complete=complete, errors=len(errors))

    def result(self, folder: Path) -> BatchResult:
        """Return what was done."""
        counts = self._counts
        return BatchResult(
            folder,
            analysed=counts["analysed"],
            unchanged=counts["unchanged"],
            copies=counts["copy"],
            failed=counts["failed"],
            removed=tuple(self._removed),
        )

    def _refuse_a_mixture(self) -> None:
        """Keep one dataset to one set of parameters and one version."""
        dataset = self._to.dataset
        if not (dataset.folder / DATASET_NAME).exists():
            return
        told = dataset.manifest
        if (told.get("parameters"), told.get("software")) == (self._parameters, SOFTWARE):
            return
        others = [s.source for s in self._to.sessions.values() if s.source not in self._given]
        others = [source for source in others if Path(source).exists()]
        if others:
            raise TempoError(
                f"{dataset.folder} holds {len(others)} sessions that are not among these recordings"
                f" (such as {others[0]}), made with other parameters or another version of imu-tempo: name"
                " their recordings as well, or choose another folder."
            )

    def _tasks(self) -> Iterator[Task]:
        """Yield what has to be analysed; deal with what has not."""
        for path in self._sources:
            try:
                known = look_at(path, self._settings)
            except (TempoError, BridgeError) as error:
                self._fail(path, Failed(*failure(error, path)))
                continue
            recording, source = known.facts.id, str(known.facts.folder)
            if (first := self._seen.setdefault(recording, path)) != path:
                message = f"{path} is a copy of {first}, which was taken: move one of them away."
                self._fail(path, Failed("copy", message), recording)
            elif (held := self._to.sessions.get(recording)) and held.key == known.key:
                if held.source != source:
                    self._begin()
                    self._to.move(recording, source)
                self._held.add(recording)
                self._step(path, "unchanged")
            else:
                yield Task(path=path, known=known, settings=self._settings, software=SOFTWARE)

    def _take(self, task: Task, outcome: Outcome) -> None:
        facts = task.known.facts
        if isinstance(outcome, Failed):
            self._fail(task.path, outcome, facts.id)
            return
        self._begin()
        self._to.commit(facts.id, Session(str(facts.folder), task.known.key), outcome.parts)
        self._held.add(facts.id)
        self._step(task.path, "analysed")

    def _fail(self, path: Path, failed: Failed, recording: str = "") -> None:
        row = BatchErrorRow(source=str(path), kind=failed.kind, message=failed.message, recording=recording)
        self._errors.append(row)
        self._step(path, "copy" if failed.kind == "copy" else "failed", failed.message)

    def _step(self, path: Path, what: What, message: str = "") -> None:
        self._counts[what] += 1
        self._dealt_with.add(str(path))
        self._tell(self._counts.total(), self._counts["failed"])
        if self._on_step is not None:
            done, of = self._counts.total(), len(self._sources)
            self._on_step(Step(done=done, of=of, source=path, what=what, message=message))

    def _begin(self) -> None:
        """Say that the dataset is being changed, before it is."""
        if not self._begun:
            self._to.say(self._parameters, complete=False)
            self._begun = True

    def _clear(self) -> None:
        """Take out what no recording stands behind any more."""
        for recording, session in list(self._to.sessions.items()):
            if recording in self._held:
                continue
            if session.source in self._given or not Path(session.source).exists():
                self._begin()
                self._to.remove(recording)
                self._removed.append(session.source)

    def _still_stands(self, row: BatchErrorRow) -> bool:
        """Return whether an error of an earlier run was not looked at again, and could be."""
        return row.source not in self._dealt_with and Path(row.source).exists()
