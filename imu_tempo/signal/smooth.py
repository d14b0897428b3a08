"""The smoother: height, velocity and bias at every frame edge, from acceleration and pseudo-measurements.

Model (Rauch, Tung & Striebel 1965 give the same estimate by recursion):
    h' = h + v dt + dh - b dt^2/2,   v' = v + dv - b dt,   b' = b + random walk
with white acceleration noise of density q. The most probable path is a linear least-squares problem whose
normal matrix has five off-diagonals: one banded Cholesky factor, in time linear in the length.

The state is solved at knots a tenth of a second apart, between which acceleration is integrated frame by
frame: its errors are slower than that, and the condition of a doubly integrated random walk grows with the
fourth power of the number of knots.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve_banded, cholesky_banded
from scipy.linalg.lapack import dtbtrs

from imu_tempo.signal.constants import FRAME_S

Array = NDArray[np.float64]
_BAND = 5
_KNOT = 5
"""Frames from knot to knot."""
_MEMORY_S = 25.0
"""Time over which two velocities of a path can still be tied to each other, s: several reps with their
closures."""


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """What is believed at the first edge: standard deviations of height, velocity and bias, around zero."""

    h_sd_m: float = 1.0
    v_sd_mps: float = 0.5
    b_sd_mps2: float = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Pseudo-measurements at the N + 1 frame edges; information is 1 / variance, 0 for none.

    Attributes
    ----------
    h_obs_m, h_info
        Observed height and its information.
    v_info
        Information on the velocity being zero.
    """

    h_obs_m: Array
    h_info: Array
    v_info: Array


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """A solved path over N frames.

    Attributes
    ----------
    h_m, v_mps, b_mps2
        (N + 1,) height, vertical velocity and acceleration bias at the frame edges.
    constants
        (m,) factors of the constant errors.
    misfit
        Twice the negative log probability of the acceleration noise, the bias walk and the priors.
    """

    h_m: Array
    v_mps: Array
    b_mps2: Array
    constants: Array
    misfit: float
    _knots: NDArray[np.intp]
    _factor: Array
    _response: Array
    _constants_cov: Array

    def v_sd(self, start: int, end: int | None = None) -> float:
        """Return the standard deviation of velocity at edge ``start``, or of its mean up to edge ``end``."""
        edges = np.arange(start, start + 1 if end is None else end)
        return self._sd(edges, np.full(len(edges), 1.0 / len(edges)), 1)

    def rise_sd(self, start: float, end: float) -> float:
        """Return the standard deviation of the height gained from one edge to another (with fractions)."""
        return self._sd(np.array([start, end]), np.array([-1.0, 1.0]), 0)

    def b_sd(self, edge: int) -> float:
        """Return the standard deviation of the bias at an edge."""
        return self._sd(np.array([edge]), np.ones(1), 2)

    def _sd(self, edges: NDArray[np.floating] | NDArray[np.integer], weights: Array, state: int) -> float:
        """Return the standard deviation of a weighted sum of one state over edges.

        With A = U'U the variance of w is |U'^-1 w|^2, whose entries before the first edge are zero and which
        dies out some time after the last: only ``_MEMORY_S`` of the factor are walked.
        """
        k = np.clip(np.searchsorted(self._knots, edges, side="right") - 1, 0, len(self._knots) - 2)
        part = (edges - self._knots[k]) / (self._knots[k + 1] - self._knots[k])
        first = 3 * int(k[0])
        last = min(self._factor.shape[1], 3 * int(k[-1] + 2) + 3 * round(_MEMORY_S / (_KNOT * FRAME_S)))
        rhs = np.zeros(last - first)
        np.add.at(rhs, 3 * k + state - first, weights * (1.0 - part))
        np.add.at(rhs, 3 * k + 3 + state - first, weights * part)
        solved, _ = dtbtrs(self._factor[:, first:last], rhs, uplo="U", trans="T")
        moved = rhs @ self._response[first:last]
        return math.sqrt(float(np.dot(solved, solved)) + max(0.0, float(moved @ self._constants_cov @ moved)))


