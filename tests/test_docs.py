"""The prose: what it names exists, and both languages say the same."""

import re
from pathlib import Path

import pytest
import typer.main

from bot.__main__ import app
from bot.commands import COMMANDS

ROOT = Path(__file__).parents[1]
DOCS = sorted(path.name for path in ROOT.glob("*.md"))
READMES = ("README.md", "README.ko.md")

PICTURES = ("help", "status", "settings", "digest", "why")

LINK = re.compile(r"\]\(([^)#:]+)(?:#[\w-]*)?\)")
PATH = re.compile(r"`((?:bot|gitlab_hooks|playground|tests|bench|docs|\.ci)/[\w./-]*)`")
MAKE = re.compile(r"\bmake ([a-z]+)\b")
COMMAND = re.compile(r"python -m bot ([a-z]+)(?: ([a-z][a-z-]*))?")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VARIABLE = re.compile(r"\b(?:MATTERMOST|GITLAB|NUDGE)_[A-Z_]*(?:TOKEN|PASSWORD)\b")


def text(name: str) -> str:
    return (ROOT / name).read_text()


def code(name: str) -> list[tuple[str, str]]:
    """Language and text of every block of code, without comments, which are in the language of the page."""
    return [(language, re.sub(r"\s*#.*", "", block)) for language, block in FENCE.findall(text(name))]


@pytest.mark.parametrize("name", DOCS)
def test_links_lead_somewhere(name: str) -> None:
    """Every file that a page links to, shows or names exists."""
    named = {*LINK.findall(text(name)), *PATH.findall(text(name))}

    assert {path for path in named if not (ROOT / path).exists()} == set()


@pytest.mark.parametrize("name", DOCS)
def test_make_targets_exist(name: str) -> None:
    """Every `make` command of a page is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))

    assert set(MAKE.findall("\n".join(block for _, block in code(name)))) <= targets


@pytest.mark.parametrize("name", [*DOCS, "Makefile", "compose.yaml", "Dockerfile"])
def test_commands_exist(name: str) -> None:
    """Every command of the bot that a page shows is one."""
    known = typer.main.get_command(app)
    groups = getattr(known, "commands", {})

    for command, below in COMMAND.findall(text(name)):
        assert command in groups
        assert not hasattr(groups[command], "commands") or below in groups[command].commands


def test_readmes_show_the_same_code() -> None:
    """Both READMEs have the same blocks of code, comments aside."""
    english, korean = map(code, READMES)

    assert english == korean


@pytest.mark.parametrize("what", [LINK, VARIABLE, re.compile(r"`/nudge [^`]*`"), re.compile(r"^#+", re.MULTILINE)])
def test_readmes_name_the_same(what: re.Pattern[str]) -> None:
    """Both READMEs have the same links, secrets, slash commands and levels of headings, each as often."""
    english, korean = (sorted(what.findall(text(name).partition("```")[2])) for name in READMES)

    assert english == korean


@pytest.mark.parametrize("name", ["docs/slash.md", "docs/slash.ko.md"])
def test_what_is_shown_of_the_slash_command(name: str) -> None:
    """Every picture and page exists, every command is one, and both languages have the same questions and pictures."""
    shown = text(name)
    typed = {line.split()[0] for line in re.findall(r"`/nudge ([^`]+)`", shown)}
    language = ".ko" if name.endswith(".ko.md") else ".en"

    assert {path for path in LINK.findall(shown) if not (ROOT / "docs" / path).exists()} == set()
    assert typed <= {known for command in COMMANDS for known in command.names}
    assert [f"slash-{one}{language}.png" for one in PICTURES] == [Path(one).name for one in LINK.findall(shown)[1:]]
    assert shown.count("\n## ") == text("docs/slash.md").count("\n## ")


@pytest.mark.parametrize("name", ["compose.yaml", ".gitlab-ci.yml"])
def test_deployment_hands_secrets_on(name: str) -> None:
    """Every secret of the README reaches the bot where it is deployed."""
    assert set(VARIABLE.findall(text("README.md"))) <= set(VARIABLE.findall(text(name)))
