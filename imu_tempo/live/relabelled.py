"""What an edit changed, on a terminal: the reps before and after, and the sums of their sets."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from imu_tempo.live import words
from imu_tempo.schema import RepRow, SetRow, rows

if TYPE_CHECKING:
    from imu_tempo.result import AnalysisResult

_COLUMNS = ("", "rep", "from s", "to s", "tempo", "MCV m/s", "ROM m", "kg", "note")
_SUMS = (
    ("reps", "reps", 0, ""),
    ("eccentric TUT", "tut_ecc_s", 1, " s"),
    ("concentric TUT", "tut_con_s", 1, " s"),
    ("mean MCV", "mcv_mean_mps", 2, " m/s"),
    ("velocity loss", "vl_pct", 0, " %"),
    ("tempo kept", "compliance_pct", 0, " %"),
    ("load", "load_kg", 1, " kg"),
)


def print_change(console: Console, before: AnalysisResult, after: AnalysisResult, said: str) -> None:
    """Print what was said and what it changed: reps that went (-), came (+) and stayed in those sets."""
    console.print(Text(said), soft_wrap=True)
    old, new = rows(before.reps, RepRow), rows(after.reps, RepRow)
    mixed = len({rep.exercise for rep in (*old, *new)}) > 1
    lines = list(_lines(old, new))
    touched = {rep.set_no for mark, rep in lines if mark}
    table = Table(box=None, padding=(0, 1))
    for name in _COLUMNS:
        left = name in ("", "tempo", "note")
        table.add_column(name, justify="left" if left else "right", header_style="dim", overflow="fold")
    for mark, rep in lines:
        if rep.set_no not in touched:
            continue
        style = {"-": "strike dim", "+": "bold"}.get(mark, "")
        table.add_row(*_cells(mark, rep, mixed=mixed), style=style)
    if touched:
        console.print(table)
    sums = list(_sums(before, after))
    for line in sums or ([] if touched else ["Nothing is other than before."]):
        console.print(Text(line))
    for fact in ("edits_missed", "edits_damaged"):
        if after.quality.get(fact):
            console.print(Text(f"note: {fact.replace('_', ' ')}: {after.quality[fact]}"), soft_wrap=True)


def _lines(old: list[RepRow], new: list[RepRow]) -> Iterator[tuple[str, RepRow]]:
    """Yield the reps of both in time order, each with what became of it."""
    kept = {_face(rep) for rep in old} & {_face(rep) for rep in new}
    gone = [("-", rep) for rep in old if _face(rep) not in kept]
    here = [("" if _face(rep) in kept else "+", rep) for rep in new]
    yield from sorted(gone + here, key=lambda line: (_start(line[1]), line[0] != "-"))


def _face(rep: RepRow) -> tuple[object, ...]:
    """Return what a reader sees of a rep, but for its number."""
    return _cells("", rep, mixed=True)[2:]


def _cells(mark: str, rep: RepRow, *, mixed: bool) -> tuple[str, ...]:
    return (
        mark,
        f"{rep.set_no}.{rep.rep_no}",
        words.number(_start(rep), 1),
        words.number(float(max(filter(math.isfinite, (rep.ecc_end_s, rep.con_end_s)))), 1),
        words.tempo(rep),
        words.number(rep.mcv_mps, 2),
        words.number(rep.rom_m, 2),
        words.number(rep.load_kg, 1),
        " ".join(filter(None, [rep.quality, rep.exercise if mixed else ""])),
    )


def _start(rep: RepRow) -> float:
    return min(filter(math.isfinite, (rep.ecc_start_s, rep.con_start_s)))


def _sums(before: AnalysisResult, after: AnalysisResult) -> Iterator[str]:
    old, new = rows(before.sets, SetRow), rows(after.sets, SetRow)
    if len(old) != len(new):
        yield f"sets: {len(old)} -> {len(new)}"
        return
    for was, now in zip(old, new, strict=True):
        pairs = [(t, _said(was, c, d, u), _said(now, c, d, u)) for t, c, d, u in _SUMS]
        changed = [f"{title} {a} -> {b}" for title, a, b in pairs if a != b]
        if was.tempo_target != now.tempo_target:
            changed.append(f"target {was.tempo_target or 'none'} -> {now.tempo_target or 'none'}")
        if changed:
            yield f"set {now.set_no}: " + ", ".join(changed)


def _said(row: SetRow, column: str, decimals: int, unit: str) -> str:
    value = getattr(row, column)
    return f"{words.number(float(value), decimals)}{unit if math.isfinite(value) else ''}"
