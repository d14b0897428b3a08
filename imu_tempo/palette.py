"""One colour per phase everywhere: in figures, on pages, in notebooks.

Okabe and Ito's (2008) blue and vermilion for the moving phases (the latter darkened until white text reads
on it), greys for the pauses: told apart under simulated deuteranopia and protanopia.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imu_tempo.metrics.tempo import PhaseName


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a theme: the four phases, and what is around them."""

    ecc: str
    bottom: str
    con: str
    top: str
    ink: str
    muted: str
    line: str
    paper: str
    alarm: str

    def phase(self, name: PhaseName) -> str:
        """Return the colour of a phase."""
        return {"ecc": self.ecc, "bottom": self.bottom, "con": self.con, "top": self.top}[name]

    def css(self) -> str:
        """Return the palette as CSS custom properties."""
        return " ".join(f"--{f.name}: {getattr(self, f.name)};" for f in fields(self))


LIGHT = Palette(
    ecc="#0072b2",
    bottom="#6b727c",
    con="#c85200",
    top="#c3c8cf",
    ink="#1b1f24",
    muted="#57606a",
    line="#d9dde2",
    paper="#ffffff",
    alarm="#a4123f",
)
DARK = Palette(
    ecc="#56b4e9",
    bottom="#8c95a1",
    con="#f08a4b",
    top="#4b545f",
    ink="#eceff3",
    muted="#a9b2bd",
    line="#353c46",
    paper="#171b21",
    alarm="#ff8fb0",
)

ON_PHASE: dict[PhaseName, str] = {
    "ecc": LIGHT.paper,
    "bottom": LIGHT.paper,
    "con": LIGHT.paper,
    "top": LIGHT.ink,
}
"""Text colour that is read on a phase's colour."""
