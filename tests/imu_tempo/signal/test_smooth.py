"""The smoother against the same problem solved by dense least squares, built from the model's definition."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imu_tempo.signal.constants import FRAME_S
from imu_tempo.signal.smooth import Evidence, Path, Prior, Smoother

KNOT = 5
"""Frames between two instants that are solved for."""


@dataclass(frozen=True, eq=False)
class Problem:
    dv: np.ndarray
    dh: np.ndarray
    acc_density: np.ndarray
    bias_density: float
    evidence: Evidence
    prior: Prior
    errors: np.ndarray
    error_sd: float

    def solved(self) -> Path:
        smoother = Smoother(
            self.dv, self.dh, self.acc_density, self.bias_density, self.prior, self.errors, self.error_sd
        )
        return smoother.path(self.evidence)

    def dense(self) -> Dense:
        """Solve for (h, v, b of every knot, constants), row by whitened row."""
        m, knots = self.errors.shape[1], len(self.dv) // KNOT
        rows = Rows(3 * (knots + 1) + m)
        for k in range(knots):
            inside = slice(KNOT * k, KNOT * (k + 1))
            gained, risen = 0.0, 0.0
            for dv, dh in zip(self.dv[inside], self.dh[inside], strict=True):
                risen += gained * FRAME_S + dh
                gained += dv
            # h' = h + v T + dh - b T^2/2 and v' = v + dv - b T; b the offset and all constant errors.
            span = KNOT * FRAME_S
            step = np.array([[1.0, span, -0.5 * span**2], [0.0, 1.0, -span]])
            block = np.zeros((2, rows.size))
            block[:, 3 * k + 3 : 3 * k + 5] = np.eye(2)
            block[:, 3 * k : 3 * k + 3] -= step
            block[:, rows.size - m :] -= np.outer(step[:, 2], self.errors[inside].mean(axis=0))
            noise = self.acc_density[inside].mean()
            noise = noise * np.array([[span**3 / 3, span**2 / 2], [span**2 / 2, span]])
            white = np.linalg.inv(np.linalg.cholesky(noise))
            rows.rows.extend(white @ block)
            rows.values.extend(white @ np.array([risen, gained]))
            rows.add({3 * k + 5: 1.0, 3 * k + 2: -1.0}, 0.0, np.sqrt(self.bias_density * span))
        rows.add({2: 1.0}, 0.0, self.prior.b_sd_mps2)
        for j in range(m):
            rows.add({rows.size - m + j: 1.0}, 0.0, self.error_sd)
        model_rows = len(rows.rows)
        rows.add({0: 1.0}, 0.0, self.prior.h_sd_m)
        rows.add({1: 1.0}, 0.0, self.prior.v_sd_mps)
        for k in range(knots + 1):
            if self.evidence.h_info[KNOT * k]:
                at = KNOT * k
                rows.add({3 * k: 1.0}, self.evidence.h_obs_m[at], self.evidence.h_info[at] ** -0.5)
            if self.evidence.v_info[KNOT * k]:
                rows.add({3 * k + 1: 1.0}, 0.0, self.evidence.v_info[KNOT * k] ** -0.5)
        a, y = np.array(rows.rows), np.array(rows.values)
        q, r = np.linalg.qr(a)
        inverse = np.linalg.inv(r)
        x = inverse @ (q.T @ y)
        misfit = float((((a @ x - y)[:model_rows]) ** 2).sum())
        return Dense(x, inverse @ inverse.T, misfit)


class Rows:
    """Whitened equations: each is right to within one standard deviation."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.rows: list[np.ndarray] = []
        self.values: list[float] = []

    def add(self, weights: dict[int, float], value: float, sd: float) -> None:
        row = np.zeros(self.size)
        for column, weight in weights.items():
            row[column] += weight
        self.rows.append(row / sd)
        self.values.append(value / sd)


@dataclass(frozen=True, eq=False)
class Dense:
    x: np.ndarray
    cov: np.ndarray
    misfit: float

    def sd(self, weights_at_knots: np.ndarray, state: int) -> float:
        """Standard deviation of a weighted sum of one state over the knots."""
        weights = np.zeros(len(self.x))
        weights[state : 3 * len(weights_at_knots) : 3] = weights_at_knots
        return float(np.sqrt(weights @ self.cov @ weights))


def knot_weights(edge: float, knots: int) -> np.ndarray:
    """Weights on the knots of a value between two of them, along a straight line."""
    return np.array([np.interp(edge / KNOT, np.arange(knots + 1), row) for row in np.eye(knots + 1)])


