"""`link` and `unlink`: whose an account in GitLab is, is proved by a code that is shown there."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot import links
from bot.asking import Reply
from bot.directory import Directory
from bot.errors import TryLater
from bot.links import LIFETIME_MS, TRIES
from bot.matching import How
from bot.people import Member, PersonKey
from bot.preferences import Choices
from bot.store import Store, open_store
from gitlab_hooks.gather import account_of
from gitlab_hooks.linking import CODE, Linking, new_code
from gitlab_hooks.lookups import User, UserId
from gitlab_hooks.remembered import Remembered
from gitlab_hooks.whois import Whois
from tests.bot.fakes import Time
from tests.gitlab_hooks.gitlab_fake import FakeGitLab

JANE = Member(PersonKey("m-jane"), "jane")
MALLORY = Member(PersonKey("m-mallory"), "mallory", "mallory@shop.example")
BOSS = Member(PersonKey("m-boss"), "boss")
SAM = Member(PersonKey("m-sam"), "sam", "sam@shop.example")
DOE = User(UserId(1), "jane.doe")
HERS = User(UserId(2), "mallory.x", email="mallory@shop.example")
CHIEF = User(UserId(3), "chief")
OTHER_JANE = User(UserId(4), "jane")
FREE = User(UserId(5), "free")
ROULETTE = User(UserId(90), "project_7_bot_4f1c8e", bot=True)
BLOCKED = User(UserId(7), "blocked", active=False)
USERS = (DOE, HERS, CHIEF, OTHER_JANE, FREE, ROULETTE, BLOCKED)
PEOPLE = {"chief": "boss"}


class Desk:
    """A counter for links: one process's store, GitLab and directory."""

    def __init__(self, store: Store, time: Time) -> None:
        self.store, self.time = store, time
        self.gitlab = FakeGitLab({user.id: user for user in USERS})
        self.members = [JANE, MALLORY, BOSS, SAM]
        self.directory = Directory(lambda: list(self.members), PEOPLE, time.monotonic, lambda: store.read(links.linked))
        self.directory.refresh()
        numbers = count()
        self.linking = Linking(
            store, self.gitlab, self.directory, frozenset(), lambda: f"nudge-{next(numbers):0>20}".translate(PLAIN)
        )

    def type(self, member: Member, *words: str) -> Reply:
        return self.linking.link(member, Choices(), words)

    def code(self, member: Member, name: str) -> str:
        """Ask for a code and return it."""
        reply = self.type(member, name)
        assert reply.block == "code", reply
        return str(reply.values["code"])

    def show(self, user: User, text: str) -> None:
        self.gitlab.statuses[user.id] = text

    def owner(self, user: User) -> tuple[How, str]:
        found = self.directory.find(account_of(user))
        return found.how, found.member.name if found.member else ""


PLAIN = str.maketrans("01", "zy")
"""Codes have neither of these digits, which look like letters."""


@pytest.fixture
def desk(database: str) -> Iterator[Desk]:
    time = Time()
    store = open_store(database, serving=False, clock=time.now)
    yield Desk(store, time)
    store.close()


@pytest.mark.parametrize("around", ["{}", "on leave {} till Monday", "{} ☕", "NUDGE {}"])
def test_link(desk: Desk, around: str) -> None:
    """Who shows the code in the account's status has linked it, and it counts at once, also for who was a stranger."""
    desk.time.pass_ms(60_000)
    assert desk.directory.match(account_of(DOE)).how is How.NONE
    code = desk.code(JANE, "@jane.doe")
    desk.show(DOE, around.format(code))

    assert desk.type(JANE).block == "linked"
    assert desk.owner(DOE) == (How.LINK, "jane")
    assert desk.directory.match(account_of(DOE)).member == JANE


def test_codes_in_any_case(desk: Desk) -> None:
    """A status that was typed in capitals shows the code as well."""
    desk.show(DOE, desk.code(JANE, "jane.doe").upper())

    assert desk.type(JANE).block == "linked"


