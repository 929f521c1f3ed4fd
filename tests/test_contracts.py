"""The two adapters against the playground's stand-ins: what each promises the other holds."""

import base64
from collections.abc import Iterator

import pytest

from bot.errors import Misconfigured, OutsideError, Refused, RootGone, TryLater
from bot.mattermost import ChannelId, PostId
from bot.mattermost import Mattermost as Adapter
from bot.mattermost_driver import connect
from bot.people import PersonKey
from gitlab_hooks.delivery import content
from gitlab_hooks.gitlab import connect as connect_gitlab
from gitlab_hooks.gitlab_admin import connect as connect_admin
from gitlab_hooks.hook_admin import HookAdmin
from gitlab_hooks.lookups import GitLab, GroupId, Party, Progress, ProjectId, Subject, UserId
from playground.gitlab import ci, comments, issues, merge_requests
from playground.gitlab.api import serve as serve_gitlab
from playground.gitlab.faults import Fault
from playground.gitlab.objects import Commit, MergeRequest, Project, User
from playground.gitlab.state import GitLab as GitLabStandIn
from playground.mattermost import Mattermost, serve, triggers
from tests.servers import Answer, scripted

PASSWORD = "correct-horse-battery"
KIM_EMAIL = "kim@example.com"


# ---- Mattermost


@pytest.fixture
def mattermost() -> Mattermost:
    """Give a Mattermost with a team, a notification channel, three people in it and one who is in no channel."""
    made = Mattermost()
    made.add_user("gitlab-bot", password=PASSWORD)
    made.add_user("kim", locale="ko", timezone="Asia/Seoul", roles="system_user system_admin")
    for name in ("lee", "grace", "outsider"):
        made.add_user(name)
    made.add_user("helper", is_bot=True)
    made.add_team("dev")
    made.add_channel("dev", "notification", ["gitlab-bot", "kim", "lee", "grace", "helper"])
    made.add_channel("dev", "secret", ["kim"], private=True)
    made.deactivate("grace")
    return made


@pytest.fixture
def url(mattermost: Mattermost) -> Iterator[str]:
    """Serve it below a sub-path."""
    server = serve(mattermost, prefix="/chat")
    yield server.url
    server.close()


@pytest.fixture
def adapter(url: str) -> Adapter:
    """Give the adapter to it, by password."""
    return connect(url, login_id="gitlab-bot", password=PASSWORD)


def key_of(mattermost: Mattermost, name: str) -> PersonKey:
    return PersonKey(mattermost.state.user(name).id)


def channel_of(adapter: Adapter, mattermost: Mattermost, name: str = "kim") -> ChannelId:
    return adapter.direct_channel(key_of(mattermost, name))


def test_the_members_are_those_of_the_channel(mattermost: Mattermost, adapter: Adapter) -> None:
    """The members of the channel come with what tells them apart, and nobody else."""
    members = {member.name: member for member in adapter.members("dev", "notification")}

    assert set(members) == {"gitlab-bot", "kim", "lee", "grace", "helper"}
    assert [name for name, member in members.items() if not member.active] == ["grace"]
    assert [name for name, member in members.items() if member.bot] == ["helper"]
    assert [name for name, member in members.items() if member.admin] == ["kim"]
    assert (members["kim"].locale, members["kim"].timezone, members["kim"].email) == ("ko", "Asia/Seoul", KIM_EMAIL)
    assert members["kim"] == adapter.member(key_of(mattermost, "kim"))
    assert members["gitlab-bot"] == adapter.me()
    assert adapter.member(PersonKey("a" * 26)) is adapter.member(PersonKey("nonsense")) is None


@pytest.mark.parametrize(("team", "channel"), [("nope", "notification"), ("dev", "nope"), ("dev", "secret")])
def test_a_channel_that_is_not_there_is_misconfigured(adapter: Adapter, team: str, channel: str) -> None:
    """A team or channel that is not there, or closed to the shared account, is the operator's to mend."""
    with pytest.raises(Misconfigured, match=r"\[mattermost\]"):
        list(adapter.members(team, channel))


def test_a_channel_without_the_shared_account_is_misconfigured(mattermost: Mattermost, adapter: Adapter) -> None:
    """Members can be read by a member only, and the error says so."""
    mattermost.leave("gitlab-bot", next(iter(mattermost.state.channels)))

    with pytest.raises(Misconfigured, match="add it to"):
        list(adapter.members("dev", "notification"))


