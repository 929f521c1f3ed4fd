"""What the recordings take for granted: the people, channels and posts that were there before each of them."""

import base64
from collections.abc import Callable, Iterable
from typing import Any

from playground.mattermost import actions, triggers
from playground.mattermost.drafts import Draft
from playground.mattermost.state import Hook, Place
from tests.playground.mattermost_replay import recorded
from tests.playground.mattermost_world import RECORDED_BOT, World

Step = Callable[[World], None]
BOT = "gitlab-notify"
NOTIFICATION = "ffy81phjxjbszbyfih4hsktb7r"
PRIVATE = "a5jbk79bwirjbk5rhf46d7wony"
LOAD = "ip6hwrzk53fzdxhysetefr5bqe"
ALICE_DIRECT = "zq5s531pwidntr4w3h99x9hx6h"
DAY = 24 * 3600
CONTEXT = {"action": "ack", "n": 5, "nested": {"a": [1, "x"]}}


def button(action_id: str = "ack", **more: Any) -> dict[str, Any]:
    """Return an action as the recorded posts had it."""
    integration = {"url": f"{RECORDED_BOT}/mattermost/action", "context": CONTEXT}
    made = {"id": action_id, "name": "Acknowledge", "type": "button", "style": "primary", "integration": integration}
    return {key: value for key, value in (made | more).items() if value is not None}


def choice(action_id: str, source: str) -> dict[str, Any]:
    """Return a menu as the recorded posts had it."""
    made = button(action_id, name="Pick", type="select", style=None, data_source=source)
    del made["integration"]["context"]
    return made


def with_buttons(world: World, *buttons: dict[str, Any], author: str = BOT, channel: str = NOTIFICATION) -> str:
    """Write a post with buttons and return its id."""
    url = world.integration.url
    for one in buttons:
        one["integration"]["url"] = one["integration"]["url"].replace(RECORDED_BOT, url)
    props = {"attachments": [{"text": "choose", "actions": list(buttons)}]}
    return str(world.mattermost.post(author, channel, "orig", props)["id"])


def direct(world: World, one: str, other: str) -> str:
    """Open a direct channel and return its id."""
    return str(world.mattermost.direct_channel(one, other)["id"])


# ---------------------------------------------------------------- what a group of recordings needs


def load(world: World) -> None:
    """Add 250 people and a channel with all of them."""
    names = [f"load{number:03}" for number in range(1, 251)]
    for name in names:
        world.mattermost.add_user(name)
    world.mattermost.add_channel("dev", "load", [], channel_id=LOAD)
    for name in (*names, "gitlabbot", BOT, "sysadmin"):
        world.mattermost.join(name, LOAD)


def channels(world: World) -> None:
    """Add what the recordings of channels and badges talk of."""
    load(world)
    pinned = {"channel_id": NOTIFICATION, "message": "pinned", "is_pinned": True}
    world.api("alice", "POST", "/posts", pinned)
    world.mattermost.add_user("otherbot", id="eqfmb8hxw3gn3jfruzw4t8p4ae", is_bot=True)
    world.ids["acw1xxhbzib6xy65itcr33rqbh"] = direct(world, "gitlabbot", "grace")
    world.ids["m8hk59wuypy5xrbrhx175ocdxh"] = direct(world, BOT, "bob")


def posts(world: World) -> None:
    """Add the channels and posts that the recordings of posts talk of."""
    mattermost = world.mattermost
    world.ids["15zrpbzqfpdnbb3qfprof5ixnh"] = direct(world, BOT, "carol")
    world.ids[ALICE_DIRECT] = direct(world, BOT, "alice")
    for _ in range(5):
        mattermost.post(BOT, world.ids[ALICE_DIRECT], "conc")
    world.ids["9oiaunz14jryikzkh6rwg8grqe"] = mattermost.post(BOT, NOTIFICATION, "to be deleted")["id"]
    root = mattermost.post("alice", NOTIFICATION, "root")["id"]
    reply = {"channel_id": NOTIFICATION, "message": "first", "root_id": root}
    world.ids["j38w7nm1uty4feh8aybbb6r4py"] = world.api("bob", "POST", "/posts", reply)["id"]
    mattermost.add_channel("dev", "closed", ["sysadmin", BOT], channel_id="w44ihzimojdc8njdf4ur153q1a")
    mattermost.archive("w44ihzimojdc8njdf4ur153q1a")
    mattermost.add_channel("dev", "elsewhere", ["sysadmin"], channel_id="noupuhrdiibgir8fiatj6n9esa")
    world.ids["{id}"] = with_buttons(world, button())
    for name in ("post_attachments_field_null", "post_patch_props_with_action_without_integration"):
        world.tokens[name] = world.token(BOT)


