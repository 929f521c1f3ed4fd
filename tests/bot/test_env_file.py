"""A file of variables: read, and extended without losing what stands there."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.env_file import add, read

LINE = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="\x7f\x85"), min_size=1)


def test_no_file(tmp_path: Path) -> None:
    """Where there is no file there are no variables."""
    assert read(tmp_path / ".env") == {}


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=x", "x"),
        ("export A=x ", "x"),
        ("  A='x y'", "x y"),
        ('A="x"', "x"),
        ("A=", ""),
        ("#A=x", None),
        ("A='", "'"),
    ],
)
def test_read(tmp_path: Path, line: str, value: str | None) -> None:
    """Lines are read as compose and shells read them."""
    (tmp_path / ".env").write_text(f"# secrets\n{line}\n")

    assert read(tmp_path / ".env").get("A") == value


def test_add(tmp_path: Path) -> None:
    """What is not there is added at the end, what is there stays, and a new file is its owner's alone."""
    file = tmp_path / ".env"
    add(file, {})
    assert not file.exists()
    add(file, {"A": "one"})
    assert file.stat().st_mode & 0o777 == 0o600

    file.write_text("# mine\nA=one\nB=")
    add(file, {"A": "other", "B": "two", "C": "three"})
    assert file.read_text() == "# mine\nA=one\nB=\nB=two\nC=three\n"
    add(file, {"A": "again", "C": "again"})
    assert read(file) == {"A": "one", "B": "two", "C": "three"}


@given(value=LINE.map(str.strip))
def test_whatever_the_secret_is(tmp_path_factory: pytest.TempPathFactory, value: str) -> None:
    """A secret is read back as it was, by this and by a shell."""
    file = tmp_path_factory.mktemp("secrets") / ".env"
    add(file, {"A": value})

    assert read(file).get("A", "") == value


def test_a_shell_reads_it(tmp_path: Path) -> None:
    """A shell takes what is written as it is."""
    file = tmp_path / ".env"
    values = {"A": 'p $HOME`x`"q#', "B": "plain", "C": 'it\'s $A \\ `x` "q"'}
    add(file, values)
    show = f'. {file}; printf "%s|%s|%s" "$A" "$B" "$C"'
    said = subprocess.run(["sh", "-c", show], capture_output=True, text=True, check=True)

    assert said.stdout == "|".join(values.values())
