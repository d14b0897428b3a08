"""Our own recording folders, sealed or left open by a recorder that was killed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from firmware_bridge.errors import RecordingError
from imu_tempo.errors import SourceError
from imu_tempo.formats import checks
from imu_tempo.formats.blocks import find_clock, split
from imu_tempo.formats.canonical import Table
from imu_tempo.formats.signal_facts import signal_facts
from imu_tempo.formats.source import Fact, Source

if TYPE_CHECKING:
    from firmware_bridge.recording import Manifest, Recording, Samples


def load_recording(path: Path, *, check_units: bool) -> Source:
    """Read a recording folder: the sealed table, or as many of the packets as can be read."""
    from firmware_bridge.recording import Recording

    try:
        recording = Recording.open(path)
        samples, truncated = _samples(recording)
    except RecordingError as error:
        raise SourceError(f"{str(error).rstrip('.')}.", source=str(path)) from error
    if not len(samples):
        raise SourceError(
            f"{path} holds no samples: nothing had come from the sensor when it ended.", source=str(path)
        )
    table = Table(samples.t_s, samples.acc_mps2, samples.gyr_radps)
    checks.check_time(table, source=str(path))
    quality: dict[str, Fact] = {
        "gaps": int(np.count_nonzero(samples.lost_before)),
        "lost_samples": int(samples.lost_before.sum()),
    }
    if recording.manifest.simulated:
        quality["simulated"] = "yes"
    if truncated:
        quality["truncated"] = truncated
    if recording.manifest.clock_set:
        set_by = " and ".join(f"{one.by_s:+,.0f} s" for one in recording.manifest.clock_set)
        quality["clock_set"] = f"by {set_by} while it was recorded; its date is by the clock of before"
    clock = find_clock(samples.t_s)
    quality |= signal_facts(table.finite(), 1.0 / clock.period_s, source=str(path), check_units=check_units)
    blocks = samples.blocks()
    if samples.gyr_radps is not None and not np.isfinite(samples.gyr_radps).all():
        whole = table.finite()  # a sensor that came back without its gyro: the stretches with it count
        quality["nan_rows"] = len(table.t_s) - len(whole.t_s)
        blocks = split(whole.t_s, whole.acc, whole.gyr, find_clock(whole.t_s))
    return Source(str(path), recording.info, blocks, _meta(recording.manifest), quality)


def _samples(recording: Recording) -> tuple[Samples, str]:
    """Return the samples, and why the end is missing (or '')."""
    from firmware_bridge.recording.table import join

    try:
        return recording.arrays(), "" if recording.sealed else "it was not closed: the recorder was stopped"
    except RecordingError as error:
        blocks = []
        try:
            for block in recording.blocks():
                blocks.append(block)  # noqa: PERF402 - what was read before the error counts
        except RecordingError:
            pass
        if not blocks:
            raise
        return join(blocks), str(error)


def _meta(manifest: Manifest) -> dict[str, str | float]:
    known: dict[str, str | float | None] = {
        "exercise": manifest.exercise,
        "load_kg": manifest.load_kg,
        "athlete": manifest.athlete,
        "tempo": manifest.tempo,
        "started": manifest.started,
    }
    return {name: value for name, value in known.items() if value is not None and value != ""}
