"""A day in the gym by requests alone: pair, lift, fix, replay, export, lose the sensor, start again."""

from __future__ import annotations

import gc
import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from serving import BENCH_BAR, SQUAT_BAR, Served, served

from firmware_bridge.link import SensorNotFoundError
from firmware_bridge.recording import Recording
from firmware_bridge.virtual.peripheral import VirtualSensor
from imu_tempo.cli.keeping import Keeping
from imu_tempo.events import to_json
from imu_tempo.formats import load
from imu_tempo.live.replaying import replay_events
from imu_tempo.live.web import WebPlan
from imu_tempo.live.web import radio as web_radio
from imu_tempo.offline import analyze

SET_S = 60.0


def connected(state: dict[str, Any], bar: str = "1") -> bool:
    return bool(state.get(f"{bar}.link", {}).get("state") == "streaming")


@pytest.fixture(scope="module")
def lifted(page: Served) -> dict[str, Any]:
    """Hold a session with both bars until each has a set; return what the day then holds."""
    found = page.post("/api/scan").json
    assert {one["address"] for one in found} == {SQUAT_BAR, BENCH_BAR}
    chosen = {"athlete": "A12", "exercise": "squat", "load_kg": 100, "tempo": "3-1-X-1", "stop_loss_pct": 20}
    assert page.post("/api/bars/1/setup", chosen).status == 200
    for bar, address in (("1", SQUAT_BAR), ("2", BENCH_BAR)):
        assert page.post(f"/api/bars/{bar}/sensor", {"sensor": address}).status == 200
    page.until(lambda s: connected(s, "1") and connected(s, "2"))
    page.until(lambda s: len({one["exercise"] for one in s["day"]["sets"]}) == 2, SET_S)
    page.until(lambda s: s.get("1.battery", {}).get("pct") == 87 and s["1.signal"]["level"] == "ok")
    for bar in ("1", "2"):  # what follows looks at what there is; bars that go on lifting cost time
        page.post(f"/api/bars/{bar}/sensor", {"sensor": None})
    page.until(lambda s: s["1.link"]["state"] == s["2.link"]["state"] == "none")
    page.until(
        lambda s: all(Recording.open(page.room.plan.out / o["recording"]).sealed for o in s["day"]["sets"])
    )
    return dict(page.state)


@pytest.fixture(scope="module")
def lifting(page: Served, lifted: dict[str, Any]) -> None:
    """Connect the squat bar again."""
    page.post("/api/bars/1/sensor", {"sensor": SQUAT_BAR})
    page.until(connected)


