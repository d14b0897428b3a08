"""What an analysis hands back: the four tables and what was assumed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from imu_tempo.definitions import Definitions
from imu_tempo.schema import RejectedRow, RepRow, SampleRow, SetRow, columns, table

if TYPE_CHECKING:
    import pandas as pd

    from imu_tempo.events import Event

Fact = float | int | str
SampleColumns = Mapping[str, NDArray[np.generic]]


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
        Facts about the signal (gaps, clipping, gyro offset, gravity read) and the definitions used.
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
    quality: dict[str, Fact] = field(default_factory=dict)
    events: tuple[Event, ...] = ()

    def _repr_html_(self) -> str:
        """Show the sets and reps in a notebook."""
        return f"{self.sets.to_html(index=False)}{self.reps.to_html(index=False)}"


def assemble(
    *,
    reps: Sequence[RepRow],
    sets: Sequence[SetRow],
    rejected: Sequence[RejectedRow],
    samples: Sequence[SampleColumns],
    source: str,
    exercise: str,
    rate_hz: float,
    duration_s: float,
    quality: Mapping[str, Fact],
    definitions: Definitions,
    events: Sequence[Event] = (),
) -> AnalysisResult:
    """Turn rows and sample columns into an :class:`AnalysisResult`; definitions join the quality facts."""
    return AnalysisResult(
        reps=table(reps, RepRow),
        sets=table(sets, SetRow),
        rejected=table(rejected, RejectedRow),
        samples=_samples_table(samples),
        source=source,
        exercise=exercise,
        rate_hz=rate_hz,
        duration_s=duration_s,
        quality={**quality, **asdict(definitions)},
        events=tuple(events),
    )


def _samples_table(parts: Sequence[SampleColumns]) -> pd.DataFrame:
    import pandas as pd

    empty = table([], SampleRow)
    if not parts:
        return empty
    data = {c.name: np.concatenate([part[c.name] for part in parts]) for c in columns(SampleRow)}
    return pd.DataFrame(data).astype(dict(empty.dtypes))
