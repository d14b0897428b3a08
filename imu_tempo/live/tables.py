"""Reps, sets and analyses as tables, panels and plain lines.

Everything is said in words and numbers; colour only repeats it, so that it reads the same without.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import zip_longest
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from imu_tempo.live import words
from imu_tempo.schema import RejectedRow, RepRow, SetRow, rows
from imu_tempo.schema.spreads import spread

if TYPE_CHECKING:
    from imu_tempo.result import AnalysisResult

_BAR_CELLS = 14
# Velocity losses where a set turns from fresh to tiring to tired: the 10 and 20 % of common practice.
_TIRING_PCT = 10.0
_TIRED_PCT = 20.0
# Blue, orange and red are told apart on light and on dark ground and by colour-blind readers.
_FRESH, _TIRING, _TIRED = "blue", "dark_orange", "red"
_HEADLINE = "eccentric TUT"
_EIGHTHS = " ▏▎▍▌▋▊▉"
# Facts of the signal that a reader of the numbers should not miss, and how they are said.
_DOUBTS = {
    "simulated": "simulated: nobody lifted this",
    "read_as": "read as {}",
    "times": "{}",
    "duplicate_times": "{} rows bore the time of the row before",
    "lost_samples": "{} samples are missing",
    "nan_rows": "{} rows held no whole sample",
    "truncated": "cut short: {}",
    "clock_set": "the computer's clock was set {}",
    "acc_scale": "the accelerometer {}",
    "gyro": "the gyro has {}",
    "clipped_s": "{} s beyond the sensor's range",
    "edits": "{} edits made by hand are in these numbers",
    "edits_missed": "not put on: {}",
    "edits_damaged": "{} lines of the edits cannot be read",
}


def rep_table(
    reps: Iterable[RepRow], *, title: str = "", loss: bool = True, last: int | None = None
) -> Table:
    """Return reps of one set as a table: number, tempo, eccentric seconds, MCV, loss and what is in doubt.

    Parameters
    ----------
    reps
        In order.
    title
        Line above.
    loss
        False leaves the velocity loss out: of a paced lift it means nothing.
    last
        Show only so many of the last ones.
    """
    table = Table(box=None, padding=(0, 1), title=title or None, title_justify="left", title_style="bold")
    for name, justify in (("rep", "right"), ("tempo", "left"), ("ecc s", "right"), ("MCV m/s", "right")):
        table.add_column(name, justify=justify, header_style="dim", no_wrap=True)  # type: ignore[arg-type]
    table.add_column("", width=_BAR_CELLS, no_wrap=True)
    table.add_column("loss" if loss else "", justify="right", header_style="dim", no_wrap=True)
    table.add_column("", style="italic", overflow="fold")
    every = list(reps)
    for rep, best in list(zip(every, _best_so_far(every), strict=True))[-last if last else 0 :]:
        table.add_row(*_rep_cells(rep, best if loss else math.nan, scale_mps=_scale(every)))
    return table


def rep_line(rep: RepRow, best_mps: float) -> str:
    """Return a rep as one plain line; without the loss where ``best_mps`` is NaN."""
    parts = [
        f"set {rep.set_no} rep {rep.rep_no:>2}",
        f"tempo {words.tempo(rep)}",
        f"ecc {words.number(rep.ecc_s, 1)} s",
        f"MCV {words.number(rep.mcv_mps, 2)} m/s",
    ]
    if math.isfinite(best_mps):
        parts.append(f"loss {words.percent(words.loss_pct(rep, best_mps))}")
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


def print_analysis(console: Console, result: AnalysisResult) -> None:
    """Print an analysis: each set with its reps, what was rejected, and what is in doubt."""
    console.print(
        Text(f"{result.source}: {result.exercise}, {result.duration_s:.1f} s at {result.rate_hz:.0f} Hz"),
        soft_wrap=True,
    )
    for doubt in _doubts(result):
        console.print(Text(f"  note: {doubt}", style="italic"), soft_wrap=True)
    for known in result.context.recalled_words():
        console.print(Text(f"  known: {known}"), soft_wrap=True)
    reps = rows(result.reps, RepRow)
    for row in rows(result.sets, SetRow):
        console.print()
        own = [rep for rep in reps if rep.set_no == row.set_no]
        console.print(rep_table(own, title=f"Set {row.set_no}", loss=row.vl_valid))
        console.print(set_panel(row))
        console.print(_lowering_line(result, row.set_no), style="dim", soft_wrap=True)
    if not reps:
        console.print("No reps were found.")
    for movement in rows(result.rejected, RejectedRow):
        console.print(_rejected_line(movement), style="dim", soft_wrap=True)


def _rep_cells(rep: RepRow, best_mps: float, *, scale_mps: float) -> tuple[RenderableType, ...]:
    loss = words.loss_pct(rep, best_mps)
    colour = _TIRED if loss >= _TIRED_PCT else _TIRING if loss >= _TIRING_PCT else _FRESH
    return (
        Text(str(rep.rep_no), style="bold"),
        words.tempo(rep),
        words.number(rep.ecc_s, 1),
        Text(words.number(rep.mcv_mps, 2), style="bold"),
        Text(_bar(rep.mcv_mps / scale_mps if scale_mps else 0.0), style=colour),
        words.percent(loss) if math.isfinite(best_mps) else "",
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


def _scale(reps: list[RepRow]) -> float:
    return max((rep.mcv_mps for rep in reps if math.isfinite(rep.mcv_mps)), default=0.0)


def _set_left(row: SetRow) -> list[tuple[str, str]]:
    partials = f" ({row.partials} partial)" if row.partials else ""
    return [
        ("reps", f"{row.reps}{partials}"),
        (_HEADLINE, f"{words.number(row.tut_ecc_s, 1)} {spread(row.tut_ecc_sd_s, 1, 's') or 's'}"),
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
    if math.isfinite(row.load_pct_1rm):
        cells.append(("load", f"{row.load_kg:g} kg, {words.percent(row.load_pct_1rm)} of the 1RM"))
    if row.stop_rep:
        cells.append(("stop reached", f"rep {row.stop_rep}"))
    if row.ecc_failure_rep:
        cells.append(("lowering not held", f"from rep {row.ecc_failure_rep}"))
    return cells


def _doubts(result: AnalysisResult) -> list[str]:
    return [text.format(result.quality[key]) for key, text in _DOUBTS.items() if result.quality.get(key)]


def _lowering_line(result: AnalysisResult, set_no: int) -> Text:
    """Return what the lowerings of a set asked and how they were held, in one line."""
    lowered = result.eccentric
    lowered = lowered[lowered["set_no"] == set_no]
    work_j, score = lowered["ecc_work_j"].sum(min_count=1), lowered["control_score"].mean()
    parts = [
        f"work absorbed {work_j / 1000:.2f} kJ ({lowered['mass_basis'].iloc[0]})" if work_j > 0 else "",
        f"control of the lowering {score:.0f} of 100 (exploratory)" if math.isfinite(score) else "",
    ]
    return Text("  " + ", ".join(part for part in parts if part))


def _rejected_line(movement: RejectedRow) -> Text:
    span = f"{movement.start_s:.1f}-{movement.end_s:.1f} s"
    return Text(f"not a rep  {span}  {movement.reason}: {movement.detail}")