def test_naming_it_again_looks_too(desk: Desk) -> None:
    """Who names the account again once the code is shown has linked it; before that they get a new code."""
    first = desk.code(JANE, "jane.doe")
    second = desk.code(JANE, "jane.doe")
    assert first != second

    desk.show(DOE, first)
    third = desk.code(JANE, "jane.doe")
    desk.show(DOE, third)
    assert desk.type(JANE, "Jane.Doe").block == "linked"


@pytest.mark.parametrize(
    ("member", "name", "block"),
    [
        (JANE, "mallory.x", "taken"),
        (JANE, "chief", "taken"),
        (JANE, "project_7_bot_4f1c8e", "no_person"),
        (JANE, "blocked", "no_person"),
        (JANE, "nobody.there", "no_such_account"),
        (JANE, "jane", "already"),
        (MALLORY, "mallory.x", "already"),
        (BOSS, "chief", "already"),
        (MALLORY, "jane", "code"),
        (MALLORY, "jane.doe", "code"),
    ],
)
def test_who_may_have_a_code(desk: Desk, member: Member, name: str, block: str) -> None:
    """No code is given for a bot, nor for whom `[people]` or an address makes another; a name alone is no proof."""
    assert desk.type(member, name).block == block


def test_other_addresses_are_no_obstacle(desk: Desk) -> None:
    """An account that is in conflict can be linked: that is how it is decided."""
    sam = User(UserId(8), "sam", email="sam@home.example")
    desk.gitlab.users[sam.id] = sam
    assert desk.owner(sam) == (How.CONFLICT, "")

    desk.show(sam, desk.code(SAM, "sam"))
    assert desk.type(SAM).block == "linked"
    assert desk.owner(sam) == (How.LINK, "sam")


def test_the_tries_of_a_code(desk: Desk) -> None:
    """A code is looked for five times, then it is gone, whatever is shown later; each time the tries left are said."""
    code = desk.code(JANE, "jane.doe")
    replies = [desk.type(JANE) for _ in range(TRIES)]

    assert [(one.block, one.values.get("left")) for one in replies] == [
        *(("not_shown", left) for left in (4, 3, 2, 1)),
        ("used_up", 0),
    ]
    desk.show(DOE, code)
    assert desk.type(JANE).block == "how_to_link"
    assert desk.owner(DOE) == (How.NONE, "")


@pytest.mark.parametrize(("late", "block"), [(-1, "linked"), (0, "expired"), (1, "expired")])
def test_the_life_of_a_code(desk: Desk, late: int, block: str) -> None:
    """A code is good for ten minutes."""
    desk.show(DOE, desk.code(JANE, "jane.doe"))
    desk.time.pass_ms(LIFETIME_MS + late)

    assert desk.type(JANE).block == block


def test_a_code_that_expired_is_not_good_with_the_name_either(desk: Desk) -> None:
    """Naming the account again does not make an old code good."""
    desk.show(DOE, desk.code(JANE, "jane.doe"))
    desk.time.pass_ms(LIFETIME_MS)

    assert desk.type(JANE, "jane.doe").block == "expired"
    assert desk.owner(DOE) == (How.NONE, "")


def test_no_answer_uses_no_try(desk: Desk) -> None:
    """While GitLab does not answer nothing is decided, and no try is counted."""
    desk.show(DOE, desk.code(JANE, "jane.doe"))
    desk.gitlab.down = TryLater("GET /users/1/status: 503")
    for _ in range(TRIES):
        with pytest.raises(TryLater):
            desk.type(JANE)
    desk.gitlab.down = None

    assert desk.type(JANE).block == "linked"


def test_without_a_token(desk: Desk) -> None:
    """Where GitLab cannot be asked, that is said, and an administrator can enter the account."""
    assert replace(desk.linking, gitlab=Remembered()).link(JANE, Choices(), ("jane.doe",)).block == "no_token"


