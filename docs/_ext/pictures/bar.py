"""Where on the bar a sensor goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imu_tempo.palette import LIGHT
from pictures.canvas import FONT_PT, SMALL_PT, bare_axes, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_GOOD, _BAD = "#1a7f4b", LIGHT.alarm
_SHAFT_Y = 2.1


def mounting() -> Figure:
    """Draw one half of a loaded bar, with places that are good, possible and bad."""
    figure = new_figure(8.0, 3.5)
    axes = bare_axes(figure, 16.0, 7.0)
    _bar(axes)
    _place(axes, 9.0, "best: on the shaft,\ninside the collar", _GOOD, mark="\N{CHECK MARK}", text_x=7.2)
    _place(
        axes,
        2.5,
        "middle: works, but in the way\nof a squat or a bench press",
        LIGHT.muted,
        mark="",
        text_x=2.5,
    )
    _place(
        axes, 13.7, "not on the sleeve\nor a plate: they spin", _BAD, mark="\N{MULTIPLICATION X}", text_x=13.6
    )
    return figure


def _bar(axes: Axes) -> None:
    from matplotlib.patches import FancyBboxPatch, Rectangle

    metal, dark = "#9aa4ae", "#3d454e"
    axes.add_patch(Rectangle((0.0, _SHAFT_Y - 0.12), 10.0, 0.24, color=metal))
    axes.add_patch(Rectangle((9.9, _SHAFT_Y - 0.32), 0.3, 0.64, color=dark))
    axes.add_patch(Rectangle((10.2, _SHAFT_Y - 0.22), 5.4, 0.44, color="#b9c1c9"))
    for x, height in ((10.3, 3.9), (10.95, 3.9), (11.6, 2.6)):
        style = "round,pad=0,rounding_size=0.15"
        axes.add_patch(FancyBboxPatch((x, _SHAFT_Y - height / 2), 0.5, height, boxstyle=style, color=dark))
    axes.text(5.6, _SHAFT_Y - 0.75, "shaft", ha="center", fontsize=SMALL_PT, color=LIGHT.muted)
    axes.text(14.6, _SHAFT_Y - 0.85, "sleeve", ha="center", fontsize=SMALL_PT, color=LIGHT.muted)
    axes.text(11.3, 4.35, "plates", ha="center", fontsize=SMALL_PT, color=LIGHT.muted)


def _place(axes: Axes, x: float, text: str, colour: str, *, mark: str, text_x: float) -> None:
    from matplotlib.patches import FancyBboxPatch

    box = FancyBboxPatch(
        (x - 0.38, _SHAFT_Y - 0.3),
        0.76,
        0.6,
        boxstyle="round,pad=0,rounding_size=0.12",
        color=colour,
        zorder=3,
    )
    axes.add_patch(box)
    axes.text(
        x, _SHAFT_Y - 0.03, mark, color=LIGHT.paper, ha="center", va="center", fontsize=FONT_PT, zorder=4
    )
    axes.annotate(
        text,
        (x, _SHAFT_Y + 0.35),
        (text_x, 5.8),
        ha="center",
        va="center",
        fontsize=FONT_PT,
        color=colour,
        arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 1.0},
    )
