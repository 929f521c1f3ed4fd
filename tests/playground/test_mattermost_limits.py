"""What a post may hold and which rows a page has, as measured against a real server."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.mattermost import ApiError, attachments, limits
from playground.mattermost.ids import new_id

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.integers(0, 9), st.integers(1, 300), st.integers(0, 900))
def test_pages_cover_everything_once(extra: int, per_page: int, rows: int) -> None:
    """Reading page after page until one is empty gives every row once, in order, and then nothing."""
    everything = list(range(rows))
    size = min(per_page, limits.PAGE_MOST)
    pages = [everything[limits.page(str(number), str(per_page))] for number in range(rows // size + 1 + extra)]

    assert [row for page in pages for row in page] == everything


@given(st.none() | st.text(max_size=5), st.none() | st.text(max_size=5))
def test_nonsense_is_a_first_page(number: str | None, per_page: str | None) -> None:
    """Whatever stands in a query, the page is never larger than 200 and never starts before the first row."""
    page = limits.page(number, per_page)

    assert 0 <= page.start <= page.stop
    assert page.stop - page.start <= limits.PAGE_MOST


@pytest.mark.parametrize(
    ("number", "per_page", "page"),
    [
        (None, None, slice(0, 60)),
        ("1", None, slice(60, 120)),
        ("-1", "50", slice(0, 50)),
        ("0", "0", slice(0, 0)),
        ("0", "-5", slice(0, 60)),
        ("abc", "xyz", slice(0, 60)),
        ("2", "500", slice(400, 600)),
    ],
)
def test_pages_as_measured(number: str | None, per_page: str | None, page: slice) -> None:
    """Sixty rows a page unless asked otherwise, 200 at most, and nonsense counts as not asked."""
    assert limits.page(number, per_page) == page


@pytest.mark.parametrize(
    ("text", "fits"),
    [("y" * 7747, True), ("y" * 7748, False), ("<" * 1291, True), ("<" * 1292, False), ("가" * 7747, True)],
)
def test_props_are_measured_as_the_server_writes_them(text: str, fits: bool) -> None:
    """The props of a bot's post hold 8,000 runes with all keys written out, and `<` counts six."""
    props = attachments.normalised({"attachments": [{"text": text}]}, new_id) | {"from_bot": "true"}

    assert (attachments.runes(props) <= limits.PROPS_RUNES) is fits


@given(st.text(max_size=10) | st.just("x" * 16_383) | st.just("😀" * 16_383))
def test_messages_up_to_the_limit_pass(message: str) -> None:
    """A message of up to 16,383 runes is kept; only NUL in it is refused, as if the database had failed."""
    if "\0" in message:
        with pytest.raises(ApiError) as refused:
            limits.check_post(message, {}, "")
        assert refused.value.failure.status == 500
    else:
        limits.check_post(message, {}, "custom_nudge")


@given(JSON)
def test_attachments_may_be_any_json(given_attachments: object) -> None:
    """Whatever stands under `attachments`, what is kept is a list of whole attachments or null."""
    kept = attachments.normalised({"attachments": given_attachments}, new_id)["attachments"]

    assert kept is None or all({"id", "text", "fields", "ts"} <= one.keys() for one in kept)


@given(JSON)
def test_keeping_attachments_twice_changes_nothing(given_attachments: object) -> None:
    """Attachments as the server keeps them are kept unchanged when they are sent back."""
    once = attachments.normalised({"attachments": given_attachments}, new_id)

    assert attachments.normalised(once, new_id) == once


@given(st.text(string.ascii_lowercase + string.digits + "._-", min_size=1, max_size=64))
def test_user_names(name: str) -> None:
    """Any name of lower-case letters, digits, dots, dashes and underscores may be taken, but for four."""
    assert limits.is_username(name) is (name not in {"all", "channel", "matterbot", "system"})


@given(st.text(st.characters(categories=["Cs"]), min_size=1, max_size=3), JSON)
def test_lone_surrogates_become_a_replacement_character(broken: str, value: object) -> None:
    """Text that is no Unicode is read as U+FFFD, wherever it stands."""
    scrubbed = limits.scrubbed({broken: [broken, value]})

    assert "\ufffd" in next(iter(scrubbed))
    scrubbed[next(iter(scrubbed))][0].encode()