def test_a_post_lights_the_badge_once(mattermost: Mattermost, adapter: Adapter) -> None:
    """A post repeated with its key is one post and one badge, and is found again by its properties."""
    channel = channel_of(adapter, mattermost)

    first, second = (adapter.post(channel, "Look", {"nudge": "row-1"}, "key-1") for _ in range(2))

    assert first.id == second.id
    assert mattermost.badge("kim") == 1
    assert [posted.props["nudge"] for posted in adapter.posts_since(channel, first.created)] == ["row-1"]
    assert list(adapter.posts_since(channel, first.created + 1)) == []


def test_a_lost_answer_can_be_asked_for_again(mattermost: Mattermost, adapter: Adapter) -> None:
    """A post whose answer was lost is there once after the repeat."""
    channel = channel_of(adapter, mattermost)
    mattermost.faults.lose_answers = 1

    with pytest.raises(TryLater):
        adapter.post(channel, "Look", {}, "key-1")
    posted = adapter.post(channel, "Look", {}, "key-1")

    assert [post["id"] for post in mattermost.direct_posts("kim")] == [posted.id]


def test_a_lost_session_is_renewed(mattermost: Mattermost, adapter: Adapter) -> None:
    """A session that an administrator ended is opened again without anybody noticing."""
    adapter.me()
    mattermost.end_sessions("gitlab-bot")

    assert adapter.me().name == "gitlab-bot"


def test_a_personal_token_logs_in(mattermost: Mattermost, url: str) -> None:
    """A personal access token serves instead of a password, and is told to be wrong when it is."""
    good, wrong = (connect(url, token=token) for token in (mattermost.personal_token("gitlab-bot"), "invented"))

    assert good.me().name == "gitlab-bot"
    with pytest.raises(Misconfigured, match="MATTERMOST_TOKEN"):
        wrong.me()


def test_a_wrong_password_does_not_lock_the_account(url: str, adapter: Adapter) -> None:
    """However often something is asked with a wrong password, the account can be logged in to afterwards."""
    wrong = connect(url, login_id="gitlab-bot", password="wrong")
    for _ in range(15):
        with pytest.raises(Misconfigured):
            wrong.me()

    assert adapter.me().name == "gitlab-bot"


def test_a_database_that_is_down_is_waited_for(mattermost: Mattermost, url: str, adapter: Adapter) -> None:
    """While the database is down everything is for later, whatever the server pretends, and works when it is back."""
    late = connect(url, login_id="gitlab-bot", password=PASSWORD)
    channel = channel_of(adapter, mattermost)
    mattermost.faults.database_down = True

    for call in (
        lambda: adapter.post(channel, "Look", {}, "key-1"),
        lambda: list(adapter.members("dev", "notification")),
        lambda: channel_of(adapter, mattermost, "lee"),
        late.me,
    ):
        with pytest.raises(TryLater):
            call()
    mattermost.faults.database_down = False

    assert adapter.post(channel, "Look", {}, "key-1").message == "Look"
    assert late.me().name == "gitlab-bot"


@pytest.mark.parametrize(
    ("fault", "value", "after"), [("down", True, None), ("broken", 502, None), ("rate_limited", 1, 1)]
)
def test_a_mattermost_in_trouble_is_tried_later(
    mattermost: Mattermost, adapter: Adapter, fault: str, value: int, after: float | None
) -> None:
    """A server that is down, broken or asks to go slower is tried later, at its own wish."""
    channel = channel_of(adapter, mattermost)
    setattr(mattermost.faults, fault, value)

    with pytest.raises(TryLater) as caught:
        adapter.post(channel, "Look", {}, "key-1")

    assert caught.value.after == after


@pytest.mark.parametrize("message", ["x" * 16_384, "😀" * 16_384])
def test_what_the_server_will_never_take_is_refused(mattermost: Mattermost, adapter: Adapter, message: str) -> None:
    """A post over the limit is refused for good, and the next one goes through."""
    channel = channel_of(adapter, mattermost)

    with pytest.raises(Refused, match=r"model\.post\.is_valid\.msg"):
        adapter.post(channel, message, {}, "key-1")

    assert adapter.post(channel, "Look", {}, "key-2").message == "Look"


