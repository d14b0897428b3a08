"""Print how accurate the analysis is: ``python -m benchmarks.accuracy``.

Every case is simulated with several seeds, analysed whole (offline) and packet by packet (live; the numbers
are those of each rep's first final event, not of later corrections; it counts as told once all its phases
were, if only provisionally), and held against the simulator's truth.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Callable, Iterable, Sequence

from benchmarks import real
from benchmarks.cases import KINDS, RECORDED, Kind, cases, select
from benchmarks.running import Task, run_all
from benchmarks.scoring import METRICS, Outcome, Pair, Spread, Tally, coverage, span, spread
from benchmarks.shared_data import missing, shared_data
from benchmarks.tables import markdown_table, text_table
from benchmarks.targets import DELAY_TARGET_S, Judged, judge

MODES = ("offline", "live")
_SHOWN = 60
"""Lines shown of what went wrong."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    options = _options(argv)
    if options.markdown:
        outcomes = _outcomes(options)
        print(readme_table(outcomes))
        return
    if shared_data(RECORDED) is None:
        print(missing(RECORDED))
    outcomes = _outcomes(options)
    if not outcomes:
        print(f"no case is called like {options.only!r}")
    else:
        _print_all(outcomes, options.worst)
    if options.real and options.only is None:
        for line in real.report():
            print(line)


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="recordings made of each case (3)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (one a core)")
    parser.add_argument("--only", metavar="PATTERN", help="cases whose name holds this; * and ? allowed")
    parser.add_argument("--markdown", action="store_true", help="print the README's table only")
    parser.add_argument("--live", action=argparse.BooleanOptionalAction, default=True, help="the live engine")
    parser.add_argument("--real", action=argparse.BooleanOptionalAction, default=True, help="real recordings")
    parser.add_argument("--exercise", help="profile to analyse every case with, such as auto")
    parser.add_argument("--worst", type=int, default=15, metavar="N", help="worst reps to list (15)")
    return parser.parse_args(argv)


def _outcomes(options: argparse.Namespace) -> list[Outcome]:
    tasks = [
        Task(case.name, seed, live=options.live, exercise=options.exercise)
        for seed in range(options.seeds)
        for case in select(options.only)
    ]
    return run_all(tasks, options.jobs, progress=sys.stdout.isatty() and not options.markdown)


def _print_all(outcomes: Sequence[Outcome], worst: int) -> None:
    _heading("Each case: bias / RMSE, found minus true; velocities in mm/s, ROM in mm, times in ms")
    print(case_table(outcomes))
    _heading("Each family, against the targets of its part and rate")
    print(family_table(outcomes))
    for kind in KINDS:
        if any(_kind(o) == kind for o in outcomes):
            _heading(f"Targets: {KINDS[kind]}")
            print(target_table([o for o in outcomes if _kind(o) == kind], kind))
    _heading("Missed, ghosts, failures")
    print(trouble(outcomes))
    _heading("Worst reps: error of MCV, ecc and ROM")
    print(worst_table(outcomes, worst))


def _heading(text: str) -> None:
    print(f"\n{text}\n")


def _kind(outcome: Outcome) -> Kind:
    return cases()[outcome.case].kind


def _tallies(outcomes: Iterable[Outcome], key: Callable[[Outcome], str]) -> dict[str, dict[str, Tally]]:
    """Gather outcomes by a key, then by mode."""
    gathered: dict[str, dict[str, Tally]] = {}
    for outcome in outcomes:
        modes = gathered.setdefault(key(outcome), {})
        modes.setdefault(outcome.mode, Tally()).outcomes.append(outcome)
    return gathered


# -- one line a case and mode


def case_table(outcomes: Sequence[Outcome]) -> str:
    """Return two lines a case, offline and live, with every metric."""
    heads = ["case", "", "reps", "sets", "missed", "ghosts", *(m.title for m in METRICS), "VL %"]
    heads += ["no ecc", "2sd %", "partial?", "told s"]
    rows = []
    for name, modes in _tallies(outcomes, lambda o: o.case).items():
        rows += [[name if i == 0 else "", *_case_cells(mode, t)] for i, (mode, t) in enumerate(modes.items())]
    return text_table(heads, rows)


def _case_cells(mode: str, tally: Tally) -> list[str]:
    inside, stated = coverage(tally.pairs)
    wrong = sum(o.wrong_partials for o in tally.outcomes)
    return [
        mode,
        str(tally.reps),
        f"{tally.exact_sets}/{tally.sets}",
        _count(tally.missed),
        _count(tally.ghosts),
        *(_bias_rmse(tally.spread(m.column), m.factor) for m in METRICS),
        _bias_rmse(spread(tally.loss_errors_pct), 1.0, digits=1),
        _count(tally.lacking("ecc_s")),
        f"{100 * inside / stated:.0f}" if stated else "",
        f"{wrong} wrong" if wrong else "",
        f"{max(tally.delays_s()):.2f}" if tally.delays_s() else "",
    ]


