"""The pages about all commands."""

from pathlib import Path

import pytest

from bot.commands import COMMANDS
from gitlab_hooks.notices import topics
from gitlab_hooks.reference import DOCS, PAGES, page, write


@pytest.mark.parametrize("language", PAGES)
def test_the_pages_are_those_of_the_table(language: str) -> None:
    """The page in `docs/` says what the table and the words of help say now; `make docs` writes it anew."""
    assert (DOCS / PAGES[language]).read_text(encoding="utf-8") == page(language)


@pytest.mark.parametrize("language", PAGES)
def test_everything_is_on_the_page(language: str) -> None:
    """Every example, every name, every topic and every reason is on the page."""
    shown = page(language)

    for command in COMMANDS:
        assert command.examples
        assert all(f"`/nudge {example}`" in shown for example in command.examples)
        assert all(f"`{name}`" in shown for name in command.names[1:])
    assert all(f"`{name}`" in shown for topic, reasons in topics().items() for name in (topic, *reasons))


def test_the_pages_are_written(tmp_path: Path) -> None:
    """Every language's page is written under its own name."""
    write(tmp_path)

    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == {
        name: page(language) for language, name in PAGES.items()
    }
