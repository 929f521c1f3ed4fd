"""From a member to the account in GitLab that would reach them."""

from dataclasses import replace

import pytest

from bot.directory import Directory
from bot.people import Member
from gitlab_hooks.lookups import GitLab, User, UserId
from gitlab_hooks.remembered import Remembered
from gitlab_hooks.whois import Whois
from tests.gitlab_hooks.team import MEMBERS, gitlab


def whois(of: GitLab | None = None, links: dict[str, str] | None = None, *more: Member) -> Whois:
    directory = Directory(lambda: (*MEMBERS, *more), links or {}, lambda: 0.0)
    directory.refresh()
    return Whois(of or gitlab(), directory, links or {})


def member(name: str) -> Member:
    return next(one for one in MEMBERS if one.name == name)


@pytest.mark.parametrize(
    ("name", "links", "expected"),
    [
        ("ben.okafor", {}, ("ben.okafor", "name")),
        ("junho.lee", {}, ("jlee", "email")),
        ("zoe.martin", {"Olaf.Lind": "zoe.martin"}, ("olaf.lind", "people")),
        ("ben.okafor", {"haneul": "ben.okafor"}, ("haneul", "people")),
        ("haneul", {"haneul": "ben.okafor"}, ("", "none")),
        ("ben.okafor", {"carla.rossi": "ben.okafor", "haneul": "ben.okafor"}, ("carla.rossi", "people")),
    ],
)
def test_account_of(name: str, links: dict[str, str], expected: tuple[str, str]) -> None:
    """A member is reached through `[people]`, the address, or the name, in this order."""
    assert whois(links=links).account_of(member(name)) == expected


def test_conflict() -> None:
    """Where equal names belong to two people, nobody is named, and it is called a conflict."""
    server = gitlab()
    server.users[UserId(2)] = replace(server.users[UserId(2)], email="ben@elsewhere.example")
    known = replace(member("ben.okafor"), email="ben@shop.example")
    directory = Directory(lambda: [known], {}, lambda: 0.0)
    directory.refresh()

    assert Whois(server, directory, {}).account_of(known) == ("", "conflict")


def test_nobody() -> None:
    """A member whom GitLab does not know is reached by nobody's account."""
    stranger = Member(MEMBERS[0].key, "nobody.there", "nobody@shop.example")

    assert whois().account_of(stranger) == ("", "none")


def test_accounts() -> None:
    """Every account that could be a member's is listed once, with what the matching says of each."""
    server = gitlab()
    server.users[UserId(20)] = User(UserId(20), "junho.lee")
    found = whois(server).accounts(member("junho.lee"))

    assert [(user.username, match.how.value) for user, match in found] == [("junho.lee", "conflict"), ("jlee", "email")]


def test_without_a_token() -> None:
    """Without a token nobody can be asked: a member is reached by the account of the same name."""
    assert whois(Remembered()).account_of(member("haneul")) == ("haneul", "name")
