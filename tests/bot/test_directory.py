"""Who is who: members of the channel and accounts of the other side."""

import threading
from collections.abc import Callable, Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.directory import SHORTEST_PAUSE, Directory
from bot.errors import Misconfigured, TryLater
from bot.matching import Account, How, Match, match, roster
from bot.people import Member, PersonKey


def member(name: str, email: str = "", *, key: str = "", active: bool = True, bot: bool = False) -> Member:
    return Member(PersonKey(key or f"key of {name}"), name, email, active=active, bot=bot)


BEN = member("ben", "ben@shop.example")
MINA = member("mina", "mina@shop.example")
JUNHO = member("junho.lee", "jlee@shop.example")
SHY = member("shy")
GONE = member("gone", "gone@shop.example", active=False)
BOT = member("deploy", "deploy@shop.example", bot=True)
TWIN, OTHER_TWIN = member("twin", "twins@shop.example"), member("other.twin", "twins@shop.example")

CHANNEL = roster([BEN, MINA, JUNHO, SHY, GONE, BOT, TWIN, OTHER_TWIN])
PEOPLE = {"mina.kim": "mina", "left": "nobody.here"}


@pytest.mark.parametrize(
    ("account", "links", "how", "found"),
    [
        (Account("ben", "ben@shop.example"), {}, How.EMAIL, BEN),
        (Account("ben"), {}, How.NAME, BEN),
        (Account("BEN"), {}, How.NAME, BEN),
        (Account("jlee", "JLee@Shop.Example"), {}, How.EMAIL, JUNHO),
        (Account("ben", "jlee@shop.example"), {}, How.EMAIL, JUNHO),
        (Account("shy", "shy@shop.example"), {}, How.NAME, SHY),
        (Account("ben", "other@shop.example"), {}, How.CONFLICT, None),
        (Account("somebody", "twins@shop.example"), {}, How.CONFLICT, None),
        (Account("twin", "twins@shop.example"), {}, How.CONFLICT, None),
        (Account("stranger", "stranger@shop.example"), {}, How.NONE, None),
        (Account("stranger"), {}, How.NONE, None),
        (Account("", ""), {}, How.NONE, None),
        (Account("gone"), {}, How.NAME, GONE),
        (Account("deploy", "deploy@shop.example"), {}, How.NONE, None),
        (Account("mina.kim"), PEOPLE, How.PEOPLE, MINA),
        (Account("Mina.Kim", "ben@shop.example"), PEOPLE, How.PEOPLE, MINA),
        (Account("left", "ben@shop.example"), PEOPLE, How.NONE, None),
        (Account("mina"), PEOPLE, How.CONFLICT, None),
        (Account("ben", "other@shop.example"), {"ben": "ben"}, How.PEOPLE, BEN),
        (Account("twin", "twins@shop.example"), {"twin": "twin"}, How.PEOPLE, TWIN),
    ],
)
def test_match(account: Account, links: Mapping[str, str], how: How, found: Member | None) -> None:
    """`[people]` beats equal e-mails, these beat equal names; two candidates or another e-mail are a conflict."""
    assert match(CHANNEL, links, account) == Match(how, found, match(CHANNEL, links, account).why)


@pytest.mark.parametrize(
    ("account", "why"),
    [
        (Account("left"), "[people] says @nobody.here, who is not in the channel"),
        (Account("somebody", "twins@shop.example"), "several members have the same e-mail address: @twin, @other.twin"),
        (Account("mina"), "[people] gives @mina to somebody else"),
        (Account("ben", "other@shop.example"), "@ben has the same name and another e-mail address"),
        (Account("stranger"), "nobody in the channel has this name"),
    ],
)
def test_why_not(account: Account, why: str) -> None:
    """Whoever is not matched is explained in a sentence for the operator."""
    assert match(CHANNEL, PEOPLE, account).why == why


LINKED = CHANNEL.linking({"7": SHY.key, "8": PersonKey("left")})


@pytest.mark.parametrize(
    ("account", "links", "how", "found"),
    [
        (Account("ben", "ben@shop.example", "7"), {}, How.LINK, SHY),
        (Account("renamed", "", "7"), {}, How.LINK, SHY),
        (Account("mina.kim", "", "7"), PEOPLE, How.PEOPLE, MINA),
        (Account("ben", "ben@shop.example", "8"), {}, How.NONE, None),
        (Account("shy", "", "9"), {}, How.CONFLICT, None),
        (Account("shy"), {}, How.CONFLICT, None),
        (Account("ben", "ben@shop.example", "9"), {}, How.EMAIL, BEN),
    ],
)
def test_what_was_proved(account: Account, links: Mapping[str, str], how: How, found: Member | None) -> None:
    """What was proved comes after `[people]` and before everything that is equal, and goes by the account's id."""
    matched = match(LINKED, links, account)

    assert (matched.how, matched.member) == (how, found)
    assert bool(matched.why) == (found is None)


