"""The adapter to Mattermost, against a real HTTP server whose answers are written down here."""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeVar

import msgspec
import pytest

from bot.errors import Misconfigured, OutsideError, Refused, RootGone, TryLater
from bot.mattermost import ChannelId, Mattermost, PostId
from bot.mattermost_answers import UserAnswer, member_of
from bot.mattermost_driver import SINCE_CAP, connect
from bot.people import Member, PersonKey
from tests.servers import Answer, Asked, Scripted, scripted

ROOT = "/chat/api/v4"
LOGIN, ME, PING, POST = (
    f"POST {ROOT}/users/login",
    f"GET {ROOT}/users/me",
    f"GET {ROOT}/system/ping",
    f"POST {ROOT}/posts",
)
CHANNEL = f"GET {ROOT}/teams/name/dev/channels/name/notification"
USERS = f"GET {ROOT}/users"
DIRECT = f"POST {ROOT}/channels/direct"
PATCH = f"PUT {ROOT}/posts/p1/patch"
POSTS = f"GET {ROOT}/channels/dm/posts"

BOT = {"id": "bot", "username": "gitlab-bot"}
KIM, DM = PersonKey("kim"), ChannelId("dm")
PASSWORD, TOKEN, TEXT = "correct horse battery", "token-of-the-session", "the text of a message"


Result = TypeVar("Result")


def fault(status: int, error_id: str, **headers: str) -> Answer:
    """Answer as Mattermost words a refusal."""
    return Answer({"id": error_id, "message": TEXT, "status_code": status}, status, headers)


LOST = fault(401, "api.context.session_expired.app_error")
UNHEALTHY = Answer({"status": "UNHEALTHY", "database_status": "UNHEALTHY", "filestore_status": "OK"}, 500)
HEALTHY = Answer({"status": "OK", "database_status": "OK", "filestore_status": "OK"})
POSTED = Answer({"id": "p1", "channel_id": "dm", "message": TEXT, "props": {"a": 1}, "create_at": 5}, 201)


@pytest.fixture
def server() -> Iterator[Scripted]:
    """Run a healthy Mattermost below a sub-path, which lets the shared account in."""
    with scripted(fault(404, "api.context.404.app_error")) as running:
        running.on(PING, HEALTHY)
        running.on(LOGIN, Answer(BOT, headers={"Token": TOKEN, "Set-Cookie": "MMAUTHTOKEN=crumb; Path=/"}))
        running.on(ME, Answer(BOT))
        yield running


@pytest.fixture
def mattermost(server: Scripted) -> Mattermost:
    """Give the adapter, by password."""
    return connect(f"{server.url}/chat", login_id="gitlab-bot", password=PASSWORD)


def post(mattermost: Mattermost) -> Any:
    return mattermost.post(DM, TEXT, {"a": 1}, "key-1")


def at_once(call: Callable[[], Result], threads: int = 8) -> list[Result]:
    """Call from several threads that start together."""
    barrier = threading.Barrier(threads)

    def started() -> Result:
        barrier.wait(10)
        return call()

    with ThreadPoolExecutor(threads) as pool:
        return [future.result(30) for future in [pool.submit(started) for _ in range(threads)]]


# ---- log-in


def test_logs_in_by_password_at_the_first_call(server: Scripted, mattermost: Mattermost) -> None:
    """The first call logs in by password, and every later one bears the session's token."""
    assert server.asked == []

    assert mattermost.me() == Member(PersonKey("bot"), "gitlab-bot")
    mattermost.me()

    login = next(asked for asked in server.asked if asked.path.endswith("/login"))
    assert (login.body["login_id"], login.body["password"]) == ("gitlab-bot", PASSWORD)
    assert server.times(LOGIN) == 1
    assert server.asked[-1].headers["Authorization"] == f"Bearer {TOKEN}"
    assert server.asked[-1].body is None


def test_logs_in_by_token(server: Scripted) -> None:
    """With a token no log-in is asked for; the token is borne by every call."""
    connect(f"{server.url}/chat", token="personal").me()

    assert server.times(LOGIN) == 0
    assert server.asked[-1].headers["Authorization"] == "Bearer personal"


