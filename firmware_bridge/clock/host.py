"""Rates and the host's clock, fitted to a whole session afterwards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HULL_MIN_S = 60.0
"""Shorter sessions hold too few undelayed packets to fit a slope; two crystals part by 2 ms in that time."""


@dataclass(frozen=True, slots=True)
class ClockFit:
    """``host_s = slope * t_s + offset_s``, with the smallest transport delay left in the offset."""

    slope: float
    offset_s: float


def fit_rate_hz(t_s: NDArray[np.float64]) -> float:
    """Fit the sample rate to the times of samples without a gap, by least squares; NaN below two samples."""
    if len(t_s) < 2:
        return float("nan")
    number = np.arange(len(t_s)) - (len(t_s) - 1) / 2
    return float(number @ number / (number @ (t_s - t_s.mean())))


def fit_host_clock(t_s: NDArray[np.float64], host_s: NDArray[np.float64]) -> ClockFit:
    """Fit the host clock to the session clock from arrival times.

    A packet can only come late, so the truth lies under all points: a line of slope 1 through the least
    delayed packet for up to a minute, the edge of the lower convex hull under the middle for longer.
    See L. Zhang, Z. Liu, C. H. Xia, "Clock synchronization algorithms for network measurements",
    Proc. IEEE INFOCOM 2002, vol. 1, pp. 160-169.

    Parameters
    ----------
    t_s
        (n,) session time of each packet's last sample, increasing; at least one.
    host_s
        (n,) its arrival.
    """
    if t_s[-1] - t_s[0] < HULL_MIN_S:
        return ClockFit(1.0, float((host_s - t_s).min()))
    return ClockFit(*_line_under(t_s, host_s))


def fit_counted_rate_hz(counts: NDArray[np.int64], host_s: NDArray[np.float64]) -> float | None:
    """Fit the sample rate to arrivals, as :func:`fit_host_clock` does; None for less than a minute.

    Parameters
    ----------
    counts
        (n,) samples up to and with each packet, increasing.
    host_s
        (n,) its arrival.
    """
    if len(counts) < 2 or host_s[-1] - host_s[0] < HULL_MIN_S:
        return None
    slope, _ = _line_under(counts.astype(np.float64), host_s)
    return 1 / slope if slope > 0 else None


def _line_under(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    """Return slope and offset of the edge of the lower convex hull that lies under the middle."""
    hull = _lower_hull(x, y)
    middle = (x[0] + x[-1]) / 2
    right = next(number for number, (at, _) in enumerate(hull) if at > middle)
    (x0, y0), (x1, y1) = hull[right - 1], hull[right]
    slope = (y1 - y0) / (x1 - x0)
    return slope, y0 - slope * x0


def _lower_hull(x: NDArray[np.float64], y: NDArray[np.float64]) -> list[tuple[float, float]]:
    hull: list[tuple[float, float]] = []
    for px, py in zip(x.tolist(), y.tolist(), strict=True):
        while len(hull) > 1:
            (x0, y0), (x1, y1) = hull[-2:]
            if (x1 - x0) * (py - y0) > (px - x0) * (y1 - y0):
                break
            hull.pop()
        hull.append((px, py))
    return hull
