"""What reaches the page from others: odd JSON, recordings of strangers, names that are scripts."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from serving import Served, served

from firmware_bridge.recording import Manifest, RecordingWriter
from firmware_bridge.samples import SensorInfo
from firmware_bridge.sensors import StreamSettings
from imu_tempo.live.web import WebPlan
from imu_tempo.live.web.memory import FILE_NAME, Bar, Memory
from imu_tempo.live.web.requests import IN_WORK
from imu_tempo.live.web.setup import Setup

RECORDINGS = Path(__file__).parents[4] / "recordings"
SCRIPT = '<img src=x onerror="alert(1)">'
TODAY = date.today().isoformat()
STRANGER = f"{TODAY}T000102_stranger.tempo"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a gym whose folder holds a stranger's recording, with names that are scripts, and traps."""
    out = tmp_path_factory.mktemp("gym")
    stranger = out / "s" / STRANGER
    shutil.copytree(RECORDINGS / "squat_3-1-X-1.tempo", stranger)
    manifest = json.loads((stranger / "manifest.json").read_bytes())
    manifest |= {"athlete": SCRIPT, "sensor": {**manifest["sensor"], "name": SCRIPT, "model": SCRIPT}}
    (stranger / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (out / "secret").mkdir()
    shutil.copytree(RECORDINGS / "deadlift_2-1-X-0.tempo", out / "secret" / "away.tempo")
    (out / "s" / f"{TODAY}T000103_away.tempo").symlink_to(out / "secret" / "away.tempo")
    pipe = out / "s" / f"{TODAY}T000104_pipe.tempo"
    shutil.copytree(RECORDINGS / "deadlift_2-1-X-0.tempo", pipe)
    (pipe / "packets.jsonl.gz").unlink()
    (pipe / "samples.parquet").unlink()
    os.mkfifo(pipe / "packets.jsonl")
    with served(WebPlan(out=out / "s", history=out / "h", port=0)) as found:
        yield found


def sent(page: Served, path: str, body: bytes) -> tuple[int, str]:
    origin = f"http://{page.host}"
    answer = page.ask("POST", path, body, Content_Type="application/json", Origin=origin)
    return answer.status, answer.json["error"] if answer.status != 200 else ""


# JSON


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"null", b"[]", b'"x"', b"1", b"NaN", b"{", b"\xff\xfe", b"\x00"),
        *(b"[" * 8000, b'{"a":' * 1600, b"9" * 8000, b'{"sensor": NaN}', b'{"a": Infinity, "sensor": "x"}'),
        *(b'{"sensor": "\\ud800"}', b'{"sensor": "a\\u0000"}', b'{"sensor": "\\u202e"}', b'{"sensor": 1}'),
        *(
            b'{"sensor": ["x"]}',
            b'{"sensor": {"x": 1}}',
            b'{"sensor": true}',
            b'{"sensor": "' + b"x" * 300 + b'"}',
        ),
    ],
)
def test_odd_json_is_refused_in_a_sentence(page: Served, body: bytes) -> None:
    status, words = sent(page, "/api/bars/1/sensor", body)
    assert status == 400
    assert words.endswith("load it again.")


@pytest.mark.parametrize("name", ["load_kg", "stop_loss_pct", "athlete", "exercise", "tempo", "protocol"])
@pytest.mark.parametrize(
    "value",
    [
        *(
            "1e400",
            "-1e400",
            "-1",
            "1" + "0" * 400,
            "true",
            "[[[[]]]]",
            '{"a": {"b": {}}}',
            "[" * 400 + "]" * 400,
        ),
        *('"\\u001b[31m"', f'"{"x" * 5000}"', '"\\u202e"', '"../../etc/passwd\\u0000"', "99999"),
    ],
)
def test_a_setup_of_the_wrong_kind_is_refused_in_a_sentence(page: Served, name: str, value: str) -> None:
    status, words = sent(page, "/api/bars/1/setup", f'{{"{name}": {value}}}'.encode())
    assert status == 400
    assert 10 < len(words) < 600
    assert words.isprintable()


