"""Who is who, and who is told nothing: the running program and `people`."""

import re
from pathlib import Path

import pytest

from playground.chat import ACCOUNT
from playground.gitlab import comments
from playground.gitlab.faults import Fault
from playground.world import CHANNEL, COMMAND
from tests.program.conftest import MakeHouse
from tests.program.running import AT_ONCE, House, cli, opened, say

DECIDE = " decide it in [people]"
PEOPLE = """
[people]
"bkafka" = "ben"
"boss" = "nobody.here"
[admin]
people = ["anna.berg"]
"""


def channel_of(house: House) -> str:
    """Return the id of the notification channel."""
    state = house.world.mattermost.state
    return state.channel_names[next(iter(state.teams)), CHANNEL].id


@pytest.fixture
def mixed(build: MakeHouse) -> House:
    """Run a house in which not everybody can simply be matched."""
    house: House = build(toml=AT_ONCE + PEOPLE)
    gitlab, mattermost = house.world.gitlab, house.world.mattermost
    members = house.world.project.members
    members[gitlab.add_user("bkafka", "B. Kafka", public_email="kafka@elsewhere.example").id] = 30
    members[gitlab.add_user("dora", "Dora One", public_email="dora@elsewhere.example").id] = 30
    members[gitlab.add_user("emil", "Emil Gone").id] = 30
    for name in ("dora", "emil", "frank"):
        mattermost.add_user(name, email=f"{name}@shop.example")
        mattermost.join(name, channel_of(house))
    mattermost.deactivate("emil")
    house.start()
    return house


def badge(house: House, name: str) -> int:
    return house.world.mattermost.badge(name)


def test_told_or_not(mixed: House) -> None:
    """`[people]` beats all; a conflict, somebody deactivated and who is in no channel are told nothing, and why."""
    mr = opened(mixed)
    by = mixed.user("jlee")
    comments.comment(mixed.world.gitlab, mr, by, "@bkafka @dora @emil @boss @ben @carla?")
    mixed.settle()
    verdicts = dict(mixed.rows("SELECT account, verdict FROM journal WHERE fact LIKE 'note:%'"))

    assert (badge(mixed, "ben"), badge(mixed, "carla"), badge(mixed, "dora"), badge(mixed, "emil")) == (1, 1, 0, 0)
    assert verdicts == {
        "jlee": "own_act",
        "anna.berg": "told",
        "bkafka": "told",
        "ben": "conflict",
        "carla": "told",
        "dora": "conflict",
        "emil": "deactivated",
        "boss": "not_matched",
    }


def test_who_leaves(mixed: House) -> None:
    """Who leaves the channel or is deactivated is told nothing any more, once the members have been read again."""
    mattermost, mr = mixed.world.mattermost, opened(mixed)
    say(mixed, mr, "@haneul @carla?")
    mixed.settle()
    assert (badge(mixed, "haneul"), badge(mixed, "carla")) == (1, 1)

    mattermost.leave("haneul", channel_of(mixed))
    mattermost.deactivate("carla")
    anna = mattermost.direct_channel("anna.berg", ACCOUNT)["id"]
    assert "read again" in mattermost.execute("anna.berg", anna, f"/{COMMAND} admin refresh")["text"]
    say(mixed, mr, "@haneul @carla!")
    mixed.settle()

    assert (badge(mixed, "haneul"), badge(mixed, "carla")) == (1, 1)


def test_people_command(mixed: House) -> None:
    """`people` lists every member with who they are in GitLab and how that was found, or what is to be decided."""
    shown = cli(mixed.program.folder, "people", **mixed.program.environ)

    assert shown.returncode == 0
    assert shown.stdout.splitlines() == [
        "@anna.berg: anna.berg in GitLab, by name",
        "@ben: bkafka in GitLab, by people",
        "@ben: CONFLICT with ben in GitLab: [people] gives @ben to somebody else;" + DECIDE,
        "@carla: carla in GitLab, by name",
        "@dora: CONFLICT with dora in GitLab: @dora has the same name and another e-mail address;" + DECIDE,
        "@emil: deactivated in Mattermost, told nothing",
        "@frank: not matched: no equal e-mail address or name in GitLab; add them to [people]",
        "@haneul: haneul in GitLab, by name",
        "@junho.lee: jlee in GitLab, by email",
        "@lena: not matched: no equal e-mail address or name in GitLab; add them to [people]",
        "@zoe: zoe in GitLab, by name",
        "[people] boss: @nobody.here is not in the channel notification",
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('team = "dev"', 'team = "ops"', "no such team: see [mattermost] team"),
        (f'"{CHANNEL}"', '"notifications"', "see [mattermost] notification_channel"),
    ],
)
def test_people_elsewhere(house: House, tmp_path: Path, old: str, new: str, said: str) -> None:
    """A team or channel that does not exist is named with its key."""
    (tmp_path / "bot.toml").write_text(house.program.toml.replace(old, new), encoding="utf-8")
    shown = cli(tmp_path, "people", **house.program.environ)

    assert shown.returncode == 1
    assert said in shown.stderr


