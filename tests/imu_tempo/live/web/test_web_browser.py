"""The page in a real browser: pair, lift, stop, fix, summary, reload, lost connection.

Screenshots of each step are left in the folder that ``IMU_TEMPO_SCREENSHOTS`` names, where it is set.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from serving import SQUAT_BAR, served

from imu_tempo.cli.keeping import Keeping
from imu_tempo.live.web import WebPlan, radio
from tests.system_parts import needs

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [needs("chromium"), pytest.mark.timeout(240)]

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=user-gesture-required",
)
SPEED = 5.0
LEAST_TARGET_PX = 48
SIZES = {
    "tablet": (1280, 800),
    "upright": (800, 1280),
    "phone": (390, 844),
    "sideways": (844, 390),
    "tv": (1920, 1080),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        yield chromium
        chromium.close()


class Screen:
    """A page of the browser that fails the test on any error of its own."""

    def __init__(self, browser: Browser, url: str, size: str = "tablet", *, dark: bool = True) -> None:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
        )
        self.page: Page = context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._console)
        self.page.goto(url)
        self.page.wait_for_selector(".card")

    def _console(self, message: Any) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.errors.append(message.text)

    def ask(self, expression: str) -> Any:
        return self.page.evaluate(f"() => ({expression})")

    def until(self, expression: str, timeout_s: float = 60.0) -> None:
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            if self.ask(expression):
                return
            self.page.wait_for_timeout(30)
        raise AssertionError(
            f"not within {timeout_s} s: {expression}; the page says {self.ask('document.body.innerText')}"
        )

    def picture(self, name: str) -> None:
        if folder := os.environ.get("IMU_TEMPO_SCREENSHOTS"):
            self.page.screenshot(path=str(Path(folder) / f"{name}.png"))

    def close(self) -> None:
        self.page.context.close()


def test_the_whole_flow_of_a_session(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(radio, "VIRTUAL_HOURS", 0.2)
    plan = WebPlan(
        out=tmp_path / "s",
        history=tmp_path / "h",
        virtual=True,
        speed=SPEED,
        port=0,
        keep=Keeping(True, tmp_path / "h").keep,
    )
    with served(plan) as server:
        screen = Screen(browser, server.url)
        port = server.access.port
        pair(screen)
        set_up(screen)
        lift_and_stop(screen)
        fix_and_undo(screen)
        watch_from_elsewhere(browser, server.url)
        read_the_summary(screen)
        lose_and_regain_the_sensor(screen, server)
        reload(screen)
        before = screen.ask("imuTempo.state.day.sets.length")
    lose_the_server(screen)
    with served(replace(plan, port=port)):
        screen.until(
            f"!document.body.hasAttribute('data-offline') && imuTempo.state.day.sets.length >= {before}"
        )
        screen.until("imuTempo.state['1.link'].state === 'streaming'")
        assert screen.page.locator(".velocity").inner_text()
    assert screen.errors == []
    screen.close()


def pair(screen: Screen) -> None:
    """Scan, let one blink, choose it, and see the link's lights come on."""
    screen.picture("no-sensor")
    screen.page.get_by_role("button", name="Connect a sensor").click()
    screen.page.get_by_role("button", name="Let Bar A12 blink").click(timeout=30_000)
    screen.page.get_by_text("Bar A12 blinks now.").wait_for()
    screen.page.get_by_role("button", name="Bar A12 Open").click()
    screen.until("imuTempo.state['1.link'].state === 'streaming'")
    screen.page.locator('[data-light="link"][data-level="ok"]').wait_for()
    screen.page.get_by_role("button", name="battery: 87 %").wait_for()


def set_up(screen: Screen) -> None:
    """Choose what is lifted, in pounds and back."""
    screen.page.locator(".setup-button").click()
    screen.page.get_by_label("Athlete").fill("A12")
    screen.page.locator("#tempo").fill("3-1-X-1")
    screen.page.locator("#stop-loss").select_option("15")
    load = screen.page.locator("#load")
    load.fill("225")
    screen.page.get_by_role("button", name="Unit of the load").click()
    assert load.input_value() == "496", "225 kg are 496 lb"
    screen.page.get_by_role("button", name="Unit of the load").click()
    load.fill("97.5")
    screen.page.get_by_role("button", name="Heavier").click()
    assert load.input_value() == "100"
    screen.picture("setup")
    screen.page.get_by_role("button", name="Use this").click()
    screen.until(
        "imuTempo.state['1.setup'].load_kg === 100 && imuTempo.state['1.setup'].stop_loss_pct === 15"
    )
    screen.page.get_by_text("A12 · Back squat · 100 kg").wait_for()


