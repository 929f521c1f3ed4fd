"""What holds for every payload there is: ours, and the real ones where they lie beside the checkout."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from falcon import testing
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.markdown import JOINER
from bot.preferences import Defaults
from bot.settings import Messages
from bot.store import schema
from bot.web import create_app
from gitlab_hooks.authenticity import Secrets
from gitlab_hooks.delivery import Delivery
from gitlab_hooks.flow import flow
from gitlab_hooks.hook import GitLabHook
from gitlab_hooks.house import House, Outcome
from gitlab_hooks.judge import is_actor
from gitlab_hooks.preview import Previewer
from gitlab_hooks.remembered import Remembered
from gitlab_hooks.settings import GitLabSection
from tests.gitlab_hooks.desk import Desk, desk
from tests.gitlab_hooks.team import NOW, PAYLOADS, house, policy

REAL = Path(__file__).parents[1].parent / "shared" / "payloads"
OURS = sorted(PAYLOADS.glob("*.json"))
THEIRS = sorted(REAL.glob("*/*.json"))
FILES = [pytest.param(path, id=f"{path.parent.name}/{path.stem}") for path in OURS + THEIRS]

HOSTILE = (
    "@all @here @channel @anna.berg",
    "[click](https://evil.example/x)",
    "![i](https://evil.example/x.png)",
    "https://evil.example and www.evil.example",
    "<https://evil.example> <!-- x -->",
    "one\ntwo\r\nthree\u2028four",
    "# head\n- list\n> quote\n| a | b |",
    "](https://evil.example) [x]: https://evil.example",
    "`code` ```fence``` **bold** ~town-square #tag :smile: $x$",
    "\u202eevil\x00\x07",
    "a" * 20_000,
)
TITLES = frozenset({"title", "name", "username", "message", "type"})
PINGS = re.compile(r"@[A-Za-z]")
LINKS = re.compile(r"\]\(([^()\s]*)\)")
ADDRESSES = re.compile(r"https?://[^\s]|www\.", re.IGNORECASE)
WRONG: tuple[object, ...] = (
    None,
    7,
    -1,
    2**70,
    1.5,
    True,
    "",
    "x",
    "http://[",
    "http://[#",
    "\x00",
    "x" * 20_000,
    [],
    [None],
    [7],
    {},
    {"id": None},
    {"previous": 1},
)
REMOVED = object()


def preview_house() -> House:
    """Return a house in which whoever a payload names exists and may read everything, so that most is told."""
    return Previewer.of(GitLabSection(), policy(), Defaults(), Messages(), None)._house()


HOUSES: dict[str, Callable[[], House]] = {
    "preview": preview_house,
    "team": house,
    "no token": lambda: house(Remembered()),
}


def run(body: Any, of: House | None = None) -> Outcome:
    raw = json.dumps(body).encode()
    return flow(Delivery(id=1, object="", received=NOW, body=raw), of or preview_house())


def load(path: Path) -> Any:
    return json.loads(path.read_bytes())


@pytest.fixture(name="at", scope="module")
def a_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk(tmp_path_factory.mktemp("invariants")) as one:
        yield one


@pytest.fixture(name="client", scope="module")
def a_client(at: Desk) -> testing.TestClient:
    return testing.TestClient(create_app({"/gitlab": GitLabHook(at.store, Secrets(("token",)), lambda: None)}))


def test_real_payloads_are_there() -> None:
    """The real payloads are tested too, where there are any."""
    if not THEIRS:
        pytest.skip("no real payloads beside the checkout")

    assert len(THEIRS) > 100


@pytest.mark.parametrize("path", FILES)
def test_accepted(path: Path, at: Desk, client: testing.TestClient) -> None:
    """Every payload is answered 2xx, and worked through without any exception."""
    answer = client.simulate_post("/gitlab", body=path.read_bytes(), headers={"X-Gitlab-Token": "token"})
    assert answer.status_code == 204

    at.read()
    assert not [state for (state,) in at.rows(schema.inbox, "state") if state == "waiting"]
    assert not [error for (error,) in at.rows(schema.inbox, "error") if "program itself" in error]


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("of", HOUSES)
def test_people(path: Path, of: str) -> None:
    """Nobody is told twice, the actor only of their own pipelines, and every candidate is accounted for."""
    found = run(load(path), HOUSES[of]())
    told = [result.message.person for result in found.results if result.message]

    assert len(told) == len(set(told))
    for result in found.results:
        assert bool(result.message) == (result.verdict == "told")
        assert result.notices
        if found.event and result.message and result.message.topic != "pipelines":
            assert not is_actor(found.event.actor, result.candidate.user)
    assert bool(told) == (found.verdict == "told")


def with_texts(value: Any, text: str, key: str = "") -> Any:
    """Put a text in the place of every title and name, however deep."""
    if isinstance(value, dict):
        return {name: with_texts(below, text, name) for name, below in value.items()}
    if isinstance(value, list):
        return [with_texts(below, text, key) for below in value]
    return text if key in TITLES and isinstance(value, str) else value


def check_sentence(said: str) -> None:
    """Check that a sentence is one line, pings nobody, and links nowhere but to the thing itself."""
    assert len(said.splitlines()) == 1
    assert not PINGS.search(said)
    assert len(LINKS.findall(said)) <= 1
    assert not any("evil.example" in target for target in LINKS.findall(said))
    assert not ADDRESSES.search(LINKS.sub("]", said))
    assert "![" not in said.replace(f"!{JOINER}[", "")
    assert not set(said) & {"\x00", "\x07", "\u202e"}


@pytest.mark.parametrize("path", FILES)
def test_hostile_texts(path: Path) -> None:
    """No title and no name makes a mention, a link, a picture or a second line."""
    for text in HOSTILE:
        for result in run(with_texts(load(path), text)).results:
            if result.message:
                check_sentence(result.message.headline)
                assert len(result.message.card.because.splitlines()) == 1


@pytest.mark.parametrize("path", FILES)
def test_hostile_comments(path: Path) -> None:
    """No comment and no description pings anybody or shows a picture, whatever it says."""
    for text in HOSTILE:
        body = load(path)
        for place in (body.get("object_attributes"), body.get("note")):
            if isinstance(place, dict):
                place |= {"note": text, "description": text}
        for result in run(body).results:
            if result.message:
                assert not PINGS.search(result.message.card.text)
                assert "![" not in result.message.card.text
                check_sentence(result.message.headline)


def paths(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every field of a payload."""
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in items:
        yield (*way, key)
        yield from paths(below, (*way, key))


