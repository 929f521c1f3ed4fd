"""What the slash command answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.asking import Asker, Look, Reply
from bot.commands import COMMANDS, HINT_AT_MOST, answer, hint
from bot.markdown import Markdown
from bot.preferences import Choices, Defaults, hears, opted_in
from bot.templates import Templates
from gitlab_hooks.notices import topics
from gitlab_hooks.parts import WORDS

TOPICS = topics()
TEMPLATES = Templates(*WORDS)
NOTHING = Choices()
MINA = Asker("mina", account="mina.kim", matched="email", waiting=2, last="2026-11-20 09:00 KST")


def said(text: str, choices: Choices = NOTHING, asker: Asker = MINA, language: str = "en") -> str:
    """Return the reply to a line as it is shown."""
    _, reply = answer(text, asker, choices, TOPICS, Defaults())
    return TEMPLATES.render(language, reply.words, reply.block, command=Markdown("/nudge"), **reply.values)


def chosen(*lines: str, choices: Choices = NOTHING) -> Choices:
    """Return what somebody has chosen after some lines."""
    for line in lines:
        choices, _ = answer(line, MINA, choices, TOPICS, Defaults())
    return choices


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on", Choices(opted_in=True)),
        ("off", Choices(opted_in=False)),
        ("OFF", Choices(opted_in=False)),
        ("/off", Choices(opted_in=False)),
        ("//off", Choices(opted_in=False)),
        ("  off  ", Choices(opted_in=False)),
        ("끄기", Choices(opted_in=False)),
        ("켜기", Choices(opted_in=True)),
        ("off reactions", Choices(switches={"reactions": False})),
        ("off Reaction", Choices(switches={"reactions": False})),
        ("off 반응", Choices(switches={"reactions": False})),
        ("끄기 이모지", Choices(switches={"reactions": False})),
        ("off mr", Choices(switches={"merge_requests": False})),
        ("off merge-requests", Choices(switches={"merge_requests": False})),
        ("off reactions, pipelines", Choices(switches={"reactions": False, "pipelines": False})),
        ("off approved", Choices(switches={"approved": False})),
        *(
            (text, Choices(switches={"group_mentions": False}))
            for text in (
                "off group_mentions",
                "off group-mention",
                "Off Group Mentions",
                "끄기 그룹멘션",
                "끄기 그룹 멘션",
            )
        ),
        ("off reactions merge requests", Choices(switches={"reactions": False, "merge_requests": False})),
        ("off mentions, comments", Choices(switches={"mentions": False, "comments": False})),
        ("on pipelines", Choices(switches={"pipelines": True})),
        ("language ko", Choices(language="ko")),
        ("lang Korean", Choices(language="ko")),
        ("언어 영어", Choices(language="en")),
        ("language auto", Choices(language="auto")),
        ("quote full", Choices(quote="full")),
        ("QUOTE All", Choices(quote="full")),
        ("quotes off", Choices(quote="off")),
        ("인용 짧게", Choices(quote="short")),
        ("인용 끄기", Choices(quote="off")),
        ("threads on", Choices(threads=True)),
        ("Thread ON", Choices(threads=True)),
        ("threads off", Choices(threads=False)),
        ("스레드 켜기", Choices(threads=True)),
        ("스레드 꺼", Choices(threads=False)),
        ("own on", Choices(own=True)),
        ("Own OFF", Choices(own=False)),
        ("내활동 켜기", Choices(own=True)),
        *((text, Choices()) for text in ("", "help", "?", "status", "상태", "language", "도움말")),
        *((text, Choices()) for text in ("dance", "off nothing-known", "off reactions dance", "language fr", "admin")),
        *((text, Choices()) for text in ("off group", "off group dance", "off dance mentions")),
        *((text, Choices()) for text in ("quote", "인용", "quote more", "quote ,", "threads", "스레드", "threads 7")),
        *((text, Choices()) for text in ("off ,", "/", "on -", "admin refresh", "admin dance")),
    ],
)
def test_what_changes(text: str, expected: Choices) -> None:
    """Case, language, a plural and a slash do not matter; what is not understood whole changes nothing."""
    assert chosen(text) == expected


@pytest.mark.parametrize(
    ("text", "english", "korean"),
    [
        ("on", "You are **on**: everything that concerns you arrives here.", "알림이 **켜져** 있어요."),
        ("off", "You are **off**: nothing arrives here. `/nudge on` brings it back.", "알림이 **꺼져** 있어요."),
        ("off reactions", "`reactions`: now **off**.", "**껐어요**: `reactions`"),
        ("language en", "I write to you in English from now on.", "이제 한국어로 알려 드려요."),
        ("language auto", "in the language of your Mattermost, which is English.", "Mattermost 설정 언어인 한국어"),
        ("quote off", "I quote nothing from now on.", "이제 댓글을 인용하지 않아요."),
        ("quote", "- Quoted comments: short", "- 댓글 인용: 앞부분만"),
        ("threads on", "their badge is at *Threads*, not at this", "배지는 이 대화가 아니라 *스레드*에 떠요."),
        ("threads off", "Every message stands by itself from now on", "이제 메시지를 하나씩 따로 보내 드려요."),
        ("threads", "- Threads: off", "- 스레드: 꺼짐"),
        ("own on", "From now on you hear of what you did yourself, too.", "이제 내가 한 일도 알려 드려요."),
        ("own off", "From now on you hear only of what others did", "이제 다른 사람이 한 일과"),
        ("own", "- Your own acts: not told", "- 내가 한 일: 알림 없음"),
        ("dance", "I do not know “dance”, and nothing was changed.", "“dance” 명령어는 모르겠어요. 바뀐 것은 없어요."),
        ("stats", "Did you mean `status`?", "혹시 `status`인가요?"),
        ("off reactoins", "Did you mean `reactions`?", "혹시 `reactions`인가요?"),
        ("status", "**mina.kim** (Mattermost: mina, same e-mail)", "계정: **mina.kim**"),
        ("language", "- Language: ", "- 언어: "),
        ("status", "Waiting to be sent: 2", "알림: 2개"),
        ("status", "Last sent: 2026-11-20", "마지막 알림: 2026-11-20"),
        ("help", "- `reactions`: emoji on what you wrote", "- `reactions`: 내 글에 달린 이모지"),
        ("test", "A sample is on its way to you.", "테스트 알림을 보냈어요."),
        ("Samples", "Did you mean `sample`?", "혹시 `sample`인가요?"),
        ("lnik", "Did you mean `link`?", "혹시 `link`인가요?"),
        ("admin", "Only administrators", "관리자만 할 수 있어요."),
        ("admin people", "Only administrators", "관리자만 할 수 있어요."),
        ("admin refresh", "Only administrators can do that. Nothing was changed.", "관리자만 할 수 있어요."),
    ],
)
def test_what_is_said(text: str, english: str, korean: str) -> None:
    """The answer shows what now holds, or what was not understood, in English and in Korean."""
    assert english in said(text)
    assert korean in said(text, language="ko")


@pytest.mark.parametrize(
    ("lines", "on", "off"),
    [
        ([], "`mentions`, `comments`, `reviews`, `assignments`", ""),
        (["off reviews"], "`mentions`, `comments`, `assignments`", "`reviews`"),
        (["off approved"], "`mentions`, `comments`, `reviews`", "`approved`"),
        (["off group_mentions"], "`mentions`, `comments`, `reviews`", "`group_mentions`"),
        (["off mentions", "on group_mentions"], "`group_mentions`, `comments`", "`mentions`"),
        (["off group_mentions", "on mentions"], "`mentions`, `comments`, `reviews`", ""),
        (["off reviews", "on approved"], "`mentions`, `comments`, `approved`", "`reviews`"),
        (["off approved", "on reviews"], "`mentions`, `comments`, `reviews`", ""),
        (["off mentions comments", "off"], "`reviews`", "`mentions`, `comments`"),
    ],
)
def test_status_lists(lines: list[str], on: str, off: str) -> None:
    """`status` lists every topic as on or off, and every single reason that differs from its topic."""
    shown = said("status", chosen(*lines)).splitlines()
    lists = {line[2:].partition(": ")[0]: line.partition(": ")[2] for line in shown if line.startswith("- ")}

    assert lists["On"].startswith(on)
    assert lists.get("Off", "") == off


@pytest.mark.parametrize(
    ("matched", "english"),
    [
        ("people", "set by an administrator"),
        ("name", "same user name"),
        ("conflict", "**more than one could be yours**, so nothing is sent"),
        ("none", "**none found** for mina, so nothing can be sent"),
    ],
)
def test_account(matched: str, english: str) -> None:
    """`status` says which account is the person's and how it was found, or why there is none."""
    account = "" if matched in {"conflict", "none"} else "mina.kim"

    assert english in said("status", asker=Asker("mina", account=account, matched=matched))