@pytest.mark.parametrize("fault", ["down", "broken"])
def test_people_without_mattermost(house: House, fault: str) -> None:
    """Without an answer from Mattermost `people` says in a sentence what was asked, and ends with 1."""
    setattr(house.world.mattermost.faults, fault, 502)
    try:
        shown = cli(house.program.folder, "people", **house.program.environ)
    finally:
        setattr(house.world.mattermost.faults, fault, 0)

    assert shown.returncode == 1
    assert "Traceback" not in shown.stderr
    assert len(shown.stderr.splitlines()) == 1
    assert "/api/v4/" in shown.stderr


def test_people_without_gitlab(house: House) -> None:
    """Without an answer from GitLab it is the same."""
    house.world.gitlab.fault = Fault("unavailable")
    try:
        shown = cli(house.program.folder, "people", **house.program.environ)
    finally:
        house.world.gitlab.fault = None

    assert shown.returncode == 1
    assert "503" in shown.stderr
    assert "Traceback" not in shown.stderr


def asked(house: House, person: str, line: str) -> str:
    """Type a command and return the answer."""
    channel = house.world.mattermost.direct_channel(person, ACCOUNT)["id"]
    return str(house.world.mattermost.execute(person, channel, f"/{COMMAND} {line}")["text"])


def test_link(mixed: House) -> None:
    """Who is in conflict shows a code in GitLab, is told of the next thing, and can take it back."""
    mr, dora = opened(mixed), mixed.user("dora")
    code = re.findall(r"nudge-\w{20}", asked(mixed, "dora", "link dora"))[0]
    assert "I do not see the code" in asked(mixed, "dora", "link")
    dora.status = f"{code} :wave:"
    assert "**dora** in GitLab belongs to somebody else here" not in asked(mixed, "frank", "link dora")
    assert "I do not see the code" in asked(mixed, "frank", "link")
    assert "Done: **dora** in GitLab is you" in asked(mixed, "dora", "link")

    say(mixed, mr, "@dora?")
    mixed.settle()
    assert badge(mixed, "dora") == 1
    assert "**dora** (Mattermost: dora, linked by yourself)" in asked(mixed, "dora", "status")
    assert "belongs to somebody else here" in asked(mixed, "frank", "link dora")
    assert "@dora: dora in GitLab, by link" in cli(mixed.program.folder, "people", **mixed.program.environ).stdout

    assert "no longer linked" in asked(mixed, "dora", "unlink")
    say(mixed, mr, "@dora!")
    mixed.settle()
    assert badge(mixed, "dora") == 1


def test_a_link_outlives_a_restart(mixed: House) -> None:
    """What was linked counts after the next start, too."""
    mixed.user("dora").status = re.findall(r"nudge-\w{20}", asked(mixed, "dora", "link dora"))[0]
    asked(mixed, "dora", "link")
    mixed.program.stop()
    mixed.restart()

    say(mixed, opened(mixed), "@dora?")
    mixed.settle()
    assert badge(mixed, "dora") == 1


def test_sample(mixed: House) -> None:
    """A sample lights the badge, also for somebody who is off, and an administrator can send one."""
    asked(mixed, "carla", "off")
    assert "you are **off**" in asked(mixed, "carla", "test")
    assert "on its way to **carla**" in asked(mixed, "anna.berg", "admin test @carla")
    mixed.settle()

    assert badge(mixed, "carla") == 2
    assert set(mixed.heard("carla")) == {"This is a sample. If you see a badge beside it, messages reach you."}


def test_administrators_see_who_is_who(mixed: House) -> None:
    """An administrator sees from within Mattermost who is matched, and that nothing has failed; others see nothing."""
    answers = {line: asked(mixed, "anna.berg", f"admin {line}") for line in ("people", "failed", "retry m1")}

    assert "In conflict, told nothing" in answers["people"]
    assert "- dora" in answers["people"]
    assert "- frank" in answers["people"]
    assert "Mattermost has refused nothing" in answers["failed"]
    assert "There is no `m1`" in answers["retry m1"]
    assert "Only administrators" in asked(mixed, "carla", "admin people")
