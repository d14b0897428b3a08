"""Motion of a bar as pieces of polynomials and damped sines: position, velocity and acceleration are exact.

Shapes are laid end to end on a :class:`Track` (one scalar: a height, an angle ...); a :class:`Vibration`
adds what rings and trembles. Nothing is ever differentiated numerically.

Frames: world x forward, y along the bar (to the left), z up. The sensor sits at ``offset_m`` in the bar's
frame and is turned against it by ``mount``. The bar turns by ``yaw`` about z, ``tilt`` about x and ``roll``
about its own axis y.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

import numpy as np
from scipy.interpolate import PPoly

from firmware_bridge.virtual.shapes import Floats, Shape

Axis = Literal["forward", "side", "up", "roll", "tilt", "yaw"]
LINEAR: tuple[Axis, ...] = ("forward", "side", "up")
ANGULAR: tuple[Axis, ...] = ("yaw", "tilt", "roll")
TIME_TOLERANCE_S = 1e-9  # shapes laid end to end differ by rounding only


class Derivatives(NamedTuple):
    """A quantity with its first and second time derivative."""

    value: Floats
    rate: Floats
    acceleration: Floats


class Component(Protocol):
    """Anything that adds to one axis of the motion."""

    def add_to(self, total: Floats, t_s: Floats) -> None:
        """Add value, rate and acceleration at ``t_s`` (sorted) to the rows of ``total`` (3, n)."""
        ...


class Track:
    """A scalar over time: shapes laid end to end, constant where there is none."""

    def __init__(self, value: float = 0.0) -> None:
        self.value = value
        self._starts: list[float] = []
        self._ends: list[float] = []
        self._coefficients: list[Floats] = []
        self._first = value

    def add(self, shape: Shape, start_s: float, duration_s: float, amplitude: float) -> None:
        """Lay ``shape`` from ``start_s`` on; it may not begin before the last one ends."""
        if self._ends and start_s < self._ends[-1] - TIME_TOLERANCE_S:
            raise ValueError(
                f"a shape at {start_s:.3f} s begins before the last one ends at {self._ends[-1]:.3f} s"
            )
        polynomial = shape.polynomial
        order = polynomial.c.shape[0]
        scale = amplitude / duration_s ** np.arange(order - 1, -1, -1)
        coefficients = polynomial.c * scale[:, None]
        coefficients[-1] += self.value
        breaks = start_s + duration_s * polynomial.x
        self._starts.extend(breaks[:-1])
        self._ends.extend(breaks[1:])
        self._coefficients.extend(coefficients.T)
        self.value += amplitude * shape.travel

    def compile(self) -> Polynomials | None:
        """Return the finished track; None if it stays 0 for ever."""
        if not self._starts:
            return None if self.value == 0.0 else Polynomials.constant(self.value)
        return Polynomials.join(self._first, self._starts, self._ends, self._coefficients)


class Polynomials:
    """Polynomial pieces with constants between them, evaluated anywhere."""

    def __init__(self, polynomial: PPoly) -> None:
        self._levels = (polynomial, polynomial.derivative(1), polynomial.derivative(2))
        self._span = (float(polynomial.x[0]), float(polynomial.x[-1]))

    @classmethod
    def constant(cls, value: float) -> Polynomials:
        """Return a component that never moves."""
        return cls(PPoly(np.array([[0.0], [0.0], [value]]), [0.0, 1.0]))

    @classmethod
    def join(
        cls, first: float, starts: Sequence[float], ends: Sequence[float], coefficients: Sequence[Floats]
    ) -> Polynomials:
        """Return the pieces with the constant ``first`` before them and each piece's last value after it."""
        order = max(c.size for c in coefficients)
        rows, breaks = [_constant_row(first, order)], [starts[0] - 1.0]
        level, last_end = first, starts[0]
        for start, end, c in zip(starts, ends, coefficients, strict=True):
            if start - last_end > TIME_TOLERANCE_S:
                breaks.append(last_end)
                rows.append(_constant_row(level, order))
            breaks.append(start)
            rows.append(np.concatenate([np.zeros(order - c.size), c]))
            level, last_end = float(np.polyval(c, end - start)), end
        breaks += [last_end, last_end + 1.0]
        rows.append(_constant_row(level, order))
        return cls(PPoly(np.array(rows).T, np.array(breaks)))

    def add_to(self, total: Floats, t_s: Floats) -> None:
        """Add value, rate and acceleration at ``t_s`` (sorted) to the rows of ``total`` (3, n)."""
        t = np.clip(t_s, *self._span)
        for row, level in zip(total, self._levels, strict=True):
            row += level(t)


