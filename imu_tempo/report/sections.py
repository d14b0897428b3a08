"""The sections of the page, each from the result or one set of it to a piece of HTML."""

from __future__ import annotations

from imu_tempo.metrics import Tolerance
from imu_tempo.metrics.tempo import PHASES, PhaseName
from imu_tempo.plots import bars, motion, tempo
from imu_tempo.plots.style import new_axes
from imu_tempo.report import html, words
from imu_tempo.report.figures import inline_svg
from imu_tempo.report.html import Cell, Head
from imu_tempo.report.lowering import fatigue_card, lowering_card
from imu_tempo.report.view import SetView, exercise_title, rejected
from imu_tempo.result import AnalysisResult
from imu_tempo.schema import RepRow, SetRow, table

_PHASE_HEADS: dict[PhaseName, str] = {"ecc": "Lowering", "bottom": "Bottom", "con": "Lifting", "top": "Top"}

_DEFINITIONS: tuple[tuple[str, str], ...] = (
    ("Lowering, lifting", "eccentric and concentric phase: the bar moves down, or up, against gravity"),
    ("Bottom, top", "pause after the lowering, pause after the lifting"),
    ("Tempo", "lowering-bottom-lifting-top in seconds, the median of the set"),
    (
        "Eccentric time under tension",
        "all lowerings of the set added up; SD: standard deviation, the errors of reps taken as independent",
    ),
    ("Lifting velocity", "height travelled over duration of the lifting (mean concentric velocity)"),
    (
        "Velocity loss",
        "(reference - last rep) / reference; it means fatigue only where every rep was lifted all out",
    ),
)

_BY_TRAVEL = (
    "Phase edges",
    "where 5 and 95 % of the travel are done, interpolated; the rest counts as pause, and mean velocities "
    "are those of the middle 90 %",
)
_FACTS: dict[str, tuple[str, str]] = {
    "velocity_loss_from": ("Velocity loss from", "the {} rep of the set"),
    "edge_velocity_mps": (
        "Phase edges",
        "where the bar passes {} m/s, interpolated; what is slower counts as pause, so that a lowering which "
        "eases in and out measures shorter than it feels",
    ),
    "mpv_braking_mps2": (
        "Mean propulsive velocity",
        "up to where the bar slows down by more than {} m/s\N{SUPERSCRIPT TWO}",
    ),
    "peak_bandwidth_hz": ("Peak velocity", "read after a low-pass at {} Hz"),
    "set_rest_s": ("Sets", "apart where the bar rests for {} s"),
    "partial_ratio": ("Partial rep", "one of less than {} of the set's range of motion"),
}

_SIGNAL: dict[str, tuple[str, str]] = {
    "sensor": ("Sensor", "{}"),
    "calibration": ("Six-position calibration", "{}"),
    "axes": ("Axes", "{} (3: accelerometer only; 6: with gyroscope)"),
    "gaps": ("Gaps in the data", "{}"),
    "lost_samples": ("Samples lost", "{}"),
    "edits": ("Edits made by hand", "{}"),
    "edits_missed": ("Edits not put on", "{}"),
    "edits_damaged": ("Edits that cannot be read", "{} lines"),
    "unseen_s": ("Time without samples", "{} s"),
    "impacts_s": ("Impacts masked", "{} s"),
    "clipped_s": ("At the end of the range", "{} s"),
    "gravity_mps2": ("Gravity at rest", "{} m/s\N{SUPERSCRIPT TWO}; 9.81 is expected"),
    "gyro_offset_dps": ("Gyroscope offset", "{} \N{DEGREE SIGN}/s, removed"),
}
_UNTOLD = {"edges", "simulated", "rest_acc_mps2", "rest_found"}
"""Facts that are told elsewhere, or say the same as another."""


