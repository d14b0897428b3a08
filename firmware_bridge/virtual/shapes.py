"""Shapes: how one stroke gets from 0 to 1 in unit time, as polynomial pieces with exact derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import BPoly, CubicHermiteSpline, PPoly, make_interp_spline

Floats = NDArray[np.float64]
TRACE_RAMP_S = 0.08  # a recorded stroke that is cut above zero speed is brought to rest in this time
TRACE_REST_MPS = 0.005


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """One stroke in unit time: polynomial pieces from 0 to ``travel`` (0 for an excursion)."""

    polynomial: PPoly
    travel: float = 1.0


@lru_cache(maxsize=512)
def minimum_jerk(*, skew: float = 0.5, start_acc: float = 0.0, end_acc: float = 0.0) -> Shape:
    """Return the minimum-jerk stroke (Flash & Hogan 1985), or one with an early or late peak.

    Parameters
    ----------
    skew
        0.5 is minimum jerk, 0 peaks at 40 % of the time, 1 at 60 %.
    start_acc, end_acc
        Acceleration at the ends, in travels per unit time squared: not zero where two strokes join without
        a pause.
    """
    # Velocity 60 [(1-w) s^2 (1-s)^3 + w s^3 (1-s)^2], each term of area 1/60: w = 0.5 gives 30 s^2 (1-s)^2.
    s = np.polynomial.Polynomial([0.0, 1.0])
    velocity = 60.0 * ((1.0 - skew) * s**2 * (1.0 - s) ** 3 + skew * s**3 * (1.0 - s) ** 2)
    position = (
        velocity.integ() + 0.5 * start_acc * s**2 * (1.0 - s) ** 3 + 0.5 * end_acc * s**3 * (1.0 - s) ** 2
    )
    return Shape(PPoly(position.coef[::-1, None], [0.0, 1.0]))


def velocity_knots(
    times: ArrayLike, velocities: ArrayLike, *, start_acc: float = 0.0, end_acc: float = 0.0
) -> Shape:
    """Return a stroke whose velocity runs through knots (cubic pieces, flat at every inner knot).

    It is scaled to travel 1; ``start_acc`` and ``end_acc`` are what it has at its ends after that.
    """
    x, v = np.asarray(times, float), np.asarray(velocities, float)
    dt = np.diff(x)
    area = float(np.sum(dt * (v[1:] + v[:-1])) / 2.0)
    # A cubic piece with end slopes m0, m1 has the area of the trapezoid plus dt^2 (m0 - m1) / 12.
    spread = (dt[0] ** 2 * start_acc - dt[-1] ** 2 * end_acc) / 12.0
    travel = area / (1.0 - spread)
    slopes = np.zeros_like(v)
    slopes[0], slopes[-1] = start_acc * travel, end_acc * travel
    return _unit_travel(CubicHermiteSpline(x, v, slopes))


def plateau(*, ramp_ratio: float = 0.15, start_acc: float = 0.0, end_acc: float = 0.0) -> Shape:
    """Return a constant-speed stroke with a ramp of ``ramp_ratio`` of its time at either end."""
    return velocity_knots(
        [0.0, ramp_ratio, 1.0 - ramp_ratio, 1.0], [0.0, 1.0, 1.0, 0.0], start_acc=start_acc, end_acc=end_acc
    )


def sticking(
    *,
    at_ratio: float = 0.35,
    depth: float = 0.6,
    second_peak: float = 0.9,
    start_acc: float = 0.0,
    end_acc: float = 0.0,
) -> Shape:
    """Return a lift with a sticking region: fast, slow at ``at_ratio`` of the travel, fast again.

    Parameters
    ----------
    depth
        0 to 1: how much of the first peak's speed is lost in the sticking region.
    second_peak
        Second peak's speed against the first.
    """
    rise, low = 0.45, 1.0 - depth
    before, after = 1.0 + (1.0 - rise) * low, second_peak + (1.0 - rise) * low
    stuck = at_ratio * after / (before * (1.0 - at_ratio) + at_ratio * after)
    knots = [0.0, rise * stuck, stuck, stuck + (1.0 - rise) * (1.0 - stuck), 1.0]
    return velocity_knots(knots, [0.0, 1.0, low, second_peak, 0.0], start_acc=start_acc, end_acc=end_acc)


def with_ramps(t_s: ArrayLike, velocity_mps: ArrayLike) -> tuple[Floats, Floats]:
    """Return a recorded stroke brought to rest at either end where it was cut above zero speed."""
    t, v = np.asarray(t_s, float), np.array(velocity_mps, float)
    if t.size < 4 or np.any(np.diff(t) <= 0.0):
        raise ValueError(f"a velocity trace needs at least 4 samples on a rising clock, got {t.size}")
    if abs(v[0]) > TRACE_REST_MPS:
        t, v = np.concatenate([[t[0] - TRACE_RAMP_S], t]), np.concatenate([[0.0], v])
    if abs(v[-1]) > TRACE_REST_MPS:
        t, v = np.concatenate([t, [t[-1] + TRACE_RAMP_S]]), np.concatenate([v, [0.0]])
    v[0] = v[-1] = 0.0
    return t, v


def traced(t_s: ArrayLike, velocity_mps: ArrayLike) -> Shape:
    """Return a stroke with the velocity of a recorded one, scaled to unit time and travel."""
    t, v = with_ramps(t_s, velocity_mps)
    x = (t - t[0]) / (t[-1] - t[0])
    slopes = np.gradient(v, x)
    slopes[0] = slopes[-1] = 0.0
    return _unit_travel(CubicHermiteSpline(x, v, slopes))


def landing(*, contact_speed: float, contact_ratio: float, start_acc: float = 0.0) -> Shape:
    """Return a lowering that ends in a hit at ``contact_speed``, stopped in ``contact_ratio`` of the time.

    ``contact_speed`` is in travels per unit time (1 is the mean speed).
    """
    give = contact_speed * contact_ratio / 2.0
    before = 1.0 - contact_ratio
    pieces = BPoly.from_derivatives(
        [0.0, before, 1.0], [[0.0, 0.0, start_acc], [1.0 - give, contact_speed, 0.0], [1.0, 0.0, 0.0]]
    )
    return Shape(PPoly.from_bernstein_basis(pieces))


def wandering(knots: ArrayLike) -> Shape:
    """Return a smooth path (quintic spline) through evenly spaced ``knots``, from rest at 0 to rest at 0."""
    values = np.concatenate([[0.0], np.asarray(knots, float), [0.0]])
    still = [(1, 0.0), (2, 0.0)]
    spline = make_interp_spline(np.linspace(0.0, 1.0, values.size), values, k=5, bc_type=(still, still))
    pieces = PPoly.from_spline(spline)
    real = np.diff(pieces.x) > 0.0  # the spline's repeated end knots give pieces of no length
    return Shape(PPoly(pieces.c[:, real], np.append(pieces.x[:-1][real], 1.0)), travel=0.0)


@lru_cache(maxsize=1)
def excursion() -> Shape:
    """Return a path out to 1 and back to 0, at rest at both ends."""
    s = np.polynomial.Polynomial([0.0, 1.0])
    return Shape(PPoly((64.0 * s**3 * (1.0 - s) ** 3).coef[::-1, None], [0.0, 1.0]), travel=0.0)


def _unit_travel(velocity: PPoly) -> Shape:
    position = PPoly(velocity.c, velocity.x).antiderivative()
    return Shape(PPoly(position.c / float(position(velocity.x[-1])), position.x))
