"""Reps on a terminal as they happen: a table that fills, a line for the phase, a panel at the end of a set.

Where the output is not a terminal, each rep is one plain line.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.live import Live
from rich.segment import Segment
from rich.text import Text

from firmware_bridge.untrusted import shown
from imu_tempo.events import (
    Event,
    Phase,
    PhaseChanged,
    Quality,
    Rejected,
    RepEvent,
    SetEnded,
    SetStarted,
    StopReached,
)
from imu_tempo.live import words
from imu_tempo.live.tables import rep_line, rep_table, set_line, set_panel
from imu_tempo.schema import RepRow, SetRow

if TYPE_CHECKING:
    from typing import Self

    from imu_tempo.live.lifting import Lifting

WIDTH = 80
_REFRESH_HZ = 15
_OTHER_LINES = 5  # title, names of the columns, phase, stop, cursor
_PHASE_WORDS: dict[Phase, str] = {
    "ecc": "▼ lowering",
    "bottom": "■ bottom",
    "con": "▲ lifting",
    "top": "■ top",
    "rest": "· rest",
}


def make_console(*, stderr: bool = False) -> Console:
    """Return a console of at most 80 columns that honours NO_COLOR and plain pipes."""
    console = Console(stderr=stderr, highlight=False)
    return _PlainConsole(stderr=stderr, highlight=False, width=min(console.width, WIDTH))


class _PlainConsole(Console):
    """Shows control characters that stand in others' words; the styles are its own.

    A name out of a file or from the air must not move the cursor, turn the writing round or end a style.
    """

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        for segment in super().render(renderable, options):
            text = segment.text
            if segment.control or text.isprintable() or text == "\n":
                yield segment
            else:
                yield Segment("\n".join(map(shown, text.split("\n"))), segment.style)


def tell_known(console: Console, lifting: Lifting) -> None:
    """Say what was taken from the history for a session, and what should be known of it."""
    for line in lifting.context.recalled_words() if lifting.context else ():
        told = f"{lifting.athlete}: {line}" if lifting.athlete else line
        console.print(Text.assemble((f"{'history':>10}  ", "dim"), told), soft_wrap=True)


class SessionView:
    """Shows events as they come; a context manager, because a live table must be closed.

    Parameters
    ----------
    console
        Where to; see :func:`make_console`.
    heading
        What stands above the reps.
    loss
        False leaves the velocity loss out: of a paced lift it means nothing.
    name
        Whose reps these are, where several bars share the terminal: each is then a plain line after the name.
    """

    def __init__(self, console: Console, heading: str = "", *, loss: bool = True, name: str = "") -> None:
        self._console = console
        self._name = name
        self._plain = bool(name) or not console.is_terminal
        self._heading = heading
        self._loss = loss
        self._reps: dict[tuple[int, int], RepRow] = {}
        self._told: dict[tuple[int, int], str] = {}
        self._set_no = 0
        self._phase: PhaseChanged | None = None
        self._stop: StopReached | None = None
        self._live: Live | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close_table()

    def show(self, event: Event) -> None:
        """Show one event."""
        match event:
            case SetStarted():
                self._close_table()
                self._set_no = event.set_no
                self._open_table()
            case PhaseChanged():
                self._phase = event
                self._refresh()
            case RepEvent():
                self._rep(event)
            case SetEnded():
                self._set_ended(event.summary)
            case StopReached():
                self._stop_reached(event)
            case Quality():
                self._say(f"  {words.clock(event.t_s)}  {event.kind}: {event.detail}", style="italic")
            case Rejected():
                pass  # most movements of a session are no reps; they are listed in the result

    def _rep(self, event: RepEvent) -> None:
        key = (event.rep.set_no, event.rep.rep_no)
        if event.revision == "withdrawn":
            self._reps.pop(key, None)
        else:
            self._reps[key] = event.rep
        if not self._plain:
            if self._live is None and event.revision == "provisional":
                self._set_no = event.rep.set_no
                self._open_table()
            self._refresh()
        else:
            self._print_rep(event, key)

    def _print_rep(self, event: RepEvent, key: tuple[int, int]) -> None:
        """Say a rep once, when all of it is known, and again only where what was said has changed."""
        if event.revision == "withdrawn":
            if self._told.pop(key, None):
                self._say(f"set {key[0]} rep {key[1]:>2}  withdrawn")
            return
        if event.revision == "provisional":
            return
        line = rep_line(event.rep, self._best(event.rep) if self._loss else math.nan)
        if self._told.get(key) != line:
            self._say(line + ("  (corrected)" if key in self._told else ""))
            self._told[key] = line

    def _stop_reached(self, event: StopReached) -> None:
        self._stop = None if event.revision == "withdrawn" else event
        if self._console.is_terminal:
            self._refresh()
        elif self._stop is not None:
            self._say(_stop_line(self._stop))
        else:
            self._say(f"set {event.set_no}: no stop after all")

    def _set_ended(self, row: SetRow) -> None:
        self._close_table()
        self._stop = None
        if not self._plain:
            self._console.print(set_panel(row))
        else:
            self._say(set_line(row))
        for known in (self._reps, self._told):
            for key in [key for key in known if key[0] == row.set_no]:
                del known[key]  # what comes after the sum is in the report

    def _open_table(self) -> None:
        if not self._plain:
            self._live = Live(
                self._table(), console=self._console, refresh_per_second=_REFRESH_HZ, vertical_overflow="crop"
            )
            self._live.start()

    def _close_table(self) -> None:
        if self._live is not None:
            self._phase = None
            self._live.update(self._table(), refresh=True)
            self._live.stop()
            self._live = None

    def _refresh(self) -> None:
        if self._live is not None:
            # A table that is taller than the screen cannot be redrawn: the last reps are what counts.
            self._live.update(self._table(last=max(self._console.height - _OTHER_LINES, 1)))

    def _table(self, *, last: int | None = None) -> RenderableType:
        reps = _with_pauses(
            [rep for (set_no, _), rep in sorted(self._reps.items()) if set_no == self._set_no]
        )
        title = f"Set {self._set_no}  {self._heading}"
        table = rep_table(reps, title=title, loss=self._loss, last=last)
        below = [Text(f"  {_PHASE_WORDS[self._phase.phase]}", style="dim")] if self._phase else []
        if self._stop is not None and self._stop.set_no == self._set_no:
            below.append(Text(f"  {_stop_line(self._stop)}", style="bold reverse"))
        return Group(table, *below) if below else table

    def _best(self, rep: RepRow) -> float:
        before = [
            r.mcv_mps
            for (set_no, rep_no), r in self._reps.items()
            if set_no == rep.set_no and rep_no <= rep.rep_no and math.isfinite(r.mcv_mps)
        ]
        return max(before, default=math.nan)

    def _say(self, line: str, *, style: str = "") -> None:
        named = f"{self._name}  {line}" if self._name else line
        self._console.print(Text(named, style=style), soft_wrap=True)


def _stop_line(event: StopReached) -> str:
    return f"STOP after rep {event.rep_no}: {event.detail}"


def _with_pauses(reps: list[RepRow]) -> list[RepRow]:
    """Return reps with the pause after each filled in: a rep told at its end cannot know it yet."""
    return [_with_pause(rep, following) for rep, following in pairwise(reps)] + reps[-1:]


def _with_pause(rep: RepRow, following: RepRow) -> RepRow:
    top_s = following.ecc_start_s - rep.con_end_s  # of a lift that starts with the lowering
    bottom_s = following.con_start_s - rep.ecc_end_s  # of one that starts with the lifting
    if rep.con_end_s > rep.ecc_end_s or math.isnan(rep.ecc_end_s):
        return replace(rep, top_s=top_s) if math.isnan(rep.top_s) and top_s >= 0 else rep
    return replace(rep, bottom_s=bottom_s) if math.isnan(rep.bottom_s) and bottom_s >= 0 else rep
