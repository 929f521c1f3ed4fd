"""`/admin`: who comes in, what they see, what they can do, and that nothing of it is anybody's but theirs."""

import json
import re
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, update

from bot import journal
from bot.config import ConfigError
from bot.errors import TryLater
from bot.journal import Entry
from bot.people import Member, PersonKey
from bot.session import LASTS_MS, Kind, Sessions
from bot.store import Store, open_store, schema
from bot.tries import MOST, SECONDS, Tries
from bot.web import Trouble
from gitlab_hooks import memory
from gitlab_hooks.configured import configured
from gitlab_hooks.happened import NEVER_SHOWN, STANDINGS
from gitlab_hooks.lookups import User, UserId
from gitlab_hooks.notices import Verdict
from gitlab_hooks.web import overview
from gitlab_hooks.web.door import FORM_AT_MOST
from gitlab_hooks.web.finding import CHUNK, CHUNKS, PAGE
from gitlab_hooks.web.frame import HEADERS, took
from gitlab_hooks.web.overview import Hour
from gitlab_hooks.web.plots import HEIGHT, WIDTH, plot
from gitlab_hooks.web.trying import PAYLOAD_AT_MOST
from gitlab_hooks.web.verdicts import WORDS
from tests.bot.fakes import Time
from tests.gitlab_hooks.desk import FailingStore
from tests.gitlab_hooks.page import SECRETS, TOKEN, Browser, fail, refuse, tell, words
from tests.gitlab_hooks.team import NOW, PAYLOADS, URL

TOML = f"""
[server]
public_url = "https://nudge.example.com"
[mattermost]
url = "https://chat.example.com"
team = "dev"
[gitlab]
url = "{URL}"
groups = ["web"]
"""
PAGES = ("/admin", "/admin/people", "/admin/hooks", "/admin/journal", "/admin/try")
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}'


@pytest.fixture
def time() -> Time:
    return Time(ms=NOW)


@pytest.fixture
def store(tmp_path: Path, time: Time) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/nudge.db", serving=True, clock=time.now)
    yield opened
    opened.close()


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    path = tmp_path / "bot.toml"
    path.write_text(TOML)
    return path


@pytest.fixture
def browser(store: Store, toml: Path) -> Browser:
    return Browser(store, toml=toml)


@pytest.fixture
def inside(browser: Browser) -> Browser:
    assert browser.log_in().status_code == 303
    return browser


# ---------------------------------------------------------------- who comes in


@pytest.mark.parametrize("path", [*PAGES, "/admin/login", "/admin/style.css"])
def test_no_token_no_page(store: Store, toml: Path, path: str) -> None:
    """Without a token in the environment there is no page at all."""
    lacking = {"MATTERMOST_TOKEN": "invented", "GITLAB_WEBHOOK_TOKEN": "invented"}

    assert Browser(store, toml=toml, environ=lacking).get(path).status_code == 404


def test_tokens_that_can_be_guessed(toml: Path) -> None:
    """A token of fewer than sixteen characters is a fault of the configuration, which does not repeat it."""
    given = {"MATTERMOST_TOKEN": "x", "GITLAB_WEBHOOK_TOKEN": "x", "NUDGE_ADMIN_TOKEN": "fifteen letters"}
    with pytest.raises(ConfigError) as wrong:
        configured(toml, given)

    assert wrong.value.faults == ["NUDGE_ADMIN_TOKEN: expected at least 16 characters"]


@pytest.mark.parametrize("path", PAGES)
def test_nobody_looks_in_unknown(browser: Browser, path: str) -> None:
    """Whoever has not logged in is sent to the log-in, from every page."""
    answer = browser.get(path)

    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/login")


@pytest.mark.parametrize("path", ["/admin/mend", "/admin/try", "/admin/logout"])
def test_nobody_acts_unknown(browser: Browser, path: str) -> None:
    """Whoever has not logged in can send no form either, not even with the stamp of the log-in form."""
    browser.get("/admin/login")

    assert browser.post(path, number="m1", do="retry").headers["location"] == "/admin/login"


