"""The command that finds what is wrong with a machine."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from imu_tempo.doctor import Finding

FORMAT = "imu-tempo/doctor/1"

WELL = 0
SOMETHING_WRONG = 1
NO_RADIO = 2
"""As the exit status of other commands: 2 is what keeps sensors away, 1 anything else."""

_MARKS = {
    "ok": "[green]ok[/green]",
    "note": "[dim]note[/dim]",
    "warning": "[yellow]warning[/yellow]",
    "failed": "[red]FAILED[/red]",
    "skipped": "[dim]skipped[/dim]",
}


@click.command()
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    default=Path("sessions"),
    show_default=True,
    help="Folder that recordings will go to.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: the findings.")
@click.pass_context
def doctor(ctx: click.Context, out: Path, as_json: bool) -> None:
    """Find what is wrong with this machine, and say what to do.

    Exit status: 0 nothing, 1 something, 2 something that keeps sensors away.
    """
    from imu_tempo.cli.progress import busy
    from imu_tempo.doctor import examine, gather

    logging.getLogger("bleak").setLevel(logging.ERROR)  # what it warns of is among the findings
    with busy("looking at this machine"):
        findings = examine(asyncio.run(gather(out)))
    status = _status(findings)
    if as_json:
        checks = [asdict(finding) for finding in findings]
        click.echo(json.dumps({"format": FORMAT, "healthy": status == WELL, "checks": checks}, indent=2))
    else:
        _show(findings)
    ctx.exit(status)


def _status(findings: Sequence[Finding]) -> int:
    failed = [finding for finding in findings if finding.verdict == "failed"]
    if any(finding.radio for finding in failed):
        return NO_RADIO
    return SOMETHING_WRONG if failed else WELL


def _show(findings: Sequence[Finding]) -> None:
    from rich.markup import escape
    from rich.table import Table

    from imu_tempo.live.terminal import make_console

    console = make_console()
    table = Table.grid(padding=(0, 2))
    for finding in findings:
        said = escape(finding.says)
        if finding.advice:
            said += f"\n[bold]{escape(finding.advice)}[/bold]"
        table.add_row(finding.check, _MARKS[finding.verdict], said)
    console.print(table)
    status = _status(findings)
    console.print()
    if status == WELL:
        console.print("Nothing is wrong: `imu-tempo scan` shows the sensors in the air.")
    elif status == NO_RADIO:
        console.print("Sensors cannot be reached yet. Recordings can be analysed, and `imu-tempo demo` runs.")
    else:
        console.print("Put right what FAILED; the rest works.")


COMMANDS = (doctor,)
