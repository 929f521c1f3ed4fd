"""`POST /mattermost/command`, asked as Mattermost asks."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import falcon
import pytest
from falcon.testing import Result, TestClient
from sqlalchemy import select

from bot.choices import choices_of
from bot.directory import Directory
from bot.errors import TryLater
from bot.follow_up import FollowUp
from bot.looking import Looking
from bot.messages import Message
from bot.outbox import Batching, put
from bot.patience import Patience
from bot.people import Member, PersonKey
from bot.preferences import Choices, Defaults
from bot.slash import LIMIT, Desk, SlashCommand
from bot.store import Store, open_store
from bot.store.schema import outbox, posts, preferences
from bot.templates import Templates
from bot.web import create_app
from gitlab_hooks.notices import topics
from gitlab_hooks.parts import WORDS
from gitlab_hooks.what import key_of

TOKENS = ("the-token", "the-next-one")
ANN = Member(PersonKey("u-ann"), "ann")
HANA = Member(PersonKey("u-hana"), "hana", locale="ko", timezone="Asia/Seoul")
ROOT = Member(PersonKey("u-root"), "root", admin=True)
BOSS = Member(PersonKey("u-boss"), "boss")
FORM = {
    "channel_id": "c1",
    "channel_name": "town-square",
    "command": "/nudge",
    "response_url": "https://chat.example/hooks/commands/abc",
    "team_domain": "dev",
    "team_id": "t1",
    "token": TOKENS[0],
    "trigger_id": "x",
    "user_name": "ann",
}


class Counter:
    """A counter at which people ask: the resource, and what stands behind it."""

    def __init__(self, store: Store, tokens: tuple[str, ...] = TOKENS) -> None:
        self.store = store
        self.members = [ANN, HANA, ROOT, BOSS]
        self.loads = 0
        self.woken = 0
        self.down = False
        self.patience = Patience(threads=1, seconds=20)
        self.account_of: Callable[[Member], tuple[str, str]] = lambda member: (f"{member.name}.gl", "email")
        self.now = 0.0
        desk = Desk(
            store,
            Directory(self.load, {}, lambda: self.now),
            Templates(*WORDS),
            topics(),
            Defaults(),
            frozenset({"boss"}),
            partial(key_of, "https://gitlab.example.com"),
            lambda member: self.account_of(member),  # noqa: PLW0108 - a test may put another one there
            self.patience,
            Looking({}, self.patience, FollowUp("https://chat.example")),
            self.wake,
        )
        self.client = TestClient(create_app({"/mattermost/command": SlashCommand(desk, tokens)}))

    def wake(self) -> None:
        self.woken += 1

    def load(self) -> Iterable[Member]:
        if self.down:
            raise TryLater("GET /users: no answer")
        self.loads += 1
        return list(self.members)

    def post(self, **changed: str) -> Result:
        body = urlencode({**FORM, **changed})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.client.simulate_post("/mattermost/command", body=body, headers=headers)

    def say(self, text: str, member: Member = ANN, **changed: str) -> str:
        """Type a command and return what is shown."""
        answer = self.post(text=text, user_id=member.key, **changed)
        assert answer.status == falcon.HTTP_200
        assert answer.headers["content-type"] == "application/json"
        assert answer.json["response_type"] == "ephemeral"
        return str(answer.json["text"])

    def chosen(self, member: Member = ANN) -> Choices | None:
        return self.store.read(lambda conn: choices_of(conn, [member.key])).get(member.key)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/nudge.db", serving=False)
    yield opened
    opened.close()


@pytest.fixture
def counter(store: Store) -> Iterator[Counter]:
    made = Counter(store)
    yield made
    made.patience.close()


def test_answer_shows_the_state(counter: Counter) -> None:
    """What is answered is what now holds, kept before the answer leaves."""
    assert "You are **off**" in counter.say("off")
    assert counter.chosen() == Choices(opted_in=False)
    assert "You are **off**" in counter.say("status")
    assert "You are **on**" in counter.say("on")
    assert counter.chosen() == Choices(opted_in=True)


def test_choices_are_everybodys_own(counter: Counter) -> None:
    """What one person switches leaves everybody else as they are."""
    counter.say("off reactions", ANN)
    counter.say("off pipelines", HANA)

    assert counter.chosen(ANN) == Choices(switches={"reactions": False})
    assert counter.chosen(HANA) == Choices(switches={"pipelines": False})
    assert counter.chosen(ROOT) is None


def test_nothing_changed_nothing_kept(counter: Counter) -> None:
    """Commands that only show something, and words that nobody knows, write no choices."""
    for text in (
        "",
        "help",
        "status",
        "dance",
        "off nothing-known",
        "language",
        "language fr",
        "quote",
        "quote more",
        "threads",
    ):
        counter.say(text)

    assert counter.store.read(lambda conn: conn.execute(select(preferences)).all()) == []


def test_language(counter: Counter) -> None:
    """The answer comes in the person's language, the new one at once."""
    assert "알림이 **꺼져** 있어요" in counter.say("off", HANA)
    assert "English" in counter.say("language en", HANA)
    assert "You are **on**" in counter.say("on", HANA)
    assert "한국어" in counter.say("language ko", ANN)