def _constant_row(value: float, order: int) -> Floats:
    row = np.zeros(order)
    row[-1] = value
    return row


@dataclass(frozen=True, slots=True, eq=False)
class Vibration:
    """A sum of sines that swells, may decay, and fades: tremor, bar whip, ringing, sway.

    Attributes
    ----------
    start_s, end_s
        Support; outside it the vibration is exactly zero.
    amplitudes
        Peak acceleration of each sine, m/s^2 (rad/s^2 on an angle), before envelope and decay.
    frequencies_hz, phases_rad
        Of each sine.
    rise_s, fall_s
        Duration of the smooth swell at the start and fade at the end.
    decay_s
        Time constant of an exponential decay from the start; None for none.
    """

    start_s: float
    end_s: float
    amplitudes: tuple[float, ...]
    frequencies_hz: tuple[float, ...]
    phases_rad: tuple[float, ...]
    rise_s: float
    fall_s: float
    decay_s: float | None = None

    def add_to(self, total: Floats, t_s: Floats) -> None:
        """Add value, rate and acceleration at ``t_s`` (sorted) to the rows of ``total`` (3, n)."""
        first, last = np.searchsorted(t_s, [self.start_s, self.end_s])
        if last > first:
            total[:, first:last] += self._inside(t_s[first:last] - self.start_s)

    def peak_acceleration(self) -> float:
        """Return the largest acceleration it reaches."""
        steps = 50 + int(20.0 * (self.end_s - self.start_s) * max(self.frequencies_hz))
        return float(np.max(np.abs(self._inside(np.linspace(0.0, self.end_s - self.start_s, steps))[2])))

    def _inside(self, t: Floats) -> Floats:
        length = self.end_s - self.start_s
        wave = np.zeros((3, t.size))
        for amplitude, frequency, phase in zip(
            self.amplitudes, self.frequencies_hz, self.phases_rad, strict=True
        ):
            omega = 2.0 * np.pi * frequency
            angle = omega * t + phase
            sine = amplitude * np.sin(angle)
            wave[0] -= sine / omega**2
            wave[1] -= amplitude / omega * np.cos(angle)
            wave[2] += sine
        rise = _smoother_step(t / self.rise_s, 1.0 / self.rise_s)
        fall = _smoother_step((length - t) / self.fall_s, -1.0 / self.fall_s)
        envelope = _product(rise, fall)
        if self.decay_s is not None:
            decay = np.exp(-t / self.decay_s)
            envelope = _product(envelope, np.stack([decay, -decay / self.decay_s, decay / self.decay_s**2]))
        return _product(envelope, wave)


def _smoother_step(u: Floats, slope: float) -> Floats:
    """Return 6u^5 - 15u^4 + 10u^3 held at 0 and 1 outside, with derivatives for du/dt = slope."""
    u = np.clip(u, 0.0, 1.0)
    value = u**3 * (u * (6.0 * u - 15.0) + 10.0)
    return np.stack(
        [value, 30.0 * u**2 * (u - 1.0) ** 2 * slope, 60.0 * u * (2.0 * u - 1.0) * (u - 1.0) * slope**2]
    )


def _product(f: Floats, g: Floats) -> Floats:
    """Return the product of two (value, rate, acceleration) stacks."""
    return np.stack([f[0] * g[0], f[1] * g[0] + f[0] * g[1], f[2] * g[0] + 2.0 * f[1] * g[1] + f[0] * g[2]])


@dataclass(frozen=True, slots=True, eq=False)
class Kinematics:
    """Where the sensor is and how it moves, world frame, z up.

    Attributes
    ----------
    t_s
        (n,) true time.
    pos_m, vel_mps, acc_mps2
        (n, 3) the sensor point, vibration included.
    stroke_up
        Height of the sensor point *without* vibration (tremor, whip, ringing): edges are read from it.
    bar_up
        The same for the bar's axis instead of the sensor point.
    world_from_sensor
        (n, 3, 3) orientation.
    rate_radps
        (n, 3) angular rate in the sensor frame.
    """

    t_s: Floats
    pos_m: Floats
    vel_mps: Floats
    acc_mps2: Floats
    stroke_up: Derivatives
    bar_up: Derivatives
    world_from_sensor: Floats
    rate_radps: Floats


