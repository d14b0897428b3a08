"""Commands about what past sessions add up to: strength (by velocity), dose (lowering under load)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imu_tempo.cli.choosing import Day, choice_options, json_option, opened, print_json
from imu_tempo.cli.keeping import history_option
from imu_tempo.errors import TempoError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from imu_tempo.history import Choice
    from imu_tempo.metrics.load_velocity import Method

_PLOT = click.option(
    "--plot", type=click.Path(path_type=Path, dir_okay=False), metavar="PNG", help="Draw it as well."
)
DOSE_WEEKS = 2
"""Weeks of doses told unless --since says otherwise."""


@click.command()
@choice_options
@click.option(
    "--load",
    "load_kg",
    type=click.FloatRange(min=0, min_open=True),
    metavar="KG",
    help="Load in kg to check.",
)
@click.option("--assisted", is_flag=True, help="Someone helps with every lifting of that load.")
@click.option("--two-point", is_flag=True, help="Through the lightest and the heaviest load only.")
@click.option(
    "--mvt",
    "mvt_mps",
    type=click.FloatRange(0.01, 1.0),
    metavar="M/S",
    help="Velocity at the one-rep max.  [default: the exercise's]",
)
@_PLOT
@json_option
@history_option
def strength(
    choice: Choice,
    load_kg: float | None,
    assisted: bool,
    two_point: bool,
    mvt_mps: float | None,
    plot: Path | None,
    as_json: bool,
    history_folder: Path | None,
) -> None:
    """Estimate the one-rep max from velocity; compare the last day.

    Of the four weeks up to the last day, unless --since says otherwise. Only lifts as fast as possible count.
    """
    from imu_tempo.history.feed import reserve_points, velocity_points
    from imu_tempo.live.days_view import print_profiles
    from imu_tempo.live.terminal import make_console
    from imu_tempo.metrics.load_velocity import load_velocity

    with opened(history_folder) as kept:
        points = _recent(velocity_points(kept, choice), choice.since)
        to_failure = reserve_points(kept, choice)
    method: Method = "two-point" if two_point else "regression"
    fits = load_velocity(points, method=method, mvt_mps=mvt_mps)
    if as_json:
        print_json("strength", profiles=fits, points=points, to_failure=to_failure)
    else:
        print_profiles(make_console(), points, fits, mvt_mps=mvt_mps, load_kg=load_kg, assisted=assisted)
        _print_reserve(to_failure)
    if plot is not None:
        from imu_tempo.plots import load_velocity_profile

        _draw(load_velocity_profile(points, method=method, mvt_mps=mvt_mps), plot)


def _print_reserve(to_failure: pd.DataFrame) -> None:
    """Print each athlete's own reps in reserve by velocity, where there are sets to failure."""
    from imu_tempo.metrics.reserve import fit_reserve

    for (athlete, exercise), points in to_failure.groupby(["athlete", "exercise"]):
        try:
            fit = fit_reserve(points)
        except TempoError as error:
            said = str(error)
        else:
            said = (
                f"2 reps are left at {fit.velocity_at(2):.2f} m/s, 4 at {fit.velocity_at(4):.2f} m/s, off by"
                f" {fit.line.see:.1f} reps (standard error of estimate, of {fit.line.n} reps up to"
                f" {fit.last_day})."
            )
        click.echo(f"\n{athlete}  {exercise}  reps in reserve by velocity\n  {said}")


@click.command()
@choice_options
@click.option(
    "--lookback",
    "weeks",
    type=click.FloatRange(2, 9),
    default=9.0,
    show_default=True,
    metavar="WEEKS",
    help="Weeks before that a dose is held against.",
)
@click.option("--today", type=Day(), default="today", hidden=True)
@_PLOT
@json_option
@history_option
def dose(
    choice: Choice,
    weeks: float,
    today: date,
    plot: Path | None,
    as_json: bool,
    history_folder: Path | None,
) -> None:
    """Tell the eccentric dose of each day, and when soreness is likely.

    Of the two weeks up to the last day, unless --since says otherwise. No diagnosis.
    """
    from imu_tempo.history.feed import dose_sets
    from imu_tempo.live.days_view import print_doses
    from imu_tempo.live.terminal import make_console
    from imu_tempo.metrics.dose import DoseRules, eccentric_dose
    from imu_tempo.metrics.soreness import soreness_due

    with opened(history_folder) as kept:
        sets, answers = (
            dose_sets(kept, replace(choice, since=None)),
            kept.soreness(replace(choice, since=None)),
        )
    days = eccentric_dose(sets, answers, rules=DoseRules(lookback_weeks=weeks))
    last = str(days["day"].max()) if len(days) else ""
    since = choice.since or (date.fromisoformat(last) - timedelta(weeks=DOSE_WEEKS) if last else None)
    shown = days[days["day"] >= since.isoformat()] if since else days
    due = soreness_due(days, today, answers)
    if as_json:
        print_json("dose", days=shown, soreness_due=due)
    else:
        print_doses(make_console(), shown, due)
    if plot is not None:
        if days["athlete"].nunique() > 1:
            raise TempoError(
                "The days are of several athletes, and a calendar is drawn for one: say --athlete ID."
            )
        from imu_tempo.plots import dose_calendar

        _draw(dose_calendar(days), plot)


def _recent(points: pd.DataFrame, since: date | None) -> pd.DataFrame:
    """Return the points of each athlete and exercise up to four weeks before their last day."""
    from imu_tempo.metrics.readiness import BASELINE_DAYS

    if since is not None or points.empty:
        return points
    last = points.groupby(["athlete", "exercise"])["day"].transform("max")
    first = [(date.fromisoformat(d) - timedelta(days=BASELINE_DAYS)).isoformat() for d in last]
    return points[points["day"] >= first]


def _draw(ax: Axes, path: Path) -> None:
    from imu_tempo.formats.exports.writing import whole
    from imu_tempo.plots.style import figure_of

    with whole(path) as half:
        figure_of(ax).savefig(half, format="png", dpi=150)
    click.echo(path)


COMMANDS = (strength, dose)
