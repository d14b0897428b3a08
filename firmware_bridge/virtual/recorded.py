"""A simulation as a recording: the packets that a sensor would have sent, and the truth beside them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firmware_bridge import profile
from firmware_bridge.recording import Manifest, RecordingWriter
from firmware_bridge.sensors import LinkState, PacketKind, RawPacket, StreamSettings, link_packet
from firmware_bridge.sensors.bip import KEY
from firmware_bridge.virtual.simulate import Simulation
from firmware_bridge.virtual.source import SampleSource

TRUTH_REPS = "truth_reps.csv"
TRUTH_SAMPLES = "truth_samples.parquet"
TRUTH_FILES = (TRUTH_REPS, TRUTH_SAMPLES)
# Enough to draw the truth and to check any sample; the edges, exact, are in the table of reps.
_TRUTH_RATE_HZ = 100.0

_MTU = 247
_LATENCY_MS = 40
_HOST_START_NS = 1_000_000_000
_HANDSHAKE_NS = 20_000_000


def packets(simulation: Simulation) -> Iterator[RawPacket]:
    """Yield everything a link would have journalled, from connecting to the last sample.

    What the simulation lost was lost before the radio: the sample index has a hole, the packet sequence none.
    """
    source = SampleSource.of(simulation)
    settings = profile.StartSettings(
        rate_millihz=round(source.rate_hz * profile.MILLI),
        acc_range_g=source.acc_range_g,
        gyr_range_dps=source.gyr_range_dps,
        latency_ms=_LATENCY_MS,
    )
    config = profile.Config.from_settings(settings, mtu=_MTU, stream_id=0)
    yield from _handshake(config, settings)
    t_us = np.rint(np.arange(simulation.taken) / source.rate_hz * 1e6).astype(np.int64)
    seq = 0
    arrival_ns = _HOST_START_NS + _HANDSHAKE_NS + np.rint(simulation.arrival_s * 1e9).astype(np.int64)
    for first, last in _runs(simulation.index):
        part = simulation.index[first:last]
        payloads = profile.packetise(
            source.acc_raw[part],
            None if source.gyr_raw is None else source.gyr_raw[part],
            config=config,
            seq=seq,
            index=int(part[0]),
            t_us=t_us[part],
            lost_before=bool(seq == 0 and part[0] > 0) or first > 0,
        )
        for number, payload in enumerate(payloads):
            end = min(first + (number + 1) * config.samples_per_packet, last)
            yield RawPacket(int(arrival_ns[end - 1]), profile.DATA_UUID, payload)
            seq += 1


def record(simulation: Simulation, folder: Path, manifest: Manifest) -> Path:
    """Write a simulation as a sealed recording with its truth, and return the folder.

    Parameters
    ----------
    simulation
        What to write.
    folder
        The recording's folder, or the one to make it in.
    manifest
        Exercise, load and the rest; that it is simulated, and from what sensor, is filled in.
    """
    sensor = replace(simulation.info, driver=KEY)
    complete = replace(
        manifest, sensor=sensor, settings=_asked(simulation), simulated=True, extra_files=TRUTH_FILES
    )
    writer = RecordingWriter.create(folder, complete)
    for packet in packets(simulation):
        writer.append(packet)
    write_truth(simulation, writer.path)
    writer.seal()
    return writer.path


def write_truth(simulation: Simulation, folder: Path) -> None:
    """Write ``truth_reps.csv`` and ``truth_samples.parquet`` into a folder."""
    import pyarrow as pa
    from pyarrow import parquet

    columns = simulation.rep_columns()
    with (folder / TRUTH_REPS).open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(columns)
        table.writerows(zip(*columns.values(), strict=True))
    truth = simulation.truth
    fine_rate_hz = 1.0 / float(truth.t_s[1] - truth.t_s[0])
    step = max(round(fine_rate_hz / _TRUTH_RATE_HZ), 1)
    samples = pa.table(
        {
            "t_s": truth.t_s[::step],
            "pos_up_m": truth.pos_m[::step, 2].astype(np.float32),
            "vel_up_mps": truth.vel_mps[::step, 2].astype(np.float32),
            "acc_up_mps2": truth.acc_mps2[::step, 2].astype(np.float32),
            "phase": pa.array(truth.phase[::step].tolist()).dictionary_encode(),
        }
    )
    with (folder / TRUTH_SAMPLES).open("wb") as file:  # Arrow itself takes no name that is no text
        parquet.write_table(samples, file, compression="zstd")


def _handshake(config: profile.Config, settings: profile.StartSettings) -> Iterator[RawPacket]:
    at_ns = _HOST_START_NS
    yield link_packet(at_ns, LinkState.CONNECTED)
    yield RawPacket(at_ns, profile.CONFIG_UUID, profile.encode_config(config), PacketKind.READ)
    yield RawPacket(at_ns, profile.CONTROL_UUID, profile.encode_start(1, settings), PacketKind.WRITE)
    answer = profile.Response(profile.Op.START, 1, profile.Status.OK, config=config)
    yield RawPacket(
        at_ns + _HANDSHAKE_NS, profile.CONTROL_UUID, profile.encode_response(answer), PacketKind.INDICATION
    )


def _runs(index: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return where sample numbers follow each other without a hole, as half-open ranges."""
    if not index.size:
        return []
    cuts = np.flatnonzero(np.diff(index) != 1) + 1
    edges = [0, *cuts.tolist(), int(index.size)]
    return list(pairwise(edges))


def _asked(simulation: Simulation) -> StreamSettings:
    source = SampleSource.of(simulation)
    return StreamSettings(source.rate_hz, source.acc_range_g, source.gyr_range_dps, _LATENCY_MS)
