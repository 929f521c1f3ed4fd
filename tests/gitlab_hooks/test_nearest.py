"""Who in GitLab could be meant by a member whom nothing matches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.people import Member, PersonKey
from gitlab_hooks.lookups import User, UserId
from gitlab_hooks.nearest import MOST, nearest

USERS = [
    User(UserId(1), "jane.doe", "Jane Doe"),
    User(UserId(2), "jlee", "Junho Lee"),
    User(UserId(3), "ben_okafor", "Ben Okafor"),
    User(UserId(4), "haneul", "김하늘"),
]


@pytest.mark.parametrize(
    ("name", "email", "found"),
    [
        ("jane", "", ["jane.doe"]),
        ("janedoe", "", ["jane.doe"]),
        ("doe.jane", "", ["jane.doe"]),
        ("j-doe", "jane.doe@example.com", ["jane.doe"]),
        ("junho.lee", "", ["jlee"]),
        ("ben.okafor2", "", ["ben_okafor"]),
        ("김하늘", "", ["haneul"]),
        ("zoe", "", []),
        ("._-", "", []),
    ],
)
def test_nearest(name: str, email: str, found: list[str]) -> None:
    """Names are near whatever stands between their parts, in any order; the address helps."""
    assert nearest(Member(PersonKey("k"), name, email), USERS) == found


@given(st.text(), st.text(), st.lists(st.tuples(st.text(min_size=1), st.text()), max_size=6))
def test_whatever_they_are_called(name: str, email: str, users: list[tuple[str, str]]) -> None:
    """Each account is proposed once, three at most, and only those that there are."""
    accounts = [User(UserId(number), *one) for number, one in enumerate(users)]
    found = nearest(Member(PersonKey("k"), name, email), accounts)

    assert len(found) == len(set(found)) <= MOST
    assert set(found) <= {one.username for one in accounts}
