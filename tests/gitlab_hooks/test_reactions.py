"""One line for the emoji on one thing: which, how many of each, from whom; and that it tells what stands."""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.compose import compose
from bot.courier import Courier
from bot.fit import PROPS_LIMIT, props_weight
from bot.mattermost import ChannelId, Posted
from bot.messages import Card
from bot.outbox import Batching, Waiting
from bot.people import PersonKey
from bot.posts import Design
from bot.store import schema
from gitlab_hooks.emojis import shown_emoji
from gitlab_hooks.notices import Reason
from gitlab_hooks.parts import COMMAND
from gitlab_hooks.reactions import NAMED, Reaction, counts
from gitlab_hooks.reader import Reader
from gitlab_hooks.review import Part
from gitlab_hooks.together import Gathered, context_of
from tests.bot.engine import one_by_one, send_all
from tests.bot.fakes import FakeMattermost
from tests.gitlab_hooks.desk import Desk, desk
from tests.gitlab_hooks.team import TEMPLATES, key, payload, user

PAGE = "https://gitlab.example.com/web/shop/-/merge_requests/42"
LINK = f"[!42 Show prices with tax]({PAGE}#note_9901)"
WORDS = Gathered.of(TEMPLATES, COMMAND)
STOP = "because you are the author · stop these: `/nudge off reactions`"
NAMES = ("Ann", "Bea", "Cem", "Dan", "Eve", "Fay")
EMOJI = ("thumbsup", "tada", "heart", "shop_parrot")

Given = tuple[str, str]
"""Who gave which emoji."""


def reaction(by: str, emoji: str, **more: str) -> Reaction:
    """Return what a message has to say of one emoji on a comment."""
    given = {"language": "en", "target": "Note:9901", "on": "note", "actor": by, **more}
    label, url = "!42 Show prices with tax", f"{PAGE}#note_9901"
    return Reaction(by=by, emoji=emoji, label=label, url=url, roles=("author",), topic="reactions", **given)


def message(number: int, of: Reaction | Part | None, card: Card = Card("quoted", "because", "#1f75cb")) -> Waiting:  # noqa: B008 - it is frozen
    return Waiting(
        id=number,
        delivery=None,
        fact=f"award:{number}",
        person=PersonKey("mina"),
        kind="new",
        group="reactions:Note:9901",
        object="mr:4200",
        reason="reacted",
        topic="reactions",
        headline=f"headline {number}",
        card=card,
        batched=True,
        announces="",
        created=0,
        due=0,
        context=context_of(of) if of else "",
    )


def messages(*given: Given, **more: str) -> list[Waiting]:
    """Messages about several emoji on one comment, in the order in which they were given."""
    return [message(number, reaction(by, emoji, **more)) for number, (by, emoji) in enumerate(given, 1)]


# ------------------------------------------------------------------ the line


@pytest.mark.parametrize(
    ("given", "english", "korean"),
    [
        (
            [("Ann", "thumbsup"), ("Bea", "tada"), ("Cem", "thumbsup")],
            f"👍 2 🎉 1 on your comment on {LINK}, from **Ann**, **Bea** and **Cem**",
            f"**Ann** 님, **Bea** 님, **Cem** 님이 내 댓글에 👍 2 🎉 1 반응을 남겼어요: {LINK}",
        ),
        (
            [("Ann", "tada"), ("Bea", "+1"), ("Cem", "thumbsup"), ("Dan", "tada"), ("Eve", "thumbsup")],
            f"👍 3 🎉 2 on your comment on {LINK}, from **Ann**, **Bea**, **Cem** and 2 others",
            f"**Ann** 님, **Bea** 님, **Cem** 님 외 2명이 내 댓글에 👍 3 🎉 2 반응을 남겼어요: {LINK}",
        ),
        (
            [("Ann", "heart"), ("Ann", "eyes"), ("Bea", "shop_parrot")],
            f"❤️ 1 👀 1 :shop_parrot: 1 on your comment on {LINK}, from **Ann** and **Bea**",
            f"**Ann** 님, **Bea** 님이 내 댓글에 ❤️ 1 👀 1 :shop_parrot: 1 반응을 남겼어요: {LINK}",
        ),
        (
            [("Ann", "thumbsup"), ("Ann", "tada"), ("Ann", "thumbsup")],
            f"**Ann** reacted with 👍 🎉 to your comment on {LINK}",
            f"**Ann** 님이 내 댓글에 👍 🎉 반응을 남겼어요: {LINK}",
        ),
    ],
)
def test_emoji_on_one_thing_are_one_line(given: list[Given], english: str, korean: str) -> None:
    """Most first, then first given; few people are named, more are counted; of one person it reads as of one emoji."""
    assert compose(messages(*given), "key", WORDS).message == english
    assert compose(messages(*given, language="ko"), "key", WORDS).message == korean


