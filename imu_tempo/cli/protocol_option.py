"""The option that holds a session against a protocol, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from imu_tempo.live.lifting import Lifting

if TYPE_CHECKING:
    from rich.console import Console

    from imu_tempo.events import Event
    from imu_tempo.protocols import ProtocolScore
    from imu_tempo.result import AnalysisResult


def protocol_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --protocol, into the command's ``lifting``; goes below what else is known of the lifting."""

    @wraps(command)
    def gathered(*args: Any, lifting: Lifting, protocol: str | None, **others: Any) -> Any:
        if protocol is not None:
            from imu_tempo.protocols import protocol as find

            lifting = lifting.following(find(protocol))
        return command(*args, lifting=lifting, **others)

    return click.option(
        "--protocol",
        metavar="NAME",
        help="Protocol to follow and be scored by; 'imu-tempo protocols' lists them.",
    )(gathered)


def scored(lifting: Lifting, result: AnalysisResult) -> ProtocolScore | None:
    """Return the score of an analysis where a protocol was asked for."""
    if lifting.protocol is None:
        return None
    from imu_tempo.protocols import lifter_of, score_result

    return score_result(lifting.protocol, result, lifter_of(result.context))


def telling(lifting: Lifting, console: Console, show: Callable[[Event], None]) -> Callable[[Event], None]:
    """Return who hears events: ``show``, and where a protocol was asked for each set's score as it ends."""
    if lifting.protocol is None:
        return show
    from rich.text import Text

    from imu_tempo.live.protocol_view import tell_sets
    from imu_tempo.metrics.context import NO_CONTEXT
    from imu_tempo.protocols import lifter_of

    def say(line: str) -> None:
        console.print(Text(line), soft_wrap=True)

    return tell_sets(lifting.protocol, lifter_of(lifting.context or NO_CONTEXT), say, show)


def print_scored(lifting: Lifting, result: AnalysisResult) -> None:
    """Print the score of an analysis where a protocol was asked for."""
    score = scored(lifting, result)
    if score is not None:
        from imu_tempo.live.protocol_view import print_score
        from imu_tempo.live.terminal import make_console

        print_score(make_console(), score)