def _count(n: int) -> str:
    return str(n) if n else "."


def _bias_rmse(found: Spread, factor: float, digits: int = 0) -> str:
    if not found.n:
        return ""
    return f"{found.bias * factor:+.{digits}f}/{found.rmse * factor:.{digits}f}"


# -- one line a family and mode


def family_table(outcomes: Sequence[Outcome]) -> str:
    """Return two lines a family and kind of part: counts, RMSE of what has a target, and what is not met."""
    titles = [j.target.title for j in judge(Tally(), "offline", "good")]
    heads = ["family", "", "reps", "missed", "ghosts", *titles, "2sd %", "verdict"]
    rows = []
    by_family = _tallies(outcomes, lambda o: f"{cases()[o.case].family} ({_kind(o)})")
    for family, modes in by_family.items():
        for i, (mode, tally) in enumerate(modes.items()):
            judged = judge(tally, mode, _kind(tally.outcomes[0]))
            inside, stated = coverage(tally.pairs)
            cells = ["" if j.n == 0 else f"{j.rmse * j.target.factor:.0f}" for j in judged]
            rows.append(
                [
                    family if i == 0 else "",
                    mode,
                    str(tally.reps),
                    _count(tally.missed),
                    _count(tally.ghosts),
                    *cells,
                    f"{100 * inside / stated:.0f}" if stated else "",
                    _verdict(tally, judged),
                ]
            )
    return text_table(heads, rows)


def _verdict(tally: Tally, judged: Sequence[Judged]) -> str:
    wrong = ["count"] if tally.missed or tally.ghosts else []
    wrong += [j.target.title for j in judged if j.met is False]
    late = [d for d in tally.delays_s() if d > DELAY_TARGET_S]
    wrong += [f"told late ({len(late)})"] if late else []
    return f"NOT MET: {', '.join(wrong)}" if wrong else "ok"


# -- the targets


def target_table(outcomes: Sequence[Outcome], kind: Kind) -> str:
    """Return every target of a kind of part, what was measured, and whether it is met."""
    heads = ["", "", "reps", "RMSE", "bias", "p95", "worst", "no value", "target", "verdict"]
    rows: list[list[str]] = []
    for mode, tally in _tallies(outcomes, lambda _: "").get("", {}).items():
        rows += _count_rows(tally, mode)
        rows += [_target_row(j, tally, mode) for j in judge(tally, mode, kind)]
        rows += _other_rows(tally, mode)
    return text_table(heads, rows)


def _count_rows(tally: Tally, mode: str) -> list[list[str]]:
    none = [""] * 4
    failures = sum(bool(o.failure) for o in tally.outcomes)
    lines = [
        ["missed reps", mode, str(tally.reps), str(tally.missed), *none, "0", _word(tally.missed == 0)],
        ["ghosts", mode, "", str(tally.ghosts), *none, "0", _word(tally.ghosts == 0)],
        [
            "exact sets",
            mode,
            "",
            f"{tally.exact_sets}/{tally.sets}",
            *none,
            "all",
            _word(tally.exact_sets == tally.sets),
        ],
    ]
    if failures:
        lines.append(["runs that failed", mode, "", str(failures), *none, "0", _word(False)])
    return lines


def _target_row(judged: Judged, tally: Tally, mode: str) -> list[str]:
    target = judged.target
    errors = [p.error(target.column) for p in tally.pairs if target.applies(p)]
    known = sorted(abs(e) for e in errors if not math.isnan(e))
    unit = target.unit

    def shown(value: float) -> str:
        return "" if math.isnan(value) else f"{value * target.factor:.0f} {unit}"

    return [
        target.title,
        mode,
        str(judged.n),
        shown(judged.rmse),
        shown(spread(errors).bias),
        shown(_percentile(known, 95)),
        shown(judged.worst),
        _count(judged.lacking),
        shown(judged.limit),
        judged.verdict,
    ]


