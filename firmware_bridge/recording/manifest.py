"""``manifest.json``: what a recording is, without opening its data."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from pathlib import Path
from types import NoneType
from typing import Any, Literal, TypeVar, get_args

from firmware_bridge.errors import RecordingError
from firmware_bridge.recording.files import recording_error, replacing
from firmware_bridge.samples import SensorInfo, TimeSource
from firmware_bridge.sensors.base import StreamSettings
from firmware_bridge.untrusted import parse_json, read_plain

FILE_NAME = "manifest.json"
FORMAT = "imu-tempo/recording"
FORMAT_VERSION = 1

MANIFEST_BYTES = 1 << 20
"""A manifest takes 2 KiB, and a note of many pages some more."""

MAX_NUMBER = 2.0**62
"""Nanoseconds of a host's clock are the largest numbers in a manifest: 146 years."""

UNITS = {"t_s": "s", "acc": "m/s^2", "gyr": "rad/s", "lost_before": "samples"}

State = Literal["open", "sealed"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a sealed recording holds.

    Attributes
    ----------
    packets, damaged_lines
        Lines of the journal that can be read, and that cannot.
    samples, lost, missed, gaps
        As in :class:`firmware_bridge.stream.StreamStats`.
    duration_s
        From the first sample to the last.
    rate_hz
        Sample rate as measured in the longest stretch without a gap, by the sensor's clock or, where it has
        none, by the host's; None below two samples. ``sensor.rate_hz`` is what the sensor was set to.
    host_slope, host_offset_s
        Host time in seconds is ``host_slope * t_s + host_offset_s``; None without samples.
    """

    packets: int
    samples: int
    damaged_lines: int = 0
    lost: int = 0
    missed: int = 0
    gaps: int = 0
    duration_s: float = 0.0
    rate_hz: float | None = None
    host_slope: float | None = None
    host_offset_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """Where the samples of a recording came from that no sensor sent here: such a recording has no packets.

    Attributes
    ----------
    file, sha256
        Name of the file it was made from, and its digest, by which the file can be told again.
    reader
        Key of the reader.
    taken
        What the reader took for what, in words.
    """

    file: str
    sha256: str
    reader: str
    taken: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockSet:
    """The computer's wall clock was set while recording, or the computer slept.

    Attributes
    ----------
    host_ns
        When it was noticed, by the packets' clock.
    by_s
        By how much; below 0 it was set back.
    """

    host_ns: int
    by_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a recording is.

    Attributes
    ----------
    sensor
        What is known of the sensor; ``driver`` decides how the packets are read.
    settings
        What was asked of the sensor.
    started
        Local time with its offset from UTC, ISO 8601; filled in by the writer where empty.
    started_host_ns
        The packets' host clock at that time.
    exercise, load_kg, athlete, tempo, note
        As the user gave them. ``athlete`` is a pseudonymous id.
    simulated
        True where no sensor was there.
    extra_files
        Names of files that belong to the recording besides its own, as the truth of a simulation.
    software
        Program and version that wrote it; filled in by the writer where empty.
    state
        ``"open"`` while being recorded (or left so by a crash), then ``"sealed"``.
    contents
        Known once sealed.
    imported
        Where the samples came from, of a recording made from another tool's file; None of one with packets.
    clock_set
        Times that the wall clock was set while recording. ``started`` is by the clock as it was then; nothing
        else in a recording is by that clock.
    """

    sensor: SensorInfo
    settings: StreamSettings = field(default_factory=StreamSettings)
    started: str = ""
    started_host_ns: int = 0
    exercise: str | None = None
    load_kg: float | None = None
    athlete: str | None = None
    tempo: str | None = None
    note: str | None = None
    simulated: bool = False
    extra_files: tuple[str, ...] = ()
    software: str = ""
    state: State = "open"
    contents: Contents | None = None
    imported: Imported | None = None
    clock_set: tuple[ClockSet, ...] = ()

    def write(self, folder: Path) -> None:
        """Replace the folder's manifest, atomically.

        Raises
        ------
        RecordingError
            The folder cannot be written.
        """
        document = {"format": FORMAT, "format_version": FORMAT_VERSION, **asdict(self), "units": UNITS}
        with replacing(folder / FILE_NAME) as file:
            text = json.dumps(document, indent=2, ensure_ascii=False)
            file.write(text.encode(errors="replace") + b"\n")  # half a character in a sensor's name

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read a folder's manifest.

        Raises
        ------
        RecordingError
            There is none, it cannot be read, it is not one, or it is of a newer format version.
        """
        path = folder / FILE_NAME
        try:
            document = parse_json(read_plain(path, MANIFEST_BYTES))
        except FileNotFoundError as error:
            raise _bad(folder, f"it has no {FILE_NAME}") from error
        except OSError as error:
            raise recording_error(error, path, "read") from error
        except ValueError as error:
            raise _bad(folder, f"its {FILE_NAME} is not JSON ({error})") from error
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise _bad(folder, f"its {FILE_NAME} does not say {FORMAT!r}")
        version = document.get("format_version")
        if type(version) is not int or version < 1:
            raise _bad(folder, f"its format_version is {version!r}")
        if version > FORMAT_VERSION:
            raise RecordingError(
                f"{folder} has recording format {version}, this software reads up to {FORMAT_VERSION}; "
                "update imu-tempo",
                path=str(folder),
            )
        return _manifest(document, folder)


def _manifest(document: dict[str, Any], folder: Path) -> Manifest:
    nested = {
        "sensor": _part(SensorInfo, document.get("sensor"), folder),
        "settings": _part(StreamSettings, document.get("settings", {}), folder),
        "contents": None,
        "imported": None,
        "extra_files": _names(document.get("extra_files", []), folder),
        "clock_set": _clock_set(document.get("clock_set", []), folder),
    }
    if document.get("contents") is not None:
        nested["contents"] = _part(Contents, document["contents"], folder)
    if document.get("imported") is not None:
        nested["imported"] = _part(Imported, document["imported"], folder)
    manifest = _part(Manifest, {**document, **nested}, folder)
    try:
        datetime.fromisoformat(manifest.started or "2000-01-01")
    except ValueError as error:
        raise _bad(folder, f"its {FILE_NAME} says it started {manifest.started!r}") from error
    return manifest


def _names(listed: object, folder: Path) -> tuple[str, ...]:
    if not isinstance(listed, list) or any(not isinstance(name, str) for name in listed):
        raise _bad(folder, f"its {FILE_NAME} says extra_files is {listed!r}, which it cannot be")
    return tuple(listed)


def _clock_set(listed: object, folder: Path) -> tuple[ClockSet, ...]:
    if not isinstance(listed, list):
        raise _bad(folder, f"its {FILE_NAME} says clock_set is {listed!r}, which it cannot be")
    return tuple(_part(ClockSet, each, folder) for each in listed)


_CHOICES = {"state": get_args(State), "time_source": get_args(TimeSource)}
_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "str | None": (str, NoneType),
    "int": (int,),
    "float": (float, int),
    "float | None": (float, int, NoneType),
    "bool": (bool,),
}


def _part(kind: type[T], document: object, folder: Path) -> T:
    """Make a dataclass from JSON; keys it does not know are left out, wrong ones are told."""
    if not isinstance(document, dict):
        raise _bad(folder, f"its {FILE_NAME} has no {kind.__name__}")
    known = {}
    for each in fields(kind):  # type: ignore[arg-type]
        if each.name not in document:
            continue
        value, declared = document[each.name], str(each.type)
        allowed = _TYPES.get(declared)
        wrong = allowed is not None and not _can_be(value, allowed)
        if wrong or (each.name in _CHOICES and value not in _CHOICES[each.name]):
            raise _bad(folder, f"its {FILE_NAME} says {each.name} is {value!r}, which it cannot be")
        known[each.name] = value
    try:
        return kind(**known)
    except TypeError as error:
        raise _bad(folder, f"its {FILE_NAME} is incomplete ({error})") from error


def _can_be(value: object, allowed: tuple[type, ...]) -> bool:
    """Whether a value is of the type, and one that can be reckoned with, or written again."""
    if isinstance(value, bool):
        return bool in allowed
    if isinstance(value, int | float) and not abs(value) < MAX_NUMBER:  # NaN too
        return False
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:  # half a character
            return False
    return isinstance(value, allowed)


def _bad(folder: Path, reason: str) -> RecordingError:
    return RecordingError(
        f"{folder} is not a recording: {reason}; give a folder that imu-tempo recorded", path=str(folder)
    )


_NAME_PART_BYTES = 80
"""Two of them, the time and a number leave room below the 255 bytes that file systems take."""


def folder_name(manifest: Manifest) -> str:
    """Name a recording's folder: when, what, who."""
    when = datetime.fromisoformat(manifest.started).strftime("%Y-%m-%dT%H%M%S")
    parts = [name_part(part) for part in (manifest.exercise, manifest.athlete) if part]
    return "_".join([when, *(part for part in parts if part)]) + ".tempo"


def name_part(text: str) -> str:
    """Return text as a part of a folder's name: no separators, and short enough for any file system."""
    kept = "".join(c if c.isalnum() else "-" for c in text).encode()[:_NAME_PART_BYTES]
    return kept.decode(errors="ignore").strip("-")
