"""What administrators are told of the bot itself: each thing once, over all replicas and restarts."""

import json
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from bot import moments
from bot.errors import OutsideError, Refused, TryLater
from bot.messages import ALARM
from bot.people import Member
from bot.preferences import Choices, Defaults
from bot.store.schema import inbox, outbox
from gitlab_hooks.alarm import DAYS, AlarmWords, died, expiring, silenced, step_of
from gitlab_hooks.alarms import Alarms, Watched
from gitlab_hooks.catch_up import Where
from gitlab_hooks.gitlab_client import Client
from gitlab_hooks.hook_admin import Home, Hook, Shape
from gitlab_hooks.switched_off import page_of, switched_off
from gitlab_hooks.tokens import SELF, Tokens
from tests.gitlab_hooks.desk import Desk, desk
from tests.gitlab_hooks.hook_admin_fake import OURS, FakeHookAdmin
from tests.gitlab_hooks.team import MEMBERS, NOW, TEMPLATES, URL, key, payload
from tests.servers import Answer, Scripted, scripted

MINUTE = 60_000
HOUR, DAY = 60 * MINUTE, 24 * 60 * MINUTE
ADMINS = [member for member in MEMBERS if member.name in {"anna.berg", "haneul"}]
WORDS = AlarmWords(TEMPLATES, Defaults(), "/nudge")
SHOP, WEB = Home("project", 7, "web/shop"), Home("group", 3, "web")


@pytest.fixture(name="server")
def a_server() -> Iterator[Scripted]:
    """Run a GitLab that tells nothing of its tokens yet."""
    with scripted(Answer({"message": "404 Not found"}, 404)) as running:
        yield running


class Guard:
    """A desk where somebody looks after the bot, and what is looked at."""

    def __init__(self, at: Desk, server: Scripted) -> None:
        self.at = at
        self.server = server
        self.admins: list[Member] = list(ADMINS)
        self.off: list[Hook] = []
        self.wrong: deque[OutsideError] = deque()
        self.looks = 0
        self.told = 0
        self.alarms = self.another()

    def another(self) -> Alarms:
        """Return another process on the same store."""
        tokens = Tokens({"GITLAB_TOKEN": Client(self.server.url, "invented", (1, 5), verify=True)})
        watched = Watched(tokens, self._hooks_off, URL)
        return Alarms(self.at.store, watched, lambda: self.admins, WORDS, self._count, pause=0)

    def expires(self, day: str | None) -> None:
        self.server.on(f"GET /api/v4{SELF}", Answer({"id": 1, "expires_at": day}))

    def look(self, after: int = 0) -> list[str]:
        """Let time pass, look, and return the headlines for Anna in all."""
        self.at.time.pass_ms(after)
        self.alarms.step()
        return self.headlines()

    def headlines(self, name: str = "anna.berg") -> list[str]:
        rows = self.at.rows(outbox, "person", "headline", "kind")
        return [headline for person, headline, kind in rows if person == key(name) and kind == ALARM]

    def cards(self) -> list[dict[str, Any]]:
        rows = self.at.rows(outbox, "person", "card", "kind")
        return [json.loads(card) for person, card, kind in rows if person == key("anna.berg") and kind == ALARM]

    def kill(self, *letters: int, why: str = "POST /posts: 403 api.context.permissions.app_error") -> None:
        """Let messages of the outbox die, by their number."""
        ends = update(outbox).where(outbox.c.id.in_(letters)).values(state="dead", error=why)
        self.at.store.write(lambda conn: conn.execute(ends))

    def fail(self, *deliveries: int, why: str = "KeyError in the program itself; see the log") -> None:
        ends = update(inbox).where(inbox.c.id.in_(deliveries)).values(state="failed", error=why)
        self.at.store.write(lambda conn: conn.execute(ends))

    def _hooks_off(self) -> Sequence[Hook]:
        self.looks += 1
        if self.wrong:
            raise self.wrong.popleft()
        return self.off

    def _count(self) -> None:
        self.told += 1