def changed(body: Any, way: tuple[Any, ...], value: object) -> Any:
    """Return a payload in which one field is another, or gone."""
    found = copy.deepcopy(body)
    place = found
    for key in way[:-1]:
        place = place[key]
    if value is REMOVED:
        del place[way[-1]]
    else:
        place[way[-1]] = value
    return found


@pytest.mark.parametrize("path", FILES)
def test_fields_missing(path: Path) -> None:
    """Without any one of its fields, or with null in its place, a payload gives messages or a recorded refusal."""
    body = load(path)
    of = preview_house()
    for way in paths(body):
        for value in (REMOVED, None):
            assert run(changed(body, way, value), of).verdict


@settings(max_examples=600)
@given(data=st.data())
def test_fields_of_other_types(data: st.DataObject) -> None:
    """With anything at all in the place of a field, a payload gives messages or a recorded refusal."""
    body = load(data.draw(st.sampled_from(OURS + THEIRS)))
    way = data.draw(st.sampled_from(list(paths(body)) or [("x",)]))

    assert run(changed(body, way, data.draw(st.sampled_from(WRONG)))).verdict


@given(title=st.text())
@example("[[a](b)](https://evil.example)")
@example("@" * 50 + "all")
def test_any_title(title: str) -> None:
    """Whatever a title says, the sentence is one harmless line."""
    for name in ("merge_request_hook__opened", "issue_hook__closed", "note_hook__snippet"):
        for result in run(with_texts(load(PAYLOADS / f"{name}.json"), title)).results:
            if result.message:
                check_sentence(result.message.headline)
