"""Values written into a `bot.toml`: they are there afterwards, and everything else is as before."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.toml_edit import Value, edited, shown

SHIPPED = (Path(__file__).parents[2] / "bot.toml").read_text()
KEYS = [
    ("server", "public_url"),
    ("mattermost", "url"),
    ("mattermost", "team"),
    ("gitlab", "url"),
    ("gitlab", "groups"),
    ("gitlab", "projects"),
    ("store", "url"),
]
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
VALUES = st.dictionaries(st.sampled_from(KEYS), TEXT | st.lists(TEXT, max_size=3))


def comments(text: str) -> list[str]:
    return [line[line.index("#") :] for line in text.splitlines() if "#" in line.partition('"#')[0]]


@given(VALUES)
def test_values(values: dict[tuple[str, str], Value]) -> None:
    """Whatever the values are, they are read back, and all others are as they were."""
    before, after = tomllib.loads(SHIPPED), tomllib.loads(edited(SHIPPED, values))
    for (section, key), value in values.items():
        assert after[section][key] == value
        after[section][key] = before[section][key]

    assert after == before


@given(st.dictionaries(st.sampled_from(KEYS), st.text("abc/.-:", max_size=30)))
def test_comments(values: dict[tuple[str, str], Value]) -> None:
    """Every comment stays, in its place."""
    after = edited(SHIPPED, values)

    assert comments(after) == comments(SHIPPED)
    assert len(after.splitlines()) == len(SHIPPED.splitlines())


@given(VALUES)
def test_twice(values: dict[tuple[str, str], Value]) -> None:
    """What is written already is written once."""
    once = edited(SHIPPED, values)

    assert edited(once, values) == once


@pytest.mark.parametrize(
    ("text", "value", "result"),
    [
        ("", "x", '[a]\nb = "x"\n'),
        ("[c]\nb = 1\n", "x", '[c]\nb = 1\n\n[a]\nb = "x"\n'),
        ("[a]\n", "x", '[a]\nb = "x"\n'),
        ("[a]\n[c]\nb = 1\n", "x", '[a]\nb = "x"\n[c]\nb = 1\n'),
        ("[a] # of all\n  b = 'y' # why\n", "x", '[a] # of all\n  b = "x" # why\n'.replace('"x" ', '"x"  ')),
        ('[a]\nb = "y # y"    # why\n', "long", '[a]\nb = "long"     # why\n'),
        ('[a]\nb = [\n  "y", # why\n  "z",\n]\nd = 1\n', ["x"], '[a]\nb = ["x"]\nd = 1\n'),
        ("[a]\nb = 5#five\n", "x", '[a]\nb = "x"  #five\n'),
        ("[a]\nbb = 1\nb = 2\n", "x", '[a]\nbb = 1\nb = "x"\n'),
    ],
)
def test_places(text: str, value: Value, result: str) -> None:
    """A key that is there keeps its place and its comment, and one that is not gets a place."""
    assert edited(text, {("a", "b"): value}) == result


@pytest.mark.parametrize("text", ["a = {b = 1}", "a.b = 1", "[a]\nb = '''\ny\n'''\n", "[a\n", '[a]\n"b" = 1\n'])
def test_other_ways(text: str) -> None:
    """What is written in a way that is not understood is left alone."""
    with pytest.raises(ValueError, match=r"."):
        edited(text, {("a", "b"): "x"})


def test_shown() -> None:
    """Texts are quoted, and lists hold them."""
    assert shown(['a "b"', "한글", "\x7f"]) == '["a \\"b\\"", "한글", "\\u007f"]'
