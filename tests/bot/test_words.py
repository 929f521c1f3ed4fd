"""What the slash command answers, in both languages: always the state that now holds."""

from pathlib import Path

import pytest

from bot.markdown import JOINER, Markdown
from bot.templates import Templates

WORDS = Templates(Path(__file__).parents[2] / "bot" / "words")
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
    "own": False,
    "snoozed": None,
    "quiet": None,
    "digest": None,
    "mutes": (),
    "zone": "KST",
    "waiting": 0,
    "last": "",
}


@pytest.mark.parametrize(
    ("block", "values", "english", "korean"),
    [
        (
            "status",
            {},
            (
                "You are **on**: everything that concerns you arrives here.\n"
                "\n"
                "- On: `mentions`, `reviews`\n"
                "- Account: **ann.lee** (Mattermost: ann, same e-mail)\n"
                "- Language: as your Mattermost is set\n"
                "- Quoted comments: short\n"
                "- Threads: off\n"
                "- Your own acts: not told\n"
                "- Waiting to be sent: 0"
            ),
            (
                "알림이 **켜져** 있어요. 나와 관련된 소식이 여기로 와요.\n"
                "\n"
                "- 켜짐: `mentions`, `reviews`\n"
                "- 계정: **ann.lee** (Mattermost: ann, 이메일 일치)\n"
                "- 언어: Mattermost 설정대로\n"
                "- 댓글 인용: 앞부분만\n"
                "- 스레드: 꺼짐\n"
                "- 내가 한 일: 알림 없음\n"
                "- 대기 중인 알림: 0개"
            ),
        ),
        (
            "status",
            {
                "off": ("reviews", "pipelines"),
                "on_list": ("mentions",),
                "language": "ko",
                "quote": "full",
                "threads": True,
                "matched": "people",
                "waiting": 3,
                "last": "2026-11-24 04:41 KST",
            },
            (
                "You are **on**: what concerns you arrives here, all but what is off.\n"
                "\n"
                "- On: `mentions`\n"
                "- Off: `reviews`, `pipelines`\n"
                "- Account: **ann.lee** (Mattermost: ann, set by an administrator)\n"
                "- Language: Korean\n"
                "- Quoted comments: in full\n"
                "- Threads: on\n"
                "- Your own acts: not told\n"
                "- Waiting to be sent: 3\n"
                "- Last sent: 2026-11-24 04:·41 KST"
            ),
            (
                "알림이 **켜져** 있어요. 꺼 둔 주제만 빼고 나와 관련된 소식이 여기로 와요.\n"
                "\n"
                "- 켜짐: `mentions`\n"
                "- 꺼짐: `reviews`, `pipelines`\n"
                "- 계정: **ann.lee** (Mattermost: ann, 관리자가 지정)\n"
                "- 언어: 한국어\n"
                "- 댓글 인용: 전체\n"
                "- 스레드: 켜짐\n"
                "- 내가 한 일: 알림 없음\n"
                "- 대기 중인 알림: 3개\n"
                "- 마지막 알림: 2026-11-24 04:·41 KST"
            ),
        ),
        (
            "status",
            {
                "on": False,
                "on_list": (),
                "off": ("mentions",),
                "matched": "none",
                "account": "",
                "language": "en",
                "quote": "off",
            },
            (
                "You are **off**: nothing arrives here. `/nudge on` brings it back.\n"
                "\n"
                "- Off: `mentions`\n"
                "- Account: **none found** for ann, so nothing can be sent; "
                "`/nudge link` finds it, or an administrator can enter it\n"
                "- Language: English\n"
                "- Quoted comments: none\n"
                "- Threads: off\n"
                "- Your own acts: not told\n"
                "- Waiting to be sent: 0"
            ),
            (
                "알림이 **꺼져** 있어요. 다시 켜려면 `/nudge on`.\n"
                "\n"
                "- 꺼짐: `mentions`\n"
                "- 계정: ann 님의 계정을 **찾지 못해서** 알림을 보낼 수 없어요. "
                "`/nudge link`로 직접 연결하거나 관리자가 등록할 수 있어요\n"
                "- 언어: 영어\n"
                "- 댓글 인용: 안 함\n"
                "- 스레드: 꺼짐\n"
                "- 내가 한 일: 알림 없음\n"
                "- 대기 중인 알림: 0개"
            ),
        ),
        (
            "status",
            {"matched": "conflict", "account": ""},
            (
                "You are **on**: everything that concerns you arrives here.\n"
                "\n"
                "- On: `mentions`, `reviews`\n"
                "- Account: **more than one could be yours**, so nothing is sent until an administrator has decided, "
                "or `/nudge link` has shown whose it is\n"
                "- Language: as your Mattermost is set\n"
                "- Quoted comments: short\n"
                "- Threads: off\n"
                "- Your own acts: not told\n"
                "- Waiting to be sent: 0"
            ),
            (
                "알림이 **켜져** 있어요. 나와 관련된 소식이 여기로 와요.\n"
                "\n"
                "- 켜짐: `mentions`, `reviews`\n"
                "- 계정: **내 것일 수 있는 계정이 여러 개**라서 알림을 보내지 않아요. "
                "`/nudge link`로 직접 연결하거나 관리자가 정할 수 있어요\n"
                "- 언어: Mattermost 설정대로\n"
                "- 댓글 인용: 앞부분만\n"
                "- 스레드: 꺼짐\n"
                "- 내가 한 일: 알림 없음\n"
                "- 대기 중인 알림: 0개"
            ),
        ),
        (
            "status",
            {"matched": "name"},
            (
                "You are **on**: everything that concerns you arrives here.\n"
                "\n"
                "- On: `mentions`, `reviews`\n"
                "- Account: **ann.lee** (Mattermost: ann, same user name)\n"
                "- Language: as your Mattermost is set\n"
                "- Quoted comments: short\n"
                "- Threads: off\n"
                "- Your own acts: not told\n"
                "- Waiting to be sent: 0"
            ),
            (
                "알림이 **켜져** 있어요. 나와 관련된 소식이 여기로 와요.\n"
                "\n"
                "- 켜짐: `mentions`, `reviews`\n"
                "- 계정: **ann.lee** (Mattermost: ann, 사용자 이름 일치)\n"
                "- 언어: Mattermost 설정대로\n"
                "- 댓글 인용: 앞부분만\n"
                "- 스레드: 꺼짐\n"
                "- 내가 한 일: 알림 없음\n"
                "- 대기 중인 알림: 0개"
            ),
        ),
        (
            "changed_on",
            {},
            ("You are **on**: everything that concerns you arrives here."),
            ("알림이 **켜져** 있어요. 나와 관련된 소식이 여기로 와요."),
        ),
        (
            "changed_on",
            {"off": ("reviews", "issues")},
            ("You are **on**: what concerns you arrives here, all but `reviews`, `issues`."),
            ("알림이 **켜져** 있어요. 꺼 둔 주제만 빼고 나와 관련된 소식이 여기로 와요. 꺼짐: `reviews`, `issues`"),
        ),
        (
            "changed_off",
            {"on": False},
            ("You are **off**: nothing arrives here. `/nudge on` brings it back."),
            ("알림이 **꺼져** 있어요. 다시 켜려면 `/nudge on`."),
        ),
        (
            "topics_changed",
            {"names": ("reviews", "issues"), "switched_on": False, "off": ("reviews", "issues")},
            ("`reviews`, `issues`: now **off**.\nWhat concerns you arrives here, all but `reviews`, `issues`."),
            ("**껐어요**: `reviews`, `issues`\n나와 관련된 나머지 소식은 여기로 와요. 꺼짐: `reviews`, `issues`"),
        ),
        (
            "topics_changed",
            {"names": ("reviews",), "switched_on": True},
            ("`reviews`: now **on**.\nYou are **on**: everything that concerns you arrives here."),
            ("**켰어요**: `reviews`\n알림이 **켜져** 있어요. 나와 관련된 소식이 여기로 와요."),
        ),
        (
            "topics_changed",
            {"names": ("reviews",), "switched_on": True, "on": False},
            ("`reviews`: now **on**.\nBut you are **off** altogether: `/nudge on` brings the rest back."),
            ("**켰어요**: `reviews`\n지금은 전체 알림이 **꺼져** 있어요. 다시 켜려면 `/nudge on`."),
        ),
        (
            "unknown",
            {"word": "@all", "nearest": "off"},
            ("I do not know “@·all”, and nothing was changed.\nDid you mean `off`?\n`/nudge help` shows what I know."),
            (
                "“@·all” 명령어는 모르겠어요. 바뀐 것은 없어요.\n"
                "혹시 `off`인가요?\n"
                "쓸 수 있는 명령어는 `/nudge help`에서 볼 수 있어요."
            ),
        ),
        (
            "unknown",
            {"word": "jump", "nearest": ""},
            ("I do not know “jump”, and nothing was changed.\n`/nudge help` shows what I know."),
            ("“jump” 명령어는 모르겠어요. 바뀐 것은 없어요.\n쓸 수 있는 명령어는 `/nudge help`에서 볼 수 있어요."),
        ),
        (
            "not_member",
            {},
            (
                "I do not know you yet: you are not in the notification channel.\n"
                "Join it, wait a minute, and `/nudge status` shows how you are known."
            ),
            (
                "아직 알림 채널의 멤버가 아니라서 누구신지 알 수 없어요.\n"
                "알림 채널에 참여하고 잠시 뒤에 `/nudge status`로 확인해 보세요."
            ),
        ),
        (
            "language_set",
            {},
            ("I write to you in the language of your Mattermost, which is English."),
            ("Mattermost 설정 언어인 한국어로 알려 드려요."),
        ),
        (
            "language_set",
            {"language": "chosen"},
            ("I write to you in English from now on."),
            ("이제 한국어로 알려 드려요."),
        ),
        (
            "quote_set",
            {},
            ("I quote the beginning of comments from now on."),
            ("이제 댓글의 앞부분만 인용해요."),
        ),
        (
            "quote_set",
            {"quote": "full"},
            ("I quote comments in full from now on."),
            ("이제 댓글 전체를 인용해요."),
        ),
        (
            "quote_set",
            {"quote": "off"},
            ("I quote nothing from now on."),
            ("이제 댓글을 인용하지 않아요."),
        ),
        (
            "threads_set",
            {"threads": True},
            (
                "From now on, later news replies to the first message about the same thing.\n"
                "Where your Mattermost collapses threads, their badge is at *Threads*, not at this conversation."
            ),
            (
                "이제 같은 일의 다음 소식은 첫 메시지의 답글로 보내 드려요.\n"
                "답글을 스레드로 모아서 보는 설정이라면 배지는 이 대화가 아니라 *스레드*에 떠요."
            ),
        ),
        (
            "threads_set",
            {},
            ("Every message stands by itself from now on, and lights the badge here."),
            ("이제 메시지를 하나씩 따로 보내 드려요. 배지도 이 대화에 떠요."),
        ),
        (
            "own_set",
            {"own": True},
            ("From now on you hear of what you did yourself, too."),
            ("이제 내가 한 일도 알려 드려요."),
        ),
        (
            "own_set",
            {},
            ("From now on you hear only of what others did, and of your own pipelines."),
            ("이제 다른 사람이 한 일과 내 파이프라인 소식만 알려 드려요."),
        ),
        (
            "refreshed",
            {},
            ("The members of the notification channel have been read again."),
            ("알림 채널의 멤버를 다시 읽었어요."),
        ),
        (
            "not_admin",
            {},
            ("Only administrators can do that. Nothing was changed."),
            ("관리자만 할 수 있어요. 바뀐 것은 없어요."),
        ),
        (
            "trouble",
            {},
            ("That did not work just now: something I need did not answer. Please try again in a moment."),
            ("지금은 처리하지 못했어요. 필요한 서버가 응답하지 않아요. 잠시 뒤에 다시 해 보세요."),
        ),
        (
            "sample",
            {},
            ("This is a sample. If you see a badge beside it, messages reach you."),
            ("테스트 알림이에요. 옆에 배지가 보이면 알림이 잘 도착하고 있어요."),
        ),
    ],
)
def test_the_answers_of_the_slash_command(block: str, values: dict[str, object], english: str, korean: str) -> None:
    """Each answer says what now is, and what to type next (a dot is the joiner)."""
    said = [WORDS.render(language, "nudge", block, **STATE | values).replace(JOINER, "·") for language in ("en", "ko")]
    assert said == [english, korean]
