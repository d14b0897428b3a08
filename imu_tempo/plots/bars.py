"""Figures with a bar per rep or per set: tempo, velocity loss, time under tension."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING

from imu_tempo.metrics.selection import comparable
from imu_tempo.metrics.tempo import PhaseName, Prescription
from imu_tempo.plots import style
from imu_tempo.plots.spans import phase_order
from imu_tempo.schema import RepRow, SetRow, rows

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

DEFAULT_LOSS_PCT = 20.0
"""Velocity loss at which many strength programmes end a set (Pareja-Blanco 2017 compared 20 and 40 %)."""

_BAR = 0.68
_LABEL_PT = (20.0, 10.0)
"""Width and height of a number such as 0.83 in small print: what has less room goes without, or is turned."""


def tempo_bars(
    reps: pd.DataFrame, prescription: Prescription | None = None, *, ax: Axes | None = None
) -> Axes:
    """Draw a stacked bar per rep with the seconds of each phase, under the outline of the target.

    Parameters
    ----------
    reps
        Table with the columns of :class:`imu_tempo.schema.RepRow`, of one set.
    prescription
        Target tempo. A phase without seconds (``X``, ``A``) is drawn dashed, as long as the reps' median.
    ax
        Axes to draw on; a new figure's by default.

    Returns
    -------
    Axes
    """
    done = rows(reps, RepRow)
    ax = ax or style.new_axes(tempo_size_in(len(done), target=prescription is not None))
    if not done:
        return style.say_empty(ax, "No rep was found.")
    order = phase_order(done)
    lines = [[_phase_s(rep, phase) for phase in order] for rep in done]
    target = _target_s(prescription, order, done) if prescription else []
    longest_s = max(math.fsum(line) for line in [*lines, [t[0] for t in target]])
    width_pt, height_pt = style.extent_pt(ax)
    row_pt = height_pt / (len(done) + 1.1)
    smallest_s = longest_s * _LABEL_PT[0] / width_pt if row_pt >= _LABEL_PT[1] else math.inf
    for place, line in enumerate(lines):
        _stack(ax, place, line, order, smallest_s=smallest_s)
    names = style.every([str(rep.rep_no) for rep in done], row_pt, _LABEL_PT[1])
    if prescription:
        _outline(ax, -1, target, order, smallest_s=smallest_s)
        names = ["target", *names]
    style.dress(ax, grid="x")
    ax.set_yticks(range(-1 if prescription else 0, len(done)), names)
    ax.set_ylim(len(done) - 0.5, -1.6 if prescription else -0.6)
    ax.set_xlim(0, longest_s * 1.02)
    ax.set(xlabel="time in the rep (s)", ylabel="rep")
    style.phase_legend(ax, [p for i, p in enumerate(order) if any(line[i] for line in lines)])
    return ax


def tempo_size_in(reps: int, *, target: bool) -> tuple[float, float]:
    """Return the size of a figure in which the tempo bars of so many reps can be read."""
    return style.NARROW_IN[0], max(2.2, 1.1 + 0.32 * (reps + target))


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
        Table with the columns of :class:`imu_tempo.schema.RepRow`, of one set. Reps that do not count for
        velocity loss (partials, low confidence) are drawn hollow.
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
    counted = comparable(done)
    best_mps = max((rep.mcv_mps for rep in counted), default=math.nan)
    slot_pt = style.extent_pt(ax)[0] / (len(done) + 0.2)
    highest_mps = max(rep.mcv_mps for rep in done)
    for place, rep in enumerate(done):
        face, ink = (
            (style.LIGHT.con, style.LIGHT.paper) if rep in counted else (style.LIGHT.paper, style.LIGHT.con)
        )
        ax.bar(place, rep.mcv_mps, _BAR, color=face, edgecolor=style.LIGHT.con, linewidth=1.2)
        if slot_pt >= _LABEL_PT[1]:
            turn = 0 if slot_pt * _BAR >= _LABEL_PT[0] else 90
            _write(ax, place, 0.05 * highest_mps, f"{rep.mcv_mps:.2f}", ink, bold=True, turn=turn)
    style.dress(ax)
    names = style.every([str(rep.rep_no) for rep in done], slot_pt, _LABEL_PT[1])
    ax.set_xticks(range(len(done)), names)
    ax.set_xlim(-0.6, len(done) - 0.4)
    ax.set_ylim(0, 1.06 * highest_mps)
    ax.set(xlabel="rep", ylabel="mean lifting velocity (m/s)")
    if threshold_pct is not None and math.isfinite(best_mps):
        limit_mps = best_mps * (1 - threshold_pct / 100)
        _threshold(ax, limit_mps, threshold_pct)
        past = (place for place, rep in enumerate(done) if rep in counted and rep.mcv_mps < limit_mps)
        if (stop := next(past, None)) is not None:
            names[stop] = str(done[stop].rep_no)
            ax.set_xticks(range(len(done)), names)
            ax.get_xticklabels()[stop].set(color=style.LIGHT.alarm, weight="bold")
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
    places = range(len(done))
    base = [0.0] * len(done)
    smallest_s = max(_known(row.tut_s) for row in done) * _LABEL_PT[1] / style.extent_pt(ax)[1]
    parts: tuple[tuple[PhaseName, str, str], ...] = (
        ("ecc", "tut_ecc_s", "lowering"),
        ("con", "tut_con_s", "lifting"),
        ("top", "tut_pause_s", "pauses"),
    )
    for phase, column, title in parts:
        heights = [_known(getattr(row, column)) for row in done]
        bars = ax.bar(places, heights, _BAR, base, color=style.LIGHT.phase(phase), label=title)
        labels = [f"{h:.1f}" if h >= smallest_s else "" for h in heights]
        ax.bar_label(bars, labels, label_type="center", size=style.SMALL_PT, color=style.ON_PHASE[phase])
        base = [b + h for b, h in zip(base, heights, strict=True)]
    for place, row in enumerate(done):
        if math.isfinite(row.tut_prescribed_s):
            # Stubs beside the bar, so that the mark never crosses a number.
            ends = [place - 0.46, place - 0.36, math.nan, place + 0.36, place + 0.46]
            label = "" if "prescribed" in ax.get_legend_handles_labels()[1] else "prescribed"
            ax.plot(ends, [row.tut_prescribed_s] * 5, color=style.LIGHT.ink, linewidth=2.5, label=label)
    style.dress(ax)
    ax.set_xticks(places, [str(row.set_no) for row in done])
    ax.set_xlim(-0.6, len(done) - 0.4)
    ax.set(xlabel="set", ylabel="time under tension (s)")
    style.legend_above(ax, ax.get_legend_handles_labels()[0])
    return ax


def _known(value: float) -> float:
    return value if math.isfinite(value) else 0.0


def _phase_s(rep: RepRow, phase: PhaseName) -> float:
    return _known(getattr(rep, f"{phase}_s"))


def _target_s(
    prescription: Prescription, order: Sequence[PhaseName], done: Sequence[RepRow]
) -> list[tuple[float, str]]:
    """Return each phase's drawn length and label; what has no seconds borrows the reps' median."""
    targets = dict(prescription)
    lengths = []
    for phase in order:
        seconds = targets[phase].seconds
        measured = [v for rep in done if (v := _phase_s(rep, phase)) > 0]
        length_s = seconds if seconds is not None else median(measured) if measured else 0.0
        lengths.append((length_s, str(targets[phase])))
    return lengths


def _stack(
    ax: Axes, place: int, line: Sequence[float], order: Sequence[PhaseName], smallest_s: float
) -> None:
    left = 0.0
    for phase, length_s in zip(order, line, strict=True):
        ax.barh(place, length_s, _BAR, left, color=style.LIGHT.phase(phase))
        if length_s >= smallest_s:
            _write(ax, left + length_s / 2, place, f"{length_s:.1f}", style.ON_PHASE[phase], bold=True)
        left += length_s


def _outline(
    ax: Axes, place: int, target: Sequence[tuple[float, str]], order: Sequence[PhaseName], smallest_s: float
) -> None:
    left = 0.0
    for phase, (length_s, label) in zip(order, target, strict=True):
        dashes = "solid" if label[0].isdigit() else (0, (2.5, 2.0))
        ax.barh(
            place,
            length_s,
            _BAR,
            left,
            fill=False,
            edgecolor=style.LIGHT.phase(phase),
            linewidth=1.6,
            linestyle=dashes,
        )
        if length_s >= smallest_s:
            _write(ax, left + length_s / 2, place, label, style.LIGHT.ink)
        left += length_s


def _write(
    ax: Axes, x: float, y: float, text: str, colour: str, *, bold: bool = False, turn: int | None = None
) -> None:
    """Write a number in a segment, or standing on ``y`` inside a bar where ``turn`` gives its angle."""
    ax.text(
        x,
        y,
        text,
        ha="center",
        va="center_baseline" if turn is None else "bottom",
        rotation=turn or 0,
        size=style.SMALL_PT,
        color=colour,
        weight="bold" if bold else "normal",
    )


def _threshold(ax: Axes, limit_mps: float, threshold_pct: float) -> None:
    from matplotlib.patheffects import withStroke

    halo = [withStroke(linewidth=3.4, foreground=style.LIGHT.paper)]
    ax.axhline(limit_mps, color=style.LIGHT.alarm, linewidth=1.6, linestyle=(0, (5, 3)), path_effects=halo)
    ax.annotate(
        f"\N{MINUS SIGN}{threshold_pct:g} %",
        (1.0, limit_mps),
        xycoords=("axes fraction", "data"),
        xytext=(3, 0),
        textcoords="offset points",
        ha="left",
        va="center",
        size=style.SMALL_PT,
        color=style.LIGHT.alarm,
    )