def test_account_not_known_yet() -> None:
    """Where GitLab does not answer quickly enough, `status` does not say that there is no account."""
    for language in ("en", "ko"):
        shown = said("status", asker=Asker("mina", matched="unknown"), language=language)
        assert "****" not in shown
        assert "unknown" not in shown


def test_administrators() -> None:
    """`admin refresh` is for administrators."""
    _, reply = answer("admin refresh", Asker("root", admin=True), Choices(), TOPICS, Defaults())

    assert (reply.block, reply.refresh) == ("refreshed", True)


@pytest.mark.parametrize(
    ("line", "english", "korean"),
    [
        ("off", "Nothing else is: you are **off**.", "다른 알림은 **꺼져** 있어요."),
        ("snooze 2h", "Everything else waits until **Thu 1 Jan, 02:00**.", "**1월 1일(목) 02:00**까지 미뤄 뒀어요."),
    ],
)
def test_a_sample_says_what_else_arrives(line: str, english: str, korean: str) -> None:
    """Who asks for a sample and hears nothing else is told so."""
    assert english in said("test", chosen(line))
    assert korean in said("test", chosen(line), language="ko")


ROOT = Asker("root", admin=True)


@pytest.mark.parametrize(
    ("line", "look"),
    [
        ("link", Look("link")),
        ("Link @Jane.Doe", Look("link", ("@jane.doe",))),
        ("연결 jane.doe", Look("link", ("jane.doe",))),
        ("unlink", Look("unlink")),
        ("연결해제", Look("unlink")),
        ("admin people", Look("admin people")),
        ("관리 사람", Look("admin people")),
        ("admin failed", Look("admin failed")),
        ("admin retry M12", Look("admin retry", ("m12",))),
    ],
)
def test_what_the_other_side_looks_up(line: str, look: Look) -> None:
    """What has to be looked up is named by its row, with the words behind it, and changes no choice."""
    after, reply = answer(line, ROOT, NOTHING, TOPICS, Defaults())

    assert (after, reply.look) == (NOTHING, look)


