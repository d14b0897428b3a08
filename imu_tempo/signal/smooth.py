"""The smoother: height, velocity and bias at every frame edge, from acceleration and pseudo-measurements.

Model (SCIENCE notes, section 3; Rauch, Tung & Striebel 1965 give the same estimate by recursion):
    h' = h + v dt + dh - b dt^2/2,   v' = v + dv - b dt,   b' = b + random walk
with white acceleration noise of density q inside a frame. The maximum a posteriori path is a linear
least-squares problem whose normal matrix has five off-diagonals: one banded Cholesky factor, in time linear
in the number of frames.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve_banded, cholesky_banded
from scipy.linalg.lapack import dtbtrs

from imu_tempo.signal.constants import FRAME_S

Array = NDArray[np.float64]
_BAND = 5
_MEMORY_S = 60.0
"""Time over which two velocities of a path can still be tied to each other, s: several reps with their
closures."""


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """What is believed at the first edge: standard deviations around zero height, ``v_mps``, ``b_mps2``."""

    h_sd_m: float = 1.0
    v_mps: float = 0.0
    v_sd_mps: float = 0.5
    b_mps2: float = 0.0
    b_sd_mps2: float = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """A solved path over N frames.

    Attributes
    ----------
    h_m, v_mps, b_mps2
        (N + 1,) height, vertical velocity and acceleration bias at the frame edges.
    constants
        (m,) the constants of the constant errors.
    """

    h_m: Array
    v_mps: Array
    b_mps2: Array
    constants: Array
    _factor: Array
    _response: Array
    _constants_cov: Array

    def sd(self, edge: int, weights: Array) -> float:
        """Return the standard deviation of a linear function of the path.

        Parameters
        ----------
        edge
            First frame edge that the function touches.
        weights
            Its weights on h, v, b of that edge, of the next, and so on: (3 * m,).

        Notes
        -----
        With A = U'U the variance is |U'^-1 w|^2, whose entries before ``edge`` are zero and which dies out
        some time after it: only ``_MEMORY_S`` of the factor are walked.
        """
        first = 3 * edge
        last = min(self._factor.shape[1], first + max(len(weights), 3 * round(_MEMORY_S / FRAME_S)))
        rhs = np.zeros(last - first)
        rhs[: len(weights)] = weights
        solved, _ = dtbtrs(self._factor[:, first:last], rhs, uplo="U", trans="T")
        moved = weights @ self._response[first : first + len(weights)]
        return float(np.sqrt(np.dot(solved, solved) + moved @ self._constants_cov @ moved))

    def v_sd(self, edge: int) -> float:
        """Return the standard deviation of velocity at a frame edge."""
        return self.sd(edge, np.array([0.0, 1.0, 0.0]))


def smooth(
    dv_mps: Array,
    dh_m: Array,
    acc_density: Array,
    bias_density: float,
    h_obs: Array,
    h_info: Array,
    v_info: Array,
    prior: Prior,
    errors: Array,
    error_sd_mps2: float,
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
    h_obs, h_info
        (N + 1,) observed height and its information (1 / variance; 0 for none).
    v_info
        (N + 1,) information on the velocity being zero.
    prior
        Belief at the first edge.
    errors
        (N, m) shapes of acceleration errors that are constant but for an unknown factor each, such as an
        axis' offset seen through a turning sensor.
    error_sd_mps2
        Standard deviation of those factors.

    Notes
    -----
    The factors c are eliminated: with B what the shapes do to the right-hand side and G'WG their own
    information, (G'WG + P - B'A^-1 B) c = G'Wd - B'A^-1 r, and then x = A^-1 (r - B c).
    """
    n, dt = len(dv_mps), FRAME_S
    # Information of one step's noise: inverse of q [[dt^3/3, dt^2/2], [dt^2/2, dt]], and of the bias walk.
    whh, whv, wvv = 12.0 / (acc_density * dt**3), -6.0 / (acc_density * dt**2), 4.0 / (acc_density * dt)
    wbb = 1.0 / (bias_density * dt)
    # F = [[1, dt, -dt^2/2], [0, 1, -dt], [0, 0, 1]]; products with W written out.
    half = 0.5 * dt * dt
    wf_hb, wf_vb = -(half * whh + dt * whv), -(half * whv + dt * wvv)  # (W F) column b, rows h and v
    wf_hv, wf_vv = dt * whh + whv, dt * whv + wvv  # (W F) column v
    ab = np.zeros((_BAND + 1, 3 * (n + 1)))
    diag, up1, up2, up3, up4 = (ab[_BAND - j] for j in range(_BAND))
    # Step k adds W to edge k + 1 ...
    diag[3::3] += whh
    diag[4::3] += wvv
    diag[5::3] += wbb
    up1[4::3] += whv
    # ... F' W F to edge k ...
    diag[0:-3:3] += whh
    up1[1:-3:3] += wf_hv
    up2[2:-3:3] += wf_hb
    diag[1:-3:3] += dt * wf_hv + wf_vv
    up1[2:-3:3] += dt * wf_hb + wf_vb
    diag[2:-3:3] += -half * wf_hb - dt * wf_vb + wbb
    # ... and -F' W between them: rows of edge k, columns of edge k + 1 (W is symmetric, so F' W = (W F)').
    up3[3::3] -= whh
    up4[4::3] -= whv
    up2[3::3] -= wf_hv
    up3[4::3] -= wf_vv
    up1[3::3] -= wf_hb
    up2[4::3] -= wf_vb
    up3[5::3] -= wbb

    def pushed(gained_v: Array, gained_h: Array) -> Array:
        """Right-hand side that gains of velocity and height (N, m) in the frames amount to."""
        out = np.zeros((3 * (n + 1), gained_v.shape[1]))
        on_h = whh[:, None] * gained_h + whv[:, None] * gained_v
        on_v = whv[:, None] * gained_h + wvv[:, None] * gained_v
        out[3::3] += on_h
        out[4::3] += on_v
        out[0:-3:3] -= on_h
        out[1:-3:3] -= dt * on_h + on_v
        out[2:-3:3] += half * on_h + dt * on_v
        return out

    diag[0::3] += h_info
    diag[1::3] += v_info
    diag[0] += prior.h_sd_m**-2
    diag[1] += prior.v_sd_mps**-2
    diag[2] += prior.b_sd_mps2**-2
    gains_v = np.column_stack([dv_mps, errors * dt])
    gains_h = np.column_stack([dh_m, errors * half])
    rhs = pushed(gains_v, gains_h)
    rhs[0::3, 0] += h_info * h_obs
    rhs[1, 0] += prior.v_mps * prior.v_sd_mps**-2
    rhs[2, 0] += prior.b_mps2 * prior.b_sd_mps2**-2

    factor = cholesky_banded(ab, check_finite=False)
    solved = cho_solve_banded((factor, False), rhs, check_finite=False)
    x, response = solved[:, 0], solved[:, 1:]
    own = gains_h.T @ (whh[:, None] * gains_h[:, 1:] + whv[:, None] * gains_v[:, 1:])
    own += gains_v.T @ (whv[:, None] * gains_h[:, 1:] + wvv[:, None] * gains_v[:, 1:])
    left = rhs.T @ response
    information = own[1:] - left[1:] + np.eye(errors.shape[1]) * error_sd_mps2**-2
    cov = np.linalg.inv(information)
    constants = cov @ (own[0] - left[0])
    x = x - response @ constants
    return Path(x[0::3].copy(), x[1::3].copy(), x[2::3].copy(), constants, factor, response, cov)
