"""The command itself: its groups of subcommands, and what a failure looks like."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

import click

from firmware_bridge.errors import BridgeError, RecordingError
from firmware_bridge.untrusted import one_line
from imu_tempo import __version__
from imu_tempo.cli import (
    across_days,
    agreement,
    analysis,
    batch,
    calibrate,
    doctor,
    entering,
    export,
    facts,
    files,
    history,
    import_,
    protocols,
    relabel,
    scan,
    season,
    session,
)
from imu_tempo.cli.told import Sectioned, tell
from imu_tempo.errors import TempoError

DONE = 0
USER_MISTAKE = 1
SENSOR_FAILURE = 2
# The shell's convention for a process ended by a signal: 128 + its number.
INTERRUPTED = 130
PIPE_CLOSED = 141
_SHOWN = 60  # characters


@click.group(
    cls=Sectioned, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="imu-tempo")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Rep tempo, eccentric time under tension and fatigue from a bar-mounted IMU.

    Start with 'imu-tempo demo': a whole session with no hardware.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


for _group in (
    session,
    analysis,
    batch,
    history,
    across_days,
    entering,
    export,
    calibrate,
    files,
    import_,
    season,
    facts,
    protocols,
    relabel,
    doctor,
    scan,
    agreement,
):
    for _command in _group.COMMANDS:
        tell(_command)
        cli.add_command(_command)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 0 done, 1 a user's mistake, 2 a sensor or link failure.

    A failure is one line on stderr, never a traceback.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a pipe in an old encoding has no bars and boxes
    try:
        status = cli.main(args=argv, prog_name="imu-tempo", standalone_mode=False)
        sys.stdout.flush()
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "imu-tempo"
        return _fail(f"{error.format_message()} See '{where} --help'.", USER_MISTAKE)
    except click.ClickException as error:
        return _fail(error.format_message(), USER_MISTAKE)
    except (TempoError, RecordingError) as error:
        return _fail(str(error), USER_MISTAKE)
    except BridgeError as error:
        return _fail(str(error), SENSOR_FAILURE)
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        return _pipe_closed()
    except OSError as error:  # of a place where nobody thought of it: still a disk's or a name's fault
        where = f"{error.filename}: " if error.filename else ""
        return _fail(f"{where}{(error.strerror or str(error)).lower()}.", USER_MISTAKE)
    except UnicodeEncodeError as error:  # bytes on the command line that are no text come as half characters
        return _fail(f"{error.object[:_SHOWN]!r} is no text: write it in UTF-8.", USER_MISTAKE)
    except MemoryError:
        return _fail("There is not enough memory for this: give less at a time.", USER_MISTAKE)
    except SystemExit as end:  # click ends so when a pipe closes while a command writes, and after completion
        return _pipe_closed() if end.code == 1 else DONE
    return status if isinstance(status, int) else DONE


def _pipe_closed() -> int:
    """Our reader has left: send the rest nowhere, or Python complains when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)
    return PIPE_CLOSED


def _fail(message: str, status: int) -> int:
    click.echo(f"imu-tempo: {one_line(message)}", err=True)
    return status
