"""What recordings leave in the history and take from it: the options of the commands that analyse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from firmware_bridge.errors import RecordingError
from imu_tempo.errors import TempoError

if TYPE_CHECKING:
    from imu_tempo.formats import Source
    from imu_tempo.live.lifting import Lifting
    from imu_tempo.relabel import Edits
    from imu_tempo.result import AnalysisResult

history_option = click.option(
    "--history",
    "history_folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Folder of the history.  [default: in the user's data folder, or in IMU_TEMPO_HOME]",
)


@dataclass(frozen=True, slots=True)
class Keeping:
    """Whether the history is used, and which: what is known of the lifter comes from it, results go there."""

    wanted: bool
    folder: Path | None

    def recalled(self, lifting: Lifting, source: Source, edits: Edits) -> Lifting:
        """Return what was said of a recording with what the history knows of its lifter.

        Raises
        ------
        TempoError
            A stop at reps in reserve was asked for, and the athlete's own line cannot be had.
        """
        from imu_tempo.live.recall import recalled_for

        return recalled_for(lifting, source, edits, self.folder, wanted=self.wanted)

    def recalled_today(self, lifting: Lifting) -> Lifting:
        """Return what was said of a session to come with what the history knows; raises as the other."""
        from imu_tempo.live.recall import recalled_today

        return recalled_today(lifting, self.folder, wanted=self.wanted)

    def keep(
        self, recording: Path, lifting: Lifting, result: AnalysisResult, *, check_units: bool = True
    ) -> None:
        """Put a recording's results into the history; what is in the way is said and stops nothing.

        Files other than recording folders are not kept: nothing could make their numbers again.
        """
        if not self.wanted or not (recording / "manifest.json").exists():
            return
        from imu_tempo.bookkeeping import remember
        from imu_tempo.history import History

        try:
            with History(self.folder) as history:
                kept = remember(history, recording, lifting, result, check_units=check_units)
                told = list(history.notices)
        except (TempoError, RecordingError) as error:
            told, kept = [f"not kept in the history: {error}"], True
        if not kept:
            told.append(f"{recording} stays out of the history: its athlete was forgotten.")
        tell(told)


def keeping_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --history and --no-history; the command takes them as one ``keeping``, also where it only reads."""

    @wraps(command)
    def gathered(*args: Any, history_folder: Path | None, no_history: bool, **others: Any) -> Any:
        return command(*args, keeping=Keeping(not no_history, history_folder), **others)

    return history_option(
        click.option("--no-history", is_flag=True, help="Neither take from the history nor put into it.")(
            gathered
        )
    )


def tell(notices: list[str]) -> None:
    """Say what a user should know, a line each, on stderr."""
    for notice in notices:
        click.echo(f"imu-tempo: {' '.join(notice.split())}", err=True)


def refresh(recording: Path, folder: Path | None = None) -> None:
    """Read a recording again whose edits have changed, if the history knows it."""
    if not recording.is_dir():
        return
    from imu_tempo.bookkeeping import reindex
    from imu_tempo.history import History, recording_facts

    try:
        with History(folder) as history:
            told = list(history.notices)
            if recording_facts(recording).id in history.recordings():
                told += [reason for _, reason in reindex(history, [recording]).failed]
    except (TempoError, RecordingError) as error:
        told = [f"not kept in the history: {error}"]
    tell(told)
