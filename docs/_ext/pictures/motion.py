"""Figures of a movement: signs, phases, and why a slow lowering looks like rest. Their sets are simulated."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from firmware_bridge.virtual import Scenario, Session, SetPlan, Simulation, imu, surround
from imu_tempo.formats import Source
from imu_tempo.offline import analyze
from imu_tempo.palette import LIGHT, ON_PHASE
from imu_tempo.result import AnalysisResult
from imu_tempo.schema import RepRow, rows
from pictures.canvas import FONT_PT, SMALL_PT, new_figure, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TITLES = {"ecc": "lowering (ecc)", "bottom": "bottom", "con": "lifting (con)", "top": "top"}


@cache
def _solved(tempo: str) -> tuple[Simulation, AnalysisResult]:
    """Return three simulated squats and what the analysis makes of them."""
    parts = surround("squat", SetPlan(tempo=tempo, reps=3))
    simulation = Scenario(session=Session(exercise="squat", parts=parts), imu=imu("BMI270", rate_hz=100.0))(
        seed=1
    )
    return simulation, analyze(
        Source("simulation", simulation.info, simulation.blocks()), "squat", edits=False
    )


def _spans(rep: RepRow, next_start_s: float) -> list[tuple[str, float, float]]:
    return [
        ("ecc", rep.ecc_start_s, rep.ecc_end_s),
        ("bottom", rep.ecc_end_s, rep.con_start_s),
        ("con", rep.con_start_s, rep.con_end_s),
        ("top", rep.con_end_s, next_start_s),
    ]


def _shade(axes: Axes, spans: list[tuple[str, float, float]], zero_s: float) -> None:
    for name, start, end in spans:
        axes.axvspan(start - zero_s, end - zero_s, color=getattr(LIGHT, name), alpha=0.16, linewidth=0)


def signs() -> Figure:
    """Draw height, velocity and acceleration of one squat under each other: what is positive, and when."""
    _, result = _solved("3-1-X-1")
    first, second = rows(result.reps, RepRow)[:2]
    zero_s = float(first.ecc_start_s) - 0.8
    samples = result.samples[result.samples.t_s.between(zero_s, second.ecc_start_s + 0.2)]
    spans = _spans(first, second.ecc_start_s)
    figure = new_figure(8.0, 6.2)
    curves = (
        ("pos_up_m", "height\n$h$ (m)", "up is positive, zero at the bottom"),
        ("vel_up_mps", "velocity\n$v$ (m/s)", "lowering is negative, lifting positive"),
        (
            "acc_up_mps2",
            "vertical acceleration\n$a$ (m/s²)",
            "gravity taken out: zero at rest *and* at steady speed",
        ),
    )
    for i, (column, label, note) in enumerate(curves):
        axes = figure.add_subplot(3, 1, i + 1)
        plain(axes)
        _shade(axes, spans, zero_s)
        axes.axhline(0.0, color=LIGHT.muted, linewidth=0.8)
        axes.plot(samples.t_s - zero_s, samples[column], color=LIGHT.ink, linewidth=1.6)
        axes.set_ylabel(label, fontsize=FONT_PT)
        axes.margins(x=0.0, y=0.18)
        axes.set_title(note.replace("*", ""), loc="right", fontsize=SMALL_PT, color=LIGHT.muted)
        if i == 0:
            _name_spans(axes, spans, zero_s)
    axes.set_xlabel("time (s)", fontsize=FONT_PT)
    return figure


def _name_spans(axes: Axes, spans: list[tuple[str, float, float]], zero_s: float) -> None:
    """Write the name of each phase at the foot of the axes."""
    low, high = axes.get_ylim()
    axes.set_ylim(low - 0.25 * (high - low), high)
    for name, start, end in spans:
        box = {"boxstyle": "round,pad=0.25", "facecolor": getattr(LIGHT, name), "edgecolor": "none"}
        axes.text(
            0.5 * (start + end) - zero_s,
            low - 0.11 * (high - low),
            _TITLES[name] if end - start > 1.5 else name,
            ha="center",
            va="center",
            fontsize=SMALL_PT,
            color=ON_PHASE[name],  # type: ignore[index]
            bbox=box,
        )


def phases() -> Figure:
    """Draw the velocity of one rep with its phase edges and what is read between them."""
    _, result = _solved("3-1-X-1")
    first, second = rows(result.reps, RepRow)[:2]
    zero_s = float(first.ecc_start_s) - 0.6
    samples = result.samples[result.samples.t_s.between(zero_s, second.ecc_start_s + 0.4)]
    spans = _spans(first, second.ecc_start_s)
    figure = new_figure(8.0, 3.6)
    axes = figure.add_subplot()
    plain(axes)
    _shade(axes, spans, zero_s)
    t, v = samples.t_s.to_numpy() - zero_s, samples.vel_up_mps.to_numpy()
    axes.plot(t, v, color=LIGHT.ink, linewidth=1.8)
    for edge in (0.02, -0.02):
        axes.axhline(edge, color=LIGHT.muted, linewidth=0.7, linestyle=(0, (4, 3)))
    con = (first.con_start_s - zero_s, first.con_end_s - zero_s)
    axes.plot(con, (first.mcv_mps,) * 2, color=LIGHT.con, linewidth=2.2)
    axes.annotate(
        f"MCV {first.mcv_mps:.2f} m/s\n= ROM over duration",
        (con[1], first.mcv_mps),
        (con[1] + 0.25, first.mcv_mps + 0.05),
        fontsize=SMALL_PT,
        color=LIGHT.con,
    )
    peak = int(np.argmax(v))
    axes.annotate(
        f"PCV {first.pcv_mps:.2f} m/s",
        (t[peak], v[peak]),
        (t[peak] + 0.35, v[peak] + 0.02),
        fontsize=SMALL_PT,
        arrowprops={"arrowstyle": "-", "color": LIGHT.muted},
    )
    axes.text(0.05, 0.045, "edges at ±0.02 m/s", fontsize=SMALL_PT, color=LIGHT.muted)
    axes.set(xlabel="time (s)", ylabel="vertical velocity (m/s)")
    axes.margins(x=0.0, y=0.12)
    _name_spans(axes, spans, zero_s)
    return figure


def slow_lowering() -> Figure:
    """Draw a standstill and a slow lowering: alike in acceleration, told apart by the solved velocity."""
    _, result = _solved("6-1-X-2")
    first, second = rows(result.reps, RepRow)[:2]
    zero_s = float(first.con_start_s) - 1.2
    samples = result.samples[result.samples.t_s.between(zero_s, second.con_end_s + 0.6)]
    t = samples.t_s.to_numpy() - zero_s
    figure = new_figure(8.0, 4.8)
    upper, lower = figure.subplots(2, 1, sharex=True)
    spans = [("ecc", second.ecc_start_s, second.ecc_end_s), ("top", first.con_end_s, second.ecc_start_s)]
    for axes in (upper, lower):
        plain(axes)
        _shade(axes, spans, zero_s)
        axes.margins(x=0.0)
    upper.plot(t, samples.acc_up_mps2, color=LIGHT.ink, linewidth=1.2)
    upper.set_ylabel("vertical acceleration\n(m/s²)", fontsize=FONT_PT)
    upper.set_title(
        "What the accelerometer sees: both shaded parts look like rest", loc="left", fontsize=FONT_PT
    )
    v, sd = samples.vel_up_mps.to_numpy(), samples.sigma_v_mps.to_numpy()
    lower.axhline(0.0, color=LIGHT.muted, linewidth=0.8)
    lower.plot(t, v, color=LIGHT.ink, linewidth=1.6)
    lower.fill_between(t, v - 2 * sd, v + 2 * sd, color=LIGHT.ecc, alpha=0.35, linewidth=0)
    lower.set_ylabel("solved velocity (m/s)\nwith ± 2 sd", fontsize=FONT_PT)
    lower.set_title("What the solved velocity says: one rests, one moves", loc="left", fontsize=FONT_PT)
    lower.set_xlabel("time (s)", fontsize=FONT_PT)
    for name, start, end in spans:
        word = "standing" if name == "top" else "lowering"
        lower.text(
            0.5 * (start + end) - zero_s, 0.45, word, ha="center", fontsize=SMALL_PT, color=LIGHT.muted
        )
    return figure