def lift_and_stop(screen: Screen) -> None:
    """Follow a set by eye and ear, to its stop and its end."""
    sound = screen.page.get_by_role("button", name="Sound")
    assert sound.get_attribute("aria-pressed") == "false", "nothing sounds before a tap"
    sound.click()
    screen.until("document.getElementById('sound').getAttribute('aria-pressed') === 'true'")
    screen.until("imuTempo.state['1.phase']?.name === 'ecc'")
    screen.until("document.querySelector('.segment[data-phase=ecc][data-on]') !== null")
    screen.until("imuTempo.state['1.set']?.reps.length >= 2")
    assert abs(float(screen.page.locator(".velocity").inner_text()) - 0.6) < 0.2
    assert usual_delay_ms(screen) < 500
    screen.until("imuTempo.state['1.set']?.stop")
    screen.page.get_by_role("alert").filter(has_text="velocity loss").wait_for()
    screen.picture("stop")
    heard = screen.ask("imuTempo.heardSounds")
    assert {"tick", "alarm"} <= set(heard)
    assert any(word.startswith("say 0.") for word in heard)
    screen.until("imuTempo.state['1.set']?.summary")
    screen.page.locator(".rest-clock").wait_for()
    screen.until("imuTempo.state.day.sets.length === 1")
    screen.picture("after")


def usual_delay_ms(screen: Screen) -> float:
    """Return the median time from the server's word to the painted page; benchmarks.web measures it well."""
    delays = sorted(screen.ask("imuTempo.paints"))
    return float(delays[len(delays) // 2])


def watch_from_elsewhere(browser: Browser, url: str) -> None:
    """Look with every kind of screen, in both lights: nothing sticks out, and targets are large enough."""
    for size in SIZES:
        for dark in (True, False):
            screen = Screen(browser, url, size, dark=dark)
            screen.page.locator(".rep").first.wait_for()
            width = SIZES[size][0]
            assert screen.ask("document.documentElement.scrollWidth") <= width, size
            small = screen.ask(
                "[...document.querySelectorAll('button, a, input, select')].filter(e => e.checkVisibility()"
                " && !e.classList.contains('skip'))"
                f".filter(e => e.getBoundingClientRect().height < {LEAST_TARGET_PX - 0.5})"
                ".map(e => e.outerHTML)"
            )
            assert small == [], size
            digits_px = screen.ask(
                "parseFloat(getComputedStyle(document.querySelector('.velocity')).fontSize)"
            )
            assert digits_px > 0.13 * min(SIZES[size]), "the velocity is read from three metres"
            screen.picture(f"{size}-{'dark' if dark else 'light'}")
            assert screen.errors == []
            screen.close()


def fix_and_undo(screen: Screen) -> None:
    """Delete a rep with the keyboard, and take that back."""
    assert screen.ask("imuTempo.state.day.sets[0].reps") == 6
    rep = screen.page.get_by_role("button", name="Rep 3,").first
    rep.focus()
    screen.page.keyboard.press("Enter")
    screen.page.get_by_role("button", name="Delete rep").click()
    screen.until("imuTempo.state.day.sets[0].reps === 5")
    screen.picture("deleted")
    screen.page.get_by_role("button", name="Undo").click()
    screen.until("imuTempo.state.day.sets[0].reps === 6")


def read_the_summary(screen: Screen) -> None:
    """Open the day, a set of it, and the past."""
    screen.page.get_by_role("link", name="Today").click()
    screen.picture("today")
    screen.page.locator(".set-row").last.click()
    screen.page.get_by_text("Eccentric dose").wait_for()
    screen.page.get_by_text("Tempo kept, by phase").wait_for()
    screen.picture("set")
    with screen.page.expect_download() as download:
        screen.page.get_by_role("button", name="Export").click()
        screen.page.get_by_role("link", name="CSV", exact=True).click()
    assert download.value.suggested_filename.endswith(".csv")
    screen.page.keyboard.press("Escape")
    screen.page.get_by_role("button", name="Replay").click()
    screen.page.get_by_role("button", name="End replay").first.wait_for()
    screen.until("imuTempo.state['replay.phase']?.name === 'ecc'")
    screen.page.get_by_role("button", name="End replay").first.click()
    screen.until("!imuTempo.state['replay.link']")
    screen.page.get_by_role("link", name="Past").click()
    screen.page.get_by_role("heading", name="A12 · Back squat").wait_for()
    screen.picture("past")
    screen.page.get_by_role("link", name="Live").click()


def lose_and_regain_the_sensor(screen: Screen, server: Any) -> None:
    """Take the sensor out of reach for a while."""
    server.call(lambda: server.room.radio.air.drop(10.0, address=SQUAT_BAR))
    screen.page.locator('[data-light="link"][data-level="bad"]').wait_for()
    screen.picture("lost")
    screen.until("imuTempo.state['1.link'].state === 'streaming'")


def reload(screen: Screen) -> None:
    """Load the page anew: it shows the same, and closing it has ended nothing."""
    recording = screen.ask("imuTempo.state['1.recording']")
    screen.page.reload()
    screen.page.wait_for_selector(".card")
    assert screen.ask("imuTempo.state['1.recording']") == recording
    assert screen.page.locator(".setup-button").inner_text().startswith("A12")


def lose_the_server(screen: Screen) -> None:
    """The page says that the computer does not answer, and goes on showing what it has."""
    screen.until("document.body.hasAttribute('data-offline')")
    assert screen.page.locator("#offline").is_visible()
    screen.picture("offline")