def test_the_token_opens(browser: Browser) -> None:
    """The token logs in for 12 hours, by a cookie that no script reads, no other site sends, only https carries."""
    answer = browser.log_in()
    cookie = answer.cookies["nudge_operator"]

    assert (answer.status_code, answer.headers["location"]) == (303, "/admin")
    assert (cookie.http_only, cookie.secure, cookie.same_site, cookie.path) == (True, True, "Strict", "/admin")
    assert cookie.max_age == 12 * 60 * 60
    assert TOKEN not in cookie.value
    assert {browser.get(path).status_code for path in PAGES} == {200}


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], f"{TOKEN} ", TOKEN.upper(), "토큰", "\0"])
def test_no_other_token_opens(browser: Browser, token: str) -> None:
    """Any other token is refused, and nobody is logged in."""
    assert browser.log_in(token).status_code == 403
    assert browser.get().status_code == 303


def test_guessing_is_slow(browser: Browser) -> None:
    """After five wrong tokens nobody is let in for a while, with the right one neither, and is told how long."""
    assert [browser.log_in("wrong").status_code for _ in range(MOST)] == [403] * MOST

    answer = browser.log_in()

    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= SECONDS
    assert "Too many wrong tokens" in answer.text


@given(st.lists(st.tuples(st.floats(0, 30), st.booleans()), max_size=40))
def test_tries_within_a_minute(steps: list[tuple[float, bool]]) -> None:
    """No more than five failures fall into any minute, and who knew the token starts afresh."""
    now, failures = 0.0, list[float]()
    tries = Tries(lambda: now)
    for pause, right in steps:
        now += pause
        recent = [at for at in failures if at > now - SECONDS]
        wait = tries.begin()
        assert (wait > 0) == (len(recent) >= MOST)
        if wait:
            assert wait == pytest.approx(min(recent) + SECONDS - now)
        elif right:
            tries.forgive()
            failures = []
        else:
            failures = [*recent, now]


def test_log_in_ends(inside: Browser, time: Time) -> None:
    """A log-in lasts twelve hours, whatever a browser keeps, or until somebody logs out."""
    kept = dict(inside.cookies)
    time.ms += LASTS_MS - 1
    assert inside.get().status_code == 200
    time.ms += 1
    assert inside.get().status_code == 303

    inside.log_in()
    inside.get()
    assert inside.post("/admin/logout").headers["location"] == "/admin/login"
    assert "nudge_operator" not in inside.cookies
    assert kept


def test_log_in_ends_with_the_token(inside: Browser, store: Store, toml: Path) -> None:
    """Whoever logged in with a token that has been changed since is out; a restart alone ends nothing."""
    same = Browser(store, toml=toml)
    secrets = {"MATTERMOST_TOKEN": "x", "GITLAB_WEBHOOK_TOKEN": "x", "NUDGE_ADMIN_TOKEN": "another token of the page"}
    changed = Browser(store, toml=toml, environ=secrets)
    same.cookies = changed.cookies = inside.cookies

    assert (same.get().status_code, changed.get().status_code) == (200, 303)


@given(st.text(st.characters(codec="utf-8"), max_size=60), st.integers(0, 2**62))
def test_forged_cookies(text: str, expires: int) -> None:
    """No text is a session that was not made with the key, for this kind, and this token."""
    mine, other = Sessions(b"k" * 32, TOKEN), Sessions(b"o" * 32, TOKEN)
    real = mine.new(Kind.OPERATOR, 0, "nonce")
    _, nonce, signature = real.split(".")
    forged = [text, f"{expires}.{text}", f"{text}.{nonce}.{signature}", f"{LASTS_MS + 1}.{nonce}.{signature}"]
    forged += [mine.new(Kind.GUEST, 0, "nonce"), other.new(Kind.OPERATOR, 0, "nonce"), f"{real}{text}x"]

    assert mine.holds(Kind.OPERATOR, real, LASTS_MS - 1)
    assert not any(mine.holds(Kind.OPERATOR, cookie, 0) for cookie in forged if cookie != real)
    assert not mine.stamped(real, text)
    assert not mine.stamped(forged[-2], mine.stamp(real))


