"""The commands that let messages wait or keep them away: what they change, and what is answered."""

from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.asking import Asker
from bot.commands import COMMANDS, GROUPS, answer
from bot.markdown import JOINER, Markdown
from bot.mutes import Mute
from bot.muting import MOST
from bot.preferences import Choices, Defaults
from bot.quiet import Quiet
from bot.said import english_hours, korean_hours
from bot.templates import Templates
from bot.when import DAY
from gitlab_hooks.notices import topics
from gitlab_hooks.parts import WORDS
from gitlab_hooks.what import key_of

TEMPLATES = Templates(*WORDS)
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=ZoneInfo("Asia/Seoul"))
MINA = Asker("mina", account="mina.kim", matched="email", now=NOW)
KEY_OF = partial(key_of, "https://gitlab.example.com")
HOUR = 3_600_000
TYPED = (
    *("mute", "unmute", "mutes", "snooze", "wake", "quiet", "web/shop!1", "@kim", "bots", "for", "2h", "until", "fri"),
    *(
        "9",
        "19:00-08:00",
        "mon-fri",
        "weekends",
        "off",
        "all",
        "--mentions",
        "음소거",
        "스누즈",
        "방해금지",
        "월요일",
        "x",
    ),
)
NOTHING = Choices()


def ask(text: str, choices: Choices = NOTHING, asker: Asker = MINA) -> tuple[Choices, dict[str, Markdown]]:
    """Type a line; return what is chosen then, and what is said in each language."""
    chosen, reply = answer(text, asker, choices, topics(), Defaults(), KEY_OF)
    said = {
        language: TEMPLATES.render(language, reply.words, reply.block, command=Markdown("/nudge"), **reply.values)
        for language in ("en", "ko")
    }
    return chosen, said


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=NOW.tzinfo).timestamp() * 1000)


SLEEPY = Choices(snoozed=at("2026-11-24 18:00"), quiet=Quiet(19 * 60, 8 * 60), mutes=(Mute("web/shop"), Mute("bots")))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("snooze 2h", {"snoozed": at("2026-11-24 17:00")}),
        ("snooze for 2 days", {"snoozed": at("2026-11-26 15:00")}),
        ("Snooze until Fri 17:00", {"snoozed": at("2026-11-27 17:00")}),
        ("스누즈 2시간", {"snoozed": at("2026-11-24 17:00")}),
        ("미루기 금요일 17시까지", {"snoozed": at("2026-11-27 17:00")}),
        ("wake", {"snoozed": 0}),
        ("재개", {"snoozed": 0}),
        ("quiet 19:00-08:00", {"quiet": Quiet(19 * 60, 8 * 60)}),
        ("quiet 7pm to 8am mon-fri weekends", {"quiet": Quiet(19 * 60, 8 * 60, (0, 1, 2, 3, 4), weekends=True)}),
        ("quiet mon,wed 12-13", {"quiet": Quiet(12 * 60, 13 * 60, (0, 2))}),
        ("quiet 22:00 - 24:00", {"quiet": Quiet(22 * 60, DAY)}),
        ("quiet 24:00-08:00", {"quiet": Quiet(0, 8 * 60)}),
        ("quiet weekends", {"quiet": Quiet(0, DAY, (5, 6))}),
        ("방해금지 19시부터 8시까지 평일", {"quiet": Quiet(19 * 60, 8 * 60, (0, 1, 2, 3, 4))}),
        ("quiet off", {"quiet": None}),
        ("방해금지 끄기", {"quiet": None}),
        ("mute api", {"mutes": (*SLEEPY.mutes, Mute("api"))}),
        ("mute Web/Shop!12 for 3 days", {"mutes": (*SLEEPY.mutes, Mute("web/shop!12", at("2026-11-27 15:00")))}),
        ("mute web/shop 3일 동안", {"mutes": (Mute("bots"), Mute("web/shop", at("2026-11-27 15:00")))}),
        ("mute web/shop --mentions", {"mutes": (Mute("bots"), Mute("web/shop", mentions=True))}),
        ("mute —mentions @kim", {"mutes": (*SLEEPY.mutes, Mute("@kim", mentions=True))}),
        (f"mute @{JOINER}kim", {"mutes": (*SLEEPY.mutes, Mute("@kim"))}),
        ("mute bots until fri", {"mutes": (Mute("web/shop"), Mute("bots", at("2026-11-27 09:00")))}),
        ("unmute bots", {"mutes": (Mute("web/shop"),)}),
        ("unmute https://gitlab.example.com/web/shop", {"mutes": (Mute("bots"),)}),
        ("음소거해제 봇", {"mutes": (Mute("web/shop"),)}),
        ("unmute all", {"mutes": ()}),
        *(
            (text, {})
            for text in (
                "snooze",
                "snooze x",
                "snooze today 9",
                "snooze until 2062-12-24",
                "quiet",
                "quiet x",
                "quiet 9",
                "quiet 0-24",
            )
        ),
        *((text, {}) for text in ("quiet 25-9", "quiet 9-12 x", "mute", "mutes", "unmute", "unmute api", "mute web x")),
        *((text, {}) for text in ("mute https://elsewhere.example/web", "mute --mentions", "mute a,b", "unmute !!")),
    ],
)
def test_what_changes(text: str, expected: dict[str, object]) -> None:
    """A line changes what it names and nothing else; what is not understood whole changes nothing."""
    assert ask(text, SLEEPY)[0] == msgspec.structs.replace(SLEEPY, **expected)