@pytest.mark.parametrize(
    ("line", "said_so"),
    [
        ("admin", "For administrators"),
        ("admin test", "For administrators"),
        ("admin test a b", "For administrators"),
        ("admin peopel", "Did you mean `admin people`?"),
        ("admin dance", "I do not know “admin dance”"),
        ("admin test @Mina", "A sample is on its way to **mina**."),
    ],
)
def test_administrators_near_misses(line: str, said_so: str) -> None:
    """What an administrator mistypes is answered with the nearest command, or with all there are."""
    assert said_so in said(line, asker=ROOT)


@pytest.mark.parametrize("words", ["", "people", "failed", "retry m1", "refresh", "test @ann", "dance"])
def test_admin_is_not_for_everybody(words: str) -> None:
    """Nobody but an administrator has anything looked up, sent, tried again or read anew."""
    after, reply = answer(f"admin {words}", MINA, NOTHING, TOPICS, Defaults())

    assert (after, reply) == (NOTHING, Reply("not_admin", {}))


@pytest.mark.parametrize(
    ("house", "line", "field", "before", "after"),
    [
        (Defaults(opted_in=False), "on", "on", False, True),
        (Defaults(quote="full"), "quote off", "quote", "full", "off"),
        (Defaults(), "threads on", "threads", False, True),
        (Defaults(language="ko"), "language en", "language", "ko", "en"),
    ],
)
def test_house_defaults(house: Defaults, line: str, field: str, before: object, after: object) -> None:
    """`status` shows what the house has chosen until the person has chosen otherwise."""
    _, first = answer("status", MINA, Choices(), TOPICS, house)
    _, then = answer(line, MINA, Choices(), TOPICS, house)

    assert (first.values[field], then.values[field]) == (before, after)