def test_own_trigger(counter: Counter) -> None:
    """What the answer tells people to type is the command as this team has named it."""
    assert "`/ping-me on` brings it back" in counter.say("off", command="/ping-me")


def test_waiting_and_last(counter: Counter) -> None:
    """`status` counts what waits, and tells when something was last sent by the person's own clock."""
    message = Message(HANA.key, "note:1", "mr:1", "g", "mentioned", "mentions", "…")
    store = counter.store
    store.write(lambda conn: put(conn, [message], delivery=None, now=0, batching=Batching()))
    assert "1개" in counter.say("status", HANA)

    row = {"person": HANA.key, "message": "…", "props": "{}", "pending_post_id": "p", "post_id": "p1", "state": "sent"}

    def send(conn: object) -> None:
        conn.execute(posts.insert().values(**row, first_tried=1_763_596_800_000))  # type: ignore[attr-defined]
        conn.execute(outbox.update().values(state="sent", post=1))  # type: ignore[attr-defined]

    store.write(send)
    shown = counter.say("status", HANA).replace("\u2060", "")

    assert "0개" in shown
    assert "2025-11-20 09:00 KST" in shown


@pytest.mark.parametrize("timezone", ["", "Mars/Olympus", "../etc/passwd", "\x00", "Europe"])
def test_unknown_timezone(counter: Counter, timezone: str) -> None:
    """Where a person's zone is not known, times are UTC."""
    member = Member(PersonKey("u-far"), "far", timezone=timezone)
    counter.members.append(member)
    row = {"person": member.key, "message": "…", "props": "{}", "pending_post_id": "p", "post_id": "p1"}
    values = {**row, "state": "sent", "first_tried": 1_763_596_800_000}
    counter.store.write(lambda conn: conn.execute(posts.insert().values(**values)).rowcount)

    assert "2025-11-20 00:00 UTC" in counter.say("status", member).replace("\u2060", "")


@pytest.mark.parametrize("token", ["", "guessed", "the-token ", "THE-TOKEN", "토큰", "the-token\x00"])
def test_wrong_token(counter: Counter, token: str) -> None:
    """Without one of the tokens nothing is said and nothing changes."""
    answer = counter.post(text="off", user_id=ANN.key, token=token)

    assert answer.status == falcon.HTTP_401
    assert "**off**" not in answer.text
    assert counter.chosen() is None


def test_token_being_changed(counter: Counter) -> None:
    """While a token is changed for another, both are right."""
    assert "**on**" in counter.say("on", token=TOKENS[1])


def test_no_token_configured(store: Store) -> None:
    """Where no token is configured there is no such address, and an empty token opens nothing."""
    assert Counter(store, ()).post(text="off", user_id=ANN.key, token="").status == falcon.HTTP_404


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"%ff=%ff", b"{}", b"&=&=&", b"a=b&" * 5_000])
def test_no_form(counter: Counter, body: bytes) -> None:
    """What is no form has no token."""
    assert counter.client.simulate_post("/mattermost/command", body=body).status == falcon.HTTP_401


def test_too_large(counter: Counter) -> None:
    """A body beyond a megabyte is not read."""
    assert counter.client.simulate_post("/mattermost/command", body=b"x" * (LIMIT + 1)).status == falcon.HTTP_413


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("status", 1),
        ("language", 1),
        ("quote", 1),
        ("threads", 1),
        ("off", 0),
        ("language ko", 0),
        ("quote off", 0),
        ("threads on", 0),
        ("", 0),
    ],
)
def test_account_is_asked_for_where_it_is_shown(counter: Counter, text: str, asked: int) -> None:
    """The other side is asked who somebody is for an answer that shows it, and for no other."""
    questions: list[Member] = []

    def account_of(member: Member) -> tuple[str, str]:
        questions.append(member)
        return "ann.gl", "email"

    counter.account_of = account_of
    counter.say(text)

    assert len(questions) == asked


