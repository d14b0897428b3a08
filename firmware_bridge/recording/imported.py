"""Recordings made from another tool's file: samples and where they came from, and no packets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from firmware_bridge.clock import fit_rate_hz
from firmware_bridge.errors import RecordingError
from firmware_bridge.recording import table
from firmware_bridge.recording.files import recording_error
from firmware_bridge.recording.manifest import Contents, Manifest
from firmware_bridge.recording.reader import Recording
from firmware_bridge.recording.table import Samples
from firmware_bridge.recording.writer import begun, made_folder


def write_imported(where: str | Path, manifest: Manifest, samples: Samples) -> Recording:
    """Write a sealed recording whose samples are the truth, as no packets were had.

    The manifest comes last: a folder that a crash left without one is no recording.

    Parameters
    ----------
    where
        As of :meth:`firmware_bridge.recording.RecordingWriter.create`.
    manifest
        What is known; ``imported`` says of what file.
    samples
        At least one.

    Raises
    ------
    RecordingError
        The folder exists already or cannot be written, or nothing says where the samples came from.
    """
    if manifest.imported is None or not len(samples):
        raise RecordingError("an imported recording needs samples and where they came from")
    manifest = begun(manifest)
    try:
        path = made_folder(Path(where), manifest)
    except OSError as error:
        raise recording_error(error, Path(where), "make the recording folder") from error
    table.write(samples, path)
    blocks = samples.blocks()
    longest = max(blocks, key=len)
    contents = Contents(
        packets=0,
        samples=len(samples),
        lost=int(samples.lost_before.sum()),
        gaps=len(blocks) - 1,
        duration_s=float(samples.t_s[-1] - samples.t_s[0]),
        rate_hz=fit_rate_hz(longest.t_s) if len(longest) > 1 else None,
    )
    sealed = replace(manifest, state="sealed", contents=contents)
    sealed.write(path)
    return Recording(path, sealed)