def overview(views: list[SetView]) -> str:
    """Return the table and figure that compare the sets."""
    heads = [Head("Set"), Head("Load", "kg"), Head("Reps"), Head("Eccentric TUT", "s"), Head("Tempo", "s")]
    heads += [Head("Best lift", "m/s"), Head("Velocity loss", "%"), Head("Compliance", "%")]
    figure = inline_svg(
        bars.tut_bars(table([view.summary for view in views], SetRow)),
        name="tut",
        label="Time under tension of each set",
    )
    shown = html.figure("Time under tension", "per set, split by phase", figure)
    tiles = "".join(html.tile(*tile, lead=place == 0) for place, tile in enumerate(words.totals(views)))
    return (
        f'<section><h2>All sets</h2><div class="card">{html.table(heads, map(_overview_line, views))}</div>'
        f'<div class="pair">{shown}<dl class="tiles stacked">{tiles}</dl></div></section>'
    )


def one_set(view: SetView, *, alone: bool) -> str:
    """Return everything about one set."""
    heading = "" if alone else f"<h2>Set {view.summary.set_no}</h2>"
    tiles = "".join(html.tile(*tile, lead=place == 0) for place, tile in enumerate(words.tiles(view)))
    said = "".join(f"<li>{html.text(words.unbroken(sentence))}</li>" for sentence in words.sentences(view))
    return (
        f'<section class="set">{heading}<dl class="tiles">{tiles}</dl><ul class="words">{said}</ul>'
        f"{_figures(view)}{_rep_table(view)}{lowering_card(view)}{fatigue_card(view)}</section>"
    )


def nothing(result: AnalysisResult) -> str:
    """Return what stands in place of the sets where there is none."""
    title = exercise_title(result.exercise).lower()
    looked = len(result.rejected)
    why = "Nothing in it moved like a lift."
    if looked:
        why = f"{looked} movement{'s were' if looked > 1 else ' was'} looked at; the reasons are below."
    return (
        '<section class="empty"><h2>No rep was found</h2>'
        f"<p>No movement in this recording was a rep of {html.text(title)}. {why}</p>"
        "<p>If reps were done, check the exercise that was chosen and how firmly the sensor sat.</p>"
        "</section>"
    )


def not_counted(result: AnalysisResult) -> str:
    """Return the movements that are not reps, with the reasons."""
    movements = rejected(result)
    if not movements:
        return ""
    lines = [
        [
            Cell(f"{movement.start_s:.1f}\N{EN DASH}{movement.end_s:.1f}"),
            Cell(words.reason_words(movement.reason), "text"),
            Cell(movement.detail, "text quiet"),
        ]
        for movement in movements
    ]
    heads = [Head("Time", "s"), Head("Taken for", classes="text"), Head("Because", classes="text")]
    return (
        f'<section><h2>Seen and not counted</h2><div class="card">{html.table(heads, lines)}</div></section>'
    )


def definitions(result: AnalysisResult, views: list[SetView]) -> str:
    """Return how the numbers are defined, where there are any."""
    if not views:
        return ""
    entries = list(_DEFINITIONS)
    if any(view.score for view in views):
        entries.append(("Tempo compliance", _tolerance(Tolerance())))
    facts = dict(result.quality)
    if facts.get("edges") == "5-95":
        entries.append(_BY_TRAVEL)
        facts.pop("edge_velocity_mps", None)
    entries += [_fact(*_FACTS[key], value) for key, value in facts.items() if key in _FACTS]
    return _listed("How the numbers are defined", entries)


def signal(result: AnalysisResult) -> str:
    """Return what was found out about the signal."""
    facts = {key: value for key, value in result.quality.items() if key not in _FACTS and key not in _UNTOLD}
    named = [_fact(*_SIGNAL.get(key, (key.replace("_", " "), "{}")), value) for key, value in facts.items()]
    return _listed("The signal", named)


def _fact(name: str, meaning: str, value: float | int | str) -> tuple[str, str]:
    return name, meaning.replace("{}", f"{value:.6g}" if isinstance(value, float) else str(value))


def _listed(heading: str, entries: list[tuple[str, str]]) -> str:
    if not entries:
        return ""
    return f'<section><h2>{heading}</h2><div class="card">{html.definition_list(entries)}</div></section>'


