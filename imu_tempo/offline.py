"""A whole recording at once: the pass that may look ahead, and whose numbers are those of record."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from imu_tempo.calibration import CalibrationLike, SensorCalibration, calibration_for
from imu_tempo.definitions import Definitions
from imu_tempo.errors import SourceError
from imu_tempo.exercises import Exercise
from imu_tempo.exercises import exercise as find_exercise
from imu_tempo.metrics.context import NO_CONTEXT, SetContext
from imu_tempo.metrics.sets import summarise
from imu_tempo.metrics.tempo import Prescription, parse_tempo
from imu_tempo.relabel import Edits, splice
from imu_tempo.reps.candidates import find_lifts, groups
from imu_tempo.result import AnalysisResult, Fact, assemble
from imu_tempo.samples import Samples
from imu_tempo.schema import NAN, RepRow
from imu_tempo.signal.channels import Calibration, calibration_of, channels, up_of_samples
from imu_tempo.signal.constants import FRAME_S
from imu_tempo.signal.frames import FrameBuilder, Frames, join, sample_period
from imu_tempo.signal.quiet import impact_mask, quiet_stretches
from imu_tempo.solve import Solved, samples_of, solve

if TYPE_CHECKING:
    from imu_tempo.formats import Source
    from imu_tempo.formats.source import SourceLike

Array = NDArray[np.float64]

_AT_ONCE = 1 << 14
"""Samples integrated at once: what a processor's cache holds; any number gives the same frames."""
_LEAD_S = 14.0
"""Time before a train's first lift that belongs to it: a 10 s lowering and the stand before."""
_TAIL_S = 4.0
"""Time after its last lift, at least."""


@dataclass(frozen=True, slots=True, eq=False)
class Pass:
    """A finished whole-recording pass: the solved stretches in order, and what the sensor's rest said."""

    stretches: list[Solved]
    calibration: Calibration
    frames: Frames


def analyze(
    source: SourceLike,
    exercise: str = "squat",
    load_kg: float | None = None,
    tempo: str | None = None,
    athlete: str | None = None,
    *,
    definitions: Definitions | None = None,
    calibration: CalibrationLike | None = None,
    edits: bool | Edits = True,
    context: SetContext = NO_CONTEXT,
) -> AnalysisResult:
    """Analyse a whole recording.

    Parameters
    ----------
    source
        A recording folder or file, a CSV path, or a DataFrame with the columns ``t_s, acc_x_mps2,
        acc_y_mps2, acc_z_mps2`` and, where there is a gyro, ``gyr_x_radps, gyr_y_radps, gyr_z_radps``.
    exercise
        Name of an exercise profile, or ``"auto"``.
    load_kg, athlete
        Written into the tables.
    tempo
        Prescribed tempo such as ``"4-1-X-0"``; sets are then scored against it.
    definitions
        Other than the default definitions of phase edges and the like.
    calibration
        The sensor's calibration, or the path of one. None takes the one stored for this sensor, if there is
        any; :data:`imu_tempo.calibration.UNCALIBRATED` takes none.
    edits
        True puts on what people said of the recording's reps afterwards (:mod:`imu_tempo.relabel`): the
        exercise, load, tempo and athlete they said hold before those given here. False leaves it out.
    context
        What else is known of the sets: one-rep maximum, body mass, stop rule, tolerance.

    Returns
    -------
    AnalysisResult
        Tables of reps, sets, rejected movements and samples.

    Raises
    ------
    imu_tempo.errors.TempoError
        One sentence: what is wrong with the source, the exercise or the tempo, and what to do.

    Examples
    --------
    >>> import imu_tempo as it
    >>> result = it.analyze("recordings/squat_3-1-X-1.tempo", exercise="squat", tempo="3-1-X-1")
    >>> result.reps[["rep_no", "ecc_s", "con_s"]].head(2).round(1)
       rep_no  ecc_s  con_s
    0       1    2.8    0.9
    1       2    2.8    1.0
    >>> result.sets.loc[0, "tempo"]
    '2.8-1.2-1.0-1.2'
    """
    from imu_tempo.formats import load

    loaded = load(source)
    log = edits_for(loaded, edits)
    unedited = before_edits(
        loaded,
        log,
        exercise,
        load_kg,
        tempo,
        athlete,
        definitions=definitions,
        calibration=calibration,
        context=context,
    )
    return log.apply(unedited)


