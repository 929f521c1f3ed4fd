"""From notices to a message: the sentence, the card and its last line."""

from dataclasses import replace
from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.markdown import JOINER
from bot.messages import Message
from bot.preferences import Choices, Defaults
from gitlab_hooks.gather import Memory
from gitlab_hooks.naming import LONGEST, label
from gitlab_hooks.notices import Reason
from gitlab_hooks.review import Part
from gitlab_hooks.rules import ROWS
from gitlab_hooks.together import GATHERINGS
from gitlab_hooks.wording import COLORS, Wording
from tests.gitlab_hooks.team import Told, house, key, outcome, payload, told, wording

AVATAR = "https://gitlab.example.com/uploads/-/system/user/avatar/5/avatar.png"


def messages(body: Any, **options: Any) -> dict[str, Message]:
    found = outcome(body, house(**options)).results
    return {one.candidate.user.username: one.message for one in found if one.message}


def test_message() -> None:
    """A message names its fact, its lane, its group, its reason and topic, and what it looks like."""
    found = messages(payload("note_hook__merge_request"), language="en")["haneul"]

    assert (found.fact, found.object, found.group) == ("note:9901", "mr:4200", "5:mr:4200")
    assert (found.reason, found.topic, found.batched, found.kind) == ("mentioned", "mentions", True, "new")
    assert found.announces == ""
    assert found.card.text == f"Looks good, @{JOINER}haneul.\n\nOnly the cents are missing."
    assert found.card.because == "because you were mentioned · stop these: `/nudge off mentions`"
    assert (found.card.color, found.card.avatar, found.card.footer) == ("#1f75cb", AVATAR, "web/shop")


@pytest.mark.parametrize(
    ("name", "person", "en", "ko"),
    [
        (
            "merge_request_hook__opened",
            "ben.okafor",
            "because you are a reviewer · stop these: `/nudge off reviews`",
            "리뷰어라서 보내 드려요 · 그만 받기: `/nudge off reviews`",
        ),
        (
            "merge_request_hook__unassigned",
            "jlee",
            "because you were assigned · stop these: `/nudge off assignments`",
            "이전 담당자라서 보내 드려요 · 그만 받기: `/nudge off assignments`",
        ),
        (
            "issue_hook__closed",
            "carla.rossi",
            "because you are the author · stop these: `/nudge off issues`",
            "작성자라서 보내 드려요 · 그만 받기: `/nudge off issues`",
        ),
    ],
)
def test_because(name: str, person: str, en: str, ko: str) -> None:
    """The last line says why, and which command stops it."""
    assert messages(payload(name), language="en")[person].card.because == en
    assert messages(payload(name), language="ko")[person].card.because.split() == ko.split()


LONG = "\n\n".join(f"Part {number}: {'a word ' * 9}" for number in range(9))


@pytest.mark.parametrize(
    ("chosen", "house_quotes", "parts"),
    [(None, "off", 0), (None, "full", 9), ("off", "full", 0), ("short", "full", 3), ("full", "off", 9)],
)
def test_quoted(chosen: str | None, house_quotes: Literal["off", "short", "full"], parts: int) -> None:
    """A comment is quoted as far as the person has chosen, or the house where they have not; the rest stays."""
    memory = Memory(choices={key("haneul"): Choices(quote=chosen)})
    words = wording(Defaults(language="en", quote=house_quotes))
    body = payload("note_hook__merge_request", {"object_attributes.note": f"@haneul {LONG}"})
    found = outcome(body, replace(house(memory=memory), words=words)).results
    (card,) = [one.message.card for one in found if one.message and one.candidate.user.username == "haneul"]

    assert card.text.count("Part ") == parts
    assert card.because == "because you were mentioned · stop these: `/nudge off mentions`"


def test_because_of_several() -> None:
    """Somebody concerned in several ways is told all of them in one line."""
    body = payload("note_hook__merge_request", {"object_attributes.note": "@jlee", "merge_request.author_id": 4})

    assert messages(body, language="en")["jlee"].card.because == (
        "because you were mentioned, are the author and are assigned · stop these: `/nudge off mentions`"
    )
    assert messages(body, language="ko")["jlee"].card.because.split("·")[0].split() == (
        ["멘션됐고", "작성자이고", "담당자라서", "보내", "드려요"]
    )


