"""Files of other tools, written by us to their formats from a simulated set, whose samples are known."""
# ruff: noqa: E501 - headers stand in one line, as in the files

from __future__ import annotations

import math
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imu_tempo.live.simulated import SimulatedSet, simulated

Array = NDArray[np.float64]

G_MPS2 = 9.80665
DEG = math.pi / 180.0
EPOCH_S = 1_772_384_700.0  # 2026-03-01 17:05:00 UTC
REPS = 3
RATE_HZ = 100.0


@dataclass(frozen=True, eq=False)
class Lifted:
    """A simulated set: samples as a perfect logger would have them, and the truth of its reps."""

    t_s: Array
    acc: Array
    gyr: Array
    mcv_mps: list[float]
    ecc_s: list[float]


@cache
def lifted(rate_hz: float = RATE_HZ, reps: int = REPS) -> Lifted:
    sim = simulated(SimulatedSet(exercise="squat", reps=reps, tempo="3-1-X-1", rate_hz=rate_hz, seed=3))
    assert sim.gyr_radps is not None
    truth = sim.rep_columns()
    return Lifted(
        np.arange(len(sim.t_s)) / rate_hz, sim.acc_mps2, sim.gyr_radps, truth["mcv_mps"], truth["ecc_s"]
    )


def rows(*columns: Sequence[object] | Array, delimiter: str = ",") -> str:
    return "".join(delimiter.join(map(str, row)) + "\n" for row in zip(*columns, strict=True))


def cells(values: Array, digits: int) -> list[str]:
    return [f"{value:.{digits}f}" for value in values]


def stamps(t_s: Array, form: str = "%Y-%m-%d %H:%M:%S.%f") -> list[str]:
    start = datetime.fromtimestamp(EPOCH_S, UTC)
    return [(start + timedelta(seconds=float(t))).strftime(form)[:-3] for t in t_s]


def zipped(folder: Path, name: str) -> Path:
    path = folder.with_name(name)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(f for f in folder.rglob("*") if f.is_file()):
            archive.write(file, file.relative_to(folder).as_posix())
    return path


def metabase(folder: Path) -> Path:
    """A file a sensor, the gyro at twice the rate and named by its own."""
    bar, fast = lifted(), lifted(2 * RATE_HZ)
    head = "epoc (ms),timestamp (+0100),elapsed (s),x-axis ({0}),y-axis ({0}),z-axis ({0})\n"
    stem = "Back Squat_2026-03-01T18.05.00.000_D5A7B1_{}_{:.3f}Hz_1.5.0.csv"

    def write(name: str, t_s: Array, values: Array, unit: str, rate_hz: float) -> Path:
        path = folder / stem.format(name, rate_hz)
        ms = np.rint((EPOCH_S + t_s) * 1e3).astype(np.int64)
        text = rows(ms, stamps(t_s, "%Y-%m-%dT%H.%M.%S.%f"), cells(t_s, 3), *(cells(v, 3) for v in values.T))
        path.write_text(head.format(unit) + text)
        return path

    write("Gyroscope", fast.t_s, fast.gyr / DEG, "deg/s", 2 * RATE_HZ)
    return write("Accelerometer", bar.t_s, bar.acc / G_MPS2, "g", RATE_HZ)


def dot(folder: Path) -> Path:
    bar, path = lifted(), folder / "D422CD00AB12_20260301_180500.csv"
    us = ((bar.t_s * 1e6).astype(np.int64) + 2**32 - 4_000_000) % 2**32  # wraps after 4 s
    text = rows(
        np.arange(len(us)), us, *(cells(v, 6) for v in bar.acc.T), *(cells(v, 6) for v in (bar.gyr / DEG).T)
    )
    about = "DeviceTag:,Bar left\nFirmwareVersion:,2.4.0\nOutputRate:,100Hz\n\n"
    head = "PacketCounter,SampleTimeFine,Acc_X,Acc_Y,Acc_Z,Gyr_X,Gyr_Y,Gyr_Z\n"
    path.write_text(about + head + text)
    return path