def test_an_edit_changes_a_post_and_lights_no_badge(mattermost: Mattermost, adapter: Adapter) -> None:
    """A post has the text and the properties of the last edit, however often that came, and the badge of the post."""
    channel = channel_of(adapter, mattermost)
    made = adapter.post(channel, "Look", {"nudge": "row-1", "attachments": [{"text": "to do"}]}, "key-1")

    for _ in range(2):
        adapter.edit(made.id, "Look", {"nudge": "row-1", "attachments": [{"text": "done", "color": "#108548"}]})

    (posted,) = adapter.posts_since(channel, made.created)
    assert (posted.message, posted.props["nudge"], mattermost.badge("kim")) == ("Look", "row-1", 1)
    assert [(card["text"], card["color"]) for card in posted.props["attachments"]] == [("done", "#108548")]


def test_an_edit_of_a_post_that_is_gone_or_not_ours_is_refused(mattermost: Mattermost, adapter: Adapter) -> None:
    """A post that was deleted, never was, or is somebody else's cannot be changed."""
    channel = channel_of(adapter, mattermost)
    theirs = mattermost.post("kim", channel, "Hello")["id"]
    gone = adapter.post(channel, "Look", {}, "key-1")
    mattermost.delete(gone.id)

    for post in (gone.id, PostId(theirs), PostId("a" * 26)):
        with pytest.raises(Refused):
            adapter.edit(post, "Look", {})


def test_an_edit_without_the_database_is_tried_later(mattermost: Mattermost, adapter: Adapter) -> None:
    """A server that has lost its database refuses edits, and is not believed."""
    made = adapter.post(channel_of(adapter, mattermost), "Look", {}, "key-1")
    mattermost.faults.database_down = True

    with pytest.raises(TryLater):
        adapter.edit(made.id, "Look", {})


def test_a_dialog_opens_for_who_has_just_done_something(mattermost: Mattermost, adapter: Adapter) -> None:
    """A dialog is shown, whole, to the person of the trigger id, as long as that is good; then it is refused."""
    state = mattermost.state
    _, trigger = triggers.make(state, state.user("kim"))
    dialog = {"callback_id": "settings", "title": "Settings", "state": "signed", "elements": [{"name": "on"}]}

    adapter.open_dialog(trigger, "https://nudge.example.com/mattermost/dialog", dialog)
    assert mattermost.dialogs("kim") == [{"url": "https://nudge.example.com/mattermost/dialog", "dialog": dialog}]

    now = state.now()
    state.clock = lambda: (now + triggers.LIFE_MS + 1) / 1000
    for wrong in (trigger, "nonsense", ""):
        with pytest.raises(Refused, match="decode_trigger_id"):
            adapter.open_dialog(wrong, "https://nudge.example.com/mattermost/dialog", dialog)
    assert len(mattermost.dialogs("kim")) == 1


def test_a_reply_lights_the_badge_and_is_found_again(mattermost: Mattermost, adapter: Adapter) -> None:
    """A reply stands in the thread of its root, counts at the badge, and is found again like every other post."""
    channel = channel_of(adapter, mattermost)
    root = adapter.post(channel, "First", {}, "key-1")
    mattermost.faults.lose_answers = 1
    with pytest.raises(TryLater):
        adapter.post(channel, "Next", {"nudge": "row-2"}, "key-2", root.id)

    found = {posted.message: posted for posted in adapter.posts_since(channel, root.created)}
    again = adapter.post(channel, "Next", {"nudge": "row-2"}, "key-2", root.id)

    assert found["Next"] == again
    assert again.props["nudge"] == "row-2"
    assert [post["root_id"] for post in mattermost.direct_posts("kim")] == ["", root.id]
    assert mattermost.badge("kim") == 2


def test_a_reply_to_what_is_gone_is_refused_and_may_go_without(mattermost: Mattermost, adapter: Adapter) -> None:
    """Nothing replies to what was deleted, is elsewhere, or is a reply; the same key then serves for no reply, once."""
    channel = channel_of(adapter, mattermost)
    gone, root = (adapter.post(channel, "First", {}, f"key-{number}").id for number in (1, 2))
    reply = adapter.post(channel, "Next", {}, "key-3", root).id
    elsewhere = adapter.post(channel_of(adapter, mattermost, "lee"), "First", {}, "key-4").id
    mattermost.delete(gone)

    for other in (gone, reply, elsewhere, PostId("a" * 26)):
        with pytest.raises(RootGone):
            adapter.post(channel, "Last", {}, "key-5", other)
    first, second = (adapter.post(channel, "Last", {}, "key-5") for _ in range(2))

    assert first.id == second.id
    assert [(post["message"], post["root_id"]) for post in mattermost.direct_posts("kim")] == [
        ("First", ""),
        ("Next", root),
        ("Last", ""),
    ]