def test_threads_log_in_once(server: Scripted, mattermost: Mattermost) -> None:
    """Threads that start together share one log-in."""
    at_once(mattermost.me)

    assert server.times(LOGIN) == 1


def test_a_lost_session_is_renewed_once(server: Scripted, mattermost: Mattermost) -> None:
    """When the session is lost, one thread logs in again, and the calls of all of them are repeated."""
    mattermost.me()
    server.on(LOGIN, Answer(BOT, headers={"Token": "second"}))
    server.on(ME, lambda asked: Answer(BOT) if asked.headers.get("Authorization") == "Bearer second" else LOST)

    assert at_once(mattermost.me) == [Member(PersonKey("bot"), "gitlab-bot")] * 8
    assert server.times(LOGIN) == 2
    assert [asked.headers.get("Authorization") for asked in server.asked if asked.path.endswith("/login")] == [None] * 2


def test_a_password_changed_meanwhile_is_tried_once(server: Scripted, mattermost: Mattermost) -> None:
    """When the session is lost and the password is no longer right, nothing at all is asked any more."""
    mattermost.me()
    server.on(LOGIN, fault(401, "api.user.login.invalid_credentials_email_username"))
    server.on(ME, LOST)
    with pytest.raises(Misconfigured):
        mattermost.me()
    asked = len(server.asked)

    with pytest.raises(Misconfigured):
        mattermost.me()

    assert len(server.asked) == asked


def test_a_session_lost_again_at_once_waits(server: Scripted, mattermost: Mattermost) -> None:
    """A server that refuses even the new session is tried later, after one log-in and not after many."""
    server.on(ME, LOST)

    with pytest.raises(TryLater):
        mattermost.me()

    assert server.times(LOGIN) == 2


@pytest.mark.parametrize(
    ("status", "error_id"),
    [
        (401, "api.user.login.invalid_credentials_email_username"),
        (401, "api.user.check_user_login_attempts.too_many.app_error"),
        (401, "api.user.login.inactive.app_error"),
        (401, "api.user.login.bot_login_forbidden.app_error"),
        (400, "api.user.login.blank_pwd.app_error"),
    ],
)
def test_a_refused_password_is_tried_once(server: Scripted, mattermost: Mattermost, status: int, error_id: str) -> None:
    """A password that is refused is tried once, by many threads too: ten failures lock the account."""
    server.on(LOGIN, fault(status, error_id))

    def refused() -> str:
        with pytest.raises(Misconfigured) as caught:
            mattermost.me()
        return str(caught.value)

    sentences = {refused(), *at_once(refused)}

    assert server.times(LOGIN) == 1
    assert server.times(ME) == 0
    [sentence] = sentences
    assert error_id in sentence
    assert "MATTERMOST_PASSWORD" in sentence


def test_no_password_goes_to_a_server_without_its_database(server: Scripted, mattermost: Mattermost) -> None:
    """A server that says it has lost its database would refuse any password, so it gets none."""
    server.on(PING, UNHEALTHY, HEALTHY)

    with pytest.raises(TryLater):
        mattermost.me()
    assert server.times(LOGIN) == 0

    assert mattermost.me().key == "bot"


def test_a_refused_login_of_a_server_without_its_database_is_no_verdict(
    server: Scripted, mattermost: Mattermost
) -> None:
    """A log-in refused while the database went away is tried again when it is back."""
    server.on(PING, HEALTHY, UNHEALTHY, HEALTHY)
    server.on(
        LOGIN, fault(401, "api.user.login.invalid_credentials_email_username"), Answer(BOT, headers={"Token": "t"})
    )

    with pytest.raises(TryLater, match="UNHEALTHY"):
        mattermost.me()

    assert mattermost.me().key == "bot"


@pytest.mark.parametrize(
    ("ping", "after"), [(Answer("<html>", 502), None), (Answer("slow down", 429, {"Retry-After": "7"}), 7)]
)
def test_a_server_that_does_not_tell_is_asked_later(
    server: Scripted, mattermost: Mattermost, ping: Answer, after: float | None
) -> None:
    """A server that cannot say how its database is gets no password yet."""
    server.on(PING, ping)

    with pytest.raises(TryLater) as caught:
        mattermost.me()

    assert caught.value.after == after
    assert server.times(LOGIN) == 0