def dot_free(folder: Path) -> Path:
    """FreeAcc and the quaternion of a sensor that lies tilted by 50 degrees about x, not turning."""
    bar, path = lifted(), folder / "dot_free.csv"
    tilt = 50 * DEG
    up = np.array([0.0, math.sin(tilt), math.cos(tilt)])  # of the world, in the sensor's frame
    side = np.array([0.0, math.cos(tilt), -math.sin(tilt)])
    world = np.column_stack([bar.acc[:, 0], bar.acc @ side, bar.acc @ up - G_MPS2])
    quat = [f"{v:.8f}" for v in (math.cos(tilt / 2), math.sin(tilt / 2), 0.0, 0.0)]
    n = len(bar.t_s)
    text = rows(
        np.arange(n),
        (bar.t_s * 1e6).astype(np.int64),
        *([q] * n for q in quat),
        *(cells(v, 6) for v in world.T),
        *(cells(v, 6) for v in (bar.gyr / DEG).T),
    )
    names = "PacketCounter,SampleTimeFine,Quat_W,Quat_X,Quat_Y,Quat_Z,FreeAcc_X,FreeAcc_Y,FreeAcc_Z,Gyr_X,Gyr_Y,Gyr_Z"
    path.write_text(f"{names}\n{text}")
    return path


