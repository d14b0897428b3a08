"""Talks to the firmware's check programs, line by line."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


class Console:
    """A check program that runs: each command is answered with one line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, *words: object) -> str:
        """Give one command, return its answer."""
        (answer,) = self.ask_all([words])
        return answer

    def ask_all(self, commands: Iterable[Iterable[object]]) -> list[str]:
        """Give commands at once, return an answer for each."""
        lines = [" ".join(map(str, command)) for command in commands]
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("".join(line + "\n" for line in lines))
        self._process.stdin.flush()
        answers = [self._process.stdout.readline().strip() for _ in lines]
        assert all(answers), f"the program ended: {self._report()}"
        return answers

    def value(self, *words: object) -> bytes:
        """Give one command that is answered in bytes."""
        answer = self.ask(*words)
        return b"" if answer == "-" else bytes.fromhex(answer)

    def _report(self) -> str:
        assert self._process.stderr is not None
        return self._process.stderr.read()[-3000:]


@contextmanager
def console(program: Path) -> Iterator[Console]:
    """Run a check program for the block; it must end cleanly."""
    pipe = subprocess.PIPE
    with subprocess.Popen([str(program)], stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        yield Console(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(10) == 0, process.stderr.read() if process.stderr else ""


def as_word(data: bytes) -> str:
    return data.hex() or "-"
