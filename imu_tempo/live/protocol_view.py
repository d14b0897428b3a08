"""A protocol's score on a terminal: a table of verdicts, the sets in words, and each set live as it ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from imu_tempo.events import Event, RepEvent, SetEnded
from imu_tempo.live import words
from imu_tempo.protocols import Lifter, Protocol, ProtocolScore, score_set
from imu_tempo.protocols.words import duration
from imu_tempo.schema import NAN, RepRow

if TYPE_CHECKING:
    from imu_tempo.schema.protocols import ProtocolScoreRow

_COLUMNS = ("set", "reps", "tempo", "rest", "load", "stop", "kept")
_NOT_JUDGED = words.NOTHING


def print_score(console: Console, score: ProtocolScore) -> None:
    """Print a session's score: a row a set, then what it says in words."""
    console.print()
    console.print(score_table(score))
    for line in (*(row.sentence for row in score.rows), *score.sentences):
        console.print(Text(line), soft_wrap=True)


def score_table(score: ProtocolScore) -> Table:
    """Return a score as a table; each cell is what was done, and its verdict where that is not ``ok``."""
    table = Table(box=None, padding=(0, 1), title=f"Against {score.protocol.title}", title_justify="left")
    table.title_style = "bold"
    for name in _COLUMNS:
        table.add_column(name, justify="right" if name in ("set", "kept") else "left", header_style="dim")
    for row in score.rows:
        table.add_row(*_cells(row))
    return table


def tell_sets(
    protocol: Protocol, lifter: Lifter, say: Callable[[str], None], show: Callable[[Event], None]
) -> Callable[[Event], None]:
    """Return a hearer of events that passes them on to ``show`` and says each set's score when it has ended.

    Parameters
    ----------
    protocol, lifter
        What the sets are held against.
    say
        Takes a sentence.
    show
        Hears every event first.
    """
    reps: dict[tuple[int, int], RepRow] = {}
    ended_s = NAN

    def hear(event: Event) -> None:
        nonlocal ended_s
        show(event)
        if isinstance(event, RepEvent):
            key = (event.rep.set_no, event.rep.rep_no)
            if event.revision == "withdrawn":
                reps.pop(key, None)
            else:
                reps[key] = event.rep
        elif isinstance(event, SetEnded):
            row = event.summary
            own = [rep for (set_no, _), rep in reps.items() if set_no == row.set_no]
            say(score_set(protocol, row, own, lifter, rest_s=row.start_s - ended_s).sentence)
            ended_s = row.end_s

    return hear


def _cells(row: ProtocolScoreRow) -> tuple[str, ...]:
    asked = f"{row.reps_low}" if row.reps_low == row.reps_high else f"{row.reps_low}-{row.reps_high}"
    return (
        str(row.set_no),
        _told(f"{row.reps} of {asked}", row.reps_verdict),
        _told(words.percent(row.compliance_pct), row.tempo_verdict),
        _told(duration(row.rest_s), row.rest_verdict) if row.rest_verdict else _NOT_JUDGED,
        _told(words.percent(row.load_pct_1rm), row.load_verdict) if row.load_verdict else _NOT_JUDGED,
        _stop(row),
        f"{row.kept} of {row.judged}",
    )


def _told(done: str, verdict: str) -> str:
    return done if verdict in ("ok", "") else f"{done}, {verdict}"


def _stop(row: ProtocolScoreRow) -> str:
    if not row.stop_verdict:
        return _NOT_JUDGED
    if not row.stop_rep:
        return "not reached"
    return f"rep {row.stop_rep}" + (f", {row.reps_after_stop} more" if row.reps_after_stop else "")
