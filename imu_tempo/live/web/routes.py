"""What the page can ask for: bars, reps, sensors, past sessions, exports."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import get_args

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from firmware_bridge.sensors import can_identify
from imu_tempo.errors import TempoError
from imu_tempo.exercises import exercises
from imu_tempo.live.web.access import qr_svg
from imu_tempo.live.web.days import recording_json
from imu_tempo.live.web.hub import Json
from imu_tempo.live.web.replays import PACES
from imu_tempo.live.web.requests import NO_STORE, body_of, endpoint, number, text
from imu_tempo.live.web.room import Room
from imu_tempo.live.web.setup import Setup
from imu_tempo.live.web.shelf import Opened, ref_edit
from imu_tempo.metrics import tempo_presets
from imu_tempo.protocols import protocols
from imu_tempo.relabel import Action

READERS = 40
"""Viewers at once: a gym's screens and every phone in it."""
FULL = f"{READERS} screens watch already: close one that nobody looks at."
REP_ACTIONS = frozenset(
    {"delete", "partial", "full", "assisted", "unassisted", "to_failure", "not_to_failure", "confirm"}
) & set(get_args(Action))
EXPORTS = {
    "csv": ("csv", "text/csv"),
    "excel": ("csv", "text/csv"),
    "json": ("json", "application/json"),
    "parquet": ("parquet", "application/vnd.apache.parquet"),
    "report": ("html", "text/html"),
}


async def events(request: Request) -> Response:
    """Send the state and its changes for as long as the page listens."""
    room: Room = request.app.state.room
    if room.hub.readers >= READERS:
        return Response(FULL, status_code=503, headers={**NO_STORE, "retry-after": "5"})
    headers = {**NO_STORE, "x-accel-buffering": "no"}
    if request.method == "HEAD":  # the page asks so why it is not let in
        return Response(media_type="text/event-stream", headers=headers)
    last = request.headers.get("last-event-id")

    async def stream() -> AsyncIterator[bytes]:
        yield b"retry: 1000\n\n"
        if room.hub.readers >= READERS:  # many came at once
            return
        async for message in room.hub.read(last):
            yield message.encode()

    return StreamingResponse(stream(), media_type="text/event-stream", headers=headers)


@endpoint
async def choices(room: Room, request: Request) -> Json:
    """Return what can be chosen: exercises, tempos, protocols, athletes by id."""
    found = protocols()
    return {
        "exercises": [
            {"name": e.name, "title": e.title, "starts_with": e.starts_with} for e in exercises().values()
        ],
        "tempos": [{"title": p.title, "tempo": p.tempo} for p in tempo_presets().values()],
        "protocols": [
            {
                "name": p.name,
                "title": p.title,
                "tempo": p.tempo,
                "purpose": p.purpose,
                "clinician": p.clinician,
                "reps": str(p.reps),
                "sets": str(p.sets),
                "rest_s": p.rest_s.low if p.rest_s else None,
            }
            for p in found.values()
            if p.measurable
        ],
        "athletes": await room.work(room.past.athletes),
    }


@endpoint
async def names(room: Room, request: Request) -> Json:
    """Return the athletes' names: only where the page was asked to show them."""
    return await room.work(room.past.names)


@endpoint
async def setup(room: Room, request: Request) -> Json:
    """Take what is lifted from now on."""
    await room.choose(request.path_params["bar"], Setup.read(await body_of(request)))


@endpoint
async def scan(room: Room, request: Request) -> Json:
    """Listen for sensors; those that are connected do not advertise, and are listed as they are."""
    await body_of(request)
    found = await room.radio.scan()
    taken = {station.sensor: station.id for station in room.stations.values() if station.sensor}
    return [
        {
            "address": sensor.address,
            "label": sensor.label,
            "title": sensor.driver.title,
            "rssi_dbm": sensor.rssi_dbm,
            "battery_pct": sensor.battery_pct,
            "bar": taken.get(sensor.address),
            "can_identify": can_identify(sensor.driver),
        }
        for sensor in found
    ]


@endpoint
async def connect(room: Room, request: Request) -> Json:
    """Give a bar its sensor; an empty one takes it away."""
    said = await body_of(request)
    sensor = said.get("sensor")
    room.connect(request.path_params["bar"], text(said, "sensor") if sensor else None)


@endpoint
async def identify(room: Room, request: Request) -> Json:
    """Make a sensor blink or buzz."""
    await room.identify(text(await body_of(request), "sensor"))


