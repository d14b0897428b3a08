"""An analysis in a notebook: its sets, its reps with a tempo bar each, and what else a user should know."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Literal

from imu_tempo.display.markup import Cell, Heading, details, heading, number, page, table, text
from imu_tempo.palette import LIGHT
from imu_tempo.schema import Column, RejectedRow, RepRow, SetRow, columns, rows
from imu_tempo.schema.quality import QUALITY_WORDS

if TYPE_CHECKING:
    import pandas as pd

Phase = Literal["ecc", "bottom", "con", "top"]

MOST_REPS = 60
"""Reps shown; a notebook that holds a season is not read rep by rep."""

_SAID = frozenset({"assisted", "confirmed", "edited", "overload", "to_failure"})
"""Flags that tell what people said, and throw no doubt on a number."""
_BAR_PX = (150, 11)
_PHASES: tuple[Phase, ...] = ("ecc", "bottom", "con", "top")
_TITLES = ("lowering", "pause at the bottom", "lifting", "pause at the top")
_SETS = {
    "set_no": 0, "load_kg": 1, "reps": 0, "tut_ecc_s": 1, "tut_s": 1, "tempo": -1, "compliance_pct": 0,
    "mcv_mean_mps": 2, "vl_pct": 0, "quality": -1,
}  # fmt: skip
"""Columns shown of a set, and their decimals; negative: words."""
_REPS = {
    "rep_no": 0, "ecc_s": 2, "bottom_s": 2, "con_s": 2, "top_s": 2, "rom_m": 2, "mcv_mps": 2, "pcv_mps": 2,
    "quality": -1,
}  # fmt: skip
_SPREADS = {"tut_ecc_s": "tut_ecc_sd_s", "tut_s": "tut_sd_s", "ecc_s": "ecc_sd_s", "mcv_mps": "mcv_sd_mps"}


def analysis_html(
    sets: pd.DataFrame,
    reps: pd.DataFrame,
    rejected: pd.DataFrame,
    *,
    exercise: str,
    duration_s: float,
    rate_hz: float,
    source: str,
    facts: Mapping[str, float | int | str],
) -> str:
    """Return the HTML of an analysis.

    Parameters
    ----------
    sets, reps, rejected
        Tables of :class:`imu_tempo.schema.SetRow`, ``RepRow`` and ``RejectedRow``.
    exercise, duration_s, rate_hz, source, facts
        As :class:`imu_tempo.result.AnalysisResult` has them; the facts are its ``quality``.
    """
    done, lifted, others = rows(sets, SetRow), rows(reps, RepRow), rows(rejected, RejectedRow)
    parts = [_title(exercise, len(done), len(lifted), duration_s, rate_hz, source)]
    if done:
        parts += [_sets(done), _legend(), _reps(lifted)]
    if others:
        lines = [[number(r.start_s, 1), number(r.end_s, 1), text(r.reason), text(r.detail)] for r in others]
        parts.append(
            details(f"Not counted, with the reason: {len(others)}", table(_headings(RejectedRow), lines))
        )
    lines = [[text(name), text(str(fact))] for name, fact in facts.items()]
    parts.append(
        details(
            "Signal and definitions",
            table([Heading("fact", kind="text"), Heading("value", kind="text")], lines),
        )
    )
    return page(parts)


def _title(exercise: str, sets: int, reps: int, duration_s: float, rate_hz: float, source: str) -> str:
    counts = f"{_count(sets, 'set')}, {_count(reps, 'rep')}"
    facts = f"{counts} in {duration_s:.0f} s at {rate_hz:.0f} Hz, from {source}"
    return f'<p><b>{escape(exercise)}</b> <span class="quiet">{escape(facts)}</span></p>'


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _headings(
    row_type: type[SetRow | RepRow | RejectedRow], only: Sequence[str] | None = None
) -> list[Heading]:
    known: dict[str, Column] = {column.name: column for column in columns(row_type)}
    return [heading(known[name]) for name in (known if only is None else only)]


def _sets(done: Sequence[SetRow]) -> str:
    shown = {name: d for name, d in _SETS.items() if any(_is_told(getattr(row, name)) for row in done)}
    if len(done) == 1:
        del shown["set_no"]
    return table(
        _headings(SetRow, list(shown)), ([_of_set(row, n, d) for n, d in shown.items()] for row in done)
    )


def _is_told(value: str | float) -> bool:
    return bool(value) if isinstance(value, str) else math.isfinite(value)


def _of_set(row: SetRow, name: str, decimals: int) -> Cell:
    if name == "quality":
        return _flags(row.quality)
    if name == "tempo":
        target = f"<small> of {escape(row.tempo_target)}</small>" if row.tempo_target else ""
        return Cell(f"{escape(row.tempo)}{target}", "text")
    if name == "load_kg":
        return Cell(f"{row.load_kg:g}") if math.isfinite(row.load_kg) else number(row.load_kg, 0)
    cell = _value(row, name, decimals)
    if name == "vl_pct" and not row.vl_valid:
        return Cell(cell.html, "void", "no sign of fatigue here: the lifting was paced or assisted")
    return cell


def _value(row: SetRow | RepRow, name: str, decimals: int) -> Cell:
    sd = float(getattr(row, _SPREADS[name])) if name in _SPREADS else math.nan
    return number(float(getattr(row, name)), decimals, sd)


def _reps(lifted: Sequence[RepRow]) -> str:
    shown = lifted[:MOST_REPS]
    longest_s = max((_length_s(rep) for rep in shown), default=0.0)
    several = len({rep.set_no for rep in lifted}) > 1
    told = {name: d for name, d in _REPS.items() if any(_is_told(getattr(rep, name)) for rep in shown)}
    names = ["set_no", *told] if several else list(told)
    headings = _headings(RepRow, names)
    headings.insert(names.index("rep_no") + 1, Heading("tempo", "the four phases, to scale", "text"))
    lines = []
    for rep in shown:
        line = [_flags(rep.quality) if d < 0 else _value(rep, name, d) for name, d in told.items()]
        line.insert(1, _bar(rep, longest_s))
        lines.append([number(rep.set_no, 0), *line] if several else line)
    more = len(lifted) - len(shown)
    note = f'<p class="quiet">and {_count(more, "rep")} more: see <code>.reps</code></p>' if more else ""
    return table(headings, lines) + note


def _length_s(rep: RepRow) -> float:
    return math.fsum(seconds for _, seconds in _phases(rep))


def _phases(rep: RepRow) -> list[tuple[Phase, float]]:
    """Return the phases that were measured, in the order in which the rep went through them."""
    order = (*_PHASES[2:], *_PHASES[:2]) if rep.con_start_s < rep.ecc_start_s else _PHASES
    return [(p, s) for p in order if math.isfinite(s := float(getattr(rep, f"{p}_s"))) and s > 0.0]


def _bar(rep: RepRow, longest_s: float) -> Cell:
    if longest_s <= 0.0:
        return Cell("")
    wide, high = _BAR_PX
    x, rectangles = 0.0, []
    for phase, seconds in _phases(rep):
        width = wide * seconds / longest_s
        look = f'class="{phase}" fill="{LIGHT.phase(phase)}"'
        rectangles.append(f'<rect {look} x="{x:.1f}" width="{width:.1f}" height="{high}"/>')
        x += width
    said = ", ".join(f"{_TITLES[_PHASES.index(p)]} {s:.1f} s" for p, s in _phases(rep))
    picture = (
        f'<svg width="{wide}" height="{high}" role="img" aria-label="{said}">{"".join(rectangles)}</svg>'
    )
    return Cell(picture, "text", said)


def _legend() -> str:
    keys = zip(_PHASES, _TITLES, strict=True)
    shown = "".join(f'<span class="key" style="background: var(--{p})"></span>{title}' for p, title in keys)
    return f'<p class="quiet">tempo:{shown}</p>'


def _flags(quality: str) -> Cell:
    words = quality.split()
    shown = "".join(
        f'<span class="flag {"said" if word in _SAID else "doubt"}" title="{escape(_meaning(word))}">'
        f"{escape(word)}</span>"
        for word in words
    )
    return Cell(shown, "text")


def _meaning(word: str) -> str:
    return QUALITY_WORDS.get(word, word.replace("_", " "))
