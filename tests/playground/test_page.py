"""The playground's page in the system's Chromium."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import pytest
import requests
from playwright.sync_api import Browser, Locator, Page, expect

from playground.chat import ACCOUNT
from playground.mattermost.records import Json
from playground.world import World
from tests.browsers import browsing
from tests.playground.gitlab_support import Received, Receiver

WIDE = (1300, 850)
PHONE = (390, 780)
OPTIONS = [{"text": "none", "value": "a"}, {"text": "short", "value": "b"}]


@dataclass
class Shown:
    """The page before somebody's eyes, the world behind it, and the bot's place taken by a receiver."""

    page: Page
    world: World
    receiver: Receiver
    wrong: list[str] = field(default_factory=list)

    def person(self, name: str) -> Locator:
        return self.page.locator(f'[data-person="{name}"]')

    def badge(self, name: str) -> Locator:
        return self.person(name).locator(".badge")

    def act(self, name: str) -> Locator:
        return self.page.locator(f'[data-act="{name}"]')

    def tell(self, name: str, message: str, card: Json | None = None) -> None:
        """Write a direct message as the bot does."""
        channel = self.world.mattermost.direct_channel(name, ACCOUNT)["id"]
        self.world.mattermost.post(ACCOUNT, channel, message, {"attachments": [card]} if card else None)


def answered(received: Received) -> tuple[int, str]:
    """Answer a slash command and a button as a bot would."""
    if received.path == "/mattermost/dialog":
        quiet = json.loads(received.body)["submission"]["quiet"]
        return 200, '{"errors": {"quiet": "These are no hours."}}' if quiet == "soon" else "{}"
    if received.path == "/mattermost/command":
        form = dict(parse_qsl(received.body.decode()))
        if form.get("text") == "settings":
            show_dialog(form, received)
        return 200, '{"text": "You are **on**."}'
    return 200, '{"ephemeral_text": "Muted."}'


def show_dialog(form: dict[str, str], received: Received) -> None:
    """Open a dialog for who has just typed a command, as a bot would."""
    elements = [
        {"display_name": "Reviews", "name": "reviews", "type": "bool", "default": "true", "placeholder": "requests"},
        {"display_name": "Quote", "name": "quote", "type": "select", "default": "b", "options": OPTIONS},
        {"display_name": "Quiet time", "name": "quiet", "type": "text", "optional": True, "help_text": "on my clock"},
        {"display_name": "Notes", "name": "notes", "type": "textarea", "optional": True, "default": "none"},
    ]
    asked = {"title": "Settings", "introduction_text": "**Choose**", "submit_label": "Save", "elements": elements}
    url = f"http://{received.headers['Host']}/mattermost/dialog"
    body = {"trigger_id": form["trigger_id"], "url": url, "dialog": asked}
    chat = form["response_url"].partition("/hooks/")[0]
    assert requests.post(f"{chat}/api/v4/actions/dialogs/open", json=body, timeout=10).status_code == 200


@pytest.fixture(scope="module", name="browser")
def a_browser(chromium: str) -> Iterator[Browser]:
    """Start Chromium once for all."""
    with browsing(chromium) as browser:
        yield browser


@pytest.fixture(name="shown")
def a_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Shown]:
    """Open the page of a new world; nothing may go wrong in it unseen."""
    width, height = getattr(request, "param", WIDE)
    world = World()
    receiver = Receiver(answered)
    world.register_bot(receiver.url)
    page = browser.new_page(viewport={"width": width, "height": height})
    shown = Shown(page, world, receiver)
    page.on("pageerror", lambda error: shown.wrong.append(str(error)))
    page.on("console", lambda message: shown.wrong.append(message.text) if message.type == "error" else None)
    page.goto(world.url)
    expect(page.locator(".person").first).to_be_visible()
    yield shown
    page.close()
    world.close()
    receiver.close()
    assert not shown.wrong


def test_badge_lights_up_and_goes_out(shown: Shown) -> None:
    """A direct message lights up the person's badge, and opening the person shows it and puts the badge out."""
    expect(shown.badge("ben")).to_be_hidden()
    shown.tell("ben", "**Anna** asked you to review [!2 Prices](http://127.0.0.1/x) :eyes:")
    shown.tell("ben", "and once more")
    expect(shown.badge("ben")).to_have_text("2")
    expect(shown.page).to_have_title("(2) Nudge playground")

    shown.person("ben").click()

    expect(shown.page.locator(".post .message").first).to_have_text("Anna asked you to review !2 Prices 👀")
    expect(shown.page.locator(".new")).to_have_count(1)
    expect(shown.badge("ben")).to_be_hidden()
    assert shown.world.mattermost.badge("ben") == 0