NAMES = st.sampled_from(["ann", "Bo", "cy", "d.d"])
EMAILS = st.sampled_from(["", "a@x.example", "A@x.example", "b@x.example", "c@x.example"])
MEMBERS = st.lists(st.tuples(NAMES, EMAILS, st.booleans()), unique_by=lambda row: row[0].lower()).map(
    lambda rows: [member(name, email, bot=bot) for name, email, bot in rows]
)
LINKS = st.dictionaries(NAMES.map(str.lower), NAMES.map(str.lower))
ACCOUNTS = st.builds(Account, NAMES, EMAILS)


@given(MEMBERS, LINKS, ACCOUNTS)
def test_no_guess(members: list[Member], links: dict[str, str], account: Account) -> None:
    """A match is one member of the channel, never a bot; a conflict or no match has no member, and says why."""
    found = match(roster(members), links, account)

    assert (found.member is None) == (found.how in {How.CONFLICT, How.NONE}) == bool(found.why)
    assert found.member is None or (found.member in members and not found.member.bot)


@given(MEMBERS, LINKS, ACCOUNTS)
def test_order_of_members_decides_nothing(members: list[Member], links: dict[str, str], account: Account) -> None:
    """Whoever an account belongs to does not depend on the order in which the server lists the members."""
    there, back = match(roster(members), links, account), match(roster(members[::-1]), links, account)

    assert (there.how, there.member) == (back.how, back.member)


@given(MEMBERS, LINKS, ACCOUNTS)
def test_evidence(members: list[Member], links: dict[str, str], account: Account) -> None:
    """A match says truly by what it was found, and one by name never contradicts what the e-mails say."""
    found = match(roster(members), links, account)
    name, email = account.name.lower(), account.email.lower()
    who = found.member

    if who and found.how is How.PEOPLE:
        assert links[name] == who.name.lower()
    elif who and found.how is How.EMAIL:
        assert name not in links
        assert who.email.lower() == email
    elif who:
        assert name not in links
        assert who.name.lower() == name
        assert not (email and who.email)


class Server:
    """A channel whose members change, and how often it was asked for them."""

    def __init__(self, *members: Member) -> None:
        self.members: list[Member] = list(members)
        self.asked = 0
        self.down = False
        self.now = 100.0
        self.takes = 0.0

    def load(self) -> Iterable[Member]:
        self.asked += 1
        self.now += self.takes
        if self.down:
            raise TryLater("GET /users: no answer")
        return list(self.members)

    def directory(self, load: Callable[[], Iterable[Member]] | None = None) -> Directory:
        return Directory(load or self.load, {"Mina.Kim": "Mina"}, lambda: self.now)


def test_names_in_people_in_any_case() -> None:
    """`[people]` may write names in any case."""
    assert Server(MINA).directory().match(Account("mina.KIM")).member == MINA


def test_first_question_loads() -> None:
    """The members are read when somebody is first asked for, and once only for those who are there."""
    server = Server(BEN)
    directory = server.directory()

    assert directory.match(Account("ben")).member == BEN
    assert directory.match(Account("ben")).member == BEN
    assert directory.member(BEN.key) == BEN
    assert server.asked == 1


def test_who_joined_is_found_at_once() -> None:
    """Somebody missing has the members read anew, so that who has just joined is told of the next thing."""
    server = Server(BEN)
    directory = server.directory()
    directory.refresh()
    server.members.append(MINA)
    server.now += SHORTEST_PAUSE

    assert directory.match(Account("mina.kim")).member == MINA
    server.members.append(SHY)
    server.now += SHORTEST_PAUSE
    assert directory.member(SHY.key) == SHY


def test_strangers_do_not_hammer_the_server() -> None:
    """However many strangers come up, the members are read once a second at most, and rarer where it takes long."""
    server = Server(BEN)
    directory = server.directory()
    for _ in range(50):
        assert directory.match(Account("stranger")).how is How.NONE
    assert server.asked == 1

    server.takes = 2.0
    server.now += SHORTEST_PAUSE
    directory.match(Account("stranger"))
    server.now += 37.0
    directory.match(Account("stranger"))
    assert server.asked == 2
    server.now += 2.0
    directory.match(Account("stranger"))
    assert server.asked == 3


def test_conflicts_ask_nobody() -> None:
    """A conflict is no reason to read the members again."""
    server = Server(BEN)
    directory = server.directory()
    directory.refresh()
    server.now += 60

    assert directory.match(Account("ben", "other@shop.example")).how is How.CONFLICT
    assert server.asked == 1


