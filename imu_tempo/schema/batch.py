"""The tables of many recordings at once; sets, reps and eccentric have the columns of the history."""

from __future__ import annotations

from dataclasses import dataclass

from imu_tempo.schema.columns import NAN, column
from imu_tempo.schema.fatigue import FatigueRow
from imu_tempo.schema.tables import RejectedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSessionRow:
    """One recording that was analysed."""

    recording: str = column("", "recording id, made from its content")
    source: str = column("", "where the recording lies")
    started: str = column(
        "", "local time with its offset from UTC, ISO 8601; empty where unknown", default=""
    )
    day: str = column("", "local date, YYYY-MM-DD; empty where unknown", default="")
    athlete: str = column("", "athlete id, empty where not given", default="")
    exercise: str = column("", "exercise profile", default="")
    load_kg: float = column("kg", "load on the bar, NaN where not given", default=NAN)
    tempo_target: str = column("", "prescribed tempo, empty where none", default="")
    sets: int = column("", "sets found", default=0)
    reps: int = column("", "reps found", default=0)
    rejected: int = column("", "movements that were looked at and are no reps", default=0)
    duration_s: float = column("s", "length of the recording", default=NAN)
    rate_hz: float = column("Hz", "sample rate found", default=NAN)
    sensor: str = column("", "sensor that it came from", default="")
    simulated: bool = column("", "true where nobody lifted", default=False)
    software: str = column("", "program and version that analysed it", default="")
    calibration: str = column("", "sensor that the calibration is of, or none", default="")
    quality: str = column("", "JSON: facts about the signal, and the definitions used", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRejectedRow(RejectedRow):
    """One movement of one recording that is not a rep."""

    recording: str = column("", "recording id", default="")
    day: str = column("", "local date, YYYY-MM-DD; empty where unknown", default="")
    simulated: bool = column("", "true where nobody lifted", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFatigueRow(FatigueRow):
    """One sign of fatigue in one set of one recording."""

    recording: str = column("", "recording id", default="")
    day: str = column("", "local date, YYYY-MM-DD; empty where unknown", default="")
    simulated: bool = column("", "true where nobody lifted", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchErrorRow:
    """One recording that is not in the other tables, and why."""

    source: str = column("", "where it lies")
    kind: str = column("", "recording, setting, copy, worker or defect: whose fault it is")
    message: str = column("", "one sentence: what is wrong, and what to do")
    recording: str = column("", "recording id, empty where it could not be told", default="")