@pytest.mark.parametrize("name", ["merge_request_hook__opened", "merge_request_hook__made_ready"])
def test_announces(name: str) -> None:
    """The opening of a merge request is an announcement of it, for everybody who is told."""
    assert {one.announces for one in messages(payload(name)).values()} == {"mr:4200"}


@pytest.mark.parametrize(
    ("name", "batched"),
    [
        ("note_hook__merge_request", True),
        ("merge_request_hook__approved", True),
        ("merge_request_hook__changes_requested", True),
        ("merge_request_hook__opened", False),
        ("merge_request_hook__merged", False),
        ("note_hook__edited", False),
        ("emoji_hook__awarded_note", True),
        ("issue_hook__opened", False),
    ],
)
def test_batching(name: str, *, batched: bool) -> None:
    """Comments and verdicts of one person on one thing gather, and emoji on one; all else goes at once, by itself."""
    for message in messages(payload(name)).values():
        assert message.batched is batched
        assert (message.group == message.fact) is not batched


def test_groups() -> None:
    """A comment and an approval of one person on one merge request are one group; of two people they are two."""
    comment = messages(payload("note_hook__merge_request_reply"))["anna.berg"]
    approval = messages(payload("merge_request_hook__approved"))["anna.berg"]
    other = messages(payload("note_hook__merge_request"))["anna.berg"]

    assert comment.group == approval.group != other.group


def test_groups_of_emoji() -> None:
    """Emoji on one comment are one group, whoever gives them; those on another, or on the merge request, are not."""
    by_another = {"object_attributes.id": 1, "user": {"id": 1, "username": "anna.berg", "name": "Anna Berg"}}
    comment, same, other = (
        messages(payload("emoji_hook__awarded_note", changes))["carla.rossi"]
        for changes in ({}, by_another, {**by_another, "object_attributes.awardable_id": 9902})
    )
    above = messages(payload("emoji_hook__awarded_merge_request"))["anna.berg"]

    assert comment.object == same.object == other.object == above.object == "mr:4200"
    assert comment.group == same.group
    assert len({comment.group, other.group, above.group}) == 3


def test_emoji_on_something_unnamed() -> None:
    """An emoji whose payload does not tell what got it gathers with no other."""
    one, other = (
        messages(
            payload("emoji_hook__awarded_note", {"object_attributes.id": id_, "object_attributes.awardable_id": None})
        )["carla.rossi"]
        for id_ in (1, 2)
    )

    assert one.group != other.group


