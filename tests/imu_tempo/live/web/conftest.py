"""One served page for the tests that only ask; its bars lift fast."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from serving import Served, served

from imu_tempo.live.web import WebPlan, radio

SPEED = 12.0
VIRTUAL_HOURS = 0.2


@pytest.fixture(scope="package")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a gym in which nothing is connected yet."""
    usual, radio.VIRTUAL_HOURS = radio.VIRTUAL_HOURS, VIRTUAL_HOURS
    out = tmp_path_factory.mktemp("gym")
    try:
        with served(
            WebPlan(
                out=out / "sessions",
                history=out / "history",
                virtual=True,
                speed=SPEED,
                port=0,
                keep=_keep(out),
            )
        ) as found:
            yield found
    finally:
        radio.VIRTUAL_HOURS = usual


def _keep(out):  # type: ignore[no-untyped-def]
    from imu_tempo.cli.keeping import Keeping

    return Keeping(True, out / "history").keep
