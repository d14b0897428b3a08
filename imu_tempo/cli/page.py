"""The options of ``live`` that serve the coach's page, and the serving."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from imu_tempo.cli.holding import ATHLETE_AFTER, Holding, step
from imu_tempo.errors import TempoError

if TYPE_CHECKING:
    from rich.console import Console

    from imu_tempo.live.web.access import Access
    from imu_tempo.live.web.plan import WebPlan


@dataclass(frozen=True, slots=True)
class Page:
    """Whether and how the page is served."""

    web: bool
    virtual: bool
    lan: bool
    new_link: bool
    port: int | None

    def check(self) -> None:
        """Refuse what only makes sense with the page, where it was not asked for.

        Raises
        ------
        TempoError
            Such an option was given without ``--web``.
        """
        given = [("--virtual", self.virtual), ("--lan", self.lan), ("--port", self.port is not None)]
        for name, said in given:
            if said and not self.web:
                hint = " 'imu-tempo demo' shows a virtual bar on the terminal." if self.virtual else ""
                raise TempoError(f"{name} is for the page in a browser: add --web.{hint}")
        if self.new_link and not self.lan:
            raise TempoError("--new-link is for the page on a network: add --web --lan.")


def page_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --web, --text, --lan, --new-link, --port and --virtual; the command takes them as one ``page``."""

    @wraps(command)
    def gathered(*args: Any, **others: Any) -> Any:
        page = Page(**{field.name: others.pop(field.name) for field in fields(Page)})
        page.check()
        return command(*args, page=page, **others)

    for option in reversed(_OPTIONS):
        gathered = option(gathered)
    return gathered


_OPTIONS = (
    click.option(
        "--web/--text",
        default=False,
        help="Serve the coach's page for a browser, or tell reps on this terminal.  [default: --text]",
    ),
    click.option(
        "--lan", is_flag=True, help="With --web: for other devices on the network, by a link with a token."
    ),
    click.option(
        "--new-link",
        is_flag=True,
        help="With --lan: a new link, and everybody who had the day's earlier one is shut out.",
    ),
    click.option(
        "--port",
        type=click.IntRange(0, 65535),
        metavar="PORT",
        help="With --web: where to listen; 0 takes any free port.  [default: 8421]",
    ),
    click.option("--virtual", is_flag=True, help="With --web: two bars that are not there lift, for ever."),
)


def serve_page(page: Page, holding: Holding) -> None:
    """Serve the page until Ctrl-C, and say where it is."""
    from imu_tempo.live.terminal import make_console
    from imu_tempo.live.web import serve

    logging.getLogger("bleak").setLevel(logging.ERROR)  # what it warns of is told on the page
    console = make_console()

    async def serving() -> None:
        until, loop = asyncio.Event(), asyncio.get_running_loop()
        with suppress(NotImplementedError):  # Windows: Ctrl-C cancels, and recordings are still sealed
            for kind in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(kind, until.set)
        if holding.seconds is not None:
            loop.call_later(holding.seconds, until.set)
        if page.virtual:
            step(console, "gym", "making two virtual bars; this takes a few seconds")
        await serve(
            _plan(page, holding), until=until, on_ready=lambda room, access, url: _tell(console, access, url)
        )

    asyncio.run(serving())
    step(console, "closed", f"recordings are in {holding.out}")


def _plan(page: Page, holding: Holding) -> WebPlan:
    from firmware_bridge.sensors import StreamSettings
    from imu_tempo.live.web.plan import DEFAULT_PORT, NO_KEEPING, WebPlan

    wished = (wish.partition(ATHLETE_AFTER) for wish in holding.sensors)
    return WebPlan(
        out=holding.out,
        history=holding.keeping.folder,
        lifting=holding.lifting,
        sensors=tuple((sensor, athlete) for sensor, _, athlete in wished),
        settings=StreamSettings(rate_hz=holding.rate_hz),
        virtual=page.virtual,
        lan=page.lan,
        new_link=page.new_link,
        port=DEFAULT_PORT if page.port is None else page.port,
        recall=holding.keeping.wanted,
        keep=holding.keeping.keep if holding.keeping.wanted else NO_KEEPING,
    )


def _tell(console: Console, access: Access, url: str) -> None:
    step(console, "open", url)
    if access.token:
        from imu_tempo.live.web.access import qr_text

        console.print("Scan this with the tablet; whoever has it can see and steer the session today.")
        console.out(qr_text(url), highlight=False)
    step(console, "ready", "connect sensors on the page; Ctrl-C ends it, closing the browser does not")
