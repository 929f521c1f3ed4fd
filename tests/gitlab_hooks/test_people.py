"""`people`: who in the notification channel is whom in GitLab, asked of both servers over HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import OutsideError
from gitlab_hooks.configured import configured
from gitlab_hooks.people import report
from playground.world import World


@pytest.fixture(name="world", scope="module")
def a_world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


def lines(world: World, folder: Path, people: str = "", environ: dict[str, str] | None = None) -> list[str]:
    path = folder / "bot.toml"
    path.write_text(f"{world.bot_toml()}[people]\n{people}")
    return list(report(*configured(path, environ or world.environment())))


def test_everybody(world: World, tmp_path: Path) -> None:
    """Every member but the shared account has a line, in the order of their names, with how they were found."""
    assert lines(world, tmp_path) == [
        "@anna.berg: anna.berg in GitLab, by name",
        "@ben: ben in GitLab, by name",
        "@carla: carla in GitLab, by name",
        "@haneul: haneul in GitLab, by name",
        "@junho.lee: jlee in GitLab, by email",
        "@lena: not matched: no equal e-mail address or name in GitLab; add them to [people]",
        "@zoe: zoe in GitLab, by name",
    ]


def test_people(world: World, tmp_path: Path) -> None:
    """`[people]` beats what is equal, leaves a conflict to decide, and names who is not in the channel."""
    found = lines(world, tmp_path, '"jlee" = "ben"\n"boss" = "nobody.here"\n')

    assert "@ben: jlee in GitLab, by people" in found
    assert "@ben: CONFLICT with ben in GitLab: [people] gives @ben to somebody else; decide it in [people]" in found
    assert any(line.startswith("@junho.lee: not matched:") for line in found)
    assert found[-1] == "[people] boss: @nobody.here is not in the channel notification"


def test_wrong_token(world: World, tmp_path: Path) -> None:
    """A token that GitLab refuses is no list, but a sentence about it."""
    with pytest.raises(OutsideError, match="401"):
        lines(world, tmp_path, environ={**world.environment(), "GITLAB_TOKEN": "glpat-wrong"})
