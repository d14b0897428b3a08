"""The long run at one target, in a process of its own: what hangs or aborts takes nothing else with it."""

from __future__ import annotations

import argparse
import logging
import random
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

MAX_LEN = 1 << 13
HANG_S = 60
"""Beyond any target's processor time: an input that waits."""


def main() -> None:
    """Run as ``python -m tests.fuzz.run_one MODULE NAME``; the parent reads what is printed."""
    words = argparse.ArgumentParser()
    words.add_argument("module")
    words.add_argument("name")
    words.add_argument("--seconds", type=int, required=True)
    words.add_argument("--seed", type=int, required=True)
    words.add_argument("--corpus", type=Path, required=True)
    words.add_argument("--plain", action="store_true")
    given = words.parse_args()
    with nullcontext() if given.plain else _instrumented():
        from tests.fuzz.every import target_in

        target = target_in(given.module, given.name)
        from tests.fuzz.findings import Findings
        from tests.fuzz.harness import samples_of

        samples = samples_of(target)  # and with them, every module that is imported where it is used
        findings = Findings(target)
        for data in samples:
            findings.run(data)
    logging.disable()
    if given.plain:
        _plain(given, target.text, samples, findings.run)
    else:
        _guided(given, target.text, samples, findings.run)


def _instrumented() -> AbstractContextManager[object]:
    import atheris

    hooks: AbstractContextManager[object] = atheris.instrument_imports(
        include=["firmware_bridge", "imu_tempo"], enable_loader_override=False
    )
    return hooks


def _plain(
    given: argparse.Namespace, text: bool, samples: tuple[bytes, ...], run: Callable[[bytes], None]
) -> None:
    from tests.fuzz.damage import damaged_bytes

    choices = random.Random(given.seed)
    begun_s = time.monotonic()
    inputs = 0
    while time.monotonic() - begun_s < given.seconds:
        run(damaged_bytes(choices.choice(samples), samples, choices, text=text)[:MAX_LEN])
        inputs += 1
    print(f"stat::number_of_executed_units: {inputs}", flush=True)


def _guided(
    given: argparse.Namespace, text: bool, samples: tuple[bytes, ...], run: Callable[[bytes], None]
) -> None:
    import atheris

    from tests.fuzz.damage import damaged_bytes

    given.corpus.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(samples):
        (given.corpus / f"sample-{number}").write_bytes(data)

    def mutate(data: bytes, max_size: int, seed: int) -> bytes:
        """Half of the time as the short run does, half as libFuzzer does."""
        choices = random.Random(seed)
        if choices.random() < 0.5:
            return bytes(atheris.Mutate(data, max_size))
        return damaged_bytes(data, samples, choices, text=text)[:max_size]

    flags = [
        f"-max_total_time={given.seconds}",
        f"-seed={given.seed}",
        f"-max_len={MAX_LEN}",
        f"-timeout={HANG_S}",
        f"-report_slow_units={HANG_S}",
        "-rss_limit_mb=4096",
        "-print_final_stats=1",
        "-verbosity=1",
        f"-artifact_prefix={given.corpus.parent / given.name}.died.",
    ]
    atheris.Setup([sys.argv[0], *flags, str(given.corpus)], run, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
