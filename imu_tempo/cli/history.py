"""Commands about past sessions: history, trend, reindex, forget."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from imu_tempo.cli.choosing import (
    choice_options,
    json_option,
    opened,
    print_json,
    recordings,
    tell_trouble,
)
from imu_tempo.cli.keeping import history_option, tell
from imu_tempo.cli.progress import stepping
from imu_tempo.errors import TempoError

if TYPE_CHECKING:
    from imu_tempo.history import Choice, History
    from imu_tempo.history.forgetting import What


@click.command()
@choice_options
@json_option
@history_option
def history(choice: Choice, as_json: bool, history_folder: Path | None) -> None:
    """List past sessions: days and their sets."""
    from imu_tempo.history.names import read_names
    from imu_tempo.live.past import print_history
    from imu_tempo.live.terminal import make_console

    with opened(history_folder) as kept:
        sets, names = kept.sets(choice), read_names(kept.folder)
        hidden = 0 if choice.simulated or len(sets) else _simulated(kept, choice)
    if as_json:
        print_json("history", sets=sets)
        return
    print_history(make_console(), sets, names)
    if hidden:
        tell([f"{recordings(hidden)} of simulated bars not shown: --simulated shows them."])


@click.command()
@choice_options
@click.option(
    "--load", "load_kg", type=click.FloatRange(min=0), metavar="KG", help="Load in kg whose velocity is told."
)
@click.option(
    "--plot", type=click.Path(path_type=Path, dir_okay=False), metavar="PNG", help="Draw it as well."
)
@json_option
@history_option
def trend(
    choice: Choice, load_kg: float | None, plot: Path | None, as_json: bool, history_folder: Path | None
) -> None:
    """Compare weeks: velocity at a load, one-rep max, eccentric TUT, ROM, tempo kept."""
    from imu_tempo.history.trend import trend_of
    from imu_tempo.live.past import print_trend
    from imu_tempo.live.terminal import make_console

    with opened(history_folder) as kept:
        weeks = trend_of(kept, choice, load_kg=load_kg)
        hidden = 0 if choice.simulated or len(weeks) else _simulated(kept, choice)
    if as_json:
        print_json("trend", weeks=weeks)
    else:
        print_trend(make_console(), weeks)
    if hidden and not as_json:
        tell([f"{recordings(hidden)} of simulated bars not shown: --simulated shows them."])
    if plot is not None:
        from imu_tempo.formats.exports.writing import whole
        from imu_tempo.plots import trend_figure

        with whole(plot) as half:
            trend_figure(weeks).savefig(half, format="png", dpi=150)
        click.echo(plot, err=as_json)


@click.command()
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path), metavar="[DIR]...")
@click.option("--unchanged", "everything", is_flag=True, help="Analyse what has not changed as well.")
@click.option("--prune", is_flag=True, help="Drop recordings that are not where they were.")
@history_option
def reindex(folders: tuple[Path, ...], everything: bool, prune: bool, history_folder: Path | None) -> int:
    """Read recordings into the history again, wherever something has changed.

    DIR is a recording, or a folder with recordings in it; without any, all that the history knows are read.
    """
    from imu_tempo.bookkeeping import reindex as read_again
    from imu_tempo.history import History

    with History(history_folder) as kept:
        tell(kept.notices)
        with stepping("reading recordings") as step:
            done = read_again(kept, folders or None, everything=everything, on_recording=step)
        if prune and done.gone:
            gone = {str(folder) for folder in done.gone}
            kept.drop(entry.recording for entry in kept.recordings().values() if entry.folder in gone)
    parts = [f"{len(done.put)} read", f"{len(done.unchanged)} unchanged"]
    parts += [f"{len(done.left_out)} left out: their athlete was forgotten"] if done.left_out else []
    parts += [f"{len(done.gone)} dropped"] if prune and done.gone else []
    click.echo(", ".join(parts))
    tell_trouble(done, gone=not prune)
    return 1 if done.failed else 0


@click.command()
@click.argument("athlete")
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path), metavar="[DIR]...")
@click.option(
    "--recordings",
    "what",
    type=click.Choice(["keep", "anonymise", "delete"]),
    default="keep",
    show_default=True,
    help="What becomes of the recordings on the disk.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@history_option
def forget(
    athlete: str, folders: tuple[Path, ...], what: What, yes: bool, history_folder: Path | None
) -> None:
    """Remove ATHLETE from the history, and from the recordings where asked.

    DIR is a folder to look through for recordings of ATHLETE that the history does not know.
    """
    from imu_tempo.history import History
    from imu_tempo.history.forgetting import forget_athlete, plan_forgetting

    with History(history_folder) as kept:
        tell(kept.notices)
        plan = plan_forgetting(kept, athlete, folders)
        if plan.nothing:
            raise TempoError(f"The history at {kept.folder} holds nothing of {athlete!r}.")
        for line in plan.lines(what):
            click.echo(line)
        if not yes:
            click.confirm(f"Forget {athlete}?", abort=True)
        left = forget_athlete(kept, plan, what)
    click.echo(f"{athlete} is forgotten.")
    if left:
        tell([f"{path} still mentions {athlete!r}: look into it." for path in left])


def _simulated(kept: History, choice: Choice) -> int:
    from dataclasses import replace

    return len(kept.sessions(replace(choice, simulated=True)))


COMMANDS = (history, trend, reindex, forget)
