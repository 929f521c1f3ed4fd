"""`docs/commands.md` and `docs/commands.ko.md`: all commands and topics, made from the table and the words of help."""

from collections.abc import Iterator
from pathlib import Path

from bot.commands import COMMANDS, GROUPS
from bot.markdown import Markdown
from bot.templates import Templates
from gitlab_hooks.notices import topics
from gitlab_hooks.parts import COMMAND, WORDS

DOCS = Path(__file__).parents[1] / "docs"

PAGES = {"en": "commands.md", "ko": "commands.ko.md"}
"""Each language's page."""

SECTIONS = (*GROUPS, "")
"""The groups in the order of the page; what is not shown to everybody comes last."""


def page(language: str) -> str:
    """Return a language's page, as Markdown that ends in a line break."""
    return "\n\n".join(_parts(language, Templates(*WORDS))) + "\n"


def _parts(language: str, templates: Templates) -> Iterator[str]:
    def say(block: str, words: str = "reference", **values: object) -> Markdown:
        return templates.render(language, words, block, command=Markdown(COMMAND), **values)

    def about(kind: str, name: str) -> Markdown:
        return say(f"{kind}_{name}", words="help")

    yield say("intro")
    for section in SECTIONS:
        commands = [
            {
                "examples": one.examples,
                "about": about("command", one.name),
                "names": tuple(map(Markdown, one.names[1:])),
            }
            for one in COMMANDS
            if one.group == section
        ]
        yield say("commands", section=section, commands=commands)
    known = [
        {"name": Markdown(topic), "about": about("topic", topic), "reasons": tuple(map(Markdown, sorted(reasons)))}
        for topic, reasons in topics().items()
    ]
    yield say("topics", known=known)


def write(folder: Path = DOCS) -> None:
    """Write both pages anew."""
    for language, name in PAGES.items():
        (folder / name).write_text(page(language), encoding="utf-8")
