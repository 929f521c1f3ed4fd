"""What `why` answers: told or not, and why; to the asker alone, and nothing that they may not read."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.choices import choices_of, choose
from bot.directory import Directory
from bot.errors import TryLater
from bot.journal import Entry, Line
from bot.markdown import JOINER, Markdown
from bot.mutes import Mute
from bot.people import Member
from bot.preferences import Choices, Defaults
from bot.quiet import Quiet
from bot.store import schema
from gitlab_hooks.happened import STANDINGS, Happening, happenings, undo
from gitlab_hooks.lookups import UserId
from gitlab_hooks.notices import Reason
from gitlab_hooks.whois import Whois
from gitlab_hooks.why import Why
from tests.gitlab_hooks.desk import Desk, desk
from tests.gitlab_hooks.team import MEMBERS, NOW, SHOP, TEMPLATES, URL, key, payload


@dataclass
class Office:
    """A desk at which people ask why."""

    desk: Desk
    directory: Directory = field(init=False)

    def __post_init__(self) -> None:
        self.directory = Directory(lambda: MEMBERS, {}, lambda: 0.0)
        self.directory.refresh()
        whois = Whois(self.desk.gitlab, self.directory, {})
        known = self.directory.known
        self.why = Why(self.desk.store, self.desk.gitlab, whois, Defaults(), URL, frozenset(), known)

    def ask(self, name: str, *words: str, language: str = "en") -> str:
        """Return what somebody is answered, as it is shown."""
        member = member_named(name)
        choices = self.desk.store.read(lambda conn: choices_of(conn, [member.key])).get(member.key, Choices())
        reply = self.why(member, choices, words)
        command = Markdown("/nudge")
        shown = TEMPLATES.render(language, reply.words, reply.block, command=command, **reply.values)
        return shown.replace(JOINER, "")

    def choose(self, name: str, choices: Choices) -> None:
        self.desk.store.write(lambda conn: choose(conn, key(name), choices, NOW))

    def send(self) -> None:
        """Let every message be sent."""
        post = {"id": 1, "person": "x", "message": "…", "props": "{}", "pending_post_id": "p", "first_tried": NOW}
        made = schema.posts.insert().values(**post, state="sent", post_id="p")
        self.desk.store.write(lambda conn: conn.execute(made).rowcount)
        sent = update(schema.outbox).values(state="sent", post=1)
        self.desk.store.write(lambda conn: conn.execute(sent).rowcount)


def member_named(name: str) -> Member:
    return next(member for member in MEMBERS if member.name == name)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with desk(tmp_path) as made:
        yield Office(made)


MR = "web/shop!42"
COMMENT = "note_hook__merge_request"


def test_told(office: Office) -> None:
    """What somebody was told stands there with when, what, by whom, by their own clock and in their language."""
    office.desk.deliver(payload(COMMENT))
    office.send()

    assert "Tue 24 Nov, 10:00 · mention (carla.rossi): **told**" in office.ask("haneul")
    assert "11월 24일(화) 10:00 · 멘션 (carla.rossi): **알려 드렸어요**" in office.ask("haneul", language="ko")
    assert f"**[!42 Show prices with tax]({URL}/web/shop/-/merge_requests/42)**" in office.ask("haneul")


@pytest.mark.parametrize(
    ("choices", "then", "english", "korean"),
    [
        (
            Choices(opted_in=False),
            Choices(opted_in=False),
            "not told: you were off (`/nudge on` changes that)",
            "알림이 꺼져 있어서 보내지 않았어요 (바꾸려면 `/nudge on`)",
        ),
        (Choices(opted_in=False), Choices(), "not told: you were off", "알림이 꺼져 있어서 보내지 않았어요"),
        (
            Choices(switches={"mentions": False}),
            Choices(switches={"mentions": False}),
            "not told: it was switched off (`/nudge on mentions` changes that)",
            "이 알림은 꺼 두셔서 보내지 않았어요 (바꾸려면 `/nudge on mentions`)",
        ),
        (
            Choices(switches={"mentioned": False}),
            Choices(switches={"mentioned": False}),
            "not told: it was switched off (`/nudge on mentioned` changes that)",
            "이 알림은 꺼 두셔서 보내지 않았어요 (바꾸려면 `/nudge on mentioned`)",
        ),
        (Choices(switches={"mentions": False}), Choices(), "it was switched off", "꺼 두셔서 보내지 않았어요"),
        (
            Choices(mutes=(Mute("web/shop", mentions=True),)),
            Choices(mutes=(Mute("api"), Mute("web/shop", mentions=True))),
            "not told: it was muted (`/nudge unmute web/shop` changes that)",
            "음소거해 두셔서 보내지 않았어요 (바꾸려면 `/nudge unmute web/shop`)",
        ),
        (
            Choices(mutes=(Mute("@carla.rossi", mentions=True),)),
            Choices(mutes=(Mute("@carla.rossi", mentions=True),)),
            "(`/nudge unmute @carla.rossi` changes that)",
            "(바꾸려면 `/nudge unmute @carla.rossi`)",
        ),
        (
            Choices(mutes=(Mute("web/shop", mentions=True),)),
            Choices(),
            "it was muted",
            "음소거해 두셔서 보내지 않았어요",
        ),
    ],
)
def test_what_somebody_chose(office: Office, choices: Choices, then: Choices, english: str, korean: str) -> None:
    """What was kept away by a choice names the command that brings it back, as long as that changes anything."""
    office.choose("haneul", choices)
    office.desk.deliver(payload(COMMENT))
    office.choose("haneul", then)

    for language, expected in (("en", english), ("ko", korean)):
        assert expected + "\n" in office.ask("haneul", MR, language=language) + "\n"


@pytest.mark.parametrize(
    ("named", "shown"),
    [
        (MR, True),
        ("WEB/shop!42", True),
        (f"{URL}/web/shop/-/merge_requests/42", True),
        (f"{URL}/web/shop/-/merge_requests/42/diffs#note_1", True),
        (f"<{URL}/web/shop/-/merge_requests/42>", True),
        ("web/shop", True),
        ("web", True),
        ("web/shop!4", False),
        ("web/shop!421", False),
        ("web/shop#42", False),
        ("we", False),
        ("web/shopping", False),
        ("https://elsewhere.example.com/web/shop/-/merge_requests/42", False),
        ("@carla.rossi", False),
        ("bots", False),
        ("!!!", False),
    ],
)
def test_one_thing(office: Office, named: str, shown: bool) -> None:
    """A link or a name shows all about that thing; what is not known is answered like what has nothing to show."""
    office.desk.deliver(payload(COMMENT))
    answer = office.ask("haneul", named)

    assert ("mention (carla.rossi)" in answer) is shown
    assert answer.startswith("I know of nothing that concerned you there.") is not shown


def test_a_pipeline_is_about_its_merge_request(office: Office) -> None:
    """A pipeline of a merge request is found by the merge request, though its link leads to its own page."""
    office.desk.deliver(payload("pipeline_hook__failed"))

    assert "failed pipeline" in office.ask("ben.okafor", MR)


def test_own_lines_alone(office: Office) -> None:
    """Nobody sees what concerned others."""
    office.desk.deliver(payload(COMMENT))

    assert office.ask("zoe.martin", MR) == office.ask("zoe.martin", "web/shop!99")
    assert office.ask("zoe.martin") == "Nothing has concerned you lately."
    assert office.ask("zoe.martin", language="ko") == "최근에는 나와 관련된 소식이 없어요."


def test_what_may_not_be_read(office: Office) -> None:
    """Of what somebody was not told because they may not read it, nothing is shown, even when they may now."""
    office.desk.deliver(payload("confidential_note_hook__internal"))
    unknown = office.ask("zoe.martin", "web/shop#99")
    office.desk.gitlab.levels[SHOP, UserId(6)] = 30

    assert ("key-of-zoe.martin", "no_access") in office.desk.rows(schema.journal, "person", "verdict")
    assert office.ask("zoe.martin", "web/shop#31") == unknown


def test_access_is_asked_again(office: Office) -> None:
    """What somebody has no message of is shown only if they may read it now; what they have, they have."""
    office.choose("haneul", Choices(switches={"mentions": False}))
    office.desk.deliver(payload(COMMENT))
    office.desk.deliver(payload("note_hook__issue"))
    office.send()
    both = office.ask("haneul")
    office.desk.gitlab.levels[SHOP, UserId(3)] = 0
    without = office.ask("haneul")

    assert ("!42 Show prices" in both, "!42 Show prices" in without) == (True, False)
    assert ("#31 Wrong total" in both, "#31 Wrong total" in without) == (True, True)


@pytest.mark.parametrize("ground", [True, False])
def test_no_answer_shows_nothing(office: Office, ground: bool) -> None:
    """Where GitLab does not answer, or nothing is known to ask by, what is unsure is left out."""
    office.choose("haneul", Choices(opted_in=False))
    office.desk.deliver(payload(COMMENT))
    if ground:
        office.desk.gitlab.down = TryLater("GET /projects/7: 503")
    else:
        forget = update(schema.journal).values(ground="")
        office.desk.store.write(lambda conn: conn.execute(forget).rowcount)

    assert office.ask("haneul", MR) == office.ask("haneul", "web/shop!99")


def test_the_project_does_not_answer(office: Office) -> None:
    """Who the asker is may be known while the project does not answer: that is unsure, too."""
    office.choose("haneul", Choices(opted_in=False))
    office.desk.deliver(payload(COMMENT))
    office.desk.gitlab.down_for[SHOP] = TryLater("GET /projects/7: 503")

    assert office.ask("haneul") == "Nothing has concerned you lately."


def test_no_news(office: Office) -> None:
    """What somebody did themselves stands at the thing, and not among the last that concerned them."""
    office.desk.deliver(payload(COMMENT, {"user.id": 3, "user.username": "haneul", "object_attributes.author_id": 3}))

    assert "not told: you did it yourself" in office.ask("haneul", MR)
    assert office.ask("haneul") == "Nothing has concerned you lately."


def test_the_last_ten(office: Office) -> None:
    """The last ten are shown, the newest first, however many things there are."""
    for number in range(12):
        note = {"object_attributes.id": 100 + number, "merge_request.id": number, "merge_request.iid": number}
        url = f"{URL}/web/shop/-/merge_requests/{number}#note_{100 + number}"
        office.desk.time.pass_ms(1)
        office.desk.deliver(payload(COMMENT, {**note, "object_attributes.url": url, "merge_request.url": url}))
    shown = [line.split(" ")[0] for line in office.ask("haneul").splitlines() if line.startswith("**[!")]

    assert shown == [f"**[!{number}" for number in range(11, 1, -1)]


LINE = Entry("told", 1, "note.issue", "note:1", "issue:1", "#1 Slow", f"{URL}/web/shop/-/issues/1", reason="mentioned")


@pytest.mark.parametrize(
    ("verdicts", "message", "standing"),
    [
        (["told"], "", "told"),
        (["told"], "sent", "told"),
        (["told"], "waiting", "on_its_way"),
        (["told"], "dead", "refused"),
        (["told"], "dropped", "given_up"),
        (["told", "held"], "waiting", "held"),
        (["told", "held"], "sent", "told"),
        (["told", "held", "muted"], "dropped", "muted"),
        (["told", "held", "withdrawn"], "dropped", "withdrawn"),
        (["told", "opted_out"], "dropped", "opted_out"),
        (["told", "told_before"], "sent", "told"),
        (["told_before"], "", "told_before"),
        (["muted", "told_before"], "", "muted"),
        (["draft"], "", "draft"),
    ],
)
def test_standing(verdicts: list[str], message: str, standing: str) -> None:
    """What became of something in the end is the last that the journal and the outbox say of it."""
    newest_first = [Line(at, LINE._replace(verdict=verdict), message) for at, verdict in enumerate(verdicts)][::-1]
    (one,) = happenings(newest_first)

    assert one.standing == standing


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_word(language: str) -> None:
    """Every reason and everything that can become of something has its words in both languages."""
    blocks = TEMPLATES.blocks(language, "why")

    assert {name for name in blocks if name.startswith("reason_")} == {f"reason_{one}" for one in [*Reason, ""]}
    assert {name for name in blocks if name.startswith("standing_")} == {f"standing_{one}" for one in STANDINGS}


@pytest.mark.parametrize(
    ("choices", "way"),
    [
        (Choices(snoozed=NOW + 1), "wake"),
        (Choices(quiet=Quiet(0, 60)), "quiet off"),
        (Choices(snoozed=NOW - 1), ""),
    ],
)
def test_held(choices: Choices, way: str) -> None:
    """What is held names the command that lets it come."""
    one = Happening((Line(0, LINE._replace(verdict="held"), "waiting"),))

    assert undo(one, choices, Defaults(), (), NOW) == way


def test_a_group_is_mentioned() -> None:
    """What was kept away because a group was mentioned names that switch."""
    one = Happening((Line(0, LINE._replace(verdict="switched_off")),))

    assert undo(one, Choices(switches={"group_mentions": False}), Defaults(), (), NOW) == "on group_mentions"


def test_the_longest(office: Office) -> None:
    """However long titles and addresses are, the answer fits."""
    title = "`*_[" * 60
    url = f"{URL}/web/shop/-/merge_requests/42?" + "한" * 300
    for number in range(25):
        note = {"object_attributes.id": 100 + number, "merge_request.id": number, "merge_request.title": title}
        office.desk.deliver(payload(COMMENT, {**note, "object_attributes.url": url, "merge_request.url": url}))

    for words in ((), ("web",)):
        assert len(office.ask("haneul", *words)) < 16_000
