"""Reps on a terminal as they happen: a table that fills, a line for the phase, a panel at the end of a set.

Everything is said in words and numbers; colour only repeats it, so that it reads the same without. Where the
output is not a terminal, each rep is one plain line.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise, zip_longest
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from imu_tempo.events import (
    Event,
    Phase,
    PhaseChanged,
    Quality,
    Rejected,
    RepEvent,
    SetEnded,
    SetStarted,
)
from imu_tempo.live import words
from imu_tempo.schema import RejectedRow, RepRow, SetRow, rows

if TYPE_CHECKING:
    from typing import Self

    from imu_tempo.result import AnalysisResult

WIDTH = 80
_BAR_CELLS = 14
# Velocity losses where a set turns from fresh to tiring to tired: the 10 and 20 % of common practice.
_TIRING_PCT = 10.0
_TIRED_PCT = 20.0
# Blue, orange and red are told apart on light and on dark ground and by colour-blind readers.
_FRESH, _TIRING, _TIRED = "blue", "dark_orange", "red"
_HEADLINE = "eccentric TUT"
_REFRESH_HZ = 15
_EIGHTHS = " ▏▎▍▌▋▊▉"
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
    return Console(stderr=stderr, highlight=False, width=min(console.width, WIDTH))


def rep_table(reps: Iterable[RepRow], *, title: str = "") -> Table:
    """Return reps of one set as a table: number, tempo, eccentric seconds, MCV, loss and what is in doubt."""
    table = Table(box=None, padding=(0, 1), title=title or None, title_justify="left", title_style="bold")
    for name, justify in (("rep", "right"), ("tempo", "left"), ("ecc s", "right"), ("MCV m/s", "right")):
        table.add_column(name, justify=justify, header_style="dim", no_wrap=True)  # type: ignore[arg-type]
    table.add_column("", width=_BAR_CELLS, no_wrap=True)
    table.add_column("loss", justify="right", header_style="dim", no_wrap=True)
    table.add_column("", style="italic", overflow="fold")
    shown = list(reps)
    for rep, best in zip(shown, _best_so_far(shown), strict=True):
        table.add_row(*_rep_cells(rep, best, scale_mps=_scale(shown)))
    return table


def rep_line(rep: RepRow, best_mps: float) -> str:
    """Return a rep as one plain line."""
    parts = [
        f"set {rep.set_no} rep {rep.rep_no:>2}",
        f"tempo {words.tempo(rep)}",
        f"ecc {words.number(rep.ecc_s, 1)} s",
        f"MCV {words.number(rep.mcv_mps, 2)} m/s",
        f"loss {words.percent(words.loss_pct(rep, best_mps))}",
    ]
    return "  ".join([*parts, rep.quality] if rep.quality else parts)


def set_panel(row: SetRow) -> Panel:
    """Return the sum of a set as a panel."""
    both = Table.grid(padding=(0, 2))
    for (name, value), (other, other_value) in zip_longest(
        _set_left(row), _set_right(row), fillvalue=("", "")
    ):
        strong = "bold" if name == _HEADLINE else ""
        both.add_row(
            Text(name, style="dim"), Text(value, style=strong), Text(other, style="dim"), Text(other_value)
        )
    body: RenderableType = Group(both, Text(f"note: {row.quality}", style="italic")) if row.quality else both
    return Panel(body, title=f"set {row.set_no}", title_align="left", expand=False, border_style="dim")


def set_line(row: SetRow) -> str:
    """Return the sum of a set as one plain line."""
    cells = [f"{name} {value}" for name, value in (*_set_left(row), *_set_right(row))]
    return f"set {row.set_no}: " + ", ".join(cells) + (f" ({row.quality})" if row.quality else "")


class SessionView:
    """Shows events as they come; a context manager, because a live table must be closed.

    Parameters
    ----------
    console
        Where to; see :func:`make_console`.
    heading
        What stands above the reps.
    """

    def __init__(self, console: Console, heading: str = "") -> None:
        self._console = console
        self._heading = heading
        self._reps: dict[tuple[int, int], RepRow] = {}
        self._told: dict[tuple[int, int], str] = {}
        self._set_no = 0
        self._phase: PhaseChanged | None = None
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
        if self._console.is_terminal:
            if self._live is None and event.revision == "provisional":
                self._set_no = event.rep.set_no
                self._open_table()
            self._refresh()
        else:
            self._print_rep(event, key)

    def _print_rep(self, event: RepEvent, key: tuple[int, int]) -> None:
        """Say a rep once, and again only where what was said has changed."""
        if event.revision == "withdrawn":
            if self._told.pop(key, None):
                self._say(f"set {key[0]} rep {key[1]:>2}  withdrawn")
            return
        line = rep_line(event.rep, self._best(event.rep))
        if self._told.get(key) != line:
            self._say(line + ("  (corrected)" if key in self._told else ""))
            self._told[key] = line

    def _set_ended(self, row: SetRow) -> None:
        self._close_table()
        if self._console.is_terminal:
            self._console.print(set_panel(row))
        else:
            self._say(set_line(row))

    def _open_table(self) -> None:
        if self._console.is_terminal:
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
            self._live.update(self._table())

    def _table(self) -> RenderableType:
        reps = _with_pauses(
            [rep for (set_no, _), rep in sorted(self._reps.items()) if set_no == self._set_no]
        )
        title = f"Set {self._set_no}  {self._heading}"
        table = rep_table(reps, title=title)
        if self._phase is None:
            return table
        return Group(table, Text(f"  {_PHASE_WORDS[self._phase.phase]}", style="dim"))

    def _best(self, rep: RepRow) -> float:
        before = [
            r.mcv_mps
            for (set_no, rep_no), r in self._reps.items()
            if set_no == rep.set_no and rep_no <= rep.rep_no and math.isfinite(r.mcv_mps)
        ]
        return max(before, default=math.nan)

    def _say(self, line: str, *, style: str = "") -> None:
        self._console.print(Text(line, style=style), soft_wrap=True)


def _rep_cells(rep: RepRow, best_mps: float, *, scale_mps: float) -> tuple[RenderableType, ...]:
    loss = words.loss_pct(rep, best_mps)
    colour = _TIRED if loss >= _TIRED_PCT else _TIRING if loss >= _TIRING_PCT else _FRESH
    return (
        Text(str(rep.rep_no), style="bold"),
        words.tempo(rep),
        words.number(rep.ecc_s, 1),
        Text(words.number(rep.mcv_mps, 2), style="bold"),
        Text(_bar(rep.mcv_mps / scale_mps if scale_mps else 0.0), style=colour),
        words.percent(loss),
        rep.quality,
    )


def _bar(ratio: float) -> str:
    if not math.isfinite(ratio):
        return ""
    eighths = round(max(0.0, min(ratio, 1.0)) * _BAR_CELLS * 8)
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8]).rstrip()


def _best_so_far(reps: list[RepRow]) -> list[float]:
    best, out = math.nan, []
    for rep in reps:
        if math.isfinite(rep.mcv_mps):
            best = rep.mcv_mps if math.isnan(best) else max(best, rep.mcv_mps)
        out.append(best)
    return out


def _with_pauses(reps: list[RepRow]) -> list[RepRow]:
    """Return reps with the pause after each filled in: a rep told at its end cannot know it yet."""
    return [_with_pause(rep, following) for rep, following in pairwise(reps)] + reps[-1:]


def _with_pause(rep: RepRow, following: RepRow) -> RepRow:
    top_s = following.ecc_start_s - rep.con_end_s  # of a lift that starts with the lowering
    bottom_s = following.con_start_s - rep.ecc_end_s  # of one that starts with the lifting
    if rep.con_end_s > rep.ecc_end_s or math.isnan(rep.ecc_end_s):
        return replace(rep, top_s=top_s) if math.isnan(rep.top_s) and top_s >= 0 else rep
    return replace(rep, bottom_s=bottom_s) if math.isnan(rep.bottom_s) and bottom_s >= 0 else rep


def _scale(reps: list[RepRow]) -> float:
    return max((rep.mcv_mps for rep in reps if math.isfinite(rep.mcv_mps)), default=0.0)


def _set_left(row: SetRow) -> list[tuple[str, str]]:
    partials = f" ({row.partials} partial)" if row.partials else ""
    return [
        ("reps", f"{row.reps}{partials}"),
        (_HEADLINE, f"{words.number(row.tut_ecc_s, 1)} s"),
        ("concentric TUT", f"{words.number(row.tut_con_s, 1)} s"),
        ("total TUT", f"{words.number(row.tut_s, 1)} s"),
    ]


def _set_right(row: SetRow) -> list[tuple[str, str]]:
    tempo = row.tempo + (f" (target {row.tempo_target})" if row.tempo_target else "")
    cells = [
        ("tempo", tempo),
        ("mean MCV", f"{words.number(row.mcv_mean_mps, 2)} m/s, best {words.number(row.mcv_best_mps, 2)}"),
        ("velocity loss", words.percent(row.vl_pct) if row.vl_valid else "not told by a paced lift"),
    ]
    if math.isfinite(row.compliance_pct):
        cells.append(("tempo kept", words.percent(row.compliance_pct)))
    return cells


def print_analysis(console: Console, result: AnalysisResult) -> None:
    """Print an analysis: each set with its reps, what was rejected, and what is in doubt."""
    console.print(
        Text(f"{result.source}: {result.exercise}, {result.duration_s:.1f} s at {result.rate_hz:.0f} Hz"),
        soft_wrap=True,
    )
    for doubt in _doubts(result):
        console.print(Text(f"  note: {doubt}", style="italic"), soft_wrap=True)
    reps = rows(result.reps, RepRow)
    for row in rows(result.sets, SetRow):
        console.print()
        console.print(rep_table((rep for rep in reps if rep.set_no == row.set_no), title=f"Set {row.set_no}"))
        console.print(set_panel(row))
    if not reps:
        console.print("No reps were found.")
    for movement in rows(result.rejected, RejectedRow):
        console.print(_rejected_line(movement), style="dim", soft_wrap=True)


# Facts of the signal that a reader of the numbers should not miss, and how they are said.
_DOUBTS = {
    "simulated": "simulated: nobody lifted this",
    "lost_samples": "{} samples are missing",
    "nan_rows": "{} rows held no whole sample",
    "truncated": "cut short: {}",
    "acc_scale": "the accelerometer {}",
    "gyro": "the gyro has {}",
    "clipped_s": "{} s beyond the sensor's range",
}


def _doubts(result: AnalysisResult) -> list[str]:
    return [text.format(result.quality[key]) for key, text in _DOUBTS.items() if result.quality.get(key)]


def _rejected_line(movement: RejectedRow) -> Text:
    span = f"{movement.start_s:.1f}-{movement.end_s:.1f} s"
    return Text(f"not a rep  {span}  {movement.reason}: {movement.detail}")