@pytest.mark.parametrize(
    "key", ["..", "../secret/away.tempo", "/etc", "%2e%2e", "a\\..\\b", ".coach.json", "x" * 200]
)
def test_no_key_names_what_is_not_on_the_shelf(page: Served, key: str) -> None:
    for path, more in (
        ("/api/undo", {}),
        ("/api/replay", {"pace": 1}),
        ("/api/fix", {"at_s": 1, "action": "delete"}),
    ):
        status, words = sent(page, path, json.dumps({"recording": key, **more}).encode())
        assert status == 400
        assert "no such recording" in words


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/static/..%2fapp.py",
            "/static/%252e%252e/app.py",
            "/static/..%5capp.py",
            "/static/%00",
            "/static/",
        ),
        *("/static/....//app.py", "/static//etc/passwd", "/%2e%2e/app.py", "/static/a%00.js", "//etc/passwd"),
        *(
            "/api/recordings/%252e%252e%252fsecret",
            "/api/recordings/..%2fsecret%2faway.tempo",
            "/api/recordings/%00",
        ),
        *("/api/recordings/%2e%2e/export/csv", "/api/recordings/x/export/..%2f..", "/api/recordings/%ff"),
    ],
)
def test_no_address_leads_out(page: Served, path: str) -> None:
    answer = page.get(path)
    assert answer.status in (400, 404)
    assert b"import" not in answer.body


def test_much_work_at_once_is_put_off_with_a_word(page: Served) -> None:
    page.call(lambda: setattr(page.room, "in_work", IN_WORK))
    try:
        answer = page.get("/api/choices")
        assert answer.status == 503
        assert "busy" in answer.json["error"]
        assert page.get("/").status == 200
    finally:
        page.call(lambda: setattr(page.room, "in_work", 0))
    assert page.get("/api/choices").status == 200


def test_an_error_of_ours_is_a_sentence_to_the_viewer_and_all_of_it_on_the_terminal(
    page: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for error, words in (
        (KeyError("x"), "its terminal says what"),
        (OSError(28, "No space left"), "No space left"),
    ):
        monkeypatch.setattr(page.room.past, "names", lambda error=error: raised(error))
        answer = page.get("/api/names")
        assert answer.status == 500
        assert words in answer.json["error"]
        assert "Traceback" not in answer.json["error"]
    assert "KeyError" in caplog.text
    assert page.room.in_work == 0


def raised(error: Exception) -> None:
    raise error


# Recordings of strangers


def test_a_link_on_the_shelf_is_no_recording(page: Served) -> None:
    answer = page.get(f"/api/recordings/{TODAY}T000103_away.tempo")
    assert answer.status == 400
    assert "no such recording" in answer.json["error"]
    page.until(lambda s: s["day"]["sets"])
    assert not [one for one in page.state["day"]["sets"] if "away" in one["recording"]]


def test_a_pipe_in_a_recording_holds_nothing_up(page: Served) -> None:
    assert page.get(f"/api/recordings/{TODAY}T000104_pipe.tempo").status == 400
    assert page.get("/api/names").status == 200


def test_what_is_said_of_a_rep_is_not_written_through_a_link(page: Served, tmp_path: Path) -> None:
    target = tmp_path / "profile"
    target.write_text("mine\n", encoding="utf-8")
    folder = page.room.plan.out / f"{TODAY}T000105_link.tempo"
    shutil.copytree(RECORDINGS / "squat_3-1-X-1.tempo", folder)
    (folder / "edits.jsonl").symlink_to(target)
    at_s = page.get(f"/api/recordings/{STRANGER}").json["sets"][0]["reps_list"][0]["at_s"]
    fix = {"recording": folder.name, "at_s": at_s, "action": "delete"}
    status, words = sent(page, "/api/fix", json.dumps(fix).encode())
    assert status == 400
    assert "edits.jsonl" in words
    assert target.read_text(encoding="utf-8") == "mine\n"


def test_names_that_are_scripts_are_text_in_the_report(page: Served) -> None:
    report = page.get(f"/api/recordings/{STRANGER}/export/report")
    assert report.status == 200
    assert report.headers["content-disposition"].startswith("attachment")
    assert b"<img src=x" not in report.body
    assert b"&lt;img src=x" in report.body


def test_an_export_tells_no_folder_of_the_coachs_computer(page: Served) -> None:
    for kind in ("csv", "json", "report"):
        told = page.get(f"/api/recordings/{STRANGER}/export/{kind}").body
        assert str(page.room.plan.out.parent).encode() not in told, kind


def test_no_command_removes_or_changes_what_was_recorded(page: Served) -> None:
    folder = page.room.plan.out / STRANGER
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "edits.jsonl"}
    at_s = page.get(f"/api/recordings/{STRANGER}").json["sets"][0]["reps_list"][0]["at_s"]
    for action in ("delete", "partial", "full", "assisted", "unassisted", "confirm"):
        page.post("/api/fix", {"recording": STRANGER, "at_s": at_s, "action": action})
    page.post("/api/replay", {"recording": STRANGER, "pace": 8})
    page.post("/api/replay", {"recording": STRANGER, "pace": 0})
    page.post("/api/undo", {"recording": STRANGER})
    assert {p.name: p.read_bytes() for p in folder.iterdir() if p.name != "edits.jsonl"} == before


