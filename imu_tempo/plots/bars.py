"""Figures with a bar per rep or per set: velocity loss, time under tension."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from imu_tempo.metrics.selection import comparable
from imu_tempo.metrics.tempo import PhaseName
from imu_tempo.plots import style
from imu_tempo.plots.spans import places, rep_names
from imu_tempo.schema import RepRow, SetRow, rows

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

DEFAULT_LOSS_PCT = 20.0
"""Velocity loss at which many strength programmes end a set (Pareja-Blanco 2017 compared 20 and 40 %)."""

_BAR = 0.68
_LABEL_EM = (2.4, 1.2)
"""Width and height of a number such as 0.83, in its letters' size: what has less room goes without."""


def velocity_loss(
    reps: pd.DataFrame,
    *,
    threshold_pct: float | None = DEFAULT_LOSS_PCT,
    ax: Axes | None = None,
) -> Axes:
    """Draw a bar per rep of mean concentric velocity, with the line below which the loss exceeds a threshold.

    Parameters
    ----------
    reps
        Table with the columns of :class:`imu_tempo.schema.RepRow`. Reps that do not count for velocity loss
        (partials, low confidence) are drawn hollow; each set has its own line.
    threshold_pct
        Loss from the fastest rep; the first rep beyond it is marked. None draws no line, as befits a lift
        that was paced.
    ax
        Axes to draw on; a new figure's by default.

    Returns
    -------
    Axes
    """
    ax = ax or style.new_axes()
    done = [rep for rep in rows(reps, RepRow) if math.isfinite(rep.mcv_mps)]
    if not done:
        return style.say_empty(ax, "No lifting velocity was measured.")
    where = places(done)
    letters_pt = style.small_pt(ax)
    slot_pt = style.extent_pt(ax)[0] / max(2.2, where[-1] + 1.2)
    counted = [rep for _, members in _sets(done) for rep in comparable(members)]
    highest_mps = max(rep.mcv_mps for rep in done)
    for place, rep in zip(where, done, strict=True):
        counts = rep in counted
        face = style.LIGHT.con if counts else style.LIGHT.paper
        ax.bar(place, rep.mcv_mps, _BAR, color=face, edgecolor=style.LIGHT.con, linewidth=1.2)
        if slot_pt * _BAR >= _LABEL_EM[1] * letters_pt:
            turned = slot_pt * _BAR < _LABEL_EM[0] * letters_pt
            ink = style.LIGHT.paper if counts else style.LIGHT.con
            _stand(ax, place, 0.05 * highest_mps, f"{rep.mcv_mps:.2f}", ink, turned=turned)
    style.dress(ax)
    _widen(ax, where[-1])
    ax.set_ylim(0, 1.06 * highest_mps)
    names, called = rep_names(done)
    style.name_axes(ax, x=called, y="mean lifting velocity (m/s)")
    stops = [] if threshold_pct is None else _thresholds(ax, done, where, threshold_pct)
    _tick(ax, where, names, stops, slot_pt)
    return ax


