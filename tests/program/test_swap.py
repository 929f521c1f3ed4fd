"""`deploy/swap.sh`: a new version takes the place of the old one, and no webhook is lost meanwhile."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import requests

from tests.postgres import Postgres
from tests.program.conftest import MakeHouse
from tests.program.engine_stand_in import ended
from tests.program.running import ROOT, House, environment, eventually, opened, told_of, webhook

ENGINE = Path(__file__).with_name("engine_stand_in.py")
REPLICAS = ("replica-1", "replica-2")

PACE_SECONDS = 0.25
"""Between two webhooks of the stream."""


class Host:
    """A host with an engine, two replicas on one database, and the house they serve."""

    def __init__(self, folder: Path, house: House) -> None:
        self.folder, self.house = folder, house
        self.ports = dict(zip(REPLICAS, free_ports(len(REPLICAS)), strict=True))
        self.answers: dict[int, int] = {}
        for name, port in self.ports.items():
            (folder / f"{name}.json").write_text(json.dumps({"port": port, "pid": 0, "image": ""}))
        docker = folder / "docker"
        docker.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{ENGINE}" "$@"\n')
        docker.chmod(0o755)
        self.image("nudge:1", house.program.toml)
        self.image("nudge:2", f'{house.program.toml}[admin]\npeople = ["zoe"]\n')
        self.image("nudge:broken", house.program.toml.replace("[mattermost]", "[matermost]"))

    def image(self, name: str, toml: str) -> None:
        (self.folder / f"{name.replace(':', '-')}.toml").write_text(toml, encoding="utf-8")

    def run(self, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        given = {"NUDGE_IMAGES": str(self.folder), "NUDGE_SERVICES": " ".join(REPLICAS), "NUDGE_PATIENCE": "50"}
        environ = environment({**self.house.program.environ, **given, "PATH": f"{self.folder}:{os.environ['PATH']}"})
        command = ["sh", str(ROOT / "deploy" / script), *arguments]
        return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=240, check=False)

    def runs(self) -> list[str]:
        """Return the image of each replica."""
        return [json.loads((self.folder / f"{name}.json").read_text())["image"] for name in REPLICAS]

    def send(self, number: int, body: bytes, headers: dict[str, str]) -> int:
        """Send as the balancer does: to the other replica where one is not there."""
        ports = list(self.ports.values())
        for port in (ports[number % 2], ports[(number + 1) % 2]):
            with suppress(requests.ConnectionError):
                return requests.post(
                    f"http://127.0.0.1:{port}/gitlab", data=body, headers=headers, timeout=30
                ).status_code
        return 0

    def end(self) -> None:
        for name in REPLICAS:
            if pid := json.loads((self.folder / f"{name}.json").read_text())["pid"]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
                eventually(lambda pid=pid: ended(pid))  # type: ignore[misc]


def free_ports(count: int) -> list[int]:
    """Return ports on which nobody listens just now."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


@pytest.fixture(name="host")
def a_host(build: MakeHouse, postgres: Postgres, tmp_path: Path) -> Iterator[Host]:
    with postgres.database() as name:
        host = Host(tmp_path, build(store=postgres.url(name)))
        first = host.run("swap.sh", "nudge:1")
        assert first.returncode == 0, first.stderr
        host.house.world.register_bot(f"http://127.0.0.1:{host.ports[REPLICAS[0]]}")
        yield host
        host.end()


def test_a_swap_loses_nothing(host: Host) -> None:
    """While both replicas are swapped, refused a broken image, and go back, a stream of webhooks arrives whole.

    Each webhook is answered 204 and told once, in order; who runs what is as the script says.
    """
    mr = opened(host.house)
    host.house.settle()
    enough = threading.Event()

    def stream() -> None:
        number = 9000
        while not enough.wait(PACE_SECONDS):
            host.answers[number] = host.send(number, *webhook(host.house, mr, number))
            number += 1

    with ThreadPoolExecutor(1) as pool:
        streaming = pool.submit(stream)
        try:
            eventually(lambda: len(host.answers) >= 10)
            swapped = host.run("swap.sh", "nudge:2")
            assert (swapped.returncode, host.runs()) == (0, ["nudge:2", "nudge:2"])
            broken = host.run("swap.sh", "nudge:broken")
            assert (broken.returncode, host.runs()) == (1, ["nudge:deployed", "nudge:2"])
            back = host.run("rollback.sh")
            assert (back.returncode, host.runs()) == (0, ["nudge:rollback", "nudge:rollback"])
        finally:
            enough.set()
        streaming.result()
    eventually(host.house.settled, 180)

    assert set(host.answers.values()) == {204}
    assert told_of(host.house, mr) == list(host.answers)
    assert "did not become healthy" in broken.stderr
    assert (host.folder / "nudge-deployed.toml").read_text() == host.house.program.toml
    assert "zoe" in (host.folder / "nudge-previous.toml").read_text()


def test_nothing_to_go_back_to(host: Host) -> None:
    """Where nothing ran before there is nothing to go back to, and what runs stays."""
    before = host.runs()
    back = host.run("rollback.sh")

    assert back.returncode == 1
    assert "there is no image before" in back.stderr
    assert host.runs() == before
