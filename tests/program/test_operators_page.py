"""The operator's page of the whole program, in the system's Chromium."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from playground.gitlab import merge_requests
from tests.browsers import browsing
from tests.program.running import AT_ONCE, House, eventually, opened, say

TOKEN = "an invented token of the page"
PHONE, WIDE = {"width": 390, "height": 780}, {"width": 1280, "height": 800}
PAGES = ("/admin?still=1", "/admin/journal", "/admin/people", "/admin/hooks?still=1", "/admin/try")
PAYLOAD = Path(__file__).parents[1] / "payloads" / "note_hook__merge_request.json"


@dataclass
class Shown:
    """A page of a program in which something has happened, and something has failed."""

    house: House
    browser: Browser
    contexts: list[BrowserContext] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def page(self, **options: Any) -> Page:
        """Open a browser's window in which nothing may go wrong unseen."""
        context = self.browser.new_context(base_url=self.house.program.url, **options)
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", lambda message: self.wrong.append(message.text) if message.type == "error" else None)
        return page

    def logged_in(self, **options: Any) -> Page:
        """Open the page and log in."""
        page = self.page(**options)
        page.goto("/admin")
        page.get_by_label("Token").fill(TOKEN)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", name="Overview")).to_be_visible()
        return page


@pytest.fixture(scope="module", name="browser")
def a_browser(chromium: str) -> Iterator[Browser]:
    """Start Chromium once for all."""
    with browsing(chromium) as browser:
        yield browser


@pytest.fixture(scope="module", name="lived_in")
def a_lived_in_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Run a program that has told Anna two things, and could not tell her a third."""
    house = House(tmp_path_factory.mktemp("page"), toml=AT_ONCE)
    house.program.environ |= {"NUDGE_ADMIN_TOKEN": TOKEN}
    house.start()
    eventually(lambda: not house.program.degraded())
    mr = opened(house)
    say(house, mr, "One", "Two")
    merge_requests.push(house.world.gitlab, mr, house.user("ben"), "More")
    house.settle()
    house.program.stop()
    house.write(
        "UPDATE outbox SET state = 'dead', error = 'POST /posts: 400 <b>too long</b>', post = NULL WHERE id = 1"
    )
    house.restart()
    yield house
    house.close()


@pytest.fixture
def shown(lived_in: House, browser: Browser) -> Iterator[Shown]:
    """Give a test windows of its own."""
    made = Shown(lived_in, browser)
    yield made
    for context in made.contexts:
        context.close()
    assert not made.wrong


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_it(shown: Shown, size: dict[str, int], scheme: str) -> None:
    """No page has a fault that axe finds, nor is wider than a phone, light or dark."""
    page = shown.logged_in(viewport=size, color_scheme=scheme, bypass_csp=True)
    eventually(lambda: page.goto("/admin/people") and page.get_by_text("Matched", exact=True).count())
    for path in (*PAGES, "/admin/try?answered", "/admin/login"):
        page.goto(path)
        if path.endswith("answered"):
            page.get_by_label("Payload").fill(PAYLOAD.read_text())
            page.get_by_role("button", name="Who would be told?").click()
            expect(page.get_by_role("heading", level=2)).to_be_visible()
        if path == PAGES[0]:
            page.get_by_text("The numbers", exact=True).click()

        assert [(fault["id"], fault["nodes"]) for fault in Axe().run(page).response["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_an_operator_at_work(shown: Shown) -> None:
    """Somebody logs in, tries a message again, searches, tries a payload and logs out, all within the page's policy."""
    page = shown.logged_in()
    expect(page.locator("#failed + .scroll")).to_contain_text("<b>too long</b>")
    page.get_by_role("button", name="Retry m1").click()
    expect(page.get_by_text("It is tried again.")).to_be_visible()
    shown.house.settle()
    page.goto("/admin")
    expect(page.get_by_text("Nothing has failed.")).to_be_visible()

    page.get_by_role("link", name="Journal").click()
    page.get_by_label("Person").fill("anna.berg")
    page.get_by_label("About").fill("!2")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("tbody tr").first).to_contain_text("anna.berg")
    expect(page.locator("tbody tr.told")).to_have_count(2)

    page.get_by_role("link", name="Try out").click()
    page.get_by_label("Payload").fill(PAYLOAD.read_text())
    page.get_by_role("button", name="Who would be told?").click()
    expect(page.locator("article").first).to_be_visible()

    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Token")).to_be_visible()
    page.goto("/admin/journal")
    expect(page).to_have_url(re.compile("/admin/login$"))


def test_pages_run_nothing(shown: Shown) -> None:
    """No page has a script or a style of its own in it, and every one works where scripts are switched off."""
    page = shown.logged_in(java_script_enabled=False)
    for path in PAGES:
        answer = page.goto(path)
        assert answer
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", answer.text())


def test_live_pages_renew_themselves(shown: Shown) -> None:
    """What is live asks the browser to load it again, until somebody stops that."""
    page = shown.logged_in()
    moving, still = page.goto("/admin"), page.goto("/admin?still=1")
    assert moving
    assert still
    assert moving.headers["refresh"] == "30; url=/admin"
    assert "refresh" not in still.headers
