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

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpbtrf, dpbtrs

from imu_tempo.signal.constants import FRAME_S
from imu_tempo.signal.knots import Between, by_place
from imu_tempo.signal.path import KNOT, Path

__all__ = ["Evidence", "Path", "Prior", "Smoother"]

Array = NDArray[np.float64]
_BAND = 5


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
    reach_info
        Information that every edge adds on the height of its knot being zero.
    """

    h_obs_m: Array
    h_info: Array
    v_info: Array
    reach_info: float = 0.0


class Smoother:
    """A stretch of frames, to be solved under one body of evidence after another.

    Parameters
    ----------
    dv_mps, dh_m
        (N,) frame integrals, see :class:`imu_tempo.signal.frames.Frames`.
    acc_density
        (N,) density of acceleration noise, (m/s^2)^2 s.
    bias_density
        Density of the bias random walk, (m/s^2)^2 / s.
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
    information, (G'WG + P - B'A^-1 B) c = G'Wd - B'A^-1 r, and then x = A^-1 (r - B c). What no evidence
    changes is worked out once.
    """

    def __init__(
        self,
        dv_mps: Array,
        dh_m: Array,
        acc_density: Array,
        bias_density: float,
        prior: Prior,
        errors: Array,
        error_sd_mps2: float,
    ) -> None:
        self._prior = prior
        self._errors_info = error_sd_mps2**-2
        shapes = by_place(errors)
        self._between = Between(dv_mps, dh_m, acc_density, shapes)
        self._steps = _steps(dv_mps, dh_m, acc_density, bias_density, shapes)
        self._ab = _normal_matrix(self._steps)
        self._ab[_BAND, :3] += np.array([prior.h_sd_m, prior.v_sd_mps, prior.b_sd_mps2]) ** -2.0
        self._rhs, self._own = _right_hand_side(self._steps)

    def path(self, evidence: Evidence, reference: Path | None = None) -> Path:
        """Return the most probable path.

        Parameters
        ----------
        evidence
            Pseudo-measurements.
        reference
            An earlier path, by which a height observed between knots is carried to the nearest one.
        """
        h_obs, h_info, v_info = _at_knots(evidence, len(self._steps.dt), reference)
        ab, rhs = self._ab.copy(order="F"), self._rhs.copy(order="F")
        ab[_BAND, 0::3] += h_info
        ab[_BAND, 1::3] += v_info
        rhs[0::3, 0] += h_info * h_obs
        factor, failed = dpbtrf(ab, overwrite_ab=True)
        if failed:
            raise np.linalg.LinAlgError(f"the normal matrix is not positive at row {failed}")
        solved, _ = dpbtrs(factor, rhs)
        response = solved[:, 1:]
        left = rhs.T @ response
        cov = np.linalg.inv(self._own[1:] - left[1:] + self._errors_info * np.eye(response.shape[1]))
        constants = -cov @ (self._own[0] - left[0])
        x = solved[:, 0] + response @ constants
        h, v, b = x[0::3], x[1::3], x[2::3]
        height, velocity, bias = self._between.fill(h, v, b, constants)
        misfit = self._misfit(h, v, b, constants)
        return Path(height, velocity, bias, -constants, misfit, factor, response, cov)

    def _misfit(self, h: Array, v: Array, b: Array, constants: Array) -> float:
        s, factors = self._steps, np.append(1.0, constants)
        miss_h = np.diff(h) - s.dt * v[:-1] + s.half * b[:-1] - s.gains_h @ factors
        miss_v = np.diff(v) + s.dt * b[:-1] - s.gains_v @ factors
        walked = np.diff(b)
        of_noise = s.whh * miss_h**2 + 2.0 * s.whv * miss_h * miss_v + s.wvv * miss_v**2 + s.wbb * walked**2
        of_prior = (float(b[0]) / self._prior.b_sd_mps2) ** 2
        return float(of_noise.sum()) + of_prior + float(constants @ constants) * self._errors_info


@dataclass(frozen=True, slots=True, eq=False)
class _Steps:
    """From knot to knot: durations, what is gained (n, 1 + m), and the information of one step's noise."""

    dt: Array
    half: Array
    gains_v: Array
    gains_h: Array
    whh: Array
    whv: Array
    wvv: Array
    wbb: Array


