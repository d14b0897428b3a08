"""What a coach has chosen for a bar: who lifts what, how heavy, how fast, until when."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from imu_tempo.errors import TempoError
from imu_tempo.exercises import exercise as find_exercise
from imu_tempo.live.lifting import DEFAULT_EXERCISE, Lifting
from imu_tempo.live.recall import NOBODY, recalled
from imu_tempo.live.web.hub import Json
from imu_tempo.metrics import Prescription, parse_tempo, velocity_loss_valid
from imu_tempo.metrics.context import NO_CONTEXT, SetContext
from imu_tempo.metrics.scoring import Tolerance
from imu_tempo.metrics.stop import StopRule
from imu_tempo.metrics.tempo import PHASE_TITLES

if TYPE_CHECKING:
    from imu_tempo.protocols import Protocol

Recall = Callable[[Lifting], Lifting]
"""Fills in what the history knows of whoever lifts."""

HEAVIEST_KG = 1000.0
LONGEST_NAME = 40
MOST_RESERVE_REPS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What holds for the sets of a bar from now on.

    Attributes
    ----------
    athlete
        Pseudonymous id, empty where nobody was named.
    exercise, load_kg, tempo
        None where nothing was said.
    protocol
        Name of the protocol that is followed; its tempo and stop rule then hold.
    stop_loss_pct, stop_reserve_reps
        Velocity loss, and reps in reserve by the athlete's own line, to stop at; None for no such rule.
    """

    athlete: str = ""
    exercise: str = DEFAULT_EXERCISE
    load_kg: float | None = None
    tempo: str | None = None
    protocol: str | None = None
    stop_loss_pct: float | None = None
    stop_reserve_reps: float | None = None

    @classmethod
    def of(cls, lifting: Lifting) -> Setup:
        """Return what a user said on the command line."""
        stop = lifting.context.stop if lifting.context else None
        return cls(
            athlete=lifting.athlete or "",
            exercise=lifting.exercise or lifting.usual_exercise or DEFAULT_EXERCISE,
            load_kg=lifting.load_kg,
            tempo=None if lifting.protocol else lifting.tempo,
            protocol=lifting.protocol.name if lifting.protocol else None,
            stop_loss_pct=stop.velocity_loss_pct if stop else None,
            stop_reserve_reps=stop.reps_in_reserve if stop and not lifting.protocol else None,
        )

    @classmethod
    def read(cls, said: Mapping[str, Json]) -> Setup:
        """Read what a page or a file says.

        Raises
        ------
        TempoError
            Something in it cannot be.
        """
        setup = cls(
            athlete=_text(said, "athlete") or "",
            exercise=find_exercise(_text(said, "exercise") or DEFAULT_EXERCISE).name,
            load_kg=_number(said, "load_kg", HEAVIEST_KG, "kg"),
            tempo=_text(said, "tempo"),
            protocol=_text(said, "protocol"),
            stop_loss_pct=_number(said, "stop_loss_pct", 100.0, "%"),
            stop_reserve_reps=_number(said, "stop_reserve_reps", MOST_RESERVE_REPS, "reps"),
        )
        if setup.tempo:
            setup = replace(setup, tempo=str(parse_tempo(setup.tempo)))
        if setup.stop_loss_pct == 0:
            setup = replace(setup, stop_loss_pct=None)
        setup.lifting()  # refuses what does not go together
        return setup

    def found_protocol(self) -> Protocol | None:
        """Return the protocol that is followed."""
        if self.protocol is None:
            return None
        from imu_tempo.protocols import protocol

        return protocol(self.protocol)

    def lifting(self, usual: Lifting | None = None, recall: Recall | None = None) -> Lifting:
        """Return what the engine takes.

        Parameters
        ----------
        usual
            What holds besides, as definitions, calibration and body mass.
        recall
            Fills in what the history knows of the athlete. Without it a stop at reps in reserve is left out:
            its line is yet to be found.

        Raises
        ------
        TempoError
            The parts do not go together, or ``recall`` has no line for a stop at reps in reserve.
        """
        said = self.said(usual)
        lifting = recall(said) if recall else recalled(said, None, NOBODY, strict=False)
        arguments = lifting.arguments()
        arguments["context"].check(parse_tempo(lifting.tempo) if lifting.tempo else None)
        return lifting

    def said(self, usual: Lifting | None = None) -> Lifting:
        """Return what was said, and only that; raises where a protocol cannot be followed."""
        base = usual or Lifting()
        context: SetContext = base.context or NO_CONTEXT
        stop = self._stop(context.stop or StopRule())
        lifting = replace(
            base,
            exercise=self.exercise,
            load_kg=self.load_kg,
            tempo=None if self.protocol else self.tempo,
            athlete=self.athlete or None,
            context=replace(context, stop=stop),
            protocol=None,
        )
        protocol = self.found_protocol()
        return lifting if protocol is None else lifting.following(protocol)

    def _stop(self, rule: StopRule) -> StopRule | None:
        """Return the stop rule; velocity means nothing of a paced or assisted lift and is left out."""
        loss, reserve = self.stop_loss_pct, self.stop_reserve_reps
        if self.protocol is not None:
            return None
        if self.tempo and not velocity_loss_valid(parse_tempo(self.tempo)):
            loss = reserve = None
        stop = replace(rule, velocity_loss_pct=loss, reps_in_reserve=reserve)
        return None if stop == StopRule() else stop

    def as_json(self) -> dict[str, Json]:
        """Return what was chosen, as a file keeps it."""
        return asdict(self)

    def shown(self) -> dict[str, Json]:
        """Return it as a page shows it: with titles, and what the protocol asks for."""
        protocol = self.found_protocol()
        return {
            **self.as_json(),
            "exercise_title": find_exercise(self.exercise).title,
            "protocol_title": protocol.title if protocol else None,
            "tempo_shown": protocol.tempo if protocol else self.tempo,
            "rest_s": protocol.rest_s.low if protocol and protocol.rest_s else None,
        }


def targets(prescription: Prescription | None, tolerance: Tolerance | None = None) -> list[Json]:
    """Return the four phases with what is asked of each, for the tempo bar."""
    allowed = tolerance or Tolerance()
    found = []
    for phase, title in PHASE_TITLES.items():
        target = getattr(prescription, phase) if prescription else None
        limits = allowed.limits_s(phase, target) if target else None
        found.append(
            {
                "phase": phase,
                "title": title,
                "text": str(target) if target else "",
                "seconds": target.seconds if target else None,
                "low_s": limits[0] if limits else None,
                "high_s": limits[1] if limits else None,
            }
        )
    return found


def _text(said: Mapping[str, Json], name: str) -> str | None:
    value = said.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > LONGEST_NAME or not value.isprintable():
        raise TempoError(
            f"{name} is {reprlib.repr(value)}: expected at most {LONGEST_NAME} printable characters."
        )
    return value.strip() or None


def _number(said: Mapping[str, Json], name: str, most: float, unit: str) -> float | None:
    value = said.get(name)
    if value is None:
        return None
    known = isinstance(value, int | float) and not isinstance(value, bool)
    if not known or not 0 <= value <= most:  # NaN is not
        raise TempoError(f"{name} is {reprlib.repr(value)}: expected a number from 0 to {most:g} {unit}.")
    return float(value)
