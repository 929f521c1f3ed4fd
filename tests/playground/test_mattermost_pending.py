"""A request repeated with the same `pending_post_id` makes no second post, for thirty seconds."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.mattermost import ApiError, Mattermost
from playground.mattermost.drafts import Draft
from playground.mattermost.pending import KEPT_MOST, KEPT_MS, Pending
from playground.mattermost.posts import create

STEPS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 20_000), st.booleans()), max_size=30)


@given(STEPS)
def test_a_key_gives_its_first_post_back_for_thirty_seconds(steps: list[tuple[str, int, bool]]) -> None:
    """A key gives back what it made until thirty seconds after that, hits prolong nothing, failures free it."""
    pending, now, model = Pending(), 0, dict[str, tuple[str, int]]()
    for number, (key, pause, fails) in enumerate(steps):
        now += pause
        made, until = model.get(key, ("", 0))
        assert pending.claim(key, now) == (made if now < until else None)
        if now < until:
            continue
        if fails:
            pending.free(key)
        else:
            pending.made(key, str(number), now)
            model[key] = (str(number), now + KEPT_MS)


def test_the_oldest_keys_are_forgotten() -> None:
    """No more than 25,000 keys are remembered; the oldest go first."""
    pending = Pending()
    for number in range(KEPT_MOST + 1):
        pending.made(str(number), "post", 0)

    assert pending.claim("1", 1) == "post"
    assert pending.claim("0", 1) is None


def test_a_repeat_while_the_first_is_being_saved_is_rejected() -> None:
    """Of two requests at the same time one makes the post and the other one is told to come later."""
    saving, go_on = threading.Event(), threading.Event()

    def sleep(_seconds: float) -> None:
        saving.set()
        go_on.wait(10)

    mattermost = Mattermost(sleep=sleep)
    for name in ("bot", "jin"):
        mattermost.add_user(name)
    draft = Draft(mattermost.direct_channel("bot", "jin")["id"], "once", pending_post_id="key")
    mattermost.faults.slow, mattermost.faults.slow_before_saving = 1, True
    bot = mattermost.state.user("bot")
    first = threading.Thread(target=create, args=(mattermost.state, bot, draft))
    first.start()
    assert saving.wait(10)

    with pytest.raises(ApiError) as refused:
        create(mattermost.state, bot, draft)
    go_on.set()
    first.join(10)

    assert refused.value.failure.id == "api.post.deduplicate_create_post.pending"
    assert [post["message"] for post in mattermost.direct_posts("jin")] == ["once"]
    assert mattermost.badge("jin") == 1
