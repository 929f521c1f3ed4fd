"""A socket held open by somebody else: while nothing runs callers wait, and the next process answers them."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
import requests

from tests.program.conftest import MakeHouse
from tests.program.running import House, Program, environment, eventually, opened, told_of, webhook

RESTARTS = 3

PACE_SECONDS = 0.05
"""Between two webhooks of the stream."""

ACTIVATE = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
os.execv(sys.executable, [sys.executable, "-m", "bot", "serve"])
"""
"""Becomes the program, as systemd does."""


class Activated(Program):
    """`python -m bot serve` as systemd starts it: with the socket as descriptor 3."""

    def __init__(self, program: Program, held: socket.socket) -> None:
        super().__init__(program.folder, program.toml, program.environ)
        self._held = held

    def begin(self) -> None:
        self._started += 1
        (self.folder / "bot.toml").write_text(self.toml, encoding="utf-8")
        with self._file("out").open("wb") as out, self._file("err").open("wb") as err:
            self._process = subprocess.Popen(
                [sys.executable, "-c", ACTIVATE, str(self._held.fileno())],
                cwd=self.folder,
                env=environment(self.environ),
                stdout=out,
                stderr=err,
                pass_fds=[self._held.fileno()],
            )


@pytest.fixture(name="held")
def a_socket() -> Iterator[socket.socket]:
    """Hold a socket open for the whole test, as systemd or a proxy does."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=128)) as listening:
        yield listening


@pytest.fixture(name="house")
def activated(build: MakeHouse, held: socket.socket) -> House:
    house: House = build()
    house.program = Activated(house.program, held)
    house.start()
    return house


def send(house: House, number: int, body: bytes, headers: dict[str, str]) -> int:
    return requests.post(f"{house.program.url}/gitlab", data=body, headers=headers, timeout=60).status_code


def test_callers_wait_while_nothing_runs(house: House, held: socket.socket) -> None:
    """What GitLab sends between two processes is answered by the second, and told once."""
    mr = opened(house)
    house.settle()
    assert house.program.url.endswith(f":{held.getsockname()[1]}")
    assert house.program.stop() == 0
    sent = {number: webhook(house, mr, number) for number in range(9000, 9010)}
    with ThreadPoolExecutor(len(sent)) as pool:
        answers = [pool.submit(send, house, number, *sent[number]) for number in sent]
        house.restart()
        assert {answer.result() for answer in answers} == {204}
    house.settle()

    assert sorted(told_of(house, mr)) == sorted(sent)


def test_a_stream_over_restarts(house: House) -> None:
    """A stream of webhooks over several restarts loses nothing: each is answered 204, and told once, in order."""
    mr = opened(house)
    house.settle()
    answers: dict[int, int] = {}
    enough = threading.Event()

    def stream() -> None:
        number = 9000
        while not enough.wait(PACE_SECONDS):
            answers[number] = send(house, number, *webhook(house, mr, number))
            number += 1

    with ThreadPoolExecutor(1) as pool:
        streaming = pool.submit(stream)
        for restart in range(RESTARTS):
            eventually(lambda least=10 * (restart + 1): len(answers) >= least)  # type: ignore[misc]
            assert house.program.stop() == 0
            house.restart()
        eventually(lambda: len(answers) >= 10 * (RESTARTS + 1))
        enough.set()
        streaming.result()
    house.settle()

    assert set(answers.values()) == {204}
    assert told_of(house, mr) == list(answers)


def test_a_socket_that_cannot_be(build: MakeHouse) -> None:
    """What is no socket to listen on ends the start with 2 and a sentence."""
    house = build()
    with socket.socket() as idle:
        house.program = Activated(house.program, idle)
        house.program.begin()

        assert house.program.process.wait(30) == 2
    assert "no TCP socket that listens" in house.program.log()
    assert "Traceback" not in house.program.log()