def test_a_reply_without_the_database_is_tried_later(mattermost: Mattermost, adapter: Adapter) -> None:
    """A server that has lost its database is not believed when it says that there is no such root."""
    channel = channel_of(adapter, mattermost)
    root = adapter.post(channel, "First", {}, "key-1")
    mattermost.faults.database_down = True

    with pytest.raises(TryLater):
        adapter.post(channel, "Next", {}, "key-2", root.id)


# ---- GitLab


class Shop:
    """A GitLab with a private project of two developers and its bot, one person outside, and a merge request."""

    def __init__(self) -> None:
        self.gitlab = GitLabStandIn(background=False)
        self.kim = self.gitlab.add_user("Kim", "Kim Minji", email="kim@corp.example", public_email=KIM_EMAIL)
        self.lee = self.gitlab.add_user("lee", "Lee Jun", email="lee@corp.example")
        self.out = self.gitlab.add_user("outsider", "Out Sider", state="blocked")
        self.bot = self.gitlab.add_user("project_1_bot_3f", "nudge")
        root = self.gitlab.add_user("root", "Admin", admin=True)
        group = self.gitlab.add_group("web", "Web", {self.kim: 30})
        self.project: Project = self.gitlab.add_project(group, "shop", {self.lee: 20, self.bot: 20})
        self.gitlab.add_token("reader", self.bot, "read_api")
        self.gitlab.add_token("admin", root, "read_api")
        self.merge_request = self.opened(self.kim, self.lee)

    def opened(self, by: User, reviewer: User) -> MergeRequest:
        return merge_requests.open_merge_request(
            self.gitlab, self.project, by, "Basket", assignees=[by], reviewers=[reviewer]
        )

    @property
    def project_url(self) -> str:
        return f"{self.gitlab.url}/{self.project.full_path}"

    def subject(self, kind: str, ref: object) -> Subject:
        return Subject(ProjectId(self.project.id), kind, str(ref))

    def commit(self) -> Commit:
        return merge_requests.add_commit(self.gitlab, self.project, self.kim, "Basket")


@pytest.fixture
def shop() -> Iterator[Shop]:
    """Serve the shop."""
    made = Shop()
    server = serve_gitlab(made.gitlab)
    yield made
    server.close()
    made.gitlab.close()


@pytest.fixture
def admin(shop: Shop) -> HookAdmin:
    """Give the adapter to its hooks, with a maintainer's token."""
    shop.project.members[shop.bot.id] = 40
    shop.gitlab.add_token("keeper", shop.bot, "api")
    return connect_admin(shop.gitlab.url, "keeper")


@pytest.fixture
def lookups(shop: Shop) -> GitLab:
    """Give the adapter to it, with the token of an ordinary member."""
    return connect_gitlab(shop.gitlab.url, "reader")


def test_users_show_what_the_token_may_see(shop: Shop, lookups: GitLab) -> None:
    """An ordinary token sees public addresses, an administrator's those of the accounts."""
    admin = connect_gitlab(shop.gitlab.url, "admin")
    kim, lee = UserId(shop.kim.id), UserId(shop.lee.id)

    assert [(user.username, user.email) for user in map(lookups.user, (kim, lee)) if user] == [
        ("Kim", KIM_EMAIL),
        ("lee", ""),
    ]
    assert [user.email for user in map(admin.user, (kim, lee)) if user] == ["kim@corp.example", "lee@corp.example"]


def test_users_are_found(shop: Shop, lookups: GitLab) -> None:
    """Users are found by id, by name and by visible address; bots and blocked users are known as such."""
    kim, out, bot = (lookups.user(UserId(user.id)) for user in (shop.kim, shop.out, shop.bot))

    assert kim is not None
    assert lookups.user_named("kim") == kim
    assert lookups.users_with_email("KIM@example.com") == (kim,)
    assert out is not None
    assert not out.active
    assert bot is not None
    assert bot.bot
    assert lookups.user(UserId(99)) is lookups.user_named("nobody") is None
    assert lookups.users_with_email("nobody@example.com") == ()


