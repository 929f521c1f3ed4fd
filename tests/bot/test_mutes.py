"""What a person has muted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.mutes import Mute, lasting, muted, with_mute, without

ABOUT = ("web/shop!12", "web/shop", "web", "@kim")
NOW = 1_000
KEYS = st.sampled_from([*ABOUT, "bots", "web/other"])
MUTES = st.lists(st.builds(Mute, what=KEYS, until=st.sampled_from([0, NOW, 2 * NOW]), mentions=st.booleans()))


@pytest.mark.parametrize(
    ("mute", "by_name", "expected"),
    [
        (Mute("web/shop!12"), False, True),
        (Mute("web/shop"), False, True),
        (Mute("web"), False, True),
        (Mute("@kim"), False, True),
        (Mute("web/sho"), False, False),
        (Mute("bots"), False, False),
        (Mute("web", until=NOW + 1), False, True),
        (Mute("web", until=NOW), False, False),
        (Mute("web"), True, False),
        (Mute("web", mentions=True), True, True),
    ],
)
def test_muted(mute: Mute, by_name: bool, expected: bool) -> None:
    """A key silences what is about it while it lasts, but no mention by name, unless those are muted too."""
    assert muted([mute], ABOUT, NOW, by_name=by_name) is expected


def test_nothing_muted() -> None:
    """Who has muted nothing hears everything."""
    assert not muted([], ABOUT, NOW, by_name=False)


@given(MUTES, st.builds(Mute, what=KEYS))
def test_one_of_each(mutes: list[Mute], mute: Mute) -> None:
    """The last word on a thing holds, and taking it back leaves all others as they were."""
    added = with_mute(mutes, mute)

    assert [one for one in added if one.what == mute.what] == [mute]
    assert without(added, mute.what) == without(mutes, mute.what)


@given(MUTES)
def test_lasting(mutes: list[Mute]) -> None:
    """What is over silences nothing, and nothing that lasts is forgotten."""
    for about in ABOUT:
        assert muted(mutes, [about], NOW, by_name=False) == any(one.what == about for one in lasting(mutes, NOW))
