"""Tempo rep by rep: a stacked bar of the four phases, under the outline of the target."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING

from imu_tempo.metrics.tempo import PhaseName, Prescription, parse_tempo
from imu_tempo.plots import style
from imu_tempo.plots.spans import phase_order, places, rep_names
from imu_tempo.schema import RepRow, rows

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_BAR = 0.68
_LABEL_EM = 2.4
"""Width of a number such as 1.0 in a segment, in its letters' size."""


def tempo_bars(
    reps: pd.DataFrame, prescription: Prescription | str | None = None, *, ax: Axes | None = None
) -> Axes:
    """Draw a stacked bar per rep with the seconds of each phase, under the outline of the target.

    Parameters
    ----------
    reps
        Table with the columns of :class:`imu_tempo.schema.RepRow`. Reps of several sets are named set.rep.
    prescription
        Target tempo. A phase without seconds (``X``, ``A``) is drawn dashed, as long as the reps' median.
    ax
        Axes to draw on; a new figure's by default.

    Returns
    -------
    Axes
    """
    target = parse_tempo(prescription) if isinstance(prescription, str) else prescription
    done = rows(reps, RepRow)
    ax = ax or style.new_axes(tempo_size_in(len(done), target=target is not None))
    if not done:
        return style.say_empty(ax, "No rep was found.")
    order = phase_order(done)
    lines = [[_phase_s(rep, phase) for phase in order] for rep in done]
    asked = _target_s(target, order, done) if target else []
    longest_s = max(math.fsum(line) for line in [*lines, [t[0] for t in asked]])
    if longest_s <= 0:
        return style.say_empty(ax, "No phase was measured.")
    where = places(done)
    width_pt, height_pt = style.extent_pt(ax)
    letters_pt = style.small_pt(ax)
    row_pt = height_pt / (where[-1] + 2.1)
    smallest_s = longest_s * _LABEL_EM * letters_pt / width_pt if row_pt >= 1.2 * letters_pt else math.inf
    for place, line in zip(where, lines, strict=True):
        _stack(ax, place, line, order, smallest_s=smallest_s)
    names, called = rep_names(done)
    names = style.every(names, row_pt, 1.2 * letters_pt)
    if target:
        names[0] = names[0] if row_pt >= 1.2 * letters_pt else ""
        _outline(ax, -1, asked, order, smallest_s=smallest_s)
    style.dress(ax, grid="x")
    ax.set_yticks([-1, *where] if target else where, ["target", *names] if target else names)
    ax.set_ylim(where[-1] + 0.5, -1.6 if target else -0.6)
    ax.set_xlim(0, longest_s * 1.02)
    style.name_axes(ax, x="time in the rep (s)", y=called)
    style.phase_legend(ax, [p for i, p in enumerate(order) if any(line[i] for line in lines)])
    return ax


def tempo_size_in(reps: int, *, target: bool) -> tuple[float, float]:
    """Return the size of a figure in which the tempo bars of so many reps can be read."""
    return style.NARROW_IN[0], max(2.2, 1.1 + 0.32 * (reps + target))


def _phase_s(rep: RepRow, phase: PhaseName) -> float:
    value = float(getattr(rep, f"{phase}_s"))
    return value if math.isfinite(value) else 0.0


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
    ax: Axes, place: float, line: Sequence[float], order: Sequence[PhaseName], smallest_s: float
) -> None:
    left = 0.0
    for phase, length_s in zip(order, line, strict=True):
        ax.barh(place, length_s, _BAR, left, color=style.LIGHT.phase(phase))
        if length_s >= smallest_s:
            _write(ax, left + length_s / 2, place, f"{length_s:.1f}", style.ON_PHASE[phase], bold=True)
        left += length_s


def _outline(
    ax: Axes, place: float, target: Sequence[tuple[float, str]], order: Sequence[PhaseName], smallest_s: float
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
        if length_s >= smallest_s / 2:
            _write(ax, left + length_s / 2, place, label, style.LIGHT.ink)
        left += length_s


def _write(ax: Axes, x: float, y: float, text: str, colour: str, *, bold: bool = False) -> None:
    ax.text(
        x,
        y,
        text,
        ha="center",
        va="center_baseline",
        size=style.small_pt(ax),
        color=colour,
        weight="bold" if bold else "normal",
    )
