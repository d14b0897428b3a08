"""What a worker does, in this process or on another machine: one recording in, parts of the tables out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from firmware_bridge.errors import BridgeError
from imu_tempo.batch.settings import Settings
from imu_tempo.batch.sources import Known
from imu_tempo.batch.tables import OF_A_SESSION, encode, session_tables
from imu_tempo.calibration import UNCALIBRATED
from imu_tempo.errors import SourceError, TempoError
from imu_tempo.history.session_rows import SOFTWARE

Kind = Literal["recording", "setting", "copy", "worker", "defect"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One recording to analyse. ``software`` is that of whoever asks: a worker must have the same."""

    path: Path
    known: Known
    settings: Settings
    software: str


@dataclass(frozen=True, slots=True)
class Done:
    """A session's part of each table, as Parquet."""

    parts: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Failed:
    """Why there are none: whose fault it is, and one sentence."""

    kind: Kind
    message: str


Outcome = Done | Failed


def work(task: Task) -> Outcome:
    """Analyse one recording; whatever is wrong with it is an outcome as well."""
    if task.software != SOFTWARE:
        return Failed(
            "worker",
            f"the worker runs {SOFTWARE} and was asked by {task.software}: install the same on both.",
        )
    try:
        return Done(_parts(task))
    except Exception as error:  # one recording must not be the end of a thousand others
        return Failed(*failure(error, task.path))


def failure(error: BaseException, path: Path) -> tuple[Kind, str]:
    """Return whose fault an error is, and what it says in one line."""
    text = " ".join(str(error).split())
    if isinstance(error, (SourceError, BridgeError)):
        return "recording", text
    if isinstance(error, TempoError):
        return "setting", text
    if isinstance(error, MemoryError):
        return "worker", f"{path} needs more memory than the worker has: analyse it on a larger machine."
    name = type(error).__name__
    return "defect", f"{path} cannot be analysed ({name}: {text}): this is a defect of imu-tempo, report it."


def _parts(task: Task) -> dict[str, bytes]:
    from imu_tempo.formats import load
    from imu_tempo.offline import analyze, edits_for

    known, settings = task.known, task.settings
    source = load(task.path, check_units=settings.check_units, options=settings.reading_of(task.path))
    edits = edits_for(source, settings.edited).without_labels(*settings.lifting.said)
    # What has travelled is a copy, and the analysis knows this one by itself.
    calibration = UNCALIBRATED if known.calibration == UNCALIBRATED else known.calibration
    arguments = settings.lifting.completed(source).arguments()
    arguments["calibration"] = calibration
    result = analyze(source, **arguments, edits=edits)
    tables = session_tables(known.facts, result, settings=settings, calibration=calibration.sensor)
    parts = {name: encode(name, tables[name]) for name in OF_A_SESSION}
    sizes = {name: len(part) for name, part in parts.items()}
    about = {"key": known.key, "source": str(known.facts.folder), "sizes": sizes}
    return {**parts, "sessions": encode("sessions", tables["sessions"], about)}
