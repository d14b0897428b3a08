"""Files that are damaged, huge, or made to do harm are refused in one clear sentence."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imu_tempo.errors import SourceError, TempoError
from imu_tempo.formats import load
from imu_tempo.formats.canonical import REQUIRED
from imu_tempo.formats.readers import (
    ReadOptions,
    mapping_of,
    opening,
    read_motion,
    read_reps,
    read_samples,
    rep_tables,
)
from tests.imu_tempo.formats.readers import made_files as made

HEAD = "timestamp_us,ax_mg,ay_mg,az_mg,gx_dps16,gy_dps16,gz_dps16,seq,flags\n"


def refusal(path: Path, options: ReadOptions | None = None) -> str:
    with pytest.raises(SourceError) as caught:
        read_samples(path, options)
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    assert str(path) in message
    return message


def zip_of(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b" \n\n", "blank space"),
        (HEAD.encode() + b"1,2\0,3\n", "NUL bytes"),
        (HEAD.encode(), "has a header but no rows"),
        (HEAD.encode() + b"x" * 2_000_000, "a line of 2000000 characters"),
        (HEAD.encode() + b"1,2,3,4,5,6,7,8,9\n1,2\n3,4,5,6,7,8,9,10,11\n", "line 3: it has 2 cells where"),
        (HEAD.encode() + b"1,2,3,ab,5,6,7,8,9\n", "line 2: az_mg is 'ab', expected a number"),
        (b"%PDF-1.7 ...", "is a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an old Excel file"),
        (b"\x1f\x8bxxxxxxxxxxxxxxxx", "damaged gzip"),
        (gzip.compress(HEAD.encode() * 50)[:40], "damaged gzip"),
        (b"PK\x03\x04 and nothing", "damaged zip"),
        (b"PK\x05\x06" + bytes(18), "holds no table"),
    ],
)
def test_what_is_no_file_of_samples_is_told(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(data)
    assert says in refusal(path, ReadOptions(format="barbellimu"))


def test_not_a_number_is_a_gap_and_infinity_too(tmp_path: Path) -> None:
    path = made.barbellimu(tmp_path)
    lines = path.read_text().splitlines(keepends=True)
    for line, word in ((400, "nan"), (500, "inf"), (600, "-inf")):
        cells = lines[line].split(",")
        lines[line] = ",".join([*cells[:2], word, *cells[3:]])
    path.write_text("".join(lines))
    assert load(path).quality["nan_rows"] == 3


@pytest.mark.parametrize("name", ["../evil.csv", "/etc/evil.csv", "C:\\evil.csv", "a/../../evil.csv"])
def test_a_zip_whose_names_lead_out_of_it_is_not_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / "escape.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("x")
        info.filename = name
        archive.writestr(info, HEAD)
    assert "leads out of it" in refusal(path)


def test_a_zip_bomb_is_stopped_where_the_bound_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MAX_BYTES", 1 << 20)
    path = zip_of(tmp_path / "bomb.zip", {f"{i}.csv": bytes(600_000) for i in range(3)})
    assert path.stat().st_size < 10_000
    assert "holds more than" in refusal(path)
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(bytes(2_000_000)))
    assert "holds more than" in refusal(tmp_path / "bomb.csv.gz")


def test_a_zip_of_thousands_of_files_is_refused(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "many.zip", {f"{i}.csv": b"a" for i in range(600)})
    assert "holds 600 files" in refusal(path)


def test_a_zip_with_a_password_is_told(tmp_path: Path) -> None:
    data = bytearray(zip_of(tmp_path / "a.zip", {"a.csv": HEAD.encode()}).read_bytes())
    data[6] |= 1  # the flag of an encrypted file, in its own header and in the directory
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path = tmp_path / "locked.zip"
    path.write_bytes(bytes(data))
    assert "is encrypted" in refusal(path)


def test_two_formats_that_fit_are_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "both"
    folder.mkdir()
    made.barbellimu(folder)
    made.bar_tracker(folder)
    message = refusal(folder)
    assert "fits barbellimu (BarbellIMU (raw)), bar_tracker (" in message
    assert "say which with --format" in message
    assert load(folder, options=ReadOptions(format="barbellimu")).info.driver == "barbellimu"


def test_an_unknown_format_and_a_bad_mapping_are_told() -> None:
    with pytest.raises(TempoError, match="There is no format 'metabse': expected metabase, dot"):
        load(__file__, options=ReadOptions(format="metabse"))
    for words, units, says in (
        (["acc_x=a"], [], "lacks acc_y, acc_z"),
        (["t=t", "acc_x=a", "acc_y=b", "acc_z=c", "gyr_x=d"], [], "lacks gyr_y, gyr_z"),
        (["foo=a"], [], "'foo' is no column of ours"),
        (["acc_x"], [], "maps nothing"),
        (["t=t", "acc_x=a", "acc_y=b", "acc_z=c"], ["acc=stone"], "no unit of acc known here"),
        (["rate_hz=fast"], [], "rate_hz is 'fast'"),
        (["nowhere.toml"], [], "cannot be read"),
    ):
        with pytest.raises(TempoError, match=says):
            mapping_of(words, units)


def test_a_mapping_of_columns_that_are_not_there_names_them(tmp_path: Path) -> None:
    options = ReadOptions(mapping=mapping_of(["t=Zeit", "acc_x=bx", "acc_y=by", "acc_z=bq"]))
    assert "has no column bq (it has zeit, bx" in refusal(made.generic(tmp_path), options)


@cache
def _whole(name: str, folder: str) -> bytes:
    path = made.WRITERS[name](Path(folder))
    data = path.read_bytes()
    return data[:60_000] if not data.startswith(b"PK") else data


@given(
    name=st.sampled_from(["metabase", "dot", "witmotion", "shimmer", "phyphox", "barbellimu", "bar_tracker"]),
    damage=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 60), st.binary(max_size=4)), max_size=6
    ),
)
@settings(max_examples=60)
def test_damaged_files_are_read_or_refused_in_one_sentence(
    name: str, damage: list[tuple[float, int, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    base = tmp_path_factory.getbasetemp() / f"whole_{name}"
    base.mkdir(exist_ok=True)
    data = bytearray(_whole(name, str(base)))
    for at, deleted, inserted in damage:
        place = int(at * len(data))
        data[place : place + deleted] = inserted
    path = tmp_path_factory.getbasetemp() / "damaged.csv"
    path.write_bytes(bytes(data))
    said = ""
    try:
        assert load(path).samples > 0
    except TempoError as error:
        said = str(error)
    assert "\n" not in said


@given(data=st.binary(max_size=400), ending=st.sampled_from([".csv", ".json", ".zip", ".txt", ".c3d"]))
@settings(max_examples=80)
def test_random_bytes_are_refused_by_every_reader(
    data: bytes, ending: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / f"random{ending}"
    path.write_bytes(data)
    for read in (load, read_samples, read_reps, read_motion):
        with pytest.raises(TempoError):
            read(path)  # type: ignore[operator]


def test_nothing_of_a_zip_is_put_on_the_disk(tmp_path: Path) -> None:
    path = made.phyphox(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    load(path)
    assert sorted(tmp_path.rglob("*")) == before
    assert zipfile.is_zipfile(io.BytesIO(path.read_bytes()))


posix = pytest.mark.skipif(os.name == "nt", reason="no pipes, devices or limits of memory of this kind")
OURS = "t_s,acc_x_mps2,acc_y_mps2,acc_z_mps2\n"


@posix
@pytest.mark.parametrize("name", ["x.csv", "x.csv.gz", "x.parquet", "x.txt", "x.zip", "x.c3d"])
def test_a_pipe_or_a_device_under_any_name_is_refused_at_once(name: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / name)
    (tmp_path / f"zero_{name}").symlink_to("/dev/zero")
    for path in (tmp_path / name, tmp_path / f"zero_{name}"):
        for read in (load, read_samples, read_reps, read_motion):
            with pytest.raises(TempoError, match="a pipe or a device"):
                read(path)  # type: ignore[operator]


@posix
def test_links_that_lead_in_a_circle_and_folders_called_like_files_are_told(tmp_path: Path) -> None:
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    (tmp_path / "folder.csv").mkdir()
    for name in ("loop.csv", "folder.csv"):
        with pytest.raises(TempoError):
            load(tmp_path / name)


def test_a_pipe_in_a_folder_is_left_out(tmp_path: Path) -> None:
    path = made.barbellimu(tmp_path)
    if os.name != "nt":
        os.mkfifo(tmp_path / "other.csv")
    assert load(tmp_path).samples == load(path).samples


def test_a_line_of_ten_gigabytes_is_refused_without_being_read(tmp_path: Path) -> None:
    for name, head in (("ours.csv", OURS), ("other.csv", HEAD), ("no.csv", "")):
        with (tmp_path / name).open("wb") as file:
            file.write(head.encode())
            file.truncate(10 << 30)
        with pytest.raises(SourceError, match="holds more than 1 gibibyte"):
            load(tmp_path / name)


@pytest.mark.parametrize("head", [OURS, HEAD])
def test_a_million_columns_are_refused(head: str, tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(head.strip() + ",x" * 1_000_000 + "\n" + ",1" * 1_000_000 + "\n")
    with pytest.raises(SourceError, match="characters"):
        load(path)


def test_packed_files_in_a_zip_share_one_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MAX_BYTES", 1 << 20)
    part = gzip.compress(bytes(600_000))
    assert "holds more than" in refusal(
        zip_of(tmp_path / "bombs.zip", {f"{i}.csv.gz": part for i in range(3)})
    )


def test_a_zip_packed_as_no_export_is_packed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "odd.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.csv", HEAD)
    assert "in a way that no export does" in refusal(path)


def test_reps_in_json_that_would_multiply_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rep_tables, "MAX_VALUES", 10_000)
    said = {f"k{i}": i for i in range(300)} | {"meanvelocity": 1, "peakvelocity": 1, "repnum": 1}
    path = tmp_path / "reps.json"
    path.write_text(json.dumps(said | {"reps": [{}] * 300}))
    with pytest.raises(SourceError, match="more than 10000 values"):
        read_reps(path)


def test_a_name_a_row_costs_no_more_than_a_row(tmp_path: Path) -> None:
    head = "time\tDeviceName\tAccX(g)\tAccY(g)\tAccZ(g)\n"
    path = tmp_path / "crowd.txt"
    path.write_text(head + "".join(f"18:05:{i % 60:02d}\tD{i}\t0\t0\t1\n" for i in range(20_000)))
    assert "tells of 20000 devices" in refusal(path)
    traces = tmp_path / "traces.csv"
    rows = (f"{i // 2},{i % 2},0.1\n" for i in range(20_000))
    traces.write_text("rep_row,t_s,pos_m\n" + "".join(rows))
    assert len(read_motion(traces)) == 10_000


MEMORY = """
import resource, sys
from imu_tempo.formats import load
from imu_tempo.errors import TempoError
import imu_tempo.formats.readers.registry, pandas, pyarrow.csv, pyarrow.parquet
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (4 << 30), -1))  # threads reserve what they never touch
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    load(sys.argv[1])
except TempoError as error:
    print(error)
print(1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before))
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="limits of memory are tested on Linux")
@pytest.mark.parametrize("shape", ["ours", "other", "bomb", "parquet"])
def test_what_is_refused_takes_a_bounded_multiple_of_its_bytes(shape: str, tmp_path: Path) -> None:
    size = 8 << 20
    path = tmp_path / {"bomb": "x.csv.gz", "parquet": "x.parquet"}.get(shape, "x.csv")
    if shape == "parquet":  # 20 million equal rows in some kilobytes
        column = pa.array(np.zeros(20_000_000, np.int8))
        pq.write_table(pa.table(dict.fromkeys(REQUIRED, column)), path)
    elif shape == "bomb":
        path.write_bytes(gzip.compress((OURS + "0,0,0\n" * (size // 6)).encode()))
    else:
        path.write_text((OURS if shape == "ours" else HEAD) + "1\n" * (size // 2))
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(path)], capture_output=True, text=True, check=True
    )
    *said, taken = done.stdout.splitlines()
    assert str(path) in "".join(said)
    assert int(taken) < 24 * size