@pytest.mark.parametrize(
    ("text", "choices", "english", "korean"),
    [
        ("snooze 2h", Choices(), "until **Tue 24 Nov, 17:00** (KST)", "**11월 24일(화) 17:00**까지 모아 뒀다가"),
        ("snooze", Choices(), "Tell me for how long", "얼마 동안, 또는 언제까지"),
        ("snooze", SLEEPY, "Snoozed until **Tue 24 Nov, 18:00**", "**11월 24일(화) 18:00**까지 알림을 미뤄 뒀어요"),
        (
            "snooze x",
            Choices(),
            "“x” as a time in the future, and nothing was changed",
            "언제인지 알아듣지 못했어요: “x”",
        ),
        ("wake", Choices(), "Nothing was waiting.", "모아 둔 알림은 없어요."),
        ("wake", SLEEPY, "or when quiet time ends (19:00–08:00)", "방해 금지 시간(19:00–08:00)이면"),
        ("quiet", Choices(), "Tell me the hours", "시간을 알려 주세요"),
        ("quiet", SLEEPY, "Quiet time: 19:00–08:00 every day (KST).", "방해 금지 시간: 매일 19:00–08:00 (KST)."),
        ("quiet weekends", Choices(), "Quiet time: whole weekends (KST).", "방해 금지 시간: 주말 하루 종일 (KST)."),
        ("quiet off", SLEEPY, "No quiet time any more", "방해 금지 시간을 없앴어요"),
        ("quiet 0-24", Choices(), "That would leave no hour", "받을 수 있는 시간이 없어져서"),
        ("quiet x", Choices(), "I do not understand “x”", "“x” 시간은 알아듣지 못했어요"),
        ("mute @kim", Choices(), "`@kim` is **muted**. When a person mentions you", "**음소거했어요**: `@kim`."),
        ("mute web for 1d", Choices(), "until Wed 25 Nov, 15:00", "`web`, 11월 25일(수) 15:00까지."),
        ("mute web --mentions", Choices(), "`web` is **muted**, mentions too.", "멘션도 알리지 않아요."),
        ("mute", SLEEPY, "Muted now:\n\n- `web/shop`\n- `bots`", "지금 음소거한 것:\n\n- `web/shop`\n- `bots`"),
        ("mute a,b", Choices(), "I do not know what “a,b” is", "무엇인지 모르겠어요: “a,b”"),
        ("mute web x", Choices(), "“x” as a time in the future", "언제인지 알아듣지 못했어요: “x”"),
        ("mutes", SLEEPY, "Muted:\n\n- `web/shop`\n- `bots`", "음소거한 것:\n\n- `web/shop`\n- `bots`"),
        ("mutes", Choices(), "Nothing is muted.", "음소거한 것이 없어요."),
        ("mutes", Choices(mutes=(Mute("x", 1),)), "Nothing is muted.", "음소거한 것이 없어요."),
        ("unmute", SLEEPY, "Tell me which:", "무엇을 풀지 알려 주세요."),
        ("unmute", Choices(), "Nothing is muted.", "음소거한 것이 없어요."),
        ("unmute bots", SLEEPY, "Still muted:\n\n- `web/shop`", "아직 음소거한 것:\n\n- `web/shop`"),
        ("unmute api", SLEEPY, "“api” was not muted", "“api”"),
        ("unmute all", SLEEPY, "Nothing is muted any more.", "음소거를 모두 풀었어요."),
        ("status", SLEEPY, "- Muted: `web/shop`, `bots`", "- 음소거: `web/shop`, `bots`"),
        (
            "status",
            SLEEPY,
            "- Snoozed until **Tue 24 Nov, 18:00** (KST)",
            "- **11월 24일(화) 18:00**까지 미뤄 둠 (KST).",
        ),
        ("status", SLEEPY, "- Quiet time: 19:00–08:00 every day (KST)", "- 방해 금지 시간: 매일 19:00–08:00 (KST)"),
        ("help mute", Choices(), "**mute**: hear nothing about a project", "**mute**: 프로젝트, 그룹"),
        ("help 스누즈", Choices(), "- `/nudge snooze until fri 17:00`", "이렇게 입력해도 돼요: `pause`"),
        ("help reviews", Choices(), "**reviews**: review requests", "이유마다 따로 켜고 끌 수 있어요: `approved`"),
        ("help nothing", Choices(), "I do not know “nothing”", "“nothing” 명령어는 모르겠어요"),
    ],
)
def test_what_is_said(text: str, choices: Choices, english: str, korean: str) -> None:
    """Every answer says what now holds, or what was not understood, in English and in Korean."""
    _, said = ask(text, choices)

    assert english in said["en"]
    assert korean in said["ko"]


