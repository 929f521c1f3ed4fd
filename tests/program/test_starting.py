"""Starting and stopping `serve` and `demo`: what is refused, what is said, and how it ends."""

import re
import signal
import socket
import sqlite3
from contextlib import ExitStack, closing, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.program.conftest import MakeHouse
from tests.program.running import House, Program, eventually, opened, say, told_of, webhook


def test_health(house: House) -> None:
    """`/healthz` says that the process lives, `/readyz` that deliveries can be kept and that nothing is degraded."""
    assert requests.get(f"{house.program.url}/healthz", timeout=10).json() == {"alive": True}
    assert house.program.ready() == {"ready": True, "degraded": []}


def test_unknown_address(house: House) -> None:
    """An address that is none answers 404, another method 405, without saying anything of the program."""
    nowhere = requests.get(f"{house.program.url}/nowhere", timeout=10)
    read = requests.get(f"{house.program.url}/gitlab", timeout=10)

    assert (nowhere.status_code, read.status_code) == (404, 405)
    assert "server" not in {name.lower() for name in nowhere.headers}


def test_running_requests_finish(build: MakeHouse) -> None:
    """SIGTERM lets a request that is under way end, and the delivery is told after the next start."""
    house = build()
    house.start()
    mr = opened(house)
    house.settle()
    under_way = HTTPConnection(house.program.url.removeprefix("http://"))
    with closing(sqlite3.connect(house.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        under_way.request("POST", "/gitlab", *webhook(house, mr, 9999))
        for _ in range(2):  # whoever comes later is answered: the first one has been let in
            assert requests.get(f"{house.program.url}/healthz", timeout=10).ok
        house.program.process.send_signal(signal.SIGTERM)
        eventually(lambda: not listens(house.program.url))
        other.execute("ROLLBACK")
    answer = under_way.getresponse()
    under_way.close()

    assert answer.status == 204
    assert house.program.process.wait(10) == 0

    house.restart()
    house.settle()
    assert told_of(house, mr) == [9999]


def test_a_hundred_running_requests_finish(build: MakeHouse) -> None:
    """SIGTERM lets all requests end that were let in, many more than there are threads; each is told afterwards."""
    house = build()
    house.start()
    mr = opened(house)
    house.settle()
    numbers, host = list(range(9000, 9100)), house.program.url.removeprefix("http://")
    before = sockets(house)
    with closing(sqlite3.connect(house.database, isolation_level=None)) as other, ExitStack() as stack:
        under_way = [stack.enter_context(closing(HTTPConnection(host))) for _ in numbers]
        other.execute("BEGIN IMMEDIATE")
        for number, connection in zip(numbers, under_way, strict=True):
            connection.request("POST", "/gitlab", *webhook(house, mr, number))
        eventually(lambda: sockets(house) - before >= len(numbers))
        house.program.process.send_signal(signal.SIGTERM)
        eventually(lambda: not listens(house.program.url))
        other.execute("ROLLBACK")
        statuses = [connection.getresponse().status for connection in under_way]

    assert statuses == [204] * len(numbers)
    assert house.program.process.wait(10) == 0

    house.restart()
    house.settle()
    assert sorted(told_of(house, mr)) == numbers


def sockets(house: House) -> int:
    """Return how many sockets the program has open, those of the connections that it has let in among them."""
    found = 0
    for one in Path(f"/proc/{house.program.process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            found += str(one.readlink()).startswith("socket:")
    return found


def listens(url: str) -> bool:
    """Say whether a new connection is taken."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(url.rpartition(":")[2]))) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stops_at_once(build: MakeHouse, number: int) -> None:
    """With nothing in hand it ends at once, with 0 and without a word of complaint."""
    house = build()
    house.start()
    assert house.program.stop(number) == 0
    assert "Traceback" not in house.program.log()
    assert not re.search("ERROR|WARNING", house.program.log())


def test_port_in_use(build: MakeHouse) -> None:
    """A port that somebody listens on is named, and the program ends with 2."""
    house = build()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        house.program.toml = house.program.toml.replace("127.0.0.1:0", f"127.0.0.1:{port}")
        house.program.begin()
        code = house.program.process.wait(20)

    assert code == 2
    assert f"[server] listen: 127.0.0.1:{port} cannot be listened on: Address already in use" in house.program.log()
    assert "Traceback" not in house.program.log()


def test_secrets_stay_secret(house: House) -> None:
    """No secret and no text of a message stands in the log."""
    say(house, opened(house), "a text that nobody else may read")
    house.settle()
    log = house.program.log()

    assert "told" in log
    assert "nobody else may read" not in log
    assert not any(secret in log for secret in house.world.environment().values())


def shown(page: str) -> dict[str, Any]:
    """Return what the page shows."""
    state: dict[str, Any] = requests.get(f"{page}/playground/state", timeout=20).json()
    return state


def pressed(page: str, person: str, name: str) -> str:
    """Press what has a name below somebody's last card, and return what went wrong."""
    post = requests.get(f"{page}/playground/state", params={"person": person}, timeout=20).json()["posts"][-1]
    action = next(one["id"] for one in post["cards"][-1]["actions"] if one["name"] == name)
    body = {"person": person, "post": post["id"], "action": action}
    return str(requests.post(f"{page}/playground/click", json=body, timeout=20).json()["complaint"])


def test_demo(tmp_path: Path) -> None:
    """`demo` says what to open, works without any configuration, and Ctrl-C ends it cleanly while the page is open."""
    demo = Program(tmp_path, "", {}, "demo", "--port", "0")
    demo.begin()
    try:
        page = eventually(lambda: re.search(r"Open (http://127\.0\.0\.1:\d+)\s", demo.said()), 30)[1]
        assert "Ctrl-C stops" in demo.said()
        acted = requests.post(f"{page}/playground/act/open", json={"who": "anna.berg"}, timeout=20)
        assert acted.json()["said"]

        def badge() -> int:
            return {str(one["name"]): int(one["badge"]) for one in shown(page)["people"]}["ben"]

        assert eventually(badge) == 1
        assert pressed(page, "ben", "Why?") == ""
        looking_on = HTTPConnection(page.removeprefix("http://"))
        looking_on.request("GET", f"/playground/events?since={shown(page)['version']}")
        assert demo.stop(signal.SIGINT) == 0
        looking_on.close()
        assert "Traceback" not in demo.log()
        assert "ERROR" not in demo.log()
    finally:
        demo.end()
    assert not listens(page)