@pytest.mark.parametrize(
    "ping",
    [
        Answer({"status": "UNHEALTHY", "database_status": "OK", "filestore_status": "UNHEALTHY"}, 500),
        Answer("hidden by a proxy", 403),
        Answer("hidden by a proxy", 404),
    ],
)
def test_only_the_database_matters(server: Scripted, mattermost: Mattermost, ping: Answer) -> None:
    """A broken file store, and a ping that a proxy hides, keep nobody from logging in."""
    server.on(PING, ping)

    assert mattermost.me().key == "bot"


def test_a_refused_token_is_misconfigured(server: Scripted) -> None:
    """A refused token is the operator's to mend, and may come to work again without a restart."""
    mattermost = connect(f"{server.url}/chat", token="personal")
    server.on(ME, LOST, Answer(BOT))

    with pytest.raises(Misconfigured, match="MATTERMOST_TOKEN"):
        mattermost.me()

    assert mattermost.me().key == "bot"


def test_a_wrong_address_is_no_wrong_password(server: Scripted, mattermost: Mattermost) -> None:
    """A server without the API at that path is named as such: the password is not blamed, and may be tried again."""
    server.on(LOGIN, fault(404, "api.context.404.app_error"), Answer(BOT, headers={"Token": TOKEN}))

    with pytest.raises(Misconfigured, match=r"\[mattermost\] url"):
        mattermost.me()

    assert mattermost.me().key == "bot"


@pytest.mark.parametrize(
    "answer",
    [Answer(None, headers={"Token": "t"}), Answer(BOT), Answer("<html>"), Answer("<html>", 401), Answer("<html>", 404)],
)
def test_a_strange_login_is_tried_later(server: Scripted, mattermost: Mattermost, answer: Answer) -> None:
    """An answer to the log-in that is not Mattermost's leaves everything as it was."""
    server.on(LOGIN, answer, Answer(BOT, headers={"Token": TOKEN}))

    with pytest.raises(TryLater):
        mattermost.me()

    assert mattermost.me().key == "bot"


# ---- errors


def test_posts(server: Scripted, mattermost: Mattermost) -> None:
    """A post is sent with its key, and the server's answer is handed back."""
    server.on(POST, POSTED)

    posted = post(mattermost)

    assert server.asked[-1].body == {
        "channel_id": "dm", "message": TEXT, "props": {"a": 1}, "pending_post_id": "key-1",
    }  # fmt: skip
    assert (posted.id, posted.channel, posted.message, posted.props, posted.created) == ("p1", "dm", TEXT, {"a": 1}, 5)


def test_replies(server: Scripted, mattermost: Mattermost) -> None:
    """A reply names the post that it replies to."""
    server.on(POST, POSTED)

    mattermost.post(DM, TEXT, {}, "key-1", PostId("p1"))

    assert server.asked[-1].body == {
        "channel_id": "dm", "message": TEXT, "props": {}, "pending_post_id": "key-1", "root_id": "p1",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["root_id", "channel_root_id"])
def test_replies_to_what_is_gone(server: Scripted, mattermost: Mattermost, name: str) -> None:
    """A root that is not there is told apart from every other refusal, once a server with its database has said so."""
    server.on(POST, fault(400, f"api.post.create_post.{name}.app_error"))
    with pytest.raises(RootGone, match=name):
        mattermost.post(DM, TEXT, {}, "key-1", PostId("p1"))
    assert server.times(POST) == 2

    server.on(PING, UNHEALTHY)
    with pytest.raises(TryLater):
        mattermost.post(DM, TEXT, {}, "key-1", PostId("p1"))