def smooth(
    dv_mps: Array,
    dh_m: Array,
    acc_density: Array,
    bias_density: float,
    evidence: Evidence,
    prior: Prior,
    errors: Array,
    error_sd_mps2: float,
    reference_m: Array | None = None,
) -> Path:
    """Return the most probable path.

    Parameters
    ----------
    dv_mps, dh_m
        (N,) frame integrals, see :class:`imu_tempo.signal.frames.Frames`.
    acc_density
        (N,) density of acceleration noise, (m/s^2)^2 s.
    bias_density
        Density of the bias random walk, (m/s^2)^2 / s.
    evidence, prior
        Pseudo-measurements, and belief at the first edge.
    errors
        (N, m) shapes of acceleration errors that are constant but for an unknown factor each, such as an
        axis' offset seen through a turning sensor.
    error_sd_mps2
        Standard deviation of those factors.
    reference_m
        (N + 1,) heights of an earlier path, by which a height observed between knots is carried to the
        nearest one.

    Notes
    -----
    The factors c are eliminated: with B what the shapes do to the right-hand side and G'WG their own
    information, (G'WG + P - B'A^-1 B) c = G'Wd - B'A^-1 r, and then x = A^-1 (r - B c).
    """
    frames = len(dv_mps)
    knots = np.unique(np.append(np.arange(0, frames, _KNOT), frames))
    n = len(knots) - 1
    dt = np.diff(knots) * FRAME_S
    half = 0.5 * dt * dt
    # Integrals from knot to knot. Height gained = frame heights + velocity gained so far, times what is left
    # of the interval.
    left_s = (np.repeat(knots[1:], np.diff(knots)) - np.arange(frames) - 1) * FRAME_S
    sums = [dv_mps, dh_m + dv_mps * left_s, acc_density * FRAME_S, *(errors.T * FRAME_S)]
    dv, dh, noise, *shapes = np.add.reduceat(np.array(sums), knots[:-1], axis=1)
    # An error is taken as even between two knots, so its height is half its velocity times the interval.
    gains_v = np.column_stack([dv, *shapes])
    gains_h = np.column_stack([dh, *(shape * 0.5 * dt for shape in shapes)])

    # Information of one step's noise: inverse of q [[dt^3/3, dt^2/2], [dt^2/2, dt]], and of the bias walk.
    q = noise / dt
    whh, whv, wvv = 12.0 / (q * dt**3), -6.0 / (q * dt**2), 4.0 / (q * dt)
    wbb = 1.0 / (bias_density * dt)
    # F = [[1, dt, -dt^2/2], [0, 1, -dt], [0, 0, 1]]; products with W written out.
    wf_hv, wf_vv = dt * whh + whv, dt * whv + wvv  # (W F) column v
    wf_hb, wf_vb = -(half * whh + dt * whv), -(half * whv + dt * wvv)  # (W F) column b
    ab = np.zeros((_BAND + 1, 3 * (n + 1)))
    diag, up1, up2, up3, up4, _ = (ab[_BAND - j] for j in range(_BAND + 1))
    # Step k adds W to knot k + 1 ...
    diag[3::3] += whh
    diag[4::3] += wvv
    diag[5::3] += wbb
    up1[4::3] += whv
    # ... F' W F to knot k ...
    diag[0:-3:3] += whh
    up1[1:-3:3] += wf_hv
    up2[2:-3:3] += wf_hb
    diag[1:-3:3] += dt * wf_hv + wf_vv
    up1[2:-3:3] += dt * wf_hb + wf_vb
    diag[2:-3:3] += -half * wf_hb - dt * wf_vb + wbb
    # ... and -F' W between them: rows of knot k, columns of knot k + 1 (W is symmetric, so F' W = (W F)').
    up3[3::3] -= whh
    up4[4::3] -= whv
    up2[3::3] -= wf_hv
    up3[4::3] -= wf_vv
    up1[3::3] -= wf_hb
    up2[4::3] -= wf_vb
    up3[5::3] -= wbb

    h_obs, h_info, v_info = _at_knots(evidence, knots, reference_m)
    diag[0::3] += h_info
    diag[1::3] += v_info
    diag[:3] += np.array([prior.h_sd_m, prior.v_sd_mps, prior.b_sd_mps2]) ** -2.0

    on_h = whh[:, None] * gains_h + whv[:, None] * gains_v
    on_v = whv[:, None] * gains_h + wvv[:, None] * gains_v
    rhs = np.zeros((3 * (n + 1), gains_v.shape[1]))
    rhs[3::3] += on_h
    rhs[4::3] += on_v
    rhs[0:-3:3] -= on_h
    rhs[1:-3:3] -= dt[:, None] * on_h + on_v
    rhs[2:-3:3] += half[:, None] * on_h + dt[:, None] * on_v
    rhs[0::3, 0] += h_info * h_obs

    factor = cholesky_banded(ab, check_finite=False)
    solved = cho_solve_banded((factor, False), rhs, check_finite=False)
    x, response = solved[:, 0], solved[:, 1:]
    own = gains_h.T @ on_h[:, 1:] + gains_v.T @ on_v[:, 1:]
    left = rhs.T @ response
    information = own[1:] - left[1:] + np.eye(errors.shape[1]) * error_sd_mps2**-2
    cov = np.linalg.inv(information)
    constants = -cov @ (own[0] - left[0])
    x = x + response @ constants
    h, v, b = x[0::3], x[1::3], x[2::3]

    miss_h = np.diff(h) - dt * v[:-1] + half * b[:-1] - gains_h @ np.append(1.0, constants)
    miss_v = np.diff(v) + dt * b[:-1] - gains_v @ np.append(1.0, constants)
    misfit = float(
        np.sum(whh * miss_h**2 + 2.0 * whv * miss_h * miss_v + wvv * miss_v**2 + wbb * np.diff(b) ** 2)
    )
    misfit += (float(b[0]) / prior.b_sd_mps2) ** 2 + float(constants @ constants) / error_sd_mps2**2
    bias = np.interp(np.arange(frames + 1), knots, b)
    height, velocity = _between_knots(knots, h, v, dv_mps, dh_m, bias[:-1] - errors @ constants, acc_density)
    return Path(height, velocity, bias, -constants, misfit, knots, factor, response, cov)


