"""What a user said of a session, completed by what the recording knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from imu_tempo.calibration import SensorCalibration
    from imu_tempo.definitions import Definitions
    from imu_tempo.formats import Source
    from imu_tempo.metrics.context import SetContext
    from imu_tempo.protocols import Protocol

DEFAULT_EXERCISE = "squat"
LABELS = ("exercise", "load_kg", "athlete", "tempo")
"""What may be said of a set, before or after it."""


class Arguments(TypedDict):
    """Keywords that ``analyze``, ``replay`` and ``Engine`` share."""

    exercise: str
    load_kg: float | None
    tempo: str | None
    athlete: str | None
    definitions: Definitions | None
    calibration: SensorCalibration | None
    context: SetContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifting:
    """Exercise, load, prescribed tempo and athlete, and how to measure; None where nothing was said."""

    exercise: str | None = None
    load_kg: float | None = None
    tempo: str | None = None
    athlete: str | None = None
    definitions: Definitions | None = None
    calibration: SensorCalibration | None = None
    context: SetContext | None = None
    protocol: Protocol | None = None

    def following(self, protocol: Protocol) -> Lifting:
        """Return this with what a protocol asks filled in; a stop rule that the user gave wins.

        Its usual exercise is taken where neither the user nor the recording says which it was.

        Raises
        ------
        TempoError
            The protocol cannot be measured, or the user said another tempo, which would be scored against the
            protocol's all the same.
        """
        from imu_tempo.errors import TempoError
        from imu_tempo.metrics import parse_tempo
        from imu_tempo.metrics.context import NO_CONTEXT

        protocol.check_measurable()
        if self.tempo is not None and parse_tempo(self.tempo) != protocol.prescription:
            raise TempoError(
                f"Protocol {protocol.name} asks for tempo {protocol.tempo}, and {self.tempo} was said:"
                " leave one of the two out."
            )
        known = self.context or NO_CONTEXT
        return replace(
            self,
            tempo=protocol.tempo,
            context=replace(known, stop=known.stop or protocol.stop.asked()),
            protocol=protocol,
        )

    def completed(self, source: Source) -> Lifting:
        """Return this with what the recording itself knows filled in; what the user said wins."""
        meta = source.meta
        load_kg = meta.get("load_kg")
        return replace(
            self,
            exercise=self.exercise or _text(meta.get("exercise")) or self.usual_exercise,
            load_kg=self.load_kg if isinstance(load_kg, str) or self.load_kg is not None else load_kg,
            tempo=self.tempo or _text(meta.get("tempo")),
            athlete=self.athlete or _text(meta.get("athlete")),
        )

    @property
    def usual_exercise(self) -> str | None:
        """The exercise that the protocol is mostly for; None without one."""
        return next(iter(self.protocol.exercises), None) if self.protocol else None

    @property
    def said(self) -> tuple[str, ...]:
        """Names of the labels that the user gave."""
        return tuple(name for name in LABELS if getattr(self, name) is not None)

    def with_labels(self, labels: Mapping[str, str | float]) -> Lifting:
        """Return this with labels filled in that the user did not give."""
        return replace(self, **{k: v for k, v in labels.items() if k not in self.said})  # type: ignore[arg-type]

    def arguments(self) -> Arguments:
        """Return the keywords of the analysis calls."""
        from imu_tempo.metrics.context import NO_CONTEXT

        return {
            "exercise": self.exercise or self.usual_exercise or DEFAULT_EXERCISE,
            "load_kg": self.load_kg,
            "tempo": self.tempo,
            "athlete": self.athlete,
            "definitions": self.definitions,
            "calibration": self.calibration,
            "context": self.context or NO_CONTEXT,
        }

    @property
    def all_out(self) -> bool:
        """False where the lifting is paced or assisted, so that slower reps say nothing of fatigue."""
        from imu_tempo.metrics import parse_tempo, velocity_loss_valid

        helped = self.context is not None and self.context.assisted
        return not helped and velocity_loss_valid(parse_tempo(self.tempo) if self.tempo else None)

    def heading(self) -> str:
        """Return what is known, in one line: exercise, load, target."""
        from imu_tempo.exercises import exercise

        parts = [exercise(self.arguments()["exercise"]).title]
        if self.load_kg is not None:
            parts.append(f"{self.load_kg:g} kg")
        if self.tempo:
            parts.append(f"target {self.tempo}")
        return " · ".join(parts)


def _text(value: str | float | None) -> str | None:
    return value if isinstance(value, str) and value else None