def pending(world: World) -> None:
    """Add the direct channel."""
    world.ids[ALICE_DIRECT] = direct(world, BOT, "alice")


def slash(world: World) -> None:
    """Add the thread, and the address for late answers."""
    pending(world)
    mattermost, state = world.mattermost, world.mattermost.state
    world.ids["hd7mzzhu838zbyw6ej14wm4s1o"] = mattermost.post("bob", NOTIFICATION, "root")["id"]
    command = next(iter(state.commands.values()))
    place = Place(state.user("alice"), state.channels[NOTIFICATION], state.team_names["dev"], "")
    state.hooks["ttcxgq8mpj8ktmwafgr9p8mpur"] = Hook(command, place, state.now() + 60_000)


def clicks(world: World) -> None:
    """Add every post whose buttons are pressed."""
    pending(world)
    alice = world.ids[ALICE_DIRECT]
    bare = button("", id=None)
    del bare["integration"]["context"]
    world.ids |= {
        "i754nephatdofdg3jtuz5xqphr": with_buttons(world, button()),
        "xt8r9zn4spnhznmwgsogc5caxo": with_buttons(world, button()),
        "6f5xstt1b3gixnxm4ndj5hg8dh": with_buttons(world, button(), button("second")),
        "iyunn6cfoifq8nnyt1ebmg7zha": with_buttons(world, button(disabled=True)),
        "ahu1ri3xibf3uk8npuhu5nfi8o": with_buttons(world, *_twins()),
        "qzhcgn1cn7897qggbq9fwryyqr": with_buttons(world, button(type=None)),
        "uonq6p46ipgsfn1c73o3hq7u8w": with_buttons(world, button("a_b")),
        "qawf6afc5i8s78u6z8d7k9yz7r": with_buttons(world, button()),
        "wphju87gbf8j5m5j4e8gw6j5da": with_buttons(world, choice("pick", "users")),
        "ijdgm57a13ytp86wcfdmiar1cr": with_buttons(world, choice("pick", "channels")),
        "3dyjo71azbfn5pr5cfupjdp1sy": with_buttons(world, button(), author="alice"),
        "r6cfp4gct7bj9roh9oxohzyhph": with_buttons(world, button(), channel=PRIVATE),
        "ode6xoi1ijyymgpxoye7xcq5co": with_buttons(world, button(), channel=alice),
        "o69nfo8pmbdy9cntobhswtsyjr": with_buttons(world, button(), channel=alice),
        "gn37fj6n7tbijpmob9qs99ogih": with_buttons(world, button(), channel=alice),
        "ehstbm7917ynmx1f1p4dtyk4qw": (unnamed := with_buttons(world, bare)),
    }
    made = world.mattermost.state.posts[unnamed].props["attachments"][0]["actions"][0]["id"]
    world.ids["j64oqp41yifh9jfdkwcb4stzmo"] = made
    world.api(BOT, "PUT", f"/posts/{world.ids['xt8r9zn4spnhznmwgsogc5caxo']}/patch", {"message": "new text only"})
    _whisper(world)


def _twins() -> Iterable[dict[str, Any]]:
    second = button("same")
    second["integration"] = {"url": f"{RECORDED_BOT}/mattermost/second"}
    return button("same"), second


def _whisper(world: World) -> None:
    """Show alice a button that the server does not keep, as an answer to her slash command does."""
    state, one = world.mattermost.state, button("eph")
    one["integration"]["url"] = one["integration"]["url"].replace(RECORDED_BOT, world.integration.url)
    draft = Draft(NOTIFICATION, props={"attachments": [{"text": "x", "actions": [one]}]})
    post = actions.whisper(state, state.user("alice"), state.channels[NOTIFICATION], draft)
    world.ids["c5kuxwqa1fff5yhj8ji3reyzae"] = post.id
    bodies = [one["request"]["body"] for one in recorded("actions") if "_cookie" in one["name"]]
    world.ids |= {body["cookie"]: post.props["attachments"][0]["actions"][0]["cookie"] for body in bodies if body}


def dialogs(world: World) -> None:
    """Make a trigger id of alice's for every recorded one, and forge the one that was forged."""
    pending(world)
    world.ids["6k9qhymysjryzc6eu6uooyqj6e"] = direct(world, "alice", "bob")
    state = world.mattermost.state
    for exchange in recorded("dialogs"):
        body = exchange["request"]["body"]
        theirs = body.get("trigger_id", "") if isinstance(body, dict) else ""
        if len(theirs) > len("YTpiOmM6ZA=="):
            ours = triggers.make(state, state.user("alice"))[1]
            world.ids[theirs] = _forged(world, ours) if "forged" in exchange["name"] else ours


