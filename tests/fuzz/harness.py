"""A place where bytes from outside come in, and what one input may do there."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.damage import damaged_bytes
from tests.fuzz.limits import TooBig, TooSlow, memory, processor_time

FOUND = Path(__file__).parent / "found"

SENTENCE_CHARS = 1000
"""Longest message of a refusal: one that quotes a whole file is none."""

MAX_RANDOM_BYTES = 600
"""A little more than a characteristic's value can be (512 bytes)."""


@dataclass(frozen=True, slots=True)
class Target:
    """One place where bytes from outside come in.

    Attributes
    ----------
    name
        Short; the folder of its findings.
    feed
        Takes the bytes as the program would; what it returns does not matter. It asserts what must hold.
    refusals
        Errors that a hostile input may raise.
    samples
        Returns valid inputs, at least one; called once.
    text
        Inputs are text: words that break parsers are put in.
    seconds
        Processor time that an input may take: a hundred times what the samples take, at least a second.
    memory_bytes
        Memory that an input may take, at its peak.
    examples
        Damaged inputs in the short run.
    pieces
        Cuts an input where its format does, so that a finding is soon small; None where any byte can go.
    """

    name: str
    feed: Callable[[bytes], object]
    refusals: tuple[type[Exception], ...]
    samples: Callable[[], Sequence[bytes]]
    text: bool = False
    seconds: float = 5.0
    memory_bytes: int = 256 * 2**20
    examples: int = 50
    pieces: Callable[[bytes], Sequence[bytes]] | None = None


class Finding(AssertionError):  # noqa: N818  it is what is wrong
    """An input did what no input may; ``__cause__`` is what came out."""


def check(target: Target, data: bytes) -> bool:
    """Run one input; tell whether it was taken (or refused).

    Raises
    ------
    Finding
        It raised what is no refusal or a refusal that is no sentence, warned, or took too long or too much.
    """
    try:
        with warnings.catch_warnings(), memory(target.memory_bytes), processor_time(target.seconds):
            warnings.simplefilter("error")
            target.feed(data)
    except target.refusals as refusal:
        _check_sentence(target, refusal)
        return False
    except KeyboardInterrupt:
        raise
    except (TooSlow, TooBig, Exception, SystemExit, GeneratorExit) as error:
        said = f"{type(error).__name__}: {str(error)[:SENTENCE_CHARS]}"
        raise Finding(f"{target.name}: {said} ({len(data)} bytes: {data[:60]!r})") from error
    return True


def _check_sentence(target: Target, refusal: Exception) -> None:
    message = str(refusal)
    if not message or len(message) > SENTENCE_CHARS or not message.isprintable():
        raise Finding(f"{target.name}: no sentence to show: {message[:SENTENCE_CHARS]!r}") from refusal


def found(target: Target) -> list[Path]:
    """Return the cases that were found before."""
    return sorted((FOUND / target.name).glob("*.bin"))


@cache
def samples_of(target: Target) -> tuple[bytes, ...]:
    """Return the target's valid inputs."""
    return tuple(target.samples())


def damaged(target: Target) -> st.SearchStrategy[bytes]:
    """Inputs for a short run: valid ones, damaged ones, and bytes that mean nothing."""
    harmed = _harmed(target)
    return harmed | harmed | harmed | st.binary(max_size=MAX_RANDOM_BYTES)


@st.composite
def _harmed(draw: st.DrawFn, target: Target) -> bytes:
    valid = samples_of(target)
    random = draw(st.randoms(use_true_random=False))
    return damaged_bytes(draw(st.sampled_from(valid)), valid, random, text=target.text)


def run_short(target: Target) -> None:
    """Run what was found before, the samples, and damaged ones: the same inputs at each call."""
    for path in found(target):
        check(target, path.read_bytes())
    for data in samples_of(target):
        assert check(target, data), f"{target.name} refuses its own sample {data[:60]!r}"

    @settings(derandomize=True, database=None, max_examples=target.examples)
    @given(damaged(target))
    def damaged_ones(data: bytes) -> None:
        check(target, data)

    damaged_ones()


def short_runs(targets: Iterable[Target]) -> Callable[[Target], None]:
    """Make a module's test: a short run of each target."""

    @pytest.mark.parametrize("target", targets, ids=lambda target: target.name)
    def test_hostile_input_does_no_harm(target: Target) -> None:
        run_short(target)

    return test_hostile_input_does_no_harm
