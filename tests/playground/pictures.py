"""`make pictures`: takes the pictures of docs/slash*.md anew, from the page of the running demo."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

from playwright.sync_api import Locator, Page, ViewportSize, expect

from playground.world import COMMAND
from tests.browsers import browsing
from tests.conftest import CHROMIUM_NAMES
from tests.playground.small_png import small

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
READERS = {"en": "ben", "ko": "haneul"}
DIGEST_MS = 120_000
"""Until a digest of the next full minute has come, at most."""

BEFORE = ("open-draft", "ready", "mention", "review")
"""What happens in GitLab first: both readers are asked for a review."""

SIZE = ViewportSize(width=1360, height=1900)
"""High enough for all of help."""

FRAME = ".row > .avatar, .heading { display: none } .row { margin: 0 !important; padding: 0.7rem 0.9rem !important }"
"""Leaves out who writes and when: only answers are shown, and they are the same tomorrow."""


def main() -> None:
    """Start the demo, do what people do, and take a picture of each answer in both languages."""
    chromium = next(filter(None, map(which, CHROMIUM_NAMES)))
    with demo() as address, browsing(chromium) as browser:
        page = browser.new_page(viewport=SIZE, timezone_id="UTC", color_scheme="light", bypass_csp=True)
        page.goto(address)
        page.add_style_tag(content=FRAME)
        for act in BEFORE:
            page.locator(f'[data-act="{act}"]').click()
            expect(page.locator("#said")).not_to_be_empty()
        for language, person in READERS.items():
            page.locator(f'[data-person="{person}"]').click()
            expect(page.locator(".card").first).to_be_visible()
            for name, take in PICTURES.items():
                picture = small(take(page).screenshot(animations="disabled"))
                (IMAGES / f"slash-{name}.{language}.png").write_bytes(picture)
                page.keyboard.press("Escape")


@contextmanager
def demo() -> Iterator[str]:
    """Run the demo, and yield the address of its page."""
    command = [sys.executable, "-m", "bot", "demo", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield next(found[1] for line in process.stdout if (found := re.search(r"Open (\S+)", line)))
        process.terminate()


def typed(page: Page, *lines: str) -> Locator:
    """Type commands, and return the last answer."""
    answers = page.locator(".ephemeral")
    for line in lines:
        before = answers.count()
        page.get_by_label("Slash command").fill(f"/{COMMAND} {line}")
        page.keyboard.press("Enter")
        expect(answers).to_have_count(before + 1)
    return answers.last.locator(".row")


def settings(page: Page) -> Locator:
    """Open the form."""
    typed(page, "settings")
    page.locator("#dialog-title").click()  # no box shall be marked as the one in hand
    return page.locator("#dialog")


def digest(page: Page) -> Locator:
    """Wait for the digest of the next minute."""
    page.locator("#soon").click()
    post = page.locator(".post:not(.ephemeral)", has_text=f"/{COMMAND} digest off").last
    expect(post).to_be_visible(timeout=DIGEST_MS)
    return post.locator(".row")


PICTURES: dict[str, Callable[[Page], Locator]] = {
    "help": lambda page: typed(page, "help"),
    "settings": settings,
    "why": lambda page: typed(page, "why"),
    "digest": digest,
    "status": lambda page: typed(page, "off reactions", "mute web/shop!1", "quiet 19:00-08:00 mon-fri", "status"),
}

if __name__ == "__main__":
    main()