@pytest.mark.parametrize("stamp", ["", "forged"])
@pytest.mark.parametrize("path", ["/admin/mend", "/admin/try", "/admin/logout", "/admin/login"])
def test_forms_of_other_pages(inside: Browser, store: Store, path: str, stamp: str) -> None:
    """A form that does not carry the stamp of this very session does nothing."""
    refuse(store, "x")
    inside.get("/admin/login")

    answer = inside.post(path, stamp=stamp, number="m1", do="drop", token=TOKEN, payload="{}")

    assert answer.status_code == 403
    assert "Nothing was done" in answer.text
    assert "m1" in inside.text()


def test_stamps_are_of_one_session(inside: Browser, store: Store, toml: Path) -> None:
    """The stamp of somebody else's session, of the same page, is worth nothing in mine."""
    other = Browser(store, toml=toml)
    other.log_in()
    other.get()

    assert inside.post("/admin/mend", stamp=other.stamp, number="m1").status_code == 403


@pytest.mark.parametrize(
    ("body", "status"), [("x" * (FORM_AT_MOST + 1), 413), ("&".join(f"a{n}=1" for n in range(30)), 403)]
)
def test_forms_that_are_none(inside: Browser, body: str, status: int) -> None:
    """A form too large, or with more fields than any of ours, is refused unread."""
    answer = inside.client.simulate_post("/admin/try", body=body, headers=inside._headers())

    assert answer.status_code == status
    assert "Nothing was done" in answer.text


@pytest.mark.parametrize("path", [*PAGES, "/admin/login", "/admin/style.css"])
def test_headers(inside: Browser, path: str) -> None:
    """Every answer forbids scripts, frames, caches and guesses of its type."""
    answer = inside.get(path)

    assert {name: answer.headers[name.lower()] for name in HEADERS} == HEADERS
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", answer.text)


# ---------------------------------------------------------------- what they see


def test_overview_of_nothing(inside: Browser) -> None:
    """Where nothing has happened the page says that everything works."""
    text = inside.text()

    assert "Everything works." in text
    assert "Nothing has failed." in text
    assert "Messages to be sent now 0 –" in text


def test_what_is_wrong(inside: Browser) -> None:
    """What `/readyz` calls degraded stands at the top."""
    inside.troubles = [Trouble("mattermost", "no answer"), Trouble("catch_up", "403")]

    assert "mattermost : no answer" in inside.text()
    assert "catch_up : 403" in inside.text("/admin/hooks")
    assert "mattermost" not in inside.text("/admin/hooks")


def test_failures_are_shown_with_why(inside: Browser, store: Store) -> None:
    """Refused messages and failed deliveries stand there with whose, what and why, but without their texts."""
    refuse(store, "A secret text")
    fail(store)

    text = inside.text()

    assert "2 of 2" in text
    assert "ben.okafor mentioned: note:0 POST /posts: 400 too long" in text
    assert "KeyError in the program itself" in text
    assert "secret" not in inside.get().text


def test_texts_where_the_house_wants_them(store: Store, toml: Path) -> None:
    """With `show_text` the texts of failed messages and the titles of things are shown, too."""
    toml.write_text(f"{TOML}[admin]\nshow_text = true\n")
    browser = Browser(store, toml=toml)
    browser.log_in()
    refuse(store, "A secret text")
    tell(store, "ben.okafor", 42)

    assert "A secret text" in browser.text()
    assert "Pay twice" in browser.text("/admin/journal")


def test_the_last_day(inside: Browser, store: Store, time: Time) -> None:
    """The plots have a bar an hour, and a table has the same numbers."""
    fail(store)
    time.ms += 60_000
    page = inside.get()

    assert page.text.count('class="bar"') == 4 * 24
    assert "The last day by the hour" in page.text


