"""Strokes in closed form, as the stretches that measures are taken on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from imu_tempo.metrics.stretch import Span, Stretch

Array = NDArray[np.float64]
STEP_S = 0.02
MARGIN_S = 2.0


def minimum_jerk(tau: Array) -> tuple[Array, Array, Array]:
    """Travel, speed and acceleration of a unit stroke in unit time; at rest outside 0 to 1."""
    u = np.clip(tau, 0.0, 1.0)
    return (
        10 * u**3 - 15 * u**4 + 6 * u**5,
        30 * u**2 * (1 - u) ** 2,
        60 * u * (1 - u) * (1 - 2 * u),
    )


def stroke(
    rise_m: float,
    seconds: float,
    *,
    tremor_mps2: float = 0.0,
    tremor_hz: float = 10.0,
    step_s: float = STEP_S,
) -> Span:
    """Return a minimum-jerk stroke, shaken by a sine of that acceleration amplitude."""
    t = np.arange(-MARGIN_S, seconds + MARGIN_S, step_s)
    travel, speed, acc = minimum_jerk(t / seconds)
    omega = 2 * np.pi * tremor_hz
    wave = tremor_mps2 * np.sin(omega * t)
    return Span(
        Stretch(
            t,
            rise_m * travel - wave / omega**2,
            rise_m * speed / seconds - tremor_mps2 / omega * np.cos(omega * t),
            rise_m * acc / seconds**2 + wave,
        ),
        0.0,
        seconds,
    )


def moved(speed_of: Callable[[Array], Array], seconds: float, *, step_s: float = STEP_S) -> Span:
    """Return a phase with a given velocity, height and acceleration worked out from it."""
    t = np.arange(-MARGIN_S, seconds + MARGIN_S, step_s)
    velocity = np.where((t >= 0) & (t <= seconds), speed_of(t), 0.0)
    height = np.concatenate([[0.0], np.cumsum(0.5 * (velocity[1:] + velocity[:-1]) * step_s)])
    return Span(Stretch(t, height, velocity, np.gradient(velocity, step_s)), 0.0, seconds)
