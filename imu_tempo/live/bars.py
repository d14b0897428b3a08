"""Several bars at once, in one event loop: each has its own recording, and none ends with another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from firmware_bridge.errors import BridgeError, LinkError
from firmware_bridge.link import Backend, FoundSensor, find_each
from imu_tempo.live.session import SessionOutcome, SessionPlan, Watch, hold_session

WatchOf = Callable[[FoundSensor], Watch]


async def record_bars(
    plans: Sequence[SessionPlan],
    *,
    feedback: bool = True,
    watch: WatchOf = lambda sensor: Watch(),
    until: asyncio.Event | None = None,
    backend: Backend | None = None,
) -> list[SessionOutcome | BridgeError]:
    """Find the sensors of some plans, and hold their sessions side by side.

    Parameters
    ----------
    plans
        One a bar; their sensors must be different ones.
    feedback
        False records without the live engine.
    watch
        Called with each sensor that is heard; gives who is told of its session.
    until
        Ends all sessions when set; without it each lasts as long as its link.
    backend
        The radio; None is this computer's Bluetooth.

    Returns
    -------
    list
        For each plan, in order, what its session left behind, or why there is none.

    Raises
    ------
    RadioError
        This computer cannot hear any sensor.
    """
    bars = _once_each(await find_each([_name(plan) for plan in plans], backend=backend))

    async def hold(plan: SessionPlan, sensor: FoundSensor) -> SessionOutcome | BridgeError:
        told = watch(sensor)
        told.found(sensor)
        try:
            return await hold_session(
                replace(plan, sensor=sensor),
                sensor,
                feedback=feedback,
                watch=told,
                until=until,
                backend=backend,
            )
        except BridgeError as error:
            return error

    async with asyncio.TaskGroup() as group:
        sessions = [
            group.create_task(hold(plan, bar)) if isinstance(bar, FoundSensor) else bar
            for plan, bar in zip(plans, bars, strict=True)
        ]
    return [one.result() if isinstance(one, asyncio.Task) else one for one in sessions]


def _name(plan: SessionPlan) -> str | None:
    return plan.sensor.address if isinstance(plan.sensor, FoundSensor) else plan.sensor


def _once_each(found: Sequence[FoundSensor | LinkError]) -> list[FoundSensor | LinkError]:
    """Return what was found, with an error in the place of a sensor that was named twice."""
    seen: set[str] = set()
    once: list[FoundSensor | LinkError] = []
    for one in found:
        if isinstance(one, FoundSensor) and one.address in seen:
            problem = f"{one.label} was named twice; a sensor can be in one session only"
            once.append(LinkError(problem, sensor=one.label))
            continue
        if isinstance(one, FoundSensor):
            seen.add(one.address)
        once.append(one)
    return once