def test_open_person_sees_news_at_once(shown: Shown) -> None:
    """Messages appear by themselves in the open conversation, the newest at the bottom, and are read at once."""
    shown.person("haneul").click()
    for number in range(40):
        shown.tell("haneul", f"댓글 {number}")

    last = shown.page.locator(".post").last
    expect(last).to_contain_text("댓글 39")
    expect(last).to_be_in_viewport()
    expect(shown.badge("haneul")).to_be_hidden()


def test_reply_shows_what_it_replies_to(shown: Shown) -> None:
    """A reply stands where it came and shows which message it replies to; one that is no reply shows none."""
    shown.tell("ben", "**Anna** asked you to review [!2 Prices](http://127.0.0.1/x)")
    (root,) = shown.world.mattermost.direct_posts("ben")
    shown.world.mattermost.post(ACCOUNT, root["channel_id"], "Carla merged it", root_id=root["id"])
    shown.person("ben").click()

    expect(shown.page.locator(".post .message")).to_have_text(["Anna asked you to review !2 Prices", "Carla merged it"])
    expect(shown.page.locator(".post .reply-to")).to_have_count(1)
    expect(shown.page.locator(".post").last.locator(".reply-to")).to_have_text("Anna asked you to review !2 Prices")


def test_empty_conversation_says_what_to_try(shown: Shown) -> None:
    """Where there are no messages the page says what to do first, and does it at a press."""
    shown.person("carla").click()
    empty = shown.page.locator("#empty")
    expect(empty).to_contain_text("No messages yet")

    empty.get_by_role("button", name="Open a draft with two reviewers").click()

    expect(shown.page.locator("#said")).to_have_text(re.compile("opened !2 Draft"))


def test_cards_are_shown_with_their_parts(shown: Shown) -> None:
    """A card shows its colour bar, author, text, fields, footer and buttons, and HTML in it as text."""
    button = {"id": "mute", "name": "Mute", "integration": {"url": f"{shown.receiver.url}/mattermost/action"}}
    menu = button | {"id": "snooze", "name": "Snooze", "type": "select", "options": [{"text": "1 hour", "value": "1h"}]}
    card = {
        "color": "#1f75cb",
        "pretext": "before",
        "author_name": "Anna Berg",
        "author_link": "http://127.0.0.1/anna",
        "title": "!2 Prices",
        "title_link": "javascript:alert(1)",
        "text": "> quoted <b>not bold</b>",
        "footer": "because you are a reviewer",
        "fields": [{"title": "State", "value": "**open**", "short": True}],
        "actions": [button, menu],
    }
    shown.tell("ben", "news", card)
    shown.person("ben").click()
    node = shown.page.locator(".card")

    expect(node).to_have_css("border-left-color", "rgb(31, 117, 203)")
    expect(node.locator("blockquote")).to_have_text("quoted <b>not bold</b>")
    expect(node.get_by_role("link", name="Anna Berg")).to_have_attribute("href", "http://127.0.0.1/anna")
    expect(node.get_by_role("link", name="!2 Prices")).to_have_count(0)
    for words in ("before", "because you are a reviewer", "State", "open"):
        expect(node).to_contain_text(words)

    node.get_by_role("button", name="Mute").click()
    expect(shown.page.locator(".ephemeral")).to_contain_text("Muted.")
    node.get_by_role("combobox", name="Snooze").select_option("1h")
    expect(shown.page.locator(".ephemeral")).to_have_count(2)
    assert '"selected_option":"1h"' in shown.receiver.received[-1].body.decode().replace(" ", "")


def test_slash_commands_are_answered_in_place(shown: Shown) -> None:
    """A typed command, or one of those to try, is answered in place for its person only, an unknown one explained."""
    shown.person("ben").click()
    line = shown.page.get_by_label("Slash command")
    line.fill("/nudge status")
    line.press("Enter")

    answer = shown.page.locator(".ephemeral")
    expect(answer).to_contain_text("You are on.")
    expect(answer).to_contain_text("Only visible to you")
    expect(line).to_have_value("")
    shown.page.get_by_role("button", name="help").click()
    expect(answer).to_have_count(2)
    line.fill("/nowhere")
    line.press("Enter")
    expect(shown.page.get_by_role("alert")).to_contain_text("nowhere")
    shown.person("carla").click()
    expect(answer).to_have_count(0)


