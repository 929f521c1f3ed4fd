"""The figures an operator alarms on: complete from the start, right, and of closed lists of names alone."""

from collections.abc import Iterator

import pytest
from falcon.testing import TestClient
from prometheus_client import CollectorRegistry
from sqlalchemy import update

from bot.courier import Courier
from bot.store.schema import inbox, journal, outbox
from bot.tally import Tally
from bot.web import Trouble, create_app
from gitlab_hooks.authenticity import Secrets
from gitlab_hooks.figures import PARTS, REFUSALS, Counts, Figures
from gitlab_hooks.hook import GitLabHook
from gitlab_hooks.notices import Reason, Verdict
from tests.bot.engine import one_by_one, send_all
from tests.bot.fakes import FakeMattermost
from tests.gitlab_hooks.desk import Desk, FailingStore, desk
from tests.gitlab_hooks.team import payload

TOKEN = "invented"
MINUTE = 60_000


class Board:
    """A desk with its door and its courier, and the registry that shows them."""

    def __init__(self, at: Desk) -> None:
        self.at = at
        self.store = FailingStore(at.store)
        self.troubles: list[Trouble] = []
        self.days: dict[str, float] = {}
        self.hook = GitLabHook(self.store, Secrets((TOKEN,), ()), lambda: None)
        self.commands = Tally()
        self.mattermost = FakeMattermost(at.time)
        self.courier = Courier(at.store, self.mattermost, one_by_one(send_all))
        self.pressed = (Tally(), Tally())
        counts = Counts(self.hook.counts, at.reader.outcomes, self.commands, self.pressed)
        self.registry = CollectorRegistry()
        self.registry.register(Figures(self.store, counts, self.courier, lambda: self.troubles, lambda: self.days))

    def post(self, body: object, token: str = TOKEN) -> None:
        client = TestClient(create_app({"/gitlab": self.hook}))
        client.simulate_post("/gitlab", json=body, headers={"X-Gitlab-Token": token})

    def all(self, name: str) -> dict[str, float]:
        """Return a figure by its label."""
        families = list(self.registry.collect())
        samples = [sample for family in families for sample in family.samples if sample.name == name]
        return {"".join(sample.labels.values()): sample.value for sample in samples}

    def some(self, name: str) -> dict[str, float]:
        """Return what is not 0 of a figure."""
        return {label: value for label, value in self.all(name).items() if value}


@pytest.fixture(name="board")
def a_board(database: str) -> Iterator[Board]:
    with desk(database) as at:
        yield Board(at)


def test_complete_from_the_start(board: Board) -> None:
    """Whatever may be counted is there as 0 before it first happens, so that the first time is an increase."""
    assert board.all("nudge_deliveries_refused_total") == dict.fromkeys(REFUSALS, 0)
    assert board.all("nudge_told_total") == dict.fromkeys(Reason, 0)
    assert board.all("nudge_not_told_total").keys() == set(Verdict) - {"told", "held"}
    assert board.all("nudge_degraded") == dict.fromkeys(PARTS, 0)
    assert board.all("nudge_waiting") == {"inbox": 0, "outbox": 0}
    assert board.all("nudge_oldest_waiting_seconds") == {"inbox": 0, "outbox": 0}
    assert board.all("nudge_dead") == {"inbox": 0, "outbox": 0}
    assert board.all("nudge_token_days_left") == {}


def test_requests(board: Board) -> None:
    """Requests are counted as accepted, as there already, or as refused with the cause."""
    board.post(payload("merge_request_hook__opened"))
    board.post(payload("merge_request_hook__opened"))
    board.post(payload("merge_request_hook__assigned"), token="forged")
    board.store.down = True
    board.post(payload("merge_request_hook__assigned"))
    board.store.down = False

    assert board.all("nudge_deliveries_accepted_total") == {"": 1}
    assert board.all("nudge_deliveries_duplicate_total") == {"": 1}
    assert board.some("nudge_deliveries_refused_total") == {"unauthorized": 1, "not_kept": 1}