def test_what_waited() -> None:
    """Who wakes is told how much comes."""
    _, said = ask("wake", asker=Asker("mina", waiting=3, now=NOW))

    assert "What waited comes now: 3." in said["en"]
    assert "모아 둔 알림 3개를 지금 보내 드려요." in said["ko"]


def test_no_time_zone() -> None:
    """Whose Mattermost tells no time zone is told that hours are UTC, and where to mend that."""
    _, said = ask("quiet 19-8", asker=Asker("mina", now=NOW.astimezone(UTC)))

    assert "(UTC)" in said["en"]
    assert "*Settings → Display → Timezone*" in said["en"]


def test_too_many_mutes() -> None:
    """There is an end to what one person may mute; what is over does not count, and what is muted can be changed."""
    many = Choices(mutes=tuple(Mute(f"p{number}") for number in range(MOST)))
    chosen, said = ask("mute web", many)
    assert (chosen, "100 things are muted already" in said["en"]) == (many, True)

    longer, _ = ask("mute p0 --mentions", many)
    assert longer.mutes == (*many.mutes[1:], Mute("p0", mentions=True))

    over = msgspec.structs.replace(many, mutes=(*many.mutes[1:], Mute("old", until=1)))
    assert ask("mute web", over)[0].mutes == (*many.mutes[1:], Mute("web"))


@given(st.lists(st.sampled_from(TYPED), max_size=6).map(" ".join))
def test_any_words_are_answered(text: str) -> None:
    """Whatever is typed is answered in both languages, and what is chosen can be kept and read again."""
    chosen, said = ask(text, SLEEPY)

    assert all(said.values())
    assert msgspec.json.decode(msgspec.json.encode(chosen), type=Choices) == chosen


@given(st.sampled_from(["2h", "3 days", "fri 17:00"]), st.sampled_from(["19-8", "weekends", "9:00-17:00 mon"]))
def test_back_and_forth(span: str, hours: str) -> None:
    """Snooze then wake, quiet then off, mute then unmute: as if nothing had been."""
    chosen = Choices()
    for line in (f"snooze {span}", f"quiet {hours}", "mute web/shop", "unmute web/shop", "quiet off", "wake"):
        chosen = ask(line, chosen)[0]

    assert chosen == Choices()


@pytest.mark.parametrize(
    ("quiet", "english", "korean"),
    [
        (Quiet(19 * 60, 8 * 60), "19:00–08:00 every day", "매일 19:00–08:00"),
        (Quiet(0, DAY, (5, 6)), "whole weekends", "주말 하루 종일"),
        (
            Quiet(60, 120, (0, 1, 2, 3, 4), weekends=True),
            "01:00–02:00 Mon–Fri and whole weekends",
            "평일 01:00–02:00, 주말 하루 종일",
        ),
        (Quiet(22 * 60, DAY, (0, 2)), "22:00–24:00 Mon, Wed", "월·수 22:00–24:00"),
    ],
)
def test_hours(quiet: Quiet, english: str, korean: str) -> None:
    """Hours are said as people say them."""
    assert (english_hours(quiet), korean_hours(quiet)) == (english, korean)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_help_knows_every_command(language: str) -> None:
    """Help shows every command with its examples, in its group or where asked for by name, and what it means."""
    blocks = TEMPLATES.blocks(language, "help")

    for command in COMMANDS:
        assert f"command_{command.name}" in blocks
        assert command.group in {*GROUPS, ""}
        said = ask("help" if command.group else f"help {command.name}")[1][language]
        assert all(f"`/nudge {example}`" in said for example in command.examples)
    assert {f"topic_{topic}" for topic in topics()} <= blocks


def test_no_name_means_two_things() -> None:
    """No two commands share a name."""
    names = [name for command in COMMANDS for name in command.names]

    assert len(names) == len(set(names))
