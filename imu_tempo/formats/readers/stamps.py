"""Time columns of all kinds to seconds that a sample clock can have made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.samples import TimeSource
from imu_tempo.errors import SourceError
from imu_tempo.formats.source import Fact
from imu_tempo.formats.words import clip

Array = NDArray[np.float64]

_STAMP = re.compile(
    r"(?:(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[T ]+)?(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,:](\d{1,9}))?"
    r"\s*(?:Z|[+-]\d\d:?\d\d)?"
)
_DAY_S = 86_400.0

# Steps shorter than this share of the sample period are no sampling: the stamps tell when samples arrived.
_STALLED_PERIODS = 0.25
# A sample clock with jitter has a few such steps, one of arrivals has them at every burst.
_STALLED_SHARE = 0.02
# The period is taken over this many samples, many bursts of a radio link.
_LONG_STEPS = 64
# A later arrival than this, of all samples that follow, is a loss: some connection intervals, and what the
# link sensors without a clock are given too (firmware_bridge.sensors.counting).
_LOSS_S = 0.1
_WINDOW_S = 1.0
_ROUNDS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """Sample times.

    Attributes
    ----------
    t_s
        (m,) seconds.
    keep
        (n,) which rows they belong to.
    facts
        What had to be done, for the user to see.
    time_source
        What they are.
    """

    t_s: Array
    keep: NDArray[np.bool_]
    facts: dict[str, Fact] = field(default_factory=dict)
    time_source: TimeSource = "device"


def settle(t_s: Array) -> Settled:
    """Drop stamps that stand twice, or even them out where they tell arrivals and not samples.

    Samples of one radio packet often bear one stamp, and packets come in bursts. Such samples are counted:
    put at even steps, with a cut where everything from there on comes more than 0.1 s later. Shorter losses
    cannot be seen in such stamps. Time that runs backwards is left for the checks to refuse.

    Parameters
    ----------
    t_s
        (n,) seconds; rows with NaN are dropped.
    """
    keep = np.isfinite(t_s)
    t_s = t_s[keep]
    steps = np.diff(t_s)
    if len(t_s) < 2 or (steps < 0).any() or not (steps > 0).any():
        return Settled(t_s, keep)
    reach = min(_LONG_STEPS, len(t_s) - 1)
    period_s = float(np.median(t_s[reach:] - t_s[:-reach])) / reach
    stalled = float(np.mean(steps < _STALLED_PERIODS * period_s))
    if stalled > _STALLED_SHARE:
        told = f"stamps tell arrivals ({100 * stalled:.0f} % come in bursts): samples counted, at even steps"
        return Settled(_even(t_s, period_s), keep, {"times": told}, "counted")
    again = np.concatenate([[False], steps == 0])
    if not again.any():
        return Settled(t_s, keep)
    keep[np.flatnonzero(keep)[again]] = False
    return Settled(t_s[~again], keep, {"duplicate_times": int(again.sum())})


def _even(t_s: Array, period_s: float) -> Array:
    """Put samples at even steps under their arrivals; a new stretch where the smallest delay jumps up."""
    index = np.arange(len(t_s), dtype=np.float64)
    window = max(round(_WINDOW_S / period_s), 1)
    whole = len(t_s) // window * window
    for _ in range(_ROUNDS):  # the period that keeps the smallest delay of most windows level
        delay = t_s - index * period_s
        if whole < 3 * window:
            break
        smallest = delay[:whole].reshape(-1, window).min(axis=1)
        period_s += float(np.median(np.diff(smallest))) / window
    delay = t_s - index * period_s
    floor = np.minimum.accumulate(delay[::-1])[::-1]
    starts = [0, *(np.flatnonzero(np.diff(floor) > _LOSS_S) + 1).tolist(), len(t_s)]
    out = index * period_s
    for start, end in pairwise(starts):
        out[start:end] += delay[start:end].min()
    return out


def unwrap(counter: Array, modulus: float) -> Array:
    """Return a counter that wraps at ``modulus`` as one that only grows."""
    steps = np.diff(counter, prepend=counter[:1])
    return np.asarray(counter + modulus * np.cumsum(steps < -modulus / 2.0))


def clock_times(words: Sequence[str], *, source: str, first_line: int) -> Array:
    """Return seconds of written times, such as ``2026-03-01 18:05:00.123`` or ``18:05:00:123``.

    With dates they count from 1970 in the file's own time zone, without from midnight, over midnight too.
    Empty cells are NaN.

    Raises
    ------
    SourceError
        A cell is no time, with its line.
    """
    seconds = np.full(len(words), np.nan)
    days: dict[tuple[str, str, str], float] = {}
    whole: dict[str, float] = {}  # a second stands in many rows
    for i, word in enumerate(words):
        second, _, fraction = word.partition(".")
        if second in whole and fraction.isdecimal():
            seconds[i] = whole[second] + float(f"0.{fraction}")
            continue
        found = _STAMP.fullmatch(word)
        if found is None:
            if word and word.lower() not in ("null", "nan", "none"):
                raise SourceError(
                    f"{source}, line {first_line + i}: {clip(word)!r} is no time known here, such as"
                    " 2026-03-01 18:05:00.123.",
                    source=source,
                )
            continue
        year, month, day, h, m, s, fraction = found.groups()
        at = int(h) * 3600.0 + int(m) * 60.0 + int(s) + (float(f"0.{fraction}") if fraction else 0.0)
        if year:
            key = (year, month, day)
            if key not in days:
                days[key] = _day_s(*key, source=source, line=first_line + i)
            at += days[key]
        if fraction and fraction == word.partition(".")[2]:
            whole[second] = at - float(f"0.{fraction}")
        seconds[i] = at
    if not days:
        seconds += _DAY_S * np.cumsum(np.diff(seconds, prepend=seconds[:1]) < -_DAY_S / 2.0)
    return seconds


def _day_s(year: str, month: str, day: str, *, source: str, line: int) -> float:
    try:
        return (date(int(year), int(month), int(day)) - date(1970, 1, 1)).days * _DAY_S
    except ValueError as error:
        raise SourceError(
            f"{source}, line {line}: {year}-{month}-{day} is no date.", source=source
        ) from error


def iso(epoch_s: float, offset: str = "") -> str:
    """Return a time since 1970 in UTC as ISO 8601, in the zone of an offset such as ``+0100`` where known."""
    found = re.fullmatch(r"([+-])(\d\d):?(\d\d)", offset)
    shift = timedelta(hours=int(found[2]), minutes=int(found[3])) if found else timedelta()
    try:
        zone = timezone(-shift if found and found[1] == "-" else shift)
        return datetime.fromtimestamp(epoch_s, tz=zone).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        return ""


def local_iso(epoch_s: float) -> str:
    """Return seconds of :func:`clock_times` as ISO 8601 without a zone, which the file does not tell."""
    return iso(epoch_s).removesuffix("+00:00") if epoch_s > _DAY_S else ""