def test_many_screens_that_scan_at_once_share_one_scan(page: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    scans: list[float] = []
    real = web_radio.scan

    async def counted(seconds: float, **said: Any) -> Any:
        scans.append(seconds)
        return await real(seconds, **said)

    monkeypatch.setattr(web_radio, "scan", counted)
    with ThreadPoolExecutor(10) as screens:
        found = list(screens.map(lambda _: page.post("/api/scan").json, range(10)))
    assert len(scans) < 3
    assert all({one["address"] for one in each} <= {SQUAT_BAR, BENCH_BAR} for each in found)


def test_one_sensor_is_asked_at_a_time(page: Served, lifted: dict[str, Any]) -> None:
    with ThreadPoolExecutor(8) as screens:
        asked = list(screens.map(lambda _: page.post("/api/identify", {"sensor": BENCH_BAR}), range(8)))
    assert {one.status for one in asked} == {200, 400}
    assert all("try again in a moment" in one.json["error"] for one in asked if one.status == 400)


def test_a_sensor_that_is_not_there_does_not_blink(page: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(who: str, **_: object) -> None:
        raise SensorNotFoundError(who, waited_s=1)

    monkeypatch.setattr(web_radio, "find", nothing)
    answer = page.post("/api/identify", {"sensor": "00:11:22:33:44:55"})
    assert answer.status == 400
    assert "no sensor called" in answer.json["error"]


def squats(state: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in state["day"]["sets"] if one["exercise"] == "squat"]


def test_sets_of_both_bars_are_found_by_themselves(lifted: dict[str, Any]) -> None:
    first = squats(lifted)[0]
    assert (first["reps"], first["load_kg"], first["athlete"]) == (6, 100.0, "A12")
    assert first["tempo_target"] == "3-1-X-1"
    bench = next(one for one in lifted["day"]["sets"] if one["exercise"] == "bench_press")
    assert (bench["reps"], bench["athlete"]) == (5, "B7")
    assert bench["recording"] != first["recording"]


def test_the_stop_rule_was_reached_where_the_bar_slowed(lifted: dict[str, Any]) -> None:
    assert 2 <= squats(lifted)[0]["stop_rep"] <= 6


def test_reps_in_reserve_without_sets_to_failure_are_refused_in_words(page: Served) -> None:
    answer = page.post("/api/bars/2/setup", {"athlete": "Q1", "exercise": "squat", "stop_reserve_reps": 2})
    assert answer.status == 400
    assert "no set to failure" in answer.body.decode() or "no history" in answer.body.decode()


def test_the_summary_has_tempo_tut_fatigue_and_dose(page: Served, lifted: dict[str, Any]) -> None:
    one = squats(lifted)[0]
    found = page.get(f"/api/recordings/{one['recording']}").json
    first = found["sets"][0]
    assert first["tut_ecc_s"] > 0
    assert len(first["reps_list"]) == 6
    assert first["dose"]["exposure_kgs"] == pytest.approx(100 * first["tut_ecc_s"], rel=0.02)
    assert first["dose"]["work_j"] > 0
    assert first["fatigue"]
    assert {p["phase"] for p in first["phases"]} == {"ecc", "bottom", "con", "top"}
    assert len(first["trace"]["t_s"]) <= 600
    assert page.get("/api/standing?athlete=A12&exercise=squat").json["dose"]["sets"] >= 1


def test_a_rep_is_fixed_and_the_fix_taken_back(page: Served, lifted: dict[str, Any]) -> None:
    one = squats(lifted)[0]
    key = one["recording"]
    rep = page.get(f"/api/recordings/{key}").json["sets"][0]["reps_list"][2]

    def first_set() -> dict[str, Any]:
        found = page.get(f"/api/recordings/{key}").json["sets"][0]
        assert isinstance(found, dict)
        return found

    for action, check in (
        ("partial", lambda s: s["partials"] == 1),
        ("assisted", lambda s: s["assisted"] == 1),
        ("delete", lambda s: s["reps"] == 5),
    ):
        assert page.post("/api/fix", {"recording": key, "at_s": rep["at_s"], "action": action}).json == {}
        assert check(first_set()), action
        assert page.post("/api/undo", {"recording": key}).status == 200
        assert first_set()["reps"] == 6
        assert not first_set()["partials"]
        assert not first_set()["assisted"]


@pytest.mark.parametrize(
    ("path", "said", "words"),
    [
        ("/api/fix", {"recording": "../../etc", "at_s": 1.0, "action": "delete"}, "no such recording"),
        ("/api/fix", {"recording": "x", "at_s": 1.0, "action": "explode"}, "expected assisted"),
        ("/api/fix", {"recording": "x", "action": "delete"}, "did not say at_s"),
        ("/api/fix", {"at_s": 1.0, "action": "delete"}, "did not say recording"),
        ("/api/undo", {"recording": "nowhere"}, "no such recording"),
        ("/api/bars/9/sensor", {"sensor": None}, "no bar 9"),
        ("/api/bars/1/setup", {"tempo": "fast"}, "fast"),
        ("/api/bars/1/setup", [], "something else"),
        ("/api/replay", {"recording": "x", "pace": 3.0}, "at 1, 2, 4, 8 times"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(page: Served, path: str, said: object, words: str) -> None:
    answer = page.ask(
        "POST",
        path,
        json.dumps(said).encode(),
        Content_Type="application/json",
        Origin=f"http://{page.host}",
    )
    assert answer.status == 400
    assert words in answer.json["error"]


@pytest.mark.parametrize(
    "path",
    [
        "/static/../state.py",
        "/static/%2e%2e/app.py",
        "/static/..%2f..%2fsession.py",
        "/static//etc/passwd",
        "/static/%00",
        "/api/recordings/..%2F..%2Fetc/export/csv",
        "/api/recordings/%2e%2e",
    ],
)
def test_no_path_leads_out(page: Served, path: str) -> None:
    assert page.get(path).status in (400, 404, 405)


def test_exports_hold_the_set(page: Served, lifted: dict[str, Any]) -> None:
    key = squats(lifted)[0]["recording"]
    csv = page.get(f"/api/recordings/{key}/export/csv")
    assert csv.status == 200
    assert csv.headers["content-disposition"].startswith('attachment; filename="2')
    assert len(csv.body.decode().splitlines()) >= 7
    assert page.get(f"/api/recordings/{key}/export/json").json["format"] == "imu-tempo/analysis/1"
    assert page.get(f"/api/recordings/{key}/export/parquet").body[:4] == b"PAR1"
    assert b"<html" in page.get(f"/api/recordings/{key}/export/report").body
    assert page.get(f"/api/recordings/{key}/export/exe").status == 400


def test_past_sessions_and_trends_are_told(page: Served, lifted: dict[str, Any]) -> None:
    page.until(lambda _: page.get("/api/days").json)
    [today] = page.get("/api/days?athlete=A12&exercise=squat").json
    assert today["sets"][0]["reps"] == 6
    [weeks] = page.get("/api/weeks?athlete=A12").json
    assert weeks["weeks"][0]["tut_ecc_s"] > 0
    past = today["sets"][0]["recording"]
    assert page.get(f"/api/recordings/{past}").json["sets"], "the history's key opens it as well"
    assert "A12" in page.get("/api/choices").json["athletes"]


def test_names_are_only_where_they_are_asked_for(page: Served, lifted: dict[str, Any]) -> None:
    from imu_tempo.history.names import write_name

    folder = page.room.plan.history
    assert folder is not None
    write_name(folder, "A12", "Anna Example")
    assert page.get("/api/names").json == {"A12": "Anna Example"}
    for path in ("/api/choices", "/api/days", "/api/weeks"):
        assert b"Anna" not in page.get(path).body
    assert "Anna" not in json.dumps(page.state)


def test_a_stored_session_plays_again(page: Served, lifted: dict[str, Any]) -> None:
    key = squats(lifted)[0]["recording"]
    assert page.post("/api/replay", {"recording": key, "pace": 8}).status == 200
    page.until(lambda s: len(s.get("replay.set", {}).get("reps", [])) >= 2)
    page.post("/api/replay", {"recording": key, "pace": 0})
    assert not [name for name in page.state if name.startswith("replay.")]


def test_another_load_begins_another_recording_that_stands_by_itself(page: Served, lifting: None) -> None:
    before = page.state["1.recording"]
    page.post(
        "/api/bars/1/setup", {"athlete": "A12", "exercise": "squat", "load_kg": 110, "tempo": "3-1-X-1"}
    )
    after = page.until(lambda s: s["1.recording"] != before and s["1.recording"])
    page.until(lambda s: any(one["recording"] == after for one in s["day"]["sets"]), SET_S)
    page.until(lambda _: Recording.open(page.room.plan.out / before).sealed)
    assert Recording.open(page.room.plan.out / after).manifest.load_kg == 110
    [new] = [one for one in page.state["day"]["sets"] if one["recording"] == after][:1]
    assert new["load_kg"] == 110
    page.post("/api/bars/1/setup", {"athlete": "A12", "exercise": "squat", "load_kg": 120})
    page.until(lambda _: Recording.open(page.room.plan.out / after).sealed)
    assert Recording.open(page.room.plan.out / after).manifest.contents.lost == 0
    told = list(Recording.open(page.room.plan.out / after).events())
    lifting_of = page.room.shelf.open(after).lifting.arguments()
    assert [to_json(e) for e in replay_events(load(page.room.plan.out / after), **lifting_of)] == told


def test_each_recording_can_be_read_by_itself_and_replays_as_it_was_told(
    page: Served, lifted: dict[str, Any]
) -> None:
    for key in {one["recording"] for one in lifted["day"]["sets"]}:
        recording = Recording.open(page.room.plan.out / key)
        opened = page.room.shelf.open(key)
        told = list(recording.events())
        again = [to_json(e) for e in replay_events(load(recording.path), **opened.lifting.arguments())]
        assert again == told
        assert len(analyze(recording.path, "squat").reps)


def test_viewers_come_back_to_where_they_were(page: Served, lifted: dict[str, Any]) -> None:
    def read(last: str | None = None) -> tuple[str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", page.access.port, timeout=20)
        headers = {"Host": page.host, **({"Last-Event-ID": last} if last else {})}
        connection.request("GET", "/api/events", headers=headers)
        stream = connection.getresponse()
        kind = number = ""
        while not number:
            line = stream.readline().decode().strip()
            kind = line[7:] if line.startswith("event: ") else kind
            number = line[4:] if line.startswith("id: ") else ""
        connection.close()
        return kind, number

    kind, number = read()
    assert kind == "state"
    page.call(lambda: page.room.hub.put({"test": 1}))
    assert read(number)[0] == "patch"


def blinks(page: Served) -> list[int]:
    """Return how often each virtual sensor was asked to show itself, the squat bar's first."""
    air = page.room.radio.air
    assert air is not None
    sensors = [one for one in gc.get_objects() if isinstance(one, VirtualSensor) and one._air is air]
    return [one.identified for one in sorted(sensors, key=lambda one: one.address)]


def test_a_sensor_blinks_whether_or_not_a_bar_has_it(page: Served, lifting: None) -> None:
    scanned = page.post("/api/scan").json
    assert all(one["can_identify"] for one in scanned)
    assert page.state["1.link"]["can_identify"]
    before = blinks(page)
    assert page.post("/api/identify", {"sensor": SQUAT_BAR}).status == 200
    assert page.post("/api/identify", {"sensor": BENCH_BAR}).status == 200
    assert blinks(page) == [before[0] + 1, before[1] + 1]
    assert page.state["1.link"]["state"] == "streaming"
    page.until(lambda s: s["1.signal"]["level"] == "ok")


def test_a_lost_sensor_is_looked_for_and_the_recording_goes_on(page: Served, lifting: None) -> None:
    recording = page.state["1.recording"]
    air = page.room.radio.air
    assert air is not None
    page.call(lambda: air.drop(20.0, address=SQUAT_BAR))
    page.until(lambda s: s["1.link"]["state"] == "reconnecting")
    page.until(connected)
    assert page.state["1.recording"] == recording


def test_a_restart_brings_the_day_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_radio, "VIRTUAL_HOURS", 0.1)
    keep = Keeping(True, tmp_path / "history").keep
    plan = WebPlan(
        out=tmp_path / "s", history=tmp_path / "history", virtual=True, speed=16.0, port=0, keep=keep
    )
    with served(plan) as page:
        page.post(
            "/api/bars/1/setup", {"athlete": "Z9", "exercise": "squat", "load_kg": 95, "stop_loss_pct": 15}
        )
        page.post("/api/bars/1/sensor", {"sensor": SQUAT_BAR})
        page.until(lambda s: s["day"]["sets"], SET_S)
        before = page.state["day"]["sets"][0]
    folders = [path for path in plan.out.iterdir() if path.is_dir()]
    assert folders
    assert all(Recording.open(folder).sealed for folder in folders), "stopping seals what was recorded"
    with served(plan) as page:
        page.until(lambda s: s["day"]["sets"])
        after = page.state["day"]["sets"][0]
        same = ("reps", "load_kg", "athlete", "tut_ecc_s", "stop_rep", "recording")
        assert {k: after[k] for k in same} == {k: before[k] for k in same}
        assert page.state["1.setup"]["athlete"] == "Z9"
        page.until(connected)