def test_numbers_of_the_last_day(database: str, time: Time) -> None:
    """What waits and what an hour brought is counted by either database: deliveries, messages, and their delays."""
    with closing(open_store(database, serving=True, clock=time.now)) as store:
        fail(store)
        refuse(store, "sent soon", "sent late", "is still due", "is for later")
        store.write(partial(_sent, at=NOW))
        hours = store.read(partial(overview.last_day, now=NOW))
        waits = [(one.count, one.oldest) for one in store.read(partial(overview.waiting, now=NOW))]
        states = store.read(overview.states)

    assert (len(hours), hours[0].start) == (24, NOW - 23 * 60 * 60 * 1000)
    assert hours[-1] == Hour(NOW, messages=2, mean=3_000, longest=5_000)
    assert not any(hour.messages or hour.deliveries for hour in hours[:-1])
    assert waits == [(0, None), (1, NOW), (1, 0)]
    assert states == {"sent": 2, "waiting": 2}


def _sent(conn: Connection, at: int) -> None:
    """Let the first two messages have left one and five seconds after they were due; two wait, the last for later."""
    row = {"person": "p", "message": "", "props": "{}", "first_tried": at, "post_id": "x", "state": "sent"}
    for number, due in ((1, at - 1_000), (2, at - 5_000)):
        conn.execute(insert(schema.posts).values(row | {"id": number, "pending_post_id": str(number)}))
        left = update(schema.outbox).where(schema.outbox.c.id == number)
        conn.execute(left.values(state="sent", post=number, due=due))
    for number, due in ((3, at), (4, at + 1)):
        conn.execute(update(schema.outbox).where(schema.outbox.c.id == number).values(state="waiting", due=due))


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=30))
def test_bars_fit(values: list[int]) -> None:
    """Every bar lies within the picture, as high as its number asks, the highest to the top."""
    drawn = plot("Numbers", values, [f"is {value}" for value in values])

    assert all(bar.x >= 0 and bar.x + bar.width <= WIDTH and 0 <= bar.y <= HEIGHT for bar in drawn.bars)
    assert all(bar.y + bar.height == pytest.approx(HEIGHT, abs=0.02) for bar in drawn.bars)
    assert max(bar.height for bar in drawn.bars) == (HEIGHT if any(values) else 0)
    assert drawn.most == (f"is {max(values)}" if any(values) else "")


@pytest.mark.parametrize(
    ("milliseconds", "said"),
    [
        (0, "0 ms"),
        (999, "999 ms"),
        (2_500, "2.5 s"),
        (59_900, "60 s"),
        (240_000, "4 min"),
        (3 * 3_600_000, "3 h"),
        (47 * 3_600_000, "47 h"),
        (48 * 3_600_000, "2 days"),
    ],
)
def test_lengths_of_time(milliseconds: int, said: str) -> None:
    """A length of time is said in the unit that fits it."""
    assert took(milliseconds) == said


def test_people(store: Store, toml: Path) -> None:
    """Everybody in the channel stands there with the account that reaches them; who has none with similar names."""
    browser = Browser(
        store, Member(PersonKey("k"), "olaf.lindt"), Member(PersonKey("g"), "gone", active=False), toml=toml
    )
    store.write(lambda conn: memory.name_accounts(conn, [User(UserId(7), "olaf.lind")], NOW))
    browser.log_in()

    text = browser.text("/admin/people")

    assert "Not matched 1 of 8 members" in text
    assert "olaf.lindt olaf.lind similar name" in text
    assert "ben.okafor ben.okafor by name" in text
    assert "junho.lee jlee by email" in text
    assert "Deactivated in Mattermost" in text


def test_people_who_could_be_one(store: Store, toml: Path) -> None:
    """Whoever shares an address with somebody else is a conflict, which comes before those who are matched."""
    browser = Browser(store, Member(PersonKey("t"), "twin", "junho@shop.example"), toml=toml)
    browser.log_in()

    text = browser.text("/admin/people")

    assert "More than one account could be theirs 2 of 7 members" in text
    assert text.index("twin jlee") < text.index("ben.okafor ben.okafor")


def test_people_while_gitlab_is_down(inside: Browser) -> None:
    """A GitLab that does not answer is named, and the page comes all the same."""
    inside.gitlab.down = TryLater("GET /users: no answer")

    assert "They could not be looked up: GET /users: no answer" in inside.text("/admin/people")


