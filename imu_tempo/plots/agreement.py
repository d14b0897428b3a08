"""Figures of an agreement study: Bland-Altman, scatter, error by phase, accuracy at a glance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from imu_tempo.metrics.agreement.limits import limits_of_agreement, trend_limits
from imu_tempo.metrics.agreement.lines import least_products
from imu_tempo.metrics.agreement.quantities import BY_COLUMN, Quantity
from imu_tempo.metrics.tempo import PHASES, PhaseName
from imu_tempo.plots import style
from imu_tempo.schema import rows
from imu_tempo.schema.agreement import AgreementRow, PairRow

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Array = NDArray[np.float64]

_POINT_PT2 = 22.0
_THIN_PT2 = 9.0
_MANY = 150
"""From so many pairs on, points are drawn smaller, so that the crowd still shows where it is dense."""
_SQUARE_IN = (4.6, 4.4)
_ROW_IN = 0.42
_MILLI = 1e3
_NOTHING = "No rep was matched."
_MINUS = "\N{MINUS SIGN}"


def bland_altman(
    pairs: pd.DataFrame, quantity: str = "mcv_mps", *, trend: bool | None = None, ax: Axes | None = None
) -> Axes:
    """Draw differences over means, with bias, 95 % limits of agreement and the confidence interval of each.

    Parameters
    ----------
    pairs
        Table with the columns of :class:`imu_tempo.schema.agreement.PairRow`.
    quantity
        Which of its quantities.
    trend
        Draw limits that follow the magnitude; by default where the differences change with it significantly.
    ax
        Axes to draw on; a new figure's by default.

    Returns
    -------
    Axes
    """
    ax = ax or style.new_axes((6.4, 4.0))
    own, what = _of(pairs, quantity)
    if own.empty:
        return style.say_empty(ax, _NOTHING)
    mean, difference = own["mean"].to_numpy(), own["difference"].to_numpy()
    athletes = [row.athlete for row in rows(own, PairRow)]
    ax.scatter(mean, difference, _size(len(own)), color=style.LIGHT.ecc, alpha=0.65, linewidths=0, zorder=3)
    ax.axhline(0.0, color=style.LIGHT.muted, linewidth=0.8, zorder=1)
    line = trend_limits(difference, mean)
    if line is not None and (line.proportional if trend is None else trend):
        x = np.linspace(mean.min(), mean.max(), 50)
        low, high = line.limits_at(x)
        for y, name in ((line.bias_at(x), "bias"), (high, "+1.96 SD"), (low, f"{_MINUS}1.96 SD")):
            _line(ax, x, y, name, bold=name == "bias")
    else:
        limits = limits_of_agreement(difference, athletes if all(athletes) else None)
        for estimate, name in (
            (limits.bias, "bias"),
            (limits.high, "+1.96 SD"),
            (limits.low, f"{_MINUS}1.96 SD"),
        ):
            if math.isfinite(estimate.low):
                ax.axhspan(estimate.low, estimate.high, color=style.LIGHT.con, alpha=0.09, linewidth=0)
            if math.isfinite(estimate.value):
                _level(ax, estimate.value, name)
    style.dress(ax)
    _margins(ax, difference)
    style.name_axes(
        ax,
        x=f"mean of both, {what.title} ({what.unit})",
        y=f"device {_MINUS} reference ({what.unit})",
    )
    return ax


def agreement_scatter(pairs: pd.DataFrame, quantity: str = "mcv_mps", *, ax: Axes | None = None) -> Axes:
    """Draw device over reference, with the line of identity and the least products line.

    Parameters are those of :func:`bland_altman`.
    """
    ax = ax or style.new_axes(_SQUARE_IN)
    own, what = _of(pairs, quantity)
    if own.empty:
        return style.say_empty(ax, _NOTHING)
    x, y = own["reference"].to_numpy(), own["device"].to_numpy()
    athletes = [row.athlete for row in rows(own, PairRow)]
    low, high = float(min(x.min(), y.min())), float(max(x.max(), y.max()))
    room = 0.06 * max(high - low, 1e-3)
    ends = np.array([low - room, high + room])
    ax.plot(ends, ends, color=style.LIGHT.muted, linewidth=1.0, linestyle=(0, (4, 3)), label="identity")
    ax.scatter(x, y, _size(len(own)), color=style.LIGHT.ecc, alpha=0.65, linewidths=0, zorder=3)
    line = least_products(x, y, athletes if all(athletes) else None)
    if math.isfinite(line.slope.value):
        across = np.array([x.min(), x.max()])
        sign = "+" if line.intercept.value >= 0 else _MINUS
        said = f"y = {line.slope.value:.3f} x {sign} {abs(line.intercept.value):.3f}"
        ax.plot(
            across,
            line.intercept.value + line.slope.value * across,
            color=style.LIGHT.con,
            linewidth=1.8,
            zorder=4,
            label=said,
        )
    style.dress(ax)
    ax.grid(visible=True, axis="x", color=style.LIGHT.line, linewidth=0.8)
    ax.set(xlim=ends, ylim=ends, aspect="equal")
    style.name_axes(ax, x=f"reference, {what.title} ({what.unit})", y=f"device ({what.unit})")
    style.legend_above(ax, ax.get_legend_handles_labels()[0])
    return ax


def error_by_phase(pairs: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the differences of each phase's duration, with their bias and 95 % limits of agreement.

    Parameters
    ----------
    pairs
        Table with the columns of :class:`imu_tempo.schema.agreement.PairRow`.
    ax
        Axes to draw on; a new figure's by default.

    Returns
    -------
    Axes
    """
    ax = ax or style.new_axes((6.4, 3.2))
    known = [p for p in PHASES if not (pairs.empty or _of(pairs, f"{p}_s")[0].empty)]
    if not known:
        return style.say_empty(ax, _NOTHING)
    for place, phase in enumerate(known):
        own, _ = _of(pairs, f"{phase}_s")
        _strip(ax, place, own, phase)
    ax.axvline(0.0, color=style.LIGHT.muted, linewidth=0.9, zorder=1)
    style.dress(ax, grid="x")
    ax.set_yticks(range(len(known)), [BY_COLUMN[f"{p}_s"].title for p in known])
    ax.set_ylim(len(known) - 0.5, -0.5)
    style.name_axes(ax, x=f"device {_MINUS} reference (ms)")
    return ax


