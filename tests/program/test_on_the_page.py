"""The commands typed on the playground's page in Chromium, and answered there by the running program."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from playground.world import COMMAND
from tests.browsers import browsing
from tests.program.running import House
from tests.program.typed import TYPED, asked_to_review


@pytest.fixture(name="page")
def a_page(office: House, chromium: str) -> Iterator[Page]:
    """Open the page; nothing may go wrong in it unseen."""
    wrong: list[str] = []
    with browsing(chromium) as browser:
        page = browser.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(office.world.url)
        yield page
    assert not wrong


def type_in(page: Page, text: str) -> None:
    line = page.get_by_label("Slash command")
    line.fill(f"/{COMMAND} {text}")
    line.press("Enter")


def test_every_command(office: House, page: Page) -> None:
    """Each line of the table is answered in place, one after the other."""
    names = asked_to_review(office, "carla")
    page.locator('[data-person="carla"]').click()
    answers = page.locator(".ephemeral .message")
    for number, (text, begins, _) in enumerate(TYPED):
        type_in(page, text.format(**names))
        words = re.escape(first_line(begins.format(**names)))
        expect(answers.nth(number)).to_have_text(re.compile(rf"^\s*{words}"))
        if text == "settings":
            page.get_by_role("dialog").get_by_role("button", name="Cancel").click()


def first_line(markdown: str) -> str:
    """Return the first line of some Markdown as a page shows it."""
    return re.sub(r"[*`\[]", "", markdown.partition("\n")[0])


def test_an_account_is_linked(page: Page) -> None:
    """Who is not matched shows the code as their status in GitLab, and is matched; no step leaves the page."""
    page.locator('[data-person="lena"]').click()
    answer = page.locator(".ephemeral .message").last
    type_in(page, "status")
    expect(answer).to_contain_text("Account: none found")
    type_in(page, "link lvogt")
    expect(answer).to_contain_text("To show that lvogt in GitLab is yours")

    page.get_by_label("GitLab status of").select_option("lvogt")
    page.get_by_label("Status message").fill(answer.locator("pre").inner_text().strip())
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.locator("#said")).to_contain_text("Lena Vogt shows")
    type_in(page, "link")
    expect(answer).to_contain_text("Done: lvogt in GitLab is yours")
    type_in(page, "status")
    expect(answer).to_contain_text("Account: lvogt (Mattermost: lena, linked by yourself)")


def test_a_digest_comes_soon(page: Page) -> None:
    """A digest is asked for the next full minute at a press, on the clock of this Mattermost."""
    page.locator('[data-person="ben"]').click()
    page.get_by_role("button", name="digest in a minute").click()

    expect(page.locator(".ephemeral .message")).to_have_text(re.compile(r"^\s*Digest: \d\d:\d\d every day \(UTC\)"))