def test_hooks(inside: Browser, store: Store) -> None:
    """The page of the hooks names their address, how many secrets there are but not which, and who was heard of."""
    tell(store, "ben.okafor", 42)
    fail(store)
    page = inside.get("/admin/hooks").text

    assert "https://nudge.example.com/gitlab" in page
    assert "web/shop" in page
    assert "invented" not in page


@pytest.mark.parametrize(
    ("more", "said"), [({}, "off: GITLAB_HOOKS_TOKEN is not set"), ({"GITLAB_HOOKS_TOKEN": "x"}, "72 hours")]
)
def test_catching_up_is_set_up(store: Store, toml: Path, more: dict[str, str], said: str) -> None:
    """The page of the hooks says whether what fails is caught up with."""
    browser = Browser(store, toml=toml, environ={**SECRETS, **more})
    browser.log_in()

    assert said in browser.text("/admin/hooks")


# ---------------------------------------------------------------- the journal


def found(browser: Browser, **query: str) -> list[str]:
    """Return what stands under "About", newest first."""
    page = browser.get("/admin/journal", **query).text
    rows = page.partition("<tbody>")[2].partition("</tbody>")[0].split("</tr>")[:-1]
    return [words(row.split("<td>")[4]) for row in rows]


@pytest.mark.parametrize(
    ("query", "things"),
    [
        ({}, [421, 42, 7, 42]),
        ({"person": "ben.okafor"}, [42, 7]),
        ({"person": "@Ben.Okafor"}, [42, 7]),
        ({"person": "stranger"}, [42]),
        ({"person": "ben.okafor", "about": "!42"}, [42]),
        ({"about": "!42"}, [42, 42]),
        ({"about": "web/shop!42"}, [42, 42]),
        ({"about": f"{URL}/web/shop/-/merge_requests/42#note_3"}, [42, 42]),
        ({"about": "web"}, [421, 42, 7, 42]),
        ({"about": "web/sh"}, []),
        ({"about": "#42"}, []),
        ({"verdict": "draft"}, [42]),
        ({"verdict": "no such"}, []),
    ],
)
def test_search(inside: Browser, store: Store, query: dict[str, str], things: list[int]) -> None:
    """The journal is found by person, by thing and by verdict, newest first."""
    tell(store, None, 42, account="stranger", verdict="not_matched")
    tell(store, "ben.okafor", 7)
    tell(store, "ben.okafor", 42, verdict="draft")
    tell(store, "haneul", 421)

    assert found(inside, **query) == [f"web/shop!{iid}" for iid in things]


@pytest.mark.parametrize("about", ["@ben", "what?", "https://elsewhere.example/x"])
def test_search_for_nothing(inside: Browser, about: str) -> None:
    """What names no thing is said to be none."""
    assert "About is a project" in inside.text("/admin/journal", about=about)


def test_search_goes_on(inside: Browser, store: Store) -> None:
    """What does not fit on a page is on the next, each line once, in order."""
    for iid in range(PAGE + 5):
        tell(store, "ben.okafor", iid + 1)
    first = inside.get("/admin/journal", person="ben.okafor")
    before = re.search(r"before=(\d+)", first.text)
    assert before

    things = found(inside, person="ben.okafor") + found(inside, person="ben.okafor", before=before[1])

    assert things == [f"web/shop!{iid}" for iid in range(PAGE + 5, 0, -1)]


def test_search_that_finds_little(inside: Browser, store: Store) -> None:
    """Where much has to be looked through, the page shows what it found by then, and "Older" looks further."""
    tell(store, "ben.okafor", 1)
    other = Entry("told", 1, label="!11 Pay twice", link=f"{URL}/web/shop/-/merge_requests/11")
    store.write(lambda conn: journal.record(conn, [other] * (CHUNK * CHUNKS), NOW))
    first = inside.get("/admin/journal", about="!1")
    before = re.search(r"before=(\d+)", first.text)
    assert before

    assert "Nothing of that is in the journal" in first.text
    assert found(inside, about="!1", before=before[1]) == ["web/shop!1"]


