"""The socket that somebody holds open for the program: whose it is, and what is refused."""

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import Misconfigured
from bot.inherited import inherited

US = 4242
ONE = {"LISTEN_PID": "4242", "LISTEN_FDS": "1"}


@pytest.fixture(name="held")
def a_listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"LISTEN_FDS": "1"},
        {"LISTEN_PID": "4242"},
        {"LISTEN_PID": "4242", "LISTEN_FDS": "0"},
        {"LISTEN_PID": "4243", "LISTEN_FDS": "1"},
    ],
)
def test_none(environ: Mapping[str, str]) -> None:
    """Without a socket, or with one for another process, the program listens on its own."""
    assert inherited(environ, US) is None


def test_one(held: socket.socket) -> None:
    """The socket that was handed over is found, and handed on to no process that we start."""
    first = os.dup(held.fileno())
    os.set_inheritable(first, True)
    found = inherited(ONE, US, first)

    assert found
    with closing(found):
        assert found.getsockname() == held.getsockname()
        assert not found.get_inheritable()


def test_several() -> None:
    """Of several sockets none is chosen at random."""
    with pytest.raises(Misconfigured, match="expected one socket, found 2"):
        inherited({**ONE, "LISTEN_FDS": "2"}, US)


def test_what_is_no_socket(tmp_path: Path) -> None:
    """A file is no socket, nor is one that does not listen, or that no HTTP comes over."""
    with (tmp_path / "file").open("wb") as file, pytest.raises(Misconfigured, match="is no socket"):
        inherited(ONE, US, file.fileno())
    for family in (socket.AF_INET, socket.AF_UNIX):
        idle = socket.socket(family).detach()
        with pytest.raises(Misconfigured, match="no TCP socket that listens"):
            inherited(ONE, US, idle)
