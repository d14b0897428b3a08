"""The command that says of a recording's reps, afterwards, what a person knows better."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from imu_tempo.cli.keeping import Keeping, keeping_options, refresh
from imu_tempo.cli.reading import reading_options
from imu_tempo.errors import TempoError
from imu_tempo.live.lifting import Lifting

if TYPE_CHECKING:
    from imu_tempo.formats.readers import ReadOptions
    from imu_tempo.relabel import Edit, Edits, Entry
    from imu_tempo.result import AnalysisResult
    from imu_tempo.schema import RepRow


@dataclass(slots=True)
class _Desk:
    """A recording with its edits, and the analysis that they are put onto."""

    recording: Path
    who: str | None
    log: Edits
    reading: ReadOptions | None
    keeping: Keeping
    _bare: dict[str, AnalysisResult] = field(default_factory=dict)

    def bare(self) -> AnalysisResult:
        """Return the analysis without edits, of the exercises that they say."""
        from imu_tempo.offline import before_edits

        key = repr([self.log.exercise, self.log.labels.get("athlete"), *self.log.exercise_stretches])
        if key not in self._bare:
            from imu_tempo.formats import load

            source = load(self.recording, options=self.reading)
            lifting = Lifting().with_labels(self.log.labels).completed(source)
            lifting = self.keeping.recalled(lifting, source, self.log)
            self._bare[key] = before_edits(source, self.log, **lifting.arguments())
        return self._bare[key]

    def edited(self) -> AnalysisResult:
        """Return the analysis with its edits."""
        return self.log.apply(self.bare())

    def rep(self, name: str) -> RepRow:
        """Return the rep that a number such as 3 or 2.3 names."""
        from imu_tempo.schema import RepRow, rows

        return _named(rows(self.edited().reps, RepRow), name)

    def stretch(self, number: int) -> tuple[float, float]:
        """Return from when to when a set lasts, by its number."""
        from imu_tempo.schema import SetRow, rows

        found = rows(self.edited().sets, SetRow)
        if not 1 <= number <= len(found):
            raise TempoError(f"There is no set {number}: the recording has {len(found)}.")
        row = found[number - 1]
        return row.start_s, row.end_s

    def put(self, edit: Edit) -> None:
        """Write an edit, and show what it changed."""
        before = self.edited()
        entry = self.log.append(edit, on=self.bare(), who=self.who)
        self.show(before, f"{_upper(str(entry.edit))} (edit {entry.no}).")

    def show(self, before: AnalysisResult, said: str) -> None:
        """Show what is other than before."""
        from imu_tempo.live.relabelled import print_change
        from imu_tempo.live.terminal import make_console

        print_change(make_console(), before, self.edited(), said)
        if self.keeping.wanted:
            refresh(self.recording, self.keeping.folder)


def _named(reps: list[RepRow], name: str) -> RepRow:
    """Return the rep called ``3`` (of the only set) or ``2.3``."""
    parts = name.split(".")
    if len(parts) > 2 or not all(part.isdigit() for part in parts):
        raise TempoError(f"{name!r} names no rep: say 3, or 2.3 for rep 3 of set 2.")
    sets = sorted({rep.set_no for rep in reps})
    if len(parts) == 1 and len(sets) > 1:
        raise TempoError(f"The recording has {len(sets)} sets: say which, such as {sets[0]}.{name}.")
    set_no = int(parts[0]) if len(parts) == 2 else (sets or [1])[0]
    own = {rep.rep_no: rep for rep in reps if rep.set_no == set_no}
    number = int(parts[-1])
    if number not in own:
        there = f"set {set_no} has {len(own)}" if own else "there is no such set" if reps else "it has none"
        raise TempoError(f"There is no rep {name} in the recording: {there}.")
    return own[number]


_REP = click.argument("rep", metavar="REP")
_desk = click.make_pass_decorator(_Desk)


@click.group(invoke_without_command=True)
@click.argument("recording", type=click.Path(path_type=Path))
@click.option("--who", metavar="NAME", help="Who says so.  [default: the user of this machine]")
@reading_options
@keeping_options
@click.pass_context
def relabel(
    ctx: click.Context, recording: Path, who: str | None, reading: ReadOptions | None, keeping: Keeping
) -> None:
    """Say what the analysis got wrong: confirm, delete, add, split, merge or mark reps; undo.

    REP is a rep's number, or 2.3 for rep 3 of set 2. Alone it lists the reps. The recording itself is never
    touched: what is said is kept beside it, and put onto every later analysis.
    """
    from imu_tempo.relabel import Edits

    if not recording.exists():
        raise TempoError(f"{recording} does not exist: check the path.")
    ctx.obj = _Desk(recording, who, Edits.load(recording), reading, keeping)
    if ctx.invoked_subcommand is None:
        from imu_tempo.live.tables import print_analysis
        from imu_tempo.live.terminal import make_console

        print_analysis(make_console(), ctx.obj.edited())


@relabel.command()
@_REP
@_desk
def confirm(desk: _Desk, rep: str) -> None:
    """Say that REP is one, as measured."""
    from imu_tempo import relabel as edits

    desk.put(edits.confirm(desk.rep(rep)))


@relabel.command()
@_REP
@_desk
def delete(desk: _Desk, rep: str) -> None:
    """Say that REP is none."""
    from imu_tempo import relabel as edits

    desk.put(edits.delete(desk.rep(rep)))


@relabel.command()
@click.option(
    "--from",
    "start_s",
    type=float,
    required=True,
    metavar="S",
    help="Second of the recording before the lift.",
)
@click.option(
    "--to", "end_s", type=float, required=True, metavar="S", help="Second of the recording after the lift."
)
@_desk
def add(desk: _Desk, start_s: float, end_s: float) -> None:
    """Say that there is a rep between two times, such as a movement that was rejected."""
    from imu_tempo import relabel as edits

    desk.put(edits.add(start_s, end_s))


@relabel.command()
@_REP
@click.option(
    "--at", "at_s", type=float, required=True, metavar="S", help="Second of the recording that parts the two."
)
@_desk
def split(desk: _Desk, rep: str, at_s: float) -> None:
    """Say that REP is two; each is measured anew."""
    from imu_tempo import relabel as edits

    desk.put(edits.split(desk.rep(rep), at_s))


@relabel.command()
@click.argument("reps", nargs=-1, required=True, metavar="REP REP...")
@_desk
def merge(desk: _Desk, reps: tuple[str, ...]) -> None:
    """Say that neighbouring reps are one; it is measured anew."""
    from imu_tempo import relabel as edits

    desk.put(edits.merge([desk.rep(rep) for rep in reps]))


@relabel.command()
@_REP
@click.option("--off", is_flag=True, help="Nobody helped.")
@_desk
def assisted(desk: _Desk, rep: str, off: bool) -> None:
    """Say that somebody helped to lift REP: its lifting is not scored, nor counted as velocity loss."""
    from imu_tempo import relabel as edits

    desk.put((edits.unassisted if off else edits.assisted)(desk.rep(rep)))


@relabel.command()
@_REP
@click.option("--off", is_flag=True, help="It was a full one.")
@_desk
def partial(desk: _Desk, rep: str, off: bool) -> None:
    """Say that REP was a partial: its velocity is not compared with that of full reps."""
    from imu_tempo import relabel as edits

    desk.put((edits.full if off else edits.partial)(desk.rep(rep)))


@relabel.command()
@_REP
@click.option("--off", is_flag=True, help="More was possible.")
@_desk
def failure(desk: _Desk, rep: str, off: bool) -> None:
    """Say that no further rep was possible after REP: the set went to failure.

    Sets to failure are what reps in reserve are read from ('--stop-reserve' of analyze and live).
    """
    from imu_tempo import relabel as edits

    desk.put((edits.not_to_failure if off else edits.to_failure)(desk.rep(rep)))


@relabel.command("set")
@click.option("--athlete", metavar="ID", help="Athlete's id.")
@click.option("--tempo", metavar="E-B-C-T", help="Prescribed tempo, such as 3-1-X-1.")
@click.option("--load", "load_kg", type=click.FloatRange(min=0), metavar="KG", help="Load in kg.")
@click.option("-e", "--exercise", metavar="NAME", help="Exercise; 'imu-tempo exercises' lists them.")
@click.option(
    "--of", "set_no", type=int, metavar="N", help="Number of the set that it holds for.  [default: of all]"
)
@_desk
def label_set(desk: _Desk, /, set_no: int | None, **said: Any) -> None:
    """Say what was lifted, how heavy, at what tempo and by whom; another exercise is analysed anew."""
    from imu_tempo import relabel as edits

    start_s, end_s = (None, None) if set_no is None else desk.stretch(set_no)
    desk.put(edits.label(**said, start_s=start_s, end_s=end_s))


@relabel.command()
@_desk
def undo(desk: _Desk) -> None:
    """Take the last edit back."""
    before = desk.edited()
    entry = desk.log.undo(who=desk.who)
    desk.show(before, f"Undone: {entry.edit} (edit {entry.no}).")


@relabel.command()
@_desk
def redo(desk: _Desk) -> None:
    """Bring back what was undone last."""
    before = desk.edited()
    entry = desk.log.redo(who=desk.who)
    desk.show(before, f"Back: {entry.edit} (edit {entry.no}).")


@relabel.command()
@_desk
def log(desk: _Desk) -> None:
    """List all that was ever said, what was undone, and what finds no rep any more."""
    if not desk.log.entries:
        click.echo("Nothing was said of this recording yet.")
    holding = {entry.no for entry in desk.log.active}
    missed = {miss.no: miss.reason for miss in desk.log.outcome(desk.bare()).missed} if holding else {}
    for entry in desk.log.entries:
        click.echo(_line(entry, holding=entry.no in holding, missed=missed.get(entry.no)))
    if desk.log.damaged:
        click.echo(f"{desk.log.damaged} lines cannot be read and are skipped: {desk.log.path}")


def _line(entry: Entry, *, holding: bool, missed: str | None) -> str:
    state = "" if entry.edit is None else f"not put on: {missed}" if missed else "" if holding else "undone"
    parts = [f"{entry.no:>3}", entry.time, f"{entry.who:<10}", str(entry), f"({state})" if state else ""]
    return "  ".join(parts).rstrip()


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


COMMANDS = (relabel,)
