"""What an analysis hands back: the four tables and what was assumed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from imu_tempo.definitions import Definitions
from imu_tempo.metrics.context import NO_CONTEXT, SetContext
from imu_tempo.schema import (
    ComplianceRow,
    EccentricRow,
    FatigueRow,
    RejectedRow,
    RepRow,
    SampleRow,
    SessionRow,
    SetRow,
    columns,
    table,
    table_of_columns,
)

if TYPE_CHECKING:
    import pandas as pd

    from imu_tempo.events import Event
    from imu_tempo.metrics.measures import Measures

Fact = float | int | str
SampleColumns = Mapping[str, NDArray[np.generic]]

_LOSS_FROM = "velocity_loss_from"


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
        Facts about the signal (gaps, clipping, gyro offset, gravity read), the definitions used, and what was
        known besides the motion with where it is from.
    events
        What the live engine said, in order; empty for a whole-recording pass.
    context
        What was known besides the motion: one-rep maximum, body mass, stop rule.

    Notes
    -----
    :attr:`eccentric`, :attr:`fatigue`, :attr:`compliance` and :attr:`session` follow from the other tables
    and are worked out when first asked for.
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
    context: SetContext = NO_CONTEXT
    _worked_out: list[Measures] = field(default_factory=list, init=False, repr=False)

    @property
    def eccentric(self) -> pd.DataFrame:
        """One row a rep: work, power, control, turnaround; :class:`imu_tempo.schema.EccentricRow`."""
        return table(self._measures.eccentric, EccentricRow)

    @property
    def fatigue(self) -> pd.DataFrame:
        """One row a measure a set, with its evidence and validity; :class:`imu_tempo.schema.FatigueRow`."""
        return table(self._measures.fatigue, FatigueRow)

    @property
    def compliance(self) -> pd.DataFrame:
        """Tempo kept, by phase, rep and set; :class:`imu_tempo.schema.ComplianceRow`."""
        return table(self._measures.compliance, ComplianceRow)

    @property
    def session(self) -> pd.DataFrame:
        """What the sets add up to, by exercise and in all; :class:`imu_tempo.schema.SessionRow`."""
        return table(self._measures.session, SessionRow)

    @property
    def _measures(self) -> Measures:
        from imu_tempo.metrics.measures import measures

        if not self._worked_out:
            found = measures(
                self.reps,
                self.sets,
                self.samples,
                exercise=self.exercise,
                rate_hz=self.rate_hz,
                context=self.context,
                velocity_loss_from="first" if self.quality.get(_LOSS_FROM) == "first" else "fastest",
            )
            self._worked_out.append(found)
        return self._worked_out[0]

    def __repr__(self) -> str:
        sets, reps = len(self.sets), len(self.reps)
        counts = f"{sets} set{'s' * (sets != 1)}, {reps} rep{'s' * (reps != 1)}"
        signal = f"{self.duration_s:.0f} s at {self.rate_hz:.0f} Hz"
        return f"<AnalysisResult: {self.exercise}, {counts}, {signal}, from {self.source}>"

    def _repr_html_(self) -> str:
        """Show sets, reps, what was not counted and the facts in a notebook."""
        from imu_tempo.display import analysis_html

        return analysis_html(
            self.sets,
            self.reps,
            self.rejected,
            exercise=self.exercise,
            duration_s=self.duration_s,
            rate_hz=self.rate_hz,
            source=self.source,
            facts=self.quality,
        )


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
    context: SetContext = NO_CONTEXT,
) -> AnalysisResult:
    """Turn rows and sample columns into an :class:`AnalysisResult`.

    What was known besides the motion and the definitions join the quality facts.
    """
    return AnalysisResult(
        reps=table(reps, RepRow),
        sets=table(sets, SetRow),
        rejected=table(rejected, RejectedRow),
        samples=_samples_table(samples),
        source=source,
        exercise=exercise,
        rate_hz=rate_hz,
        duration_s=duration_s,
        quality={**quality, **asdict(definitions), **context.facts()},
        events=tuple(events),
        context=context,
    )


def _samples_table(parts: Sequence[SampleColumns]) -> pd.DataFrame:
    if not parts:
        return table([], SampleRow)
    data = {c.name: np.concatenate([part[c.name] for part in parts]) for c in columns(SampleRow)}
    return table_of_columns(data, SampleRow)
