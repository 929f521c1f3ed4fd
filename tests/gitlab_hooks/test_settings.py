"""What the GitLab side reads of `bot.toml` and the environment, and which faults it names."""

import base64
from pathlib import Path

import pytest

from bot.config import ConfigError, Source
from gitlab_hooks import settings
from gitlab_hooks.configured import configured, warnings, wording_rules
from gitlab_hooks.notices import Role
from gitlab_hooks.rules import DEFAULTS
from gitlab_hooks.settings import is_signing_token, milliseconds

SIGNING = f"whsec_{base64.b64encode(bytes(32)).decode()}"
GOOD = '[gitlab]\nurl = "https://gitlab.example.com"\n'
WHOLE = (
    GOOD + '[mattermost]\nurl = "https://mattermost.example.com"\nteam = "dev"\nlogin_id = "nudge"\n'
    '[server]\npublic_url = "https://nudge.example.com"\n'
)
SECRETS = {"GITLAB_WEBHOOK_TOKEN": "hook-one hook-two", "GITLAB_SIGNING_TOKEN": SIGNING, "GITLAB_TOKEN": "glpat-x"}


def source(folder: Path, text: str, environ: dict[str, str] | None = None) -> Source:
    path = folder / "bot.toml"
    path.write_text(text)
    return Source(path, SECRETS if environ is None else environ)


def faults(folder: Path, text: str, environ: dict[str, str] | None = None) -> list[str]:
    found = source(folder, text, environ)
    settings.read(found)
    return [fault.removeprefix(f"{found.path}: ") for fault in found.faults]


def test_read(tmp_path: Path) -> None:
    """The sections and the secrets are read; several secrets of a kind may stand side by side."""
    text = (
        GOOD
        + 'bots = ["Renovate"]\n[rules]\nstale_after = "30m"\ndraft_comments = false\n"issue.closed" = ["author"]\n'
        "group_mentions = 20\nall_mentions = false\n"
    )
    found = settings.read(source(tmp_path, text))

    assert found.secrets.tokens == ("hook-one", "hook-two")
    assert found.secrets.signing == (SIGNING,)
    assert found.token == "glpat-x"
    assert found.policy.stale_after == 30 * 60_000
    assert not found.policy.draft_comments
    assert (found.policy.group_mentions, found.policy.all_mentions) == (20, False)
    assert found.policy.bots == {"renovate"}
    assert found.policy.rules == {**DEFAULTS, "issue.closed": frozenset({Role.AUTHOR})}
    assert faults(tmp_path, text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", 4 * 3_600_000), ('catch_up_summary_after = "30m"\n', 1_800_000), ('catch_up_summary_after = "0"\n', 0)],
)
def test_catching_up(tmp_path: Path, text: str, expected: int) -> None:
    """What is too old for messages of its own is a duration, and the token is read beside the other."""
    found = settings.read(source(tmp_path, GOOD + text, SECRETS | {"GITLAB_HOOKS_TOKEN": "glpat-hooks"}))

    assert (found.summary_after, found.hooks_token) == (expected, "glpat-hooks")
    assert "glpat-hooks" not in repr(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", (3_600_000, True)), ('hooks_sync_every = "0"\nhooks_verify_tls = false\n', (0, False))],
)
def test_keeping_hooks(tmp_path: Path, text: str, expected: tuple[int, bool]) -> None:
    """How often projects without a webhook are looked for is a duration, an hour where nothing is said."""
    found = settings.read(source(tmp_path, GOOD + text))

    assert (found.sync_every, found.gitlab.hooks_verify_tls) == expected


def test_faults_of_catching_up(tmp_path: Path) -> None:
    """A duration that is none, and a token that is two, are faults."""
    text = GOOD + 'catch_up_summary_after = "soon"\ncatch_up_hours = -1\nhooks_sync_every = "often"\n'
    found = faults(tmp_path, text, SECRETS | {"GITLAB_HOOKS_TOKEN": "one two"})

    assert found == [
        "[gitlab] catch_up_hours: Expected int >= 0",
        '[gitlab] catch_up_summary_after: expected a duration such as "4h", "30m" or "0" for never',
        '[gitlab] hooks_sync_every: expected a duration such as "4h", "30m" or "0" for never',
        "GITLAB_HOOKS_TOKEN: expected one token, without white space in it",
    ]


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    """The text that stands for the settings tells no secret."""
    shown = repr(settings.read(source(tmp_path, GOOD)))

    assert "glpat-x" not in shown
    assert "hook-one" not in shown
    assert SIGNING not in shown


def test_defaults(tmp_path: Path) -> None:
    """Without `[rules]` the default rows hold, a day is stale, comments on drafts are told, and so are groups."""
    policy = settings.read(source(tmp_path, GOOD)).policy

    assert policy.rules == DEFAULTS
    assert policy.stale_after == 24 * 3_600_000
    assert policy.draft_comments
    assert (policy.group_mentions, policy.all_mentions) == (100, True)


@pytest.mark.parametrize(
    "row", ['"note.issue" = ["author"]', "note.issue = ['author']", "[rules.note]\nissue = ['author']"]
)
def test_rows_as_toml_has_them(tmp_path: Path, row: str) -> None:
    """A row may be written with its name in quotes, dotted, or as a table of its own."""
    found = settings.read(source(tmp_path, f"{GOOD}[rules]\n{row}\n"))

    assert found.policy.rules["note.issue"] == {Role.AUTHOR}