def test_one_name_one_command() -> None:
    """No two commands share a name."""
    names = [name for command in COMMANDS for name in command.names]

    assert len(names) == len(set(names))


def test_hint() -> None:
    """What is shown behind the trigger names every command that help shows to everybody, and fits."""
    assert hint().strip("[]").split("|") == [command.name for command in COMMANDS if command.group]
    assert "admin" not in hint()
    assert len(hint()) <= HINT_AT_MOST


NAMES = st.sampled_from([*TOPICS, *sorted({reason for below in TOPICS.values() for reason in below})])
SWITCHES = st.dictionaries(NAMES, st.booleans())
QUOTED = st.sampled_from([None, "off", "short", "full"])
CHOICES = st.builds(
    Choices,
    st.sampled_from([None, True, False]),
    st.sampled_from([None, "en", "ko"]),
    SWITCHES,
    QUOTED,
    st.sampled_from([None, True, False]),
)


def holds(choices: Choices) -> object:
    """Return everything that choices mean."""
    heard = {(reason, topic): hears(choices, reason, topic) for topic, below in TOPICS.items() for reason in below}
    return opted_in(choices, Defaults()), choices.language, choices.quote, choices.threads, heard


@given(CHOICES, NAMES)
def test_off_then_on(choices: Choices, name: str) -> None:
    """Off then on is as if only on had been said, for everything and for one topic or reason."""
    assert holds(chosen("off", "on", choices=choices)) == holds(chosen("on", choices=choices))
    assert holds(chosen(f"off {name}", f"on {name}", choices=choices)) == holds(chosen(f"on {name}", choices=choices))


@given(CHOICES)
def test_off_then_on_keeps_the_rest(choices: Choices) -> None:
    """Who is off for a while and on again finds what they had chosen before."""
    before = chosen("on", choices=choices)

    assert chosen("off", "on", choices=before) == before


KNOWN = {name for command in COMMANDS for name in command.names}


@given(CHOICES, st.text(), st.text())
def test_unknown_words_change_nothing(choices: Choices, first: str, rest: str) -> None:
    """Whatever does not begin with a command changes nothing and is called unknown, however it goes on."""
    words = f"{first} {rest}".lower().split()
    if not words or words[0].lstrip("/") in KNOWN:
        return
    after, reply = answer(f"{first} {rest}", MINA, choices, TOPICS, Defaults())

    assert (after, reply.block) == (choices, "unknown")


WORDS_TYPED = st.lists(st.one_of(st.sampled_from(sorted(KNOWN)), NAMES, st.text()), max_size=5)


@given(CHOICES, WORDS_TYPED, st.sampled_from(["en", "ko"]))
def test_any_text_is_answered(choices: Choices, words: list[str], language: str) -> None:
    """Any text at all is answered in both languages, in a text that Mattermost takes and that pings nobody."""
    shown = said(" ".join(words), choices, language=language)

    assert 0 < len(shown) < 16_384
    assert "\x00" not in shown


@pytest.mark.parametrize("text", ["x" * 100_000, "off " + "ㅋ" * 100_000, "off " + "reactions " * 10_000, "@all " * 9])
def test_long_text_is_answered(text: str) -> None:
    """However long a line is, the answer is short."""
    assert len(said(text)) < 2_000
    assert "@all" not in said(text)
