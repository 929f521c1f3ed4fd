"""Posts over HTTP."""

from collections.abc import Sequence

from playground.mattermost import errors, limits, posts, rooms
from playground.mattermost.api.call import OK, Call, Reply
from playground.mattermost.drafts import Draft
from playground.mattermost.errors import ApiError, CutError
from playground.mattermost.records import Json, Post, listed


def create(call: Call) -> Reply:
    """Write a post; one asked for a second time with the same `pending_post_id` comes back without metadata."""
    draft = Draft.read(call.object("post"))
    post, new = posts.create(call.state, call.caller, draft)
    with call.state.lock:
        if call.state.faults.take("lose_answers"):
            raise CutError
        shown = post.shown()
    if new:
        shown["pending_post_id"] = draft.pending_post_id
    else:
        del shown["metadata"]
    return Reply(shown, 201)


def get(call: Call) -> Reply:
    """Return one post."""
    return Reply(posts.get(call.state, call.caller, call.path["post_id"]).shown())


def change(call: Call) -> Reply:
    """Change what is given of a post: message, props, pin."""
    post = posts.own(call.state, call.caller, call.path["post_id"])
    return Reply(posts.change(call.state, post, call.object("post")).shown())


def replace(call: Call) -> Reply:
    """Change a post whole; the id in the body must be that of the path."""
    body = call.object("post")
    if body.get("id") != call.path["post_id"]:
        raise ApiError(errors.invalid_body("id"))
    return change(call)


def delete(call: Call) -> Reply:
    """Delete a post."""
    posts.delete(call.state, posts.own(call.state, call.caller, call.path["post_id"]))
    return OK


def ephemeral(call: Call) -> Reply:
    """Show a post to one person only: neither people nor bots may, as it needs an administrator."""
    raise ApiError(errors.PERMISSIONS if not call.caller.admin else errors.invalid_body("post"))


def of_channel(call: Call) -> Reply:
    """Return a channel's posts: those changed `since`, those `before` or `after` a post, or a page from the newest."""
    channel = rooms.readable(call.state, call.caller, call.path["channel_id"])
    if since := call.query.get("since"):
        if not since.isdecimal():
            raise ApiError(errors.invalid_body("since"))
        return Reply(listed(posts.since(call.state, channel, int(since))))
    log = call.state.logs[channel.id]
    changed_at = log.touched[-1][0] if log.touched else 0
    return Reply(_page(call, log.order), etag=f"{channel.id}.{changed_at}")


def _page(call: Call, order: Sequence[Post]) -> Json:
    page = limits.page(call.query.get("page"), call.query.get("per_page"))
    size = page.stop - page.start
    if after := call.query.get("after"):
        low = min(_place(call, order, after) + 1 + page.start, len(order))
        high = min(low + size, len(order))
    else:
        before = call.query.get("before")
        high = max((_place(call, order, before) if before else len(order)) - page.start, 0)
        low = max(high - size, 0)
    newer = order[high].id if high < len(order) else ""
    older = order[low - 1].id if low else ""
    return listed(reversed(order[low:high]), newer, older)


def _place(call: Call, order: Sequence[Post], post_id: str) -> int:
    if post_id not in call.state.posts or call.state.posts[post_id] not in order:
        raise ApiError(errors.POST_MISSING)
    return order.index(call.state.posts[post_id])
