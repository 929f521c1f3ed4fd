"""A team's own ways: rules, words, secrets from files, signed webhooks, comments and emoji gathered into one post."""

import base64
from pathlib import Path

from playground.gitlab import comments, merge_requests
from tests.program.conftest import MakeHouse
from tests.program.running import AT_ONCE, House, cards, eventually, opened, say, told_of

OWN = """
[messages]
templates = "words"
[rules]
"merge_request.pushed" = ["author"]
"note.merge_request" = ["mentioned"]
"""
SIGNING = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()


def test_own_rules_and_words(build: MakeHouse, tmp_path: Path) -> None:
    """Who is told and in which words is changed by bot.toml and a folder, without touching code."""
    own = tmp_path / "words" / "en"
    own.mkdir(parents=True)
    (own / "note.md").write_text("{% block mentioned %}Hey! {{ actor }} needs you: {{ link }}{% endblock %}")
    house: House = build(toml=AT_ONCE + OWN)
    house.start()
    mr = opened(house)
    with house.telling() as told:
        say(house, mr, "Nobody in particular", "@carla?")
        merge_requests.push(house.world.gitlab, mr, house.user("ben"), "More")

    assert told == {"carla": 1, "anna.berg": 1}
    assert house.heard("carla")[0].startswith("Hey! Ben Okafor needs you: [!2 Round once](")


def test_secrets_from_files(build: MakeHouse, tmp_path: Path) -> None:
    """Every secret may be a mounted file, and webhooks may be signed instead of carrying a token."""
    house: House = build()
    given = house.world.environment() | {"GITLAB_SIGNING_TOKEN": SIGNING}
    del given["GITLAB_WEBHOOK_TOKEN"]
    for name, secret in given.items():
        (tmp_path / name).write_text(f"{secret}\n")
    house.program.environ = {f"{name}_FILE": str(tmp_path / name) for name in given}
    house.start()
    mr = opened(house)
    house.world.gitlab.hooks.clear()
    house.world.gitlab.add_hook(house.world.project, f"{house.program.url}/gitlab", signing_token=SIGNING)
    with house.telling() as told:
        say(house, mr, "One")

    assert house.statuses() == ["401", "204"]
    assert told == {"anna.berg": 1}


def test_review_is_one_post(build: MakeHouse) -> None:
    """The comments of one review arrive as one post with a badge of one, in their order."""
    house: House = build(toml="[defaults]\nbatch_seconds = 2\n")
    house.start()
    mr = opened(house)
    with house.telling() as told:
        said = comments.review(house.world.gitlab, mr, house.user("ben"), ["What?", "Why?", "Who?", "How?", "Fine."])

    assert told == {"anna.berg": 1}
    assert told_of(house, mr) == [note.id for note in said]


def test_emoji_are_one_line(build: MakeHouse) -> None:
    """Three people's emoji on one comment arrive as one line with a badge of one; what was taken back is not in it."""
    house: House = build(toml="[defaults]\nbatch_seconds = 2\n")
    house.start()
    gitlab, mr = house.world.gitlab, opened(house)
    note = comments.comment(gitlab, mr, house.user("anna.berg"), "Done.")
    with house.telling() as told:
        for name, emoji in (("ben", "thumbsup"), ("carla", "tada"), ("haneul", "thumbsup")):
            comments.award(gitlab, mr, house.user(name), emoji, note)
        comments.revoke(gitlab, mr, comments.award(gitlab, mr, house.user("jlee"), "heart", note))

    assert told == {"anna.berg": 1}
    (line,) = house.heard("anna.berg")
    assert line.startswith("👍 2 🎉 1 on your comment on [!2 Round once](")
    assert line.endswith("), from **Ben Okafor**, **Carla Rossi** and **김하늘**")
    assert [card["text"].partition("\n")[0] for card in cards(house.posts("anna.berg")[0])] == ["Done."]


def test_batch_survives_a_kill(build: MakeHouse) -> None:
    """Comments that were being gathered when the program was killed arrive after its restart, still in order."""
    house: House = build(toml="[defaults]\nbatch_seconds = 2\n")
    house.start()
    mr = opened(house)
    said = say(house, mr, "One", "Two")
    eventually(lambda: house.rows("SELECT count(*) FROM outbox") == [(2,)])
    house.program.kill()
    house.restart()
    said += say(house, mr, "Three")
    house.settle()

    assert told_of(house, mr) == said