def test_people(board: Board) -> None:
    """Who is told is counted by the strongest reason, who is not and what concerns nobody by the verdict."""
    for name in ("merge_request_hook__opened", "merge_request_hook__test", "note_hook__by_bot"):
        board.at.deliver(payload(name))
    lines = board.at.rows(journal, "verdict", "reason")

    told = [reason for verdict, reason in lines if verdict == "told"]
    assert told
    assert board.some("nudge_told_total") == {reason: told.count(reason) for reason in told}
    others = [verdict for verdict, _ in lines if verdict != "told"]
    assert board.some("nudge_not_told_total") == {verdict: others.count(verdict) for verdict in others}


def test_waiting(board: Board) -> None:
    """What waits is counted in both queues, and for how long the oldest of it is due: what is held is not."""
    board.post(payload("merge_request_hook__opened"))
    board.at.time.pass_ms(MINUTE)
    assert board.all("nudge_waiting") == {"inbox": 1, "outbox": 0}
    assert board.all("nudge_oldest_waiting_seconds") == {"inbox": 60, "outbox": 0}

    board.at.read()
    board.at.time.pass_ms(MINUTE)
    waiting = board.all("nudge_waiting")
    assert waiting["inbox"] == 0
    assert waiting["outbox"] > 0
    assert board.all("nudge_oldest_waiting_seconds") == {"inbox": 0, "outbox": 60}

    tomorrow = board.at.time.now() + 24 * 60 * MINUTE
    board.at.store.write(lambda conn: conn.execute(update(outbox).values(due=tomorrow)))
    assert board.all("nudge_waiting") == waiting
    assert board.all("nudge_oldest_waiting_seconds") == {"inbox": 0, "outbox": 0}


def test_late_deliveries_are_not_old(board: Board) -> None:
    """What was caught up with is older than its place in the inbox, and alarms nobody."""
    board.post(payload("merge_request_hook__opened"))
    board.at.store.write(lambda conn: conn.execute(update(inbox).values(late=True)))
    board.at.time.pass_ms(MINUTE)

    assert board.all("nudge_waiting")["inbox"] == 1
    assert board.all("nudge_oldest_waiting_seconds")["inbox"] == 0


def test_sent_and_dead(board: Board) -> None:
    """Posts are counted as they arrive; what died is counted for as long as nobody has decided about it."""
    board.at.deliver(payload("merge_request_hook__assigned"))
    sent = board.courier.step()
    board.post({})
    board.at.store.write(lambda conn: conn.execute(update(inbox).where(inbox.c.id > 1).values(state="failed")))

    assert board.all("nudge_posts_sent_total") == {"": sent}
    assert board.all("nudge_posts_refused_total") == {"": 0}
    assert board.all("nudge_retries_total") == {"": 0}
    assert board.all("nudge_dead") == {"inbox": 1, "outbox": 0}


def test_commands(board: Board) -> None:
    """Slash commands are counted, forged ones too."""
    for outcome in ("answered", "answered", "forged"):
        board.commands.add(outcome)

    assert board.some("nudge_commands_total") == {"answered": 2, "forged": 1}


def test_pressed(board: Board) -> None:
    """What is pressed and filled in is counted together, forged or not."""
    button, dialog = board.pressed
    for tally, outcome in ((button, "answered"), (button, "forged"), (dialog, "forged"), (button, "gone")):
        tally.add(outcome)

    assert board.some("nudge_pressed_total") == {"answered": 1, "forged": 2, "gone": 1}


def test_degraded(board: Board) -> None:
    """What does not work is 1, and how many days each token has is told where it is known."""
    board.troubles.append(Trouble("gitlab", "503"))
    board.days["GITLAB_TOKEN"] = 12.5

    assert board.some("nudge_degraded") == {"gitlab": 1}
    assert board.all("nudge_token_days_left") == {"GITLAB_TOKEN": 12.5}


def test_without_a_store(board: Board) -> None:
    """While the store is away the other figures are given all the same."""
    board.store.down = True

    assert board.some("nudge_degraded") == {"store": 1}
    assert board.all("nudge_waiting") == {}
    assert board.all("nudge_deliveries_accepted_total") == {"": 0}
