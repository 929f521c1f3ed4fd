"""What people read: every sentence in both languages, and nothing that leaks out of a hostile value."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jinja2 import Environment, meta, nodes
from markdown_it import MarkdownIt

from bot.daily import Digest
from bot.markdown import Markdown, escape, link
from bot.quiet import Quiet
from bot.said import SAID
from bot.templates import Templates
from gitlab_hooks.notices import Role

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "bot" / "words", ROOT / "gitlab_hooks" / "words")
FILES = sorted({path.name for folder in FOLDERS for path in folder.glob("en/*.md")})
LONGEST_BLOCK = 15
"""Lines of a block; the pages that the slash command answers with are longer."""

WORDS = Templates(*FOLDERS)


def whom(language: str, group: str = "") -> Markdown:
    """Return how a sentence calls whom it says to be mentioned."""
    return WORDS.render(language, "whom", "whom", group=group)


NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
EVENT: dict[str, object] = {
    "actor": "Ann",
    "link": Markdown("LINK"),
    "role": "author",
    "what": "merge_request",
    "whom": whom("en"),
    "ready": False,
    "own": False,
    "emoji": Markdown("👍"),
    "on": "note",
    "people": ("Ann", "Bea"),
    "others": 0,
    "jobs": [{"link": Markdown("JOB"), "stage": "test", "failure": "script_failure"}],
}
STATE: dict[str, object] = {
    "command": Markdown("/nudge"),
    "on": True,
    "name": "ann",
    "account": "ann.lee",
    "matched": "email",
    "off": (),
    "on_list": ("mentions", "reviews"),
    "language": "auto",
    "quote": "short",
    "threads": False,
    "snoozed": NOON,
    "quiet": Quiet(19 * 60, 8 * 60),
    "digest": Digest(9 * 60),
    "zone": "KST",
    "mutes": (Markdown("web/shop"),),
    "muted": [{"what": Markdown("web/shop"), "until": NOON, "mentions": True}],
    "what": Markdown("web/shop"),
    "most": 100,
    "waiting": 0,
    "last": "",
    "about": {"name": "mute", "examples": (Markdown("mute web"),), "names": ("mute", "음소거")},
    "groups": [("what", [{"name": "on", "examples": (Markdown("on"),)}])],
    "reasons": ("mentioned",),
    "members": 3,
    "unmatched": {"shown": ["ann"], "more": 1},
    "conflicts": {"shown": ["bea"], "more": 1},
    "letters": {"shown": [{"number": "m1", "when": "then", "what": "note:1", "error": "400"}], "more": 1},
    "deliveries": {"shown": [{"number": "d1", "when": "then", "what": "mr:1", "error": "503"}], "more": 1},
    "number": Markdown("m12"),
    "code": Markdown("nudge-abc"),
    "typed": Markdown("jane.doe"),
    "minutes": 10,
    "section": "what",
    "commands": [{"examples": (Markdown("on"),), "about": Markdown("x"), "names": (Markdown("y"), Markdown("z"))}],
    "known": [{"name": Markdown("mentions"), "about": Markdown("x"), "reasons": (Markdown("y"), Markdown("z"))}],
    "left": 1,
    "reminded": NOON,
    "headline": Markdown("LINK"),
    "reason": "mentioned",
    "also": ("assigned",),
    "rule": "note.issue",
    "at": NOON,
    "switch": "mentioned",
    "topic": "mentions",
    "thing": Markdown("web/shop!12"),
    "token": Markdown("GITLAB_TOKEN"),
    "days": 2,
    "day": Markdown("2026-11-26"),
    "more": 1,
    "refused": 2,
    "failed": 1,
}


@pytest.mark.parametrize(
    ("file", "block", "values", "english", "korean"),
    [
        (
            "merge_request",
            "assigned",
            {},
            "**Ann** assigned LINK to you",
            "**Ann** 님이 나를 담당자로 지정했어요: LINK",
        ),
        (
            "merge_request",
            "assigned",
            {"ready": True},
            "LINK, which is assigned to you, is ready for review",
            "내가 담당하는 MR이 리뷰할 준비가 됐어요: LINK",
        ),
        (
            "merge_request",
            "review_requested",
            {},
            "**Ann** asked you to review LINK",
            "**Ann** 님이 리뷰를 요청했어요: LINK",
        ),
        (
            "merge_request",
            "review_requested",
            {"ready": True},
            "LINK is ready for your review",
            "리뷰할 준비가 됐어요: LINK",
        ),
        ("merge_request", "mentioned", {}, "**Ann** mentioned you in LINK", "**Ann** 님이 나를 멘션했어요: LINK"),
        (
            "merge_request",
            "mentioned",
            {"ready": True},
            "LINK, which mentions you, is ready for review",
            "나를 멘션한 MR이 리뷰할 준비가 됐어요: LINK",
        ),
        (
            "merge_request",
            "unassigned",
            {},
            "**Ann** unassigned you from LINK",
            "**Ann** 님이 나를 담당자에서 제외했어요: LINK",
        ),
        (
            "merge_request",
            "review_removed",
            {},
            "**Ann** removed you as a reviewer from LINK",
            "**Ann** 님이 나를 리뷰어에서 제외했어요: LINK",
        ),
        (
            "merge_request",
            "approved",
            {"role": "author"},
            "**Ann** approved your merge request LINK",
            "**Ann** 님이 내 MR을 승인했어요: LINK",
        ),
        (
            "merge_request",
            "approved",
            {"role": "assignee"},
            "**Ann** approved LINK, which is assigned to you",
            "**Ann** 님이 내가 담당하는 MR을 승인했어요: LINK",
        ),
        (
            "merge_request",
            "approved",
            {"role": "reviewer"},
            "**Ann** approved LINK",
            "**Ann** 님이 MR을 승인했어요: LINK",
        ),
        (
            "merge_request",
            "unapproved",
            {"role": "author"},
            "**Ann** withdrew their approval of your merge request LINK",
            "**Ann** 님이 내 MR 승인을 취소했어요: LINK",
        ),
        (
            "merge_request",
            "unapproved",
            {"role": "assignee"},
            "**Ann** withdrew their approval of LINK, which is assigned to you",
            "**Ann** 님이 내가 담당하는 MR 승인을 취소했어요: LINK",
        ),
        (
            "merge_request",
            "unapproved",
            {"role": "reviewer"},
            "**Ann** withdrew their approval of LINK",
            "**Ann** 님이 MR 승인을 취소했어요: LINK",
        ),
        (
            "merge_request",
            "changes_requested",
            {"role": "author"},
            "**Ann** requested changes on your merge request LINK",
            "**Ann** 님이 내 MR에 수정을 요청했어요: LINK",
        ),
        (
            "merge_request",
            "changes_requested",
            {"role": "assignee"},
            "**Ann** requested changes on LINK, which is assigned to you",
            "**Ann** 님이 내가 담당하는 MR에 수정을 요청했어요: LINK",
        ),
        (
            "merge_request",
            "changes_requested",
            {"role": "reviewer"},
            "**Ann** requested changes on LINK",
            "**Ann** 님이 MR에 수정을 요청했어요: LINK",
        ),
        (
            "merge_request",
            "merged",
            {"role": "author"},
            "**Ann** merged your merge request LINK",
            "**Ann** 님이 내 MR을 머지했어요: LINK",
        ),
        (
            "merge_request",
            "merged",
            {"role": "assignee"},
            "**Ann** merged LINK, which is assigned to you",
            "**Ann** 님이 내가 담당하는 MR을 머지했어요: LINK",
        ),
        ("merge_request", "merged", {"role": "reviewer"}, "**Ann** merged LINK", "**Ann** 님이 MR을 머지했어요: LINK"),
        (
            "merge_request",
            "closed",
            {"role": "author"},
            "**Ann** closed your merge request LINK",
            "**Ann** 님이 내 MR을 닫았어요: LINK",
        ),
        (
            "merge_request",
            "closed",
            {"role": "assignee"},
            "**Ann** closed LINK, which is assigned to you",
            "**Ann** 님이 내가 담당하는 MR을 닫았어요: LINK",
        ),
        ("merge_request", "closed", {"role": "reviewer"}, "**Ann** closed LINK", "**Ann** 님이 MR을 닫았어요: LINK"),
        (
            "merge_request",
            "reopened",
            {"role": "author"},
            "**Ann** reopened your merge request LINK",
            "**Ann** 님이 내 MR을 다시 열었어요: LINK",
        ),
        (
            "merge_request",
            "reopened",
            {"role": "assignee"},
            "**Ann** reopened LINK, which is assigned to you",
            "**Ann** 님이 내가 담당하는 MR을 다시 열었어요: LINK",
        ),
        (
            "merge_request",
            "reopened",
            {"role": "reviewer"},
            "**Ann** reopened LINK",
            "**Ann** 님이 MR을 다시 열었어요: LINK",
        ),
        (
            "merge_request",
            "pushed",
            {"role": "author"},
            "**Ann** pushed new commits to your merge request LINK",
            "**Ann** 님이 내 MR에 새 커밋을 푸시했어요: LINK",
        ),
        (
            "merge_request",
            "pushed",
            {"role": "assignee"},
            "**Ann** pushed new commits to LINK, which is assigned to you",
            "**Ann** 님이 내가 담당하는 MR에 새 커밋을 푸시했어요: LINK",
        ),
        (
            "merge_request",
            "pushed",
            {"role": "reviewer"},
            "**Ann** pushed new commits to LINK",
            "**Ann** 님이 MR에 새 커밋을 푸시했어요: LINK",
        ),
        ("note", "mentioned", {}, "**Ann** mentioned you in LINK", "**Ann** 님이 나를 멘션했어요: LINK"),
        (
            "note",
            "replied",
            {"role": "thread"},
            "**Ann** replied in your thread on LINK",
            "**Ann** 님이 내가 참여한 스레드에 답글을 남겼어요: LINK",
        ),
        (
            "note",
            "commented",
            {"role": "author", "what": "merge_request"},
            "**Ann** commented on your merge request LINK",
            "**Ann** 님이 내 MR에 댓글을 남겼어요: LINK",
        ),
        (
            "note",
            "commented",
            {"role": "author", "what": "issue"},
            "**Ann** commented on your issue LINK",
            "**Ann** 님이 내 이슈에 댓글을 남겼어요: LINK",
        ),
        (
            "note",
            "commented",
            {"role": "author", "what": "commit"},
            "**Ann** commented on your commit LINK",
            "**Ann** 님이 내 커밋에 댓글을 남겼어요: LINK",
        ),
        (
            "note",
            "commented",
            {"role": "author", "what": "snippet"},
            "**Ann** commented on your snippet LINK",
            "**Ann** 님이 내 스니펫에 댓글을 남겼어요: LINK",
        ),
        (
            "note",
            "commented",
            {"role": "author", "what": "incident"},
            "**Ann** commented on your incident LINK",
            "**Ann** 님이 내 인시던트에 댓글을 남겼어요: LINK",
        ),
        (
            "note",
            "commented",
            {"role": "author", "what": "objective"},
            "**Ann** commented on your objective LINK",
            "**Ann** 님이 내 작업 항목에 댓글을 남겼어요: LINK",
        ),
        (
            "note",
            "commented",
            {"role": "assignee", "what": "issue"},
            "**Ann** commented on LINK, which is assigned to you",
            "**Ann** 님이 내가 담당하는 이슈에 댓글을 남겼어요: LINK",
        ),
        (
            "note",
            "commented",
            {"role": "reviewer", "what": "merge_request"},
            "**Ann** commented on LINK",
            "**Ann** 님이 MR에 댓글을 남겼어요: LINK",
        ),
        ("issue", "assigned", {}, "**Ann** assigned LINK to you", "**Ann** 님이 나를 담당자로 지정했어요: LINK"),
        (
            "issue",
            "unassigned",
            {},
            "**Ann** unassigned you from LINK",
            "**Ann** 님이 나를 담당자에서 제외했어요: LINK",
        ),
        ("issue", "mentioned", {}, "**Ann** mentioned you in LINK", "**Ann** 님이 나를 멘션했어요: LINK"),
        (
            "issue",
            "closed",
            {"role": "author", "what": "issue"},
            "**Ann** closed your issue LINK",
            "**Ann** 님이 내 이슈를 닫았어요: LINK",
        ),
        (
            "issue",
            "closed",
            {"role": "author", "what": "task"},
            "**Ann** closed your task LINK",
            "**Ann** 님이 내 태스크를 닫았어요: LINK",
        ),
        (
            "issue",
            "closed",
            {"role": "author", "what": "key_result"},
            "**Ann** closed your key result LINK",
            "**Ann** 님이 내 작업 항목을 닫았어요: LINK",
        ),
        (
            "issue",
            "closed",
            {"role": "assignee", "what": "epic"},
            "**Ann** closed LINK, which is assigned to you",
            "**Ann** 님이 내가 담당하는 에픽을 닫았어요: LINK",
        ),
        (
            "issue",
            "closed",
            {"role": "mentioned", "what": "incident"},
            "**Ann** closed LINK",
            "**Ann** 님이 인시던트를 닫았어요: LINK",
        ),
        (
            "issue",
            "reopened",
            {"role": "author", "what": "issue"},
            "**Ann** reopened your issue LINK",
            "**Ann** 님이 내 이슈를 다시 열었어요: LINK",
        ),
        (
            "issue",
            "reopened",
            {"role": "author", "what": "task"},
            "**Ann** reopened your task LINK",
            "**Ann** 님이 내 태스크를 다시 열었어요: LINK",
        ),
        (
            "issue",
            "reopened",
            {"role": "author", "what": "key_result"},
            "**Ann** reopened your key result LINK",
            "**Ann** 님이 내 작업 항목을 다시 열었어요: LINK",
        ),
        (
            "issue",
            "reopened",
            {"role": "assignee", "what": "epic"},
            "**Ann** reopened LINK, which is assigned to you",
            "**Ann** 님이 내가 담당하는 에픽을 다시 열었어요: LINK",
        ),
        (
            "issue",
            "reopened",
            {"role": "mentioned", "what": "incident"},
            "**Ann** reopened LINK",
            "**Ann** 님이 인시던트를 다시 열었어요: LINK",
        ),
        (
            "emoji",
            "reacted",
            {"on": "note"},
            "**Ann** reacted with 👍 to your comment on LINK",
            "**Ann** 님이 내 댓글에 👍 반응을 남겼어요: LINK",
        ),
        (
            "emoji",
            "reacted",
            {"on": "merge_request"},
            "**Ann** reacted with 👍 to your merge request LINK",
            "**Ann** 님이 내 MR에 👍 반응을 남겼어요: LINK",
        ),
        (
            "emoji",
            "reacted",
            {"on": "issue"},
            "**Ann** reacted with 👍 to your issue LINK",
            "**Ann** 님이 내 이슈에 👍 반응을 남겼어요: LINK",
        ),
        (
            "emoji",
            "reacted",
            {"on": "snippet"},
            "**Ann** reacted with 👍 to your snippet LINK",
            "**Ann** 님이 내 스니펫에 👍 반응을 남겼어요: LINK",
        ),
        (
            "emoji",
            "reacted",
            {"on": "work_item"},
            "**Ann** reacted with 👍 to your work item LINK",
            "**Ann** 님이 내 작업 항목에 👍 반응을 남겼어요: LINK",
        ),
        (
            "emoji",
            "reacted_together",
            {"on": "note"},
            "👍 on your comment on LINK, from **Ann** and **Bea**",
            "**Ann** 님, **Bea** 님이 내 댓글에 👍 반응을 남겼어요: LINK",
        ),
        (
            "emoji",
            "reacted_together",
            {"on": "merge_request", "people": ("Ann", "Bea", "Cem")},
            "👍 on your merge request LINK, from **Ann**, **Bea** and **Cem**",
            "**Ann** 님, **Bea** 님, **Cem** 님이 내 MR에 👍 반응을 남겼어요: LINK",
        ),
        (
            "emoji",
            "reacted_together",
            {"on": "key_result", "people": ("Ann", "Bea", "Cem"), "others": 2},
            "👍 on your key result LINK, from **Ann**, **Bea**, **Cem** and 2 others",
            "**Ann** 님, **Bea** 님, **Cem** 님 외 2명이 내 작업 항목에 👍 반응을 남겼어요: LINK",
        ),
    ],
)
def test_the_sentence_of_each_event(
    file: str, block: str, values: dict[str, object], english: str, korean: str
) -> None:
    """Each person reads the sentence that is true for them: theirs, assigned to them, or neither."""
    assert WORDS.render("en", file, block, **EVENT | values) == english
    assert WORDS.render("ko", file, block, **EVENT | {"whom": whom("ko")} | values) == korean


@pytest.mark.parametrize(
    ("file", "block", "english", "korean"),
    [
        ("note", "mentioned", "**Ann** mentioned {} in LINK", "**Ann** 님이 {} 멘션했어요: LINK"),
        ("issue", "mentioned", "**Ann** mentioned {} in LINK", "**Ann** 님이 {} 멘션했어요: LINK"),
        ("merge_request", "mentioned", "**Ann** mentioned {} in LINK", "**Ann** 님이 {} 멘션했어요: LINK"),
        ("release", "release_published", "The release LINK mentions {}", "새 릴리스에서 {} 멘션했어요: LINK"),
        (
            "push",
            "push_mentioned",
            "**Ann** mentioned {} in a commit on LINK",
            "**Ann** 님이 커밋 메시지에서 {} 멘션했어요: LINK",
        ),
        (
            "wiki",
            "wiki_changed",
            "**Ann** mentioned {} on the wiki page LINK",
            "**Ann** 님이 위키 문서에서 {} 멘션했어요: LINK",
        ),
    ],
)
@pytest.mark.parametrize(
    ("group", "in_english", "in_korean"),
    [
        ("", "you", "나를"),
        ("web/tools", "your group **web/tools**", "내가 속한 **web/tools** 그룹을"),
        ("all", "everybody", "모두를"),
    ],
)
def test_whom_a_text_mentions(
    file: str, block: str, english: str, korean: str, group: str, in_english: str, in_korean: str
) -> None:
    """Each sentence says whether a person was mentioned by name, by a group of theirs, or with everybody."""
    said = {spoken: EVENT | {"whom": whom(spoken, group)} for spoken in ("en", "ko")}

    assert WORDS.render("en", file, block, **said["en"]) == english.format(in_english)
    assert WORDS.render("ko", file, block, **said["ko"]) == korean.format(in_korean)


@pytest.mark.parametrize(
    ("roles", "english", "korean"),
    [
        (["reviewer"], "are a reviewer", "리뷰어라서"),
        (["mentioned"], "were mentioned", "멘션돼서"),
        (["reviewer", "mentioned"], "are a reviewer and were mentioned", "리뷰어이고 멘션돼서"),
        (
            ["mentioned", "thread", "author"],
            "were mentioned, are in the thread and are the author",
            "멘션됐고 스레드에 참여했고 작성자라서",
        ),
        (["assignee", "author"], "are assigned and are the author", "담당자이고 작성자라서"),
        (["former_assignee"], "were assigned", "이전 담당자라서"),
        (["former_reviewer"], "were a reviewer", "이전 리뷰어라서"),
        (["starter"], "started it", "내가 실행해서"),
        (["group"], "are in **web/tools**", "**web/tools** 그룹에 속해 있어서"),
        (["group", "author"], "are in **web/tools** and are the author", "**web/tools** 그룹에 속해 있고 작성자라서"),
        (["author", "group"], "are the author and are in **web/tools**", "작성자이고 **web/tools** 그룹에 속해 있어서"),
    ],
)
def test_the_last_line_says_why_and_how_to_stop_it(roles: list[str], english: str, korean: str) -> None:
    """All reasons are named, strongest first, and the command that stops such messages stands ready to be copied."""
    values = {
        "roles": tuple(roles),
        "group": "web/tools",
        "topic": "merge_requests",
        "command": Markdown("/nudge"),
    }
    stop = "`/nudge off merge_requests`"
    assert WORDS.render("en", "because", "line", **values) == f"because you {english} · stop these: {stop}"
    assert WORDS.render("ko", "because", "line", **values) == f"{korean} 보내 드려요 · 그만 받기: {stop}"


@pytest.mark.parametrize(
    ("roles", "english", "korean"),
    [
        (["group"], "were mentioned with everybody", "모두 멘션돼서"),
        (["group", "author"], "were mentioned with everybody and are the author", "모두 멘션됐고 작성자라서"),
    ],
)
def test_the_last_line_of_a_mention_of_everybody(roles: list[str], english: str, korean: str) -> None:
    """Whom `@all` reaches is told so, and no group is named."""
    values = {"roles": tuple(roles), "group": "all", "topic": "group_mentions", "command": Markdown("/nudge")}

    assert WORDS.render("en", "because", "line", **values).startswith(f"because you {english} · ")
    assert WORDS.render("ko", "because", "line", **values).startswith(f"{korean} 보내 드려요 · ")


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("role", Role)
def test_every_role_has_its_words(role: Role, language: str) -> None:
    """Whatever makes a person hear of something can be said in the last line."""
    values = {"roles": (role.value,), "group": "web", "topic": "x", "command": "/nudge"}

    assert WORDS.render(language, "because", "line", **values)


def blocks(language: str, file: str) -> dict[str, nodes.Block]:
    """Return the blocks of one of our files, as Jinja2 reads them."""
    path = next(folder / language / file for folder in FOLDERS if (folder / language / file).is_file())
    return {block.name: block for block in Environment().parse(path.read_text("utf-8")).find_all(nodes.Block)}  # noqa: S701 - it is only read


def variables(block: nodes.Block) -> set[str]:
    alone = nodes.Template([block], lineno=1)
    known = Environment()  # noqa: S701 - it is only read
    known.filters |= SAID
    alone.set_environment(known)
    return meta.find_undeclared_variables(alone)


@pytest.mark.parametrize("file", FILES)
def test_both_languages_have_the_same_blocks_with_the_same_values(file: str) -> None:
    """Nothing can be said in one language alone, and no language leaves out what the other tells."""
    english, korean = blocks("en", file), blocks("ko", file)
    assert {name: variables(block) for name, block in english.items()} == {
        name: variables(block) for name, block in korean.items()
    }


@pytest.mark.parametrize("language", ["en", "ko"])
def test_both_languages_have_the_same_files(language: str) -> None:
    """A file that one language lacks would be English in the middle of Korean."""
    assert sorted({path.name for folder in FOLDERS for path in folder.glob(f"{language}/*.md")}) == FILES


@pytest.mark.parametrize("path", sorted(FOLDERS[1].glob("*/*.md")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_block_fits_on_a_screen(path: Path) -> None:
    """A sentence is changed where it stands, so a block is short."""
    for block in re.findall(r"{% block .*?{% endblock %}", path.read_text("utf-8"), re.DOTALL):
        assert block.count("\n") < LONGEST_BLOCK + 2, block


@pytest.mark.parametrize("path", sorted(path for folder in FOLDERS for path in folder.glob("ko/*.md")), ids=str)
def test_no_particle_that_depends_on_a_variable_follows_one(path: Path) -> None:
    """Which of two forms is right cannot be known after a name, a title or a number; so a fixed word stands between."""
    assert not re.search(
        r"}}[`*]*\s*(?:을|를|이|가|은|는|과|와|으로|로)(?![가-힣])|\(를\)|\(이\)", path.read_text("utf-8")
    )


def happened(actor: str) -> dict[str, object]:
    """Return something that `why` shows."""
    at = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    return {"at": at, "reason": "mentioned", "actor": actor, "standing": "muted", "way": Markdown("unmute web/shop")}


def waiting(party: str, value: str, url: str) -> dict[str, object]:
    """Return a list that `todo` shows."""
    items = [{"link": link(value, url), "by": value, "days": days, "state": "ready"} for days in (0, 2)]
    return {"party": party, "items": items, "count": 2, "more": 3, "all": Markdown("https://git.example.com/all")}


HOSTILE = "**x** @all ~town [a](https://evil.example) ![b](c) # :tada: <b> `\n\n- y\n```\n| z | [w] \\ $1$ https://evil.example"
CASES = [
    (language, file.removesuffix(".md"), name)
    for language in ("en", "ko")
    for file in FILES
    for name in blocks(language, file)
]


def structure(markdown: str) -> list[str]:
    """Return the kinds of tokens of a text, texts aside."""
    parsed = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)
    inner = [token.type for block in parsed for token in block.children or [] if token.type != "text"]
    return [block.type for block in parsed] + inner


@pytest.mark.parametrize(("language", "file", "block"), CASES)
@pytest.mark.parametrize("role", ["author", "assignee", "reviewer", "group"])
def test_hostile_values_change_nothing_but_the_text(language: str, file: str, block: str, role: str) -> None:
    """A sentence with the worst of names and titles has the same shape as one with the best, and mentions nobody."""

    def said(value: str, url: str) -> str:
        texts = dict.fromkeys(("actor", "account", "name", "word", "last", "group"), value)
        known: dict[str, object] = {
            "topics": ("mentions",),
            "names": ("a",),
            "roles": (role,),
            "topic": "mentions",
            "switched_on": True,
            "nearest": "off",
            "count": 2,
            "said": escape(value),
            "kinds": [escape(value)] * 2,
            "mentioned": True,
            "replied": False,
            "links": (link(value, url), link(value, url)),
            "people": (value, value),
            "others": 2,
            "jobs": [{"link": link(value, url), "stage": value, "failure": value}] * 2,
            "things": [{"link": link(value, url), "happened": [happened(value)] * 2}] * 2,
            "lists": [waiting(party, value, url) for party in ("reviewer", "author")],
            "unmatched": {"shown": [value], "more": 1},
            "letters": {"shown": [{"number": "m1", "when": "then", "what": value, "error": value}], "more": 1},
            "headline": link(value, url),
            "hooks": [link(value, url)] * 2,
            "causes": [(value, 2)],
        }
        values = EVENT | STATE | texts | known | {"role": role, "link": link(f"!42 {value}", url)}
        values |= {"whom": whom(language, value)}
        return WORDS.render(language, file, block, **values)

    hostile = said(HOSTILE, "https://git.example.com/) @all <x>")
    assert structure(hostile) == structure(said("x", "https://git.example.com/x"))
    outside_code = re.sub(r"`[^`]*`", "", hostile)
    assert not re.search(r"(?<!\w)@\w|~\w|<b>|https?://evil", outside_code)
