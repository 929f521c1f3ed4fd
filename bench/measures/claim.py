"""What it costs to take up what is due, with a thousand and with a million waiting."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass

from sqlalchemy import Connection, text

from bench.figures import Budget, Figure, percentile
from bench.measure import Measure, Run
from bench.sites import Site
from bot import due, mailbox
from bot.people import PersonKey
from bot.store import Store, open_store
from gitlab_hooks import inbox, lanes

FEW = 1_000
STEADY = Budget(at_most=1.5)
LIMIT = 16
LEASE_MS = 15_000
GIANT = PersonKey("giant")
"""To whom, or in which lane, half of everything is."""

EACH = 20
"""Messages of each of the others."""

HOW = f"""\
The database is filled by SQL: half of the messages are one person's, the others {EACH} a person; the first half of the
webhooks is in one lane, and each of the others in one of its own. Then, in the median of 150: the courier's claim
of {LIMIT} mailboxes and their giving back; the taking up of what is due for the person with half of all; the reader's
claim of {LIMIT} webhooks. Each is in a transaction that is rolled back, and without the program around it."""

NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :total)"
MESSAGES = f"""
INSERT INTO outbox
    (fact, person, kind, "group", object, reason, topic, headline, card, batched, created, due)
{NUMBERS}
SELECT 'fact' || n, CASE WHEN n % 2 = 0 THEN 'giant' ELSE 'person' || (n / 2 / {EACH}) END, 'new', 'group' || n,
    'thing' || (n % 1000), 'mentioned', 'mentions', 'Person 1 mentioned you', '{{"text": "What about zero?"}}', FALSE,
    :now - 2 * :total + n, :now - 2 * :total + n
FROM numbers
"""  # noqa: S608 - numbers of ours
MAILBOXES = "INSERT INTO mailbox (person, due) SELECT person, min(due) FROM outbox GROUP BY person"
DELIVERIES = f"""
INSERT INTO inbox (delivery_id, digest, object, received, headers, body, due)
{NUMBERS}
SELECT 'id' || n, 'digest' || n, CASE WHEN n <= :total / 2 THEN 'giant' ELSE 'lane' || n END, :now - 2 * :total + n,
    '{{}}', BODY, :now - 2 * :total + n
FROM numbers
"""  # noqa: S608 - numbers of ours
BODY = {"sqlite": "x'7b7d'", "postgresql": "CAST('{}' AS bytea)"}


class RolledBackError(Exception):
    """What was timed leaves nothing behind."""


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds of each thing that is measured, in the median."""

    mailboxes: float
    one: float
    deliveries: float


NAMES = {"mailboxes": "claim of mailboxes", "one": "taking up for one person", "deliveries": "claim of webhooks"}


def run(one: Run) -> Iterator[Figure]:
    """Measure every site that is as it is."""
    for site in one.sites:
        if not site.slow:
            few, many = (_costs(site, total, one.scale.rounds) for total in (FEW, one.scale.waiting))
            for name, shown in NAMES.items():
                before, after = getattr(few, name), getattr(many, name)
                yield Figure(f"{shown}, {FEW:,} waiting", site.name, 1000 * before, "ms")
                yield Figure(f"{shown}, {one.scale.waiting:,} waiting", site.name, 1000 * after, "ms")
                yield Figure(f"{shown}, the second to the first", site.name, after / before, "×", STEADY)


def _costs(site: Site, total: int, rounds: int) -> Costs:
    with closing(open_store(site.fresh(), serving=True)) as store:

        def median(do: Callable[[Connection], object]) -> float:
            return percentile([_once(store, do) for _ in range(rounds)], 0.5)

        store.write(lambda conn: _fill(conn, total, store.now()))
        return Costs(
            median(lambda conn: _claim_mailboxes(conn, store)),
            median(lambda conn: due.due(conn, GIANT, store.now())),
            median(lambda conn: _claim_deliveries(conn, store)),
        )


def _fill(conn: Connection, total: int, now: int) -> None:
    given = {"total": total, "now": now}
    if conn.dialect.name == "postgresql":
        conn.execute(text("SET LOCAL statement_timeout = 0"))  # a million rows take their time
    conn.execute(text(MESSAGES), given)
    conn.execute(text(MAILBOXES))
    conn.execute(text(DELIVERIES.replace("BODY", BODY[conn.dialect.name])), given)
    conn.execute(text("ANALYZE"))


def _once(store: Store, do: Callable[[Connection], object]) -> float:
    """Return the seconds of something that is then rolled back."""
    took = 0.0

    def timed(conn: Connection) -> None:
        nonlocal took
        began = time.perf_counter()
        do(conn)
        took = time.perf_counter() - began
        raise RolledBackError

    with suppress(RolledBackError):
        store.write(timed)
    return took


def _claim_mailboxes(conn: Connection, store: Store) -> None:
    for lease in mailbox.claim(conn, owner=store.owner, now=store.now(), lease_ms=LEASE_MS, limit=LIMIT):
        mailbox.release(conn, lease)
    mailbox.next_due(conn, store.now())


def _claim_deliveries(conn: Connection, store: Store) -> None:
    inbox.claim(conn, store.owner, store.now(), LEASE_MS, LIMIT, LIMIT // 4)
    lanes.next_due(conn)


MEASURE = Measure("claim", "A claim, with more and more waiting", HOW, run)