def test_account_not_known_now(counter: Counter) -> None:
    """Where the other side gives no answer, `status` shows everything else."""

    def fail(_member: Member) -> tuple[str, str]:
        raise TryLater("GET /users: 503")

    counter.account_of = fail

    assert "could not be looked up just now" in counter.say("status")


def test_longest_line(counter: Counter) -> None:
    """A line of a hundred thousand characters is answered."""
    assert "I do not know" in counter.say("안녕" * 50_000)


@pytest.mark.parametrize("user_id", ["u-stranger", ""])
def test_not_in_the_channel(counter: Counter, user_id: str) -> None:
    """Who is not in the notification channel is told what to do, and changes nothing."""
    answer = counter.post(text="off", user_id=user_id)

    assert "Join it" in answer.json["text"]
    assert counter.store.read(lambda conn: conn.execute(select(preferences)).all()) == []


def test_just_joined(counter: Counter) -> None:
    """Who has just joined is known at once."""
    counter.say("status")
    counter.members.append(Member(PersonKey("u-new"), "new"))
    counter.now += 60

    assert "You are **on**" in counter.say("status", Member(PersonKey("u-new"), "new"))


def test_members_not_known(counter: Counter) -> None:
    """While the members cannot be read nobody is told that they are a stranger."""
    counter.down = True

    assert "Please try again in a moment." in counter.say("off")
    assert counter.chosen() is None


@pytest.mark.parametrize("member", [ROOT, BOSS])
def test_refresh(counter: Counter, member: Member) -> None:
    """Administrators of Mattermost, and those whom `[admin]` names, have the members read anew."""
    counter.say("status", member)
    before = counter.loads

    assert "have been read again" in counter.say("admin refresh", member)
    assert counter.loads == before + 1


def test_refresh_fails(counter: Counter) -> None:
    """Where reading the members anew fails, that is what is said."""
    counter.say("status", ROOT)
    counter.down = True

    assert "That did not work just now" in counter.say("admin refresh", ROOT)


def test_refresh_is_not_for_everybody(counter: Counter) -> None:
    """Nobody else can have the members read anew."""
    counter.say("status")
    before = counter.loads

    assert "Only administrators" in counter.say("admin refresh")
    assert counter.loads == before


def samples(counter: Counter) -> list[tuple[str, str]]:
    """Return to whom samples are sent, and their text."""
    chosen = select(outbox.c.person, outbox.c.headline).where(outbox.c.kind == "sample").order_by(outbox.c.id)
    return counter.store.read(lambda conn: [tuple(row) for row in conn.execute(chosen)])


def test_sample(counter: Counter) -> None:
    """`test` sends a sample each time, in the language of who gets it, and wakes the courier."""
    for _ in range(2):
        assert "on its way to you" in counter.say("test", ANN)
    counter.say("테스트", HANA)

    assert [person for person, _ in samples(counter)] == [ANN.key, ANN.key, HANA.key]
    assert samples(counter)[0][1].startswith("This is a sample.")
    assert samples(counter)[2][1].startswith("테스트 알림이에요.")
    assert counter.woken == 3


def test_sample_for_somebody_else(counter: Counter) -> None:
    """An administrator sends anybody in the channel a sample, and nobody who is not."""
    counter.members.append(Member(PersonKey("u-gone"), "gone", active=False))

    assert "on its way to **hana**" in counter.say("admin test @Hana", ROOT)
    for name in ("nobody", "gone"):
        assert f"I know nobody called “{name}”" in counter.say(f"admin test @{name}", ROOT)
    assert "Only administrators" in counter.say("admin test @hana", ANN)

    assert [person for person, _ in samples(counter)] == [HANA.key]
    assert samples(counter)[0][1].startswith("테스트 알림이에요.")


def test_store_closed(counter: Counter) -> None:
    """Where nothing can be kept nothing is promised."""
    counter.say("status")
    counter.store.close()

    assert "That did not work just now" in counter.say("off")


def test_only_post(counter: Counter) -> None:
    """Commands are posted."""
    assert counter.client.simulate_get("/mattermost/command").status == falcon.HTTP_405
