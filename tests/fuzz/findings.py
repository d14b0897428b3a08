"""Findings of a long run: told apart by where they come from, made small, and written down."""

from __future__ import annotations

import re
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from tests.fuzz.harness import FOUND, Finding, Target, check
from tests.fuzz.limits import TooBig, TooSlow

ROOT = Path(__file__).parents[2]
MINIMISE_S = 20.0
"""Long enough to make a finding readable, and short beside the run."""


class Findings:
    """What has been found at one target, one case for each place in the code.

    Attributes
    ----------
    paths
        The cases written, in order.
    """

    def __init__(self, target: Target) -> None:
        self.paths: list[Path] = []
        self._target = target
        self._known: set[str] = set()

    def run(self, data: bytes) -> None:
        """Run one input; a finding that is new is made small, written down and told."""
        try:
            check(self._target, data)
        except Finding as finding:
            place = _place(finding)
            if place not in self._known:
                self._known.add(place)
                self._write(place, self._smallest(place, data), finding)

    def _write(self, place: str, data: bytes, finding: Finding) -> None:
        path = FOUND / self._target.name / f"{place}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.paths.append(path)
        cause = finding.__cause__ or finding
        print(f"FOUND {path.relative_to(ROOT)} ({len(data)} bytes)", flush=True)
        print("".join(traceback.format_exception(cause)[-6:])[:3000], flush=True)

    def _smallest(self, place: str, data: bytes) -> bytes:
        """Take out ever smaller parts as long as the same goes wrong: pieces of the format, then bytes."""
        cut = self._target.pieces
        until_s = time.monotonic() + MINIMISE_S
        if cut is not None:
            data = b"".join(self._fewest(place, list(cut(data)), until_s - MINIMISE_S / 2))
        return b"".join(self._fewest(place, [bytes([byte]) for byte in data], until_s))

    def _fewest(self, place: str, pieces: list[bytes], until_s: float) -> list[bytes]:
        size = len(pieces)
        while size := size // 2:
            start = 0
            while start < len(pieces) and time.monotonic() < until_s:
                fewer = pieces[:start] + pieces[start + size :]
                if self._place_of(b"".join(fewer)) == place:
                    pieces = fewer
                else:
                    start += size
        return pieces

    def _place_of(self, data: bytes) -> str | None:
        try:
            check(self._target, data)
        except Finding as finding:
            return _place(finding)
        return None


def _place(finding: Finding) -> str:
    """Name what went wrong and, where that says more, the last place in our own code."""
    cause = finding.__cause__ or finding
    kind = type(cause).__name__.lower()
    if isinstance(cause, TooSlow | TooBig):
        return kind
    *_, last = ["", *_our_places(cause)]
    return re.sub(r"[^a-z0-9]+", "-", f"{kind}-{last}".lower()).strip("-")


def _our_places(error: BaseException) -> Iterator[str]:
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        if path.is_relative_to(ROOT) and path.name != "harness.py" and ".venv" not in path.parts:
            yield f"{path.stem}-{frame.name}"