def test_beside_others() -> None:
    """Every message knows what it would say beside others: some leave with others at once, all may be held."""
    comment = messages(payload("note_hook__merge_request_reply"), language="en")["anna.berg"]
    part = msgspec.json.decode(comment.context, type=Part)

    assert part == Part(
        language="en",
        who="2",
        actor="Ben Okafor",
        label="!42 Show prices with tax",
        page="https://gitlab.example.com/web/shop/-/merge_requests/42",
        url="https://gitlab.example.com/web/shop/-/merge_requests/42#note_9902",
        reason=Reason.COMMENTED,
        roles=("author",),
        topic="comments",
    )
    assigned = messages(payload("merge_request_hook__assigned"))["jlee"]
    assert msgspec.json.decode(assigned.context, type=Part).reason == Reason.ASSIGNED
    assert (comment.batched, assigned.batched) == (True, False)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (AVATAR, AVATAR),
        ("/uploads/5/avatar.png", "https://gitlab.example.com/uploads/5/avatar.png"),
        ("//evil.example/x.png", ""),
        ("http://gitlab.example.com/x.png", ""),
        ("https://evil.example/x.png", ""),
        ("https://gitlab.example.com.evil.example/x.png", ""),
        ("https://gitlab.example.com:8443/x.png", ""),
        ("https://a@gitlab.example.com/x.png", ""),
        ("https://secure.gravatar.com/avatar/1", ""),
        ("https://[gitlab/x.png", ""),
        ("data:image/png;base64,AAAA", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_avatar(url: str | None, expected: str) -> None:
    """An avatar is shown from GitLab's own host over https, and from nowhere else."""
    body = payload("merge_request_hook__assigned", {"user.avatar_url": url})

    assert messages(body)["jlee"].card.avatar == expected


def without_images(of: Any) -> Any:
    return replace(of, words=wording(Defaults(), images=False))


@pytest.mark.parametrize(
    ("by", "chosen", "people", "times"),
    [(5, None, 3, 1), (5, "full", 3, 2), (5, "off", 3, 1), (90, None, 0, 0)],
)
def test_a_quotation_is_made_once(by: int, chosen: str | None, people: int, times: int) -> None:
    """What a comment says is made fit for the cards once at each length, however many hear of it, never for nobody."""
    asked: list[str] = []
    memory = Memory(choices={key("haneul"): Choices(quote=chosen)})
    of = replace(house(memory=memory), words=replace(wording(Defaults()), shown=asked.append))
    found = outcome(payload("note_hook__merge_request", {"user.id": by}), of).results

    assert sum(one.message is not None for one in found) == people
    assert asked.count("haneul") == times


def test_no_images() -> None:
    """A team that wants no pictures gets none."""
    (found,) = outcome(payload("merge_request_hook__assigned"), without_images(house())).results

    assert found.message
    assert found.message.card.avatar == ""


def test_http_gitlab_shows_no_avatar() -> None:
    """A GitLab without https has no avatars here."""
    of = house()
    assert isinstance(of.words, Wording)
    plain = replace(of, words=replace(of.words, gitlab="http://gitlab.example.com"))
    body = payload("merge_request_hook__assigned", {"user.avatar_url": "http://gitlab.example.com/x.png"})
    (found,) = outcome(body, plain).results

    assert found.message
    assert found.message.card.avatar == ""


@pytest.mark.parametrize(
    ("actor", "expected"),
    [
        ({"id": 1, "username": "anna.berg", "name": "Anna Berg"}, "**Anna Berg** assigned"),
        ({"id": 1, "username": "anna.berg", "name": None}, "**anna.berg** assigned"),
        ({"id": 1, "username": "anna.berg", "name": "A *B* _c_"}, "**A \\*B\\* \\_c\\_** assigned"),
        ({"id": 1, "username": "anna.berg", "name": "@all\n# hi"}, f"**@{JOINER}all # hi** assigned"),
    ],
)
def test_actor(actor: dict[str, Any], expected: str) -> None:
    """The actor's name is shown as text, and the user name where there is none."""
    assert told(payload("merge_request_hook__assigned", {"user": actor}))["jlee"].en.startswith(expected)


def test_unlinked() -> None:
    """A thing without an address on the web is named without a link."""
    body = payload("merge_request_hook__assigned", {"object_attributes.url": "javascript:alert(1)"})

    assert told(body)["jlee"].en == "**Anna Berg** assigned !42 Show prices with tax to you"


@given(title=st.text(max_size=60))
def test_any_title(title: str) -> None:
    """Whatever a title says, the sentence is one line, with one link, and pings nobody."""
    body = payload("merge_request_hook__assigned", {"object_attributes.title": title})
    found: Told = told(body)["jlee"]

    for said in (found.en, found.ko):
        assert said.count("](") == 1
        assert len(said.splitlines()) == 1
        assert not any(f"@{letter}" in said for letter in "abcdefghijklmnopqrstuvwxyz")


def test_label() -> None:
    """A thing without a title is called by its reference alone."""
    event = outcome(payload("merge_request_hook__assigned", {"object_attributes.title": ""})).event

    assert event
    assert label(event.thing) == "!42"


def test_endless() -> None:
    """A first line of a commit that never ends, and whatever else may be endless, fits into a sentence all the same."""
    body = payload("note_hook__commit", {"commit.title": "a" * 50_000, "user.name": "b" * 50_000})
    said = told(body)["haneul"].en

    assert f"{'b' * (LONGEST - 1)}…** mentioned you in [4c1d0f6a {'a' * (LONGEST - 10)}…](" in said


def test_endless_address() -> None:
    """An address longer than any of GitLab's is left out, and the thing named without a link."""
    body = payload("issue_hook__assigned", {"object_attributes.url": f"https://gitlab.example.com/{'é' * 9_000}"})

    assert told(body)["haneul"].en == "**Carla Rossi** assigned #31 Wrong total to you"


def test_tables() -> None:
    """Rules that batch exist, and a reason without a colour of its own is talk."""
    assert set(ROWS) >= set(GATHERINGS)
    assert all(color.startswith("#") for color in COLORS.values())