@pytest.fixture(name="guard")
def a_guard(database: str, server: Scripted) -> Iterator[Guard]:
    with desk(database) as at:
        yield Guard(at, server)


OFF = Shape(alert="disabled")


def hook(number: int, home: Home = SHOP) -> Hook:
    return Hook(home, number, OURS, OFF)


def test_all_is_well(guard: Guard) -> None:
    """Where nothing is wrong nobody is told anything."""
    guard.expires("2027-11-24")
    guard.at.deliver(payload("merge_request_hook__opened"))

    assert guard.look() == guard.look(DAY) == []
    assert guard.told == 0


def test_token(guard: Guard) -> None:
    """That a token expires is told at fourteen days, seven, three and one, each time once, to each administrator."""
    guard.expires("2026-12-09")
    heard = [len(guard.look(6 * HOUR)) for _ in range(4 * 16)]

    changes = [at / 4 for at, (before, now) in enumerate(zip([0, *heard], heard, strict=False), 1) if now > before]
    assert len(changes) == 4
    assert guard.headlines()[0] == "The token `GITLAB_TOKEN` expires in 14 days (2026-12-09)"
    assert guard.headlines()[-1] == "The token `GITLAB_TOKEN` expires in 1 day (2026-12-09)"
    assert guard.headlines("haneul")[0] == "`GITLAB_TOKEN` 토큰이 14일 뒤에 만료돼요 (2026-12-09)"
    assert "because you are in `[admin] people`" in guard.cards()[0]["because"]
    assert guard.told == 4


def test_token_found_late(guard: Guard) -> None:
    """A bot that first looks two days before the end tells that once, and nothing of the steps before."""
    guard.expires("2026-11-26")

    assert guard.look() == ["The token `GITLAB_TOKEN` expires in 2 days (2026-11-26)"]
    assert guard.look(MINUTE) == guard.look()


def test_token_without_an_end(guard: Guard) -> None:
    """A token that never expires, or of which GitLab tells nothing, alarms nobody."""
    guard.expires(None)
    assert guard.look() == []

    guard.server.on(f"GET /api/v4{SELF}", Answer({"message": "no"}, 500))
    assert guard.look(7 * HOUR) == []


def test_token_in_an_outage(guard: Guard) -> None:
    """When a token expires stays known while GitLab does not answer."""
    guard.expires("2026-12-12")
    assert guard.look() == []

    guard.server.on(f"GET /api/v4{SELF}", Answer({}, 503))
    assert len(guard.look(5 * DAY)) == 1


@given(st.floats(-30, 400))
def test_steps(days: float) -> None:
    """A step is the nearest of the days that are still ahead of the end; none before the first, none after the end."""
    step = step_of(days)

    assert (step is None) == (days <= 0 or days > max(DAYS))
    assert step is None or (step >= days and not any(days <= other < step for other in DAYS))


def test_hooks(guard: Guard) -> None:
    """A hook that GitLab has switched off is told once, with a link to its page, until it has been on again."""
    guard.off = [hook(11)]
    heard = guard.look()

    assert heard == [
        f"GitLab has switched off the webhook of [web/shop]({URL}/web/shop/-/hooks/11/edit): nothing comes from there"
    ]
    assert [guard.look(HOUR) for _ in range(30)] == [heard] * 30
    guard.off = []
    assert [guard.look(HOUR) for _ in range(4)] == [heard] * 4
    guard.off = [hook(11)]
    assert guard.look(HOUR) == heard * 2


def test_many_hooks(guard: Guard) -> None:
    """Many hooks at once are one message, with the first of them; one that follows is another."""
    guard.off = [hook(number, replace(SHOP, id=number, path=f"web/shop-{number}")) for number in range(12)]
    assert guard.look() == ["GitLab has switched off 12 webhooks: nothing comes from there"]
    assert "… and 2 more" in guard.cards()[0]["text"]

    guard.off = [*guard.off, hook(3, WEB)]
    assert guard.look(HOUR)[1:] == [
        f"GitLab has switched off the webhook of [web]({URL}/groups/web/-/hooks/3/edit): nothing comes from there"
    ]