def accuracy_overview(quantities: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw bias and 95 % limits of agreement of every quantity on one scale of thousandths.

    Parameters
    ----------
    quantities
        Table with the columns of :class:`imu_tempo.schema.agreement.AgreementRow`.
    ax
        Axes to draw on; a new figure's by default.

    Returns
    -------
    Axes
    """
    measured = [r for r in rows(quantities, AgreementRow) if math.isfinite(r.loa_low)]
    ax = ax or style.new_axes((7.2, 1.2 + _ROW_IN * max(2, len(measured))))
    if not measured:
        return style.say_empty(ax, "No quantity has enough pairs for limits of agreement.")
    for place, row in enumerate(measured):
        colour = _colour(BY_COLUMN[row.quantity])
        ax.plot(
            [_MILLI * row.loa_low, _MILLI * row.loa_high],
            [place, place],
            color=colour,
            linewidth=6.0,
            alpha=0.35,
            solid_capstyle="butt",
        )
        ax.plot([_MILLI * row.bias_low, _MILLI * row.bias_high], [place, place], color=colour, linewidth=2.2)
        ax.plot(_MILLI * row.bias, place, "o", color=colour, markersize=6.0)
        said = f"{_signed(_MILLI * row.bias)} ± {_MILLI * (row.loa_high - row.bias):.0f} m{row.unit}"
        ax.annotate(
            said,
            (1.0, place),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            size=style.small_pt(ax),
            color=style.LIGHT.ink,
        )
    ax.axvline(0.0, color=style.LIGHT.muted, linewidth=0.9, zorder=1)
    style.dress(ax, grid="x")
    row_pt = style.extent_pt(ax)[1] / len(measured)
    ax.set_yticks(
        range(len(measured)), style.every([row.title for row in measured], row_pt, 1.1 * style.small_pt(ax))
    )
    ax.set_ylim(len(measured) - 0.5, -0.5)
    style.name_axes(ax, x=f"device {_MINUS} reference: bias and 95 % limits (mm/s, mm, ms)")
    return ax


def _of(pairs: pd.DataFrame, quantity: str) -> tuple[pd.DataFrame, Quantity]:
    return pairs[pairs["quantity"] == quantity], BY_COLUMN[quantity]


def _size(pairs: int) -> float:
    return _POINT_PT2 if pairs < _MANY else _THIN_PT2


def _level(ax: Axes, value: float, name: str) -> None:
    bold = name == "bias"
    ax.axhline(value, color=style.LIGHT.con, linewidth=1.8 if bold else 1.2, linestyle=_dashes(bold))
    _name(ax, value, name)


def _line(ax: Axes, x: Array, y: Array, name: str, *, bold: bool) -> None:
    ax.plot(x, y, color=style.LIGHT.con, linewidth=1.8 if bold else 1.2, linestyle=_dashes(bold), zorder=4)
    _name(ax, float(y[-1]), name, told=False)


def _dashes(bold: bool) -> str | tuple[int, tuple[int, int]]:
    return "solid" if bold else (0, (5, 3))


def _name(ax: Axes, value: float, name: str, *, told: bool = True) -> None:
    """Write a line's name, and its value, at the right of the axes."""
    ax.annotate(
        f"{name}\n{_signed(value, 3)}" if told else name,
        (1.0, value),
        xycoords=("axes fraction", "data"),
        xytext=(5, 0),
        textcoords="offset points",
        ha="left",
        va="center",
        size=style.small_pt(ax),
        color=style.LIGHT.con,
    )


def _signed(value: float, decimals: int = 0) -> str:
    rounded = round(value, decimals) + 0.0  # no minus zero
    sign = "+" if rounded > 0 else _MINUS if rounded < 0 else ""
    return f"{sign}{abs(rounded):.{decimals}f}"


def _margins(ax: Axes, values: Array) -> None:
    """Leave room, so that no point lies on the frame and the limits' intervals are seen."""
    low, high = ax.get_ylim()
    low, high = min(low, float(values.min())), max(high, float(values.max()))
    room = 0.08 * max(high - low, 1e-6)
    ax.set_ylim(low - room, high + room)


def _strip(ax: Axes, place: int, own: pd.DataFrame, phase: PhaseName) -> None:
    """Draw one phase's differences as points spread across, its limits as a bar and its bias as a stroke."""
    ms = _MILLI * own["difference"].to_numpy()
    colour = style.LIGHT.phase(phase)
    spread = np.random.default_rng(0).uniform(-0.24, 0.24, len(ms))
    ax.scatter(
        ms,
        place + spread,
        _size(len(ms)),
        color=colour,
        edgecolors=style.LIGHT.muted,
        linewidths=0.4,
        zorder=3,
    )
    athletes = [row.athlete for row in rows(own, PairRow)]
    limits = limits_of_agreement(ms, athletes if all(athletes) else None)
    if math.isfinite(limits.sd):
        width = limits.high.value - limits.low.value
        ax.barh(place, width, 0.66, limits.low.value, color=colour, alpha=0.18, linewidth=0, zorder=2)
    ax.plot(
        [limits.bias.value] * 2, [place - 0.33, place + 0.33], color=style.LIGHT.ink, linewidth=2.0, zorder=4
    )


def _colour(quantity: Quantity) -> str:
    """Return the colour of the phase that a quantity belongs to."""
    name = quantity.column
    if name.startswith(("ecc", "mev", "pev")):
        return style.LIGHT.ecc
    if name.startswith(("con", "mcv", "mpv", "pcv", "rom")):
        return style.LIGHT.con
    return style.LIGHT.bottom
