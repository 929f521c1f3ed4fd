"""Words come from files, are escaped, and a team's own ones never cost a message."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from bot.markdown import JOINER, Markdown
from bot.sandbox import TEXT_AT_MOST
from bot.templates import FILE_AT_MOST, Templates

OURS = """
{% block hello %}
    {% if loud %}
        **Hello**, {{ name }}!
    {% else %}
        Hello, {{ name }}
    {% endif %}
{% endblock %}

{% block bye %}
    Bye, {{ name }}
{% endblock %}
"""
KOREAN = "{% block hello %}{{ name }} 님, 안녕하세요{% if loud %}!{% endif %}{% endblock %}"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file of words below a folder, and return the folder."""

    def write(text: str, folder: str = "ours", language: str = "en", name: str = "greeting") -> Path:
        path = tmp_path / folder / language / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return tmp_path / folder

    return write


def test_one_block_is_put_into_words(write: Write) -> None:
    """A block is rendered alone; indentation and control lines leave no trace."""
    templates = Templates(write(OURS))
    assert templates.render("en", "greeting", "hello", name="Ann", loud=True) == "**Hello**, Ann!"
    assert templates.render("en", "greeting", "bye", name="Ann") == "Bye, Ann"
    assert isinstance(templates.render("en", "greeting", "bye", name="Ann"), Markdown)


def test_values_are_escaped_but_for_markdown(write: Write) -> None:
    """Text from outside has no effect; Markdown by intent and numbers stay as they are."""
    templates = Templates(write("{% block a %}{{ one }} {{ two }} {{ three }}{% endblock %}"))
    assert templates.render("en", "greeting", "a", one="*a*", two=Markdown("*b*"), three=3) == r"\*a\* *b* 3"


def test_a_person_reads_their_language_or_english(write: Write) -> None:
    """Each language has its own folder; one that nobody has written for is English."""
    write(OURS)
    templates = Templates(write(KOREAN, language="ko"))
    assert templates.render("ko", "greeting", "hello", name="Ann", loud=True) == "Ann 님, 안녕하세요!"
    assert templates.render("fr", "greeting", "hello", name="Ann", loud=False) == "Hello, Ann"
    assert templates.render("../en", "greeting", "hello", name="Ann", loud=False) == "Hello, Ann"


def test_the_first_folder_that_has_a_file_wins(write: Write) -> None:
    """Words may lie in several folders, so that each package brings its own."""
    write("{% block a %}A{% endblock %}", name="one")
    ours, others = write("{% block b %}B{% endblock %}", folder="others", name="two"), write(OURS)
    templates = Templates(ours, others)
    assert templates.render("en", "one", "a") == "A"
    assert templates.render("en", "two", "b") == "B"
    assert templates.blocks("en", "greeting") == {"hello", "bye"}
    assert templates.blocks("de", "two") == {"b"}


def test_what_is_missing_is_a_fault(write: Write) -> None:
    """A file, a block or a value that is not there is an error, never an empty message."""
    templates = Templates(write(OURS))
    with pytest.raises(LookupError):
        templates.render("en", "parting", "bye")
    with pytest.raises(LookupError):
        templates.render("en", "greeting", "night")
    with pytest.raises(UndefinedError):
        templates.render("en", "greeting", "bye")


def test_a_team_replaces_single_blocks(write: Write) -> None:
    """A file of the same name in the team's folder replaces the blocks it has, and only in its language."""
    write(KOREAN, language="ko")
    own = write("{% block hello %}Moin, {{ name }}{% endblock %}", folder="own")
    templates = Templates(write(OURS), overrides=own)
    assert templates.render("en", "greeting", "hello", name="Ann", loud=False) == "Moin, Ann"
    assert templates.render("en", "greeting", "bye", name="Ann") == "Bye, Ann"
    assert templates.render("ko", "greeting", "hello", name="Ann", loud=False) == "Ann 님, 안녕하세요"
    assert templates.render("en", "greeting", "hello", name="*", loud=False) == r"Moin, \*"


@pytest.mark.parametrize(
    "broken",
    [
        "{% block hello %}{% if %}{% endblock %}",
        "{% block hello %}{{ nobody }}{% endblock %}",
        "{% block hello %}{{ 1 // 0 }}{% endblock %}",
        "{% block hello %}{{ ''.__class__.__mro__ }}{% endblock %}",
        "{% block hello %}{% for i in range(99999) %}too long {% endfor %}{% endblock %}",
        "{% block hello %}{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}{% endblock %}",
        "{% block hello %}{{ 'x' * 9999999999 }}{% endblock %}",
        "{% block hello %}{{ 9 ** 99999999 }}{% endblock %}",
        "{% block hello %}{% include 'secret.md' %}{% endblock %}",
        "{% block hello %}{{ name.missing() }}{% endblock %}",
        "x" * (FILE_AT_MOST + 1),
        "{% block hello %}" + "(" * 5000 + "{% endblock %}{{ " + "(" * 5000 + " }}",
    ],
    ids=[
        "syntax",
        "unknown value",
        "division",
        "sandbox",
        "long text",
        "loops",
        "product",
        "power",
        "include",
        "call",
        "long file",
        "nesting",
    ],
)
def test_a_broken_template_of_a_team_costs_no_message(
    broken: str, write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever is wrong with it is logged, without the text of the message, and ours is used."""
    templates = Templates(write(OURS), overrides=write(broken, folder="own"))
    assert templates.render("en", "greeting", "hello", name="Ann", loud=False) == "Hello, Ann"
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert "ours is used" in record.message
    assert "Ann" not in record.message


def test_a_file_that_is_no_text_costs_no_message(write: Write, caplog: pytest.LogCaptureFixture) -> None:
    """Bytes that are not UTF-8 are logged once, since files are read once."""
    own = write("", folder="own")
    (own / "en" / "greeting.md").write_bytes(b"\xff\xfe{% block bye %}")
    templates = Templates(write(OURS), overrides=own)
    assert [templates.render("en", "greeting", "bye", name="Ann") for _ in range(2)] == ["Bye, Ann"] * 2
    assert len(caplog.records) == 1


def test_loops_and_products_that_end(write: Write) -> None:
    """What ends in reason may loop and multiply, and each block begins anew."""
    said = "{% for i in range(9999) %}{% if loop.last %}{{ loop.length }}{{ 'a' * 3 }}{% endif %}{% endfor %}"
    block = f"{{% block hello %}}{said}{{% endblock %}}"
    templates = Templates(write(OURS), overrides=write(block, folder="own"))

    for _ in range(3):
        assert templates.render("en", "greeting", "hello", name="Ann", loud=False).replace(JOINER, "") == "9999aaa"


def test_a_text_of_a_team_may_be_as_long_as_a_message(write: Write) -> None:
    """The limit for what a block says lies below Mattermost's own."""
    own = write(f"{{% block bye %}}{'x' * TEXT_AT_MOST}{{% endblock %}}", folder="own")
    assert len(Templates(write(OURS), overrides=own).render("en", "greeting", "bye")) == TEXT_AT_MOST


def test_a_folder_of_a_team_may_be_empty(tmp_path: Path, write: Write) -> None:
    """No file of the name, or no folder at all, is no fault."""
    assert Templates(write(OURS), overrides=tmp_path / "none").render("en", "greeting", "bye", name="Ann") == "Bye, Ann"