@pytest.mark.parametrize("words", [(), ("jane", "doe")])
def test_how_to_link(desk: Desk, words: tuple[str, ...]) -> None:
    """Without a name, or with more than one, it is said how that goes."""
    assert desk.type(JANE, *words).block == "how_to_link"


def test_names_may_change(desk: Desk) -> None:
    """A link lasts when either side is called otherwise from then on, and the old name is free for another."""
    desk.show(DOE, desk.code(JANE, "jane.doe"))
    desk.type(JANE)
    renamed, other = replace(DOE, username="jdoe"), User(UserId(11), "jane.doe")
    desk.members[0] = replace(JANE, name="jane.new")
    desk.directory.refresh()

    assert desk.owner(renamed) == (How.LINK, "jane.new")
    assert desk.owner(other) == (How.NONE, "")


def test_who_is_linked_is_nobody_else(desk: Desk) -> None:
    """Who has linked one account is not taken for the one of their own name, and `status` names what they linked."""
    desk.show(DOE, desk.code(JANE, "jane.doe"))
    desk.type(JANE)

    assert desk.owner(OTHER_JANE) == (How.CONFLICT, "")
    assert Whois(desk.gitlab, desk.directory, PEOPLE).account_of(JANE) == ("jane.doe", "link")


def test_one_link_a_person(desk: Desk) -> None:
    """Who links another account has that one from then on, and only that one."""
    for user in (DOE, FREE):
        desk.show(user, desk.code(JANE, user.username))
        desk.type(JANE)

    assert desk.owner(FREE) == (How.LINK, "jane")
    assert desk.owner(DOE) == (How.NONE, "")


def test_unlink(desk: Desk) -> None:
    """`unlink` takes back what was linked, at once, and a code that is still open."""
    desk.show(DOE, desk.code(JANE, "jane.doe"))
    desk.type(JANE)
    desk.code(JANE, "free")

    assert desk.linking.unlink(JANE, Choices(), ()).block == "unlinked"
    assert desk.owner(DOE) == (How.NONE, "")
    assert desk.type(JANE).block == "how_to_link"
    assert desk.linking.unlink(JANE, Choices(), ()).block == "not_linked"


def test_people_beat_a_link(desk: Desk) -> None:
    """What `[people]` says later beats what somebody has linked."""
    desk.show(DOE, desk.code(JANE, "jane.doe"))
    desk.type(JANE)
    later = Directory(lambda: desk.members, {"jane.doe": "boss"}, lambda: 0.0, lambda: {"1": JANE.key})
    later.refresh()

    assert later.find(account_of(DOE)).member == BOSS


def test_matched_meanwhile(desk: Desk) -> None:
    """Whether the account is somebody else's is asked again when the code is shown."""
    desk.show(FREE, desk.code(JANE, "free"))
    desk.gitlab.users[FREE.id] = replace(FREE, email="sam@shop.example")

    assert desk.type(JANE).block == "taken"
    assert desk.owner(FREE) == (How.NONE, "")


def test_gone_meanwhile(desk: Desk) -> None:
    """An account that is deleted before the code is looked for is nobody's."""
    desk.show(FREE, desk.code(JANE, "free"))
    del desk.gitlab.users[FREE.id]

    assert desk.type(JANE).block == "no_such_account"


def test_a_linked_account_is_taken(desk: Desk) -> None:
    """Whoever else comes to an account that is linked is told that it is somebody's."""
    desk.show(DOE, desk.code(JANE, "jane.doe"))
    desk.type(JANE)

    assert desk.type(MALLORY, "jane.doe").block == "taken"


def test_who_left_keeps_nothing(desk: Desk) -> None:
    """The link of somebody who has left the channel holds up nobody who proves the same account, and reaches nobody."""
    desk.show(DOE, desk.code(JANE, "jane.doe"))
    desk.type(JANE)
    desk.members.remove(JANE)
    desk.directory.refresh()
    assert desk.owner(DOE) == (How.NONE, "")

    desk.show(DOE, desk.code(SAM, "jane.doe"))
    assert desk.type(SAM).block == "linked"
    assert desk.owner(DOE) == (How.LINK, "sam")


