"""What a protocol is: tempo, sets, reps, load, rest, stop rule, sources."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from imu_tempo.errors import SourceError, TempoError
from imu_tempo.metrics.stop import RirLine, StopRule
from imu_tempo.metrics.tempo import Prescription, parse_tempo

Evidence = Literal["strong", "moderate", "weak", "none"]


class ProtocolError(SourceError):
    """A protocol file that is not what it should be; the message names file, table and key."""


@dataclass(frozen=True, slots=True)
class Span:
    """From the one number to the other, both inside."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{self.low:g}" if self.low == self.high else f"{self.low:g}-{self.high:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolSource:
    """Where a protocol is from: the publication, its DOI, what it says, and whether that was looked up."""

    text: str
    says: str
    doi: str = ""
    verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StopLimits:
    """The stop rule as data; :class:`imu_tempo.metrics.stop.StopRule` says what each limit means."""

    velocity_loss_pct: float | None = None
    mcv_floor_mps: float | None = None
    reps_in_reserve: float | None = None
    tempo_misses: int | None = None
    ecc_failures: int | None = None

    def asked(self) -> StopRule:
        """Return all that is asked for: reps in reserve too, whose line is yet to be found."""
        return replace(self.rule(), reps_in_reserve=self.reps_in_reserve)

    def rule(self, line: RirLine | None = None) -> StopRule:
        """Return the rule; reps in reserve drop out without the athlete's own line."""
        return StopRule(
            velocity_loss_pct=self.velocity_loss_pct,
            mcv_floor_mps=self.mcv_floor_mps,
            reps_in_reserve=self.reps_in_reserve if line else None,
            rir_line=line,
            tempo_misses=self.tempo_misses,
            ecc_failures=self.ecc_failures,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """One protocol.

    Attributes
    ----------
    name, title, purpose
        Key, name for people, and what it is for.
    exercises
        Profiles it is for, the usual one first; empty for any.
    tempo
        Prescribed tempo, in any notation that :func:`imu_tempo.metrics.parse_tempo` reads. ``A`` for the
        lifting declares the help of others.
    sets, reps
        How many sets, and how many reps in each.
    load_pct
        Load band in percent of the concentric one-rep max; None where the load is told in words (``load``).
    load
        The load in words.
    rest_s
        Rest between sets; None where it does not matter.
    stop
        When a set should end.
    frequency, notes
        How often; what else to know.
    clinician
        True for use under a clinician.
    measurable
        False for a movement that the sensor cannot time yet: the protocol is to be read, not scored.
    evidence
        For the protocol as a whole, by this project's reading.
    sources
        At least one.
    file
        Where it was read from.
    """

    name: str
    title: str
    purpose: str
    exercises: tuple[str, ...]
    tempo: str
    sets: Span
    reps: Span
    evidence: Evidence
    sources: tuple[ProtocolSource, ...]
    load_pct: Span | None = None
    load: str = ""
    rest_s: Span | None = None
    stop: StopLimits = StopLimits()
    frequency: str = ""
    notes: str = ""
    clinician: bool = False
    measurable: bool = True
    file: str = ""

    @property
    def prescription(self) -> Prescription:
        """The tempo, parsed."""
        return parse_tempo(self.tempo)

    def check_measurable(self) -> None:
        """Refuse to score what cannot be measured.

        Raises
        ------
        TempoError
            The protocol is of a movement that the sensor cannot time yet.
        """
        if not self.measurable:
            raise TempoError(
                f"Protocol {self.name} is to be read, not scored: its movement is too short or too slow to be"
                f" timed by the sensor; see 'imu-tempo protocols show {self.name}'."
            )

    @property
    def assisted(self) -> bool:
        """True where others do the lifting."""
        return self.prescription.con.kind == "assisted"
