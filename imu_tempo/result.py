"""What an analysis hands back: the four tables and what was assumed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from imu_tempo.events import Event


@dataclass(frozen=True, slots=True, eq=False)
class AnalysisResult:
    """The outcome of :func:`imu_tempo.analyze` or :func:`imu_tempo.replay`.

    Attributes
    ----------
    reps, sets, rejected, samples
        DataFrames with the columns of :mod:`imu_tempo.schema`.
    source
        Where the data came from.
    exercise
        Profile name that was used.
    rate_hz, duration_s
        Sample rate found from the timestamps, and length of the recording.
    quality
        Signal facts and definitions used: gaps, clipping, impacts, gyro bias, edge velocity ...
    events
        What the live engine said, in order; empty for a whole-recording pass.
    """

    reps: pd.DataFrame
    sets: pd.DataFrame
    rejected: pd.DataFrame
    samples: pd.DataFrame
    source: str
    exercise: str
    rate_hz: float
    duration_s: float
    quality: dict[str, float | int | str] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
