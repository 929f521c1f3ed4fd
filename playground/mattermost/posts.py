"""Writing, changing and reading posts."""

import bisect

from playground.mattermost import attachments, badges, errors, limits, rooms
from playground.mattermost.drafts import Draft, props_of, text_of
from playground.mattermost.errors import ApiError, CutError
from playground.mattermost.records import Channel, Json, Post, User
from playground.mattermost.state import State


def create(state: State, author: User, draft: Draft) -> tuple[Post, bool]:
    """Write a post and return it, with whether it is new and not what an earlier request with the same key made.

    Waits where `slow` says so, without holding the lock; the badge comes last, as in the real server. Raises `CutError`
    where the server has crashed meanwhile: what was not yet saved never is.
    """
    with state.lock:
        life = state.life
        channel = _writable(state, author, draft)
        if draft.pending_post_id and (made := state.pending.claim(draft.pending_post_id, state.now())):
            return _made_before(state, made), False
    if state.faults.slow_before_saving:
        state.sleep(state.faults.slow)
    with state.lock:
        _alive(state, life)
        post = _saved(state, author, channel, draft)
    if not state.faults.slow_before_saving and state.faults.slow:
        state.sleep(state.faults.slow)
    with state.lock:
        _alive(state, life)
        badges.count(post, state.now())
    state.bell.ring()
    return post, True


def change(state: State, post: Post, body: Json) -> Post:
    """Change message, props or pin of a post, whichever are given; nobody gets a badge."""
    props = props_of(body)
    if props is not None:
        props = attachments.normalised(props, state.new_id)
        _check_readable_actions(post, props)
    message = text_of(body, "message") if "message" in body else post.message
    limits.check_post(message, post.props if props is None else props, post.type)
    post.message = message
    post.props = post.props if props is None else props
    post.is_pinned = bool(body.get("is_pinned", post.is_pinned))
    post.update_at = post.edit_at = state.now()
    _touch(state, post)
    return post


def delete(state: State, post: Post) -> None:
    """Delete a post, and with it the replies to it; what is unread stays so."""
    order = state.logs[post.channel.id].order
    for one in [one for one in order if post in {one, one.root}]:
        one.delete_at = one.update_at = state.now()
        order.remove(one)
        _touch(state, one)


def get(state: State, caller: User, post_id: str) -> Post:
    """Return a post the caller may read; raise `ApiError` otherwise."""
    post = state.posts.get(post_id)
    if post is None or post.delete_at:
        raise ApiError(errors.POST_MISSING)
    rooms.readable(state, caller, post.channel.id)
    return post


def own(state: State, caller: User, post_id: str) -> Post:
    """Return a post the caller may change; raise `ApiError` (403) for any other, also for one that is not there."""
    post = state.posts.get(post_id)
    if post is None or post.delete_at or not (post.user is caller or caller.admin):
        raise ApiError(errors.PERMISSIONS)
    return post


def since(state: State, channel: Channel, time: int) -> list[Post]:
    """Return the posts of a channel changed after `time` (ms since 1970), deleted ones too, newest first."""
    touched = state.logs[channel.id].touched
    start = bisect.bisect_right(touched, time, key=lambda one: one[0])
    found = {post.id: post for _, post in touched[start:]}
    return sorted(list(found.values())[: limits.SINCE_MOST], key=lambda post: -post.number)


def keep(state: State, post: Post) -> None:
    """Put a new post into the indexes."""
    post.number = len(state.posts)
    state.posts[post.id] = post
    state.logs[post.channel.id].order.append(post)
    _touch(state, post)


def _alive(state: State, life: int) -> None:
    if state.life != life:
        raise CutError


def _writable(state: State, author: User, draft: Draft) -> Channel:
    channel = rooms.readable(state, author, draft.channel_id)
    if draft.type.startswith("system_"):
        raise ApiError(errors.invalid_param("post.type"))
    if channel.delete_at:
        raise ApiError(errors.POST_ARCHIVED)
    return channel


def _made_before(state: State, post_id: str) -> Post:
    post = state.posts[post_id]
    if post.delete_at:
        raise ApiError(errors.PENDING_GONE)
    return post


def _saved(state: State, author: User, channel: Channel, draft: Draft) -> Post:
    key = draft.pending_post_id
    try:
        post = _checked(state, author, channel, draft)
    except ApiError:
        state.pending.free(key)
        raise
    if post.root:
        post.root.reply_count += 1
        post.root.update_at = post.update_at
        _touch(state, post.root)
    keep(state, post)
    if key:
        state.pending.made(key, post.id, state.now())
    return post


def _checked(state: State, author: User, channel: Channel, draft: Draft) -> Post:
    _check_root(state, channel, draft.root_id)
    if draft.id:
        raise ApiError(errors.POST_EXISTS)
    props = attachments.normalised(draft.props, state.new_id) | ({"from_bot": "true"} if author.is_bot else {})
    limits.check_post(draft.message, props, draft.type)
    now = state.now()
    post = Post(state.new_id(), channel, author, draft.message, props, now, now, draft.type, draft.root_id)
    post.is_pinned, post.root = draft.is_pinned, state.posts.get(draft.root_id)
    return post


def _check_root(state: State, channel: Channel, root_id: str) -> None:
    if not root_id:
        return
    root = state.posts.get(root_id)
    if root is None or root.delete_at or root.root_id:
        raise ApiError(errors.POST_ROOT)
    if root.channel is not channel:
        raise ApiError(errors.POST_ROOT_CHANNEL)


def _check_readable_actions(post: Post, props: Json) -> None:
    """Raise `CutError` where 5.37 panics: a button without `integration` put over one that has it."""
    if any(attachments.actions(post.props)) and any("integration" not in one for one in attachments.actions(props)):
        raise CutError


def _touch(state: State, post: Post) -> None:
    state.logs[post.channel.id].touched.append((post.update_at, post))
    state.bell.ring()