def before_edits(
    source: SourceLike,
    log: Edits,
    exercise: str = "squat",
    load_kg: float | None = None,
    tempo: str | None = None,
    athlete: str | None = None,
    *,
    definitions: Definitions | None = None,
    calibration: CalibrationLike | None = None,
    context: SetContext = NO_CONTEXT,
) -> AnalysisResult:
    """Return the analysis that edits are put onto: of the exercises that they say, and else untouched.

    Parameters are those of :func:`analyze`. Whoever shows edits while they are made calls this once, and
    ``log.apply`` after each of them; a label that names an exercise asks for it again.
    """
    from imu_tempo.formats import load

    loaded = load(source)
    given = _Given(
        loaded,
        Labels.of(load_kg, tempo, athlete, context),
        definitions or Definitions(),
        calibration_for(calibration, loaded.info),
    )
    result = _analyzed(given, find_exercise(log.exercise or exercise))
    for part in log.exercise_stretches:
        other = _analyzed(given, find_exercise(part.exercise or exercise))
        result = splice(result, other, part.start_s or 0.0, part.end_s or math.inf)
    return result


def edits_for(source: Source, edits: bool | Edits) -> Edits:
    """Return the edits to put onto an analysis: those given, those kept beside the source, or none."""
    if isinstance(edits, Edits):
        return edits
    on_disk = source.info.driver != "dataframe" and Path(source.name).exists()
    return Edits.load(source.name) if edits and on_disk else Edits.none()


@dataclass(frozen=True, slots=True, eq=False)
class _Given:
    """What is given, whatever exercise it is taken for."""

    loaded: Source
    labels: Labels
    definitions: Definitions
    calibration: SensorCalibration


