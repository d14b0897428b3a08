"""Small valid files of every kind that is read: a set of three squats, at 20 samples a second."""

from __future__ import annotations

import gzip
import io
import json
import tempfile
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from tests.imu_tempo.formats.readers import made_files as made
from tests.imu_tempo.made_tables import lifted_bar

EVERY = 5
ROWS = 60
"""Three seconds: enough for every check of time and gravity."""

HEAD_LINES = 8


def thinned(data: bytes) -> bytes:
    """Keep a file's head, and every fifth of its first rows."""
    lines = data.splitlines(keepends=True)
    return b"".join([*lines[:HEAD_LINES], *lines[HEAD_LINES : HEAD_LINES + EVERY * ROWS : EVERY]])


def zipped(files: dict[str, bytes]) -> bytes:
    """Return a zip of files."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 3, 1, 18, 5, 0)), data, zipfile.ZIP_DEFLATED)
    return whole.getvalue()


@cache
def _written(name: str) -> dict[str, bytes]:
    """Return the files that a format consists of."""
    with tempfile.TemporaryDirectory() as folder:
        path = made.WRITERS[name](Path(folder))
        if path.is_dir():
            return {f.name: thinned(f.read_bytes()) for f in sorted(path.iterdir())}
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                return {n: thinned(archive.read(n)) for n in archive.namelist()}
        data = path.read_bytes()
        if data.startswith(b"\xff\xfe"):
            return {path.name: thinned(data.decode("utf-16").encode()).decode().encode("utf-16")}
        return {path.name: thinned(data)}


def tables_of_samples() -> list[bytes]:
    """Return a file of each format that is one file, and of the others that with the acceleration."""
    return [next(iter(_written(name).values())) for name in made.WRITERS]


def zips_of_samples() -> list[bytes]:
    """Return formats of several files, as zips."""
    return [zipped(_written(name)) for name in ("phyphox", "sensor_logger", "movesense", "metabase")]


def canonical_tables() -> list[bytes]:
    """Return our own columns in the spellings that are read."""
    table = lifted_bar(3.0, 20.0).round(4)
    plain = table.to_csv(index=False)
    return [
        plain.encode(),
        table.to_csv(index=False, sep=";", decimal=",").encode(),
        plain.encode("utf-16"),
        plain.replace("\n", "\r\n").encode("utf-8-sig"),
        table.drop(columns=[c for c in table if "gyr" in c]).assign(note="x").to_csv(index=False).encode(),
    ]


def packed_tables() -> list[bytes]:
    """Return gzip files of one member and of two."""
    whole = canonical_tables()[0]
    return [
        gzip.compress(whole, mtime=0),
        gzip.compress(whole[:900], mtime=0) + gzip.compress(whole[900:], mtime=0),
    ]


def parquet_tables() -> list[bytes]:
    """Return Parquet files, packed in several ways."""
    table = lifted_bar(3.0, 20.0)
    return [_parquet(table, way) for way in ("snappy", "zstd", "gzip", None)]


def _parquet(table: pd.DataFrame, compression: str | None) -> bytes:
    whole = io.BytesIO()
    table.astype(np.float32).to_parquet(whole, compression=compression, index=False)
    return whole.getvalue()


REP_TABLES = (
    "Email,Athlete,Last Name,Exercise,Workout Date,Repetition Date,# Set,# Rep.,Type*,"
    "Mean Propulsive Velocity (m/s),Mean Velocity (m/s),Peak Velocity (m/s),Repetition Duration (ms),"
    "ROM (Range of Motion) (m),Weight (kg),RPE\n"
    "a@example.org,Anna,Berg,Squat,01/03/2026,18:05,1,1,concentric,0.61,0.58,0.97,1050,0.609,80,7\n"
    "a@example.org,Anna,Berg,Squat,01/03/2026,18:05,1,2,concentric,0.57,0.54,0.92,,0.605,80,8\n",
    "Workout Start Time,Exercise,Set,Rep,Weight,Metric,Avg Velocity (m/s),Peak Velocity (m/s),"
    "Range of Motion (mm),Duration of Rep (sec)\n2026-03-01,Squat,1,1,225,lbs,0.5,0.8,600,1.2\n",
    "rep_row;set;ex;rep;rom;dur\n1;1;squat;1;612,5;1,1\n2;1;squat;2;601,0;1,2\n",
    "series,exercise,massExtra,meanSpeed,maxSpeed,width,height\n1,squat,60,0.7,1.1,900,500\n",
    "t,vz,rep,mcv,pcv,mev,pev,vloss\n0.0,0.1,0,0,0,0,0,0\n1.0,0.1,1,0.6,1.0,0.3,0.5,0\n2.0,0,2,0.5,0.9,0.3,0.4,9\n",
    "exercise,set,rep,load (kg),mean velocity (m/s),peak velocity (m/s)\nsquat,0,0,100,0.5,0.8\n",
    json.dumps({"reps": [{"MeanVelocity": 0.5, "PeakVelocity": 0.9, "RepNum": 1}], "Reference": "r"}),
    '{"reference":1,"athletename":"Anna","exercisename":"squat","barweight":100,"reps":'
    '[{"meanvelocity":0.5,"peakvelocity":0.9,"repnum":1,"height":0.6},{"meanvelocity":0.4,"peakvelocity":0.8,'
    '"repnum":2,"height":null}]}\n'
    '{"reference":2,"reps":[{"meanvelocity":0.5,"peakvelocity":0.9,"repnum":1}]}\n',
    '[{"setId":7,"avgVelocity":0.5,"peakVelocity":0.9,"eccentricDuration":2.0,"duration":1.0}]',
)

MOTIONS = (
    'video,average\nclip,0.5\n\nFrame number,Time (s),"velocity (vertical, m/s)",'
    '"displacement (vertical, m)"\n'
    "0,0.0,0.1,0.0\n1,0.033,0.2,0.01\n2,0.066,0.3,0.02\n3,0.1,0.2,0.03\n",
    "rep_row,t_s,pos_m,vel_mps\n1,0.0,0.0,0.1\n1,0.1,0.01,0.2\n2,0.0,0.5,0.1\n2,0.2,0.51,0.1\n2,0.3,,0.1\n",
    "t_s,pos_up_m\n0,0\n1,1\n2,1\n",
    "0*1000 1*300 0*500 -1*300 0*200 1 -1 0 1 -1 0",
)


def c3d_files() -> list[bytes]:
    """Return a C3D of one marker; none where its library is missing."""
    try:
        import ezc3d
    except ImportError:
        return []
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "a.c3d")
        file = ezc3d.c3d()
        file["parameters"]["POINT"]["RATE"]["value"] = [100.0]
        file["parameters"]["POINT"]["UNITS"]["value"] = ["mm"]
        file["parameters"]["POINT"]["LABELS"]["value"] = ["bar"]
        points = np.ones((4, 1, 20))
        points[2, 0] = np.linspace(0.0, 600.0, 20)
        file["data"]["points"] = points
        file.write(path)
        return [Path(path).read_bytes()]
