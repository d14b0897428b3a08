"""Units of counters, and counters that wrap."""

from __future__ import annotations

S_PER_US = 1e-6
S_PER_NS = 1e-9


class Unwrapper:
    """Turn a wrapping counter into one that only grows, by modular difference.

    Values up to half the modulus behind the newest one are taken as late, not as a wrap.

    Parameters
    ----------
    modulus
        Where the counter starts again from 0.
    """

    def __init__(self, modulus: int) -> None:
        self._modulus = modulus
        self._newest: int | None = None

    def __call__(self, value: int) -> int:
        """Return the unwrapped counter; the first value is returned as it is."""
        if self._newest is None:
            self._newest = value
            return value
        step = (value - self._newest) % self._modulus
        if step >= self._modulus // 2:
            return self._newest + step - self._modulus
        self._newest += step
        return self._newest
