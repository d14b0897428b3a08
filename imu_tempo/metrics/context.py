"""What a coach knows of a set and no sensor can measure: body mass, one-rep maximum, when to stop."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from imu_tempo.errors import TempoError
from imu_tempo.metrics.load_check import OneRmKind
from imu_tempo.metrics.scoring import Tolerance
from imu_tempo.metrics.stop import GIVEN, StopRule
from imu_tempo.metrics.tempo import Prescription
from imu_tempo.schema import NAN

MassBasis = Literal["bar", "bar+body", "body", "unknown"]

_HEAVIEST_BODY_KG = 400.0
_HEAVIEST_1RM_KG = 1000.0


@dataclass(frozen=True, slots=True)
class MovedMass:
    """The mass that forces are reckoned with, kg (NaN where unknown), and what it is made of."""

    kg: float
    basis: MassBasis


@dataclass(frozen=True, slots=True, kw_only=True)
class SetContext:
    """What is known of a set besides its motion.

    Attributes
    ----------
    one_rm_kg
        Concentric one-rep maximum of the lift, entered or estimated. Loads are then also told as a percentage
        of it, and a load above it without declared assistance is flagged.
    body_mass_kg, body_ratio
        The lifter's mass, and the part of it that moves with the bar. Forces and work are those of the bar
        alone unless both are given: a squat moves all but the shanks and feet besides the bar, and leaving
        that out changes power and its optimum load (Cormie, McBride & McCaulley 2007).
    assisted
        Someone helps with every lifting, as ``A`` in the tempo says.
    stop
        When the set should end.
    tolerance
        Of the tempo compliance and of the lowering time; None takes :class:`Tolerance`'s own.
    one_rm_kind
        Whether the one-rep maximum was tested (or entered) or estimated.
    one_rm_from, body_mass_from
        Where the numbers are from, in words; they are told with every result.
    notes
        What else should be known of them, such as a test that is too old to be used: a sentence each.

    Raises
    ------
    TempoError
        For a value that cannot be.
    """

    one_rm_kg: float | None = None
    body_mass_kg: float | None = None
    body_ratio: float | None = None
    assisted: bool = False
    stop: StopRule | None = None
    tolerance: Tolerance | None = None
    one_rm_kind: OneRmKind = "tested"
    one_rm_from: str = GIVEN
    body_mass_from: str = GIVEN
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check("one-rep maximum", self.one_rm_kg, _HEAVIEST_1RM_KG, "kg")
        _check("body mass", self.body_mass_kg, _HEAVIEST_BODY_KG, "kg")
        _check("body ratio", self.body_ratio, 1.0, "")

    def moved_mass(self, load_kg: float) -> MovedMass:
        """Return the mass that moves: the bar's, and a part of the body where both facts are given.

        Raises
        ------
        TempoError
            The ratio is given, and not the body mass that it is a part of.
        """
        if self.body_ratio is not None and self.body_mass_kg is None:
            raise TempoError(
                f"a body ratio of {self.body_ratio:g} needs the body mass that it is a part of: give both."
            )
        bar_kg = load_kg if math.isfinite(load_kg) and load_kg > 0.0 else 0.0
        if self.body_mass_kg is not None and self.body_ratio is not None:
            body_kg = self.body_mass_kg * self.body_ratio
            return MovedMass(bar_kg + body_kg, "bar+body" if bar_kg else "body")
        return MovedMass(bar_kg, "bar") if bar_kg else MovedMass(NAN, "unknown")

    def load_pct_1rm(self, load_kg: float) -> float:
        """Return a load in percent of the one-rep maximum, NaN where either is unknown."""
        return NAN if self.one_rm_kg is None else 100.0 * load_kg / self.one_rm_kg

    def facts(self) -> dict[str, float | str]:
        """Return what was known besides the motion and where it is from, as facts of a result."""
        told: dict[str, float | str] = {}
        if self.one_rm_kg is not None:
            told |= {"one_rm_kg": self.one_rm_kg, "one_rm_from": self.one_rm_from}
        if self.body_mass_kg is not None:
            told |= {"body_mass_kg": self.body_mass_kg, "body_mass_from": self.body_mass_from}
        if self.stop is not None and self.stop.reps_in_reserve is not None and self.stop.rir_line is not None:
            told["reserve_from"] = self.stop.rir_line.origin
        if self.notes:
            told["known_notes"] = " ".join(self.notes)
        return told

    def recalled_words(self) -> list[str]:
        """Return what was not given with the analysis, a sentence or phrase each, for a person to read."""
        told = []
        if self.one_rm_kg is not None and self.one_rm_from != GIVEN:
            told.append(f"one-rep maximum {self.one_rm_kg:g} kg, {self.one_rm_from}")
        counts = self.body_mass_kg is not None and self.body_ratio is not None
        if counts and self.body_mass_from != GIVEN:
            told.append(f"body mass {self.body_mass_kg:g} kg, {self.body_mass_from}")
        line = self.stop.rir_line if self.stop else None
        if line is not None and line.origin != GIVEN:
            told.append(f"reps in reserve by velocity, {line.origin}")
        return [*told, *self.notes]

    def is_assisted(self, prescription: Prescription | None) -> bool:
        """Say whether every lifting is helped with."""
        return self.assisted or (prescription is not None and prescription.con.kind == "assisted")

    def check(self, prescription: Prescription | None) -> None:
        """Refuse a stop rule that this prescription can never meet, and a body ratio without a body mass.

        Raises
        ------
        TempoError
            As :meth:`StopRule.check` and :meth:`moved_mass`.
        """
        self.moved_mass(NAN)
        if self.stop is not None:
            self.stop.check(prescription, assisted=self.is_assisted(prescription))


def _check(name: str, value: float | None, most: float, unit: str) -> None:
    if value is not None and not 0.0 < value <= most:
        raise TempoError(f"{name} is {value:g}: expected above 0 and at most {most:g} {unit}".rstrip() + ".")


NO_CONTEXT = SetContext()
"""Nothing is known besides the motion."""
