"""Tempo as coaches write it: ecc-bottom-con-top, the order fixed whatever phase the lift starts with.

The notation goes back to Ian King (three digits) and Charles Poliquin (four); dialects differ, so what is
ambiguous is refused with a message instead of guessed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Literal

from imu_tempo.errors import TempoError
from imu_tempo.schema import RepRow

PhaseName = Literal["ecc", "bottom", "con", "top"]
Kind = Literal["timed", "maximal", "fast", "assisted", "free"]
Order = Literal["ecc-con", "con-ecc"]

PHASES: tuple[PhaseName, ...] = ("ecc", "bottom", "con", "top")
PHASE_TITLES: dict[PhaseName, str] = {
    "ecc": "lowering",
    "bottom": "pause at the bottom",
    "con": "lifting",
    "top": "pause at the top",
}
MAX_PHASE_S = 60.0
"""Longest phase taken for meant; beyond it a separator is missing."""

_DECIMALS = 3
"""Nobody lifts by less than a millisecond; so many digits are read back from what is written."""

_LONGEST = 64
"""Characters of a tempo: what is longer is none, and would take the square of its length to read."""

_LETTERS: dict[str, Kind] = {"X": "maximal", "*": "fast", "A": "assisted", "?": "free"}
_LETTER_OF = {kind: letter for letter, kind in _LETTERS.items()}
_NAME = r"(?i)(?![xa]+$)[a-z]{3,}([ _-][a-z]+)*"
"""What can only be the name of a preset: letters, and more of them than any notation has."""
_PLACE = r"([0-9]+(?:\.[0-9]+)?|\.[0-9]+|[XA*?])"
_MARK = "(E|ECC|DOWN|\N{DOWNWARDS ARROW}|C|CON|UP|\N{UPWARDS ARROW})"
_LOWERING_MARKS = "ED\N{DOWNWARDS ARROW}"
_MARKED = tuple(
    re.compile(rf"{one}\s*[-/:]?\s*{one}") for one in (rf"{_MARK}\s*{_PLACE}", rf"{_PLACE}\s*{_MARK}")
)
_EXPECTED = "Expected lowering-bottom-lifting-top such as 3-1-X-0, 30X0, @40X0 or 4-0-1.5-0"


@dataclass(frozen=True, slots=True)
class PhaseTarget:
    """What a prescription asks of one phase.

    Attributes
    ----------
    kind
        ``"timed"``: a number of seconds. ``"maximal"`` (``X``): maximal intent, however fast that turns out.
        ``"fast"`` (``*``): must look fast. ``"assisted"`` (``A``): someone helps, not scored. ``"free"``
        (``?`` or left out): not specified, not scored.
    seconds
        Seconds of a timed phase, None for every other kind.
    """

    kind: Kind
    seconds: float | None = None

    def __str__(self) -> str:
        return f"{self.seconds:g}" if self.seconds is not None else _LETTER_OF[self.kind]


FREE = PhaseTarget("free")


@dataclass(frozen=True, slots=True)
class Prescription:
    """A prescribed tempo; ``str()`` gives its canonical form, which :func:`parse_tempo` reads back.

    Attributes
    ----------
    ecc, bottom, con, top
        Target of the lowering, of the pause after it, of the lifting, and of the pause after that.
    """

    ecc: PhaseTarget
    bottom: PhaseTarget
    con: PhaseTarget
    top: PhaseTarget = FREE

    def __iter__(self) -> Iterator[tuple[PhaseName, PhaseTarget]]:
        return iter(zip(PHASES, (self.ecc, self.bottom, self.con, self.top), strict=True))

    def __str__(self) -> str:
        parts = [str(target) for _, target in self]
        return "-".join(parts[:3] if self.top == FREE else parts)

    @property
    def tut_per_rep_s(self) -> float:
        """Prescribed time under tension of a rep: the sum of its digits.

        ``X``, ``*``, ``A`` and unspecified phases have no digit and add nothing, so that with one of them the
        figure is a minimum (:attr:`fully_timed` is false).
        """
        return math.fsum(target.seconds for _, target in self if target.seconds is not None)

    @property
    def fully_timed(self) -> bool:
        """True where all four phases have their seconds."""
        return all(target.kind == "timed" for _, target in self)


def parse_tempo(text: str, order: Order | None = None) -> Prescription:
    """Read a tempo in any of the notations in use.

    Four places (or three, with the top unspecified) in the order ecc-bottom-con-top: ``3010``, ``3-0-1-0``,
    ``4/0/1/0``, ``4:0:1:0``, ``4 0 1 0``, ``4.0.1.0``, ``30X0``, ``@40X0``. A place is a number of seconds,
    ``X`` (maximal intent), ``*`` (must look fast), ``A`` (assisted) or ``?`` (not specified). Seconds of two
    digits or with decimals need separators other than a point: ``4-0-1.5-0``. Two places are read where they
    are marked, ``E3 C1``, ``3 down 1 up``, or the order is given. The name of a preset stands for its tempo.

    Parameters
    ----------
    text
        What the coach wrote.
    order
        Meaning of a two-place tempo, ``"ecc-con"`` or ``"con-ecc"``; without it two places are refused,
        because both orders are in use.

    Returns
    -------
    Prescription

    Raises
    ------
    TempoError
        With what was found and what was expected; UnknownNameError for a name that is no preset.

    Examples
    --------
    >>> tempo = parse_tempo("@40X1")
    >>> str(tempo)
    '4-0-X-1'
    >>> tempo.ecc.seconds, tempo.con.kind
    (4.0, 'maximal')
    >>> str(parse_tempo("slow_squat"))
    '4-0-1-0'
    """
    if len(text) > _LONGEST:
        raise TempoError(
            f"Tempo {text[:_LONGEST]!r}... has {len(text)} characters, more than {_LONGEST}. {_EXPECTED}."
        )
    if re.fullmatch(_NAME, text.strip()):
        from imu_tempo.metrics.presets import tempo_preset

        return parse_tempo(tempo_preset(text).tempo)
    parts = _marked(text) or _split(text)
    if len(parts) == 2:
        parts = _order_two(text, parts, order)
    if len(parts) not in (3, 4):
        hint = "; seconds of two digits need separators, such as 10-0-1-0" if len(parts) > 4 else ""
        raise TempoError(f"Tempo {text!r} has {len(parts)} of its phases, not 4 or 3{hint}. {_EXPECTED}.")
    return Prescription(*(_target(text, phase, part) for phase, part in zip(PHASES, parts, strict=False)))


def measured_tempo(reps: Iterable[RepRow]) -> str:
    """Return the measured tempo: the median of each phase in seconds, to 0.1 s, ``?`` where there is none."""
    rows = list(reps)
    medians = []
    for phase in PHASES:
        values = [v for v in (getattr(rep, f"{phase}_s") for rep in rows) if math.isfinite(v)]
        medians.append(f"{median(values):.1f}" if values else "?")
    return "-".join(medians)


def _marked(text: str) -> list[str] | None:
    """Return the places of a tempo whose two phases are each marked as lowering or lifting."""
    body = text.strip().removeprefix("@").upper().replace(",", ".")
    for pattern, mark_first in zip(_MARKED, (True, False), strict=True):
        found = pattern.fullmatch(body)
        if found is None:
            continue
        a, b, c, d = found.groups()
        marked = ((a, b), (c, d)) if mark_first else ((b, a), (d, c))
        places = {mark[0] in _LOWERING_MARKS: place for mark, place in marked}
        if len(places) == 2:
            return [places[True], "?", places[False], "?"]
    return None


def _split(text: str) -> list[str]:
    """Return the places of a tempo, upper-cased; a decimal comma becomes a point."""
    body = text.strip().removeprefix("@").strip().upper().replace(",", ".")
    if not body:
        raise TempoError(f"The tempo is empty. {_EXPECTED}.")
    found = set(re.findall(r"[-\u2013/:]", body))
    if len(found) > 1:
        raise TempoError(
            f"Tempo {text!r} mixes separators ({' '.join(sorted(found))}); use one kind. {_EXPECTED}."
        )
    if found:
        return re.split(r"\s*[-\u2013/:]\s*", body)
    if len(body.split()) > 1:
        return body.split()
    return body.split(".") if "." in body else list(body)


def _order_two(text: str, parts: list[str], order: Order | None) -> list[str]:
    wrong = next((part for part in parts if not re.fullmatch(_PLACE, part)), None)
    if wrong is not None:
        raise TempoError(f"Tempo {text!r} has {wrong!r}, not seconds, X, A or *. {_EXPECTED}.")
    if order is None:
        raise TempoError(
            f"Tempo {text!r} has two phases, and it is not said which is the lowering; "
            f"write all four, such as {parts[0]}-0-{parts[1].strip('0') or 'X'}-0, or mark them: "
            f"E{parts[0]} C{parts[1].strip('0') or 'X'}."
        )
    ecc, con = parts if order == "ecc-con" else reversed(parts)
    return [ecc, "?", con, "?"]


def _target(text: str, phase: PhaseName, part: str) -> PhaseTarget:
    pause = phase in ("bottom", "top")
    title = PHASE_TITLES[phase]
    if part in _LETTERS:
        kind = _LETTERS[part]
        if pause and kind != "free":
            raise TempoError(f"Tempo {text!r} has {part} for the {title}, which needs seconds. {_EXPECTED}.")
        return PhaseTarget(kind)
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?|\.[0-9]+", part):
        raise TempoError(f"Tempo {text!r} has '{part}' for the {title}, not seconds, X, A or *. {_EXPECTED}.")
    seconds = round(float(part), _DECIMALS)
    if seconds > MAX_PHASE_S:
        raise TempoError(
            f"Tempo {text!r} has {part} s for the {title}, more than {MAX_PHASE_S:g} s; "
            "is a separator missing?"
        )
    if seconds == 0 and not pause:
        raise TempoError(f"Tempo {text!r} has 0 s for the {title}; write X for as fast as possible.")
    return PhaseTarget("timed", seconds)