@dataclass(slots=True, eq=False)
class Motion:
    """The whole movement of a bar and of the sensor fixed to it.

    Attributes
    ----------
    strokes, vibrations
        Components of each axis, summed; the two are kept apart because edges are read from strokes alone.
    offset_m
        (3,) sensor's place in the bar's frame.
    mount
        (3, 3) rotation that takes sensor coordinates to the bar's.
    duration_s
        End of the movement.
    """

    strokes: dict[Axis, list[Component]] = field(default_factory=dict)
    vibrations: dict[Axis, list[Component]] = field(default_factory=dict)
    offset_m: Floats = field(default_factory=lambda: np.zeros(3))
    mount: Floats = field(default_factory=lambda: np.eye(3))
    duration_s: float = 0.0

    def evaluate(self, t_s: Floats) -> Kinematics:
        """Return the sensor's kinematics at true times ``t_s`` (sorted)."""
        bar = [_total(self.strokes.get(axis, []), t_s) for axis in LINEAR]
        shake = [_total(self.vibrations.get(axis, []), t_s) for axis in LINEAR]
        angles = [
            _total([*self.strokes.get(axis, []), *self.vibrations.get(axis, [])], t_s) for axis in ANGULAR
        ]
        world_from_bar, rate, rate_dot = _orientation(angles)
        # The sensor rides on the rigid bar: Euler and centripetal terms in the bar's frame, then turned.
        r = self.offset_m
        arm = world_from_bar @ r
        arm_rate = _turn(world_from_bar, np.cross(rate, r))
        arm_acc = _turn(world_from_bar, np.cross(rate_dot, r) + np.cross(rate, np.cross(rate, r)))
        up = Derivatives(*(b + a[:, 2] for b, a in zip(bar[2], (arm, arm_rate, arm_acc), strict=True)))
        pos, vel, acc = (
            np.stack([bar[i][k] + shake[i][k] for i in range(3)], axis=1) + lever
            for k, lever in enumerate((arm, arm_rate, arm_acc))
        )
        return Kinematics(
            t_s=t_s,
            pos_m=pos,
            vel_mps=vel,
            acc_mps2=acc,
            stroke_up=up,
            bar_up=bar[2],
            world_from_sensor=world_from_bar @ self.mount,
            rate_radps=rate @ self.mount,
        )


def _total(components: Sequence[Component], t_s: Floats) -> Derivatives:
    total = np.zeros((3, t_s.size))
    for component in components:
        component.add_to(total, t_s)
    return Derivatives(*total)


def _turn(rotation: Floats, vectors: Floats) -> Floats:
    turned: Floats = np.einsum("nij,nj->ni", rotation, vectors)
    return turned


def _orientation(angles: Sequence[Derivatives]) -> tuple[Floats, Floats, Floats]:
    """Return Rz(yaw) Rx(tilt) Ry(roll), world from bar; and the bar-frame angular rate and its derivative."""
    (yaw, dyaw, ddyaw), (tilt, dtilt, ddtilt), (roll, droll, ddroll) = angles
    cy, sy, ct, st, cr, sr = (f(a) for a in (yaw, tilt, roll) for f in (np.cos, np.sin))
    rotation = np.empty((yaw.size, 3, 3))
    rotation[:, 0, 0], rotation[:, 0, 1], rotation[:, 0, 2] = (
        cy * cr - sy * st * sr,
        -sy * ct,
        cy * sr + sy * st * cr,
    )
    rotation[:, 1, 0], rotation[:, 1, 1], rotation[:, 1, 2] = (
        sy * cr + cy * st * sr,
        cy * ct,
        sy * sr - cy * st * cr,
    )
    rotation[:, 2, 0], rotation[:, 2, 1], rotation[:, 2, 2] = -ct * sr, st, ct * cr
    # Rate before the roll: u = Rx^T (0, 0, yaw') + (tilt', 0, 0); Ry^T turns it, roll' adds on y.
    u = (dtilt, dyaw * st, dyaw * ct)
    du = (ddtilt, ddyaw * st + dyaw * dtilt * ct, ddyaw * ct - dyaw * dtilt * st)
    w = (cr * u[0] - sr * u[2], u[1], sr * u[0] + cr * u[2])
    rate = np.stack([w[0], w[1] + droll, w[2]], axis=1)
    # d/dt (Ry^T u) = Ry^T u' - roll' e_y x (Ry^T u), and e_y x (a, b, c) = (c, 0, -a).
    rate_dot = np.stack(
        [cr * du[0] - sr * du[2] - droll * w[2], du[1] + ddroll, sr * du[0] + cr * du[2] + droll * w[0]],
        axis=1,
    )
    return rotation, rate, rate_dot
