"""Which part of the history is meant: an athlete, an exercise, days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What to read; None where everything is meant.

    Attributes
    ----------
    athlete, exercise
        Only these.
    since, until
        First and last day, both included.
    simulated
        True takes recordings in too that nobody lifted.
    """

    athlete: str | None = None
    exercise: str | None = None
    since: date | None = None
    until: date | None = None
    simulated: bool = False

    def where(self, names: list[str]) -> tuple[str, list[object]]:
        """Return the SQL condition and its values for a table with these columns."""
        days = (
            self.since.isoformat() if self.since else None,
            self.until.isoformat() if self.until else None,
        )
        asked: tuple[tuple[str, str, object], ...] = (
            ("athlete", "athlete = ?", self.athlete),
            ("exercise", "exercise = ?", self.exercise),
            ("day", "day >= ?", days[0]),
            ("day", "day <= ?", days[1]),
            ("simulated", "simulated = ?", None if self.simulated else 0),
        )
        used = [(text, value) for name, text, value in asked if name in names and value is not None]
        if not used:
            return "", []
        return "WHERE " + " AND ".join(text for text, _ in used), [value for _, value in used]