@pytest.mark.parametrize(
    ("on", "english", "korean"),
    [("merge_request", "merge request", "MR"), ("issue", "issue", "이슈"), ("objective", "objective", "작업 항목")],
)
def test_what_got_the_emoji_is_named(on: str, english: str, korean: str) -> None:
    """The line says what of theirs it is."""
    given = [("Ann", "tada"), ("Bea", "tada")]

    assert compose(messages(*given, on=on), "key", WORDS).message.startswith(f"🎉 2 on your {english} [")
    assert f" 내 {korean}에 🎉 2 " in compose(messages(*given, on=on, language="ko"), "key", WORDS).message


@pytest.mark.parametrize("people", range(2, len(NAMES) + 1))
def test_few_are_named_and_many_counted(people: int) -> None:
    """Up to four people are named; of more it names three, and whoever is left is more than one."""
    said = compose(messages(*((name, "tada") for name in NAMES[:people])), "key", WORDS).message
    named = sum(f"**{name}**" in said for name in NAMES)

    assert named == (people if people <= NAMED else NAMED - 1)
    assert (f" and {people - named} others" in said) is (people > NAMED)


def test_two_people_of_one_name_are_two() -> None:
    """People are told apart by who they are in GitLab, not by their names."""
    same = [message(number, reaction(str(number), "tada", actor="Kim")) for number in (1, 2)]

    assert compose(same, "key", WORDS).message == f"🎉 2 on your comment on {LINK}, from **Kim** and **Kim**"


def test_the_thing_is_quoted_once() -> None:
    """There is one card: the text as it was at the last, the reason and the place, and no picture of one of several."""
    first = Card("before the edit", "because", "#1f75cb", "https://g/ann.png", "web/shop")
    last = Card("after it", "because", "#1f75cb", "https://g/bea.png", "web/shop")
    both = [message(1, reaction("Ann", "tada"), first), message(2, reaction("Bea", "tada"), last)]
    hers = [message(1, reaction("Ann", "tada"), first), message(2, reaction("Ann", "heart"), first)]

    (card,) = compose(both, "key", WORDS).props["attachments"]
    assert card["text"] == f"after it\n\n{STOP}"
    assert (card["footer"], card["color"]) == ("web/shop", "#1f75cb")
    assert card["fallback"].startswith("🎉 2 on your comment on !42 Show prices with tax, from")
    assert "author_icon" not in card
    assert compose(hers, "key", WORDS).props["attachments"][0]["author_icon"] == "https://g/ann.png"


def test_where_nothing_is_quoted_the_card_says_why() -> None:
    """A merge request's own text says nothing about an emoji on it, so the card is the last line alone."""
    silent = [message(number, reaction(by, "tada"), Card()) for number, by in enumerate(("Ann", "Bea"), 1)]

    (card,) = compose(silent, "key", WORDS).props["attachments"]
    assert card["text"] == STOP


def test_one_alone_speaks_for_itself() -> None:
    """A single emoji is the message that was written for it."""
    assert compose(messages(("Ann", "tada")), "key", WORDS).message == "headline 1"


def test_what_is_not_one_thing_stays_apart() -> None:
    """Emoji on two things, emoji beside a comment, and messages that say nothing of themselves are no one line."""
    tada = reaction("Ann", "tada")
    said = Part("en", "7", "Ann", "!42", PAGE, PAGE, Reason.COMMENTED, ("author",), "comments")

    for other in (reaction("Bea", "tada", target="Note:9902"), said, None):
        assert WORDS([message(1, tada), message(2, other)]) is None
    assert compose([message(1, tada), message(2, None)], "key", WORDS).message == "headline 1\nheadline 2"


GIVEN = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(EMOJI)), min_size=1, max_size=20)