def witmotion(
    folder: Path, *, devices: Sequence[str] = ("WT901BLE68(c5:42)",), chinese: bool = False
) -> Path:
    """Tabs, the chip's time, null cells, and the header again every 500 rows."""
    bar, path = lifted(), folder / "20260301180500.txt"
    head = (
        "time\tDeviceName\tChipTime()\tAccX(g)\tAccY(g)\tAccZ(g)\tAsX(°/s)\tAsY(°/s)\tAsZ(°/s)\tAngleX(°)\n"
    )
    if chinese:
        head = "时间\t设备名称\t片上时间()\t加速度X(g)\t加速度Y(g)\t加速度Z(g)\t角速度X(°/s)\t角速度Y(°/s)\t角速度Z(°/s)\t角度X(°)\n"
    lines = []
    for i, (host, chip) in enumerate(
        zip(stamps(bar.t_s // 0.04 * 0.04), stamps(bar.t_s, "%Y-%m-%d %H:%M:%S:%f"), strict=True)
    ):
        if i % 500 == 0:
            lines.append(head)
        numbers = [*(f"{v:.4f}" for v in bar.acc[i] / G_MPS2), *(f"{v:.4f}" for v in bar.gyr[i] / DEG)]
        lines += ["\t".join([host, name, chip, *numbers, "null"]) + "\n" for name in devices]
    path.write_bytes("".join(lines).encode("gb18030" if chinese else "utf-8"))
    return path


def witmotion_bursts(folder: Path) -> Path:
    """No time of the chip: four samples come at once, each burst up to 12 ms late."""
    bar, path = lifted(), folder / "bursts.txt"
    late = np.repeat(np.random.default_rng(1).uniform(0.0, 0.012, len(bar.t_s) // 4 + 1), 4)[: len(bar.t_s)]
    last = np.minimum(np.arange(len(bar.t_s)) // 4 * 4 + 3, len(bar.t_s) - 1)
    arrived = stamps(bar.t_s[last] + late)
    head = "time\tAccX(g)\tAccY(g)\tAccZ(g)\tAsX(°/s)\tAsY(°/s)\tAsZ(°/s)\n"
    numbers = [*(cells(v, 4) for v in (bar.acc / G_MPS2).T), *(cells(v, 4) for v in (bar.gyr / DEG).T)]
    path.write_text(head + rows(arrived, *numbers, delimiter="\t"), encoding="utf-8")
    return path


def low_noise() -> Array:
    """The set as an accelerometer sees it that never reaches its 2 g."""
    return np.clip(lifted().acc, -1.85 * G_MPS2, 1.85 * G_MPS2)


def shimmer(folder: Path, *, clipped: bool = False, delimiter: str = "\t") -> Path:
    """Both accelerometers; the low-noise one with its range of 2 g where wanted."""
    bar, path = lifted(), folder / "bar_Session1_Shimmer_60F7_Calibrated_SD.csv"
    noise = np.random.default_rng(2).normal(0.0, 0.02, bar.acc.shape)
    low = low_noise()
    wide = bar.acc + noise
    if clipped:
        low, wide = np.clip(bar.acc, -2.0 * G_MPS2, 2.0 * G_MPS2), bar.acc
    names = [f"Accel_LN_{a}" for a in "XYZ"] + [f"Accel_WR_{a}" for a in "XYZ"] + [f"Gyro_{a}" for a in "XYZ"]
    header = ["Shimmer_60F7_Timestamp_Unix_CAL", *(f"Shimmer_60F7_{name}_CAL" for name in names)]
    units = ["ms", *["m/(s^2)"] * 6, *["deg/s"] * 3]
    ms = cells((EPOCH_S + bar.t_s) * 1e3, 3)
    values = [cells(v, 6) for v in np.column_stack([low, wide, bar.gyr / DEG]).T]
    top = f'"sep={delimiter}"\n' + delimiter.join(header) + "\n" + delimiter.join(units) + "\n"
    path.write_text(top + rows(ms, *values, delimiter=delimiter))
    return path


def phyphox(folder: Path, *, comma: bool = False) -> Path:
    """A zip with a table a sensor and what it says of device and time."""
    bar, inside = lifted(), folder / "phyphox"
    (inside / "meta").mkdir(parents=True)
    for name, label, unit, values in (
        ("Accelerometer", "Acceleration", "m/s^2", bar.acc),
        ("Gyroscope", "Gyroscope", "rad/s", bar.gyr),
    ):
        columns = [[f"{v:.9E}" for v in column] for column in (bar.t_s, *values.T)]
        head = ",".join(['"Time (s)"', *(f'"{label} {a} ({unit})"' for a in "xyz")])
        text = f"{head}\n{rows(*columns)}"
        if comma:
            text = f"{head.replace(',', ';')}\n" + rows(*columns, delimiter=";").replace(".", ",")
        (inside / f"{name}.csv").write_text(text)
    (inside / "meta" / "time.csv").write_text(
        '"event","experiment time","system time","system time text"\n'
        f'"START",0.000000000E0,{EPOCH_S:.3f},"2026-03-01 18:05:00.000 UTC+01:00"\n'
    )
    (inside / "meta" / "device.csv").write_text('"property","value"\n"deviceModel","Phone 9"\n')
    return zipped(inside, "experiment.zip")


def sensor_logger(folder: Path, *, ios: bool = False, standard: bool = False) -> Path:
    """Columns in the order z, y, x; Android with TotalAcceleration, an iPhone with Gravity, signs turned."""
    bar, inside = lifted(), folder / "2026-03-01_17-05-00"
    inside.mkdir()
    sign = -1.0 if ios and not standard else 1.0
    smooth = np.column_stack(
        [np.convolve(np.pad(a, 25, "edge"), np.full(51, 1 / 51), "valid") for a in bar.acc.T]
    )
    files = {"Gyroscope": bar.gyr, "Accelerometer": sign * (bar.acc - smooth)}
    files |= {"Gravity": sign * smooth} if ios else {"TotalAcceleration": bar.acc}
    ns = np.rint((EPOCH_S + bar.t_s) * 1e9).astype(np.int64)
    for name, values in files.items():
        text = rows(ns, cells(bar.t_s, 4), *(cells(values[:, i], 9) for i in (2, 1, 0)))
        (inside / f"{name}.csv").write_text(f"time,seconds_elapsed,z,y,x\n{text}")
    about = (
        "version,device name,recording epoch time,recording time,recording timezone,platform,appVersion,device id,"
        "sensors,sampleRateMs,standardisation,platform version\n"
        f"3,Anna's phone,{EPOCH_S * 1e3:.0f},2026-03-01_17-05-00,Europe/Berlin,{'ios' if ios else 'android'},1.4,x,"
        f"Accelerometer|Gyroscope,10,{'true' if standard else 'false'},17\n"
    )
    (inside / "Metadata.csv").write_text(about)
    return inside


def movesense(folder: Path) -> Path:
    bar, inside = lifted(), folder / "movesense"
    inside.mkdir()
    ms = np.rint(bar.t_s * 1e3 + 172_460).astype(np.int64)
    for name, values in (("acc", bar.acc), ("gyro", bar.gyr / DEG)):
        text = rows(ms, *(cells(v, 6) for v in values.T))
        (inside / f"20260301T180500Z_214530002310_{name}_stream.csv").write_text(f"timestamp,x,y,z\n{text}")
    return inside


def apple(folder: Path, *, sensorlog: bool = False) -> Path:
    """Gravity and user acceleration in g, both the other way round than specific force."""
    bar, path = lifted(), folder / "motion.csv"
    smooth = np.column_stack(
        [np.convolve(np.pad(a, 25, "edge"), np.full(51, 1 / 51), "valid") for a in bar.acc.T]
    )
    values = np.column_stack([bar.t_s + 1000.0, -(bar.acc - smooth) / G_MPS2, -smooth / G_MPS2, bar.gyr])
    names = ["t", *(f"ua_{a}" for a in "xyz"), *(f"g_{a}" for a in "xyz"), *(f"rr_{a}" for a in "xyz")]
    if sensorlog:
        names = ["motionTimestamp_sinceReboot(s)"]
        names += [f"motionUserAcceleration{a}(G)" for a in "XYZ"] + [f"motionGravity{a}(G)" for a in "XYZ"]
        names += [f"motionRotationRate{a}(rad/s)" for a in "XYZ"]
    path.write_text(",".join(names) + "\n" + rows(*(cells(v, 9) for v in values.T)))
    return path


def barbellimu(folder: Path) -> Path:
    bar, path = lifted(), folder / "session.csv"
    us = ((bar.t_s * 1e6).astype(np.int64) + 2**32 - 5_000_000) % 2**32
    acc, gyr = np.rint(bar.acc / G_MPS2 * 1000), np.rint(bar.gyr / DEG * 16)
    numbers = [cells(v, 0) for v in np.column_stack([acc, gyr]).T]
    n = len(us)
    text = rows(us, *numbers, np.arange(n) % 256, ["3"] * n)
    path.write_text(f"timestamp_us,ax_mg,ay_mg,az_mg,gx_dps16,gy_dps16,gz_dps16,seq,flags\n{text}")
    return path


def bar_tracker(folder: Path) -> Path:
    bar, path = lifted(), folder / "session1.csv"
    ms = np.rint(bar.t_s * 1e3).astype(np.int64)
    values = [cells(v, 4) for v in np.column_stack([bar.acc, bar.gyr]).T]
    n = len(ms)
    text = rows(["1"] * n, ms, *values, ["0.0"] * n, ["0.0"] * n)
    names = "rep_id,t_ms,ax_mps2,ay_mps2,az_mps2,gx_rads,gy_rads,gz_rads,aZ_filt,vZ\n"
    path.write_bytes((names + text).replace("\n", "\r\n").encode("utf-16"))
    return path


def generic(folder: Path) -> Path:
    """No format of anybody: German names, semicolons, decimal commas, g, deg/s, ms, x the other way round."""
    bar, path = lifted(), folder / "eigenbau.csv"
    values = np.column_stack([bar.acc / G_MPS2, bar.gyr / DEG]) * np.array([-1, 1, 1, 1, 1, 1])
    columns = [cells(bar.t_s * 1e3, 1), *(cells(v, 5) for v in values.T)]
    text = "Zeit;bx;by;bz;dx;dy;dz;Bemerkung\n" + rows(
        *columns, ["ok"] * len(bar.t_s), delimiter=";"
    ).replace(".", ",")
    path.write_bytes(text.encode("latin-1"))
    return path


GENERIC_MAP = ("t=Zeit", "acc_x=-bx", "acc_y=by", "acc_z=bz", "gyr_x=dx", "gyr_y=dy", "gyr_z=dz")
GENERIC_UNITS = ("acc=g", "gyr=deg/s", "time=ms")

WRITERS: dict[str, Callable[[Path], Path]] = {
    "metabase": metabase,
    "dot": dot,
    "dot_free": dot_free,
    "witmotion": witmotion,
    "shimmer": shimmer,
    "phyphox": phyphox,
    "sensor_logger": sensor_logger,
    "movesense": movesense,
    "apple": apple,
    "barbellimu": barbellimu,
    "bar_tracker": bar_tracker,
}
