"""The program away for a while: what GitLab could not deliver is told afterwards, once, in order, not as a flood."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from gitlab_hooks.missed import HOUR_MS
from playground.gitlab import comments, merge_requests
from playground.gitlab.objects import MergeRequest
from tests.program.conftest import MakeHouse
from tests.program.running import House, cards, cli, eventually, opened, say, told_of

WELL = "SELECT complete FROM watches"


@pytest.fixture
def house(build: MakeHouse) -> House:
    """Run a house for one test: its program will be away."""
    built: House = build()
    built.start()
    eventually(lambda: not built.program.degraded())
    eventually(lambda: built.rows(WELL))
    return built


def hooks(house: House, *arguments: str) -> tuple[int, str, str]:
    """Run `hooks catch-up` beside the program."""
    ran = cli(house.program.folder, "hooks", "catch-up", *arguments, **house.program.environ)
    return ran.returncode, ran.stdout, ran.stderr


def come_back(house: House) -> None:
    """Start the program again, and wait until it has caught up and told everything."""
    house.restart()
    eventually(lambda: "caught up:" in house.program.log())
    house.settle()


def ask(house: House, mr: MergeRequest, *names: str) -> None:
    """Let Anna ask people to review."""
    merge_requests.request_review(house.world.gitlab, mr, house.user("anna.berg"), *map(house.user, names))


def away_for(house: House, hours: float) -> None:
    """Put the clock of GitLab back by some hours, and let the program have been well until before that."""
    then = datetime.now(UTC) - timedelta(hours=hours)
    house.world.gitlab.clock = lambda: then
    house.write(f"UPDATE watches SET complete = complete - {round((hours + 1) * HOUR_MS)}")  # noqa: S608 - it is a number


def test_told_afterwards(house: House) -> None:
    """What happened while nobody listened is told at the next start, each once and in order, before what comes then."""
    mr, other = opened(house), opened(house)
    said = say(house, mr, "Zero")
    house.settle()
    house.program.kill()
    said += say(house, mr, "One", "Two")
    elsewhere = say(house, other, "Three")
    said += say(house, mr, "Four")
    ask(house, mr, "ben")
    come_back(house)
    said += say(house, mr, "Five")
    house.settle()

    assert house.statuses().count("internal error") == 5
    assert (told_of(house, mr), told_of(house, other)) == (said, elsewhere)
    assert sum("asked you to review" in headline for headline in house.heard("ben")) == 1


def test_nothing_twice(house: House) -> None:
    """However often and however many at once catch up, and whoever presses "Resend" meanwhile, all is told once."""
    mr, gitlab = opened(house), house.world.gitlab
    house.settle()
    assert house.program.stop() == 0
    said = say(house, mr, *"ABCDEF")
    failed = [delivery for delivery in gitlab.deliveries if delivery.status == "internal error"]
    house.restart()
    with ThreadPoolExecutor(3) as pool:
        runs = [pool.submit(hooks, house, "--since", "6h") for _ in range(2)]
        resent = [pool.submit(gitlab.resend, delivery) for delivery in failed[:3]]
        assert [run.result()[0] for run in runs] == [0, 0]
        assert [one.result() for one in resent] == [None] * 3
    eventually(lambda: "caught up:" in house.program.log())
    house.settle()
    code, out, _ = hooks(house, "--since", "6h")

    assert sorted(told_of(house, mr)) == said
    assert code == 0
    assert re.search(r"Since \S+ \S+, 6 deliveries of 1 hooks have failed\.\n  6 were here already\.\n$", out)


def test_old_things_are_summed_up(house: House) -> None:
    """What is hours old comes as one post a person, a line a thing, in their language, and what is new by itself."""
    mr, other = opened(house), opened(house)
    house.settle()
    house.program.kill()
    now = house.world.gitlab.clock
    away_for(house, 6)
    ask(house, mr, "ben", "haneul")
    ask(house, other, "haneul")
    say(house, mr, "One", "Two")
    say(house, other, "Three")
    house.world.gitlab.clock = now
    fresh = say(house, mr, "Just now")
    come_back(house)

    summary, comment = house.posts("anna.berg")
    assert summary["message"] == "While I was away, 3 things happened that concern you"
    text = cards(summary)[0]["text"]
    assert f"!{mr.iid} Round once](" in text
    assert "**Ben Okafor** commented (×2)" in text
    assert text.count("\n* ") == 1
    assert "/nudge status" in text
    assert f"#note_{fresh[0]}" in comment["message"]
    assert [post["message"] for post in house.posts("haneul")] == ["알림이 멈춘 동안 나와 관련된 소식 2개가 쌓였어요"]
    assert house.heard("ben") == [f"**Anna Berg** asked you to review [!{mr.iid} Round once]({mr_url(house, mr)})"]


def mr_url(house: House, mr: MergeRequest) -> str:
    return f"{house.world.gitlab.url}/web/shop/-/merge_requests/{mr.iid}"


def test_what_was_old_already_is_not_told(house: House) -> None:
    """Whether a comment is too old to tell is judged by when its webhook failed, not by when it is caught up with."""
    mr = opened(house)
    house.settle()
    house.program.kill()
    away_for(house, 60)
    said = say(house, mr, "Two days ago")
    come_back(house)

    assert told_of(house, mr) == said


def test_no_farther_than_the_limit(build: MakeHouse) -> None:
    """What failed longer ago than `catch_up_hours` is left, and the next start does not look for it again."""
    house: House = build(toml="[defaults]\nbatch_seconds = 0\n")
    house.program.toml = house.program.toml.replace("[gitlab]\n", "[gitlab]\ncatch_up_hours = 5\n")
    house.start()
    eventually(lambda: house.rows(WELL))
    mr = opened(house)
    house.settle()
    house.program.kill()
    away_for(house, 6)
    say(house, mr, "Too long ago")
    come_back(house)

    assert told_of(house, mr) == []
    assert "0 missed deliveries taken in" in house.program.log()


def test_a_gitlab_that_is_too_old(house: House) -> None:
    """With a GitLab that hands out no log the bot runs as before, and says in a line why it does not catch up."""
    house.world.gitlab.version = "16.11.2-ee"
    mr = opened(house)
    house.settle()
    house.program.kill()
    say(house, mr, "Lost")
    house.restart()
    eventually(lambda: "GitLab 16.11.2-ee does not hand out" in house.program.log())
    assert "came with 17.3" in house.program.degraded()["catch_up"]
    said = say(house, mr, "Heard")
    house.settle()
    code, _, error = hooks(house)

    assert told_of(house, mr) == said
    assert (code, error.count("\n")) == (1, 1)
    assert "that came with 17.3" in error


def test_dry_run(house: House) -> None:
    """A dry run counts what would be taken in, takes nothing, and leaves it for the next time."""
    mr = opened(house)
    house.settle()
    house.program.kill()
    say(house, mr, "One")
    house.restart()
    eventually(lambda: "caught up:" in house.program.log())
    house.settle()
    comments.comment(house.world.gitlab, mr, house.user("ben"), "Two")
    house.program.kill()
    said = say(house, mr, "Three")
    code, out, _ = hooks(house, "--dry-run")

    assert code == 0
    assert "  1 would be taken in.\n  1 were here already.\n" in out
    come_back(house)
    assert told_of(house, mr)[-1:] == said