def test_search_answers_why(inside: Browser, store: Store) -> None:
    """Why somebody got nothing is said in a sentence, with what the journal notes beside it; no title is shown."""
    tell(store, "ben.okafor", 42, verdict="draft", reason="review_requested", actor="anna.berg", detail="a note")
    page = inside.text("/admin/journal", person="ben.okafor", about="!42")

    assert "ben.okafor not told: it was a draft a note web/shop!42 review requested anna.berg" in page
    assert "Pay twice" not in page


def test_all_verdicts_have_words() -> None:
    """Everything that can become of something is said in words."""
    assert set(WORDS) == STANDINGS | NEVER_SHOWN
    assert set(Verdict) <= set(WORDS)


# ---------------------------------------------------------------- what they can do


@pytest.mark.parametrize(
    ("number", "do", "said", "woken"),
    [
        ("m1", "retry", "It is tried again.", 1),
        ("d1", "retry", "It is tried again.", 1),
        ("m1", "drop", "It is given up for good.", 0),
        ("d1", "drop", "It is given up for good.", 0),
        ("m9", "retry", "It is not in the list any more.", 0),
        ("d9", "drop", "It is not in the list any more.", 0),
        ("x", "drop", "It is not in the list any more.", 0),
    ],
)
def test_mending(inside: Browser, store: Store, number: str, do: str, said: str, woken: int) -> None:
    """A failure is tried again or given up; then it is not in the list any more, and what came of it is said once."""
    refuse(store, "x")
    fail(store)
    inside.get()

    answer = inside.post("/admin/mend", number=number, do=do)

    assert answer.status_code == 303
    where = answer.headers["location"].partition("#")[0].partition("said=")[2]
    text = inside.text(said=where)
    assert said in text
    assert inside.woken == woken
    assert ("2 of 2" if "not in the list" in said else "1 of 1") in text


def test_try_out(inside: Browser) -> None:
    """A pasted payload shows who would be told what and who not, as `preview` does."""
    payload = (PAYLOADS / "note_hook__merge_request.json").read_text()
    inside.get("/admin/try")

    text = words(inside.post("/admin/try", payload=payload).text)

    assert "note create by" in text
    assert "told" in text
    assert inside.woken == 0


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ("no JSON", "what GitLab sent could not be read: not JSON"),
        ("[]", "no rule says so: no rule reads a body that names no kind"),
        (json.dumps({"object_kind": HOSTILE}), "no rule reads"),
        ("[" * 200_000, "no rule reads"),
        ("x" * (PAYLOAD_AT_MOST + 1), "A payload has at most"),
    ],
    ids=["no JSON", "no object", "hostile", "deep", "large"],
)
def test_payloads_that_are_none(inside: Browser, payload: str, said: str) -> None:
    """What is no payload is answered in a sentence."""
    inside.get("/admin/try")
    answer = inside.post("/admin/try", payload=payload)

    assert answer.status_code == 200
    assert said in words(answer.text)
    assert "<script" not in answer.text


@pytest.mark.parametrize("path", PAGES)
def test_hostile_values(inside: Browser, store: Store, path: str) -> None:
    """Whatever comes from outside is text on every page, wherever it stands."""
    refuse(store, HOSTILE, error=HOSTILE)
    fail(store, HOSTILE)
    tell(store, None, 1, account=HOSTILE, actor=HOSTILE, reason=HOSTILE, detail=HOSTILE, link="javascript:alert(1)")
    inside.troubles = [Trouble("gitlab", HOSTILE)]

    page = inside.get(path, person=HOSTILE, about=HOSTILE, verdict=HOSTILE, said=HOSTILE, before=HOSTILE).text
    page += inside.get(path).text

    assert not re.search(r"<script|<img|javascript:|\b49\b", page)


def test_store_that_is_away(store: Store, toml: Path) -> None:
    """Where the database cannot be asked, the page says so in a sentence, and a form that nothing was done."""
    failing = FailingStore(store)
    browser = Browser(failing, toml=toml)
    browser.log_in()
    browser.get()
    failing.down = True

    looked, done = browser.get(), browser.post("/admin/mend", number="m1", do="drop")

    assert (looked.status_code, done.status_code) == (503, 503)
    assert "Not now: the database could not read" in words(looked.text)
    assert "nothing was done: the database could not write" in words(done.text)
