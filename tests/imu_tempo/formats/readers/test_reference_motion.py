"""What encoders, videos and motion capture saw comes out as height and velocity, up positive."""
# ruff: noqa: E501 - headers stand in one line, as in the files

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from imu_tempo.errors import SourceError
from imu_tempo.formats.readers import ReadOptions, motion_table, read_motion
from imu_tempo.formats.readers.reference import c3d_process

SHARED = Path(__file__).parents[5] / "shared" / "data" / "openbarbell"

T_S = np.arange(200) / 100.0
POS_M = 0.3 * (1.0 - np.cos(np.pi * T_S))
VEL_MPS = 0.3 * np.pi * np.sin(np.pi * T_S)


def test_a_video_analysis_gives_its_vertical_velocity(tmp_path: Path) -> None:
    head = 'Weight (lbs):,100\nvideo,average,min\nclip,0.5,0.1\n\nFrame number,Time (s),"velocity (vertical, m/s)",'
    head += '"velocity (horizontal, m/s)","displacement (vertical, m)"\n'
    rows = "".join(
        f"{i},{t:.3f},{v:.6f},0,{p:.6f}\n"
        for i, (t, v, p) in enumerate(zip(T_S, VEL_MPS, POS_M, strict=True))
    )
    (tmp_path / "wl.txt").write_text(head + rows)
    (motion,) = read_motion(tmp_path / "wl.txt")
    np.testing.assert_allclose(motion.vel_up_mps, VEL_MPS, atol=1e-6)
    np.testing.assert_allclose(motion.pos_up_m, POS_M, atol=1e-6)


def test_the_slim_video_table_gives_position_from_velocity(tmp_path: Path) -> None:
    rows = "".join(f"{i},{t:.3f},{v:.6f}\n" for i, (t, v) in enumerate(zip(T_S, VEL_MPS, strict=True)))
    (tmp_path / "wl.txt").write_text(f'Frame number,Time (s),"velocity (vertical, m/s)"\n{rows}')
    (motion,) = read_motion(tmp_path / "wl.txt")
    np.testing.assert_allclose(motion.pos_up_m, POS_M, atol=1e-4)
    assert "trapezium" in motion.note


def test_runs_of_a_raw_encoder_are_spelt_out(tmp_path: Path) -> None:
    (tmp_path / "raw.txt").write_text("0*1000 1*300 0*500 -1*300 0*200 1 -1 0 1 -1 0")
    (motion,) = read_motion(tmp_path / "raw.txt")
    assert len(motion.t_s) == 2306
    assert motion.pos_up_m.max() == pytest.approx(0.301, abs=0.0015)
    assert motion.vel_up_mps[1150] == pytest.approx(1.0, abs=0.01)
    assert motion.vel_up_mps[1950] == pytest.approx(-1.0, abs=0.01)


def test_a_run_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "raw.txt").write_text("0 0 0 0 0 0 0 0 0 0 1*999999999")
    with pytest.raises(SourceError, match="more than an hour"):
        read_motion(tmp_path / "raw.txt")


def test_traces_of_an_encoder_stay_apart(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"rep_row": [0, 0, 0, 1, 1, 1], "t_s": [0, 0.1, 0.2] * 2, "vel_mps": [0, 1, 0, 0, 2, 0]}
    )
    frame.to_csv(tmp_path / "traces.csv", index=False)
    motions = read_motion(tmp_path / "traces.csv")
    assert [m.name for m in motions] == ["0", "1"]
    np.testing.assert_allclose(motions[1].pos_up_m, [0.0, 0.1, 0.2])
    assert list(motion_table(motions)) == ["trace", "t_s", "pos_up_m", "vel_up_mps"]
    assert len(read_motion(tmp_path / "traces.csv", ReadOptions(device="1"))) == 1


def c3d(path: Path, labels: list[str], points: np.ndarray) -> Path:
    ezc3d = pytest.importorskip("ezc3d", reason="the extra 'mocap' (ezc3d) is not installed")
    file = ezc3d.c3d()
    file["parameters"]["POINT"]["RATE"]["value"] = [100.0]
    file["parameters"]["POINT"]["UNITS"]["value"] = ["mm"]
    file["parameters"]["POINT"]["LABELS"]["value"] = labels
    file["data"]["points"] = points
    file.write(str(path))
    return path


def test_a_marker_of_motion_capture_gives_its_height(tmp_path: Path) -> None:
    points = np.ones((4, 2, len(T_S)))
    points[2, 1] = 1000.0 * POS_M
    path = c3d(tmp_path / "lift.c3d", ["HIP", "BAR"], points)
    with pytest.raises(SourceError, match="holds the markers HIP, BAR: say which with --device"):
        read_motion(path)
    (motion,) = read_motion(path, ReadOptions(device="BAR"))
    np.testing.assert_allclose(motion.pos_up_m, POS_M, atol=1e-6)
    np.testing.assert_allclose(motion.vel_up_mps[1:-1], VEL_MPS[1:-1], atol=1e-3)
    (down,) = read_motion(path, ReadOptions(device="BAR", up="-z"))
    np.testing.assert_allclose(down.pos_up_m, -POS_M, atol=1e-6)


def test_without_the_library_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lift.c3d").write_bytes(b"\x02\x50" + bytes(510))
    monkeypatch.setitem(sys.modules, "ezc3d", None)
    with pytest.raises(SourceError, match=r"pip install 'imu-tempo\[mocap\]'"):
        read_motion(tmp_path / "lift.c3d")


def test_a_damaged_c3d_is_told(tmp_path: Path) -> None:
    pytest.importorskip("ezc3d", reason="the extra 'mocap' (ezc3d) is not installed")
    (tmp_path / "lift.c3d").write_bytes(b"\x02\x50" + bytes(510))
    with pytest.raises(SourceError):
        read_motion(tmp_path / "lift.c3d")


@pytest.mark.skipif(not SHARED.exists(), reason="the OpenBarbell test data is not on this machine")
def test_real_encoder_traces_are_read() -> None:
    table = pd.read_csv(SHARED / "velocity_traces.csv.gz")
    motions = read_motion(SHARED / "velocity_traces.csv.gz")
    assert len(motions) == table["rep_row"].nunique()
    first = table[table["rep_row"] == 0]
    np.testing.assert_allclose(motions[0].vel_up_mps, first["vel_mps"])
    assert all(m.pos_up_m[-1] > 0.1 for m in motions)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("import os; os.abort()", "came to its end"),
        ("while True: pass", "not read within 2 s"),
        ("def c3d(path): return bytes(1 << 40)", "MemoryError"),
        ("def c3d(path): raise RuntimeError('no header')", "no header"),
    ],
)
def test_a_c3d_that_takes_its_library_down_takes_nothing_else_with_it(
    body: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ezc3d.py").write_text(body)
    (tmp_path / "lift.c3d").write_bytes(b"\x02\x50" + bytes(510))
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "ezc3d", raising=False)
    monkeypatch.setattr(c3d_process, "PATIENCE_S", 2.0 if "while" in body else c3d_process.PATIENCE_S)
    with pytest.raises(SourceError, match=says):
        read_motion(tmp_path / "lift.c3d")