def test_hooks_are_looked_at_every_hour_by_one(guard: Guard) -> None:
    """However many replicas there are, GitLab is asked for its hooks once an hour."""
    others = [guard.another() for _ in range(2)]
    for _ in range(60):
        guard.look(MINUTE)
        for other in others:
            other.step()
    assert guard.looks == 1
    guard.look(MINUTE)
    assert guard.looks == 2


def test_gitlab_does_not_answer(guard: Guard) -> None:
    """Where GitLab does not say which hooks are off, the next hour does."""
    guard.off = [hook(11)]
    guard.wrong.append(TryLater("503"))

    assert guard.look() == []
    assert len(guard.look(HOUR)) == 1


def test_nobody_may_look(guard: Guard) -> None:
    """Without a token for hooks their state is nobody's business, and all else is looked at."""
    tokens = Tokens({})
    alarms = Alarms(guard.at.store, Watched(tokens, None, URL), lambda: guard.admins, WORDS, lambda: None)
    guard.at.deliver(payload("merge_request_hook__opened"))
    guard.kill(1)
    alarms.step()

    assert len(guard.headlines()) == 1


def test_deaths(guard: Guard) -> None:
    """Messages that die are told with their number and causes, once an hour at most, and none of them twice."""
    for name in ("merge_request_hook__opened", "merge_request_hook__assigned", "note_hook__merge_request"):
        guard.at.deliver(payload(name))
    letters = [number for (number,) in guard.at.rows(outbox, "id")]
    guard.kill(letters[0])
    guard.fail(2)

    assert guard.look() == ["Mattermost refused 1 message, and 1 webhook could not be worked through"]
    text = guard.cards()[0]["text"]
    assert "1 × POST /posts" in text
    assert "1 × KeyError in the program itself" in text
    guard.kill(*letters[1:3], why="POST /posts: 400 too long")
    assert len(guard.look(59 * MINUTE)) == 1
    assert guard.look(MINUTE)[1:] == ["Mattermost refused 2 messages"]
    assert len(guard.look(2 * HOUR)) == 2


def test_no_text_is_told(guard: Guard) -> None:
    """What a message said is in no alarm."""
    guard.at.deliver(payload("note_hook__merge_request"))
    (headline, card), *_ = guard.at.rows(outbox, "headline", "card")
    guard.kill(1)
    guard.look()

    told = guard.headlines()[0] + guard.cards()[0]["text"]
    assert headline not in told
    assert json.loads(card)["text"] not in told


def test_tried_again_and_dead_again(guard: Guard) -> None:
    """What is tried again and dies again is told again."""
    guard.at.deliver(payload("merge_request_hook__opened"))
    guard.fail(1)
    assert len(guard.look()) == 1

    guard.at.store.write(lambda conn: conn.execute(update(inbox).values(epoch=inbox.c.epoch + 1)))
    assert len(guard.look(HOUR)) == 2


def test_an_alarm_that_dies_is_not_told(guard: Guard) -> None:
    """An alarm that cannot be sent makes no further one: that would never end."""
    guard.at.deliver(payload("merge_request_hook__opened"))
    guard.fail(1)
    guard.look()
    alarms = [number for number, kind in guard.at.rows(outbox, "id", "kind") if kind == ALARM]
    guard.kill(*alarms)

    assert len(guard.look(2 * HOUR)) == 1


def test_once_over_replicas_and_restarts(guard: Guard) -> None:
    """Two processes, and one started anew, tell each thing once."""
    guard.expires("2026-12-01")
    guard.off = [hook(11)]
    guard.at.deliver(payload("merge_request_hook__opened"))
    guard.kill(1)
    for alarms in (guard.alarms, guard.another(), guard.another()):
        alarms.step()

    assert len(guard.headlines()) == 3