def test_a_status_is_told_as_it_is_now(shop: Shop, lookups: GitLab) -> None:
    """The status that a user shows is told anew each time, and who shows none has an empty one."""
    kim = UserId(shop.kim.id)

    assert lookups.status(kim) == lookups.status(UserId(99)) == ""
    for said in ("At lunch", "Back"):
        shop.kim.status = said
        assert lookups.status(kim) == said


def test_access_is_told(shop: Shop, lookups: GitLab) -> None:
    """A project tells who may read it, and a member's level counts inherited ones."""
    shop.project.features["issues"] = "private"
    project = ProjectId(shop.project.id)
    found = lookups.project(project)

    assert found is not None
    assert (found.visibility, found.members_only) == ("private", frozenset({"issues"}))
    assert [lookups.access_level(project, UserId(user.id)) for user in (shop.kim, shop.lee, shop.out)] == [30, 20, 0]
    assert lookups.project(ProjectId(99)) is None


def test_groups_and_members_are_told(shop: Shop, lookups: GitLab) -> None:
    """A group shows its own members, a project all who may work in it, bots and blocked people left out."""
    web = shop.project.group
    tools = shop.gitlab.add_group("Tools", "Tools", {shop.lee: 30, shop.out: 30}, parent=web, visibility="public")
    shop.gitlab.add_group("secret", "Secret", {shop.kim: 50})
    found, above = lookups.group("WEB/tools"), lookups.group("web")

    assert found is not None
    assert above is not None
    assert (found.path, found.visibility, found.mentionable) == ("web/Tools", "public", True)
    assert (above.path, above.visibility) == ("web", "private")
    assert lookups.group("secret") is lookups.group("nowhere") is None
    assert [user.username for user in lookups.group_members(found.id, 9) or ()] == ["lee"]
    assert [user.username for user in lookups.project_members(ProjectId(shop.project.id), 9) or ()] == ["Kim", "lee"]
    assert len(lookups.project_members(ProjectId(shop.project.id), 1) or ()) == 1
    assert [lookups.group_level(found.id, UserId(user.id)) for user in (shop.kim, shop.lee)] == [30, 30]

    tools.mentions_disabled = True
    closed = connect_gitlab(shop.gitlab.url, "reader").group("web/Tools")
    assert closed is not None
    assert not closed.mentionable


def test_members_come_in_pages(shop: Shop, lookups: GitLab) -> None:
    """A large group is read whole, page by page, or as much of it as is wanted."""
    many = {shop.gitlab.add_user(f"u{number}", f"U {number}"): 30 for number in range(230)}
    group = GroupId(shop.gitlab.add_group("crowd", "Crowd", many, visibility="internal").id)

    assert len(lookups.group_members(group, 1000) or ()) == 230
    assert len(lookups.group_members(group, 101) or ()) == 101


def test_involved_people_are_told(shop: Shop, lookups: GitLab) -> None:
    """Merge requests, issues and commits tell who is involved."""
    issue = issues.open_issue(shop.gitlab, shop.project, shop.lee, "Slow", assignees=[shop.kim])
    shop_commit = shop.commit()
    shop_commit.author_email = KIM_EMAIL

    mr, bug, commit = (
        lookups.involved(shop.subject(kind, ref))
        for kind, ref in (
            ("merge_request", shop.merge_request.iid),
            ("issue", issue.iid),
            ("commit", shop_commit.sha),
        )
    )

    assert mr is not None
    assert bug is not None
    assert commit is not None
    assert [user.username for user in (*mr.assignees, *mr.reviewers) if mr.author] == ["Kim", "lee"]
    assert [user.username for user in bug.assignees] == ["Kim"]
    assert commit.author == lookups.user(UserId(shop.kim.id))
    assert lookups.involved(shop.subject("snippet", 99)) is None


