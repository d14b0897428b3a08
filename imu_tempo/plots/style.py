"""The few habits that every figure shares; the colours are those of :mod:`imu_tempo.palette`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Literal

import numpy as np

from imu_tempo.metrics.tempo import PHASE_TITLES, PHASES, PhaseName
from imu_tempo.palette import DARK as DARK
from imu_tempo.palette import LIGHT as LIGHT
from imu_tempo.palette import ON_PHASE as ON_PHASE
from imu_tempo.palette import Palette as Palette

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

POINTS_PER_INCH = 72

WIDE_IN = (10.0, 3.6)
NARROW_IN = (5.4, 3.6)
FONT_PT = 10.0
SMALL_PT = 8.5

_SHOWN_DPI = 80
"""Pixels an inch on a notebook's page, so that a wide figure fits it."""
_SHARPNESS = 2
"""Pixels of the picture to one of the page: sharp on the screens that have them."""


def new_axes(size_in: tuple[float, float] = NARROW_IN) -> Axes:
    """Return the axes of a new figure that no global state holds on to."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=size_in, layout="constrained", facecolor=LIGHT.paper)
    return figure.add_subplot(axes_class=_shown_axes())


@cache
def _shown_axes() -> type[Axes]:
    """Return the class of axes that a notebook shows as the figure they are in, without pyplot."""
    from matplotlib.axes import Axes

    class ShownAxes(Axes):
        def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
            picture, figure = BytesIO(), figure_of(self)
            figure.savefig(picture, format="png", dpi=_SHARPNESS * _SHOWN_DPI)
            wide, high = (round(side * _SHOWN_DPI) for side in figure.get_size_inches())
            return picture.getvalue(), {"width": wide, "height": high}

    return ShownAxes


def figure_of(ax: Axes) -> Figure:
    """Return the figure that an axes is in."""
    figure = ax.get_figure(root=True)
    assert figure is not None, "an axes without a figure cannot have been drawn on"
    return figure


def extent_pt(ax: Axes) -> tuple[float, float]:
    """Return the width and height of axes in points, before any layout is done: near enough to fit labels."""
    box = ax.get_window_extent()
    scale = POINTS_PER_INCH / figure_of(ax).dpi
    return box.width * scale, box.height * scale


def every(names: Sequence[str], slot_pt: float, needed_pt: float) -> list[str]:
    """Return names with so many blanked that those left have room."""
    step = max(1, math.ceil(needed_pt / slot_pt))
    return [name if place % step == 0 else "" for place, name in enumerate(names)]


def headroom(ax: Axes, values: NDArray[np.float64]) -> None:
    """Leave room above the data for the numbers of the reps."""
    finite = values[np.isfinite(values)]
    if finite.size:
        low, high = float(finite.min()), float(finite.max())
        span = max(high - low, 1e-3)
        ax.set_ylim(low - 0.08 * span, high + 0.2 * span)


def dress(ax: Axes, *, grid: Literal["x", "y"] = "y") -> None:
    """Give axes the common look: no box, quiet ticks, a light grid behind the data across ``grid``."""
    ax.set_facecolor(LIGHT.paper)
    for side in ("top", "right", "left", "bottom"):
        ax.spines[side].set_visible(side == "bottom" and grid == "y")
        ax.spines[side].set_color(LIGHT.line)
    ax.tick_params(colors=LIGHT.muted, labelsize=SMALL_PT, length=0, pad=5)
    ax.xaxis.label.set(color=LIGHT.muted, size=FONT_PT)
    ax.yaxis.label.set(color=LIGHT.muted, size=FONT_PT)
    ax.grid(visible=False)
    ax.grid(visible=True, axis=grid, color=LIGHT.line, linewidth=0.8)
    ax.set_axisbelow(True)


def phase_legend(ax: Axes, phases: Iterable[PhaseName]) -> None:
    """Name the phases with their colours."""
    from matplotlib.patches import Patch

    shown = set(phases)
    legend_above(ax, [Patch(facecolor=LIGHT.phase(p), label=PHASE_TITLES[p]) for p in PHASES if p in shown])


def legend_above(ax: Axes, handles: Sequence[Artist], *, columns: int | None = None) -> None:
    """Put a legend above the axes, at the right, where it hides nothing; one line unless told otherwise."""
    legend = ax.legend(
        handles=handles,
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        ncols=min(len(handles), columns or len(handles)),
        frameon=False,
        fontsize=SMALL_PT,
        handlelength=0.9,
        handleheight=0.9,
        columnspacing=1.2,
        handletextpad=0.5,
        borderaxespad=0.2,
    )
    for text in legend.get_texts():
        text.set_color(LIGHT.muted)


def say_empty(ax: Axes, message: str) -> Axes:
    """Write why there is nothing to show in the middle of otherwise bare axes."""
    ax.set_axis_off()
    ax.text(
        0.5, 0.5, message, transform=ax.transAxes, ha="center", va="center", color=LIGHT.muted, size=FONT_PT
    )
    return ax
