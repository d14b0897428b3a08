"""Serving the page from the event loop that holds the radio."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from imu_tempo.errors import TempoError
from imu_tempo.live.web.access import LOCAL, Access, lan_access, token_of_today
from imu_tempo.live.web.plan import WebPlan

if TYPE_CHECKING:
    import uvicorn

    from imu_tempo.live.web.room import Room
    from imu_tempo.live.web.security import App

EVERYWHERE = "0.0.0.0"
GOODBYE_S = 3
"""How long open requests may take to end when the server stops."""

OnReady = Callable[["Room", Access, str], None]


async def serve(
    plan: WebPlan,
    *,
    until: asyncio.Event,
    on_ready: OnReady = lambda room, access, url: None,
) -> None:
    """Serve the page until told to stop; recordings are then sealed.

    Parameters
    ----------
    plan
        What to serve.
    until
        Ends it when set.
    on_ready
        Told the address, once the page can be opened.

    Raises
    ------
    TempoError
        The port is taken, or a package is missing.
    """
    try:
        import segno  # noqa: F401 - asked for now, not when somebody wants the QR code
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise TempoError(
            f"the coach's page is not installed ({error}): run pip install 'imu-tempo[live]'."
        ) from error
    from imu_tempo.live.web.app import make_app
    from imu_tempo.live.web.room import Room

    with _listening(EVERYWHERE if plan.lan else LOCAL, plan.port) as listener:
        port = int(listener.getsockname()[1])
        access, name = (
            lan_access(port, token_of_today(new=plan.new_link)) if plan.lan else (Access(port), LOCAL)
        )
        url = access.url(name)
        async with Room.opened(plan) as room:
            server = _server_class()(configured(make_app(room, access, url)))
            stopping = asyncio.create_task(_stop(server, room, until))
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            try:
                while not server.started and not serving.done():
                    await asyncio.sleep(0.01)
                if server.started:
                    on_ready(room, access, url)
                await serving
            finally:
                until.set()
                await stopping


def configured(app: App) -> uvicorn.Config:
    """Return how the page is served: nothing is logged of who asks for what, the token least of all."""
    import uvicorn

    from imu_tempo.live.web.connections import ACCEPTED_AT_ONCE, Connection
    from imu_tempo.live.web.security import HEADER_BYTES

    # Whoever sends nonsense must not fill the coach's terminal; an error of ours still shows.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    logging.getLogger("uvicorn.access").setLevel(logging.CRITICAL)
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=GOODBYE_S,
        h11_max_incomplete_event_size=HEADER_BYTES,
        http=Connection,
        backlog=ACCEPTED_AT_ONCE,
        ws="none",
        proxy_headers=False,
    )


async def _stop(server: object, room: Room, until: asyncio.Event) -> None:
    await until.wait()
    room.hub.close()
    server.should_exit = True  # type: ignore[attr-defined]


@contextmanager
def _listening(address: str, port: int) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address, port))
        except OSError as error:
            raise TempoError(
                f"Port {port} cannot be opened ({(error.strerror or str(error)).lower()}): another imu-tempo"
                " may be running; choose another with --port."
            ) from error
        yield listener


def _server_class() -> type:
    import uvicorn

    class Server(uvicorn.Server):
        """A server that leaves signals to its owner."""

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    return Server
