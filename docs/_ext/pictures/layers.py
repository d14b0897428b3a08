"""The layers of both packages, read from the contracts that the import checker holds them to."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from imu_tempo.palette import LIGHT
from pictures.canvas import FONT_PT, SMALL_PT, bare_axes, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PROJECT = Path(__file__).resolve().parents[3] / "pyproject.toml"
_ROW = 0.62


def contracts(project: Path = _PROJECT) -> dict[str, list[list[str]]]:
    """Return each package's layers, highest first, as names that stand side by side."""
    found = tomllib.loads(project.read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    return {
        contract["containers"][0]: [
            [name.strip("() ") for name in layer.replace("|", ":").split(":")] for layer in contract["layers"]
        ]
        for contract in found
        if contract["type"] == "layers"
    }


def layers() -> Figure:
    """Draw both stacks, one above the other: imports go down only."""
    stacks = contracts()
    rows = sum(map(len, stacks.values()))
    height = (rows + 3.2) * _ROW
    figure = new_figure(7.2, 7.2 / 11.0 * height)
    axes = bare_axes(figure, 11.0, height)
    y = height - 0.2
    for package, colour in zip(("imu_tempo", "firmware_bridge"), (LIGHT.ecc, LIGHT.con), strict=True):
        axes.text(0.2, y - 0.35, package, fontsize=FONT_PT + 1, fontweight="bold", color=colour)
        y -= 0.55
        for names in stacks[package]:
            _layer(axes, y, names, colour)
            y -= _ROW
        y -= 0.5
    axes.annotate(
        "",
        (10.6, 0.5),
        (10.6, height - 0.6),
        arrowprops={"arrowstyle": "-|>", "color": LIGHT.muted, "linewidth": 1.4},
    )
    axes.text(
        10.75,
        height / 2,
        "imports go down only",
        rotation=270,
        va="center",
        fontsize=SMALL_PT,
        color=LIGHT.muted,
    )
    return figure


def _layer(axes: Axes, top: float, names: list[str], colour: str) -> None:
    from matplotlib.patches import FancyBboxPatch

    width = 10.1 / len(names)
    for i, name in enumerate(names):
        box = FancyBboxPatch(
            (0.2 + i * width, top - _ROW + 0.08),
            width - 0.12,
            _ROW - 0.14,
            boxstyle="round,pad=0,rounding_size=0.08",
            facecolor=colour,
            edgecolor="none",
            alpha=0.14,
        )
        axes.add_patch(box)
        axes.text(
            0.2 + (i + 0.5) * width - 0.06,
            top - _ROW / 2 + 0.01,
            name,
            ha="center",
            va="center",
            fontsize=SMALL_PT,
            family="monospace",
            color=LIGHT.ink,
        )
