"""What a user asked of the coach's page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from firmware_bridge.sensors import StreamSettings
from imu_tempo.live.lifting import Lifting
from imu_tempo.result import AnalysisResult

Keep = Callable[[Path, Lifting, AnalysisResult], None]
"""Puts a recording's numbers into the history: its folder, what was said besides, the analysis."""

DEFAULT_PORT = 8421
"""In the range that anyone may use, and not a port that other local tools like."""

BARS = 2
"""Bars that the page starts with: two racks are what one coach watches."""


def NO_KEEPING(folder: Path, lifting: Lifting, result: AnalysisResult) -> None:  # noqa: N802 - a constant
    """Leave nothing in the history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebPlan:
    """How the page is served, and what it starts with.

    Attributes
    ----------
    out
        Folder of the recordings.
    history
        Folder of the history; None is the user's own.
    lifting
        What bars start with until the coach says otherwise.
    sensors
        Names, addresses or kinds of the sensors to connect at once, each with its athlete or "".
    virtual
        Bars that are not there lift, for ever.
    speed
        How much faster than the clock virtual bars lift.
    lan
        True listens to the whole network, and asks for the token.
    new_link
        True makes a new token, so that nobody of before is let in.
    port
        Where to listen; 0 takes a free one.
    keep
        Takes what goes into the history.
    recall
        False takes nothing of the athletes from it.
    """

    out: Path
    history: Path | None = None
    lifting: Lifting = field(default_factory=Lifting)
    sensors: tuple[tuple[str, str], ...] = ()
    settings: StreamSettings = field(default_factory=StreamSettings)
    virtual: bool = False
    speed: float = 1.0
    lan: bool = False
    new_link: bool = False
    port: int = DEFAULT_PORT
    keep: Keep = NO_KEEPING
    recall: bool = True