def _overview_line(view: SetView) -> list[Cell]:
    row = view.summary
    return [
        Cell(str(row.set_no)),
        Cell(f"{row.load_kg:g}" if row.load_kg == row.load_kg else words.NOT_MEASURED),
        Cell(str(row.reps)),
        Cell(words.number(row.tut_ecc_s, 1)),
        Cell(row.tempo),
        Cell(words.number(row.mcv_best_mps, 2)),
        Cell(words.number(row.vl_pct, 0) if row.vl_valid else "not valid"),
        Cell(words.number(row.compliance_pct, 0)),
    ]


def _figures(view: SetView) -> str:
    no, valid = view.summary.set_no, view.summary.vl_valid
    velocity = inline_svg(
        motion.velocity_time(view.samples, view.rep_table),
        name=f"velocity-{no}",
        label="Vertical velocity over time, phases shaded, reps numbered",
    )
    phases = inline_svg(
        tempo.tempo_bars(view.rep_table, view.prescription),
        name=f"tempo-{no}",
        label="Seconds of each phase of each rep",
    )
    loss = inline_svg(
        bars.velocity_loss(
            view.rep_table,
            threshold_pct=bars.DEFAULT_LOSS_PCT if valid else None,
            ax=new_axes(tempo.tempo_size_in(len(view.reps), target=view.prescription is not None)),
        ),
        name=f"loss-{no}",
        label="Mean lifting velocity of each rep",
    )
    tempo_note = (
        "outlined: the target; dashed: no seconds prescribed"
        if view.prescription
        else "seconds of each phase"
    )
    limit = f"dashed: {bars.DEFAULT_LOSS_PCT:g} % below the fastest rep; the first rep past it is marked"
    loss_note = limit if valid else "no sign of fatigue here: the lifting was not all out"
    return (
        html.figure("Velocity over time", "up is positive", velocity, classes="wide")
        + '<div class="pair">'
        + html.figure("Tempo of each rep", tempo_note, phases)
        + html.figure("Lifting velocity of each rep", loss_note, loss)
        + "</div>"
    )


def _rep_table(view: SetView) -> str:
    heads = [Head("Rep"), *(Head(_PHASE_HEADS[phase], "s") for phase in PHASES), Head("Travel", "cm")]
    heads += [Head("Mean lift", "m/s"), Head("Peak lift", "m/s"), Head("Mean lower", "m/s")]
    heads += [Head("Notes", classes="text")]
    scores = view.score.reps if view.score else ()
    off = {score.rep_no: {s.phase for s in score.phases if not s.inside} for score in scores}
    body = html.table(heads, (_rep_line(rep, off.get(rep.rep_no, set())) for rep in view.reps))
    marked = (
        '<p class="key"><b>Marked</b>: outside the tolerance of the tempo.</p>' if any(off.values()) else ""
    )
    return f'<div class="card"><h3>Reps</h3>{body}{marked}</div>'


def _rep_line(rep: RepRow, off: set[PhaseName]) -> list[Cell]:
    phases = [
        Cell(words.number(getattr(rep, f"{phase}_s"), 1), "off" if phase in off else "") for phase in PHASES
    ]
    mcv = f"{words.number(rep.mcv_mps, 2)} {words.spread(rep.mcv_sd_mps, 2, '')}".strip()
    return [
        Cell(str(rep.rep_no)),
        *phases,
        Cell(words.number(rep.rom_m * 100, 0)),
        Cell(mcv),
        Cell(words.number(rep.pcv_mps, 2)),
        Cell(words.number(rep.mev_mps, 2)),
        Cell(words.rep_notes(rep), "text quiet"),
    ]


def _tolerance(tolerance: Tolerance) -> str:
    return (
        f"phases within {tolerance.absolute_s:g} s or {tolerance.relative_pct:g} % of the target, "
        f"whichever is more; X up to {tolerance.maximal_limit_s:g} s, * up to {tolerance.fast_limit_s:g} s, "
        f"a pause of 0 up to {tolerance.pause_floor_s:g} s; A and unspecified phases are not scored"
    )
