"""The few habits that every figure shares; the colours are those of :mod:`imu_tempo.palette`."""

from __future__ import annotations

import math
import textwrap
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

_FULL_SIZE_PT = 170.0
"""Axes of this size (root of the area) and up have letters of full size."""
_SMALLEST = 0.75
"""Letters shrink to this part at most: 6.4 pt, which print and screens still show."""
_LETTER_EM = 0.56
"""Mean width of a letter, in its size: DejaVu Sans' is 0.55 to 0.58 in such labels."""
_BEYOND = 1.15
"""A name may be longer than its axis by so much before it is broken: there is room at both ends."""
_SHORT_TITLES: dict[PhaseName, str] = {"ecc": "lowering", "bottom": "bottom", "con": "lifting", "top": "top"}


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


def scale(ax: Axes) -> float:
    """Return how much smaller than usual letters are in axes: 1 in those of a page, less in a thumbnail."""
    width_pt, height_pt = extent_pt(ax)
    return min(1.0, max(_SMALLEST, math.sqrt(width_pt * height_pt) / _FULL_SIZE_PT))


def font_pt(ax: Axes) -> float:
    """Return the size of the letters that name axes."""
    return FONT_PT * scale(ax)


def small_pt(ax: Axes) -> float:
    """Return the size of the letters of ticks, legends and numbers."""
    return SMALL_PT * scale(ax)


def width_pt(text: str, size_pt: float) -> float:
    """Return about how wide a text is, without drawing it."""
    return max((len(line) for line in text.split("\n")), default=0) * _LETTER_EM * size_pt


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
    ax.tick_params(colors=LIGHT.muted, labelsize=small_pt(ax), length=0, pad=5 * scale(ax))
    ax.grid(visible=False)
    ax.grid(visible=True, axis=grid, color=LIGHT.line, linewidth=0.8)
    ax.set_axisbelow(True)


def name_axes(ax: Axes, *, x: str = "", y: str = "") -> None:
    """Name the axes, in two lines where one is too long for them."""
    size = font_pt(ax)
    across_pt, up_pt = extent_pt(ax)
    ax.set_xlabel(_fitted(x, size, across_pt), color=LIGHT.muted, size=size)
    ax.set_ylabel(_fitted(y, size, up_pt), color=LIGHT.muted, size=size)


def _fitted(label: str, size_pt: float, room_pt: float) -> str:
    if width_pt(label, size_pt) <= _BEYOND * room_pt:
        return label
    return textwrap.fill(label, max(12, round(len(label) * 0.6)), break_long_words=False)


def phase_legend(ax: Axes, phases: Iterable[PhaseName]) -> None:
    """Name the phases with their colours, briefly where there is little room."""
    from matplotlib.patches import Patch

    shown = [p for p in PHASES if p in set(phases)]
    long = math.fsum(_entry_pt(PHASE_TITLES[p], small_pt(ax)) for p in shown) > extent_pt(ax)[0]
    titles = _SHORT_TITLES if long else PHASE_TITLES
    legend_above(ax, [Patch(facecolor=LIGHT.phase(p), label=titles[p]) for p in shown])


def _entry_pt(label: str, size_pt: float) -> float:
    """Return about how wide a legend's entry is: key, gap, words and the gap after."""
    return width_pt(label, size_pt) + 2.6 * size_pt


def legend_above(ax: Axes, handles: Sequence[Artist], *, columns: int | None = None) -> None:
    """Put a legend above the axes, at the right, where it hides nothing; in as few lines as there is room."""
    size = small_pt(ax)
    widths = [_entry_pt(str(handle.get_label()), size) for handle in handles]
    legend = ax.legend(
        handles=handles,
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        ncols=min(_legend_columns(widths, extent_pt(ax)[0] * 1.08), columns or len(handles)),
        frameon=False,
        fontsize=size,
        handlelength=0.9,
        handleheight=0.9,
        columnspacing=1.2,
        handletextpad=0.5,
        borderaxespad=0.2,
    )
    for text in legend.get_texts():
        text.set_color(LIGHT.muted)


def _legend_columns(widths: Sequence[float], room_pt: float) -> int:
    """Return in how many columns entries fit; Matplotlib fills a column before it begins the next."""
    for columns in range(len(widths), 1, -1):
        long = math.ceil(len(widths) / columns)
        if math.fsum(max(widths[i : i + long]) for i in range(0, len(widths), long)) <= room_pt:
            return columns
    return 1


def say_empty(ax: Axes, message: str) -> Axes:
    """Write why there is nothing to show in the middle of otherwise bare axes."""
    ax.set_axis_off()
    size = font_pt(ax)
    ax.text(
        0.5,
        0.5,
        textwrap.fill(message, max(12, int(extent_pt(ax)[0] / (_LETTER_EM * size)))),
        transform=ax.transAxes,
        ha="center",
        va="center",
        color=LIGHT.muted,
        size=size,
        parse_math=False,
    )
    return ax
