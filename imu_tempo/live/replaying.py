"""A stored session through the live engine, at once or at the pace of the lifting."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Unpack

from firmware_bridge.samples import SampleBlock
from imu_tempo.engine import Engine
from imu_tempo.events import Event
from imu_tempo.formats import Source
from imu_tempo.live.lifting import Arguments

# Samples pushed at a time: a packet's worth at 200 Hz. The events are the same at any size.
_PUSH_SAMPLES = 8


def replay_events(
    source: Source, *, pace: float | None = None, **lifting: Unpack[Arguments]
) -> Iterator[Event]:
    """Yield what the live engine says of a source, in order.

    Parameters
    ----------
    source
        Loaded samples.
    pace
        Recorded seconds a second; None does not wait.
    **lifting
        Exercise, load, tempo, athlete.
    """
    yield from engine_events(source, Engine(**lifting, info=source.info), pace=pace)


def engine_events(source: Source, engine: Engine, *, pace: float | None = None) -> Iterator[Event]:
    """Yield what a given engine says of a source, in order.

    Parameters
    ----------
    source
        Loaded samples.
    engine
        A fresh one, of the source's sensor; afterwards it has the result.
    pace
        Recorded seconds a second; None does not wait.
    """
    began_s, first_s = time.monotonic(), float(source.blocks[0].t_s[0])
    for block in source.blocks:
        for part in _cut(block):
            if pace is not None:
                due_s = began_s + (float(part.t_s[-1]) - first_s) / pace
                time.sleep(max(0.0, due_s - time.monotonic()))
            yield from engine.push(part)
    yield from engine.finish()


def _cut(block: SampleBlock) -> Iterator[SampleBlock]:
    for start in range(0, len(block), _PUSH_SAMPLES):
        part = slice(start, start + _PUSH_SAMPLES)
        gyr = None if block.gyr_radps is None else block.gyr_radps[part]
        yield SampleBlock(block.t_s[part], block.acc_mps2[part], gyr, block.lost_before if start == 0 else 0)