def test_a_dialog_is_filled_in(shown: Shown) -> None:
    """A dialog opens over the page as it is to be filled in; what is wrong is said in its place, then it closes."""
    page = shown.page
    shown.person("ben").click()
    page.get_by_role("button", name="settings").click()
    dialog = page.get_by_role("dialog", name="Settings")
    expect(dialog.locator("strong")).to_have_text("Choose")
    expect(dialog.get_by_label("Reviews")).to_be_checked()
    expect(dialog.get_by_label("Quote")).to_have_value("b")
    expect(dialog).to_contain_text("on my clock")

    dialog.get_by_label("Reviews").uncheck()
    dialog.get_by_label("Quote").select_option("a")
    dialog.get_by_label("Quiet time").fill("soon")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_contain_text("These are no hours.")
    dialog.get_by_label("Quiet time").fill("")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    sent = json.loads(shown.receiver.received[-1].body)
    assert sent["submission"] == {"reviews": False, "quote": "a", "quiet": None, "notes": "none"}

    page.get_by_role("button", name="settings").click()
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()


def test_buttons_send_webhooks(shown: Shown) -> None:
    """Buttons act on the chosen merge request as the chosen person, say what happened, and log what was answered."""
    page = shown.page
    shown.act("open-draft").click()
    expect(page.locator("#said")).to_contain_text("opened !2 Draft")
    expect(page.locator("#merge_request")).to_have_value("2")
    shown.act("ready").click()
    expect(page.locator("#said")).to_contain_text("marked !2 as ready")
    shown.act("ready").click()
    expect(page.locator("#said.not-now")).to_contain_text("no draft")

    page.locator("#who").select_option("haneul")
    page.locator("#merge_request").select_option("1")
    shown.act("approve").click()
    expect(page.locator("#said")).to_have_text("김하늘 approved !1.")

    expect(page.locator("#log li")).to_have_count(3)
    expect(page.locator("#log li").first).to_have_text("Merge Request Hookapproved200")
    actions = [received.payload["object_attributes"]["action"] for received in shown.receiver.received]
    assert actions == ["open", "update", "approved"]


def test_a_status_is_set(shown: Shown) -> None:
    """Whatever somebody shows as their status in GitLab is set beside the buttons, seen there, and taken back."""
    page, lena = shown.page, shown.world.gitlab.user("lvogt")
    page.get_by_label("GitLab status of").select_option("lvogt")
    message = page.get_by_label("Status message")
    message.fill("  nudge-abc ")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.locator("#said")).to_have_text("Lena Vogt shows “nudge-abc” in GitLab.")
    assert lena.status == "nudge-abc"

    page.get_by_label("GitLab status of").select_option("ben")
    expect(message).to_have_value("")
    page.get_by_label("GitLab status of").select_option("lvogt")
    expect(message).to_have_value("nudge-abc")
    message.fill("")
    message.press("Enter")
    expect(page.locator("#said")).to_have_text("Lena Vogt shows no status in GitLab.")
    assert not lena.status


def test_keyboard_is_enough(shown: Shown) -> None:
    """People and buttons are reached by Tab, with a visible focus, and pressed by Enter."""
    page = shown.page
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    expect(focused).to_have_attribute("data-person", "anna.berg")
    assert focused.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#chat-title")).to_have_text("Ben Okafor")
    shown.act("open").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("opened !2")


@pytest.mark.parametrize("shown", [PHONE], indirect=True)
def test_phone_shows_one_part_at_a_time(shown: Shown) -> None:
    """On a phone one part is shown at a time, nothing is cut off sideways, and unread messages are counted below."""
    page = shown.page
    shown.tell("ben", "hello " + "long" * 60)
    expect(page.locator("#all-unread")).to_have_text("1")
    expect(page.locator(".chat")).to_be_hidden()
    shown.person("ben").click()
    expect(page.locator(".chat")).to_be_visible()
    expect(page.locator(".people")).to_be_hidden()
    page.get_by_role("button", name="GitLab").click()
    shown.act("open").click()
    expect(page.locator("#said")).to_contain_text("opened !2")
    page.get_by_role("button", name="Messages").click()
    page.get_by_role("button", name="‹ People").click()
    expect(page.locator(".people")).to_be_visible()

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_page_finds_back_after_a_break(shown: Shown) -> None:
    """While the server does not answer the page says so by its sign, and goes on by itself afterwards."""
    page = shown.page
    page.route("**/playground/**", lambda route: route.abort())
    shown.tell("ben", "hello")
    expect(page.locator("body")).to_have_class(re.compile("offline"))
    shown.wrong.clear()
    page.unroute("**/playground/**")
    expect(page.locator("body")).not_to_have_class(re.compile("offline"))
    expect(shown.badge("ben")).to_have_text("1")
    shown.wrong.clear()
