"""What is known of GitLab without a token."""

from gitlab_hooks.gitlab import connect
from gitlab_hooks.lookups import GroupId, Party, ProjectId, Subject, User, UserId
from gitlab_hooks.remembered import Remembered

KIM = User(UserId(3), "Kim")


def test_without_a_token_only_remembered_users_are_known() -> None:
    """Without a token a user seen in a payload is known by id and by name, and everything else is not."""
    gitlab = connect("https://gitlab.example.com", "")
    subject = Subject(ProjectId(1), "issue", "5")

    gitlab.remember(KIM)

    assert not gitlab.has_token
    assert gitlab.user(UserId(3)) == gitlab.user_named("kIM") == KIM
    assert gitlab.user(UserId(4)) is gitlab.user_named("lee") is None
    assert gitlab.users_with_email("kim@example.com") == gitlab.thread(subject, "d") == ()
    assert gitlab.status(UserId(3)) == ""
    assert [gitlab.involved(subject), gitlab.project(ProjectId(1))] == [None, None]
    assert gitlab.access_level(ProjectId(1), UserId(3)) == gitlab.group_level(GroupId(1), UserId(3)) == 0
    assert [gitlab.group("web"), gitlab.group_members(GroupId(1), 9)] == [None, None]
    assert [*gitlab.merge_requests(Party.AUTHOR, UserId(3)), gitlab.progress(subject)] == [None]
    assert gitlab.project_members(ProjectId(1), 9) is None


def test_the_latest_name_counts() -> None:
    """A user who was renamed is no longer known by the old name, and the name is free for another."""
    seen = Remembered()
    renamed, other = User(UserId(3), "minji"), User(UserId(4), "kim")

    for user in (KIM, renamed):
        seen.remember(user)
    assert (seen.user_named("kim"), seen.user_named("minji")) == (None, renamed)

    seen.remember(other)
    assert seen.user_named("kim") == other


def test_memory_is_bounded() -> None:
    """Only so many users are remembered, the latest ones."""
    seen = Remembered(kept=2)

    for number in range(4):
        seen.remember(User(UserId(number), f"u{number}"))

    assert [number for number in range(4) if seen.user(UserId(number))] == [2, 3]
    assert [number for number in range(4) if seen.user_named(f"u{number}")] == [2, 3]


def test_what_payloads_hide_stays_known() -> None:
    """What GitLab once told of a user (address, being a bot) outlasts a payload that hides it, but not a new name."""
    seen = Remembered()
    seen.remember(User(UserId(3), "kim", email="kim@example.com", bot=True))

    seen.remember(User(UserId(3), "kim", "Kim Minji"))
    assert seen.seen.user(UserId(3)) == User(UserId(3), "kim", "Kim Minji", "kim@example.com", bot=True)

    seen.remember(User(UserId(3), "minji"))
    assert seen.user(UserId(3)) == User(UserId(3), "minji")
