"""Chronojump's raw encoder file: displacement in each millisecond, runs of equal ones shortened."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from imu_tempo.errors import SourceError
from imu_tempo.formats.readers.opening import Export
from imu_tempo.formats.readers.reading import ReadOptions
from imu_tempo.formats.readers.reference.motion import Motion, motion

_TOKEN = re.compile(r"(-?\d{1,4})(?:\*(\d{1,9}))?")
_WORD = re.compile(r"[^\s,;]+")
_HEAD = 4096
_LEAST_TOKENS = 10
# An hour; more is no set, or a run made to fill the memory.
_MOST_MS = 3_600_000
_M_PER_MM = 1e-3
_S_PER_MS = 1e-3
# Counts of whole millimetres are rough: velocity is that over this many milliseconds.
_SMOOTH_MS = 20


def _tokens(text: str) -> list[str]:
    return [word[0] for word in _WORD.finditer(text)]


def matches(export: Export) -> bool:
    """Whether it is one file of nothing but such numbers, a run among them."""
    if not export.single:
        return False
    try:
        text = export.members[0].text
    except SourceError:
        return False
    tokens = _tokens(text[:_HEAD])
    tokens = tokens[:-1] if len(text) > _HEAD else tokens
    return len(tokens) >= _LEAST_TOKENS and "*" in text and all(_TOKEN.fullmatch(token) for token in tokens)


def read(export: Export, options: ReadOptions) -> list[Motion]:
    """Read the displacement, summed from 0."""
    source = export.members[0].source
    values, runs = [], []
    whole_ms = 0
    for number, word in enumerate(_WORD.finditer(export.members[0].text), start=1):
        found = _TOKEN.fullmatch(word[0])
        if found is None:
            raise SourceError(
                f"{source}: word {number} is {word[0][:20]!r}, expected such as -1 or 0*5.", source=source
            )
        values.append(int(found[1]))
        runs.append(int(found[2] or 1))
        whole_ms += runs[-1]
        if max(whole_ms, number) > _MOST_MS:
            raise SourceError(
                f"{source} tells of more than an hour of milliseconds: check what it is.", source=source
            )
    pos: NDArray[np.float64] = np.cumsum(np.repeat(values, runs)) * _M_PER_MM
    t_s = np.asarray(np.arange(len(pos)) * _S_PER_MS, dtype=np.float64)
    kernel = np.full(_SMOOTH_MS, 1.0 / _SMOOTH_MS)
    smooth: NDArray[np.float64] = np.convolve(
        np.pad(pos, (_SMOOTH_MS // 2, _SMOOTH_MS - 1 - _SMOOTH_MS // 2), "edge"), kernel, "valid"
    )
    note = f"1 mm a count, up positive; velocity over a moving mean of {_SMOOTH_MS} ms"
    velocity: NDArray[np.float64] = np.gradient(smooth, t_s)
    return [motion(t_s, pos, velocity, source=source, note=note)]
