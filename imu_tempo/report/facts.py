"""What stands at the end of a report: edits made by hand, definitions, what was found about the signal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from imu_tempo import __version__
from imu_tempo.metrics import Tolerance
from imu_tempo.metrics.selection import flags
from imu_tempo.report.view import Session, SetView, source_name
from imu_tempo.result import AnalysisResult, Fact
from imu_tempo.schema import RejectedRow, rows
from imu_tempo.schema.spreads import OF_A_SPEED, WHERE_SHOWN

Entries = list[tuple[str, str]]
"""Names with what they mean."""

NO_DIAGNOSIS = (
    "These are measurements of how a bar moved. They are not a diagnosis and no substitute for a coach or "
    "clinician who sees the lifter."
)
SIMULATED = "Simulated data: nobody lifted this. It was made to show and test the software."
MADE_BY = f"Made by imu-tempo {__version__}."

_DEFINITIONS: tuple[tuple[str, str], ...] = (
    ("Lowering, lifting", "eccentric and concentric phase: the bar moves down, or up, against gravity"),
    ("Bottom, top", "pause after the lowering, pause after the lifting"),
    ("Tempo", "lowering-bottom-lifting-top in seconds, the median of the set"),
    (
        "Eccentric time under tension",
        "all lowerings of the set added up; SD: standard deviation, the errors of reps taken as independent",
    ),
    ("Lifting velocity", "height travelled over duration of the lifting (mean concentric velocity)"),
    ("\N{PLUS-MINUS SIGN}", f"one standard deviation: {OF_A_SPEED}; {WHERE_SHOWN}"),
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

_KNOWN: tuple[tuple[str, str, str, str], ...] = (
    ("one_rm_kg", "one_rm_from", "One-rep maximum", "kg"),
    ("body_mass_kg", "body_mass_from", "Body mass", "kg"),
)
"""Facts of what was known besides the motion: the number, where it is from, their name and unit."""

_SIGNAL: dict[str, tuple[str, str]] = {
    "sensor": ("Sensor", "{}"),
    "calibration": ("Six-position calibration", "{}"),
    "axes": ("Axes", "{} (3: accelerometer only; 6: with gyroscope)"),
    "gaps": ("Gaps in the data", "{}"),
    "lost_samples": ("Samples lost", "{}"),
    "clock_set": ("Computer's clock", "set {}"),
    "unseen_s": ("Time without samples", "{} s"),
    "impacts_s": ("Impacts masked", "{} s"),
    "clipped_s": ("At the end of the range", "{} s"),
    "gravity_mps2": ("Gravity at rest", "{} m/s\N{SUPERSCRIPT TWO}; 9.81 is expected"),
    "gyro_offset_dps": ("Gyroscope offset", "{} \N{DEGREE SIGN}/s, removed"),
}
_EDITS: dict[str, tuple[str, str]] = {
    "edits": ("Edits put on", "{}"),
    "edits_missed": ("Edits not put on", "{}"),
    "edits_damaged": ("Edits that cannot be read", "{} lines"),
}
_OF_THE_LIFTER = {name for known in _KNOWN for name in known[:2]} | {"reserve_from", "known_notes"}
_UNTOLD = {"edges", "simulated", "rest_acc_mps2", "rest_found", *_EDITS, *_OF_THE_LIFTER}
"""Facts that are told elsewhere, or say the same as another."""


def definitions(session: Session) -> Entries:
    """Return how the numbers are defined, where there are any."""
    if not session.views:
        return []
    entries = list(_DEFINITIONS)
    tolerances = {view.result.context.tolerance or Tolerance() for view in session.views if view.score}
    entries += [("Tempo compliance", _tolerance(tolerance)) for tolerance in tolerances]
    for result in session.results:
        entries += [*_defined(dict(result.quality)), *_known(result.quality)]
    return list(dict.fromkeys(entries))


def _known(facts: Mapping[str, Fact]) -> Entries:
    """Return what was known besides the motion, and where it is from."""
    told = [
        (name, f"{facts[key]:g} {unit}, {facts[origin]}")
        for key, origin, name, unit in _KNOWN
        if key in facts
    ]
    if "reserve_from" in facts:
        told.append(
            ("Reps in reserve", f"read from velocity, by the athlete's own line {facts['reserve_from']}")
        )
    if "known_notes" in facts:
        told.append(("Mind", str(facts["known_notes"])))
    return told


def signal(session: Session) -> Entries:
    """Return what was found out about the signal: of several recordings, a line each."""
    if len(session.results) == 1:
        return _signal(session.results[0])
    return [
        (source_name(result), "; ".join(f"{name}: {meaning}" for name, meaning in _signal(result)))
        for result in session.results
    ]


def endmatter(session: Session) -> list[tuple[str, Entries]]:
    """Return the lists that end a report, with their headings; empty ones too."""
    return [
        ("Changed by hand", edits(session)),
        ("How the numbers are defined", definitions(session)),
        ("The signal", signal(session)),
    ]


def kept(session: Session) -> list[tuple[str, Entries]]:
    """Return how the session kept to a protocol, where it was held against one."""
    score = session.score
    if score is None:
        return []
    sets = [(f"Set {row.set_no}", row.sentence.partition(": ")[2]) for row in score.rows]
    whole = [("Warning", " ".join(score.warnings))] if score.warnings else []
    return [(f"Against {score.protocol.title}", [*whole, *sets, ("In all", " ".join(score.said))])]


def _signal(result: AnalysisResult) -> Entries:
    facts = {key: value for key, value in result.quality.items() if key not in _FACTS and key not in _UNTOLD}
    read = ("Recording", f"{result.duration_s:.0f} s at {result.rate_hz:.0f} Hz")
    return [read, *(_fact(*_SIGNAL.get(key, (key.replace("_", " "), "{}")), v) for key, v in facts.items())]


def edits(session: Session) -> Entries:
    """Return what was changed by hand after the lifting; nothing where nothing was."""
    several = len(session.results) > 1
    entries: Entries = []
    for result in session.results:
        where = f", {source_name(result)}" if several else ""
        told = [_fact(*words, result.quality[key]) for key, words in _EDITS.items() if key in result.quality]
        entries += [(name + where, meaning) for name, meaning in told]
        taken = [row for row in rows(result.rejected, RejectedRow) if row.reason == "deleted"]
        if taken:
            entries.append((f"Reps taken off{where}", ", ".join(f"at {row.start_s:.1f} s" for row in taken)))
    for flag, name in (("edited", "Reps changed"), ("confirmed", "Reps confirmed")):
        if reps := _flagged(session.views, flag):
            entries.append((name, reps))
    return entries


def _flagged(views: Iterable[SetView], flag: str) -> str:
    by_set = {v.number: [rep.rep_no for rep in v.reps if flag in flags(rep.quality)] for v in views}
    return "; ".join(f"set {no}: rep {', '.join(map(str, reps))}" for no, reps in by_set.items() if reps)


def _defined(facts: dict[str, Fact]) -> Entries:
    entries = []
    if facts.get("edges") == "5-95":
        entries.append(_BY_TRAVEL)
        facts.pop("edge_velocity_mps", None)
    return entries + [_fact(*_FACTS[key], value) for key, value in facts.items() if key in _FACTS]


def _fact(name: str, meaning: str, value: Fact) -> tuple[str, str]:
    return name, meaning.replace("{}", f"{value:.6g}" if isinstance(value, float) else str(value))


def _tolerance(tolerance: Tolerance) -> str:
    return (
        f"phases within {tolerance.absolute_s:g} s or {tolerance.relative_pct:g} % of the target, "
        f"whichever is more; X up to {tolerance.maximal_limit_s:g} s, * up to {tolerance.fast_limit_s:g} s, "
        f"a pause of 0 up to {tolerance.pause_floor_s:g} s; A and unspecified phases are not scored"
    )
