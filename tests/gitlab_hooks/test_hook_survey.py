"""How the webhooks of all projects stand, asked of the stand-in over HTTP."""

from collections.abc import Iterator

import pytest

from gitlab_hooks import gitlab_admin
from gitlab_hooks.gitlab_client import Client
from gitlab_hooks.hook_survey import Survey, survey
from gitlab_hooks.instance import Instance
from playground.cast import KEEPER, MAINTAINER
from playground.gitlab.faults import Fault
from playground.world import World

URL = "https://nudge.example.com"


@pytest.fixture
def world() -> Iterator[World]:
    """Run a world with a second project in a group below, and one elsewhere that the token does not maintain."""
    made = World(background=False)
    gitlab = made.gitlab
    keeper = gitlab.user(KEEPER)
    tools = gitlab.add_group("web/tools", "Tools", {keeper: MAINTAINER})
    gitlab.add_project(tools, "bot", {})
    private = gitlab.add_group("kim", "Kim", {keeper: 20})
    gitlab.add_project(private, "dotfiles", {})
    yield made
    made.close()


def surveyed(world: World, *places: tuple[str, str]) -> Survey:
    url, token = world.gitlab.url, world.secrets.hooks
    instance = Instance(Client(url, token, (3.0, 10.0), verify=True, secret="GITLAB_HOOKS_TOKEN", scope="api"))
    return survey(gitlab_admin.connect(url, token), instance, places, URL)


def test_projects(world: World) -> None:
    """The projects of a group and of those below are looked at, once each, and only hooks to the bot are ours."""
    world.gitlab.add_hook(world.project, f"{URL}/gitlab/")
    world.gitlab.add_hook(world.project, "https://else.example.com")
    found = surveyed(world, ("group", "web"), ("project", "web/shop"))

    assert [(one.home.path, one.url) for one in found.ours] == [("web/shop", f"{URL}/gitlab/")]
    assert (found.lacking, found.troubles) == (["web/tools/bot"], [])


def test_what_cannot_be_looked_at(world: World) -> None:
    """A place that is not there, or not for the token, is told, and the others are looked at all the same."""
    found = surveyed(world, ("group", "nope"), ("project", "kim/dotfiles"), ("project", "web/shop"))

    assert found.lacking == ["web/shop"]
    assert ["does not find the group nope" in found.troubles[0], "kim/dotfiles: " in found.troubles[1]] == [True, True]


def test_gitlab_is_away(world: World) -> None:
    """While GitLab is away nothing is said to lack."""
    world.gitlab.fault = Fault("unavailable")
    found = surveyed(world, ("group", "web"), ("project", "web/shop"))

    assert (found.ours, found.lacking, len(found.troubles)) == ([], [], 2)


def test_nothing_is_named() -> None:
    """Without any place nobody is asked."""
    instance = Instance(Client("http://127.0.0.1:1", "", (3.0, 10.0), verify=True))

    assert survey(gitlab_admin.connect("http://127.0.0.1:1", ""), instance, [], URL) == Survey()