@endpoint
async def fix(room: Room, request: Request) -> Json:
    """Say of a rep what the sensor got wrong."""
    said = await body_of(request)
    action = text(said, "action")
    if action not in REP_ACTIONS:
        raise TempoError(f"A rep cannot be made '{action}': expected {', '.join(sorted(REP_ACTIONS))}.")
    key = text(said, "recording")
    await room.say(key, number(said, "at_s"), lambda rep: ref_edit(action, rep))


@endpoint
async def undo(room: Room, request: Request) -> Json:
    """Take the last word on a recording back."""
    return {"undone": await room.undo(text(await body_of(request), "recording"))}


@endpoint
async def replay(room: Room, request: Request) -> Json:
    """Play a stored session, or stop; a pace of 0 stops."""
    said = await body_of(request)
    pace = number(said, "pace")
    if pace == 0:
        room.player.stop()
        return None
    if pace not in PACES:
        raise TempoError(f"A replay runs at {', '.join(f'{p:g}' for p in PACES)} times, not {pace:g}.")
    key = text(said, "recording")
    await room.player.play(await room.work(lambda: room.shelf.open(key)), pace=pace)
    return None


@endpoint
async def recording(room: Room, request: Request) -> Json:
    """Return one recording with everything about its sets."""
    key = request.path_params["key"]
    return await room.work(lambda: recording_json(room.shelf.open(key)))


@endpoint
async def standing(room: Room, request: Request) -> Json:
    """Return an athlete's estimated one-rep max and the day's dose."""
    query = request.query_params
    return await room.work(lambda: room.past.standing(query.get("athlete", ""), query.get("exercise", "")))


@endpoint
async def days(room: Room, request: Request) -> Json:
    """Return past days and their sets."""
    query = request.query_params
    return await room.work(lambda: room.past.days(query.get("athlete"), query.get("exercise")))


@endpoint
async def weeks(room: Room, request: Request) -> Json:
    """Return trends by week."""
    query = request.query_params
    return await room.work(lambda: room.past.weeks(query.get("athlete"), query.get("exercise")))


@endpoint
async def export(room: Room, request: Request) -> Json:
    """Send a recording as a file for another program, or as the report for people."""
    key, kind = request.path_params["key"], request.path_params["kind"]
    if kind not in EXPORTS:
        raise TempoError(f"There is no export '{kind[:20]}': expected {', '.join(EXPORTS)}.")
    ending, media = EXPORTS[kind]
    opened = await room.work(lambda: room.shelf.open(key))
    data = await room.work(lambda: _exported(opened, kind))
    name = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in opened.folder.stem)
    headers = {**NO_STORE, "content-disposition": f'attachment; filename="{name}.{ending}"'}
    return Response(data, media_type=media, headers=headers)


@endpoint
async def qr(room: Room, request: Request) -> Json:
    """Return the QR code of the page's address, for whoever is in already."""
    return Response(qr_svg(request.app.state.url), media_type="image/svg+xml", headers=NO_STORE)


def _exported(opened: Opened, kind: str) -> bytes:
    from imu_tempo.formats import exports
    from imu_tempo.formats.analysis_json import analysis_object
    from imu_tempo.report import write_html

    result = opened.result
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "out"
        table = exports.tidy_reps(result.reps, result.sets)
        match kind:
            case "csv":
                exports.write_csv(table, target)
            case "excel":
                exports.write_excel_csv(table, target)
            case "json":
                told = {
                    **analysis_object(result),
                    "source": opened.folder.name,
                }  # not where the coach keeps it
                exports.write_json(told, target)
            case "parquet":
                exports.write_parquet(table, target)
            case _:
                write_html(result, target)
        return target.read_bytes()


ROUTES = [
    Route("/api/events", events),
    Route("/api/choices", choices),
    Route("/api/names", names),
    Route("/api/bars/{bar}/setup", setup, methods=["POST"]),
    Route("/api/bars/{bar}/sensor", connect, methods=["POST"]),
    Route("/api/scan", scan, methods=["POST"]),
    Route("/api/identify", identify, methods=["POST"]),
    Route("/api/fix", fix, methods=["POST"]),
    Route("/api/undo", undo, methods=["POST"]),
    Route("/api/replay", replay, methods=["POST"]),
    Route("/api/recordings/{key}", recording),
    Route("/api/recordings/{key}/export/{kind}", export),
    Route("/api/standing", standing),
    Route("/api/days", days),
    Route("/api/weeks", weeks),
    Route("/api/qr.svg", qr),
]
