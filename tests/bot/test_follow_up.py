"""Where a later answer may go, and that it goes there as Mattermost takes it."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import OutsideError, Refused, TryLater
from bot.follow_up import FollowUp
from tests.servers import Answer, Scripted, scripted

HOOK = "/hooks/commands/ttcxgq8mpj8ktmwafgr9p8mpur"
CHAT = "https://chat.example.com"


@pytest.mark.parametrize(
    ("ours", "named", "expected"),
    [
        (CHAT, CHAT + HOOK, CHAT + HOOK),
        (f"{CHAT}/", CHAT + HOOK, CHAT + HOOK),
        (CHAT, f"https://Chat.Example.com:443{HOOK}", CHAT + HOOK),
        (f"{CHAT}/chat", f"{CHAT}/chat{HOOK}", f"{CHAT}/chat{HOOK}"),
        ("http://127.0.0.1:8065", f"http://127.0.0.1:8065{HOOK}", f"http://127.0.0.1:8065{HOOK}"),
        (f"{CHAT}/chat", CHAT + HOOK, ""),
        (CHAT, f"{CHAT}/chat{HOOK}", ""),
        (CHAT, f"http://chat.example.com{HOOK}", ""),
        (CHAT, f"{CHAT}:8443{HOOK}", ""),
        (CHAT, f"{CHAT}:port{HOOK}", ""),
        (CHAT, f"https://chat.example.com.evil.example{HOOK}", ""),
        (CHAT, f"https://chat.example.com@evil.example{HOOK}", ""),
        (CHAT, f"https://somebody@chat.example.com{HOOK}", ""),
        (CHAT, f"https://evil.example/{CHAT}{HOOK}", ""),
        (CHAT, f"{CHAT}{HOOK}/../../api/v4/users", ""),
        (CHAT, f"{CHAT}{HOOK}?x=1", ""),
        (CHAT, f"{CHAT}{HOOK}#x", ""),
        (CHAT, f"{CHAT}/hooks/commands/", ""),
        (CHAT, f"{CHAT}/hooks/commands/é", ""),
        (CHAT, f"{CHAT}/hooks/other", ""),
        (CHAT, f"{CHAT}/api/v4/hooks/commands/abc", ""),
        (CHAT, f"//chat.example.com{HOOK}", ""),
        (CHAT, HOOK, ""),
        (CHAT, "https://[chat", ""),
        (CHAT, "", ""),
    ],
)
def test_address(ours: str, named: str, expected: str) -> None:
    """A later answer goes to a command's hook of our own Mattermost, below its sub-path, and nowhere else."""
    assert FollowUp(ours).address(named) == expected


@given(st.text(), st.sampled_from(["", CHAT, f"{CHAT}/", f"{CHAT}/hooks/commands/"]), st.sampled_from(["", HOOK]))
def test_any_address(text: str, before: str, after: str) -> None:
    """Whatever a form says, what is called is our own Mattermost's, and a hook."""
    found = FollowUp(CHAT).address(before + text + after)

    assert not found or (found.startswith(f"{CHAT}/hooks/commands/") and found.rpartition("/")[2].isalnum())


@pytest.fixture
def server() -> Iterator[Scripted]:
    """Run a Mattermost that knows no hook."""
    with scripted(Answer({"id": "app.command_webhook.get.missing"}, 404)) as running:
        yield running


def test_send(server: Scripted) -> None:
    """The text is shown to whoever typed the command, and no secret goes with it."""
    server.on(f"POST {HOOK}", Answer("ok"))
    follow_up = FollowUp(server.url)
    follow_up.send(follow_up.address(server.url + HOOK), "안녕")

    (asked,) = server.asked
    assert asked.body == {"response_type": "ephemeral", "text": "안녕"}
    assert not {"Authorization", "Cookie"} & set(asked.headers)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer({"id": "app.command_webhook.try_use.invalid"}, 400), Refused),
        (Answer({"id": "app.command_webhook.get.missing"}, 404), Refused),
        (Answer("<html>", 502), Refused),
        (Answer("", 302, {"Location": "http://127.0.0.1:1/elsewhere"}), Refused),
        (Answer(dropped=True), TryLater),
    ],
)
def test_failure(server: Scripted, answer: Answer, error: type[OutsideError]) -> None:
    """It is sent once, whatever comes back; no redirect is followed, and the error tells neither text nor address."""
    server.on(f"POST {HOOK}", answer)
    with pytest.raises(error) as caught:
        FollowUp(server.url).send(server.url + HOOK, "nobody else's business")

    assert len(server.asked) == 1
    assert "business" not in str(caught.value)
    assert HOOK not in str(caught.value)
