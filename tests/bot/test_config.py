"""Reading `bot.toml` and the environment."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import ConfigError, Source, near, path_of


class Section(msgspec.Struct, frozen=True):
    name: str = "as ever"
    count: Annotated[int, msgspec.Meta(ge=0)] = 3
    kind: Literal["short", "full"] = "short"
    names: list[str] = []


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "bot.toml"


def source(file: Path, text: str) -> Source:
    file.write_text(text, encoding="utf-8")
    return Source(file, {})


def test_defaults() -> None:
    """Without a file, and without its section, every key has its default."""
    read = Source(None, {})

    assert read.section("section", Section) == Section()
    read.check()


def test_section(file: Path) -> None:
    """A section is read into its shape; what it does not name has its default."""
    read = source(file, '[section]\nname = "other"\nnames = ["a"]\n')

    assert read.section("section", Section) == Section(name="other", names=["a"])
    read.check()


def test_byte_order_mark(file: Path) -> None:
    """A file as Windows writes it is read all the same."""
    file.write_bytes(b"\xef\xbb\xbf[section]\r\ncount = 4\r\n")

    assert Source(file, {}).section("section", Section).count == 4


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("count = 'three'", "[section] count: Expected int, got str"),
        ("count = -1", "[section] count: Expected int >= 0"),
        ("kind = 'long'", "[section] kind: Invalid enum value 'long'; expected one of short, full"),
        ("kind = 1", "[section] kind: Expected str, got int; expected one of short, full"),
        ("names = 'a'", "[section] names: Expected array, got str"),
        ("names = [1]", "[section] names: Expected str, got int - at $[0]"),
        ("nmae = 'x'", "[section] nmae: no such key; did you mean name?"),
        ("zzz = 1", "[section] zzz: no such key"),
    ],
)
def test_wrong_key(file: Path, text: str, fault: str) -> None:
    """A key that is wrong gets its default, and a fault that names file, key and what was expected."""
    read = source(file, f"[section]\n{text}\n")

    assert read.section("section", Section) == Section()
    assert read.faults == [f"{file}: {fault}"]


def test_all_faults_at_once(file: Path) -> None:
    """Every fault is named, one a key, in order."""
    read = source(file, "[section]\ncount = 'x'\nkind = 'y'\n[sektion]\n")
    read.section("section", Section)
    read.fault("section", "count", "is wrong for another reason too")
    read.only(frozenset({"section"}))

    with pytest.raises(ConfigError) as raised:
        read.check()

    assert raised.value.faults == [
        f"{file}: [section] count: Expected int, got str",
        f"{file}: [section] kind: Invalid enum value 'y'; expected one of short, full",
        f"{file}: [sektion]: no such section; did you mean section?",
    ]
    assert str(raised.value) == "\n".join(raised.value.faults)


def test_section_that_is_none(file: Path) -> None:
    """A key where a section should be is a fault."""
    read = source(file, "section = 1\n")
    read.section("section", Section)

    assert read.faults == [f"{file}: section: expected a section [section]"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"[section\n", "is not TOML: "),
        (b"a = 1\na = 2\n", "is not TOML: "),
        (b"a = '\xff'\n", "is not TOML: "),
        (b"\x00", "is not TOML: "),
    ],
)
def test_no_toml(file: Path, content: bytes, fault: str) -> None:
    """A file that is no TOML is named."""
    file.write_bytes(content)
    (found,) = Source(file, {}).faults

    assert found.startswith(f"{file}: {fault}")


@pytest.mark.parametrize(("name", "why"), [("missing.toml", "No such file or directory"), (".", "Is a directory")])
def test_no_file(tmp_path: Path, name: str, why: str) -> None:
    """A file that is not there is named with why."""
    path = tmp_path / name

    assert Source(path, {}).faults == [f"{path}: cannot be read: {why}"]


@given(st.binary(max_size=200))
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Whatever a file holds, reading it gives a section or a fault, never another exception."""
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(content)
    read = Source(path, {})
    read.section("section", Section)
    read.only(frozenset({"section"}))


def test_secret(file: Path) -> None:
    """A secret is a variable, or the file that the variable with `_FILE` names; white space around it is none of it."""
    file.write_text("  from the file\n")
    environ = {"A": " plain ", "B_FILE": str(file), "C": "plain", "C_FILE": str(file), "D": "", "D_FILE": ""}
    read = Source(None, environ)

    assert [read.secret(name) for name in "ABCDE"] == ["plain", "from the file", "from the file", "", ""]
    read.check()


def test_secret_that_cannot_be_read(file: Path) -> None:
    """A secret's file that cannot be read is a fault, which does not show the secret that stands beside it."""
    file.write_bytes(b"\xff")
    environ = {"A": "plain", "A_FILE": "/nowhere/secret", "B_FILE": str(file)}
    read = Source(None, environ)

    assert (read.secret("A"), read.secret("B")) == ("", "")
    assert read.faults[0] == "A_FILE: /nowhere/secret cannot be read: No such file or directory"
    assert read.faults[1].startswith(f"B_FILE: {file} cannot be read: ")
    assert "plain" not in str(read.faults)


@pytest.mark.parametrize(
    ("option", "environ", "expected"),
    [
        (Path("mine.toml"), {"NUDGE_CONFIG": "other.toml"}, "mine.toml"),
        (None, {"NUDGE_CONFIG": "other.toml"}, "other.toml"),
        (None, {"NUDGE_CONFIG": ""}, "bot.toml"),
        (None, {}, "bot.toml"),
    ],
)
def test_path(option: Path | None, environ: dict[str, str], expected: str) -> None:
    """The option beats the variable, the variable beats `bot.toml` in the working directory."""
    assert path_of(option, environ) == Path(expected)


def test_near() -> None:
    """What is near to a known name is asked for; what is near to none is not."""
    assert near("lagnuage", ["language", "quote"]) == "; did you mean language?"
    assert near("zzz", ["language", "quote"]) == ""
