"""Found reps against true ones: what belongs together, what is missed or a ghost, how far off the rest is."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from firmware_bridge.virtual import TruthRep
from imu_tempo.schema import NAN, RepRow

SAME_LIFT_RATIO = 0.5
"""Two concentrics are one lift if they overlap by more than this part of the shorter one."""


class Metric(NamedTuple):
    """One scored column: its name in both tables, the heading, and the factor and unit it is printed in."""

    column: str
    title: str
    factor: float
    unit: str


METRICS = (
    Metric("mcv_mps", "MCV", 1e3, "mm/s"),
    Metric("mpv_mps", "MPV", 1e3, "mm/s"),
    Metric("pcv_mps", "PCV", 1e3, "mm/s"),
    Metric("rom_m", "ROM", 1e3, "mm"),
    Metric("mev_mps", "MEV", 1e3, "mm/s"),
    Metric("con_s", "con", 1e3, "ms"),
    Metric("ecc_s", "ecc", 1e3, "ms"),
    Metric("bottom_s", "bottom", 1e3, "ms"),
    Metric("top_s", "top", 1e3, "ms"),
)


class Found(NamedTuple):
    """A rep as it was told, when it was first told whole, and when for good (session clock; NaN offline)."""

    rep: RepRow
    told_s: float = NAN
    final_s: float = NAN


@dataclass(frozen=True, slots=True)
class Pair:
    """A true rep and the one found for it."""

    truth: TruthRep
    found: RepRow
    told_s: float = NAN
    final_s: float = NAN

    def error(self, column: str) -> float:
        """Return found minus true; NaN where either lacks the number."""
        return float(getattr(self.found, column) - getattr(self.truth, column))

    def lacks(self, column: str) -> bool:
        """Whether the truth has this number and the found rep has not."""
        return not math.isnan(getattr(self.truth, column)) and math.isnan(getattr(self.found, column))

    @property
    def delay_s(self) -> float:
        """From the rep's true last edge until it was told whole, if only provisionally; NaN offline."""
        return self.told_s - span(self.truth)[1]

    @property
    def waited_s(self) -> float:
        """From when it was told whole until it was told for good; NaN offline."""
        return self.final_s - self.told_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One recording scored: by the whole-recording pass, or by what was told live.

    Attributes
    ----------
    case, seed, mode
        Which recording; ``"offline"`` or ``"live"``.
    pairs, missed, ghosts
        Reps found, true reps not found, and reps told that were none.
    sets, exact_sets
        True sets, and those whose reps were all found, in one set, with none added.
    loss_errors_pct
        Velocity loss, found minus true, of the exact sets where it is defined.
    corrections
        Live: reps told again as revised, or withdrawn.
    failure
        The error that ended the run, if one did.
    """

    case: str
    seed: int
    mode: str
    pairs: tuple[Pair, ...] = ()
    missed: tuple[TruthRep, ...] = ()
    ghosts: tuple[RepRow, ...] = ()
    sets: int = 0
    exact_sets: int = 0
    loss_errors_pct: tuple[float, ...] = ()
    corrections: int = 0
    failure: str = ""

    @property
    def reps(self) -> int:
        """True reps."""
        return len(self.pairs) + len(self.missed)

    @property
    def wrong_partials(self) -> int:
        """Pairs of which one side says partial and the other does not."""
        return sum(("partial" in p.found.quality.split()) != p.truth.partial for p in self.pairs)


class Spread(NamedTuple):
    """Errors of one metric summed up."""

    n: int
    bias: float
    rmse: float
    worst: float


def span(rep: TruthRep | RepRow) -> tuple[float, float]:
    """Return a rep's first and last edge."""
    edges = (rep.ecc_start_s, rep.ecc_end_s, rep.con_start_s, rep.con_end_s)
    known = [edge for edge in edges if not math.isnan(edge)]
    return min(known), max(known)


def overlap_ratio(a: TruthRep | RepRow, b: TruthRep | RepRow) -> float:
    """Return how much of the shorter of two concentrics lies in the other."""
    shared = min(a.con_end_s, b.con_end_s) - max(a.con_start_s, b.con_start_s)
    shorter = min(a.con_end_s - a.con_start_s, b.con_end_s - b.con_start_s)
    return shared / shorter if shorter > 0.0 else 0.0


def match(
    truth: Sequence[TruthRep], found: Sequence[Found], uncounted: Sequence[TruthRep] = ()
) -> tuple[list[Pair], list[TruthRep], list[Found]]:
    """Pair true and found reps by their concentrics, one to one, the best overlap first.

    Parameters
    ----------
    truth
        Reps that count.
    found
        Reps that were told.
    uncounted
        Failed attempts and reps cut by the edge of the recording. A found rep that touches a cut one is left
        out: half of it was seen. One on a failed attempt is a ghost.

    Returns
    -------
    pairs, missed, ghosts
        In order of time.
    """
    options = [
        (ratio, i, j)
        for i, t in enumerate(truth)
        for j, f in enumerate(found)
        if (ratio := overlap_ratio(t, f.rep)) > SAME_LIFT_RATIO
    ]
    partner: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, j in sorted(options, key=lambda option: -option[0]):
        if i not in partner and j not in taken:
            partner[i] = j
            taken.add(j)
    pairs = [Pair(truth[i], *found[j]) for i, j in sorted(partner.items())]
    missed = [t for i, t in enumerate(truth) if i not in partner]
    cut = [span(rep) for rep in uncounted if rep.cut]
    ghosts = [f for j, f in enumerate(found) if j not in taken and not _touches(span(f.rep), cut)]
    return pairs, missed, ghosts


