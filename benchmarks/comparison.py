"""Print our accuracy beside published figures: ``python -m benchmarks.comparison``.

Ours are made by running the accuracy benchmark's cases with good six-axis parts. They are held against a
simulator's own motion, the published ones against optical capture or a string encoder on people, so the
tables show the size of things and prove nothing about a gym.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.cases import cases
from benchmarks.published import PUBLISHED, Published
from benchmarks.running import Task, run_all
from benchmarks.scoring import Outcome, Pair, Tally, spread
from benchmarks.tables import markdown_table, text_table

LIMITS_SD = 1.96
"""Limits of agreement hold 95 % of normal differences: so many standard deviations to either side."""
HEADS = ("device", "found", "against", "how", "source")
WORDS = {"offline": "whole recording", "live": "live, as first told"}


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity of the comparison: its column, name, and the unit and decimals of its errors."""

    column: str
    title: str
    unit: str
    factor: float
    decimals: int


QUANTITIES = (
    Quantity("mcv_mps", "Mean concentric velocity", "m/s", 1.0, 3),
    Quantity("pcv_mps", "Peak concentric velocity", "m/s", 1.0, 3),
    Quantity("mev_mps", "Mean eccentric velocity", "m/s", 1.0, 3),
    Quantity("rom_m", "Range of motion", "cm", 100.0, 1),
    Quantity("ecc_s", "Duration of the lowering", "s", 1.0, 2),
    Quantity("tut_s", "Duration of a rep", "s", 1.0, 2),
)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the cases and print the tables."""
    options = _options(argv)
    tasks = [
        Task(name, seed)
        for seed in range(options.seeds)
        for name, case in cases().items()
        if case.kind == "good" and (options.only is None or options.only in name)
    ]
    outcomes = run_all(tasks, options.jobs, progress=sys.stdout.isatty() and not options.markdown)
    print(tables(outcomes, markdown=options.markdown))


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.comparison", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="recordings made of each case (1)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (one a core)")
    parser.add_argument("--only", metavar="TEXT", help="cases whose name holds this")
    parser.add_argument("--markdown", action="store_true", help="print as Markdown, for the documentation")
    return parser.parse_args(argv)


def tables(outcomes: Sequence[Outcome], *, markdown: bool) -> str:
    """Return a table a quantity: ours first, then the published figures."""
    tallies = {mode: Tally([o for o in outcomes if o.mode == mode]) for mode in WORDS}
    parts = []
    for quantity in QUANTITIES:
        rows = [_own_row(mode, tally, _agreement(tally.pairs, quantity)) for mode, tally in tallies.items()]
        parts.append(
            _part(
                quantity.title, rows + _published_rows(quantity.column, markdown=markdown), markdown=markdown
            )
        )
    counted = [_own_row(mode, tally, _counting(tally)) for mode, tally in tallies.items()]
    parts.append(
        _part("Counting reps", counted + _published_rows("reps", markdown=markdown), markdown=markdown)
    )
    return "\n\n".join(parts)


def _part(title: str, rows: list[list[str]], *, markdown: bool) -> str:
    if markdown:
        return f"### {title}\n\n{_left(markdown_table(HEADS, rows))}"
    return f"{title}\n\n{text_table(HEADS, rows)}"


def _left(table: str) -> str:
    """Put every column to the left: they hold words."""
    return table.replace("---:", "---")


def _own_row(mode: str, tally: Tally, found: str) -> list[str]:
    return [f"imu-tempo, {WORDS[mode]}", found, f"simulator, {tally.reps} reps", "IMU", "this project"]


def _published_rows(quantity: str, *, markdown: bool) -> list[list[str]]:
    return [
        [p.device, p.figure, p.against, p.kind, _source(p, markdown=markdown)]
        for p in PUBLISHED
        if p.quantity == quantity
    ]


def _source(published: Published, *, markdown: bool) -> str:
    if not published.doi:
        return published.study
    if not markdown:
        return f"{published.study}, doi:{published.doi}"
    return f"[{published.study}](https://doi.org/{published.doi})"


def _agreement(pairs: Sequence[Pair], quantity: Quantity) -> str:
    """Return bias and standard deviation, limits of agreement and standard error of the estimate."""
    errors = [e * quantity.factor for p in pairs if not math.isnan(e := p.error(quantity.column))]
    if len(errors) < 3:
        return "too few reps"
    bias, digits = spread(errors).bias, quantity.decimals
    sd = float(np.std(errors, ddof=1))
    low, high = (_signed(bias + side * LIMITS_SD * sd, digits) for side in (-1.0, 1.0))
    see = _standard_error(pairs, quantity)
    return (
        f"bias {_signed(bias, digits)} ± {sd:.{digits}f} {quantity.unit},"
        f" LoA {low} to {high} {quantity.unit}, SEE {see:.{digits}f} {quantity.unit}"
    )


def _standard_error(pairs: Sequence[Pair], quantity: Quantity) -> float:
    """Return the spread of the truth around its regression on what was found (n - 2 degrees of freedom)."""
    both = np.array([(getattr(p.found, quantity.column), getattr(p.truth, quantity.column)) for p in pairs])
    both = both[~np.isnan(both).any(axis=1)] * quantity.factor
    found, true = both.T
    slope, intercept = np.polyfit(found, true, 1)
    left = true - slope * found - intercept
    return math.sqrt(float(left @ left) / (len(left) - 2))


def _counting(tally: Tally) -> str:
    wrong = tally.missed + tally.ghosts
    return f"{tally.missed} missed, {tally.ghosts} ghosts: {100.0 * wrong / max(tally.reps, 1):.2f} % wrong"


def _signed(value: float, digits: int) -> str:
    """Return a number without a sign on zero."""
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if not float(text) else text


if __name__ == "__main__":
    main()