def _analyzed(given: _Given, profile: Exercise) -> AnalysisResult:
    loaded, chosen = given.loaded, given.definitions
    samples = given.calibration.on_samples(Samples.of(loaded.blocks))
    acc_range_mps2 = given.calibration.full_scale_mps2(loaded.info.acc_range_mps2)
    done = solve_samples(samples, profile, chosen, acc_range_mps2)
    sets = [given.labels.on(rows) for solved in done.stretches for rows in solved.sets]
    target, context, loss_from = given.labels.prescription, given.labels.context, chosen.velocity_loss_from
    return assemble(
        reps=[row for rows in sets for row in rows],
        sets=[summarise(rows, target, velocity_loss_from=loss_from, context=context) for rows in sets],
        rejected=[row for solved in done.stretches for row in solved.rejected],
        samples=[samples_of(solved) for solved in done.stretches],
        source=loaded.name,
        exercise=profile.name,
        rate_hz=samples.rate_hz,
        duration_s=loaded.duration_s,
        quality=signal_quality(loaded, done, given.calibration),
        definitions=chosen,
        context=context,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What the user said of the set, to be written into its rows."""

    load_kg: float | None = None
    athlete: str | None = None
    prescription: Prescription | None = None
    context: SetContext = NO_CONTEXT

    @classmethod
    def of(cls, load_kg: float | None, tempo: str | None, athlete: str | None, context: SetContext) -> Labels:
        """Return what was said, the tempo read; a stop rule that can mean nothing under it is refused."""
        prescription = parse_tempo(tempo) if tempo else None
        context.check(prescription)
        return cls(load_kg=load_kg, athlete=athlete, prescription=prescription, context=context)

    def on(self, rows: list[RepRow]) -> list[RepRow]:
        """Return rows with load and athlete filled in."""
        load = NAN if self.load_kg is None else self.load_kg
        return [replace(row, load_kg=load, athlete=self.athlete or "") for row in rows]


def solve_samples(
    samples: Samples, exercise: Exercise, definitions: Definitions, acc_range_mps2: float | None = None
) -> Pass:
    """Solve a whole recording, stretch by stretch.

    Raises
    ------
    SourceError
        If it is too short to hold anything.
    """
    frames, calibration = frames_of(samples, acc_range_mps2)
    solved: list[Solved] = []
    for start, end in cut(frames, definitions):
        first_set = 1 + sum(len(s.sets) for s in solved)
        part = frames.part(start, end)
        solved.append(
            solve(part, exercise, definitions, calibration.rest.offset_sd_mps2, first_set=first_set)
        )
    return Pass(solved, calibration, frames)


def frames_of(samples: Samples, acc_range_mps2: float | None = None) -> tuple[Frames, Calibration]:
    """Return a recording's frames, looking both ways in time, and the calibration its still moments give.

    Raises
    ------
    SourceError
        If it is shorter than a second.
    """
    t_s, acc, gyr = samples.t_s, samples.acc_mps2, samples.gyr_radps
    period_s = sample_period(t_s)
    calibration = calibration_of(period_s, acc, gyr, acc_range_mps2)
    up = None if gyr is None else up_of_samples(t_s, period_s, acc, gyr - calibration.rest.gyro_bias_radps)
    builder = FrameBuilder(float(t_s[0]), period_s)
    parts = []
    for start in range(0, len(t_s), _AT_ONCE):
        now = slice(start, start + _AT_ONCE)
        turning, axis = (None, None) if gyr is None or up is None else (gyr[now], up[now])
        parts.append(builder.push(channels(t_s[now], acc[now], turning, axis, calibration)))
    done = [part for part in parts if part is not None]
    frames = join(done) if done else None
    if frames is None or len(frames) < round(1.0 / FRAME_S):
        raise SourceError(
            f"the recording lasts {samples.t_s[-1] - samples.t_s[0]:.2f} s: at least 1 s is needed."
        )
    return frames, calibration


def cut(frames: Frames, definitions: Definitions) -> list[tuple[int, int]]:
    """Cut a recording into stretches, each holding the sets that are near each other in time.

    Two trains of lifts go apart where more than a set's rest, a lead and a tail lie between them; the cut is
    in the middle of the longest quiet stretch there. Every frame belongs to one stretch.
    """
    least = round((_LEAD_S + _TAIL_S + definitions.set_rest_s) / FRAME_S)
    trains = groups(find_lifts(frames.dv_mps), least * FRAME_S)
    if len(trains) < 2:
        return [(0, len(frames))]
    quiet = quiet_stretches(frames.dv_mps, frames, impact_mask(frames), np.zeros(len(frames)))
    cuts = [0]
    for before, after in pairwise(trains):
        lo, hi = before[-1].end + round(_TAIL_S / FRAME_S), after[0].start - round(_LEAD_S / FRAME_S)
        inside = [q for q in quiet if q.end > lo and q.start < hi]
        longest = max(inside, key=lambda q: min(q.end, hi) - max(q.start, lo), default=None)
        middle = (lo + hi) // 2 if longest is None else (max(longest.start, lo) + min(longest.end, hi)) // 2
        cuts.append(middle)
    cuts.append(len(frames))
    return list(pairwise(cuts))


def signal_quality(loaded: Source, done: Pass, calibration: SensorCalibration) -> dict[str, Fact]:
    """Return what a user should know about the signal behind the numbers."""
    rest, frames = done.calibration.rest, done.frames
    facts: dict[str, Fact] = dict(loaded.quality)
    facts["sensor"] = loaded.info.model or loaded.info.name or loaded.info.driver
    facts["calibration"] = calibration.sensor
    facts["axes"] = 3 if loaded.blocks[0].gyr_radps is None else 6
    facts["gravity_mps2"] = round(rest.gravity_mps2, 4)
    facts["gyro_offset_dps"] = round(math.degrees(float(np.linalg.norm(rest.gyro_bias_radps))), 3)
    facts["impacts_s"] = round(float(impact_mask(frames).sum()) * FRAME_S, 2)
    facts["unseen_s"] = round(float(frames.unseen.sum()) * FRAME_S, 3)
    facts["clipped_s"] = round(float(frames.clipped.sum()) * FRAME_S, 3)
    return facts