def test_open_merge_requests_are_listed(shop: Shop, lookups: GitLab) -> None:
    """The open merge requests of a party are listed, oldest first, in projects that the token sees alone."""
    kim, lee = UserId(shop.kim.id), UserId(shop.lee.id)
    hidden = shop.gitlab.add_project(shop.gitlab.add_group("api", "API", {}), "secret", {shop.kim: 30})
    merge_requests.open_merge_request(shop.gitlab, hidden, shop.kim, "Hidden", reviewers=[shop.lee])
    second, third = shop.opened(shop.kim, shop.lee), shop.opened(shop.kim, shop.lee)
    merge_requests.mark_draft(shop.gitlab, second, shop.kim)
    merge_requests.merge(shop.gitlab, third, shop.kim)

    found = {(party, who): lookups.merge_requests(party, who) for party in Party for who in (kim, lee)}

    assert {key: [one.ref for one in each] for key, each in found.items()} == {
        (Party.AUTHOR, kim): ["!1", "!2"],
        (Party.ASSIGNEE, kim): ["!1", "!2"],
        (Party.REVIEWER, kim): [],
        (Party.AUTHOR, lee): [],
        (Party.ASSIGNEE, lee): [],
        (Party.REVIEWER, lee): ["!1", "!2"],
    }
    first, draft = found[Party.AUTHOR, kim]
    assert (first.path, first.title, first.url) == ("web/shop", "Basket", f"{shop.project_url}/-/merge_requests/1")
    assert (first.draft, draft.draft) == (False, True)
    assert first.author is not None
    assert [user.id for user in (first.author, *first.assignees, *first.reviewers)] == [kim, kim, lee]
    assert first.opened == int(shop.merge_request.created_at.timestamp() * 1000)


def test_progress_is_told(shop: Shop, lookups: GitLab) -> None:
    """Approvals, reviews and the newest pipeline of a merge request are told."""
    lee = UserId(shop.lee.id)
    subject = shop.subject("merge_request", shop.merge_request.iid)
    assert lookups.progress(subject) == Progress(reviews={lee: "unreviewed"})

    merge_requests.approve(shop.gitlab, shop.merge_request, shop.lee)
    ci.pipeline(shop.gitlab, shop.merge_request.last_commit, shop.kim, "failed", mr=shop.merge_request)
    fresh = connect_gitlab(shop.gitlab.url, "reader")

    assert fresh.progress(subject) == Progress(frozenset({lee}), True, {lee: "approved"}, "failed")
    assert fresh.progress(shop.subject("merge_request", 99)) is None


@pytest.mark.parametrize("kind", ["merge_request", "commit"])
def test_threads_are_told(shop: Shop, lookups: GitLab, kind: str) -> None:
    """A discussion tells who wrote in it, whatever it is about."""
    thing = shop.merge_request if kind == "merge_request" else shop.commit()
    first = comments.comment(shop.gitlab, thing, shop.lee, "Why?")
    for by in (shop.kim, shop.lee):
        comments.reply(shop.gitlab, thing, by, "Because", first)
    subject = shop.subject(kind, shop.merge_request.iid if kind == "merge_request" else getattr(thing, "sha", ""))

    assert [user.username for user in lookups.thread(subject, first.discussion_id)] == ["lee", "Kim"]
    assert lookups.thread(subject, "unknown") == ()


@pytest.mark.parametrize(
    ("fault", "kind", "after"),
    [
        (Fault("down"), TryLater, None),
        (Fault("unavailable"), TryLater, None),
        (Fault("error"), TryLater, None),
        (Fault("rate_limited", retry_after=7), TryLater, 7),
        (Fault("unauthorized"), Misconfigured, None),
    ],
)
def test_a_gitlab_in_trouble(
    shop: Shop, lookups: GitLab, fault: Fault, kind: type[OutsideError], after: float | None
) -> None:
    """A GitLab in trouble is asked later, at its own wish; a refused token is the operator's to mend."""
    shop.gitlab.fault = fault
    with pytest.raises(kind) as caught:
        lookups.user(UserId(shop.kim.id))
    shop.gitlab.fault = None

    assert getattr(caught.value, "after", None) == after
    assert lookups.user(UserId(shop.kim.id)) is not None


# ---- GitLab's hooks


def test_homes_are_found(shop: Shop, admin: HookAdmin) -> None:
    """A group's projects are those that the token sees, those of the groups below it too, but no archived ones."""
    below = shop.gitlab.add_group("web/mobile", "Mobile", {shop.bot: 40})
    app, old = (shop.gitlab.add_project(below, path, {}) for path in ("app", "old"))
    old.archived = True
    group = admin.group("web")

    assert (group.kind, group.path) == ("group", "web")
    found = list(admin.projects_of(group))
    assert [(home.kind, home.id, home.path) for home in found] == [
        ("project", shop.project.id, "web/shop"),
        ("project", app.id, "web/mobile/app"),
    ]
    assert admin.project("web/shop") == found[0]
    assert admin.group("web/mobile").id == below.id


