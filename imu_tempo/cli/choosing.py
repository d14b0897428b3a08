"""What the commands about past sessions share: which part is meant, and an open, whole history."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from imu_tempo.cli.keeping import tell
from imu_tempo.cli.progress import stepping

if TYPE_CHECKING:
    import pandas as pd

    from imu_tempo.bookkeeping import Reindexed
    from imu_tempo.history import History

_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


class Day(click.ParamType):  # type: ignore[type-arg]  # click takes one from 8.4 on; older ones work as well
    """A day: a date, or how long ago, as in ``8w``."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day."""
        if isinstance(value, date):
            return value
        text = str(value).strip().lower()
        if text in ("today", "yesterday"):
            return date.today() - timedelta(days=text == "yesterday")
        if ago := re.fullmatch(r"(\d{1,4})([dwmy])", text):
            days = int(ago[1]) * _DAYS[ago[2]]
            return date.today() - timedelta(days=min(days, date.today().toordinal() - 1))
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.fail(f"{value!r} is no day: expected 2026-03-01, or 8w for eight weeks ago.", param, ctx)


def choice_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --athlete, --exercise, --since, --until and --simulated; the command takes them as ``choice``."""

    @wraps(command)
    def gathered(
        *args: Any,
        athlete: str | None,
        exercise: str | None,
        since: date | None,
        until: date | None,
        simulated: bool,
        **others: Any,
    ) -> Any:
        from imu_tempo.exercises import exercise as profile_of
        from imu_tempo.history import Choice

        name = profile_of(exercise).name if exercise else None
        choice = Choice(athlete=athlete, exercise=name, since=since, until=until, simulated=simulated)
        return command(*args, choice=choice, **others)

    options = (
        click.option("--athlete", metavar="ID", help="Athlete's id: only this one."),
        click.option(
            "-e",
            "--exercise",
            metavar="NAME",
            help="Exercise; 'imu-tempo exercises' lists them: only this one.",
        ),
        click.option("--since", type=Day(), metavar="DAY", help="From this day on: 2026-03-01, or 8w."),
        click.option("--until", type=Day(), metavar="DAY", help="Up to this day: 2026-03-01, or 8w."),
        click.option("--simulated", is_flag=True, help="Simulated recordings as well."),
    )
    for option in reversed(options):
        gathered = option(gathered)
    return gathered


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON: one object.")


def print_json(kind: str, **tables: pd.DataFrame) -> None:
    """Print tables as one JSON object, with the schema's columns."""
    from imu_tempo.formats.analysis_json import records

    told = {"format": f"imu-tempo/{kind}/1", **{name: records(table) for name, table in tables.items()}}
    click.echo(json.dumps(told, ensure_ascii=False, allow_nan=False))


def opened(folder: Path | None) -> History:
    """Open the history; after damage it is made again from the recordings first, and that is said."""
    from imu_tempo.bookkeeping import restore
    from imu_tempo.history import History

    history = History(folder)
    tell(history.notices)
    if history.missing():
        with stepping("reading recordings") as step:
            done = restore(history, on_recording=step)
        if done.put:
            tell([f"{recordings(len(done.put))} read again into the history."])
        tell_trouble(done)
    return history


def tell_trouble(done: Reindexed, *, gone: bool = True) -> None:
    """Say which recordings could not be read, and which are gone."""
    tell([f"{folder} was not read: {reason}" for folder, reason in done.failed])
    if gone and done.gone:
        first = done.gone[0]
        tell(
            [
                f"{recordings(len(done.gone))} not where they were (such as {first}): 'imu-tempo reindex DIR'"
                " says where they are, 'imu-tempo reindex --prune' drops them."
            ]
        )


def recordings(count: int) -> str:
    """Return how many recordings, in words."""
    return "1 recording" if count == 1 else f"{count} recordings"
