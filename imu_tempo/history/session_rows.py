"""A recording's analysis as rows of the history."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from imu_tempo import __version__
from imu_tempo.history.entries import Said
from imu_tempo.history.identity import RecordingFacts
from imu_tempo.result import AnalysisResult
from imu_tempo.schema import EccentricRow, RepRow, SetRow, rows
from imu_tempo.schema.history import HistoryEccentricRow, HistoryRepRow, HistorySessionRow, HistorySetRow

if TYPE_CHECKING:
    import pandas as pd

R = TypeVar("R", HistorySetRow, HistoryRepRow, HistoryEccentricRow)
_DIGEST_HEX = 16
SOFTWARE = f"imu-tempo {__version__}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRows:
    """One session and its sets, reps and eccentric measures."""

    session: HistorySessionRow
    sets: Sequence[HistorySetRow]
    reps: Sequence[HistoryRepRow]
    eccentric: Sequence[HistoryEccentricRow] = ()


def session_rows(
    facts: RecordingFacts, result: AnalysisResult, *, parameters: dict[str, Any], inputs: str = ""
) -> SessionRows:
    """Return what the history keeps of an analysis.

    Parameters
    ----------
    facts
        The recording.
    result
        Its analysis.
    parameters
        What the analysis was told, JSON-ready.
    inputs
        Digest of everything the analysis was made from; see :func:`inputs_digest`.
    """
    manifest = facts.manifest
    started = _time(manifest.started)
    key: dict[str, Any] = {
        "recording": facts.id,
        "day": started.date().isoformat(),
        "simulated": manifest.simulated,
    }
    sets, reps = rows(result.sets, SetRow), rows(result.reps, RepRow)
    session = HistorySessionRow(
        **key,
        started=manifest.started,
        athlete=_first(str(row.athlete) for row in sets) or str(parameters.get("athlete") or ""),
        exercise=result.exercise,
        load_kg=next((row.load_kg for row in sets if math.isfinite(row.load_kg)), math.nan),
        tempo_target=_first(row.tempo_target for row in sets) or str(parameters.get("tempo") or ""),
        sets=len(sets),
        reps=len(reps),
        duration_s=result.duration_s,
        rate_hz=result.rate_hz,
        sensor=str(result.quality.get("sensor", "")),
        folder=str(facts.folder),
        software=SOFTWARE,
        parameters=_json(parameters),
        quality=_json(result.quality),
        analysed=datetime.now(UTC).isoformat(timespec="seconds"),
        inputs=inputs,
    )
    return SessionRows(
        session=session,
        sets=[HistorySetRow(**asdict(row), **key, at=_at(started, row.start_s)) for row in sets],
        reps=[HistoryRepRow(**asdict(row), **key, at=_at(started, _start_s(row))) for row in reps],
        eccentric=[HistoryEccentricRow(**asdict(row), **key) for row in _eccentric(result)],
    )


def inputs_digest(facts: RecordingFacts, said: Said, *more: object) -> str:
    """Return a digest of all that moves an analysis besides the packets: software, what is known, was said.

    ``more`` is for what lies beside the recording, such as its edits.
    """
    manifest = facts.manifest
    known = (manifest.exercise, manifest.load_kg, manifest.athlete, manifest.tempo, manifest.state)
    text = _json(
        {"software": SOFTWARE, "known": known, "said": asdict(said), "more": [repr(m) for m in more]}
    )
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_HEX]


def _eccentric(result: AnalysisResult) -> list[EccentricRow]:
    table: pd.DataFrame | None = getattr(result, "eccentric", None)
    return [] if table is None else rows(table, EccentricRow)


def _start_s(rep: RepRow) -> float:
    starts = [s for s in (rep.ecc_start_s, rep.con_start_s) if math.isfinite(s)]
    return min(starts, default=math.nan)


def _at(started: datetime, seconds: float) -> str:
    if not math.isfinite(seconds):
        return started.isoformat(timespec="milliseconds")
    return (started + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")


def _time(text: str) -> datetime:
    """Return when a recording started; the epoch where its manifest does not say."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)


def _first(texts: Any) -> str:
    return next((text for text in texts if text), "")


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