def _touches(one: tuple[float, float], others: Iterable[tuple[float, float]]) -> bool:
    return any(one[0] < end and start < one[1] for start, end in others)


def score(
    truth: Sequence[TruthRep],
    found: Sequence[Found],
    uncounted: Sequence[TruthRep] = (),
    *,
    case: str = "",
    seed: int = 0,
    mode: str = "offline",
    corrections: int = 0,
) -> Outcome:
    """Score what was found in one recording."""
    pairs, missed, ghosts = match(truth, found, uncounted)
    exact = _exact_sets(pairs, missed, ghosts)
    losses = [_loss_error_pct([p for p in pairs if p.truth.set_no == number]) for number in exact]
    return Outcome(
        case=case,
        seed=seed,
        mode=mode,
        pairs=tuple(pairs),
        missed=tuple(missed),
        ghosts=tuple(ghost.rep for ghost in ghosts),
        sets=len({t.set_no for t in truth}),
        exact_sets=len(exact),
        loss_errors_pct=tuple(loss for loss in losses if not math.isnan(loss)),
        corrections=corrections,
    )


def _exact_sets(pairs: Sequence[Pair], missed: Sequence[TruthRep], ghosts: Sequence[Found]) -> list[int]:
    """Return the true sets that were found whole, alone and with nothing added."""
    spoilt = {t.set_no for t in missed}
    with_ghosts = {ghost.rep.set_no for ghost in ghosts}
    found_as: dict[int, set[int]] = {}
    for pair in pairs:
        found_as.setdefault(pair.truth.set_no, set()).add(pair.found.set_no)
    claims = Counter(number for numbers in found_as.values() for number in numbers)
    return [
        number
        for number, numbers in sorted(found_as.items())
        if number not in spoilt
        and len(numbers) == 1
        and all(claims[n] == 1 and n not in with_ghosts for n in numbers)
    ]


def _loss_error_pct(pairs: Sequence[Pair]) -> float:
    """Return the error of velocity loss, fastest to last full rep, in percent; NaN with fewer than two."""
    full = [p for p in pairs if not p.truth.partial]
    if len(full) < 2:
        return NAN
    true = [p.truth.mcv_mps for p in full]
    found = [p.found.mcv_mps for p in full]
    return 100.0 * ((max(found) - found[-1]) / max(found) - (max(true) - true[-1]) / max(true))


def spread(errors: Iterable[float]) -> Spread:
    """Sum up errors, NaN left out."""
    known = [e for e in errors if not math.isnan(e)]
    if not known:
        return Spread(0, NAN, NAN, NAN)
    n = len(known)
    rmse = math.sqrt(math.fsum(e * e for e in known) / n)
    return Spread(n, math.fsum(known) / n, rmse, max(known, key=abs))


def coverage(pairs: Iterable[Pair]) -> tuple[int, int]:
    """Return (reps whose true MCV lies within two stated standard deviations, reps that state one)."""
    stated = [(abs(p.error("mcv_mps")), p.found.mcv_sd_mps) for p in pairs]
    known = [(error, sd) for error, sd in stated if not math.isnan(sd) and not math.isnan(error)]
    return sum(error < 2.0 * sd for error, sd in known), len(known)


@dataclass(slots=True)
class Tally:
    """Outcomes of many recordings, added up."""

    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def pairs(self) -> list[Pair]:
        """Every pair."""
        return [pair for outcome in self.outcomes for pair in outcome.pairs]

    @property
    def reps(self) -> int:
        """True reps."""
        return sum(o.reps for o in self.outcomes)

    @property
    def missed(self) -> int:
        """True reps not found."""
        return sum(len(o.missed) for o in self.outcomes)

    @property
    def ghosts(self) -> int:
        """Reps told that were none."""
        return sum(len(o.ghosts) for o in self.outcomes)

    @property
    def sets(self) -> int:
        """True sets."""
        return sum(o.sets for o in self.outcomes)

    @property
    def exact_sets(self) -> int:
        """Sets found whole, with nothing added."""
        return sum(o.exact_sets for o in self.outcomes)

    @property
    def loss_errors_pct(self) -> list[float]:
        """Velocity loss errors."""
        return [e for o in self.outcomes for e in o.loss_errors_pct]

    def errors(self, column: str) -> list[float]:
        """Return found minus true of every pair that has both."""
        return [e for p in self.pairs if not math.isnan(e := p.error(column))]

    def spread(self, column: str) -> Spread:
        """Sum up one metric's errors."""
        return spread(self.errors(column))

    def lacking(self, column: str) -> int:
        """Return how many found reps lack a number that the truth has."""
        return sum(p.lacks(column) for p in self.pairs)

    def delays_s(self) -> list[float]:
        """Return how long after its end each rep was told; empty offline."""
        return [d for p in self.pairs if not math.isnan(d := p.delay_s)]
