"""The files around the code: what is pinned, what is configured, and what must stand in none of them."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from bot.preferences import Defaults
from bot.settings import Admin, Mattermost, Messages, Server, StoreSection
from gitlab_hooks.configured import configured
from gitlab_hooks.rules import DEFAULTS
from gitlab_hooks.settings import OPTIONS, GitLabSection

ROOT = Path(__file__).parents[1]
MADE_HERE = {
    *(".git", ".venv", ".venv-lock", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache"),
    *("__pycache__", "var"),
}
BINARY = {".png", ".ico", ".db", ".gz"}

SECTIONS: dict[str, type[msgspec.Struct]] = {
    "server": Server,
    "mattermost": Mattermost,
    "gitlab": GitLabSection,
    "store": StoreSection,
    "defaults": Defaults,
    "messages": Messages,
    "admin": Admin,
}
EXAMPLES = {"public_url", "url", "team", "login_id"}

REGISTRY_HOST = re.compile(r"(?:pypi|pythonhosted|npmjs|golang|crates)\.(?:org|com|io)\b")
MACHINE_PATH = re.compile(r"(?<![\w.~-])/(?:work|root|home/[a-z]+|Users/[A-Za-z]+)/")
BESIDE_THE_CHECKOUT = re.compile(r"\.\./sha" + "red")


def written_by_us() -> Iterator[Path]:
    """Every text file of the checkout but those that tools make."""
    for path in sorted(ROOT.rglob("*")):
        inside = path.relative_to(ROOT)
        made_here = MADE_HERE & set(inside.parts) or inside.name.startswith(".coverage")
        if path.is_file() and not made_here and path.suffix not in BINARY:
            yield inside


def pins(name: str) -> dict[str, str]:
    """Read the pinned version of every package of a requirements file."""
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[\w+\])?==(\S+)", (ROOT / name).read_text(), re.MULTILINE))


def asked_for(name: str) -> set[str]:
    """Read which packages a short .in file asks for by name."""
    return set(re.findall(r"^([a-z][a-z0-9-]*)", (ROOT / name).read_text(), re.MULTILINE))


@pytest.mark.parametrize("pattern", [REGISTRY_HOST, MACHINE_PATH], ids=["registry host", "path of one machine"])
def test_files_speak_of_the_project_alone(pattern: re.Pattern[str]) -> None:
    """No file names a package registry's host or a folder that exists on one machine only."""
    found = {str(path) for path in written_by_us() if pattern.search((ROOT / path).read_text(errors="replace"))}

    assert not found


def test_only_tests_look_beside_the_checkout() -> None:
    """Nothing but a test may read what lies beside the checkout."""
    found = [
        str(path)
        for path in written_by_us()
        if path.parts[0] != "tests" and BESIDE_THE_CHECKOUT.search((ROOT / path).read_text(errors="replace"))
    ]

    assert not found


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_what_is_asked_for_is_pinned(name: str) -> None:
    """Every package of an .in file is pinned in its .txt file, and none is pinned that nobody asks for any more."""
    text = (ROOT / f"{name}.txt").read_text()
    direct = re.findall(rf"^([a-z0-9-]+)(?:\[\w+\])?==(?:(?!^\S).*\n)+?.*-r {name}\.in$", text, re.MULTILINE)

    assert set(direct) == asked_for(f"{name}.in")


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_pin_is_hashed(name: str) -> None:
    """Every pinned package carries at least one hash, so that nothing else can be installed in its place."""
    blocks = re.split(r"^(?=[a-z0-9])", (ROOT / name).read_text(), flags=re.MULTILINE)[1:]

    assert blocks
    assert all("--hash=sha256:" in block for block in blocks)


def test_tests_run_what_is_shipped() -> None:
    """What the bot runs on has the same version where it is tested."""
    assert pins("requirements.txt").items() <= pins("requirements-dev.txt").items()


def test_shipped_rules_are_the_defaults() -> None:
    """`bot.toml` shows every rule with the roles it has by default, and every other key beside them."""
    shipped = tomllib.loads((ROOT / "bot.toml").read_text())["rules"]

    assert {key: set(roles) for key, roles in shipped.items() if "." in key} == DEFAULTS
    assert {key: value for key, value in shipped.items() if "." not in key} == {
        key: option.default for key, option in OPTIONS.items()
    }


@pytest.mark.parametrize(("section", "shape"), SECTIONS.items())
def test_shipped_keys_have_their_defaults(section: str, shape: type[msgspec.Struct]) -> None:
    """`bot.toml` shows every key with its default, but for the addresses and names that nobody can guess."""
    shipped = tomllib.loads((ROOT / "bot.toml").read_text())[section]
    defaults = msgspec.to_builtins(shape())

    assert shipped.keys() == defaults.keys()
    assert {key: value for key, value in shipped.items() if value != defaults[key]}.keys() <= EXAMPLES


def test_shipped_configuration_is_sound() -> None:
    """The bot starts with `bot.toml` as it ships and no more than the two secrets it cannot do without."""
    configured(ROOT / "bot.toml", {"MATTERMOST_PASSWORD": "invented", "GITLAB_WEBHOOK_TOKEN": "invented"})