# The file that a restart reads


@pytest.mark.parametrize(
    "content",
    [
        *("", "null", "[]", "[" * 100_000, "9" * 9000, f'{{"day": "{TODAY}", "bars": [], "recordings": []}}'),
        f'{{"day": "{TODAY}", "bars": {{"1": 5, "2": {{"setup": [], "sensor": {{}}}}}}}}',
        f'{{"day": "{TODAY}", "recordings": {{"x": 3, "y": {{"tempo": 5}}}}}}',
        f'{{"day": "{TODAY}", "bars": {{"1": {{"setup": {{"load_kg": 1e999}}, "sensor": "\\u001b"}}}}}}',
    ],
)
def test_a_damaged_memory_is_left_out(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE_NAME).write_text(content, encoding="utf-8")
    memory = Memory.read(tmp_path, date.today())
    assert not any(bar.setup or bar.sensor for bar in memory.bars.values())
    assert not memory.recordings


def test_the_memory_holds_for_its_day_and_is_not_written_through_a_link(tmp_path: Path) -> None:
    target = tmp_path / "profile"
    target.write_text("mine", encoding="utf-8")
    (tmp_path / f"{FILE_NAME}.part").symlink_to(target)
    memory = Memory({"1": Bar(Setup(athlete="A1", load_kg=80.0), "Bar A12"), "2": Bar()}, {"x": Setup()})
    memory.write(tmp_path, date(2026, 3, 1))
    assert target.read_text(encoding="utf-8") == "mine"
    assert Memory.read(tmp_path, date(2026, 3, 1)) == Memory(
        {"1": Bar(Setup(athlete="A1", load_kg=80.0), "Bar A12"), "2": Bar()}, {"x": Setup()}
    )
    assert Memory.read(tmp_path, date(2026, 3, 2)) == Memory()


# Folders


@pytest.mark.parametrize(
    "name", ["../../x", "/etc/passwd", "..", "C:\\x", "a\0b", "x/../../y", "\u202e", "."]
)
def test_a_name_cannot_name_a_folder_elsewhere(tmp_path: Path, name: str) -> None:
    sensor = SensorInfo(driver="bip", name=name, address=name)
    manifest = Manifest(sensor=sensor, settings=StreamSettings(), exercise=name, athlete=name)
    with RecordingWriter.create(tmp_path, manifest) as writer:
        path = writer.path
    assert path.resolve().parent == tmp_path.resolve()
    assert set(path.stem) <= set("0123456789-T_abcdefghijklmnopqrstuvwxyzC")
