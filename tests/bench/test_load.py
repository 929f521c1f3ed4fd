"""The load: as many requests as asked for, each with a number of its own, and a count of what was refused."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bench import processes, webhooks
from bench.house import Standin, standin
from bench.load import MARK, Spec, post, run
from bench.measures.latency import bare_posts
from bench.processes import Process, SlowError, wait_for
from bench.sites import SQLITE, shim, sites


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Standin]:
    with standin(tmp_path) as one:
        yield one


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("clients", [1, 7])
def test_numbers(there: Standin, clients: int, fresh: bool) -> None:
    """Every request has a number of its own, from the first on, on kept connections and on fresh ones."""
    body = b'{"channel_id": "c", "message": "[!1](x/%s)", "props": {}}' % MARK
    found = run(Spec(there.port, [post("/api/v4/posts", body, {})], clients, total=20, fresh=fresh))

    assert sorted(found.numbers) == [int(MARK) + number for number in range(20)]
    assert sorted(number for number, _ in there.posted()) == sorted(found.numbers)
    assert (found.refused, len(found.took), len(found.sent)) == (0, 20, 20)
    assert found.rate > 0


def test_refused(there: Standin) -> None:
    """What is not accepted is counted, and has no time."""
    there.refuse(on=True)
    found = run(bare_posts(there.port, 1, seconds=0.01))
    there.refuse(on=False)

    assert (found.took, found.numbers) == ([], [])
    assert found.refused > 0


def test_rate(there: Standin) -> None:
    """At a rate, no request leaves before its time."""
    found = run(webhooks.load(there.port, clients=3, total=10, rate=200, first=5))
    sent = dict(zip(found.numbers, found.sent, strict=True))
    places = [number - int(MARK) - 5 for number in sorted(sent)]

    assert places == list(range(10))
    assert all(sent[int(MARK) + 5 + place] >= found.began + place / 200 for place in places)


def test_in_a_process_of_its_own(there: Standin) -> None:
    """The load runs in a process of its own with the same result."""
    assert len(processes.load(webhooks.load(there.port, clients=2, total=9)).took) == 9


def test_server_that_hangs_up() -> None:
    """A server that hangs up ends the load with an error, not with fewer figures."""
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor() as pool:
        loading = pool.submit(run, webhooks.load(server.getsockname()[1], clients=1, total=1))
        connection, _ = server.accept()
        connection.recv(1 << 16)
        connection.shutdown(socket.SHUT_WR)
        with pytest.raises(ConnectionError, match="closed a connection"):
            loading.result()
        connection.close()


def test_webhooks() -> None:
    """A webhook is 13 kB of JSON with its number in id, link and key, and names its two reviewers."""
    requests = webhooks.told_of()
    bodies = [json.loads(request.partition(b"\r\n\r\n")[2]) for request in requests]

    assert all(13_000 <= len(request.partition(b"\r\n\r\n")[2]) < 13_700 for request in requests)
    assert {request.count(MARK) for request in requests} == {4}
    assert {len({one["id"] for one in (body["user"], *body["reviewers"])}) for body in bodies} == {3}


def test_only_some_tell() -> None:
    """One webhook in so many tells somebody, the others are of drafts."""
    load = webhooks.load(1, 1, told=10)
    drafts = [b'"draft": true' in template for template in load.templates]

    assert drafts == [False, *[True] * 9] * webhooks.PEOPLE


def test_program_that_does_not_start(tmp_path: Path) -> None:
    """A program that ends without a word is told apart from one that is slow to speak."""
    process = Process(["bench.nothing"], tmp_path)
    with pytest.raises(SlowError, match="ended before"):
        process.line()
    process.end()


def test_waiting_ends() -> None:
    """Nothing is waited for without end."""
    with pytest.raises(SlowError, match="the moon"):
        wait_for(lambda: False, 0.0, "the moon")


def test_slow_disk(tmp_path: Path) -> None:
    """What makes fsync slow is compiled where there is a compiler, and programs run with it."""
    environ = shim(tmp_path)
    with sites(tmp_path, (SQLITE,)) as places:
        names = [site.name for site in places]
    ran = subprocess.run(
        [sys.executable, "-c", "import os; f = open('x', 'wb'); os.fsync(f.fileno())"],
        cwd=tmp_path,
        env=environ,
        check=False,
    )

    assert names == ["SQLite", "SQLite, 5 ms fsync"][: 1 + bool(environ)]
    assert ran.returncode == 0
