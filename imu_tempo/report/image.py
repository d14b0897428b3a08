"""The set report as a picture: what a coach sends to an athlete."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from imu_tempo.plots import bars, motion
from imu_tempo.plots.style import LIGHT
from imu_tempo.report import words
from imu_tempo.report.view import SetView, exercise_title, is_simulated, load_text, set_views, source_name
from imu_tempo.result import AnalysisResult

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

SIZE_IN = (7.2, 9.0)
"""Four by five, as phones show pictures; 1080 by 1350 pixels."""
DPI = 150
_WRAP = 84
"""Characters in a line of the summary."""


def write_png(result: AnalysisResult, path: str | Path, *, title: str | None = None) -> list[Path]:
    """Write one picture a set.

    Parameters
    ----------
    result
        What :func:`imu_tempo.analyze` or :func:`imu_tempo.replay` returned; one without reps gives a picture
        that says so.
    path
        File to write; several sets get ``-set1``, ``-set2`` ... before the suffix. Missing folders are made.
    title
        Heading, by default the exercise.

    Returns
    -------
    list of Path
        The files written, in the order of the sets.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    heading = title or exercise_title(result.exercise)
    views = set_views(result)
    if not views:
        return [_save(_empty(result, heading), target)]
    if len(views) == 1:
        return [_save(_picture(result, views[0], heading), target)]
    return [
        _save(
            _picture(result, view, f"{heading}, set {view.summary.set_no}"),
            target.with_name(f"{target.stem}-set{view.summary.set_no}{target.suffix}"),
        )
        for view in views
    ]


def _save(figure: Figure, path: Path) -> Path:
    figure.savefig(path, dpi=DPI, format="png")
    return path


def _new() -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=SIZE_IN, facecolor=LIGHT.paper, layout="constrained")


def _picture(result: AnalysisResult, view: SetView, heading: str) -> Figure:
    figure = _new()
    parts = figure.subfigures(4, 1, height_ratios=[1.0, 1.9, 2.6, 3.1])
    facts = [load_text(view.summary.load_kg), view.summary.athlete and f"athlete {view.summary.athlete}"]
    _head(parts[0], heading, [*facts, source_name(result)], simulated=is_simulated(result))
    _tiles(parts[1], view)
    motion.velocity_time(view.samples, view.rep_table, ax=parts[2].add_subplot())
    tempo, loss = parts[3].subplots(1, 2, width_ratios=[1.25, 1])
    bars.tempo_bars(view.rep_table, view.prescription, ax=tempo)
    bars.velocity_loss(
        view.rep_table, threshold_pct=bars.DEFAULT_LOSS_PCT if view.summary.vl_valid else None, ax=loss
    )
    return figure


def _head(part: SubFigure, heading: str, facts: list[str], *, simulated: bool) -> None:
    part.text(0.03, 0.86, heading, size=22, weight="bold", color=LIGHT.ink, va="top")
    part.text(
        0.03, 0.34, "  \N{MIDDLE DOT}  ".join(f for f in facts if f), size=10, color=LIGHT.muted, va="top"
    )
    if simulated:
        part.text(
            0.97, 0.8, "simulated data", size=11, color=LIGHT.alarm, ha="right", va="top", weight="bold"
        )


def _tiles(part: SubFigure, view: SetView) -> None:
    shown = [tile for tile in words.tiles(view) if tile.label != "Reps"]
    columns = 3
    for place, tile in enumerate(shown[: 2 * columns]):
        x, y = 0.03 + (place % columns) * 0.325, 0.98 - (place // columns) * 0.36
        part.text(x, y, tile.label, size=8.5, color=LIGHT.muted, va="top")
        part.text(x, y - 0.08, tile.value, size=15, weight="bold", color=LIGHT.ink, va="top")
        part.text(x, y - 0.225, tile.note, size=8.5, color=LIGHT.muted, va="top")
    said = "\n".join(textwrap.wrap(" ".join(words.sentences(view)[:2]), _WRAP))
    part.text(0.03, 0.22, said, size=10.5, color=LIGHT.ink, va="top", linespacing=1.4)


def _empty(result: AnalysisResult, heading: str) -> Figure:
    figure = _new()
    parts = figure.subfigures(2, 1, height_ratios=[1.0, 7.6])
    _head(parts[0], heading, [source_name(result)], simulated=is_simulated(result))
    looked = len(result.rejected)
    said = f"{looked} movement{'s were' if looked != 1 else ' was'} looked at and not counted."
    parts[1].text(
        0.5, 0.6, f"No rep was found.\n{said}", size=14, color=LIGHT.muted, ha="center", linespacing=1.6
    )
    return figure
