"""Small histories: recordings that are only named, results by formula, and copies of the real recordings."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from made_sets import make_result

from firmware_bridge.recording import Manifest
from firmware_bridge.samples import SensorInfo
from imu_tempo.history import RecordingFacts, Said
from imu_tempo.history.session_rows import SessionRows, session_rows
from imu_tempo.schema import RepRow, SetRow, rows, table

RECORDINGS = Path(__file__).parents[3] / "recordings"


def made_rows(
    recording: str = "r1",
    *,
    day: str = "2026-03-02",
    athlete: str = "A12",
    exercise: str = "squat",
    load_kg: float = 100.0,
    simulated: bool = False,
    folder: str = "/recordings/r1.tempo",
    tempo: str = "3-1-X-1",
) -> SessionRows:
    """Make the rows of a session of one set of four reps, without any recording."""
    manifest = Manifest(
        sensor=SensorInfo(driver="bip"), started=f"{day}T18:05:00.000+01:00", simulated=simulated
    )
    facts = RecordingFacts(id=recording, folder=Path(folder), manifest=manifest)
    result = make_result(tempo)
    said: dict[str, Any] = {"athlete": athlete, "exercise": exercise, "load_kg": load_kg}
    result = replace(
        result,
        exercise=exercise,
        reps=table([replace(row, **said) for row in rows(result.reps, RepRow)], RepRow),
        sets=table([replace(row, **said) for row in rows(result.sets, SetRow)], SetRow),
    )
    return session_rows(facts, result, parameters={"athlete": athlete, "tempo": tempo}, inputs="x")


def said(**words: Any) -> Said:
    return Said(**words)


def copied(name: str, to: Path, **manifest: object) -> Path:
    """Copy one of the real recordings, with other words in its manifest."""
    folder = to / f"{name}.tempo"
    shutil.copytree(RECORDINGS / f"{name}.tempo", folder)
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **manifest}))
    return folder


SQUAT, DEADLIFT = "squat_3-1-X-1", "deadlift_2-1-X-0"
