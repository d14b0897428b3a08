"""Files: samples, tables of reps, reference motion, settings, logs and the history, of whoever wrote them.

Each is fed as the file that a user would point at. What comes out must be finite numbers on a clock that goes
forward, and nothing may change on the disk beside the file.
"""

from __future__ import annotations

import atexit
import json
import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from firmware_bridge.errors import RecordingError
from firmware_bridge.untrusted import parse_toml
from imu_tempo.calibration import SensorCalibration, load_calibration, save_calibration
from imu_tempo.cli.agreement import _reps as reps_of_analysis
from imu_tempo.errors import TempoError
from imu_tempo.exercises import exercise, exercises
from imu_tempo.formats import Source, load
from imu_tempo.formats.analysis_json import analysis_object
from imu_tempo.formats.readers import (
    ReadOptions,
    mapping_of,
    read_mapping,
    read_motion,
    read_reps,
    read_samples,
)
from imu_tempo.history import AthleteSettings, Choice, History
from imu_tempo.history.names import read_names
from imu_tempo.history.trend import trend_of
from imu_tempo.metrics.presets import tempo_presets
from imu_tempo.metrics.tempo import Prescription, parse_tempo
from imu_tempo.protocols.library import protocols
from imu_tempo.protocols.reading import read_protocols
from imu_tempo.relabel import Edits, delete, merge, split
from imu_tempo.relabel import edit as edits
from imu_tempo.schema import RepRow, rows
from tests.fuzz import small_files as small
from tests.fuzz.harness import Target
from tests.imu_tempo.formats.readers import made_files as made
from tests.imu_tempo.made_sets import make_result

REFUSALS = (TempoError, RecordingError)
EVERYTHING = Choice(simulated=True)