def _other_rows(tally: Tally, mode: str) -> list[list[str]]:
    """Rows of what has no RMSE target: velocity loss, the stated uncertainty, and how soon reps are told."""
    loss = spread(tally.loss_errors_pct)
    inside, stated = coverage(tally.pairs)
    rows = []
    if loss.n:
        cells = [f"{loss.rmse:.1f} %", f"{loss.bias:+.1f} %", "", f"{loss.worst:+.1f} %"]
        rows.append(["velocity loss", mode, f"{loss.n} sets", *cells, "", "", "-"])
    if stated:
        share = 100 * inside / stated
        rows.append(
            [
                "MCV within 2 sd",
                mode,
                str(stated),
                f"{share:.0f} %",
                "",
                "",
                "",
                "",
                "about 95 %",
                _word(share >= 90),
            ]
        )
    delays = sorted(tally.delays_s())
    if delays:
        cells = [
            f"{sum(delays) / len(delays):.2f} s",
            "",
            f"{_percentile(delays, 95):.2f} s",
            f"{delays[-1]:.2f} s",
        ]
        verdict = _word(delays[-1] <= DELAY_TARGET_S)
        rows.append(["told after (mean)", mode, str(len(delays)), *cells, "", f"{DELAY_TARGET_S} s", verdict])
        waited = [p.waited_s for p in tally.pairs if p.waited_s > 0.0]
        rows.append(["provisional first", mode, str(len(waited)), *[""] * 6, "-"])
        rows.append(
            ["corrected later", mode, "", str(sum(o.corrections for o in tally.outcomes)), *[""] * 5, "-"]
        )
    return rows


def _word(met: bool) -> str:
    return "ok" if met else "NOT MET"


def _percentile(ordered: Sequence[float], percent: float) -> float:
    if not ordered:
        return math.nan
    return ordered[min(len(ordered) - 1, math.ceil(percent / 100 * len(ordered)) - 1)]


# -- what went wrong


def trouble(outcomes: Sequence[Outcome]) -> str:
    """Return a line for every failure, missed rep and ghost."""
    lines = []
    for o in outcomes:
        where = f"{o.case} seed {o.seed} {o.mode}:"
        lines += [f"{where} {o.failure}"] if o.failure else []
        if not o.failure:
            lines += [f"{where} missed rep {t.rep_no} of set {t.set_no}, {_times(span(t))}" for t in o.missed]
        lines += [
            f"{where} ghost {_times(span(g))}, ROM {g.rom_m:.2f} m, {g.quality or 'no flag'}"
            for g in o.ghosts
        ]
    more = len(lines) - _SHOWN
    return "\n".join(lines[:_SHOWN] + ([f"... and {more} more"] if more > 0 else [])) or "none"


def _times(edges: tuple[float, float]) -> str:
    return f"{edges[0]:.2f}-{edges[1]:.2f} s"


def worst_table(outcomes: Sequence[Outcome], count: int) -> str:
    """Return the reps that are furthest off, in units of what is allowed."""
    allowed = {"mcv_mps": 0.03, "ecc_s": 0.10, "rom_m": 0.03}

    def badness(pair: Pair) -> float:
        return max(
            (abs(e) / limit for c, limit in allowed.items() if not math.isnan(e := pair.error(c))),
            default=0.0,
        )

    found = sorted(((badness(p), o, p) for o in outcomes for p in o.pairs), key=lambda item: -item[0])[:count]
    heads = ["rep", "mode", "MCV mm/s", "ecc ms", "ROM mm", "sd mm/s", "flags"]
    rows = [
        [
            f"{o.case} seed {o.seed} rep {p.truth.rep_no} at {span(p.truth)[0]:.1f} s",
            o.mode,
            *(f"{p.error(column) * 1e3:+.0f}" for column in allowed),
            f"{p.found.mcv_sd_mps * 1e3:.0f}",
            p.found.quality or "none",
        ]
        for _, o, p in found
    ]
    return text_table(heads, rows)


# -- the README's


def readme_table(outcomes: Sequence[Outcome]) -> str:
    """Return the short table: kinds of part down, what matters across, offline and live."""
    titles = [j.target.title for j in judge(Tally(), "offline", "good")]
    heads = ["RMSE", "", "reps", "missed", "ghosts", *titles, "MCV within 2 sd"]
    rows = []
    for kind, label in KINDS.items():
        modes = _tallies([o for o in outcomes if _kind(o) == kind], lambda _: "").get("", {})
        for mode, tally in modes.items():
            inside, stated = coverage(tally.pairs)
            rows.append(
                [
                    label,
                    mode,
                    str(tally.reps),
                    str(tally.missed),
                    str(tally.ghosts),
                    *(_readme_cell(j) for j in judge(tally, mode, kind)),
                    f"{100 * inside / stated:.0f} %" if stated else "",
                ]
            )
    return markdown_table(heads, rows)


def _readme_cell(judged: Judged) -> str:
    if not judged.n:
        return ""
    text = f"{judged.rmse * judged.target.factor:.0f} {judged.target.unit}"
    return f"**{text}**" if judged.met is False else text


if __name__ == "__main__":
    main()