def test_nobody_is_there_yet(guard: Guard) -> None:
    """Before the administrators are known nothing counts as told; then it comes."""
    guard.expires("2026-12-01")
    guard.off = [hook(11)]
    guard.at.deliver(payload("merge_request_hook__opened"))
    guard.kill(1)
    guard.admins = []
    assert guard.look() == []

    guard.admins = list(ADMINS)
    assert len(guard.look(MINUTE)) == 3
    assert len(guard.headlines("haneul")) == 3


def test_a_claim(database: str) -> None:
    """A moment is claimed by one, and again after its rest."""
    with desk(database) as at:

        def claim(name: str, moment: int) -> bool:
            return at.store.write(lambda conn: moments.take(conn, name, moment, 10))

        claims = [claim("a", 100), claim("a", 100), claim("b", 100), claim("a", 109), claim("a", 110), claim("a", 50)]
        assert claims == [True, False, True, False, True, False]


@pytest.mark.parametrize("member", ADMINS, ids=lambda member: member.locale)
def test_words(member: Member) -> None:
    """Every alarm has its words in each language, however many there are of a thing."""
    alarms = [
        *(
            expiring(name, NOW + 2 * DAY, days)
            for name in ("GITLAB_TOKEN", "GITLAB_HOOKS_TOKEN")
            for days in (0.5, 1.5, 9)
        ),
        *(silenced([hook(number) for number in range(count)], URL, NOW) for count in (1, 2, 11)),
        *(
            died(one, other, ["a"] * one + [str(n) for n in range(other)], NOW)
            for one, other in ((1, 0), (0, 1), (2, 30))
        ),
    ]
    for alarm in alarms:
        assert alarm
        message = WORDS(alarm, member, Choices())
        assert message.headline
        assert message.card.text
        assert "\n" not in message.headline
        assert {"None", "[]", "  "} & {message.headline, message.card.text, message.card.because} == set()


def test_which_hooks_are_off() -> None:
    """Of all projects and groups that are named, those of our hooks count that GitLab has switched off."""
    admin = FakeHookAdmin()
    web, shop, kim = (
        admin.add("group", 3, "web"),
        admin.add("project", 7, "web/shop"),
        admin.add("project", 9, "kim/dots"),
    )
    gone = Home("project", 8, "web/gone")
    admin.below[web] = [shop, gone]
    admin.logs |= {Hook(shop, 1, OURS, OFF): [], Hook(shop, 2, OURS): [], Hook(kim, 3, OURS, OFF): []}
    admin.logs[Hook(kim, 4, "https://elsewhere.example.com/gitlab", OFF)] = []
    admin.fail(gone, Refused("403"))
    where = Where(["web", "no/group"], ["kim/dots", "no/project"], OURS.removesuffix("/gitlab"))

    assert [one.id for one in switched_off(admin, where)] == [1, 3]


@pytest.mark.parametrize(
    ("home", "page"),
    [(SHOP, "web/shop/-/hooks/5/edit"), (WEB, "groups/web/-/hooks/5/edit")],
)
def test_page_of_a_hook(home: Home, page: str) -> None:
    """A hook's page lies below its project or group."""
    assert page_of(hook(5, home), f"{URL}/") == f"{URL}/{page}"


def test_looks_until_it_is_stopped(guard: Guard) -> None:
    """The administrators are told while it runs, and it ends when it is asked to."""
    guard.expires("2026-12-01")
    stopping = threading.Event()
    running = threading.Thread(target=guard.alarms.run, args=(stopping,))
    running.start()
    end = time.monotonic() + 30
    while not guard.told:
        assert time.monotonic() < end
        threading.Event().wait(0.005)
    stopping.set()
    running.join(30)

    assert not running.is_alive()
    assert len(guard.headlines()) == 1
