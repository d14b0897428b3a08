"""A solved path: height, velocity and bias at every frame edge, and how certain they are."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dtbtrs

from imu_tempo.signal.constants import FRAME_S

Array = NDArray[np.float64]
KNOT = 5
"""Frames from knot to knot."""
_MEMORY_S = 25.0
"""Time over which two velocities of a path can still be tied to each other, s: several reps with their
closures."""
_LATER = [0.5 * i * (i - 1) / KNOT for i in range(KNOT + 2)]
"""Share that the later knot has in the first i edges of an interval."""
_MEMORY = 3 * round(_MEMORY_S / (KNOT * FRAME_S))


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
    _factor: Array
    _response: Array
    _constants_cov: Array

    def v_sd(self, start: int, end: int | None = None) -> float:
        """Return the standard deviation of velocity at edge ``start``, or of its mean up to edge ``end``."""
        if end is None:
            return self._sd([start], [1.0], 1)
        # Two knots share each edge between them. Whole intervals share alike; the first and last are cut.
        first, skipped = divmod(start, KNOT)
        frames = len(self.h_m) - 1
        final = (frames - 1) // KNOT
        last = min((end - 1) // KNOT, final)
        taken = end - KNOT * last
        edges = np.full(last - first + 1, float(KNOT))
        later = np.full(last - first + 1, _LATER[KNOT])
        edges[-1], later[-1] = taken, _LATER[taken]
        edges[0] -= skipped
        later[0] -= _LATER[skipped]
        if last == final:
            later[-1] *= KNOT / (frames - KNOT * final)
        weights = np.zeros(len(edges) + 1)
        weights[:-1] = edges - later
        weights[1:] += later
        return self._sd_at_knots(first, weights / (end - start), 1)

    def rise_sd(self, start: float, end: float) -> float:
        """Return the standard deviation of the height gained from one edge to another (with fractions)."""
        return self._sd([start, end], [-1.0, 1.0], 0)

    def b_sd(self, edge: int) -> float:
        """Return the standard deviation of the bias at an edge."""
        return self._sd([edge], [1.0], 2)

    def _sd(self, edges: list[int] | list[float], weights: list[float], state: int) -> float:
        """Return the standard deviation of a weighted sum of one state over edges in order."""
        frames = len(self.h_m) - 1
        last = (frames - 1) // KNOT
        knots = [min(int(edge) // KNOT, last) for edge in edges]
        first = knots[0]
        at_knots = np.zeros(knots[-1] - first + 2)
        for edge, weight, knot in zip(edges, weights, knots, strict=True):
            part = (edge - KNOT * knot) / (frames - KNOT * last if knot == last else KNOT)
            at_knots[knot - first] += weight * (1.0 - part)
            at_knots[knot - first + 1] += weight * part
        return self._sd_at_knots(first, at_knots, state)

    def _sd_at_knots(self, first: int, weights: Array, state: int) -> float:
        """Return the standard deviation of a weighted sum of one state over knots from ``first`` on.

        With A = U'U the variance of w is |U'^-1 w|^2, whose entries before the first knot are zero and which
        dies out some time after the last: only ``_MEMORY_S`` of the factor are walked.
        """
        start, size = 3 * first, 3 * len(weights)
        end = min(self._factor.shape[1], start + size + _MEMORY)
        rhs = np.zeros(end - start)
        rhs[state:size:3] = weights
        solved, _ = dtbtrs(self._factor[:, start:end], rhs, uplo="U", trans="T")
        moved = weights @ self._response[start + state : start + size : 3]
        return math.sqrt(float(solved @ solved) + max(0.0, float(moved @ self._constants_cov @ moved)))