def make(seed: int, knots: int, m: int) -> Problem:
    rng = np.random.default_rng(seed)
    n = KNOT * knots
    at_knot = np.arange(n + 1) % KNOT == 0
    seen = (rng.uniform(size=n + 1) < 0.4) & at_knot
    still = (rng.uniform(size=n + 1) < 0.5) & at_knot
    return Problem(
        dv=rng.normal(scale=0.02, size=n),
        dh=rng.normal(scale=2e-4, size=n),
        acc_density=10 ** rng.uniform(-4, 0, n),
        bias_density=10 ** rng.uniform(-6, -2),
        evidence=Evidence(
            h_obs_m=rng.normal(scale=0.3, size=n + 1) * seen,
            h_info=10 ** rng.uniform(1, 4, n + 1) * seen,
            v_info=10 ** rng.uniform(1, 4, n + 1) * still,
        ),
        prior=Prior(),
        errors=rng.normal(size=(n, m)),
        error_sd=0.2,
    )


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(0, 3))
@settings(max_examples=30)
def test_the_path_is_the_dense_least_squares_solution(seed: int, knots: int, m: int) -> None:
    problem = make(seed, knots, m)
    path, dense = problem.solved(), problem.dense()
    states = dense.x[: 3 * (knots + 1)].reshape(-1, 3)
    for found, wanted in (
        (path.h_m[::KNOT], states[:, 0]),
        (path.v_mps[::KNOT], states[:, 1]),
        (path.b_mps2[::KNOT], states[:, 2]),
        (path.constants, dense.x[3 * (knots + 1) :]),
    ):
        np.testing.assert_allclose(found, wanted, atol=1e-6, rtol=1e-5)
    assert path.misfit == pytest.approx(dense.misfit, rel=1e-5, abs=1e-6)


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(0, 3), st.data())
@settings(max_examples=30)
def test_standard_deviations_are_those_of_the_dense_solution(
    seed: int, knots: int, m: int, data: st.DataObject
) -> None:
    problem = make(seed, knots, m)
    path, dense = problem.solved(), problem.dense()
    start = data.draw(st.integers(0, KNOT * knots - 1))
    end = data.draw(st.integers(start + 1, KNOT * knots))
    one = knot_weights(start, knots)
    mean = np.mean([knot_weights(edge, knots) for edge in range(start, end)], axis=0)
    rise = knot_weights(end - 0.3, knots) - knot_weights(start + 0.2, knots)
    assert path.v_sd(start) == pytest.approx(dense.sd(one, 1), rel=1e-4)
    assert path.v_sd(start, end) == pytest.approx(dense.sd(mean, 1), rel=1e-4)
    assert path.b_sd(start) == pytest.approx(dense.sd(one, 2), rel=1e-4)
    assert path.rise_sd(start + 0.2, end - 0.3) == pytest.approx(dense.sd(rise, 0), rel=1e-4)


def still(n: int, acc_mps2: np.ndarray, errors: np.ndarray | None = None) -> Path:
    """The path of a sensor at rest that reads ``acc_mps2``."""
    return Problem(
        dv=acc_mps2 * FRAME_S,
        dh=0.5 * acc_mps2 * FRAME_S**2,
        acc_density=np.full(n, 1e-5),
        bias_density=1e-9,
        evidence=Evidence(np.zeros(n + 1), np.zeros(n + 1), np.full(n + 1, 1e4)),
        prior=Prior(),
        errors=np.zeros((n, 0)) if errors is None else errors,
        error_sd=0.3,
    ).solved()


@pytest.mark.parametrize("offset", [-0.2, 0.05, 0.3])
@pytest.mark.parametrize("n", [500, 503])
def test_an_offset_at_rest_is_all_offset_and_no_motion(offset: float, n: int) -> None:
    path = still(n, np.full(n, offset))
    np.testing.assert_allclose(path.b_mps2, offset, atol=1e-3)
    np.testing.assert_allclose(path.v_mps, 0.0, atol=1e-3)
    assert np.ptp(path.h_m) < 2e-3


def test_an_axis_error_that_comes_and_goes_is_told_from_the_common_offset() -> None:
    shape = np.sin(np.arange(1000) * FRAME_S * 2.0)
    path = still(1000, 0.1 + 0.15 * shape, shape[:, None])
    assert path.constants[0] == pytest.approx(0.15, abs=2e-3)
    np.testing.assert_allclose(path.b_mps2, 0.1, atol=2e-3)


def test_more_evidence_never_makes_velocity_less_certain() -> None:
    problem = make(3, 8, 1)
    more = replace(problem.evidence, v_info=problem.evidence.v_info + 100.0)
    less_sure, surer = problem.solved(), replace(problem, evidence=more).solved()
    assert all(surer.v_sd(k) < less_sure.v_sd(k) for k in range(41))


@pytest.mark.parametrize("n", [1, 4, 5, 7, 200, 203])
def test_a_path_of_perfect_integrals_comes_back_as_it_was_between_knots_too(n: int) -> None:
    t = np.arange(0, n + 1) * FRAME_S
    h, v = 0.3 * (1 - np.cos(3 * t)), 0.9 * np.sin(3 * t)
    first = np.eye(1, n + 1)[0] * 1e8
    path = Problem(
        dv=np.diff(v),
        dh=np.diff(h) - v[:-1] * FRAME_S,
        acc_density=np.full(n, 1e-6),
        bias_density=1e-9,
        evidence=Evidence(np.zeros(n + 1), first, first),
        prior=Prior(b_sd_mps2=1e-4),
        errors=np.zeros((n, 0)),
        error_sd=1.0,
    ).solved()
    np.testing.assert_allclose(path.h_m, h, atol=1e-4)
    np.testing.assert_allclose(path.v_mps, v, atol=1e-4)


def test_what_integration_misses_is_shared_out_where_the_noise_is() -> None:
    n = 10
    density = np.full(n, 1e-9)
    density[2] = 1.0  # a hit in the third frame, which hides a velocity of 0.5 m/s
    v_info = np.zeros(n + 1)
    v_info[[0, 5, 10]] = 1e8
    path = Problem(
        dv=np.concatenate([np.full(2, 0.25), np.zeros(n - 2)]),
        dh=np.zeros(n),
        acc_density=density,
        bias_density=1e-9,
        evidence=Evidence(np.zeros(n + 1), np.zeros(n + 1), v_info),
        prior=Prior(b_sd_mps2=1e-4),
        errors=np.zeros((n, 0)),
        error_sd=1.0,
    ).solved()
    np.testing.assert_allclose(path.v_mps, [0, 0.25, 0.5, 0, 0, 0, 0, 0, 0, 0, 0], atol=0.01)