@given(GIVEN, st.randoms(use_true_random=False))
def test_counts_add_up(given: list[Given], chance: Any) -> None:
    """In whatever order they came, each person counts once for each emoji they gave, and the numbers fall."""
    shuffled = sorted(given, key=lambda _: chance.random())
    found = counts(reaction(by, emoji) for by, emoji in given)
    again = counts(reaction(by, emoji) for by, emoji in shuffled)

    assert dict(found) == dict(again) == Counter(shown_emoji(emoji) for _, emoji in set(given))
    assert [count for _, count in found] == sorted((count for _, count in found), reverse=True)


@given(GIVEN.filter(lambda given: len(given) > 1), st.text(max_size=300))
def test_any_number_of_emoji_fits_into_posts(given: list[Given], quoted: str) -> None:
    """Whatever is given, it is one line within the limits, in which every message is counted."""
    several = [message(number, reaction(*one), Card(quoted)) for number, one in enumerate(given, 1)]
    draft = compose(several, "key", WORDS)

    assert draft.members == tuple(range(1, len(given) + 1))
    assert len(draft.message.splitlines()) == len(draft.props["attachments"]) == 1
    assert props_weight(draft.props) <= PROPS_LIMIT


# ------------------------------------------------------------------ from deliveries to posts


class Scene:
    """Deliveries about the emoji on Carla's comment, on Anna's merge request, and what the two of them are sent."""

    def __init__(self, at: Desk) -> None:
        self.at, self.time = at, at.time
        self.mattermost = FakeMattermost(at.time)
        self._reader = Reader(at.store, at.house, Batching(3_000, 15_000), lambda: None, lambda: 0.0)
        self._courier = Courier(at.store, self.mattermost, one_by_one(send_all), Design(WORDS))
        self._awards = itertools.count(600)

    def award(self, by: int, name: str, on: str = "note", **more: Any) -> int:
        """Let one of the team give an emoji; return the award's number."""
        number = next(self._awards)
        self._deliver("awarded", on, number, by, name, more)
        return number

    def revoke(self, number: int, by: int, name: str, on: str = "note") -> None:
        self._deliver("revoked", on, number, by, name, {})

    def comment(self, number: int) -> None:
        """Let Anna comment on her own merge request, and mention Carla."""
        changes = {"object_attributes.id": number, "object_attributes.note": "@carla.rossi ?"}
        self._accept(payload("note_hook__merge_request", changes | self._by(1)))

    def _deliver(self, case: str, on: str, number: int, by: int, name: str, more: dict[str, Any]) -> None:
        its = {"object_attributes.id": number, "object_attributes.name": name}
        self._accept(payload(f"emoji_hook__{case}_{on}", its | self._by(by) | more))

    def _by(self, number: int) -> dict[str, Any]:
        one = user(number)
        return {"user": {"id": number, "username": one.username, "name": one.name}, "object_attributes.user_id": number}

    def _accept(self, body: Any) -> None:
        self.at.accept(body)
        while self._reader.step():
            pass
        while self._courier.step():
            pass

    def wait(self, ms: int = 3_000) -> None:
        self.time.pass_ms(ms)
        while self._courier.step():
            pass

    def posts(self, who: str = "carla.rossi") -> list[Posted]:
        return self.mattermost.channels.get(ChannelId(f"dm-{key(who)}"), [])

    def heard(self, who: str = "carla.rossi") -> list[str]:
        return [post.message for post in self.posts(who)]


@pytest.fixture(name="scene")
def a_scene(tmp_path: Path) -> Iterator[Scene]:
    with desk(tmp_path, language="en") as at:
        yield Scene(at)


def test_three_people_are_one_post(scene: Scene) -> None:
    """Emoji of several people on one comment within a moment are one post, with the comment quoted once."""
    for by, name in ((2, "thumbsup"), (1, "tada"), (3, "thumbsup")):
        scene.award(by, name)
    assert scene.heard() == []
    scene.wait()

    line = f"👍 2 🎉 1 on your comment on {LINK}, from **Ben Okafor**, **Anna Berg** and **김하늘**"
    assert scene.heard() == [line]
    (card,) = scene.posts()[0].props["attachments"]
    assert card["text"].count("Only the cents are missing.") == 1
    assert card["text"].endswith(STOP)
    assert scene.at.rows(schema.outbox, "state") == [("sent",)] * 3