@cache
def scratch() -> Path:
    """Return a folder of this process."""
    folder = Path(tempfile.mkdtemp(prefix="imu-tempo-fuzz-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def as_file(name: str, read: Callable[[Path], object]) -> Callable[[bytes], None]:
    """Feed bytes as a file of a name, and see that reading leaves no other file behind."""

    def feed(data: bytes) -> None:
        folder = scratch() / name.replace(".", "-")
        folder.mkdir(exist_ok=True)
        path = folder / name
        path.write_bytes(data)
        try:
            read(path)
        finally:
            assert [path] == list(folder.iterdir())
            assert path.read_bytes() == data

    return feed


def _source(path: Path) -> None:
    _whole(load(path))


def _whole(source: Source) -> None:
    assert source.blocks
    end_s = -np.inf
    for block in source.blocks:
        assert np.isfinite(block.t_s).all()
        assert np.isfinite(block.acc_mps2).all()
        assert block.gyr_radps is None or np.isfinite(block.gyr_radps).all()
        assert end_s < block.t_s[0]
        assert (np.diff(block.t_s) > 0).all()
        end_s = block.t_s[-1]
    assert source.duration_s > 0
    assert np.isfinite(source.info.rate_hz or 0.0)
    json.dumps({**source.meta, **source.quality}, allow_nan=False)


def _samples(path: Path) -> None:
    _, readings = read_samples(path)
    assert readings
    for reading in readings:
        assert len(reading.table.t_s) == len(reading.table.acc)
        assert reading.table.gyr is None or len(reading.table.gyr) == len(reading.table.acc)
    _whole(load(path))


MAPPED = ReadOptions(mapping=mapping_of(made.GENERIC_MAP, made.GENERIC_UNITS))


def _mapped(path: Path) -> None:
    _whole(load(path, options=MAPPED))


def _generic() -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        return [small.thinned(made.generic(Path(folder)).read_bytes())]


def _rep_table(path: Path) -> None:
    found = read_reps(path)
    assert len(found.reps)
    assert (found.reps.set_no >= 0).all()
    numbers = found.reps.select_dtypes("number").to_numpy(dtype=float)
    assert not np.isinf(numbers).any()
    found.reps.to_csv().encode()


def _motion(path: Path) -> None:
    for motion in read_motion(path):
        assert len(motion.t_s) == len(motion.pos_up_m) == len(motion.vel_up_mps)
        assert (np.diff(motion.t_s) > 0).all()


# Words of people


def _tempo(data: bytes) -> None:
    said = parse_tempo(data.decode("utf-8", "surrogateescape"))
    assert isinstance(said, Prescription)
    assert parse_tempo(str(said)) == said
    assert 0 <= said.tut_per_rep_s < 1000


def _tempos() -> list[bytes]:
    words = [
        "3-1-X-0",
        "30X0",
        "@40X0",
        "4-0-1.5-0",
        "4 0 1 0",
        "E3 C1",
        "3 down 1 up",
        "4/0/A/0",
        "2,5-0-?-0",
    ]
    return [word.encode() for word in (*words, *tempo_presets(), "\N{DOWNWARDS ARROW}3 \N{UPWARDS ARROW}1")]


def _exercise(data: bytes) -> None:
    assert exercise(data.decode("utf-8", "surrogateescape")).name


def _mapping_words(data: bytes) -> None:
    words = data.decode("utf-8", "surrogateescape").split("\n")
    mapping = mapping_of(
        [w for w in words if not w.startswith("unit ")], [w[5:] for w in words if w[:5] == "unit "]
    )
    assert mapping is None or all(np.isfinite(mapping.factor(kind)) for kind in mapping.units)


def _mapping_samples() -> list[bytes]:
    words = [*made.GENERIC_MAP, *(f"unit {unit}" for unit in made.GENERIC_UNITS)]
    return ["\n".join(words).encode(), b"acc_x=a\nacc_y=b\nacc_z=c\nrate_hz=100"]


# Settings


MAPPING = b"""rate_hz = 100
[columns]
acc_x_mps2 = "ax"
acc_y = "-ay"
acc_z = "az"
[units]
acc = "g"
"""


def _protocol_files() -> list[bytes]:
    from importlib.resources import files

    folder = files("imu_tempo.protocols") / "data"
    whole = (folder / "strength.toml").read_bytes()
    tables = whole.split(b"\n\n")
    return [whole[:6000].rpartition(b"\n\n[")[0], b"\n\n".join(tables[:3])]


def _protocols(data: bytes) -> None:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    for found in read_protocols(text, "mine.toml").values():
        assert found.prescription
        str(found)


def _own_protocols(path: Path) -> None:
    import os
    from unittest.mock import patch

    with patch.dict(os.environ, {"IMU_TEMPO_HOME": str(path.parents[1])}):
        assert protocols()


def _in_home(data: bytes) -> None:
    folder = scratch() / "home" / "protocols"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mine.toml").write_bytes(data)
    _own_protocols(folder / "mine.toml")


def _toml(data: bytes) -> None:
    assert isinstance(parse_toml(data), dict)


CALIBRATION = SensorCalibration(
    offset_mps2=(0.1, -0.2, 0.05),
    scale=(1.01, 0.99, 1.0),
    gyro_offset_radps=(0.01, 0.0, -0.02),
    sensor="Bar 1",
)


def _calibration_files() -> list[bytes]:
    return [save_calibration(CALIBRATION, scratch() / "made.json").read_bytes()]


def _calibration(path: Path) -> None:
    found = load_calibration(path)
    assert min(found.scale) > 0
    json.dumps(found.sensor)


# The history


def _names(path: Path) -> None:
    for athlete, name in read_names(path.parent).items():
        assert isinstance(athlete, str)
        assert isinstance(name, str)


SAID = {"exercise": "squat", "load_kg": 100.0, "definitions": {"edges": "travel"}}
ENTRIES: tuple[dict[str, object], ...] = (
    {"entry": "soreness", "athlete": "A1", "day": "2026-03-01", "soreness": 3.0, "area": "quads", "at": "t"},
    {"entry": "one_rep_max", "athlete": "A1", "exercise": "squat", "day": "2026-03-01", "one_rm_kg": 140.0},
    {"entry": "athlete", "athlete": "A1", "body_mass_kg": 80.0},
    {"entry": "analysed", "recording": "r", "folder": "/f", "said": SAID, "at": "t"},
    {"entry": "left_out", "recordings": ["r"]},
)


def _journals() -> list[bytes]:
    lines = ({"v": 1, "id": f"{number}", **entry} for number, entry in enumerate(ENTRIES))
    return ["".join(json.dumps(line) + "\n" for line in lines).encode()]


def _history_of(file: str) -> Callable[[bytes], None]:
    """Feed bytes as one of the files of a history, which must then be able to answer."""

    def feed(data: bytes) -> None:
        folder = Path(tempfile.mkdtemp(dir=scratch()))
        try:
            (folder / file).write_bytes(data)
            with History(folder) as history:
                for table in (
                    history.sessions,
                    history.sets,
                    history.reps,
                    history.soreness,
                    history.one_rep_maxes,
                ):
                    table(EVERYTHING).to_json()
                history.athletes().to_json()
                history.recordings()
                history.missing()
                trend_of(history, EVERYTHING)
                history.add(AthleteSettings(athlete="B", body_mass_kg=70.0))
                assert "B" in set(history.athletes()["athlete"])
            assert file != "journal.jsonl" or (folder / file).read_bytes().startswith(data)
        finally:
            shutil.rmtree(folder)

    return feed


# What was said of a recording afterwards, and analyses


@cache
def _analysis() -> tuple[object, list[RepRow]]:
    result = make_result("3-1-X-1")
    return result, rows(result.reps, RepRow)


def _logs() -> list[bytes]:
    _, reps = _analysis()
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "bar.csv"
        table.write_text("")
        log = Edits.load(table)
        for edit in (
            delete(reps[0]),
            merge(reps[1:3]),
            split(reps[3], reps[3].con_start_s),
            edits.add(1.0, 2.0),
        ):
            log.append(edit, who="amy")
        log.undo(who="amy")
        log.redo(who="amy")
        log.append(edits.label(exercise="squat", load_kg=80.0, athlete="A1", tempo="3-1-X-1"), who="amy")
        assert log.path is not None
        return [re.sub(rb'"time": "[^"]*"', b'"time": "2026-03-01T18:05:00+00:00"', log.path.read_bytes())]


def _log(data: bytes) -> None:
    table = scratch() / "log" / "bar.csv"
    table.parent.mkdir(exist_ok=True)
    table.write_text("")
    log_file = table.with_name("bar.csv.edits.jsonl")
    log_file.write_bytes(data)
    log = Edits.load(table)
    result, reps = _analysis()
    for entry in log.entries:
        assert str(entry).isprintable()
    log.apply(result)  # type: ignore[arg-type]
    log.append(delete(reps[0]), who="b")
    assert log_file.read_bytes().startswith(data)
    log.undo()


def _analysis_json() -> list[bytes]:
    told = analysis_object(make_result("3-1-X-1"))
    short = {name: told[name] for name in ("format", "exercise", "reps")}
    return [json.dumps(short).encode(), json.dumps({"reps": [{"set_no": 1}]}).encode()]


def _target(
    name: str, feed: Callable[[bytes], object], samples: Callable[[], list[bytes]], **more: object
) -> Target:
    return Target(name, feed, REFUSALS, samples, **{"text": True, "examples": 40, **more})  # type: ignore[arg-type]


def encoded(texts: tuple[str, ...]) -> Callable[[], list[bytes]]:
    """Return samples of texts."""
    return lambda: [text.encode() for text in texts]


TARGETS = (
    _target("canonical-csv", as_file("bar.csv", _source), small.canonical_tables),
    _target("canonical-gz", as_file("bar.csv.gz", _source), small.packed_tables, text=False),
    _target("parquet", as_file("bar.parquet", _source), small.parquet_tables, text=False),
    _target("other-samples", as_file("other.csv", _samples), lambda: _readable(small.tables_of_samples())),
    _target("mapped-samples", as_file("mapped.csv", _mapped), _generic),
    _target("zip", as_file("export.zip", _source), small.zips_of_samples, text=False),
    _target("rep-table", as_file("reps.csv", _rep_table), encoded(small.REP_TABLES)),
    _target("motion", as_file("motion.txt", _motion), encoded(small.MOTIONS)),
    _target("tempo", _tempo, _tempos),
    _target("exercise-name", _exercise, lambda: [name.encode() for name in exercises()]),
    _target("mapping", _mapping_words, _mapping_samples),
    _target("mapping-toml", as_file("map.toml", read_mapping), lambda: [MAPPING]),
    _target("protocols", _protocols, _protocol_files),
    _target("home-protocols", _in_home, _protocol_files, examples=20),
    replace(_target("toml", _toml, _protocol_files, examples=20), refusals=(ValueError,)),
    _target("calibration", as_file("calibration.json", _calibration), _calibration_files),
    _target("names", as_file("names.json", _names), lambda: [b'{"A1": "Anna", "B2": "Bo"}']),
    _target("history-journal", _history_of("journal.jsonl"), _journals, examples=12),
    _target("edits-log", _log, _logs, examples=20),
    _target("analysis-json", as_file("a.json", reps_of_analysis), _analysis_json),
)
"""C3D is not among them: see ``imu_tempo.formats.readers.reference.c3d``."""


def _readable(samples: list[bytes]) -> list[bytes]:
    """Leave out those that need a file beside them."""
    return [data for data in samples if b"seconds_elapsed" not in data and b"timestamp,x,y,z" not in data]