def _at_knots(
    evidence: Evidence, knots: NDArray[np.intp], reference_m: Array | None
) -> tuple[Array, Array, Array]:
    """Carry evidence from frame edges to the nearest knots."""
    nearest = np.minimum((np.arange(len(evidence.v_info)) + _KNOT // 2) // _KNOT, len(knots) - 1)
    v_info: Array = np.bincount(nearest, evidence.v_info, minlength=len(knots)).astype(np.float64)
    seen = np.flatnonzero(evidence.h_info)
    obs = evidence.h_obs_m[seen]
    if reference_m is not None:
        obs = obs + reference_m[knots[nearest[seen]]] - reference_m[seen]
    info = evidence.h_info[seen]
    h_info: Array = np.bincount(nearest[seen], info, minlength=len(knots)).astype(np.float64)
    h_sum = np.bincount(nearest[seen], info * obs, minlength=len(knots))
    h_obs: Array = h_sum / np.where(h_info > 0.0, h_info, 1.0)
    return h_obs, h_info, v_info


def _between_knots(
    knots: NDArray[np.intp], h: Array, v: Array, dv: Array, dh: Array, offset: Array, density: Array
) -> tuple[Array, Array]:
    """Fill in the frame edges: raw integration from each knot; what it misses goes where the noise is."""
    sizes = np.diff(knots)
    owner = np.repeat(np.arange(len(sizes)), sizes)

    def since_knot(values: Array) -> Array:
        total = np.cumsum(values)
        before = np.concatenate([[0.0], total])[knots[:-1]]
        since: Array = total - before[owner]
        return since

    gained = since_knot(dv - offset * FRAME_S)
    ends = knots[1:] - 1
    miss = v[1:] - v[:-1] - gained[ends]
    place = since_knot(density)
    velocity = v[owner] + gained + miss[owner] * place / place[ends][owner]
    start_v = np.concatenate([v[:1], velocity[:-1]])
    start_v[knots[:-1]] = v[:-1]
    fill = velocity - start_v - (dv - offset * FRAME_S)
    steps = (start_v + 0.5 * fill) * FRAME_S + dh - 0.5 * offset * FRAME_S**2
    risen = since_knot(steps)
    short = h[1:] - h[:-1] - risen[ends]
    height = h[owner] + risen + short[owner] * (np.arange(len(dv)) + 1 - knots[:-1][owner]) / sizes[owner]
    return np.concatenate([h[:1], height]), np.concatenate([v[:1], velocity])
