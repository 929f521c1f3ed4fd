"""What is watched, as the settings have it: whose tokens, which hooks, and who is told."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bot.directory import Directory
from bot.http_session import unobserved
from gitlab_hooks.configured import configured
from gitlab_hooks.lookout import admins, hooks_off_of, tokens_of
from tests.gitlab_hooks.team import MEMBERS
from tests.servers import Answer, scripted

TOML = """
[server]
public_url = "{public}"
[mattermost]
url = "https://mattermost.example.com"
team = "dev"
login_id = "bot"
[gitlab]
url = "{gitlab}"
projects = {projects}
"""
SECRETS = {"MATTERMOST_PASSWORD": "invented", "GITLAB_WEBHOOK_TOKEN": "invented"}
BOTH = {"GITLAB_TOKEN": "reads", "GITLAB_HOOKS_TOKEN": "keeps"}
PUBLIC = "https://nudge.example.com"


def test_admins() -> None:
    """Administrators are found by their names, however these are written, while they are in the channel and active."""
    members = [replace(member, active=member.name != "haneul") for member in MEMBERS]
    directory = Directory(lambda: members, {}, lambda: 0.0)
    assert admins(directory, ["anna.berg"]) == []

    directory.refresh()
    found = admins(directory, ["@Anna.Berg", "haneul", "nobody", "ben.okafor"])
    assert [member.name for member in found] == ["anna.berg", "ben.okafor"]


@pytest.mark.parametrize(
    ("secrets", "public", "projects", "looks"),
    [
        (BOTH, PUBLIC, ["web/shop"], True),
        ({}, PUBLIC, ["web/shop"], False),
        (BOTH, "", ["web/shop"], False),
        (BOTH, PUBLIC, [], False),
    ],
)
def test_hooks(tmp_path: Path, secrets: Mapping[str, str], public: str, projects: list[str], looks: bool) -> None:
    """Hooks are looked at where a token, our own address and some projects are known."""
    with scripted(Answer({"message": "404 Not found"}, 404)) as server:
        server.on("GET /api/v4/projects/web%2Fshop", Answer({"id": 7, "path_with_namespace": "web/shop"}))
        hooks = [{"id": 11, "url": f"{PUBLIC}/gitlab", "alert_status": "disabled"}]
        server.on("GET /api/v4/projects/7/hooks", Answer(hooks))
        toml = tmp_path / "bot.toml"
        toml.write_text(TOML.format(public=public, gitlab=server.url, projects=projects))
        look = hooks_off_of(*configured(toml, {**SECRETS, **secrets}))

        assert (look is not None) == looks
        assert not look or [hook.id for hook in look()] == [11]


def test_tokens(tmp_path: Path) -> None:
    """Each token that is set is asked for its own end, and none that is not."""
    with scripted(Answer({"expires_at": "2026-12-08"})) as server:
        toml = tmp_path / "bot.toml"
        toml.write_text(TOML.format(public=PUBLIC, gitlab=server.url, projects=[]))
        for secrets in ({}, {"GITLAB_TOKEN": "reads"}, BOTH):
            _, settings = configured(toml, {**SECRETS, **secrets})
            tokens = tokens_of(settings, unobserved)
            tokens.look()

            assert tokens.ends.keys() == secrets.keys()
        sent = [{name.lower(): value for name, value in asked.headers.items()} for asked in server.asked]
        assert [headers["private-token"] for headers in sent] == ["reads", "reads", "keeps"]
