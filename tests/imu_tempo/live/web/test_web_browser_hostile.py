"""Names that are scripts, in a real browser: they are shown as they are written, and nothing runs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from serving import SQUAT_BAR, Served, served
from test_web_browser import FLAGS, Screen

from firmware_bridge.virtual import rig
from imu_tempo.history.names import write_name
from imu_tempo.live.web import WebPlan, radio, routes, server
from tests.system_parts import needs

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [needs("chromium"), pytest.mark.timeout(240)]

RECORDINGS = Path(__file__).parents[4] / "recordings"
IMAGE = "<img src=x onerror=alert(1)>"
DRAWING = "<svg onload=alert(1)>"
STRANGER = f"{date.today().isoformat()}T000102_stranger.tempo"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a gym whose bar, athletes and recordings have scripts for names."""
    out = tmp_path_factory.mktemp("gym")
    folder = out / "s" / STRANGER
    shutil.copytree(RECORDINGS / "squat_3-1-X-1.tempo", folder)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest |= {"athlete": IMAGE, "sensor": {**manifest["sensor"], "name": IMAGE}}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    write_name(out / "h", "constructor", IMAGE)
    real: Callable[..., Any] = rig.virtual_sensor
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(radio, "VIRTUAL_HOURS", 0.1)
        patch.setattr(rig, "virtual_sensor", lambda *args, **said: real(*args, **{**said, "name": DRAWING}))
        with served(WebPlan(out=out / "s", history=out / "h", virtual=True, speed=5.0, port=0)) as found:
            yield found


def test_names_that_are_scripts_are_shown_and_do_not_run(browser: Browser, page: Served) -> None:
    screen = Screen(browser, page.url)
    ran: list[str] = []
    screen.page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
    screen.page.get_by_role("button", name="Connect a sensor").click()
    screen.page.locator(".sensor-name").get_by_text(DRAWING).first.wait_for(timeout=30_000)
    screen.picture("hostile-scan")
    screen.page.locator(f".sensor:has-text('{SQUAT_BAR}')").click()
    screen.page.locator(".setup-button").click()
    screen.page.get_by_label("Athlete").fill(IMAGE)
    screen.page.get_by_role("button", name="Use this").click()
    screen.until(f"imuTempo.state['1.setup'].athlete === {json.dumps(IMAGE)}")
    screen.until("imuTempo.state['1.link'].state === 'streaming'")
    screen.page.get_by_text(IMAGE).first.wait_for()
    screen.until("imuTempo.state['1.set']?.reps.length >= 1")
    screen.picture("hostile-live")
    screen.page.get_by_role("link", name="Today").click()
    screen.page.locator(".set-row").filter(has_text=IMAGE).first.click()
    screen.page.get_by_text("Tempo kept").or_(screen.page.get_by_text("What it says")).first.wait_for()
    screen.picture("hostile-set")
    screen.page.get_by_role("button", name="Rep 1,").first.click()
    screen.page.keyboard.press("Escape")
    page.call(lambda: page.room.hub.put({"notice": {"text": IMAGE}}))
    screen.page.locator(".toast").get_by_text(IMAGE).wait_for()
    screen.page.get_by_role("button", name="Settings").click()
    screen.page.get_by_role("switch", name="Show names").check()
    screen.page.keyboard.press("Escape")
    screen.page.get_by_role("link", name="Past").click()
    screen.page.wait_for_timeout(200)
    assert (
        screen.ask("document.querySelectorAll('img[src=x], [onload], [onerror], script:not([src])').length")
        == 0
    )
    assert ran == []
    assert screen.errors == []
    screen.close()


@pytest.mark.parametrize(
    "hash_", ["#/%", "#/set/%ff/1", "#/set/__proto__/x", "#/<img src=x>", "#/set/../../x/1"]
)
def test_an_address_made_by_somebody_breaks_nothing(browser: Browser, page: Served, hash_: str) -> None:
    screen = Screen(browser, page.url)
    screen.page.evaluate("hash => { location.hash = hash }", hash_)
    screen.page.wait_for_timeout(150)
    screen.page.get_by_role("link", name="Live").click()
    screen.page.wait_for_selector(".card")
    assert screen.errors == []
    screen.close()


def test_the_browser_refuses_what_the_policy_forbids(browser: Browser, page: Served) -> None:
    screen = Screen(browser, page.url)
    screen.page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
        " document.body.append(s);"
        " document.body.insertAdjacentHTML('beforeend', '<b onclick=\"window.ran = 1\">x</b>');"
        " document.body.lastElementChild.click(); }"
    )
    assert screen.ask("window.ran ?? null") is None
    assert screen.ask("fetch('https://example.org/').then(() => 'went', () => 'refused')") == "refused"
    assert all("Content Security Policy" in error for error in screen.errors)
    assert screen.errors
    screen.close()


def test_a_page_that_is_not_let_in_says_why(
    browser: Browser, page: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "READERS", 0)
    context = browser.new_context()
    screen = context.new_page()
    screen.goto(page.url)
    screen.get_by_text("Too many screens watch already").wait_for(timeout=15_000)
    monkeypatch.undo()
    screen.wait_for_selector(".card", timeout=15_000)
    context.close()


def test_a_page_whose_link_is_no_longer_good_says_so(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = ["the-token-of-before", "the-token-of-now"]
    monkeypatch.setattr(server, "EVERYWHERE", "127.0.0.1")
    monkeypatch.setattr(server, "token_of_today", lambda new: tokens.pop(0))
    plan = WebPlan(out=tmp_path / "s", history=tmp_path / "h", lan=True, port=0)
    context = browser.new_context()
    screen = context.new_page()
    with served(plan) as before:
        screen.goto(f"http://{before.host}/?token=the-token-of-before")
        screen.wait_for_selector(".card")
        assert "token" not in screen.url
    with served(replace(plan, port=before.access.port)) as now:
        screen.get_by_text("This page is locked.").wait_for(timeout=20_000)
        screen.goto(f"http://{now.host}/?token=the-token-of-now")
        screen.wait_for_selector(".card")
    context.close()
