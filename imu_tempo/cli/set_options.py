"""Options for what is known of a set besides its motion: one-rep maximum, body mass, when to stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

import click

from imu_tempo.live.lifting import Lifting

_NAMES = (
    "one_rm_kg",
    "body_mass_kg",
    "body_ratio",
    "assisted",
    "stop_loss",
    "stop_tempo",
    "stop_ecc",
    "stop_reserve",
)


def set_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --1rm, --body-mass, --assisted and the stop rules, into the command's ``lifting``."""

    @wraps(command)
    def gathered(*args: Any, lifting: Lifting, **others: Any) -> Any:
        given = {name: others.pop(name) for name in _NAMES}
        if any(map(_said, given.values())):
            lifting = _with_context(lifting, **given)
        return command(*args, lifting=lifting, **others)

    for option in reversed(_OPTIONS):
        gathered = option(gathered)
    return gathered


def _said(value: object) -> bool:
    """Say whether an option was given; 0 is a value, and refused or used as one."""
    return value is not None and value is not False


def _with_context(
    lifting: Lifting,
    *,
    stop_loss: float | None,
    stop_tempo: int | None,
    stop_ecc: int | None,
    stop_reserve: float | None,
    **facts: Any,
) -> Lifting:
    from imu_tempo.metrics.context import NO_CONTEXT
    from imu_tempo.metrics.stop import StopRule

    before = lifting.context or NO_CONTEXT
    known = {name: value for name, value in facts.items() if _said(value)}
    rule = before.stop or StopRule()
    stop = replace(
        rule,
        velocity_loss_pct=rule.velocity_loss_pct if stop_loss is None else stop_loss,
        tempo_misses=rule.tempo_misses if stop_tempo is None else stop_tempo,
        ecc_failures=rule.ecc_failures if stop_ecc is None else stop_ecc,
        reps_in_reserve=rule.reps_in_reserve if stop_reserve is None else stop_reserve,
    )
    return replace(lifting, context=replace(before, **known, stop=None if stop == StopRule() else stop))


_OPTIONS = (
    click.option(
        "--1rm",
        "one_rm_kg",
        type=float,
        metavar="KG",
        help="Concentric one-rep maximum: the load is told in percent of it."
        "  [default: the athlete's in the history]",
    ),
    click.option(
        "--body-mass",
        "body_mass_kg",
        type=float,
        metavar="KG",
        help="The lifter's mass; with --body-ratio a part of it counts as lifted."
        "  [default: the athlete's in the history]",
    ),
    click.option(
        "--body-ratio",
        type=float,
        metavar="PART",
        help="Part of the body mass that moves with the bar, 0 to 1.  [default: the bar alone]",
    ),
    click.option("--assisted", is_flag=True, help="Someone helps with every lifting: it is not scored."),
    click.option(
        "--stop-loss",
        type=float,
        metavar="PCT",
        help="Say stop at this velocity loss, for lifting all out.",
    ),
    click.option(
        "--stop-tempo", type=int, metavar="REPS", help="Say stop after so many reps in a row off the tempo."
    ),
    click.option(
        "--stop-ecc",
        type=int,
        metavar="REPS",
        help="Say stop after so many lowerings in a row that were not held (eccentric failure).",
    ),
    click.option(
        "--stop-reserve",
        type=float,
        metavar="REPS",
        help="Say stop when velocity leaves so many reps in reserve, by the athlete's own sets to failure in"
        " the history.",
    ),
)
