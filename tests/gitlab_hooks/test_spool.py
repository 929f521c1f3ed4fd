"""The spool: what is put in any order comes out in the one in which it failed."""

from hypothesis import given
from hypothesis import strategies as st

from gitlab_hooks.hook_admin import Attempt
from gitlab_hooks.spool import IN_MEMORY, Spool

ATTEMPTS = st.builds(
    Attempt,
    id=st.integers(1, 12),
    at=st.none() | st.integers(1, 5),
    status=st.sampled_from(["503", "internal error"]),
    headers=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2),
    body=st.none() | st.binary(max_size=50),
)


@given(st.lists(ATTEMPTS, max_size=30), st.integers(0, 30))
def test_the_order(attempts: list[Attempt], looked_at: int) -> None:
    """Each number comes out once, as it was first put, oldest first and by number, also if somebody looks meanwhile."""
    first: dict[int, Attempt] = {}
    with Spool() as spool:
        for place, one in enumerate(attempts):
            spool.put(one)
            first.setdefault(one.id, one)
            if place == looked_at:
                next(iter(spool))
        assert len(spool) == len(first)
        assert list(spool) == sorted(first.values(), key=lambda one: (one.at or 0, one.id))


def test_much_goes_to_a_file() -> None:
    """What is too much for the memory comes out all the same."""
    attempts = [Attempt(number, number, "503", {}, bytes([number]) * (IN_MEMORY // 2)) for number in (3, 1, 2)]
    with Spool() as spool:
        for one in attempts:
            spool.put(one)

        assert [one.body for one in spool] == [one.body for one in sorted(attempts, key=lambda one: one.id)]
