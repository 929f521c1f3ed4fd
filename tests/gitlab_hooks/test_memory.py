"""What is remembered of people, on a real store."""

from collections.abc import Iterator

import pytest

from bot.choices import choose
from bot.messages import Message
from bot.people import PersonKey
from bot.preferences import Choices
from bot.store import Store, open_store
from gitlab_hooks.gather import Memory
from gitlab_hooks.lookups import User, UserId
from gitlab_hooks.memory import announce, name_accounts, named_accounts, recall, tell

MINA, JUN = PersonKey("mina"), PersonKey("jun")


def opening(thing: str, person: PersonKey) -> Message:
    return Message(person, f"{thing}:opened", thing, "", "assigned", "assignments", "", announces=thing)


@pytest.fixture(name="store")
def a_store(database: str) -> Iterator[Store]:
    store = open_store(database, serving=False)
    yield store
    store.close()


def test_recall(store: Store) -> None:
    """Facts told, openings announced and choices made are remembered of those who are asked about, and of no other."""
    store.write(lambda conn: tell(conn, [("f1", MINA), ("f2", JUN), ("f3", MINA)], 1))
    store.write(lambda conn: announce(conn, [opening("mr:1", MINA), opening("mr:2", JUN)]))
    store.write(lambda conn: choose(conn, MINA, Choices(opted_in=False), 1))

    assert store.read(lambda conn: recall(conn, "mr:1", ["f1", "f2"], [MINA])) == Memory(
        told=frozenset({("f1", MINA)}), announced=frozenset({MINA}), choices={MINA: Choices(opted_in=False)}
    )
    assert store.read(lambda conn: recall(conn, "mr:3", [], [MINA, JUN])).announced == frozenset()
    assert store.read(lambda conn: recall(conn, "mr:1", ["f1"], [])) == Memory()


def test_twice(store: Store) -> None:
    """To remember the same once more changes nothing."""
    for _ in range(2):
        store.write(lambda conn: tell(conn, [("f1", MINA)], 1))
        store.write(lambda conn: announce(conn, [opening("mr:1", MINA)]))

    assert store.read(lambda conn: recall(conn, "mr:1", ["f1"], [MINA])).told == {("f1", MINA)}


def test_nothing(store: Store) -> None:
    """To remember nothing is no statement at all."""
    store.write(lambda conn: tell(conn, [], 1))
    store.write(lambda conn: announce(conn, []))


def test_choices_of_nobody() -> None:
    """Nobody, and somebody who chose nothing, has chosen nothing."""
    assert Memory().of(None) == Choices()
    assert Memory(choices={MINA: Choices(language="ko")}).of(JUN) == Choices()


def test_named_accounts(store: Store) -> None:
    """The latest name of an id counts; nameless and idless users are not kept."""
    users = [User(UserId(1), "mina"), User(UserId(2), "jun"), User(UserId(0), "old"), User(UserId(3), "")]
    store.write(lambda conn: name_accounts(conn, users, 1))
    store.write(lambda conn: name_accounts(conn, [User(UserId(1), "mina.kim"), User(UserId(2), "jun")], 2))

    assert store.read(named_accounts) == [User(UserId(2), "jun"), User(UserId(1), "mina.kim")]