def _forged(world: World, trigger_id: str) -> str:
    text = base64.b64decode(trigger_id).decode().replace(world.id_of("alice"), world.id_of("bob"))
    return base64.b64encode(text.encode()).decode()


def database_down(world: World) -> None:
    """Let the bot be known to the server, then take the database away."""
    world.ids["bi1im9tu1jggjymmic7563qa8h"] = world.mattermost.post(BOT, NOTIFICATION, "x")["id"]
    world.api(BOT, "GET", "/users/me")
    world.mattermost.faults.database_down = True


GROUPS: dict[str, Step] = {
    "accounts": lambda _: None,
    "users": load,
    "channels": channels,
    "posts": posts,
    "pending": pending,
    "slash": slash,
    "actions": clicks,
    "dialogs": dialogs,
    "database_down": database_down,
}


# ---------------------------------------------------------------- what one recording needs


def _lock(world: World) -> None:
    for _ in range(10):
        world.ask("POST", "/api/v4/users/login", {"login_id": "erin", "password": "wrong"})


def _login(*exchanges: str) -> Step:
    def step(world: World) -> None:
        token = world.mattermost.login_token("gitlabbot")
        world.tokens |= dict.fromkeys(exchanges, token)
        world.ids["ornsd4dta7bciycdx4ied5uejw"] = world.mattermost.state.sessions[token].id

    return step


def _nonsense(world: World) -> None:
    world.tokens |= dict.fromkeys(("auth_invalid_token", "auth_invalid_token_post"), "nonsense")


def _personal(world: World) -> None:
    names = ("auth_pat_ok", "auth_pat_disabled", "auth_pat_reenabled", "auth_pat_revoked")
    world.tokens |= dict.fromkeys(names, world.ids["scrubbed-546ad5d086"])


def _enable_token(world: World) -> None:
    world.api("sysadmin", "POST", "/users/tokens/enable", {"token_id": world.ids["scrubbed-b56e30deb7"]})


def _new_bot(world: World) -> None:
    token = world.mattermost.personal_token("tmpbot1795488835")
    world.tokens |= dict.fromkeys(("bot_disabled_before", "auth_bot_disabled", "auth_bot_reenabled"), token)


def _expire(world: World) -> None:
    _login("auth_session_expired")(world)
    world.clock.now += 181 * DAY


def _hide(world: World) -> None:
    world.mattermost.state.show_email = world.mattermost.state.show_full_name = False


def _repeat(name: str, seconds: float) -> Step:
    def step(world: World) -> None:
        body = next(one["request"]["body"] for one in recorded("pending") if one["name"] == name)
        world.api(BOT, "POST", "/posts", body)
        world.clock.now += seconds

    return step


def _being_saved(world: World) -> None:
    body = next(one["request"]["body"] for one in recorded("pending") if one["name"] == "post_pending_concurrent")
    world.mattermost.state.pending.claim(body["pending_post_id"], world.mattermost.state.now())


def _delete_retried(world: World) -> None:
    world.api(BOT, "DELETE", f"/posts/{world.ids['xd9my15kutdnm8ajs81c7gbyeo']}")


def _command_at(url: str) -> Step:
    def step(world: World) -> None:
        command = next(iter(world.mattermost.state.commands.values()))
        command.url = url.replace(RECORDED_BOT, world.integration.url)

    return step


def _redirect(world: World) -> None:
    json = {"Content-Type": "application/json"}
    away = {"Location": f"{RECORDED_BOT}/elsewhere"}
    world.integration.replies = [(307, away, ""), (200, json, '{"text": "redirected"}')]


def _limit(world: World) -> None:
    world.mattermost.faults.rate_limited = 1


def _later(world: World) -> None:
    world.clock.now += 4


BEFORE: dict[str, Step] = {
    "login_locked_after_10_failures": _lock,
    "auth_invalid_token": _nonsense,
    "logout": _login("logout", "auth_token_after_logout"),
    "session_revoke": _login("auth_session_revoked"),
    "auth_pat_ok": _personal,
    "auth_pat_reenabled": _enable_token,
    "bot_disabled_before": _new_bot,
    "auth_session_expired": _expire,
    "ratelimit_default_by_ip_429": _limit,
    "privacy_user_by_email": _hide,
    "post_pending_after_25s": _repeat("post_pending_after_25s", 25),
    "post_pending_after_31s": _repeat("post_pending_after_31s", 31),
    "post_pending_after_delete": _delete_retried,
    "post_pending_concurrent": _being_saved,
    "slash_connection_refused": _command_at("http://127.0.0.1:1/refused"),
    "slash_create_as_user": _command_at(f"{RECORDED_BOT}/mattermost/command"),
    "slash_http_307": _redirect,
    "dialog_open_trigger_expired_3s": _later,
}