def test_one_alone_reads_as_ever(scene: Scene) -> None:
    """A single emoji is told in the words of a single one, when nobody has joined in."""
    scene.award(2, "thumbsup")
    scene.wait()

    assert scene.heard() == [f"**Ben Okafor** reacted with 👍 to your comment on {LINK}"]


def test_what_was_taken_back_is_not_counted(scene: Scene) -> None:
    """An emoji taken back while the line waits is not in it; if none is left, nothing is told."""
    taken = scene.award(2, "thumbsup")
    scene.award(1, "tada")
    scene.award(3, "tada")
    scene.revoke(taken, 2, "thumbsup")
    scene.wait()
    assert scene.heard() == [f"🎉 2 on your comment on {LINK}, from **Anna Berg** and **김하늘**"]

    scene.revoke(scene.award(2, "thumbsup"), 2, "thumbsup")
    scene.wait()
    assert len(scene.posts()) == 1


def test_emoji_given_again_counts_once(scene: Scene) -> None:
    """Who takes an emoji back and gives it again counts once, in whatever order GitLab's deliveries come."""
    first = scene.award(2, "thumbsup")
    scene.award(2, "thumbsup")
    scene.award(1, "thumbsup")
    scene.wait()
    scene.revoke(first, 2, "thumbsup")

    assert scene.heard() == [f"👍 2 on your comment on {LINK}, from **Ben Okafor** and **Anna Berg**"]


def test_each_thing_has_its_line(scene: Scene) -> None:
    """Emoji on a comment and on the merge request itself are told to each of their authors, as two things."""
    for by in (2, 3):
        scene.award(by, "thumbsup")
        scene.award(by, "tada", on="merge_request")
    scene.wait()

    assert scene.heard() == [f"👍 2 on your comment on {LINK}, from **Ben Okafor** and **김하늘**"]
    assert scene.heard("anna.berg") == [
        f"🎉 2 on your merge request [!42 Show prices with tax]({PAGE}), from **Ben Okafor** and **김하늘**"
    ]


def test_nothing_overtakes(scene: Scene) -> None:
    """A comment on the same merge request goes after the emoji before it and before those after it."""
    scene.award(2, "thumbsup")
    scene.award(3, "thumbsup")
    scene.comment(1)
    scene.award(2, "tada")
    scene.award(1, "tada")
    scene.wait()

    assert [said.partition(" ")[0] for said in scene.heard()] == ["👍", "**Anna", "🎉"]


def test_a_line_waits_no_longer_than_the_limit(scene: Scene) -> None:
    """However quickly one emoji follows the other, what has waited for the longest time allowed leaves."""
    for number in range(8):
        scene.award(2 + number % 2, f"tada_{number}")
        scene.wait(2_000)

    assert len(scene.posts()) == 1


def test_an_old_emoji_is_not_in_the_line(scene: Scene) -> None:
    """What is stale by itself does not come in through the others."""
    scene.award(2, "thumbsup")
    scene.award(3, "tada", **{"object_attributes.created_at": "2026-11-20 09:00:00 UTC"})
    scene.wait()

    assert scene.heard() == [f"**Ben Okafor** reacted with 👍 to your comment on {LINK}"]


PEOPLE = (1, 2, 3, 4)
ONE_EACH = st.lists(
    st.tuples(st.sampled_from(PEOPLE), st.sampled_from(EMOJI), st.booleans()), unique_by=lambda one: one[:2], max_size=8
)


@settings(max_examples=20)
@given(ONE_EACH)
def test_a_line_tells_what_stands(acts: Sequence[tuple[int, str, bool]]) -> None:
    """Whatever is given and taken back before the line leaves, it counts exactly what stands when it does."""
    with TemporaryDirectory() as folder, desk(Path(folder), language="en") as at:
        scene = Scene(at)
        given = [(scene.award(by, name), by, name) for by, name, _ in acts]
        for (number, by, name), (_, _, stays) in zip(given, acts, strict=True):
            if not stays:
                scene.revoke(number, by, name)
        scene.wait()
        stands = [reaction(str(by), name, actor=user(by).name) for by, name, stays in acts if stays]
        said = " ".join(scene.heard())

    assert len(scene.posts()) == bool(stands)
    for emoji, count in counts(stands):
        assert emoji in said
        assert f"{emoji} {count}" in said or len({one.by for one in stands}) == 1
    assert all((f"**{one.actor}**" in said) for one in stands)