def test_a_project_tells_its_hooks(shop: Shop, admin: HookAdmin) -> None:
    """All hooks of a project come with their addresses, however many there are; a group has none without a licence."""
    for number in range(101):
        shop.gitlab.add_hook(shop.project, f"https://nudge.example.com/{number}")
    home = admin.project(str(shop.project.id))

    assert [hook.url for hook in admin.hooks(home)] == [f"https://nudge.example.com/{number}" for number in range(101)]
    assert list(admin.hooks(admin.group("web"))) == []


def test_the_log_tells_what_failed(shop: Shop, admin: HookAdmin) -> None:
    """What was not answered is in the log, newest first, over several pages, with name, time and body."""
    shop.gitlab.add_hook(shop.project, "http://127.0.0.1:1/gitlab", token="secret")
    for _ in range(21):
        shop.opened(shop.kim, shop.lee)
    (hook,) = admin.hooks(admin.project("web/shop"))

    found = list(admin.failed(hook))

    sent = list(reversed(shop.gitlab.deliveries))
    assert [one.id for one in found] == [one.id for one in sent]
    assert {one.status for one in found} == {"internal error"}
    assert [one.headers["idempotency-key"] for one in found] == [one.headers["Idempotency-Key"] for one in sent]
    assert [one.at for one in found] == [int(one.at.timestamp() * 1000) for one in sent]
    assert [content(one.body or b"").digest for one in found] == [content(one.body).digest for one in sent]
    assert "secret" not in str(found)


def test_the_log_does_not_tell_what_arrived(shop: Shop, admin: HookAdmin) -> None:
    """What was answered by 2xx has not failed, whatever else was answered has."""
    made = shop.gitlab.add_hook(shop.project, "http://127.0.0.1:1/gitlab")
    statuses = ["204", "200", "302", "401", "503", "internal error"]
    for status in statuses:
        shop.opened(shop.kim, shop.lee)
        made.deliveries[-1].status = status
    (hook,) = admin.hooks(admin.project("web/shop"))

    assert [one.status for one in admin.failed(hook)] == statuses[:1:-1]


@pytest.mark.parametrize(
    ("level", "scope", "error", "says"),
    [
        (30, "api", Refused, "needs the role Maintainer"),
        (0, "api", Refused, "does not find the project web/shop"),
        (40, "read_user", Misconfigured, "needs the scope api"),
    ],
)
def test_who_may_not_see_hooks(shop: Shop, level: int, scope: str, error: type[OutsideError], says: str) -> None:
    """A token of too low a role is refused one project, one without the scope everything."""
    shop.gitlab.add_hook(shop.project, "http://127.0.0.1:1/gitlab")
    guest = shop.gitlab.add_user("guest", "Guest")
    shop.project.members[guest.id] = level
    shop.gitlab.add_token("weak", guest, scope)
    admin = connect_admin(shop.gitlab.url, "weak")

    with pytest.raises(error) as caught:
        list(admin.hooks(admin.project("web/shop")))
    assert says in str(caught.value)


def test_hooks_of_an_old_gitlab(shop: Shop, admin: HookAdmin) -> None:
    """A GitLab before 17.3 hands out no log, and one that is newer only that of hooks which are there."""
    made = shop.gitlab.add_hook(shop.project, "http://127.0.0.1:1/gitlab")
    (hook,) = admin.hooks(admin.project("web/shop"))
    shop.gitlab.version = "17.2.4-ee"

    with pytest.raises(Misconfigured, match=r"GitLab 17\.2\.4-ee does not hand out"):
        list(admin.failed(hook))
    shop.gitlab.version = "17.3.0-ee"
    del shop.gitlab.hooks[made.id]
    with pytest.raises(Refused, match="has just gone"):
        list(admin.failed(hook))


@pytest.mark.parametrize("kind", ["down", "error", "unavailable", "rate_limited"])
def test_hooks_of_a_gitlab_in_trouble(shop: Shop, admin: HookAdmin, kind: str) -> None:
    """While GitLab does not answer it is for later; with a limit, after as long as it says."""
    home = admin.project("web/shop")
    shop.gitlab.fault = Fault(kind, retry_after=7)

    with pytest.raises(TryLater) as caught:
        list(admin.hooks(home))
    assert caught.value.after == (7 if kind == "rate_limited" else None)


