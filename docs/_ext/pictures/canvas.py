"""What the figures share: a new figure, and its letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imu_tempo.palette import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FONT_PT = 10.0
SMALL_PT = 8.5


def new_figure(width_in: float, height_in: float) -> Figure:
    """Return an empty figure that no global state holds on to."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width_in, height_in), layout="constrained", facecolor=LIGHT.paper)


def bare_axes(figure: Figure, width: float, height: float) -> Axes:
    """Return axes without any frame, for a drawing of so many units."""
    axes = figure.add_subplot()
    axes.set(xlim=(0.0, width), ylim=(0.0, height), aspect="equal")
    axes.axis("off")
    return axes


def plain(axes: Axes) -> None:
    """Take the upper and right frame off, and make what is left light."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(LIGHT.line)
    axes.tick_params(colors=LIGHT.muted, labelsize=SMALL_PT)
    axes.grid(color=LIGHT.line, linewidth=0.5)
    axes.set_axisbelow(True)
