"""The tables of the history: athletes, sessions, their sets and reps, one-rep maxes, soreness, trends."""

from __future__ import annotations

from dataclasses import dataclass

from imu_tempo.schema.columns import NAN, column
from imu_tempo.schema.eccentric import EccentricRow
from imu_tempo.schema.tables import RepRow, SetRow


@dataclass(frozen=True, slots=True, kw_only=True)
class AthleteRow:
    """One athlete by pseudonymous id; names are never in this table."""

    athlete: str = column("", "athlete id")
    body_mass_kg: float = column("kg", "body mass as entered last, NaN where not given", default=NAN)
    note: str = column("", "free text", default="")
    body_mass_day: str = column(
        "", "local date from which that mass holds, YYYY-MM-DD; empty: always", default=""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyMassRow:
    """An athlete's body mass from a day on."""

    athlete: str = column("", "athlete id")
    day: str = column("", "local date from which it holds, YYYY-MM-DD; empty: always", default="")
    body_mass_kg: float = column("kg", "body mass", default=NAN)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySessionRow:
    """One recording and the analysis that stands for it."""

    recording: str = column("", "recording id, made from its manifest and first packets")
    day: str = column("", "local date, YYYY-MM-DD")
    started: str = column("", "local time with its offset from UTC, ISO 8601")
    athlete: str = column("", "athlete id, empty where not given", default="")
    exercise: str = column("", "exercise profile", default="")
    load_kg: float = column("kg", "load on the bar, NaN where not given", default=NAN)
    tempo_target: str = column("", "prescribed tempo, empty where none", default="")
    sets: int = column("", "sets found", default=0)
    reps: int = column("", "reps found", default=0)
    duration_s: float = column("s", "length of the recording", default=NAN)
    rate_hz: float = column("Hz", "sample rate found", default=NAN)
    sensor: str = column("", "sensor that it came from", default="")
    simulated: bool = column("", "true where nobody lifted", default=False)
    folder: str = column("", "where the recording was last seen", default="")
    software: str = column("", "program and version that analysed it", default="")
    parameters: str = column("", "JSON: what the analysis was told, definitions included", default="")
    quality: str = column("", "JSON: facts about the signal", default="")
    analysed: str = column("", "when it was analysed, UTC, ISO 8601", default="")
    inputs: str = column("", "digest of all that the analysis was made from, data apart", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySetRow(SetRow):
    """One set of the history."""

    recording: str = column("", "recording id", default="")
    day: str = column("", "local date, YYYY-MM-DD", default="")
    at: str = column("", "local time of the set's start with its offset from UTC, ISO 8601", default="")
    simulated: bool = column("", "true where nobody lifted", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRepRow(RepRow):
    """One rep of the history."""

    recording: str = column("", "recording id", default="")
    day: str = column("", "local date, YYYY-MM-DD", default="")
    at: str = column("", "local time of the rep's start with its offset from UTC, ISO 8601", default="")
    simulated: bool = column("", "true where nobody lifted", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEccentricRow(EccentricRow):
    """Mechanics and control of one rep of the history."""

    recording: str = column("", "recording id", default="")
    day: str = column("", "local date, YYYY-MM-DD", default="")
    simulated: bool = column("", "true where nobody lifted", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OneRepMaxRow:
    """A one-rep max that was tested, or entered as somebody's estimate."""

    athlete: str = column("", "athlete id")
    exercise: str = column("", "exercise profile")
    day: str = column("", "local date, YYYY-MM-DD")
    one_rm_kg: float = column("kg", "one-rep max")
    kind: str = column("", "tested or estimated", default="tested")
    note: str = column("", "free text", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class SorenessRow:
    """An athlete's answer to how sore a part of the body is."""

    athlete: str = column("", "athlete id")
    day: str = column("", "local date of the answer, YYYY-MM-DD")
    soreness: float = column("", "0 (none) to 10 (worst imaginable)")
    area: str = column("", "part of the body, empty for all of it", default="")
    exercise: str = column("", "exercise that it is put down to, empty where none", default="")
    at: str = column("", "when it was answered, with the offset from UTC, ISO 8601", default="")
    note: str = column("", "free text", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendRow:
    """One athlete's week of one exercise."""

    athlete: str = column("", "athlete id, empty where not given")
    exercise: str = column("", "exercise profile")
    week: str = column("", "Monday of the week, YYYY-MM-DD")
    days: int = column("", "days with a set", default=0)
    sets: int = column("", "sets", default=0)
    reps: int = column("", "reps", default=0)
    load_kg: float = column("kg", "load that mcv_mps is told of", default=NAN)
    mcv_mps: float = column("m/s", "fastest rep's MCV at load_kg, mean of the week's sets", default=NAN)
    e1rm_kg: float = column(
        "kg",
        "one-rep max: tested that week, else estimated; without the interval that strength tells",
        default=NAN,
    )
    e1rm_kind: str = column("", "tested, estimated, or empty", default="")
    tut_ecc_s: float = column("s", "eccentric time under tension of the week", default=NAN)
    rom_m: float = column("m", "median ROM of the week's reps", default=NAN)
    compliance_pct: float = column("%", "tempo kept, mean of the week's sets, by reps", default=NAN)