def test_edits(server: Scripted, mattermost: Mattermost) -> None:
    """A post is changed with its text and all of its props, and nothing else of it is named."""
    server.on(PATCH, POSTED)

    mattermost.edit(PostId("p1"), TEXT, {"a": 2})

    assert server.asked[-1].body == {"message": TEXT, "props": {"a": 2}}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (fault(400, "api.context.invalid_body_param.app_error"), Refused),
        (fault(403, "api.context.permissions.app_error"), Refused),
        (fault(404, "app.post.get.app_error"), Refused),
        (fault(500, "app.post.update.app_error"), TryLater),
        (Answer("<html>sign in", 200), TryLater),
        (Answer([], 200), TryLater),
        (Answer(dropped=True), TryLater),
    ],
)
def test_edits_fail_like_posts(
    server: Scripted, mattermost: Mattermost, answer: Answer, kind: type[OutsideError]
) -> None:
    """A refusal of a healthy server, asked for twice, is this edit's alone; everything else is for later."""
    server.on(PATCH, answer)

    with pytest.raises(OutsideError) as caught:
        mattermost.edit(PostId("p1"), TEXT, {})

    assert type(caught.value) is kind


@pytest.mark.parametrize(
    ("answer", "kind", "after"),
    [
        (fault(400, "model.post.is_valid.msg.app_error"), Refused, None),
        (fault(400, "api.post.create_post.root_id.app_error"), Refused, None),  # though it is no reply
        (fault(403, "api.context.permissions.app_error"), Refused, None),
        (fault(404, "api.context.404.app_error"), Refused, None),
        (fault(413, "api.context.request_body_too_large.app_error"), Refused, None),
        (Answer("<html>too large", 413), Refused, None),
        (fault(500, "api.post.deduplicate_create_post.pending"), TryLater, None),
        (fault(500, "app.post.save.app_error"), TryLater, None),
        (fault(501, "api.context.disabled.app_error"), TryLater, None),
        (Answer("limit exceeded\n", 429, {"Retry-After": "1"}), TryLater, 1),
        (Answer("limit exceeded\n", 429, {"Retry-After": "2, 2"}), TryLater, 2),
        (
            Answer(
                "busy", 503, {"Retry-After": "Tue, 24 Nov 2026 10:00:05 GMT", "Date": "Tue, 24 Nov 2026 10:00:00 GMT"}
            ),
            TryLater,
            5,
        ),
        (Answer("<html>bad gateway", 502), TryLater, None),
        (Answer("<html>who are you", 403), TryLater, None),
        (Answer("<html>nothing here", 404), TryLater, None),
        (Answer([1], 400), TryLater, None),
        (Answer("<html>sign in", 200), TryLater, None),
        (Answer({"id": "p1"}, 201), TryLater, None),
        (Answer([], 201), TryLater, None),
        (Answer(None, 201), TryLater, None),
        (Answer("", 302, {"Location": "https://elsewhere.example.com/"}), TryLater, None),
        (Answer("", 301, {"Location": "https://elsewhere.example.com/"}), Misconfigured, None),
        (Answer("", 308, {"Location": "https://elsewhere.example.com/"}), Misconfigured, None),
        (Answer(dropped=True), TryLater, None),
    ],
)
def test_errors_are_of_three_kinds(
    server: Scripted, mattermost: Mattermost, answer: Answer, kind: type[OutsideError], after: float | None
) -> None:
    """Every failure is one for later, one of this message alone, or one of the configuration, and says which call."""
    server.on(POST, answer)

    with pytest.raises(OutsideError) as caught:
        post(mattermost)

    assert type(caught.value) is kind
    assert getattr(caught.value, "after", None) == after
    assert server.url in str(caught.value)
    assert [secret for secret in (PASSWORD, TOKEN, TEXT) if secret in str(caught.value)] == []


@pytest.mark.parametrize(
    "lie",
    [
        fault(400, "api.context.invalid_param.app_error"),
        fault(401, "api.context.session_expired.app_error"),
        fault(403, "api.context.permissions.app_error"),
        fault(404, "app.team.get_by_name.app_error"),
    ],
)
def test_a_server_without_its_database_lies(server: Scripted, mattermost: Mattermost, lie: Answer) -> None:
    """A refusal by a server that has lost its database proves nothing: the post waits."""
    mattermost.me()
    server.on(POST, lie)
    server.on(PING, UNHEALTHY)

    with pytest.raises(TryLater):
        post(mattermost)


