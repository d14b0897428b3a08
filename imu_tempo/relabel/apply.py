"""Edits put onto an analysis: reps changed, their numbers measured anew, their sets summed up again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial

from imu_tempo.definitions import Definitions
from imu_tempo.errors import TempoError
from imu_tempo.metrics.sets import summarise
from imu_tempo.metrics.tempo import parse_tempo
from imu_tempo.relabel.draft import CannotError, Draft, SetDraft
from imu_tempo.relabel.edit import Edit
from imu_tempo.relabel.measure import phase_names
from imu_tempo.result import AnalysisResult, Fact
from imu_tempo.schema import RejectedRow, RepRow, SetRow, rows, table

EDITS = "edits"
MISSED = "edits_missed"
DAMAGED = "edits_damaged"
"""Facts that edits leave in an analysis' ``quality``: edits put on, edits missed, unreadable lines."""


@dataclass(frozen=True, slots=True)
class Missed:
    """An edit that could not be put on, by its number in the log, and why."""

    no: int
    edit: Edit
    reason: str

    def __str__(self) -> str:
        return f"edit {self.no} ({self.edit}): {self.reason}"


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What became of edits.

    Attributes
    ----------
    result
        The analysis with the edits on it.
    applied
        Numbers of the edits that were put on.
    missed
        Those that were not.
    """

    result: AnalysisResult
    applied: tuple[int, ...]
    missed: tuple[Missed, ...]


def apply_edits(
    result: AnalysisResult,
    edits: Sequence[tuple[int, Edit]],
    *,
    damaged: int = 0,
) -> Outcome:
    """Put numbered edits onto an analysis, in order; it is left alone itself.

    Parameters
    ----------
    result
        An analysis without edits.
    edits
        Numbers in the log, and what was said.
    damaged
        Lines of the log that could not be read, to be told.

    Raises
    ------
    TempoError
        It has edits on it already.
    """
    if EDITS in result.quality:
        raise TempoError(
            f"The analysis of {result.source} has its edits on it already: analyse with edits=False."
        )
    if not edits and not damaged:
        return Outcome(result, (), ())
    definitions = definitions_of(result)
    draft = Draft.of(result, definitions)
    applied: list[int] = []
    missed: list[Missed] = []
    for number, edit in edits:
        try:
            draft.put(edit)
        except CannotError as reason:
            missed.append(Missed(number, edit, str(reason)))
        else:
            applied.append(number)
    facts: dict[str, Fact] = {EDITS: len(applied)}
    if missed:
        facts[MISSED] = "; ".join(map(str, missed))
    if damaged:
        facts[DAMAGED] = damaged
    sum_up = partial(summarise, velocity_loss_from=definitions.velocity_loss_from, context=result.context)
    return Outcome(_finished(result, draft, sum_up, facts), tuple(applied), tuple(missed))


def definitions_of(result: AnalysisResult) -> Definitions:
    """Return the definitions that an analysis was made with, from the facts it carries."""
    known = {f.name: result.quality[f.name] for f in fields(Definitions) if f.name in result.quality}
    return Definitions(**known)  # type: ignore[arg-type]


def _finished(
    result: AnalysisResult, draft: Draft, sum_up: Callable[..., SetRow], facts: dict[str, Fact]
) -> AnalysisResult:
    sets = draft.numbered()
    reps = [rep for part in sets for rep in part.reps]
    samples = result.samples
    if draft.reshaped:
        names = phase_names(samples["t_s"].to_numpy(), [part.reps for part in sets])
        samples = samples.assign(phase=names).astype(dict(result.samples.dtypes))
    known = {row.set_no: row for row in rows(result.sets, SetRow)}
    return replace(
        result,
        reps=table(reps, RepRow),
        sets=table([_summary(i, part, known, sum_up) for i, part in enumerate(sets, start=1)], SetRow),
        rejected=table(sorted(draft.rejected, key=lambda r: r.start_s), RejectedRow),
        samples=samples,
        quality={**result.quality, **facts},
    )


def _summary(number: int, part: SetDraft, known: dict[int, SetRow], sum_up: Callable[..., SetRow]) -> SetRow:
    if not part.changed:
        return replace(known[part.set_no], set_no=number)
    return sum_up(part.reps, parse_tempo(part.tempo) if part.tempo else None)
