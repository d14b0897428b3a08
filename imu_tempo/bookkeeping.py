"""The history kept up with the recordings: results put in, and the whole made again from the folders."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firmware_bridge.errors import BridgeError
from firmware_bridge.recording import find_recordings
from imu_tempo.calibration import UNCALIBRATED, SensorCalibration, calibration_for
from imu_tempo.definitions import Definitions
from imu_tempo.errors import TempoError
from imu_tempo.history import History, RecordingFacts, Said, recording_facts
from imu_tempo.history.entries import Analysed
from imu_tempo.history.session_rows import inputs_digest, session_rows
from imu_tempo.live.lifting import LABELS, Lifting
from imu_tempo.live.recall import recalled, subject_of
from imu_tempo.metrics.context import NO_CONTEXT, SetContext
from imu_tempo.metrics.scoring import Tolerance
from imu_tempo.metrics.stop import RirLine, StopRule
from imu_tempo.relabel import Edits
from imu_tempo.relabel.log import FILE_NAME as EDITS_NAME

if TYPE_CHECKING:
    from imu_tempo.result import AnalysisResult

OnRecording = Callable[[int, int, Path], None]

_FOUND = frozenset({"one_rm_kind", "one_rm_from", "body_mass_from", "notes"})
"""Fields of a context that say where a number was found; nobody says them of a recording."""


@dataclass(slots=True)
class Reindexed:
    """What became of the recordings.

    Attributes
    ----------
    put
        Analysed and put in.
    unchanged
        In already, from the same packets, words and software.
    left_out
        Of somebody who was forgotten.
    gone
        Not where they were last.
    failed
        Could not be analysed, with the reason.
    """

    put: list[Path] = field(default_factory=list)
    unchanged: list[Path] = field(default_factory=list)
    left_out: list[Path] = field(default_factory=list)
    gone: list[Path] = field(default_factory=list)
    failed: list[tuple[Path, str]] = field(default_factory=list)


def remember(
    history: History,
    folder: str | Path,
    lifting: Lifting,
    result: AnalysisResult,
    *,
    check_units: bool = True,
) -> bool:
    """Put an analysis of a recording into the history, in the place of an earlier one.

    Parameters
    ----------
    history
        Where to.
    folder
        The recording.
    lifting
        What the user said of it, not completed by what the recording knows.
    result
        The analysis.
    check_units
        As given to :func:`imu_tempo.formats.load`.

    Returns
    -------
    bool
        False where the recording is left out, because its athlete was forgotten.

    Raises
    ------
    RecordingError
        It is not a recording.
    TempoError
        The history cannot be written.
    """
    facts, said = recording_facts(folder), said_of(lifting, check_units=check_units)
    if said.exercise is None and not facts.manifest.exercise:
        said = replace(said, exercise=lifting.usual_exercise)
    return _put(history, facts, said, result, _known(history, facts, said))


def reindex(
    history: History,
    folders: Iterable[str | Path] | None = None,
    *,
    everything: bool = False,
    on_recording: OnRecording = lambda number, of, folder: None,
) -> Reindexed:
    """Analyse recordings again wherever something has changed, and put them in.

    Parameters
    ----------
    history
        Where to.
    folders
        Recordings, or folders that hold some; None takes every recording that the history knows.
    everything
        True analyses what has not changed as well.
    on_recording
        Called before each with its number from 1, how many there are, and its folder.

    Raises
    ------
    RecordingError
        A folder that was named is not there.
    TempoError
        The history cannot be written.
    """
    if folders is None:
        return _reindex(
            history, [Path(e.folder) for e in history.recordings().values()], everything, on_recording
        )
    found = [recording for folder in folders for recording in find_recordings(folder)]
    return _reindex(history, list(dict.fromkeys(found)), everything, on_recording)


def restore(history: History, *, on_recording: OnRecording = lambda number, of, folder: None) -> Reindexed:
    """Analyse the recordings that the history knows and has no numbers of, as after a damaged database."""
    return _reindex(history, [Path(e.folder) for e in history.missing()], False, on_recording)


def said_of(lifting: Lifting, *, check_units: bool = True) -> Said:
    """Return what a user said, as the journal keeps it."""
    usual = asdict(Definitions())
    context = asdict(lifting.context) if lifting.context and lifting.context != NO_CONTEXT else {}
    said = {name: value for name, value in context.items() if name not in _FOUND}
    chosen = asdict(lifting.definitions) if lifting.definitions else {}
    definitions = {name: value for name, value in chosen.items() if value != usual[name]}
    return Said(
        exercise=lifting.exercise,
        load_kg=lifting.load_kg,
        tempo=lifting.tempo,
        athlete=lifting.athlete,
        definitions=definitions or None,
        calibration=asdict(lifting.calibration) if lifting.calibration else None,
        context=said or None,
        protocol=lifting.protocol.name if lifting.protocol else None,
        check_units=check_units,
    )


def lifting_of(said: Said) -> Lifting:
    """Return what the journal kept, as the analysis takes it; the inverse of :func:`said_of`.

    The protocol itself is left out: what it asked for was kept as tempo and stop rule.

    Raises
    ------
    TempoError
        It says something that this software does not know.
    """
    try:
        return Lifting(
            exercise=said.exercise,
            load_kg=said.load_kg,
            tempo=said.tempo,
            athlete=said.athlete,
            definitions=Definitions(**said.definitions) if said.definitions else None,
            calibration=_calibration(said.calibration) if said.calibration else None,
            context=_said_context(said) if said.context else None,
        )
    except (TypeError, AttributeError) as error:
        raise TempoError(
            f"The journal of the history holds a word that this imu-tempo does not know ({error}): update"
            " imu-tempo, or analyse the recording again."
        ) from error


def _reindex(
    history: History, folders: Sequence[Path], everything: bool, on_recording: OnRecording
) -> Reindexed:
    known, left_out = history.recordings(), history.left_out()
    sessions = history.sessions_by_recording()
    done = Reindexed()
    for number, folder in enumerate(folders, start=1):
        on_recording(number, len(folders), folder)
        if not folder.exists():
            done.gone.append(folder)
            continue
        try:
            facts = recording_facts(folder)
            said = _still_said(facts, known[facts.id]) if facts.id in known else Said()
            if facts.id in left_out:
                done.left_out.append(folder)
                continue
            known_now = _known(history, facts, said)
            inputs = _inputs(facts, said, known_now)
            if not everything and sessions.get(facts.id) == (inputs, str(facts.folder)):
                done.unchanged.append(folder)
            else:
                _put(history, facts, said, _analysed(facts, said, known_now), known_now)
                done.put.append(folder)
        except (TempoError, BridgeError) as error:
            done.failed.append((folder, str(error)))
    return done


def _still_said(facts: RecordingFacts, entry: Analysed) -> Said:
    """Return what was said of a recording, less the labels that an edit has given it since."""
    edits = [e.edit for e in Edits.load(facts.folder).active if e.edit and _since(e.time, entry.at)]
    newer = {name for name in LABELS for edit in edits if getattr(edit, name) is not None}
    still: dict[str, Any] = {name: None if name in newer else getattr(entry.said, name) for name in LABELS}
    return replace(entry.said, **still)


def _since(edited: str, said: str) -> bool:
    try:
        return datetime.fromisoformat(edited) >= datetime.fromisoformat(said)
    except (ValueError, TypeError):
        return True


def _known(history: History, facts: RecordingFacts, said: Said) -> SetContext:
    """Return what was said of a recording besides its motion, with what the history knows of its lifter."""
    manifest, lifting = facts.manifest, lifting_of(said)
    edits = Edits.load(facts.folder).without_labels(*lifting.said)
    lifting = replace(
        lifting,
        exercise=lifting.exercise or manifest.exercise,
        athlete=lifting.athlete or manifest.athlete,
    )
    subject = subject_of(lifting, edits, started=manifest.started, simulated=manifest.simulated)
    return recalled(lifting, history, subject, strict=False).context or NO_CONTEXT


def _analysed(facts: RecordingFacts, said: Said, known: SetContext) -> AnalysisResult:
    """Analyse a recording with its edits; what was said of it stands before their labels."""
    from imu_tempo.formats import load
    from imu_tempo.offline import analyze, edits_for

    source = load(facts.folder, check_units=said.check_units)
    lifting = replace(lifting_of(said), context=known)
    edits = edits_for(source, True).without_labels(*lifting.said)
    return analyze(source, **lifting.completed(source).arguments(), edits=edits)


def _put(
    history: History, facts: RecordingFacts, said: Said, result: AnalysisResult, known: SetContext
) -> bool:
    manifest = facts.manifest
    parameters = {
        "exercise": result.exercise,
        "load_kg": manifest.load_kg if said.load_kg is None else said.load_kg,
        "tempo": said.tempo or manifest.tempo,
        "athlete": said.athlete or manifest.athlete,
        "calibration": _used(facts, said).sensor,
        "definitions": asdict(Definitions(**(said.definitions or {}))),
        "context": said.context,
        "protocol": said.protocol,
    }
    inputs = _inputs(facts, said, known)
    return history.put(session_rows(facts, result, parameters=parameters, inputs=inputs), said)


def _inputs(facts: RecordingFacts, said: Said, known: SetContext) -> str:
    try:
        edits = hashlib.sha256((facts.folder / EDITS_NAME).read_bytes()).hexdigest()
    except OSError:
        edits = ""
    found = [] if known == _said_context(said) else [known]
    return inputs_digest(facts, said, edits, _used(facts, said), *found)


def _used(facts: RecordingFacts, said: Said) -> SensorCalibration:
    return calibration_for(
        _calibration(said.calibration) if said.calibration else None, facts.manifest.sensor
    )


def _said_context(said: Said) -> SetContext:
    kept = said.context or {}
    stop, tolerance = kept.get("stop"), kept.get("tolerance")
    if stop and stop.get("rir_line"):
        stop = {**stop, "rir_line": RirLine(**stop["rir_line"])}
    parts = {
        "stop": StopRule(**stop) if stop else None,
        "tolerance": Tolerance(**tolerance) if tolerance else None,
    }
    return SetContext(**{**kept, **parts})


def _calibration(kept: dict[str, Any]) -> SensorCalibration:
    names = {f.name for f in fields(SensorCalibration)}
    values: dict[str, Any] = {
        k: tuple(v) if isinstance(v, list) else v for k, v in kept.items() if k in names
    }
    calibration = SensorCalibration(**values)
    return UNCALIBRATED if calibration == UNCALIBRATED else calibration