WISH: dict[str, object] = {
    "url": "https://nudge.example.com/gitlab",
    "token": "secret",
    "signing_token": f"whsec_{base64.b64encode(bytes(32)).decode()}",
    "enable_ssl_verification": False,
    "push_events": False,
    "note_events": True,
}


@pytest.mark.parametrize(("version", "tells"), [("19.3.0-ee", True), ("18.11.2-ee", None)])
def test_hooks_are_made_and_changed(shop: Shop, admin: HookAdmin, version: str, tells: bool | None) -> None:
    """A webhook becomes as is wished for, which its answer tells, and what is not named stays; secrets show as set."""
    shop.gitlab.version = version
    home = admin.project("web/shop")
    made = admin.create(home, WISH)
    assert admin.version() == tuple(map(int, version.split(".")[:2]))
    assert (made.url, made.shape.verified, "note_events" in made.shape.on) == (WISH["url"], False, True)
    assert "push_events" in made.shape.off
    assert (made.shape.token, made.shape.signing) == (tells, tells)
    assert list(admin.hooks(home)) == [made]

    changed = admin.change(made, {"url": WISH["url"], "note_events": False, "push_events_branch_filter": "main"})
    assert list(admin.hooks(home)) == [changed]
    assert (changed.shape.on, changed.shape.branches, changed.shape.token) == (frozenset(), "main", tells)
    assert admin.change(changed, {"url": "https://else.example.com"}).shape.token is (False if tells else None)


def test_the_newest_deliveries_are_told(shop: Shop, admin: HookAdmin) -> None:
    """The newest few deliveries come first, whatever was answered."""
    made = shop.gitlab.add_hook(shop.project, "http://127.0.0.1:1/gitlab")
    for status in ("500", "204", "204", "503", "204", "200"):
        shop.opened(shop.kim, shop.lee)
        shop.gitlab.sender.drain()
        made.deliveries[-1].status = status
    (hook,) = admin.hooks(admin.project("web/shop"))

    assert [one.status for one in admin.recent(hook)] == ["200", "204", "503", "204", "204"]


@pytest.mark.parametrize("alert", ["disabled", "temporarily_disabled"])
def test_a_disabled_hook_wakes(shop: Shop, admin: HookAdmin, alert: str) -> None:
    """A test that is answered switches a disabled webhook on again; where nobody answers it stays, and that is said."""
    made = shop.gitlab.add_hook(shop.project, "http://127.0.0.1:1/gitlab")
    made.alert_status = alert
    home = admin.project("web/shop")
    (hook,) = admin.hooks(home)
    assert hook.shape.alert == alert
    with pytest.raises(Refused, match=r"stays disabled \(422: .*internal error\): GitLab must reach the bot"):
        admin.wake(hook)
    assert next(iter(admin.hooks(home))).shape.alert == alert

    with scripted(Answer({}, 204)) as bot:
        made.url = bot.url
        admin.wake(hook)
    assert next(iter(admin.hooks(home))).shape.alert == "executable"


@pytest.mark.parametrize(
    ("kind", "error", "says"),
    [
        ("unprocessable", Refused, r"may not make a hook of web/shop \(422: Invalid url given\)"),
        ("forbidden", Refused, r"may not make a hook of web/shop \(403\): it needs the role Maintainer"),
        ("unavailable", TryLater, "503"),
        ("unauthorized", Misconfigured, "GITLAB_HOOKS_TOKEN is refused"),
    ],
)
def test_hooks_that_cannot_be_made(
    shop: Shop, admin: HookAdmin, kind: str, error: type[OutsideError], says: str
) -> None:
    """Why a webhook cannot be made is told, in GitLab's own words where it has some, and never with the secret."""
    home = admin.project("web/shop")
    shop.gitlab.broken = {shop.project.id: kind}

    with pytest.raises(error, match=says) as caught:
        admin.create(home, WISH)
    assert "secret" not in str(caught.value)
    assert str(WISH["signing_token"]) not in str(caught.value)


def test_a_token_that_only_reads_makes_no_hooks(shop: Shop, admin: HookAdmin) -> None:
    """With `read_api` alone nothing can be made in any project."""
    home = admin.project("web/shop")
    shop.gitlab.add_token("weak", shop.bot, "read_api")

    with pytest.raises(Misconfigured, match="needs the scope api"):
        connect_admin(shop.gitlab.url, "weak").create(home, WISH)