def tut_bars(sets: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a bar per set of time under tension, split into lowering, lifting and pauses.

    Parameters
    ----------
    sets
        Table with the columns of :class:`imu_tempo.schema.SetRow`. The prescribed time is marked where there
        is one.
    ax
        Axes to draw on; a new figure's by default.

    Returns
    -------
    Axes
    """
    ax = ax or style.new_axes()
    done = rows(sets, SetRow)
    if not done:
        return style.say_empty(ax, "No set was found.")
    where = range(len(done))
    base = [0.0] * len(done)
    width_pt, height_pt = style.extent_pt(ax)
    letters_pt = style.small_pt(ax)
    slot_pt = width_pt / max(2.2, len(done) + 0.2)
    smallest_s = max(_known(row.tut_s) for row in done) * _LABEL_EM[1] * letters_pt / height_pt
    fits = slot_pt * _BAR >= _LABEL_EM[0] * letters_pt
    parts: tuple[tuple[PhaseName, str, str], ...] = (
        ("ecc", "tut_ecc_s", "lowering"),
        ("con", "tut_con_s", "lifting"),
        ("top", "tut_pause_s", "pauses"),
    )
    for phase, column, title in parts:
        heights = [_known(getattr(row, column)) for row in done]
        bars = ax.bar(where, heights, _BAR, base, color=style.LIGHT.phase(phase), label=title)
        labels = [f"{h:.1f}" if fits and h >= max(smallest_s, 0.05) else "" for h in heights]
        ax.bar_label(bars, labels, label_type="center", size=letters_pt, color=style.ON_PHASE[phase])
        base = [b + h for b, h in zip(base, heights, strict=True)]
    _prescribed(ax, done)
    style.dress(ax)
    names = style.every([str(n) for n in _set_names(done)], slot_pt, 2.4 * letters_pt)
    ax.set_xticks(where, names)
    _widen(ax, len(done) - 1)
    style.name_axes(ax, x="set", y="time under tension (s)")
    handles = ax.get_legend_handles_labels()[0]
    style.legend_above(ax, handles[-len(parts) :] + handles[: -len(parts)])
    return ax


def _widen(ax: Axes, last: float) -> None:
    """Show bars from 0 to ``last``; one or two keep the width that three would have."""
    beside = max(0.6, (2.2 - last) / 2)
    ax.set_xlim(-beside, last + beside)


def _known(value: float) -> float:
    return value if math.isfinite(value) else 0.0


def _set_names(done: Sequence[SetRow]) -> list[int]:
    """Return the sets' numbers; of several recordings, in which they repeat, numbers from 1 on."""
    numbers = [row.set_no for row in done]
    return numbers if len(set(numbers)) == len(numbers) else list(range(1, len(numbers) + 1))


def _sets(done: Sequence[RepRow]) -> list[tuple[int, list[RepRow]]]:
    return [(set_no, list(members)) for set_no, members in groupby(done, lambda rep: rep.set_no)]


def _prescribed(ax: Axes, done: Sequence[SetRow]) -> None:
    """Mark the prescribed time of each set by stubs beside its bar, which never cross a number."""
    label = "prescribed"
    for place, row in enumerate(done):
        if math.isfinite(row.tut_prescribed_s):
            ends = [place - 0.46, place - 0.36, math.nan, place + 0.36, place + 0.46]
            ax.plot(ends, [row.tut_prescribed_s] * 5, color=style.LIGHT.ink, linewidth=2.5, label=label)
            label = ""


def _stand(ax: Axes, x: float, y: float, text: str, colour: str, *, turned: bool) -> None:
    """Write a number standing on the foot of its bar."""
    ax.text(
        x,
        y,
        text,
        ha="center",
        va="bottom",
        rotation=90 if turned else 0,
        size=style.small_pt(ax),
        color=colour,
        weight="bold",
    )


def _tick(
    ax: Axes, where: Sequence[float], names: Sequence[str], stops: Sequence[int], slot_pt: float
) -> None:
    """Name the reps, as many as there is room for, and the stop reps in any case."""
    needed_pt = (max(map(len, names)) * 0.6 + 0.5) * style.small_pt(ax)
    shown = style.every(names, slot_pt, needed_pt)
    near = math.ceil(needed_pt / slot_pt)
    for stop in stops:
        for beside in range(max(0, stop - near + 1), min(len(shown), stop + near)):
            shown[beside] = ""
    for stop in stops:
        shown[stop] = names[stop]
    ax.set_xticks(where, shown)
    for stop in stops:
        ax.get_xticklabels()[stop].set(color=style.LIGHT.alarm, weight="bold")


def _thresholds(ax: Axes, done: Sequence[RepRow], where: Sequence[float], threshold_pct: float) -> list[int]:
    """Draw each set's line, name the last one, and return the first rep of each set that is past it."""
    stops = []
    start = 0
    limit_mps = math.nan
    several = len(_sets(done)) > 1
    for _, members in _sets(done):
        inside = range(start, start + len(members))
        start += len(members)
        counted = comparable(members)
        best_mps = max((rep.mcv_mps for rep in counted), default=math.nan)
        if not math.isfinite(best_mps):
            continue
        limit_mps = best_mps * (1 - threshold_pct / 100)
        ends = (where[inside[0]] - 0.5, where[inside[-1]] + 0.5) if several else ax.get_xlim()
        _line(ax, limit_mps, ends)
        past = (i for i in inside if done[i] in counted and done[i].mcv_mps < limit_mps)
        stops += [stop] if (stop := next(past, None)) is not None else []
    if math.isfinite(limit_mps):
        _name_line(ax, limit_mps, f"\N{MINUS SIGN}{threshold_pct:g} %")
    return stops


def _line(ax: Axes, limit_mps: float, ends: tuple[float, float]) -> None:
    from matplotlib.patheffects import withStroke

    ax.plot(
        ends,
        [limit_mps] * 2,
        color=style.LIGHT.alarm,
        linewidth=1.6,
        linestyle=(0, (5, 3)),
        path_effects=[withStroke(linewidth=3.4, foreground=style.LIGHT.paper)],
    )


def _name_line(ax: Axes, limit_mps: float, name: str) -> None:
    ax.annotate(
        name,
        (1.0, limit_mps),
        xycoords=("axes fraction", "data"),
        xytext=(3, 0),
        textcoords="offset points",
        ha="left",
        va="center",
        size=style.small_pt(ax),
        color=style.LIGHT.alarm,
    )
