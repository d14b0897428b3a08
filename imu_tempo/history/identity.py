"""Which recording is which, wherever it is moved to and however often it is copied."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from firmware_bridge.recording import Manifest, Recording

_LINES = 64
"""Packets that go into the id: past the handshake, and there in a recording that was cut short."""
_HEX = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFacts:
    """What the history needs to know of a recording before it is analysed."""

    id: str
    folder: Path
    manifest: Manifest


def recording_facts(folder: str | Path) -> RecordingFacts:
    """Read what a recording is.

    The id is made of the start, the sensor and the first packets: it outlives renaming, copying, sealing,
    repair and a changed athlete, load or exercise. Of an imported recording the digest of its file stands for
    the packets.

    Raises
    ------
    RecordingError
        It is not a recording, or its packets cannot be read.
    """
    recording = Recording.open(folder)
    manifest = recording.manifest
    start = (manifest.started, manifest.started_host_ns, manifest.sensor.driver, manifest.sensor.address)
    digest = hashlib.sha256(repr(start).encode())
    if manifest.imported is not None:
        digest.update(f"{manifest.imported.sha256} {manifest.sensor.name}".encode())
        return RecordingFacts(
            id=digest.hexdigest()[:_HEX], folder=recording.path.resolve(), manifest=manifest
        )
    for line in islice(recording.journal().raw_lines(), _LINES):
        digest.update(line)
    return RecordingFacts(id=digest.hexdigest()[:_HEX], folder=recording.path.resolve(), manifest=manifest)