def test_a_lie_is_found_out_when_the_database_is_back_in_between(server: Scripted, mattermost: Mattermost) -> None:
    """A refusal counts only when it is repeated by a server that has its database, with the same key."""
    server.on(POST, fault(400, "api.context.invalid_param.app_error"), POSTED)

    assert post(mattermost).id == "p1"
    assert [asked.body["pending_post_id"] for asked in server.asked if asked.path == f"{ROOT}/posts"] == ["key-1"] * 2


@pytest.mark.parametrize("call", [ME, LOGIN, PING, POST])
def test_time_outs(server: Scripted, call: str) -> None:
    """A server that does not answer is left after the time-out, whichever call it is."""
    server.on(POST, POSTED)
    server.on(call, Answer(stuck=True))
    mattermost = connect(f"{server.url}/chat", login_id="gitlab-bot", password=PASSWORD, seconds=(3, 0.2))

    with pytest.raises(TryLater, match="timed out"):
        (mattermost.me if call == ME else lambda: post(mattermost))()


def test_a_server_that_is_down() -> None:
    """A server that is down is tried later, and the error says so in its own words; surely nothing was done."""
    with scripted(Answer()) as gone:
        url = gone.url

    with pytest.raises(TryLater, match="refused") as caught:
        connect(url, login_id="gitlab-bot", password=PASSWORD).me()
    assert caught.value.undone


@pytest.mark.parametrize(
    ("answer", "undone"),
    [
        (Answer("limit exceeded\n", 429), True),
        (Answer("<html>no server", 503), False),
        (Answer("<html>who are you", 403), True),
        (fault(503, "api.context.busy.app_error"), False),
        (fault(500, "api.post.deduplicate_create_post.pending"), False),
        (fault(500, "app.post.save.app_error"), False),
        (Answer("<html>bad gateway", 502), False),
        (Answer("<html>time-out", 504), False),
        (Answer({"id": "p1"}, 201), False),
        (Answer(dropped=True), False),
    ],
)
def test_what_an_answer_proves(server: Scripted, mattermost: Mattermost, answer: Answer, *, undone: bool) -> None:
    """Only what is said before a post could be saved proves that it was not."""
    server.on(POST, answer)

    with pytest.raises(TryLater) as caught:
        post(mattermost)
    assert caught.value.undone is undone


# ---- the connection


def test_calls_share_a_connection(server: Scripted, mattermost: Mattermost) -> None:
    """Twenty calls of one thread use one connection, refused ones among them."""
    for _ in range(20):
        mattermost.me()
        mattermost.member(KIM)

    assert server.connections == 1


def test_keeps_no_cookie(server: Scripted, mattermost: Mattermost) -> None:
    """A cookie that the server sets is never sent back, since it would beat the token."""
    mattermost.me()
    mattermost.me()

    assert [asked.headers.get("Cookie") for asked in server.asked] == [None] * len(server.asked)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_follows_no_redirect(server: Scripted, mattermost: Mattermost, status: int) -> None:
    """A redirect leads nowhere: neither password nor token goes to another host."""
    with scripted(Answer(BOT)) as other:
        for call in (LOGIN, ME):
            server.on(call, Answer("", status, {"Location": f"{other.url}{ROOT}/users/me"}))
            with pytest.raises(OutsideError):
                mattermost.me()

        assert other.asked == []


def test_the_environment_has_no_say(server: Scripted, mattermost: Mattermost, monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies of the environment are not used: the bot speaks to the configured host alone."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")

    assert mattermost.me().key == "bot"


def test_logs_hold_no_secret(server: Scripted, mattermost: Mattermost, caplog: pytest.LogCaptureFixture) -> None:
    """Neither password, token nor text reaches a log or an error, at any level."""
    caplog.set_level(logging.DEBUG)
    for name in ("mattermostdriver.api", "mattermostdriver.websocket", "urllib3"):
        caplog.set_level(logging.DEBUG, logger=name)
    server.on(POST, POSTED, fault(400, "model.post.is_valid.msg.app_error"))
    post(mattermost)

    with pytest.raises(Refused) as caught:
        post(mattermost)

    said = caplog.text + str(caught.value) + repr(mattermost)
    assert [secret for secret in (PASSWORD, TOKEN, TEXT) if secret in said] == []


