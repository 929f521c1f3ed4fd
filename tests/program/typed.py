"""Every command there is, and how the answer to it begins."""

from playground.gitlab import merge_requests
from tests.program.running import House, opened

TYPED = (
    ("", "You are told here what concerns you", "나와 관련된 소식만"),
    ("help", "You are told here what concerns you", "나와 관련된 소식만"),
    ("help snooze", "**snooze**: hold everything", "**snooze**: 얼마 동안"),
    ("help reviews", "**reviews**: review requests", "**reviews**: 리뷰 요청"),
    ("off", "You are **off**", "알림이 **꺼져**"),
    ("on", "You are **on**: everything", "알림이 **켜져**"),
    ("off reactions", "`reactions`: now **off**", "**껐어요**: `reactions`"),
    ("off pushed reviews", "`pushed`, `reviews`: now **off**", "**껐어요**: `pushed`, `reviews`"),
    ("status", "You are **on**: what concerns you arrives here, all but", "알림이 **켜져** 있어요. 꺼 둔"),
    ("on reactions reviews pushed", "`reactions`, `reviews`, `pushed`: now **on**", "**켰어요**: `reactions`"),
    ("mute {thing}", "`{thing}` is **muted**. When", "**음소거했어요**: `{thing}`."),
    ("mute {link} for 3 days", "`{thing}` is **muted** until", "**음소거했어요**: `{thing}`, "),
    ("mute web/shop --mentions", "`web/shop` is **muted**, mentions too", "**음소거했어요**: `web/shop`. 멘션도"),
    ("mute web", "`web` is **muted**", "**음소거했어요**: `web`"),
    ("mute @ben", "`@ben` is **muted**", "**음소거했어요**: `@ben`"),
    ("mute bots", "`bots` is **muted**", "**음소거했어요**: `bots`"),
    ("mutes", "Muted:\n\n- `{thing}` until", "음소거한 것:\n\n- `{thing}` · "),
    ("unmute {link}", "`{thing}` is no longer muted", "음소거를 풀었어요: `{thing}`"),
    ("unmute all", "Nothing is muted any more", "음소거를 모두 풀었어요"),
    ("snooze", "Tell me for how long", "얼마 동안, 또는 언제까지"),
    ("snooze 2h", "Everything waits until **", "**"),
    ("snooze until fri 17:00", "Everything waits until **Fri ", "**"),
    ("snooze until 24 dec", "Everything waits until **", "**12월 24일"),
    ("wake", "You are awake", "다시 알려 드릴게요"),
    ("quiet 19:00-08:00 mon-fri weekends", "Quiet time: 19:00–08:00 Mon–Fri", "방해 금지 시간: 평일 19:00–08:00"),
    ("quiet off", "No quiet time any more", "방해 금지 시간을 없앴어요"),
    ("digest 09:00 mon-fri", "Digest: 09:00 Mon–Fri", "할 일 모아 받기: 평일 09:00"),
    ("digest off", "No digest any more", "이제 모아서 보내지 않아요"),
    ("todo", "**Waiting for your review**\n\n- [{thing} ", "**내 리뷰를 기다리는 MR**\n\n- [{thing} "),
    ("quote full", "I quote comments in full", "이제 댓글 전체를"),
    ("quote off", "I quote nothing", "이제 댓글을 인용하지"),
    ("quote short", "I quote the beginning", "이제 댓글의 앞부분만"),
    ("threads on", "From now on, later news replies", "이제 같은 일의 다음 소식은"),
    ("threads off", "Every message stands by itself", "이제 메시지를 하나씩"),
    ("own on", "From now on you hear of what you did", "이제 내가 한 일도"),
    ("own off", "From now on you hear only of what others did", "이제 다른 사람이 한 일과"),
    ("language ko", "이제 한국어로", "이제 한국어로"),
    ("language en", "I write to you in English", "I write to you in English"),
    ("language auto", "I write to you in the language of your", "Mattermost 설정 언어인 한국어로"),
    ("why", "What concerned you lately", "나와 관련된 최근 소식"),
    ("why {thing}", "**[!", "**[!"),
    ("why {link}", "**[!", "**[!"),
    ("test", "A sample is on its way to you", "테스트 알림을 보냈어요"),
    ("link", "Tell me which account in GitLab is yours", "GitLab의 내 계정을 알려 주세요"),
    ("link lvogt", "To show that **lvogt** in GitLab is yours", "GitLab의 **lvogt** 계정이 내 것인지"),
    ("unlink", "You have linked no account", "직접 연결한 GitLab 계정이 없어요"),
    ("settings", "Your settings are open", "설정 창을 열었어요"),
    ("admin", "For administrators", "관리자용"),
    ("admin people", "6 of 7 members are matched", "멤버 7명 중 6명이"),
    ("admin failed", "Mattermost has refused nothing", "거절된 메시지도"),
    ("admin retry m1", "There is no `m1`", "실패한 것 중에 `m1`"),
    ("admin refresh", "The members of the notification channel", "알림 채널의 멤버를"),
    ("admin test @Ben", "A sample is on its way to **ben**", "**ben** 님에게"),
    ("STATUS", "You are **on**", "알림이 **켜져**"),
    ("/status", "You are **on**", "알림이 **켜져**"),
    ("켜기", "You are **on**", "알림이 **켜져**"),
    ("끄기 반응", "`reactions`: now **off**", "**껐어요**: `reactions`"),
    ("켜기 반응", "`reactions`: now **on**", "**켰어요**: `reactions`"),
    ("스누즈 2시간", "Everything waits until **", "**"),
    ("깨우기", "You are awake", "다시 알려 드릴게요"),
    ("statsu", "I do not know “statsu”, and nothing was changed.\nDid you mean `status`?", "“statsu” 명령어는"),
)
"""What is typed, and how the answer begins in English and in Korean; each line stands on what those above chose."""


def asked_to_review(house: House, *people: str) -> dict[str, str]:
    """Let some people be asked to review the same merge request; return its key ("thing") and its address ("link")."""
    mr = opened(house)
    for person in people:
        merge_requests.request_review(house.world.gitlab, mr, house.user("anna.berg"), house.user(person))
    house.settle()
    path, url = mr.project.full_path, house.world.gitlab.url
    return {"thing": f"{path}!{mr.iid}", "link": f"{url}/{path}/-/merge_requests/{mr.iid}"}
