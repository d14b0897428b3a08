"""Recordings, what was said of them, and the history go together, whatever is moved, edited or lost."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pandas as pd
import pytest
from made_history import DEADLIFT, SQUAT, copied

from firmware_bridge.errors import RecordingError
from firmware_bridge.recording import repair
from imu_tempo import analyze
from imu_tempo.bookkeeping import lifting_of, reindex, remember, restore, said_of
from imu_tempo.calibration import UNCALIBRATED, SensorCalibration
from imu_tempo.definitions import Definitions
from imu_tempo.formats import load
from imu_tempo.history import Choice, History, recording_facts
from imu_tempo.live.lifting import Lifting
from imu_tempo.metrics.context import SetContext
from imu_tempo.metrics.scoring import Tolerance
from imu_tempo.metrics.stop import RirLine, StopRule
from imu_tempo.protocols import protocols
from imu_tempo.relabel import Edits, delete, label
from imu_tempo.schema import RepRow, columns, rows

ALL = Choice(simulated=True)
REP = [c.name for c in columns(RepRow)]


@pytest.fixture
def squat(tmp_path: Path) -> Path:
    return copied(SQUAT, tmp_path)


def test_reading_a_recording_gives_what_analyze_gives(history: History, squat: Path) -> None:
    done = reindex(history, [squat])
    assert done.put == [squat]
    expected = analyze(squat, exercise="squat", load_kg=100.0, tempo="3-1-X-1", athlete="A12")
    pd.testing.assert_frame_equal(history.reps(ALL)[REP], expected.reps[REP], check_exact=True)


def test_reading_again_touches_only_what_changed(history: History, tmp_path: Path) -> None:
    squat, deadlift = copied(SQUAT, tmp_path), copied(DEADLIFT, tmp_path)
    assert len(reindex(history, [tmp_path]).put) == 2
    assert len(reindex(history, [tmp_path]).unchanged) == 2
    copied_manifest = squat / "manifest.json"
    copied_manifest.write_text(json.dumps({**json.loads(copied_manifest.read_text()), "load_kg": 102.5}))
    done = reindex(history)
    assert (done.put, done.unchanged) == ([squat], [deadlift])
    assert set(history.reps(ALL).load_kg) == {102.5, 140.0}
    assert len(reindex(history, everything=True).put) == 2


def test_a_recording_is_itself_wherever_it_is_and_however_often(
    history: History, squat: Path, tmp_path: Path
) -> None:
    reindex(history, [squat])
    moved = squat.rename(tmp_path / "elsewhere.tempo")
    (tmp_path / "usb").mkdir()
    copied(SQUAT, tmp_path / "usb")
    reindex(history, [tmp_path])
    assert len(history.sessions(ALL)) == 1
    assert recording_facts(moved).id != recording_facts(copied(DEADLIFT, tmp_path)).id


def test_a_recording_that_was_cut_off_keeps_its_id_when_it_is_repaired(squat: Path) -> None:
    before = recording_facts(squat).id
    manifest, packets = squat / "manifest.json", squat / "packets.jsonl.gz"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "state": "open", "contents": None}))
    packets.with_suffix("").write_bytes(gzip.decompress(packets.read_bytes())[:-7])  # its last line is torn
    packets.unlink()
    (squat / "samples.parquet").unlink()
    assert recording_facts(squat).id == before
    repair(squat)
    assert recording_facts(squat).manifest.state == "sealed"
    assert recording_facts(squat).id == before


def test_what_was_said_comes_back_after_the_database_is_lost(
    history: History, squat: Path, home: Path
) -> None:
    calibration = SensorCalibration(sensor="x", offset_mps2=(0.1, 0.0, 0.0))
    context = SetContext(one_rm_kg=150.0, stop=StopRule(velocity_loss_pct=10.0))
    lifting = Lifting(
        load_kg=60.0,
        athlete="B7",
        context=context,
        definitions=Definitions(edges="5-95", velocity_loss_from="first"),
        calibration=calibration,
    )
    result = analyze(
        squat,
        exercise="squat",
        load_kg=60.0,
        tempo="3-1-X-1",
        athlete="B7",
        definitions=lifting.definitions,
        calibration=calibration,
        context=context,
    )
    assert set(result.sets.load_pct_1rm) == {40.0}
    assert remember(history, squat, lifting, result)
    before = history.reps(ALL), history.sets(ALL)
    history.close()
    (home / "history.sqlite3").unlink()
    with History(home) as again:
        assert len(again.reps(ALL)) == 0
        assert restore(again).put == [squat.resolve()]
        pd.testing.assert_frame_equal(again.reps(ALL), before[0], check_exact=True)
        pd.testing.assert_frame_equal(again.sets(ALL), before[1], check_exact=True)


@pytest.mark.parametrize(
    "lifting",
    [
        Lifting(),
        Lifting(exercise="squat", load_kg=1.5, tempo="3-1-X-1", athlete="Zoë"),
        Lifting(definitions=Definitions(partial_ratio=0.5)),
        Lifting(calibration=SensorCalibration(sensor="x", scale=(1.0, 1.01, 1.0 / 3.0))),
        Lifting(context=SetContext(one_rm_kg=150.0, body_mass_kg=80.0, body_ratio=0.88)),
        Lifting(context=SetContext(assisted=True, tolerance=Tolerance(absolute_s=0.3))),
        Lifting(
            context=SetContext(
                stop=StopRule(
                    velocity_loss_pct=20.0,
                    reps_in_reserve=2.0,
                    rir_line=RirLine(intercept=-5.0, slope_per_mps=20.0),
                )
            )
        ),
    ],
)
def test_what_was_said_survives_json(lifting: Lifting) -> None:
    from imu_tempo.history import Said

    kept = json.loads(json.dumps({k: getattr(said_of(lifting), k) for k in Said.__slots__}))
    assert lifting_of(Said(**kept)) == lifting


def test_no_calibration_stays_no_calibration() -> None:
    assert lifting_of(said_of(Lifting(calibration=UNCALIBRATED))).calibration is UNCALIBRATED


def test_a_protocol_is_kept_as_what_it_asks_for(history: History, tmp_path: Path) -> None:
    folder = copied(SQUAT, tmp_path, exercise=None, tempo=None)
    lifting = Lifting().following(next(p for p in protocols().values() if p.exercises[:1] == ("squat",)))
    result = analyze(folder, **lifting.completed(load(folder)).arguments())
    remember(history, folder, lifting, result)
    before = history.reps(ALL), history.sets(ALL)
    assert '"protocol": "' in history.sessions(ALL).parameters[0]
    reindex(history, everything=True)
    pd.testing.assert_frame_equal(history.sets(ALL), before[1], check_exact=True)
    pd.testing.assert_frame_equal(history.reps(ALL), before[0], check_exact=True)


def test_the_eccentric_measures_are_kept(history: History, squat: Path) -> None:
    reindex(history, [squat])
    expected = analyze(squat, exercise="squat", load_kg=100.0, tempo="3-1-X-1", athlete="A12").eccentric
    found = history.eccentric(ALL)[list(expected)]
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    assert found.ecc_work_j.notna().all()


def test_edits_beside_a_recording_are_honoured(history: History, squat: Path) -> None:
    reindex(history, [squat])
    raw = analyze(squat, exercise="squat", edits=False)
    assert len(raw.reps) == 6
    Edits.load(squat).append(delete(rows(raw.reps, RepRow)[2]), on=raw, who="amy")
    assert reindex(history).put == [squat.resolve()]
    assert len(history.reps(ALL)) == 5
    assert history.sets(ALL).reps.tolist() == [5]


def test_a_label_given_later_stands_before_what_was_said_earlier(history: History, squat: Path) -> None:
    result = analyze(squat, exercise="squat", load_kg=60.0, athlete="B7")
    remember(history, squat, Lifting(load_kg=60.0, athlete="B7"), result)
    raw = analyze(squat, exercise="squat", edits=False)
    Edits.load(squat).append(label(load_kg=80.0), on=raw, who="amy")
    reindex(history)
    assert set(history.sets(ALL).load_kg) == {80.0}
    assert set(history.sets(ALL).athlete) == {"B7"}


def test_what_cannot_be_read_is_told_and_stops_nothing(history: History, squat: Path, tmp_path: Path) -> None:
    broken = copied(DEADLIFT, tmp_path)
    (broken / "packets.jsonl.gz").write_bytes(b"no packets")
    (broken / "samples.parquet").write_bytes(b"no samples")
    done = reindex(history, [tmp_path])
    assert done.put == [squat]
    assert [folder for folder, _ in done.failed] == [broken]


def test_recordings_that_are_gone_are_told_and_their_numbers_stay(history: History, squat: Path) -> None:
    reindex(history, [squat])
    squat.rename(squat.with_name("moved.tempo"))
    assert reindex(history).gone == [squat.resolve()]
    assert len(history.sessions(ALL)) == 1
    history.drop(history.recordings())
    assert len(history.sessions(ALL)) == len(history.recordings()) == 0


def test_a_folder_that_is_not_there_is_one_clear_sentence(history: History, tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="there is no folder"):
        reindex(history, [tmp_path / "nowhere"])