class Records(logging.Handler):
    """What a program that logs everything would write."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.names.append(record.name)


def test_the_driver_logs_nothing(mattermost: Mattermost, caplog: pytest.LogCaptureFixture) -> None:
    """The driver's own log, which tells of people at DEBUG, reaches no log of ours."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="mattermostdriver.api")
    records = Records()
    logging.getLogger().addHandler(records)

    mattermost.me()

    logging.getLogger().removeHandler(records)
    assert records.names == []


# ---- people


def users(total: int) -> Callable[[Asked], Answer]:
    """Script a channel of so many members, in pages as the server gives them."""

    def page(asked: Asked) -> Answer:
        size = min(int(asked.query["per_page"]), 200)
        first = int(asked.query["page"]) * size
        return Answer([{"id": f"u{n}", "username": f"User{n}"} for n in range(first, min(first + size, total))])

    return page


@pytest.mark.parametrize("total", [0, 1, 199, 200, 201, 20_000])
def test_members_come_page_by_page(server: Scripted, mattermost: Mattermost, total: int) -> None:
    """All members are read, two hundred a request, and user names are lower-cased."""
    server.on(CHANNEL, Answer({"id": "c1", "name": "notification"}))
    server.on(USERS, users(total))

    names = [member.name for member in mattermost.members("dev", "notification")]

    assert names == [f"user{n}" for n in range(total)]
    assert server.times(USERS) == total // 200 + 1
    assert len(server.asked) <= 110
    assert {asked.query.get("in_channel") for asked in server.asked if asked.path == f"{ROOT}/users"} == {"c1"}


@pytest.mark.parametrize(
    ("channel", "listed", "told"),
    [
        (fault(404, "app.team.get_by_name.missing.app_error"), Answer([]), "[mattermost] team"),
        (fault(404, "app.channel.get_by_name.missing.app_error"), Answer([]), "notification_channel"),
        (fault(403, "api.context.permissions.app_error"), Answer([]), "the shared account is not in it"),
        (Answer({"id": "c1"}), fault(403, "api.context.permissions.app_error"), "the shared account is not in it"),
        (fault(400, "api.context.invalid_url_param.app_error"), Answer([]), "[mattermost] team and notification"),
    ],
)
def test_members_that_cannot_be_read(
    server: Scripted, mattermost: Mattermost, channel: Answer, listed: Answer, told: str
) -> None:
    """A team or channel that is not there, or not open to the shared account, is named with the key to mend."""
    server.on(CHANNEL, channel)
    server.on(USERS, listed)

    with pytest.raises(Misconfigured) as caught:
        list(mattermost.members("dev", "notification"))

    assert told in str(caught.value)


def test_members_of_a_server_without_its_database(server: Scripted, mattermost: Mattermost) -> None:
    """A team that only a server without its database does not find is asked for later."""
    mattermost.me()
    server.on(CHANNEL, fault(404, "app.team.get_by_name.app_error"))
    server.on(PING, UNHEALTHY)

    with pytest.raises(TryLater):
        list(mattermost.members("dev", "notification"))


@pytest.mark.parametrize(
    ("more", "member"),
    [
        ({}, {}),
        ({"username": "Kim.Minji"}, {"name": "kim.minji"}),
        ({"email": "kim@example.com", "locale": "ko"}, {"email": "kim@example.com", "locale": "ko"}),
        ({"locale": ""}, {"locale": "en"}),
        ({"delete_at": 1795488789000}, {"active": False}),
        ({"is_bot": True}, {"bot": True}),
        ({"roles": "system_user system_admin"}, {"admin": True}),
        ({"roles": "system_user system_admin_lookalike"}, {"admin": False}),
        ({"timezone": None}, {"timezone": ""}),
        ({"timezone": {}}, {"timezone": ""}),
        (
            {"timezone": {"useAutomaticTimezone": "true", "automaticTimezone": "Asia/Seoul", "manualTimezone": "UTC"}},
            {"timezone": "Asia/Seoul"},
        ),
        (
            {"timezone": {"useAutomaticTimezone": "false", "automaticTimezone": "Asia/Seoul", "manualTimezone": "UTC"}},
            {"timezone": "UTC"},
        ),
    ],
)
def test_a_user_becomes_a_member(more: dict[str, Any], member: dict[str, Any]) -> None:
    """What the directory needs of a user is taken over, with what the server leaves out filled in."""
    user = msgspec.convert({"id": "kim", "username": "kim", "nickname": "", **more}, UserAnswer)

    assert member_of(user) == replace(Member(KIM, "kim"), **member)