def test_server_down() -> None:
    """While the members cannot be read the last ones stay known, a stranger means waiting, and the trouble is named."""
    server = Server(BEN)
    directory = server.directory()
    directory.refresh()
    server.down = True
    server.now += 60

    with pytest.raises(TryLater):
        directory.match(Account("stranger"))
    assert directory.match(Account("ben")).member == BEN
    assert directory.trouble == "GET /users: no answer"

    server.down = False
    directory.refresh()
    assert directory.trouble == ""


def test_never_loaded() -> None:
    """Before the members are known nobody is taken for a stranger."""
    server = Server(BEN)
    server.down = True
    directory = server.directory()

    for _ in range(2):
        with pytest.raises(TryLater):
            directory.match(Account("ben"))
        with pytest.raises(TryLater):
            directory.member(BEN.key)
    assert not directory.loaded


def test_wrong_channel() -> None:
    """A mistake in the configuration comes out as such."""

    def load() -> Iterable[Member]:
        raise Misconfigured("no such team")

    with pytest.raises(Misconfigured):
        Server().directory(load).match(Account("ben"))


def test_links_are_read_with_the_members_and_at_once() -> None:
    """A link counts as soon as it is read, and outlives the next look at the members."""
    server, linked = Server(BEN, MINA), dict[str, PersonKey]()
    directory = Directory(server.load, {}, lambda: server.now, lambda: dict(linked))
    assert directory.match(Account("b.en", id="7")).how is How.NONE

    linked["7"] = BEN.key
    directory.relink()
    assert directory.match(Account("b.en", id="7")) == Match(How.LINK, BEN)
    assert directory.known("b.en") == "ben"
    linked["8"] = MINA.key
    directory.refresh()
    assert directory.roster.links == {BEN.key: "7", MINA.key: "8"}

    linked.clear()
    directory.relink()
    assert directory.known("b.en") is None
    assert server.asked == 2


class Noticed(str):  # noqa: SLOT000 - it carries an event
    """A name that says when it has been looked for."""

    looked_for: threading.Event

    def lower(self) -> str:
        self.looked_for.set()
        return super().lower()


def test_asked_during_the_first_load() -> None:
    """Who asks while another thread reads the members waits for them, and takes nobody for a stranger."""
    server, loading, name = Server(BEN), threading.Event(), Noticed("ben")
    name.looked_for = threading.Event()

    def load() -> Iterable[Member]:
        loading.set()
        assert name.looked_for.wait(20)
        return server.load()

    directory = server.directory(load)
    found: list[Member | None] = []
    first = threading.Thread(target=directory.refresh)
    second = threading.Thread(target=lambda: found.append(directory.match(Account(name)).member))
    first.start()
    assert loading.wait(20)
    second.start()
    first.join()
    second.join()

    assert found == [BEN]
    assert server.asked == 1


def test_known_asks_nobody() -> None:
    """The Mattermost name of an account is told from what is known, without asking the server."""
    server = Server(BEN, MINA)
    directory = server.directory()
    assert directory.known("ben") is None

    directory.refresh()
    assert directory.known("mina.kim") == "mina"
    assert directory.known("stranger") is None
    assert server.asked == 1


def test_somebody_new_waits_for_the_next_look() -> None:
    """Who is missing from members that were read a moment ago may have joined since: nobody concludes anything yet."""
    server = Server(BEN)
    directory = server.directory()
    directory.match(Account("ben"))

    with pytest.raises(TryLater) as wait:
        directory.match(Account("zoe"))
    server.members.append(Member(PersonKey("z"), "zoe"))
    server.now += wait.value.after or 0.0

    assert directory.match(Account("zoe")).how is How.NAME


def test_many_wait_for_one_look() -> None:
    """Of all who are looked for together one look shows who is missing, however many: a large group waits once."""
    server = Server(BEN)
    directory = server.directory()
    directory.match(Account("ben"))
    crowd = [Account(f"stranger{number}") for number in range(100)]

    directory.expect(crowd)
    with pytest.raises(TryLater) as wait:
        directory.match(crowd[0])
    server.members.append(Member(PersonKey("s"), "stranger7"))
    server.now += wait.value.after or 0.0
    found = [directory.match(account).how for account in crowd]

    assert [number for number, how in enumerate(found) if how is not How.NONE] == [7]
    assert server.asked == 2


def test_strangers_are_known_to_be() -> None:
    """Who was missing when the members were read is nobody here, and no delivery waits for them again."""
    server = Server(BEN)
    directory = server.directory()

    assert [directory.match(Account("stranger")).how for _ in range(3)] == [How.NONE] * 3
    assert server.asked == 1


def test_no_answer_is_no_stranger() -> None:
    """While the members cannot be read again, nobody who is missing is taken for a stranger."""
    server = Server(BEN)
    directory = server.directory()
    directory.match(Account("ben"))
    server.down, server.now = True, server.now + 10

    for _ in range(2):
        with pytest.raises(TryLater):
            directory.match(Account("zoe"))
