"""Commands that enter what no recording knows: soreness, one-rm, athlete."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imu_tempo.cli.choosing import Day
from imu_tempo.cli.keeping import history_option, tell
from imu_tempo.errors import TempoError

if TYPE_CHECKING:
    from imu_tempo.history import AthleteSettings
    from imu_tempo.schema.history import AthleteRow


_DAY = click.option(
    "--day",
    type=Day(),
    default="today",
    show_default=True,
    metavar="DAY",
    help="Day that it was: 2026-03-01, or 2d for two days ago.",
)
_NOTE = click.option("--note", default="", metavar="TEXT", help="Free text.")


@click.command()
@click.argument("athlete")
@click.argument("score", type=click.FloatRange(0, 10), required=False)
@click.option("--area", default="", metavar="TEXT", help="Part of the body.")
@click.option("-e", "--exercise", default="", metavar="NAME", help="Exercise that it is put down to.")
@_DAY
@_NOTE
@click.option("--remove", is_flag=True, help="Take that day's entry back.")
@history_option
def soreness(
    athlete: str,
    score: float | None,
    area: str,
    exercise: str,
    day: date,
    note: str,
    remove: bool,
    history_folder: Path | None,
) -> None:
    """Enter how sore ATHLETE is: SCORE from 0 (not at all) to 10 (worst imaginable)."""
    from datetime import datetime

    from imu_tempo.exercises import exercise as profile_of
    from imu_tempo.history import History, SorenessAnswer

    value = _value(score, "SCORE", remove=remove)
    at = datetime.now().astimezone().isoformat(timespec="seconds")
    answer = SorenessAnswer(
        athlete=_id(athlete), day=_past(day).isoformat(), soreness=value, area=area.strip().lower(),
        exercise=profile_of(exercise).name if exercise else "", at=at, note=note,
    )  # fmt: skip
    with History(history_folder) as kept:
        kept.add(answer)
        tell(kept.notices)
    click.echo(f"{athlete}, {day}: soreness {'taken back' if value is None else f'{value:g} of 10'}")


@click.command("one-rm")
@click.argument("athlete")
@click.argument("exercise")
@click.argument("load_kg", type=click.FloatRange(min=0, min_open=True), metavar="KG", required=False)
@_DAY
@click.option("--estimated", is_flag=True, help="Somebody's estimate, not a test.")
@_NOTE
@click.option("--remove", is_flag=True, help="Take that day's entry back.")
@history_option
def one_rm(
    athlete: str,
    exercise: str,
    load_kg: float | None,
    day: date,
    estimated: bool,
    note: str,
    remove: bool,
    history_folder: Path | None,
) -> None:
    """Enter a tested one-rep max of ATHLETE in EXERCISE, in KG."""
    from imu_tempo.exercises import exercise as profile_of
    from imu_tempo.history import History, OneRepMax

    name = profile_of(exercise).name
    value = _value(load_kg, "KG", remove=remove)
    kind = "estimated" if estimated else "tested"
    entry = OneRepMax(
        athlete=_id(athlete), exercise=name, day=_past(day).isoformat(), one_rm_kg=value, kind=kind, note=note
    )
    with History(history_folder) as kept:
        kept.add(entry)
        tell(kept.notices)
    said = "taken back" if value is None else f"{value:g} kg, {kind}"
    click.echo(f"{athlete}, {day}: one-rep max {name} {said}")


@click.command()
@click.argument("athlete", required=False)
@click.option("--name", metavar="TEXT", help="Name, kept in a file of its own; '' removes it.")
@click.option(
    "--body-mass", "body_mass_kg", type=click.FloatRange(20, 400), metavar="KG", help="Body mass in kg."
)
@click.option(
    "--day",
    type=Day(),
    metavar="DAY",
    help="Day from which that mass holds: 2026-03-01, or 2d for two days ago.  [default: today]",
)
@click.option("--note", metavar="TEXT", help="Free text.")
@history_option
def athlete(
    athlete: str | None,
    name: str | None,
    body_mass_kg: float | None,
    day: date | None,
    note: str | None,
    history_folder: Path | None,
) -> None:
    """List athletes, or enter what holds for ATHLETE."""
    from imu_tempo.history import History
    from imu_tempo.history.names import read_names, write_name
    from imu_tempo.live.past import print_athletes
    from imu_tempo.live.terminal import make_console
    from imu_tempo.schema import rows
    from imu_tempo.schema.history import AthleteRow

    if day is not None and body_mass_kg is None:
        raise click.UsageError("--day is the day of a body mass: give --body-mass as well.")
    with History(history_folder) as kept:
        tell(kept.notices)
        if athlete is not None:
            athlete = _id(athlete)
            before = next((r for r in rows(kept.athletes(), AthleteRow) if r.athlete == athlete), None)
            settings = _settings(athlete, before, body_mass_kg, day, note)
            if before is None or (body_mass_kg, note) != (None, None):
                kept.add(settings)
            if name is not None:
                write_name(kept.folder, athlete, name or None)
        print_athletes(make_console(), kept.athletes(), read_names(kept.folder))


def _settings(
    athlete: str, before: AthleteRow | None, mass_kg: float | None, day: date | None, note: str | None
) -> AthleteSettings:
    """Return what holds for an athlete now: what was said, and else what held before."""
    from imu_tempo.history import AthleteSettings

    words = note if note is not None else before.note if before else ""
    if mass_kg is not None:
        since = _past(day or date.today()).isoformat()
        return AthleteSettings(athlete=athlete, body_mass_kg=mass_kg, note=words, day=since)
    if before is None or not math.isfinite(before.body_mass_kg):
        return AthleteSettings(athlete=athlete, note=words)
    return AthleteSettings(
        athlete=athlete, body_mass_kg=before.body_mass_kg, note=words, day=before.body_mass_day
    )


def _value(value: float | None, name: str, *, remove: bool) -> float | None:
    if (value is None) != remove:
        raise click.UsageError(f"Give {name}, or --remove." if value is None else f"Give {name} or --remove.")
    return value


def _id(athlete: str) -> str:
    if not athlete.strip():
        raise TempoError("An athlete id cannot be empty: give one such as A12.")
    return athlete.strip()


def _past(day: date) -> date:
    if day > date.today():
        raise TempoError(f"{day} is still to come: enter what has happened.")
    return day


COMMANDS = (soreness, one_rm, athlete)