def test_linked_meanwhile_elsewhere(desk: Desk) -> None:
    """Where another process has just linked the account to somebody else, nothing is written."""
    desk.show(FREE, desk.code(JANE, "free"))
    desk.type(JANE)
    desk.show(DOE, desk.code(JANE, "jane.doe"))
    other = links.Claim(MALLORY.key, "1", "jane.doe", "hash", desk.time.now() + 1)
    desk.store.write(lambda conn: links.claim(conn, other))
    desk.store.write(lambda conn: links.confirm(conn, other, desk.time.now()))

    assert desk.type(JANE).block == "taken"
    assert desk.store.read(links.linked) == {"1": MALLORY.key, "5": JANE.key}


def test_codes_are_kept_as_hashes(desk: Desk) -> None:
    """What is in the database does not give a code away."""
    code = desk.code(JANE, "jane.doe")

    assert code not in repr(desk.store.read(lambda conn: links.claim_of(conn, JANE.key)))


def test_codes() -> None:
    """Codes are long, different, and what is looked for."""
    codes = {new_code() for _ in range(100)}

    assert len(codes) == 100
    assert all(CODE.fullmatch(code) and len(code) <= 100 for code in codes)


MEMBERS = st.sampled_from([JANE, MALLORY, BOSS, SAM])
ACCOUNTS = st.sampled_from(USERS)


class Claims(RuleBasedStateMachine):
    """People ask for codes and look, and owners of accounts show what they like; only what was proved is linked."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.time = Time()
        self.store = open_store(f"sqlite:///{self.folder.name}/nudge.db", serving=False, clock=self.time.now)
        self.desk = Desk(self.store, self.time)
        self.codes: list[tuple[str, Member, User, int]] = []
        self.linked: dict[str, PersonKey] = {}

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @rule(member=MEMBERS, user=ACCOUNTS)
    def ask(self, member: Member, user: User) -> None:
        self._note(member, self.desk.type(member, user.username), user)

    @rule(member=MEMBERS)
    def look(self, member: Member) -> None:
        self._note(member, self.desk.type(member), None)

    @rule(user=ACCOUNTS, data=st.data())
    def show(self, user: User, data: st.DataObject) -> None:
        """Show any code that was ever given, to whomever, or another text."""
        shown = st.sampled_from(["", "nudge-" + "z" * 20, *(code for code, *_ in self.codes)])
        self.desk.show(user, data.draw(shown))

    @rule(minutes=st.integers(1, 11))
    def wait(self, minutes: int) -> None:
        self.time.pass_ms(minutes * 60_000)

    @rule(member=MEMBERS)
    def unlink(self, member: Member) -> None:
        self.desk.linking.unlink(member, Choices(), ())
        self.linked = {account: person for account, person in self.linked.items() if person != member.key}

    def _note(self, member: Member, reply: Reply, user: User | None) -> None:
        if reply.block == "code" and user:
            expires = self.time.now() + LIFETIME_MS
            self.codes.append((str(reply.values["code"]), member, user, expires))
        if reply.block == "linked":
            *_, (code, _, account, expires) = (one for one in self.codes if one[1] == member)
            assert self.desk.gitlab.statuses[account.id] == code
            assert self.time.now() < expires
            assert account not in {HERS, CHIEF, ROULETTE, BLOCKED}
            others = {one: person for one, person in self.linked.items() if person != member.key}
            assert str(account.id) not in others
            self.linked = {**others, str(account.id): member.key}

    @invariant()
    def only_what_was_proved_is_linked(self) -> None:
        """Hold the links of those alone who had the newest code for an account shown in it in time."""
        assert self.store.read(links.linked) == self.linked
        assert self.desk.directory.roster.linked == self.linked


TestClaims = Claims.TestCase
TestClaims.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
