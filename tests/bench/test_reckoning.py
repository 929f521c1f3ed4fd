"""The account that chaos gives: each fault that is put into a sound history is seen, and nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.storm.reckoning import Fact, Post, missing, post_of, reckon

ANNA, BEN = "anna.berg", "ben"
Posts = dict[str, list[Post]]

FACTS = (
    Fact("#note_1", "!1", frozenset({ANNA, BEN}), begun=0.0, ended=1.0, acknowledged=True),
    Fact("#note_2", "!2", frozenset({ANNA}), begun=0.5, ended=1.5, acknowledged=True),
    Fact("#note_3", "!1", frozenset({ANNA, BEN}), begun=2.0, ended=3.0, acknowledged=True),
    Fact("#note_4", "!1", frozenset({ANNA}), begun=4.0, ended=5.0, acknowledged=False),
    Fact("#note_5", "!1", frozenset({ANNA}), begun=6.0, ended=7.0, acknowledged=True, taken_back=True),
    Fact("#note_6", "!1", frozenset({ANNA, BEN}), begun=6.5, ended=8.0, acknowledged=True),
)


def sound() -> Posts:
    """Return what people see when all is well: for Anna what waited for one object left as one post."""
    anna = [Post(("#note_2",), 2.0), Post(("#note_1", "#note_3"), 4.0), Post(("#note_6",), 9.0)]
    return {ANNA: anna, BEN: [Post((marker,), 9.0) for marker in ("#note_1", "#note_3", "#note_6")]}


def test_a_sound_history_has_no_fault() -> None:
    """What was never acknowledged or was taken back need not arrive, and different objects may overtake each other."""
    found = reckon(FACTS, sound())

    assert found.sound
    assert (found.facts, found.acknowledged, found.owed, found.arrived, found.posts) == (6, 5, 7, 7, 6)
    assert found.slowest == pytest.approx(8.0)
    assert missing(FACTS, sound()) == 0


def test_what_need_not_arrive_may_arrive() -> None:
    """What was not acknowledged may have been kept all the same, and what was taken back may have left before."""
    posts = sound()
    posts[ANNA] += [Post(("#note_5",), 9.5), Post(("#note_4",), 10.0)]

    assert reckon(FACTS, posts).sound


def lose_one(posts: Posts) -> None:
    del posts[BEN][1]


def lose_one_of_a_post(posts: Posts) -> None:
    posts[ANNA][1] = Post(("#note_1",), 4.0)


def lose_everything(posts: Posts) -> None:
    posts.clear()


def send_one_twice(posts: Posts) -> None:
    posts[BEN].append(Post(("#note_1",), 9.9))


def send_one_twice_in_a_post(posts: Posts) -> None:
    posts[BEN][0] = Post(("#note_1", "#note_1"), 9.0)


def send_twice_what_nobody_acknowledged(posts: Posts) -> None:
    posts[ANNA] += [Post(("#note_4",), 9.9)] * 2


def swap_two(posts: Posts) -> None:
    posts[BEN][:2] = reversed(posts[BEN][:2])


def swap_within_a_post(posts: Posts) -> None:
    posts[ANNA][1] = Post(("#note_3", "#note_1"), 4.0)


def tell_somebody_else(posts: Posts) -> None:
    posts["zoe"] = [Post(("#note_1",), 1.0)]


def tell_of_nothing(posts: Posts) -> None:
    posts[BEN].append(Post((), 1.0))


DOCTORED: Sequence[tuple[Callable[[Posts], None], str, list[str]]] = (
    (lose_one, "lost", ["ben: #note_3"]),
    (lose_one_of_a_post, "lost", ["anna.berg: #note_3"]),
    (
        lose_everything,
        "lost",
        [*(f"anna.berg: #note_{one}" for one in (1, 2, 3, 6)), *(f"ben: #note_{one}" for one in (1, 3, 6))],
    ),
    (send_one_twice, "twice", ["ben: #note_1"]),
    (send_one_twice_in_a_post, "twice", ["ben: #note_1"]),
    (send_twice_what_nobody_acknowledged, "twice", ["anna.berg: #note_4"]),
    (swap_two, "out_of_order", ["ben: #note_1"]),
    (swap_within_a_post, "out_of_order", ["anna.berg: #note_1"]),
    (tell_somebody_else, "astray", ["zoe: #note_1"]),
    (tell_of_nothing, "astray", ["ben: a post about nothing"]),
)


@pytest.mark.parametrize(("doctor", "kind", "named"), DOCTORED, ids=[row[0].__name__ for row in DOCTORED])
def test_every_fault_is_seen(doctor: Callable[[Posts], None], kind: str, named: list[str]) -> None:
    """A history with one fault in it is not sound, and the account names that fault alone."""
    posts = sound()
    doctor(posts)
    found = reckon(FACTS, posts)
    faults = {name: list(getattr(found, name)) for name in ("lost", "twice", "out_of_order", "astray")}

    assert not found.sound
    assert faults == {name: named if name == kind else [] for name in faults}
    assert missing(FACTS, posts) == len(found.lost)


@given(st.permutations(["#note_1", "#note_3", "#note_6"]))
def test_only_one_order_is_right(order: list[str]) -> None:
    """Of webhooks that did not overlap every order but their own is a fault."""
    found = reckon(FACTS, {**sound(), BEN: [Post((marker,), 9.0) for marker in order]})

    assert found.sound == (order == sorted(order))


@given(st.permutations(range(5)))
def test_any_order_is_right_at_the_same_time(order: list[int]) -> None:
    """Of webhooks that were under way at the same time every order is right."""
    together = [replace(FACTS[0], marker=f"#note_{one}", people=frozenset({BEN})) for one in range(5)]

    assert reckon(together, {BEN: [Post((f"#note_{one}",), 2.0) for one in order]}).sound


def test_a_post_is_read_as_people_see_it() -> None:
    """The sentence is read first and then the cards; links to comments and pipelines, and marked titles, are facts."""
    shown = {
        "message": "**Ben** closed [!4 Storm000012 Round once](http://gitlab/web/shop/-/merge_requests/4)",
        "props": {"attachments": [{"text": "[Comment](http://gitlab/x#note_9001)"}, {"text": "/-/pipelines/301"}]},
        "create_at": 2500,
    }

    assert post_of(shown) == Post(("Storm000012", "#note_9001", "/pipelines/301"), 2.5)
    assert post_of({"message": "Hello", "props": {}, "create_at": 0}) == Post((), 0.0)