@pytest.mark.parametrize("status", [404, 400])
def test_a_user_nobody_knows(server: Scripted, mattermost: Mattermost, status: int) -> None:
    """An id without a user, or one that cannot be an id, is nobody."""
    server.on(f"GET {ROOT}/users/kim", fault(status, "app.user.missing_account.const"))

    assert mattermost.member(KIM) is None


def test_a_user(server: Scripted, mattermost: Mattermost) -> None:
    """A user is read fresh each time, and one that must not be seen is refused."""
    forbidden = fault(403, "api.context.permissions.app_error")
    server.on(f"GET {ROOT}/users/kim", Answer({"id": "kim", "username": "kim"}), forbidden)

    assert mattermost.member(KIM) == Member(KIM, "kim")
    with pytest.raises(Refused):
        mattermost.member(KIM)


# ---- direct channels and what stands in them


def test_a_direct_channel_is_opened_between_the_account_and_a_person(server: Scripted, mattermost: Mattermost) -> None:
    """The direct channel is asked for between the shared account and the person."""
    server.on(DIRECT, Answer({"id": "dm"}, 201))

    assert mattermost.direct_channel(KIM) == "dm"
    assert [asked.body for asked in server.asked if asked.path.endswith("/direct")] == [["bot", "kim"]]


def test_a_direct_channel_that_failed_is_asked_for_again(server: Scripted, mattermost: Mattermost) -> None:
    """A channel that could not be opened is opened when the server can."""
    server.on(DIRECT, Answer("", 502), Answer({"id": "dm"}, 201))

    with pytest.raises(TryLater):
        mattermost.direct_channel(KIM)

    assert mattermost.direct_channel(KIM) == "dm"


def channel(created: list[int]) -> Callable[[Asked], Answer]:
    """Script a channel with posts of these times, read as the server lets it be read."""
    newest: list[dict[str, Any]] = [
        {"id": f"p{at}", "channel_id": "dm", "create_at": at} for at in sorted(created, reverse=True)
    ]

    def page(asked: Asked) -> Answer:
        if "since" in asked.query:
            found = [one for one in newest if one["create_at"] > int(asked.query["since"])][-SINCE_CAP:]
        else:
            ids = [one["id"] for one in newest]
            first = ids.index(asked.query["before"]) + 1 if "before" in asked.query else 0
            found = newest[first : first + int(asked.query["per_page"])]
        return Answer({"order": [one["id"] for one in found], "posts": {one["id"]: one for one in found}})

    return page


@pytest.mark.parametrize("total", [0, 1, 999, 1000, 1001, 1200, 1450])
@pytest.mark.parametrize("older", [0, 1, 300])
def test_posts_since(server: Scripted, mattermost: Mattermost, total: int, older: int) -> None:
    """Every post made at or after a moment is found, however many they are, and no older one."""
    server.on(POSTS, channel([*range(older), *range(1000, 1000 + total)]))

    found = {posted.created for posted in mattermost.posts_since(DM, 1000)}

    assert found == set(range(1000, 1000 + total))
    assert server.times(POSTS) <= (1 if total < SINCE_CAP else total // 200 + 3)


def test_posts_since_leaves_out_old_ones_that_changed(server: Scripted, mattermost: Mattermost) -> None:
    """The API's `since` gives older posts that were changed, too: they are left out; deleted ones are not."""
    old, deleted = ({"id": key, "channel_id": "dm", "create_at": at} for key, at in (("p1", 1), ("p2", 1500)))
    both = {"p1": old, "p2": deleted | {"delete_at": 1600, "message": "", "props": None}}
    server.on(POSTS, Answer({"order": ["p2", "p1"], "posts": both}))

    assert [(posted.id, posted.props) for posted in mattermost.posts_since(DM, 1000)] == [("p2", {})]