def _steps(dv: Array, dh: Array, density: Array, bias_density: float, errors: Array) -> _Steps:
    intervals = errors.shape[1]
    sizes = np.full(intervals, KNOT)
    sizes[-1] = len(dv) - KNOT * (intervals - 1)
    dt = sizes * FRAME_S
    # Height gained = frame heights + velocity gained so far, times what is left of the interval.
    left_s = (sizes - 1 - np.arange(KNOT)[:, None]) * FRAME_S
    gained = by_place(dv)
    risen = (by_place(dh) + gained * left_s).sum(axis=0)
    # An error is taken as even between two knots, so its height is half its velocity times the interval.
    shapes = errors.sum(axis=0) * FRAME_S
    # Inverse of q [[dt^3/3, dt^2/2], [dt^2/2, dt]], and of the bias walk.
    q = by_place(density).sum(axis=0) * FRAME_S / dt
    return _Steps(
        dt=dt,
        half=0.5 * dt * dt,
        gains_v=np.column_stack([gained.sum(axis=0), shapes]),
        gains_h=np.column_stack([risen, shapes * (0.5 * dt)[:, None]]),
        whh=12.0 / (q * dt**3),
        whv=-6.0 / (q * dt**2),
        wvv=4.0 / (q * dt),
        wbb=1.0 / (bias_density * dt),
    )


def _normal_matrix(s: _Steps) -> Array:
    """Return the upper band of the normal matrix of the steps alone, as LAPACK stores it."""
    dt, half, whh, whv, wvv, wbb = s.dt, s.half, s.whh, s.whv, s.wvv, s.wbb
    # F = [[1, dt, -dt^2/2], [0, 1, -dt], [0, 0, 1]]; products with W written out.
    wf_hv, wf_vv = dt * whh + whv, dt * whv + wvv  # (W F) column v
    wf_hb, wf_vb = -(half * whh + dt * whv), -(half * whv + dt * wvv)  # (W F) column b
    ab = np.zeros((_BAND + 1, 3 * (len(dt) + 1)))
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
    return ab


def _right_hand_side(s: _Steps) -> tuple[Array, Array]:
    """Return F'W gains for the motion and each shape, and G'W gains: the shapes' own information."""
    on_h = s.whh[:, None] * s.gains_h + s.whv[:, None] * s.gains_v
    on_v = s.whv[:, None] * s.gains_h + s.wvv[:, None] * s.gains_v
    dt, half = s.dt[:, None], s.half[:, None]
    rhs = np.zeros((3 * (len(dt) + 1), on_v.shape[1]), order="F")
    rhs[3::3] += on_h
    rhs[4::3] += on_v
    rhs[0:-3:3] -= on_h
    rhs[1:-3:3] -= dt * on_h + on_v
    rhs[2:-3:3] += half * on_h + dt * on_v
    return rhs, s.gains_h.T @ on_h[:, 1:] + s.gains_v.T @ on_v[:, 1:]


def _at_knots(evidence: Evidence, intervals: int, reference: Path | None) -> tuple[Array, Array, Array]:
    """Carry evidence from frame edges to the nearest knots."""
    knots, edges = intervals + 1, len(evidence.v_info)
    middle = KNOT // 2
    padded = np.zeros(KNOT * (knots + 1))
    padded[middle : middle + edges] = evidence.v_info
    v_info: Array = padded.reshape(-1, KNOT).sum(axis=1)[:knots]
    seen = np.flatnonzero(evidence.h_info)
    nearest = np.minimum((seen + middle) // KNOT, intervals)
    obs, info = evidence.h_obs_m[seen], evidence.h_info[seen]
    if reference is not None:
        at = np.minimum(nearest * KNOT, edges - 1)
        obs = obs + reference.h_m[at] - reference.h_m[seen]
    h_info: Array = np.bincount(nearest, info, minlength=knots).astype(np.float64)
    h_info += KNOT * evidence.reach_info
    h_sum = np.bincount(nearest, info * obs, minlength=knots)
    h_obs: Array = h_sum / np.where(h_info > 0.0, h_info, 1.0)
    return h_obs, h_info, v_info