@pytest.mark.parametrize(
    ("text", "environ", "expected"),
    [
        ('[gitlab]\nurl = "gitlab"', None, "[gitlab] url: expected the instance's address (https://…), found 'gitlab'"),
        ("", None, "[gitlab] url: expected the instance's address (https://…), found ''"),
        (GOOD, {}, "GITLAB_WEBHOOK_TOKEN or GITLAB_SIGNING_TOKEN: expected the secret of the webhooks; neither is set"),
        (GOOD, {"GITLAB_WEBHOOK_TOKEN": " "}, "GITLAB_WEBHOOK_TOKEN or GITLAB_SIGNING_TOKEN: expected the secret"),
        (GOOD, {"GITLAB_SIGNING_TOKEN": "whsec_short"}, "GITLAB_SIGNING_TOKEN: expected whsec_ and the base64 of 32"),
        (GOOD + 'groups = "web"', None, "[gitlab] groups: Expected array, got str"),
        (GOOD + "[rules]\nstale_after = 'soon'", None, "[rules] stale_after: expected a duration such as"),
        (GOOD + "[rules]\ndraft_comments = 'no'", None, "[rules] draft_comments: expected true or false"),
        (GOOD + "[rules]\nall_mentions = 1", None, "[rules] all_mentions: expected true or false"),
        *(
            (
                f"{GOOD}[rules]\ngroup_mentions = {wrong}",
                None,
                "[rules] group_mentions: expected a number of people up to",
            )
            for wrong in ("-1", "1001", "true", "1.5", "'10'")
        ),
        (
            GOOD + "[rules]\n'issue.closed' = ['reviewer']",
            None,
            "[rules] issue.closed: expected a list of some of author",
        ),
        (GOOD + "[rules]\n'issue.closed' = 'author'", None, "[rules] issue.closed: expected a list of some of author"),
        (GOOD + "[rules]\n'issue.closed' = [1]", None, "[rules] issue.closed: expected a list of some of author"),
        (GOOD + "[rules]\n'issue.hatched' = []", None, "[rules] issue.hatched: no such rule"),
        (GOOD + "[rules]\nissue.closed.now = []", None, "[rules] issue.closed: expected a list of some of author"),
        (GOOD + "[rules]\nhatched = 7", None, "[rules] hatched: no such rule"),
    ],
)
def test_faults(tmp_path: Path, text: str, environ: dict[str, str] | None, expected: str) -> None:
    """What is wrong is named with its key and what was expected."""
    (fault,) = faults(tmp_path, text, environ)

    assert fault.startswith(expected)


def test_all_faults_at_once(tmp_path: Path) -> None:
    """Everything that is wrong, on both sides, is named at once."""
    path = tmp_path / "bot.toml"
    path.write_text("[gitlab]\nurl = 1\n[rules]\nstale_after = []\nx = 1\n[colour]\n")

    with pytest.raises(ConfigError) as wrong:
        configured(path, {})

    for part in (
        "[gitlab] url",
        "[rules] stale_after",
        "[rules] x",
        "[colour]",
        "[mattermost] url",
        "MATTERMOST_TOKEN",
    ):
        assert any(part in fault for fault in wrong.value.faults)


def test_configured(tmp_path: Path) -> None:
    """A whole configuration gives the settings of both sides, and nothing to warn of."""
    path = tmp_path / "bot.toml"
    path.write_text(WHOLE)
    secrets = {**SECRETS, "MATTERMOST_TOKEN": "t", "MATTERMOST_COMMAND_TOKEN": "c"}
    ours, gitlabs = configured(path, secrets)

    assert ours.mattermost.team == "dev"
    assert gitlabs.gitlab.url == "https://gitlab.example.com"
    assert warnings(ours, gitlabs) == []


def test_warnings(tmp_path: Path) -> None:
    """What the bot can do without is named, with what that costs."""
    path = tmp_path / "bot.toml"
    path.write_text(WHOLE.partition("[server]")[0])
    found = warnings(*configured(path, {"MATTERMOST_TOKEN": "t", "GITLAB_WEBHOOK_TOKEN": "x"}))

    assert [line.split(" is not set")[0] for line in found] == [
        "GITLAB_TOKEN",
        "MATTERMOST_COMMAND_TOKEN",
        "[server] public_url",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("24h", 86_400_000),
        ("30m", 1_800_000),
        ("2 d", 172_800_000),
        ("90s", 90_000),
        ("90", 90_000),
        (90, 90_000),
        ("0", 0),
        (" 1h ", 3_600_000),
        ("", None),
        ("1w", None),
        ("-1h", None),
        ("1.5h", None),
        (True, None),
        (None, None),
        ([], None),
    ],
)
def test_durations(text: object, expected: int | None) -> None:
    """A duration is a number and a unit; a bare number is seconds."""
    assert milliseconds(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SIGNING, True),
        (SIGNING.removeprefix("whsec_"), False),
        (f"whsec_{base64.b64encode(bytes(31)).decode()}", False),
        ("whsec_", False),
        ("whsec_비밀", False),
        (SIGNING + "!", False),
        ("", False),
    ],
)
def test_signing_token(text: str, *, expected: bool) -> None:
    """A signing token is `whsec_` and the base64 of exactly 32 bytes."""
    assert is_signing_token(text) is expected


def test_wording_rules(tmp_path: Path) -> None:
    """What decides on people and words is read without any secret or server, and has defaults without a file."""
    path = tmp_path / "bot.toml"
    path.write_text("[defaults]\nlanguage = 'ko'\n[rules]\n'emoji.awarded' = []\n")
    _, policy, defaults, messages = wording_rules(path)

    assert policy.rules["emoji.awarded"] == frozenset()
    assert defaults.language == "ko"
    assert messages.images
    assert wording_rules(None)[1].rules == DEFAULTS


def test_wording_rules_with_faults(tmp_path: Path) -> None:
    """A fault in them is named all the same."""
    path = tmp_path / "bot.toml"
    path.write_text("[defaults]\nlanguage = 'fr'\n")

    with pytest.raises(ConfigError, match="language"):
        wording_rules(path)
